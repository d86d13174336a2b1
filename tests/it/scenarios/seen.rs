//! What is seen past usher, and in its audit, when a step is over.

use crate::support::audit::{Line, Place};
use crate::support::directory::{Directory, User};
use crate::support::world::Seat;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use usher::model::decision::Why;
use usher::model::{AttributeName, GroupName, Value};
use usher::story::{
    AccountFacts, Identity, Method, NOT_SEEN, People, Scene, SeenAccount, Standpoint, is_doubtful,
    told,
};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A directory at one moment.
pub(super) struct Snapshot {
    users: BTreeMap<String, User>,
    /// The ids of the members, by group.
    groups: BTreeMap<String, BTreeSet<String>>,
}

impl Snapshot {
    /// As a sandbox tells of itself, whatever its manners show to others.
    pub(super) fn of_state(state: &Json) -> Self {
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

    /// Every account that goes by one of the names, in whatever letters.
    fn accounts(&self, identity: &Identity) -> Vec<SeenAccount> {
        let is_theirs = |user: &&User| {
            let emails = user.json["emails"].as_array().into_iter().flatten();
            let names = emails.map(|email| &email["value"]).chain([&user.json["userName"]]);
            let mut names = names.filter_map(Json::as_str);
            names.any(|name| identity.names().any(|own| own.eq_ignore_ascii_case(name)))
        };
        self.users.values().filter(is_theirs).map(|user| self.seen(user)).collect()
    }

    fn seen(&self, user: &User) -> SeenAccount {
        let with = self.groups.iter().filter(|(_, members)| members.contains(&user.id));
        // What is more than one value no story speaks of.
        let value = |name: &AttributeName| {
            serde_json::from_value::<Value>(attribute(&user.json, name)).ok()
        };
        SeenAccount {
            active: user.active,
            groups: with.map(|(name, _)| GroupName::new(name.as_str())).collect(),
            attributes: AttributeName::all()
                .filter_map(|name| Some((name.clone(), value(&name)?)))
                .collect(),
        }
    }
}

/// An attribute of a SCIM User.
fn attribute(user: &Json, name: &AttributeName) -> Json {
    match name.as_str().split_once('.') {
        None => user[name.as_str()].clone(),
        Some(("enterprise", child)) => user[ENTERPRISE][child].clone(),
        Some((list, "work")) => user[list][0]["value"].clone(),
        Some((parent, child)) => user[parent][child].clone(),
    }
}

/// The SCIM User that somebody else makes for a person: with their names, unless others are said.
pub(super) fn user(identity: &Identity, facts: &AccountFacts) -> Json {
    let mut user = json!({ "schemas": [USER], "active": facts.active.unwrap_or(true) });
    let names = [
        (AttributeName::USER_NAME, identity.user_name()),
        (AttributeName::WORK_EMAIL, identity.work_email()),
    ];
    let mut attributes: BTreeMap<AttributeName, Json> =
        names.into_iter().map(|(name, value)| (name, json!(value))).collect();
    let said = facts.attributes.iter();
    attributes.extend(said.map(|(name, value)| (name.clone(), json!(value))));
    for (name, value) in attributes.into_iter().filter(|(_, value)| !value.is_null()) {
        match name.as_str().split_once('.') {
            None => user[name.as_str()] = value,
            Some(("enterprise", child)) => user[ENTERPRISE][child] = value,
            Some((list, "work")) => {
                user[list] = json!([{ "value": value, "type": "work", "primary": true }]);
            }
            Some((parent, child)) => user[parent][child] = value,
        }
    }
    user
}

/// The last event, where it went, and what is known since.
pub(super) struct Seen<'a> {
    pub(super) people: &'a People,
    pub(super) place: &'a Place,
    pub(super) event: Option<&'a str>,
    pub(super) lines: &'a [Line],
    pub(super) seats: &'a [Seat],
    pub(super) directory: &'a Snapshot,
    /// The methods of the calls that came in this step.
    pub(super) calls: &'a [String],
}

impl<'a> Seen<'a> {
    /// The lines of that kind about the change that the event began.
    fn about(&self, kind: &'static str) -> impl Iterator<Item = &'a Line> {
        let event = self.event;
        self.lines.iter().filter(move |line| {
            line.kind() == kind && line.event().is_some() && line.event() == event
        })
    }

    fn decision(&self) -> Option<&'a Line> {
        let is_it = |line: &&Line| line.kind() == "decision" && line.place() == *self.place;
        self.lines.iter().find(is_it)
    }
}

impl Scene for Seen<'_> {
    fn decisions(&self) -> Vec<(String, Option<Why>)> {
        self.decision().map(|line| (line.outcome().to_owned(), line.reason())).into_iter().collect()
    }

    fn results(&self) -> Vec<String> {
        let result = |line: &Line| {
            let word = serde_json::from_value(json!(line.outcome())).unwrap();
            let doubt = if is_doubtful(word, line.is_verified()) { NOT_SEEN } else { "" };
            format!("{}{doubt}", told(word.word(), line.reason().as_ref()))
        };
        self.about("result").map(result).collect()
    }

    fn notes(&self) -> Vec<String> {
        self.about("note").map(|line| told(line.outcome(), line.reason().as_ref())).collect()
    }

    fn standpoints(&self) -> Vec<Standpoint> {
        let person = self.decision().and_then(|line| line.person.as_ref());
        let theirs = self.seats.iter().filter(|seat| Some(&seat.person) == person);
        theirs.map(standpoint).collect()
    }

    fn accounts(&mut self, person: &str) -> Vec<SeenAccount> {
        self.directory.accounts(&self.people[person])
    }

    fn requests(&self, method: Method) -> usize {
        self.calls.iter().filter(|call| *call == method.word()).count()
    }
}

pub(super) fn standpoint(seat: &Seat) -> Standpoint {
    serde_json::from_value(json!(seat.stage)).unwrap()
}
