//! The provider's calls in words: who they are about, and what they did.
//!
//! Everything here comes from the call as the provider saw it; ids are looked up in what it holds.

use super::company::Person;
use jiff::Timestamp;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use usher_lab::provider::calls::Seen;
use usher_lab::provider::faults::Kind;
use usher_lab::provider::state::State;

/// A call, read.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) at: Timestamp,
    /// `PATCH /Users`
    pub(super) name: String,
    pub(super) people: Vec<Arc<Person>>,
    pub(super) says: String,
    pub(super) status: Option<u16>,
    pub(super) fault: Option<Kind>,
    /// What the provider did; nothing if it refused.
    pub(super) deeds: Vec<Deed>,
}

/// What a call did to one person; people are told by their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Deactivated {
        number: String,
    },
    Set {
        number: String,
        attribute: String,
        value: Json,
    },
    Joined {
        number: String,
        group: String,
    },
    Left {
        number: String,
        group: String,
    },
    /// Who is in it was told.
    Listed {
        group: String,
    },
}

/// Whom ids and user names mean.
#[derive(Debug)]
pub(super) struct Names {
    by_user_name: BTreeMap<String, Arc<Person>>,
    users: BTreeMap<String, Arc<Person>>,
    groups: BTreeMap<String, String>,
}

impl Names {
    pub(super) fn of(people: Vec<Arc<Person>>) -> Self {
        let by_user_name =
            people.into_iter().map(|person| (person.user_name.clone(), person)).collect();
        Self { by_user_name, users: BTreeMap::new(), groups: BTreeMap::new() }
    }

    /// Looks at who has which id by now.
    pub(super) fn learn(&mut self, state: &State) {
        for user in &state.users {
            let name = user.fields.get("userName").and_then(Json::as_str).unwrap_or_default();
            if let Some(person) = self.by_user_name.get(name) {
                self.users.insert(user.id.clone(), Arc::clone(person));
            }
        }
        for group in &state.groups {
            self.groups.insert(group.id.clone(), group.name.clone());
        }
    }

    fn group(&self, id: &str) -> String {
        self.groups.get(id).cloned().unwrap_or_else(|| "a group".to_owned())
    }

    /// The people whose ids stand in `text`, in its order.
    fn people_in(&self, text: &str) -> Vec<Arc<Person>> {
        let found = self.users.iter().filter_map(|(id, person)| Some((text.find(id)?, person)));
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|(place, _)| *place);
        found.into_iter().map(|(_, person)| Arc::clone(person)).collect()
    }
}

/// The call as the names tell it.
pub(super) fn read(seen: &Seen, names: &Names) -> Call {
    let (path, query) = seen.path.split_once('?').unwrap_or((&seen.path, ""));
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let (resource, id) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut call = Call {
        at: seen.at,
        name: format!("{} /{resource}", seen.method),
        people: Vec::new(),
        says: String::new(),
        status: seen.status,
        fault: seen.fault,
        deeds: Vec::new(),
    };
    match (seen.method.as_str(), resource, id) {
        ("GET", "Users", "") if !query.contains("filter=") => {
            "list all accounts".clone_into(&mut call.says);
        }
        ("GET", "Users", "") => look_up(&mut call, query, names),
        ("GET", "Groups", "") if !query.contains("filter=") => {
            "list all groups".clone_into(&mut call.says);
        }
        ("GET", "Groups", "") => call.says = format!("look up {}", quoted(query)),
        ("GET", "api", _) => "read a list of the console".clone_into(&mut call.says),
        ("GET", "Groups", id) => {
            let group = names.group(id);
            call.says = format!("read who is in {group}");
            call.deeds.push(Deed::Listed { group });
        }
        ("GET", _, id) => {
            call.people.extend(names.users.get(id).cloned());
            "read back".clone_into(&mut call.says);
        }
        ("POST", "Users", _) => create(&mut call, &seen.body, names),
        ("PATCH", "Users", id) => change(&mut call, &seen.body, id, names),
        ("PATCH", "Groups", id) => regroup(&mut call, &seen.body, &names.group(id), names),
        _ => path.clone_into(&mut call.says),
    }
    if !is_done(seen) {
        call.deeds.clear();
    }
    call
}

/// Whether the provider did what it was asked, whatever became of the answer.
fn is_done(seen: &Seen) -> bool {
    match seen.fault {
        Some(Kind::DropReply | Kind::HalfBody | Kind::WrongMediaType) => true,
        Some(Kind::Status | Kind::OkWithError | Kind::Reset | Kind::LandLate) => false,
        Some(Kind::Slow) | None => seen.status.is_some_and(|status| (200..300).contains(&status)),
    }
}

fn look_up(call: &mut Call, query: &str, names: &Names) {
    let value = quoted(query);
    call.people.extend(names.by_user_name.get(&value).cloned());
    let attribute = query.split(['=', '%', ' ']).nth(1).unwrap_or_default();
    call.says = format!("is there one with this {attribute}?");
}

/// The text between quotes of a filter.
fn quoted(query: &str) -> String {
    let text = percent_encoding::percent_decode_str(query).decode_utf8_lossy().into_owned();
    text.split('"').nth(1).unwrap_or_default().to_owned()
}

fn create(call: &mut Call, body: &Json, names: &Names) {
    let name = body.get("userName").and_then(Json::as_str).unwrap_or_default();
    call.people.extend(names.by_user_name.get(name).cloned());
    let is_active = body.get("active").and_then(Json::as_bool) == Some(true);
    call.says = format!("create, {}", if is_active { "active" } else { "inactive" });
}

fn operations(body: &Json) -> impl Iterator<Item = (&str, &str, &Json)> {
    let operations = body.get("Operations").and_then(Json::as_array).map(Vec::as_slice);
    operations.unwrap_or_default().iter().map(|operation| {
        let text = |name: &str| operation.get(name).and_then(Json::as_str).unwrap_or_default();
        (text("op"), text("path"), operation.get("value").unwrap_or(&Json::Null))
    })
}

fn change(call: &mut Call, body: &Json, id: &str, names: &Names) {
    let Some(person) = names.users.get(id) else { return };
    call.people.push(Arc::clone(person));
    let mut said = Vec::new();
    for (_, path, value) in operations(body) {
        // The last part of `urn:…:User:department`.
        let attribute = path.rsplit(':').next().unwrap_or(path);
        said.push(format!("{attribute} = {}", shown(value, names)));
        let number = person.number.clone();
        call.deeds.push(if attribute == "active" && *value == Json::Bool(false) {
            Deed::Deactivated { number }
        } else {
            Deed::Set { number, attribute: attribute.to_owned(), value: value.clone() }
        });
    }
    call.says = said.join(", ");
}

/// Ids of people as their names.
fn shown(value: &Json, names: &Names) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match names.people_in(&text).first() {
        Some(person) => person.name(),
        None => text,
    }
}

fn regroup(call: &mut Call, body: &Json, group: &str, names: &Names) {
    let mut said = Vec::new();
    for (op, path, value) in operations(body) {
        let joins = op.eq_ignore_ascii_case("add");
        let people = names.people_in(&format!("{path} {value}"));
        let who = match people.as_slice() {
            [_] => String::new(),
            people => format!(" {} people", people.len()),
        };
        said.push(format!("{} {group}{who}", if joins { "joins" } else { "leaves" }));
        for person in &people {
            let (number, group) = (person.number.clone(), group.to_owned());
            call.deeds.push(if joins {
                Deed::Joined { number, group }
            } else {
                Deed::Left { number, group }
            });
        }
        call.people.extend(people);
    }
    call.says = said.join(", ");
}
