//! What must be true after an act, judged by the provider's state, its calls, and usher's own words.

use super::calls::Deed;
use super::company::Person;
use super::facts::Facts;
use crate::model::code::Code;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use usher_lab::provider::faults::Kind;
use usher_lab::provider::state::{ShownUser, State};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// So that "overtook" means something.
const OVERTAKEN_SHARE: usize = 4;

#[derive(Clone, Debug)]
pub(super) enum Expectation {
    Account {
        person: Arc<Person>,
        is_active: bool,
    },
    /// An input took this person's account away.
    CutOff {
        id: &'static str,
        person: Arc<Person>,
    },
    NoAccount {
        person: Arc<Person>,
        because: &'static str,
    },
    Member {
        person: Arc<Person>,
        group: &'static str,
        is_in: bool,
    },
    Attribute {
        person: Arc<Person>,
        name: &'static str,
        value: &'static str,
    },
    Manager {
        person: Arc<Person>,
        manager: Arc<Person>,
    },
    Decided {
        id: &'static str,
        word: &'static str,
    },
    Ended {
        id: &'static str,
        word: &'static str,
    },
    Parked {
        id: &'static str,
        code: Code,
    },
    /// An answer was lost, and what it would have said was read.
    ReadBack {
        id: &'static str,
    },
    /// The cut went out while most of these still waited for their last value.
    Overtook {
        id: &'static str,
        values: Vec<(Arc<Person>, String)>,
        attribute: &'static str,
    },
    EverybodyIn {
        people: Vec<Arc<Person>>,
        group: &'static str,
    },
    /// So many of these are cut, and each of the others waits as a row.
    HeldBack {
        people: Vec<Arc<Person>>,
        cut: usize,
    },
    /// A command of that word was obeyed, so many times.
    Obeyed {
        word: &'static str,
        times: usize,
    },
    EverybodyHas {
        values: Vec<(Arc<Person>, String)>,
        attribute: &'static str,
    },
    /// HR's last list was compared, and usher has told of so many accounts that nobody has.
    Compared {
        tenant: &'static str,
        orphans: usize,
    },
    /// What usher has read of the provider is what it has.
    Inventoried,
    EachDecidedOnce,
    EachRevisionEndedOnce,
    NothingElse,
}

/// How much of it is true: so many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) done: usize,
    pub(super) of: usize,
}

impl Progress {
    pub(super) fn is_whole(self) -> bool {
        self.done == self.of
    }
}

impl From<bool> for Progress {
    fn from(holds: bool) -> Self {
        Self { done: usize::from(holds), of: 1 }
    }
}

impl Expectation {
    pub(super) fn progress(&self, facts: &Facts, state: &State) -> Progress {
        let user = |person: &Person| state.user(&person.user_name);
        match self {
            Self::Account { person, is_active } => {
                user(person).is_some_and(|user| user.is_active() == Some(*is_active)).into()
            }
            Self::CutOff { id, person } => {
                let is_off = user(person).is_some_and(|user| user.is_active() == Some(false));
                (is_off && facts.cut_off(id).is_some()).into()
            }
            Self::NoAccount { person, .. } => user(person).is_none().into(),
            Self::Member { person, group, is_in } => {
                user(person).is_some_and(|user| user.is_in(group) == *is_in).into()
            }
            Self::Attribute { person, name, value } => {
                user(person).is_some_and(|user| attribute(user, name) == Some(*value)).into()
            }
            Self::Manager { person, manager } => {
                let id = user(manager).map(|user| user.id.as_str());
                let found = user(person).and_then(manager_of);
                (id.is_some() && found == id).into()
            }
            Self::Decided { id, word } => {
                let mut found = facts.decisions.iter();
                found.any(|(input, decision)| input.id == *id && decision.word == *word).into()
            }
            Self::Ended { id, word } => {
                let mut found = facts.results.iter();
                found.any(|(input, ended)| input.id == *id && ended.word == *word).into()
            }
            Self::Parked { id, code } => is_parked(facts, id, *code).into(),
            Self::ReadBack { id } => is_read_back(facts, id).into(),
            Self::Overtook { id, values, attribute } => {
                let waited = waited(facts, id, values, attribute);
                (waited * OVERTAKEN_SHARE >= values.len()).into()
            }
            Self::EverybodyIn { people, group } => {
                let is_in = |person: &&Arc<Person>| {
                    user(person).is_some_and(|u| u.is_in(group) && u.is_active() == Some(true))
                };
                Progress { done: people.iter().filter(is_in).count(), of: people.len() }
            }
            Self::HeldBack { people, cut } => is_held_back(people, *cut, facts, state).into(),
            Self::Obeyed { word, times } => {
                let is_it = |(said, outcome): &&(&str, String)| said == word && outcome == "obeyed";
                Progress { done: facts.obeyed.iter().filter(is_it).count(), of: *times }
            }
            Self::EverybodyHas { values, attribute: name } => {
                let has = |(person, value): &&(Arc<Person>, String)| {
                    user(person).is_some_and(|user| attribute(user, name) == Some(value.as_str()))
                };
                Progress { done: values.iter().filter(has).count(), of: values.len() }
            }
            Self::Compared { tenant, orphans } => {
                (facts.found.has_compared(tenant) && facts.orphans_told() == *orphans).into()
            }
            Self::Inventoried => facts.found.has_read(state).into(),
            Self::EachDecidedOnce => decided_once(facts),
            Self::EachRevisionEndedOnce => ended_once(facts).into(),
            Self::NothingElse => {
                let failed = facts.results.iter().any(|(_, ended)| ended.word == "failed");
                (facts.strangers == 0 && !failed).into()
            }
        }
    }

    /// In words, with what was measured.
    pub(super) fn says(&self, facts: &Facts) -> String {
        match self {
            Self::Account { person, is_active } => {
                let word = if *is_active { "active" } else { "inactive" };
                format!("{}'s account is {word}", person.name())
            }
            Self::CutOff { id, person } => {
                let after = facts.cut_off(id).map(|(_, after)| after.as_millis());
                let after = after.map_or(String::new(), |ms| format!(" {ms} ms after the event"));
                format!("{}'s account was shut{after}", person.name())
            }
            Self::NoAccount { person, because } => {
                format!("{} has no account: {because}", person.name())
            }
            Self::Member { person, group, is_in } => {
                let word = if *is_in { "is in" } else { "is not in" };
                format!("{} {word} {group}", person.name())
            }
            Self::Attribute { person, name, value } => {
                format!("{}'s {name} is {value}", person.name())
            }
            Self::Manager { person, manager } => {
                format!("{}'s manager is {}'s account", person.name(), manager.name())
            }
            Self::Decided { word, .. } => format!("usher has decided: {word}"),
            Self::Ended { word, .. } => format!("usher reports it as {word}"),
            Self::Parked { code, .. } => format!("the record is parked whole, with a code: {code}"),
            Self::ReadBack { .. } => {
                "the answer was lost, the account was read, the result is certain".to_owned()
            }
            Self::Overtook { id, values, attribute } => {
                let waited = waited(facts, id, values, attribute);
                format!("the cut overtook the storm: {waited} of {} still waited", values.len())
            }
            Self::EverybodyIn { people, group } => {
                format!("all {} have an account and are in {group}", people.len())
            }
            Self::HeldBack { people, cut } => {
                let held = people.len() - cut;
                match people.as_slice() {
                    [person] if *cut == 0 => format!("{} waits, too", person.name()),
                    _ => format!("{cut} of {} are cut, and {held} wait as rows", people.len()),
                }
            }
            Self::Obeyed { word, times: 1 } => format!("usher {word}: obeyed"),
            Self::Obeyed { word, times } => format!("usher {word}: all {times} obeyed"),
            Self::EverybodyHas { values, .. } => {
                format!("all {} have what HR said last", values.len())
            }
            Self::Compared { orphans: 0, .. } => {
                "the list was compared, and one list alone makes nobody an orphan".to_owned()
            }
            Self::Compared { orphans, .. } => {
                format!("two lists have missed them: {orphans} accounts are nobody's")
            }
            Self::Inventoried => {
                let (accounts, active) = facts.found.read();
                format!(
                    "usher has read {accounts} accounts, {active} of them active, as they are there"
                )
            }
            Self::EachDecidedOnce => "each event was decided, once".to_owned(),
            Self::EachRevisionEndedOnce => "each change of a wish ended, once".to_owned(),
            Self::NothingElse => "nothing failed, and the audit tells of nothing else".to_owned(),
        }
    }
}

fn attribute<'a>(user: &'a ShownUser, name: &str) -> Option<&'a str> {
    let enterprise = || user.fields.get(ENTERPRISE)?.get(name);
    user.fields.get(name).or_else(enterprise).and_then(Json::as_str)
}

fn manager_of(user: &ShownUser) -> Option<&str> {
    user.fields.get(ENTERPRISE)?.pointer("/manager/value").and_then(Json::as_str)
}

/// So many are cut, and whoever is not waits as a row.
fn is_held_back(people: &[Arc<Person>], cut: usize, facts: &Facts, state: &State) -> bool {
    let is_off = |person: &Person| {
        state.user(&person.user_name).is_some_and(|user| user.is_active() == Some(false))
    };
    let off = people.iter().filter(|person| is_off(person)).count();
    let waits = |person: &&Arc<Person>| !is_off(person) && !facts.held_of(person).is_empty();
    off == cut && off + people.iter().filter(waits).count() == people.len()
}

fn decided_once(facts: &Facts) -> Progress {
    let decided: BTreeSet<_> = facts.decisions.iter().map(|(input, _)| &input.id).collect();
    let is_once = decided.len() == facts.decisions.len();
    Progress { done: if is_once { decided.len() } else { 0 }, of: facts.inputs() }
}

fn is_parked(facts: &Facts, id: &str, code: Code) -> bool {
    let is_it = |(input, decision): &(Arc<_>, super::facts::Decision)| {
        let input: &super::event::Input = input;
        input.id == id && decision.why.as_ref().is_some_and(|(found, _)| *found == code)
    };
    facts.parked.iter().any(|input| input.id == id) && facts.decisions.iter().any(is_it)
}

/// An answer got lost, the account was read after that, and usher says it has verified the result.
fn is_read_back(facts: &Facts, id: &str) -> bool {
    let calls: Vec<_> = facts.calls_since(id).collect();
    let lost = calls.iter().position(|call| call.fault == Some(Kind::DropReply));
    let is_read = lost.is_some_and(|lost| {
        calls.iter().skip(lost).any(|call| call.name == "GET /Users" && !call.people.is_empty())
    });
    let mut results = facts.results.iter();
    is_read && results.any(|(i, e)| i.id == id && e.word == "applied" && e.is_verified)
}

/// How many got their last value only after the cut.
fn waited(facts: &Facts, id: &str, values: &[(Arc<Person>, String)], attribute: &str) -> usize {
    let Some((cut, _)) = facts.cut_off(id) else { return 0 };
    let has_had_it = |person: &Person, last: &str| {
        facts.calls.iter().filter(|call| call.at < cut).flat_map(|call| &call.deeds).any(|deed| {
            matches!(deed, Deed::Set { number, attribute: name, value }
                if *number == person.number && name == attribute && value == last)
        })
    };
    values.iter().filter(|(person, last)| !has_had_it(person, last)).count()
}

/// Every person's revisions have ended, from the first to the last, none of them twice.
fn ended_once(facts: &Facts) -> bool {
    let mut ended: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (_, result) in &facts.results {
        ended.entry(&result.person).or_default().push(result.revision);
    }
    !ended.is_empty()
        && ended.into_values().all(|mut revisions| {
            revisions.sort_unstable();
            revisions.into_iter().zip(1..).all(|(found, expected)| found == expected)
        })
}
