//! What a step expects against what is found, and how a difference is told.

use super::file::{Expectation, Scenario};
use crate::support::audit::{Line, Place};
use crate::support::directory::{Directory, User};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Something that is not as expected.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) what: String,
    pub(super) expected: String,
    pub(super) found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, expected, found } = self;
        write!(out, "    {what}\n      expected: {expected}\n      found:    {found}")
    }
}

/// What is compared; found values are only shown where they differ.
#[derive(Default)]
pub(super) struct Differences(Vec<Difference>);

impl Differences {
    fn compare(&mut self, what: &str, expected: &str, found: &str) {
        if expected != found {
            let (expected, found) = (expected.to_owned(), found.to_owned());
            self.0.push(Difference { what: what.to_owned(), expected, found });
        }
    }
}

/// A directory at one moment.
pub(super) struct Snapshot {
    users: BTreeMap<String, User>,
    /// The ids of the members, by group.
    groups: BTreeMap<String, BTreeSet<String>>,
}

impl Snapshot {
    /// As a sandbox tells of itself, whatever its manners show to others.
    pub(super) fn of_state(state: &Value) -> Self {
        let mut snapshot = Self { users: BTreeMap::new(), groups: BTreeMap::new() };
        for user in state["users"].as_array().unwrap() {
            let text = |name: &str| user[name].as_str().unwrap_or_default().to_owned();
            let id = text("id");
            for group in user["groups"].as_array().unwrap() {
                let group = group.as_str().unwrap().to_owned();
                snapshot.groups.entry(group).or_default().insert(id.clone());
            }
            let active = user["active"].as_bool();
            snapshot.users.insert(text("userName"), User { id, active, json: user.clone() });
        }
        snapshot
    }

    pub(super) async fn of(directory: &Directory) -> Self {
        let mut groups = BTreeMap::new();
        for name in directory.groups().await {
            groups.insert(name.clone(), directory.members(&name).await);
        }
        Self { users: directory.users().await, groups }
    }

    /// Every account that goes by the address, in whatever letters.
    fn accounts(&self, address: &str) -> Vec<&User> {
        let has_address = |user: &&User| {
            let emails = user.json["emails"].as_array().into_iter().flatten();
            let mut names = emails.map(|email| &email["value"]).chain([&user.json["userName"]]);
            names.any(|name| name.as_str().is_some_and(|name| name.eq_ignore_ascii_case(address)))
        };
        self.users.values().filter(has_address).collect()
    }

    fn groups_of(&self, user: &User) -> Value {
        let with = self.groups.iter().filter(|(_, members)| members.contains(&user.id));
        with.map(|(name, _)| json!(name)).collect()
    }
}

/// The event of a step, where it went.
pub(super) struct Happened<'a> {
    pub(super) place: &'a Place,
    pub(super) event: Option<&'a str>,
    pub(super) lines: &'a [Line],
    pub(super) directory: &'a Snapshot,
    /// The methods of the calls that came in this step.
    pub(super) calls: &'a [String],
}

/// Everything that a step expects.
pub(super) fn check(
    scenario: &Scenario,
    expected: &Expectation,
    happened: &Happened<'_>,
) -> Vec<Difference> {
    let mut differences = Differences::default();
    check_audit(expected, happened, &mut differences);
    for (person, wanted) in &expected.accounts {
        let accounts = happened.directory.accounts(&scenario.address(person));
        match accounts[..] {
            [account] if wanted.is_object() => {
                check_account(person, wanted, (account, happened.directory), &mut differences);
            }
            [] => differences.compare(&format!("account of {person}"), &text(wanted), "none"),
            [_] => differences.compare(&format!("account of {person}"), &text(wanted), "one"),
            _ => {
                let found = format!("{} of them", accounts.len());
                differences.compare(&format!("accounts of {person}"), "one", &found);
            }
        }
    }
    for (method, most) in &expected.calls {
        let came = happened.calls.iter().filter(|call| *call == method).count();
        if came > *most {
            let what = format!("calls by {method}");
            differences.compare(&what, &format!("{most} at most"), &came.to_string());
        }
    }
    differences.0
}

fn check_audit(expected: &Expectation, happened: &Happened<'_>, differences: &mut Differences) {
    let about = |kind: &'static str| {
        let is_about = move |line: &&Line| {
            line.kind() == kind && line.event().is_some() && line.event() == happened.event
        };
        happened.lines.iter().filter(is_about)
    };
    let is_decision = |line: &&Line| line.kind() == "decision" && line.place() == *happened.place;
    let decision = happened.lines.iter().find(is_decision);
    let word = decision.map_or("none", Line::outcome);
    differences.compare("decision", &expected.decision, word);
    if let Some(because) = &expected.because {
        let code = decision.and_then(|line| line.why().0).unwrap_or("without a reason");
        differences.compare("reason of the decision", because, code);
    }
    let results: Vec<_> = about("result").map(shown).collect();
    let results = if results.is_empty() { "none".to_owned() } else { results.join(", ") };
    differences.compare("result", &expected.result, &results);
    // Who is through in the end may have waited.
    let is_told = |line: &&Line| expected.tells_waits() || line.outcome() != "waiting";
    let notes: Vec<_> = about("note").filter(is_told).map(shown).collect();
    differences.compare("notes", expected.note.as_deref().unwrap_or_default(), &notes.join(", "));
}

/// The outcome and the reason's code, if there is one; and whether that was seen.
fn shown(line: &Line) -> String {
    let code = line.why().0.map(|code| format!(" {code}")).unwrap_or_default();
    let is_claimed = line.kind() == "result" && ["applied", "already_so"].contains(&line.outcome());
    let doubt = if is_claimed && !line.is_verified() { ", not verified" } else { "" };
    format!("{}{code}{doubt}", line.outcome())
}

fn check_account(
    person: &str,
    wanted: &Value,
    (account, directory): (&User, &Snapshot),
    differences: &mut Differences,
) {
    for (name, wanted) in wanted.as_object().into_iter().flatten() {
        let found = match name.as_str() {
            "groups" => directory.groups_of(account),
            "active" => json!(account.active),
            attribute => attribute_of(account, attribute),
        };
        differences.compare(&format!("{name} of {person}"), &text(wanted), &text(&found));
    }
}

/// An attribute in the short form of rule files.
fn attribute_of(account: &User, name: &str) -> Value {
    let json = &account.json;
    match name.split_once('.') {
        None => json[name].clone(),
        Some(("enterprise", child)) => json[ENTERPRISE][child].clone(),
        Some((list, "work")) => json[list][0]["value"].clone(),
        Some((parent, child)) => json[parent][child].clone(),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
