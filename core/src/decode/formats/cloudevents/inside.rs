//! What of ours lies in the data of somebody else's event: an event that was wrapped once more, or
//! data under a type of another name.

use super::kind;
use crate::decode::canon::names_somebody;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event_kind::EventKind;
use serde_json::{Map, Value};

/// Deeper nothing is looked for.
const DEPTH: usize = 6;

/// JSON inside of a text is read up to this length.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// What was found, and what type it probably is of.
pub(super) enum Found {
    Event(EventKind),
    Data,
}

/// An event before mere data.
pub(super) fn find(data: &Value) -> Option<Found> {
    let event = look(data, DEPTH, &|members| {
        let kind = members.get("type").and_then(Value::as_str).and_then(kind::meant)?;
        Some(Found::Event(kind))
    });
    let mere = || look(data, DEPTH, &|members| names_somebody(members).then_some(Found::Data));
    event.or_else(mere)
}

fn look(
    value: &Value,
    depth: usize,
    is_it: &dyn Fn(&Map<String, Value>) -> Option<Found>,
) -> Option<Found> {
    let deeper = depth.checked_sub(1)?;
    match value {
        Value::Object(members) => {
            is_it(members).or_else(|| members.values().find_map(|value| look(value, deeper, is_it)))
        }
        Value::Array(values) => values.iter().find_map(|value| look(value, deeper, is_it)),
        Value::String(text) => look(&json_in(text)?, deeper, is_it),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Connectors write an event as a text inside of another.
fn json_in(text: &str) -> Option<Value> {
    let text = text.trim();
    let is_json = text.starts_with(['{', '[']) && text.len() <= TEXT_BYTES_MAX;
    is_json.then(|| serde_json::from_str(text).ok()).flatten()
}

pub(super) fn wrapped() -> Why {
    Why::new(
        Code::EventWrapped,
        Some("data"),
        "an event for usher lies inside of another event, whose type is none of usher's; send it by \
         itself, as the record's value",
    )
}
