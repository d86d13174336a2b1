//! Calls in plain words, as fixtures write them and as differences tell them.

use crate::model::operation::{Field, Operation};

/// An operation in plain words.
pub(super) fn describe(operation: &Operation) -> String {
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
        Operation::Delete { .. } => "delete".to_owned(),
    }
}

/// A call as it is written, its attributes in the order of those that are described.
pub(super) fn in_order(call: &str) -> String {
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
