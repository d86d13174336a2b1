//! A person up to their id: the names, and what was made of all that was said about them.

use crate::engine::state::Person;
use serde_json::Value;
use std::collections::BTreeMap;

/// Members of a state record that are not what was said, or depend on who heard it first.
const LEFT_OUT: [&str; 3] = ["id", "recent", "seats"];

/// What is forgotten before its time when a record gets too large: what is over by then.
const FORGOTTEN_EARLY: [&str; 3] = ["claims", "employments", "forgotten"];

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
        let is_cut =
            self.members.contains_key("forgotten") || other.members.contains_key("forgotten");
        let mut names = self
            .members
            .keys()
            .chain(other.members.keys())
            .filter(|name| !(is_cut && FORGOTTEN_EARLY.contains(&name.as_str())));
        let name = names.find(|name| self.members.get(*name) != other.members.get(*name))?;
        let (one, another) = (self.members.get(name), other.members.get(name));
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
