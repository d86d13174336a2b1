//! JSON with its names and its structure, and without what it says of people.

use crate::model::event::parse_instant;
use serde_json::{Map, Value};

/// What envelopes say of an event, and never of a person.
const OF_ENVELOPES: &[&str] =
    &["specversion", "type", "source", "id", "time", "datacontenttype", "sequence", "sequencetype"];

/// What data say of an event, wherever they say it: words of lists, and instants.
const OF_DATA: &[&str] = &["type", "code", "level", "effective_at", "status", "state"];

/// The same JSON, where texts and numbers of people are described instead of shown.
pub fn masked(value: &Value) -> Value {
    match value {
        Value::Array(events) => events.iter().map(masked).collect(),
        Value::Object(members) => of_members(members, OF_ENVELOPES),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => hidden(value),
    }
}

fn of_members(members: &Map<String, Value>, shown: &[&str]) -> Value {
    let members = members.iter().map(|(name, value)| {
        let is_shown = shown.contains(&name.as_str()) && !value.is_object() && !value.is_array();
        (name.clone(), if is_shown { value.clone() } else { inner(value) })
    });
    Value::Object(members.collect())
}

fn inner(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(inner).collect(),
        Value::Object(members) => of_members(members, OF_DATA),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => hidden(value),
    }
}

fn hidden(value: &Value) -> Value {
    match value {
        Value::String(text) if parse_instant(text).is_some() => value.clone(),
        Value::String(text) => Value::String(format!("(text of {})", text.chars().count())),
        Value::Number(_) => Value::String("(number)".to_owned()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => value.clone(),
    }
}
