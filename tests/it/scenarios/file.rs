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
    pub(super) steps: Vec<Step>,
    /// The file's name without its ending.
    #[serde(skip)]
    pub(super) name: String,
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
    #[serde(default)]
    pub(super) groups: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// What happens, in a sentence.
    pub(super) say: String,
    /// An account that somebody else makes between usher's look-up and its creation.
    pub(super) meanwhile: Option<Existing>,
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
    /// By person: `none`, or what their only account must be.
    #[serde(default)]
    pub(super) accounts: BTreeMap<String, Value>,
}

impl Expectation {
    /// Where the person stands when the step is over, in the words of usher's state.
    pub(super) fn stages(&self) -> Vec<&str> {
        match &self.note {
            Some(note) => note.split(' ').take(1).collect(),
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

/// All files, in the order of their names.
pub(super) fn all() -> Vec<Scenario> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
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
            named.extend(step.meanwhile.iter().map(|account| &*account.of));
            named.extend(step.event.get("worker").and_then(Value::as_str));
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
        if let Some(title) = &existing.title {
            user["title"] = json!(title);
        }
        user
    }

    /// The record of a step: what stands in `event` is its data, but for what names it.
    pub(super) fn record(&self, step: &Step) -> Sent {
        let mut data = step.event.clone();
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
            let worker = json!({
                "employee_id": employee_id,
                "user_name": address,
                "work_email": address,
            });
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
