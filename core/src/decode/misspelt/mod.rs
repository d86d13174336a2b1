//! Members that are near to those that usher reads, and dates where it does not look.
//!
//! Read over, they would change the moment, the person or the meaning in silence: who leaves in three
//! weeks would be cut off today. So they set the event aside, with what was probably meant, if what
//! was meant is missing or says something else. Any other unknown member has no consequence.

mod dates;
mod members;
mod reading;
mod words;

use super::cloudevents::Envelope;
use super::effective::Effective;
use super::unknown::shown;
use crate::model::decision::Why;
use crate::model::event::{DATA_MEMBERS, EventClass};
use crate::model::event_kind::EventKind;
use crate::model::text::is_blank;
use dates::{Known, MOMENT};
use jiff::Timestamp;
use serde_json::{Map, Value};
use words::{Nearness, nearness};

/// Deeper no date is looked for.
const DEPTH: usize = 8;

/// What may hold other times, other names, or the event as it was before it was put into our words.
const NOT_LOOKED_INTO: [&str; 3] = ["previous", "raw_ref", "external_ids"];

/// A member that usher does not read.
struct Stranger<'a> {
    /// As a reason names it.
    path: String,
    /// The names on the way to it, from `data` or the envelope on, and its own.
    places: Vec<&'a str>,
    value: Value,
}

/// Before the members are read: names that are near to theirs.
pub(super) fn check_members(
    kind: EventKind,
    envelope: &Envelope<'_>,
    members: &Map<String, Value>,
) -> Result<(), Why> {
    for attribute in ["time", "sequence"] {
        let is_missing = envelope.text(attribute).ok().flatten().is_none_or(is_blank);
        let near =
            |name: &&str| nearness(name, attribute) == Some(Nearness::Same) && *name != attribute;
        let stray = envelope.extensions().into_iter().map(|(name, _)| name).find(near);
        if let Some(name) = stray.filter(|_| is_missing) {
            return Err(in_envelope(&envelope.field(name), attribute));
        }
    }
    members::check(kind, members)
}

/// After it is known when the event takes effect: dates that say something else, or all there is.
pub(super) fn check_dates(
    kind: EventKind,
    envelope: &Envelope<'_>,
    members: &Map<String, Value>,
    effective: &Effective,
    time: Timestamp,
) -> Result<(), Why> {
    if kind == EventKind::AccessRevoked || kind.class() != EventClass::Hr {
        return Ok(());
    }
    let known = Known { kind, members, effective, time };
    for (name, value) in envelope.extensions() {
        let stranger = Stranger { path: envelope.field(shown(name)), places: vec![name], value };
        known.judge(&stranger).map_or(Ok(()), Err)?;
    }
    for (name, value) in envelope.other_headers() {
        if MOMENT.iter().any(|known| nearness(name, known) == Some(Nearness::Same)) {
            let path = format!("header {}", shown(name));
            known.judge(&Stranger { path, places: vec![name], value }).map_or(Ok(()), Err)?;
        }
    }
    walk(members, &mut Vec::new(), &known)
}

fn walk<'a>(
    members: &'a Map<String, Value>,
    around: &mut Vec<&'a str>,
    known: &Known<'_>,
) -> Result<(), Why> {
    for (name, value) in members {
        let is_known = around.is_empty() && DATA_MEMBERS.iter().any(|(known, _)| known == name);
        if NOT_LOOKED_INTO.contains(&name.as_str()) {
            continue;
        }
        around.push(name);
        visit(value, is_known, around, known)?;
        around.pop();
    }
    Ok(())
}

fn visit<'a>(
    value: &'a Value,
    is_known: bool,
    places: &mut Vec<&'a str>,
    known: &Known<'_>,
) -> Result<(), Why> {
    match value {
        Value::Object(members) if places.len() < DEPTH => walk(members, places, known),
        Value::Array(values) if places.len() < DEPTH => {
            values.iter().try_for_each(|value| visit(value, is_known, places, known))
        }
        Value::String(_) | Value::Number(_) if !is_known => {
            let path = places.iter().fold("data".to_owned(), |path, name| field(&path, name));
            let stranger = Stranger { path, places: places.clone(), value: value.clone() };
            known.judge(&stranger).map_or(Ok(()), Err)
        }
        _ => Ok(()),
    }
}

fn field(path: &str, name: &str) -> String {
    format!("{path}.{}", shown(name))
}

/// `null`, and text without anything to see, say nothing.
fn says_something(value: &Value) -> bool {
    !value.is_null() && !value.as_str().is_some_and(is_blank)
}

/// `meant` is the path from `data` on.
fn misspelt(field: &str, meant: &str) -> Why {
    Why::new(
        "field.misspelt",
        Some(field),
        format!(
            "`{field}` is not read, and probably `data.{meant}` is meant, which is missing or says \
             something else; send it as `data.{meant}`"
        ),
    )
}

fn in_envelope(field: &str, attribute: &str) -> Why {
    Why::new(
        "field.misspelt",
        Some(field),
        format!(
            "`{field}` is not read, and probably the attribute `{attribute}` is meant; write it so"
        ),
    )
}
