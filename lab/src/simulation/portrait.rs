//! A person up to their id: the names, and what was made of all that was said about them.

use super::bounded::WORDS_OF_A_LANE;
use crate::engine::state::Person;
use crate::model::event::OrderKey;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Members of a state record that are not what sources said, or depend on who heard it first.
const LEFT_OUT: [&str; 7] = ["id", "merged", "recent", "seats", "mutes", "overrides", "parted"];

/// What is forgotten before its time when a record gets too large: what is over by then.
const FORGOTTEN_EARLY: [&str; 4] = ["claims", "employments", "forgotten", "last_words"];
/// What lacks a word if its event found no room then, and was parked: nothing takes its place.
const PARKED: &str = "profile";
/// What stays of that.
const TRACES: [&str; 2] = ["forgotten", "last_words"];

/// What order of arrival must not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portrait {
    /// Tenant and names: who it is.
    who: String,
    /// The members of the state record, in an order that says nothing.
    members: BTreeMap<String, Value>,
}

impl Portrait {
    pub fn of(person: &Person) -> Self {
        let mut person = person.clone();
        rank_ties(&mut person);
        let Ok(Value::Object(mut members)) = serde_json::to_value(person) else {
            return Self { who: "unwritable".to_owned(), members: BTreeMap::new() };
        };
        for name in LEFT_OUT {
            members.remove(name);
        }
        let members: BTreeMap<String, Value> =
            members.into_iter().map(|(name, value)| (name, sorted(value))).collect();
        let of = |name| members.get(name).map(Value::to_string).unwrap_or_default();
        Self { who: format!("{} {}", of("tenant"), of("aliases")), members }
    }

    /// The first member in which the two differ: what only the one has, and what only the other.
    fn difference(&self, other: &Self) -> Option<String> {
        let is_cut = TRACES
            .iter()
            .any(|name| self.members.contains_key(*name) || other.members.contains_key(*name));
        let names = self
            .members
            .keys()
            .chain(other.members.keys())
            .filter(|name| !(is_cut && FORGOTTEN_EARLY.contains(&name.as_str())));
        let both = |name: &String| {
            let (one, another) = (self.members.get(name), other.members.get(name));
            let crowded: BTreeSet<String> = crowded(one).chain(crowded(another)).collect();
            [one, another].map(|it| it.map(|it| without(it, &crowded)))
        };
        let differs = |(name, [one, another]): &(&String, [Option<Value>; 2])| {
            let is_parked =
                || is_cut && *name == PARKED && lacks_words(one.as_ref(), another.as_ref());
            one != another && !is_parked()
        };
        let (name, [one, another]) = names.map(|name| (name, both(name))).find(differs)?;
        let (one, another) = (one.as_ref(), another.as_ref());
        let only = |these: Option<&Value>, those: Option<&Value>| match (these, those) {
            (Some(Value::Array(these)), Some(Value::Array(those))) => {
                let own = these.iter().filter(|item| !those.contains(item)).cloned().collect();
                Value::Array(own).to_string()
            }
            (these, _) => these.map_or("nothing".to_owned(), Value::to_string),
        };
        Some(format!("{name}: {} instead of {}", only(another, one), only(one, another)))
    }
}

/// Whether one of the two says all that the other says, attribute by attribute.
fn lacks_words(one: Option<&Value>, another: Option<&Value>) -> bool {
    let (Some(Value::Object(one)), Some(Value::Object(another))) = (one, another) else {
        return false;
    };
    let has_all = |of: &Map<String, Value>, all: &Map<String, Value>| {
        all.iter().all(|(name, words)| {
            let own = of.get(name).and_then(Value::as_array);
            let mut words = words.as_array().into_iter().flatten();
            words.all(|word| own.is_some_and(|own| own.contains(word)))
        })
    };
    has_all(one, another) || has_all(another, one)
}

/// Of what a source said at one instant only the order counts. Told again, it comes at other offsets.
fn rank_ties(person: &mut Person) {
    let mut said: BTreeMap<String, BTreeSet<OrderKey>> = BTreeMap::new();
    for (source, key) in keys_of(person) {
        said.entry(source.clone()).or_default().insert(key.clone());
    }
    for (source, key) in keys_of(person) {
        let all = said.get(source).into_iter().flatten();
        let before = all.filter(|other| other.ties_with(key) && **other < *key).count();
        key.tie = u32::try_from(before).unwrap_or(u32::MAX);
        key.came = 0;
    }
    for mark in person.claims.iter_mut().flat_map(|one| &mut one.marks) {
        mark.at = None;
    }
}

fn keys_of(person: &mut Person) -> impl Iterator<Item = (&String, &mut OrderKey)> {
    let instances = person.claims.iter_mut().chain(&mut person.employments);
    let marks = instances.flat_map(|one| &mut one.marks);
    let marks = marks.map(|mark| (&mark.source, &mut mark.key));
    let told = person.profile.values_mut().flatten();
    let told = told.map(|mark| (&mark.source, &mut mark.key));
    let holds = person.legal_holds.iter_mut().map(|hold| (&hold.source, &mut hold.key));
    marks.chain(told).chain(holds)
}

/// The instances of which some source has said as much as is kept. What goes then depends on which of
/// its words were known to be about one person, and so on when that was told.
fn crowded(instances: Option<&Value>) -> impl Iterator<Item = String> {
    let instances = instances.and_then(Value::as_array).into_iter().flatten();
    let is_crowded = |instance: &&Value| {
        let mut lanes: BTreeMap<(String, bool), usize> = BTreeMap::new();
        for mark in instance.get("marks").and_then(Value::as_array).into_iter().flatten() {
            let source = mark.get("source").map(Value::to_string).unwrap_or_default();
            let numbered = mark.get("key").is_some_and(|key| key.get("sequence").is_some());
            *lanes.entry((source, numbered)).or_default() += 1;
        }
        lanes.into_values().any(|words| words >= WORDS_OF_A_LANE)
    };
    instances.filter(is_crowded).map(which)
}

/// The name and the `by` of a claim's instance.
fn which(instance: &Value) -> String {
    let of = |name| instance.get(name).map(Value::to_string).unwrap_or_default();
    format!("{} {}", of("name"), of("by"))
}

fn without(instances: &Value, crowded: &BTreeSet<String>) -> Value {
    match instances {
        Value::Array(items) => {
            let kept = items.iter().filter(|item| !crowded.contains(&which(item)));
            Value::Array(kept.cloned().collect())
        }
        other => other.clone(),
    }
}

/// Says what is different about the people `anew`, if anything is.
pub fn compare(known: &[Portrait], anew: &[Portrait]) -> Result<(), String> {
    let by_names = |people: &[Portrait]| -> BTreeMap<String, Portrait> {
        people.iter().map(|one| (one.who.clone(), one.clone())).collect()
    };
    let (known_by, anew_by) = (by_names(known), by_names(anew));
    if known_by.len() != known.len() || anew_by.len() != anew.len() {
        return Err("two people have the same names".to_owned());
    }
    if let Some(lost) = known_by.keys().find(|who| !anew_by.contains_key(*who)) {
        return Err(format!("there is nobody like {lost}"));
    }
    if let Some(new) = anew_by.keys().find(|who| !known_by.contains_key(*who)) {
        return Err(format!("there is somebody new: {new}"));
    }
    for (who, one) in &known_by {
        if let Some(difference) = anew_by.get(who).and_then(|other| one.difference(other)) {
            return Err(format!("{who} has other {difference}"));
        }
    }
    Ok(())
}

/// Lists say nothing by their order here: what counts in it stands in their items.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(sorted).collect();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, sorted(value))).collect()
        }
        plain => plain,
    }
}
