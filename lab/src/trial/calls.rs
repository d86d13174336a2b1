//! Calls that must be made against those that were, in plain words.

use super::play::Player;
use crate::model::PersonId;
use crate::model::operation::{Field, Operation};
use crate::story::judge::{Differences, NONE, list};
use std::collections::{BTreeMap, BTreeSet};

/// All calls since they were last asked for: whoever is not named must have had none.
pub(super) fn compare_calls(
    player: &mut Player<'_>,
    line: u64,
    expected: &BTreeMap<String, Vec<String>>,
    found: &mut Differences,
) {
    let calls = std::mem::take(&mut player.calls);
    let mut owners: Vec<(&String, BTreeSet<PersonId>)> =
        player.fixture.people.keys().map(|short| (short, player.ids(short))).collect();
    // Two short names may have turned out to be one person.
    owners.sort_by_key(|(short, _)| !expected.contains_key(*short));
    let owner = |person: &Option<PersonId>| {
        let owner =
            owners.iter().find(|(_, ids)| person.as_ref().is_some_and(|it| ids.contains(it)));
        owner.map_or("somebody else", |(short, _)| short.as_str())
    };
    let mut actual: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for made in &calls {
        actual.entry(owner(&made.person)).or_default().push(in_order(&describe(&made.operation)));
    }
    let named = expected.keys().map(String::as_str);
    let everybody: BTreeSet<&str> = actual.keys().copied().chain(named).collect();
    for short in everybody {
        let expected = expected.get(short).map(|calls| list(calls.iter().map(|it| in_order(it))));
        let actual = actual.get(short).map(list);
        let none = || NONE.to_owned();
        let what = format!("calls of {short}");
        found.compare(line, what, expected.unwrap_or_else(none), actual.unwrap_or_else(none));
    }
}

/// An operation in plain words.
fn describe(operation: &Operation) -> String {
    match operation {
        Operation::Create { .. } => "create".to_owned(),
        Operation::Change { active, attributes, .. } => {
            let mut parts: Vec<String> = Vec::new();
            parts.extend(active.map(|on| if on { "activate" } else { "deactivate" }.to_owned()));
            let sets = |field: &Field| matches!(field, Field::Set(_));
            for (word, is_set) in [("set", true), ("clear", false)] {
                let named = attributes.iter().filter(|(_, field)| sets(field) == is_set);
                let names: Vec<_> = named.map(|(name, _)| name.to_string()).collect();
                if !names.is_empty() {
                    parts.push(format!("{word} {}", names.join(", ")));
                }
            }
            parts.join(" and ")
        }
        Operation::AddMember { group, .. } => format!("join {}", group.name),
        Operation::RemoveMember { group, .. } => format!("leave {}", group.name),
        Operation::CreateGroup { name } => format!("make group {name}"),
        Operation::Delete { .. } => "delete".to_owned(),
    }
}

/// A call as it is written, its attributes in the order of those that are described.
fn in_order(call: &str) -> String {
    let parts = call.split(" and ").map(|part| match part.trim().split_once(' ') {
        Some((word @ ("set" | "clear"), names)) => {
            let mut names: Vec<_> = names.split(',').map(str::trim).collect();
            names.sort_by_key(|name| name.to_ascii_lowercase());
            format!("{word} {}", names.join(", "))
        }
        _ => part.trim().to_owned(),
    });
    parts.collect::<Vec<_>>().join(" and ")
}
