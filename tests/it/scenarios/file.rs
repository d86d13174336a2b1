//! The form of `tests/scenarios/*.yaml`. `README.md` beside them explains it.

use crate::support::events::{Event, Record};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    /// What it shows, in a sentence.
    pub(super) shows: String,
    /// Short names; the file's name makes them unique.
    people: Vec<String>,
    /// Accounts that the provider has already.
    #[serde(default)]
    pub(super) before: Vec<Existing>,
    /// What the target's dialect says beyond the RFC's; only below `manners/`.
    #[serde(default)]
    pub(super) dialect: Map<String, Value>,
    pub(super) steps: Vec<Step>,
    /// The file's name without its ending.
    #[serde(skip)]
    pub(super) name: String,
    /// It has a sandbox of its own, with bad manners.
    #[serde(skip)]
    pub(super) has_manners: bool,
}

/// An account that usher did not make. It has the person's address.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Existing {
    of: String,
    /// The person's own, if absent.
    user_name: Option<String>,
    #[serde(default = "yes")]
    active: bool,
    title: Option<String>,
    /// The outside id that it has.
    external_id: Option<String>,
    #[serde(default)]
    pub(super) groups: Vec<String>,
}

/// What somebody does at the provider by hand. One of these.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ByHand {
    /// Somebody's account is deleted.
    pub(super) delete: Option<String>,
    /// An account is made.
    pub(super) make: Option<Existing>,
    /// A group is made, whether its name is free or not.
    pub(super) make_group: Option<String>,
    /// A group gets another name: the old one and the new one.
    pub(super) rename_group: Option<(String, String)>,
    /// Ids move: `renewed` or `rotated`.
    pub(super) ids: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// What happens, in a sentence.
    pub(super) say: String,
    /// What is done at the provider before; this and the next two only below `manners/`.
    #[serde(default)]
    pub(super) by_hand: Vec<ByHand>,
    /// Switches of the provider's manners, set before the event.
    #[serde(default)]
    pub(super) manners: Map<String, Value>,
    /// Orders to misbehave for a while, given before the event.
    #[serde(default)]
    pub(super) faults: Vec<Value>,
    /// An account that somebody else makes between usher's look-up and its creation.
    pub(super) meanwhile: Option<Existing>,
    /// Absent: what the last event brought goes on.
    #[serde(default)]
    event: Map<String, Value>,
    pub(super) expect: Expectation,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expectation {
    /// What the event did to the claims.
    pub(super) decision: String,
    /// The code of the decision's reason.
    pub(super) because: Option<String>,
    /// How the revision that the event began has ended; `none` if it began none, or has not ended.
    pub(super) result: String,
    /// What is said of a revision that has not ended: the note's word and code, `held deletion`.
    pub(super) note: Option<String>,
    /// Where the person stands, if neither the result nor the note tells: `working`.
    stage: Option<String>,
    /// By person: `none`, or what their only account must be.
    #[serde(default)]
    pub(super) accounts: BTreeMap<String, Value>,
    /// By method, how many calls at most came to the provider in this step; only below `manners/`.
    #[serde(default)]
    pub(super) calls: BTreeMap<String, usize>,
}

impl Expectation {
    /// Whether what somebody waits for is expected to be told.
    pub(super) fn tells_waits(&self) -> bool {
        self.note.as_ref().is_some_and(|note| note.starts_with("waiting"))
    }

    /// Where the person stands when the step is over, in the words of usher's state.
    pub(super) fn stages(&self) -> Vec<&str> {
        let word = self.note.as_ref().and_then(|note| note.split(' ').next());
        match self.stage.as_deref().or(word) {
            // Who waits is worked on.
            Some("waiting" | "accepted") => vec!["working"],
            Some(stage) => vec![stage],
            None => vec!["at_rest", "stuck"],
        }
    }
}

fn yes() -> bool {
    true
}

/// What is sent for a step.
pub(super) struct Sent {
    pub(super) record: Record,
    /// Absent if the record is no event.
    pub(super) event: Option<String>,
}

/// Those that every server plays.
pub(super) fn all() -> Vec<Scenario> {
    let all = within("tests/scenarios");
    let is_one = |step: &Step| {
        let orders = step.manners.len() + step.faults.len() + step.by_hand.len();
        orders + step.expect.calls.len() > 0
    };
    let has_one =
        |scenario: &Scenario| !scenario.dialect.is_empty() || scenario.steps.iter().any(is_one);
    assert!(!all.iter().any(has_one), "only below `manners/` a provider has manners");
    all
}

/// Those of providers with bad manners.
pub(super) fn of_manners() -> Vec<Scenario> {
    let mut all = within("tests/scenarios/manners");
    for scenario in &mut all {
        scenario.has_manners = true;
    }
    all
}

/// All files of a folder, in the order of their names.
fn within(folder: &str) -> Vec<Scenario> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let is_scenario = |file: &PathBuf| file.extension().is_some_and(|ending| ending == "yaml");
    let mut files: Vec<_> = entries.filter(is_scenario).collect();
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

fn read(file: &Path) -> Scenario {
    let text = fs::read_to_string(file).unwrap();
    let scenario: Result<Scenario, _> = serde_saphyr::from_str(&text);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    scenario.name = file.file_stem().unwrap().to_string_lossy().into_owned();
    scenario.check();
    scenario
}

impl Scenario {
    /// A name that is misspelt would be a person whom nothing ever happens to.
    fn check(&self) {
        let mut named: Vec<&str> = self.before.iter().map(|account| &*account.of).collect();
        for step in &self.steps {
            let by_hand = step.by_hand.iter();
            let made = by_hand.clone().filter_map(|act| act.make.as_ref());
            named.extend(step.meanwhile.iter().chain(made).map(|account| &*account.of));
            named.extend(by_hand.filter_map(|act| act.delete.as_deref()));
            named.extend(step.event.get("worker").and_then(Value::as_str));
            let others = step.event.get("as").and_then(Value::as_object).into_iter().flatten();
            named.extend(others.filter_map(|(_, person)| person.as_str()));
            named.extend(step.expect.accounts.keys().map(String::as_str));
        }
        for name in named {
            let known = self.people.iter().any(|person| person == name);
            assert!(known, "{}: `{name}` is not in `people`", self.name);
        }
    }

    /// The user name of a person, which is their address too.
    pub(super) fn address(&self, person: &str) -> String {
        format!("{person}@{}.example.com", self.name.replace('_', "-"))
    }

    fn employee_id(&self, person: &str) -> String {
        format!("{}/{person}", self.name)
    }

    /// The SCIM User of an account that usher did not make.
    pub(super) fn user(&self, existing: &Existing) -> Value {
        let address = self.address(&existing.of);
        let mut user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": existing.user_name.as_ref().unwrap_or(&address),
            "emails": [{ "value": address, "type": "work", "primary": true }],
            "active": existing.active,
        });
        for (name, value) in [("title", &existing.title), ("externalId", &existing.external_id)] {
            if let Some(value) = value {
                user[name] = json!(value);
            }
        }
        user
    }

    /// The record of a step: what stands in `event` is its data, but for what names it. `None`: it has
    /// no event.
    pub(super) fn record(&self, step: &Step) -> Option<Sent> {
        (!step.event.is_empty()).then(|| self.sent(step.event.clone()))
    }

    fn sent(&self, mut data: Map<String, Value>) -> Sent {
        if let Some(raw) = data.remove("raw") {
            return Sent { record: Record::new(raw.as_str().unwrap()), event: None };
        }
        let kind = data.remove("type").expect("an event has a type, or is raw");
        let kind = kind.as_str().unwrap();
        let source = match kind.split_once('.') {
            Some(("worker", _)) => "https://hr.example.com",
            _ => "https://xdr.example.com",
        };
        if let Some(person) = data.get("worker").and_then(Value::as_str) {
            let address = self.address(person);
            let employee_id = self.employee_id(person);
            let mut worker = json!({
                "employee_id": employee_id,
                "user_name": address,
                "work_email": address,
            });
            let others = data.remove("as");
            for (name, other) in others.iter().filter_map(Value::as_object).flatten() {
                worker[name] = json!(self.address(other.as_str().unwrap()));
            }
            data.insert("worker".to_owned(), worker);
        }
        if let Some(Value::String(at)) = data.get_mut("effective_at")
            && let Some(instant) = from_now(at)
        {
            *at = instant.to_string();
        }
        let event = Event::new(kind, source, Value::Object(data));
        Sent { record: event.structured(), event: Some(event.id) }
    }
}

/// `+10d`, `-31d`: days from now.
fn from_now(text: &str) -> Option<Timestamp> {
    let days: i64 = text.strip_suffix('d')?.parse().ok()?;
    Some(Timestamp::now() + SignedDuration::from_hours(24 * days))
}
