//! Members that are near to those that usher reads, and dates where it does not look.
//!
//! Read over, they would change the moment, the person or the meaning in silence: who leaves in three
//! weeks would be cut off today. So they set the event aside, with what was probably meant, if what
//! was meant is missing or says something else. Any other unknown member has no consequence.

mod dates;
mod members;
mod reading;
mod stranger;
mod words;

use super::effective::Effective;
use crate::decode::canonical::{Beside, Canonical};
use crate::decode::unknown::shown;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::{DATA_MEMBERS, EventClass};
use crate::model::event_kind::EventKind;
use crate::model::text::is_blank;
use dates::{Known, MOMENT};
use jiff::Timestamp;
use serde_json::{Map, Value};
use stranger::{Stranger, field};
use words::{Nearness, nearness};

/// Deeper no date is looked for.
const DEPTH: usize = 8;

/// What may hold other times, other names, or the event as it was before it was put into our words.
const NOT_LOOKED_INTO: [&str; 3] = ["previous", "raw_ref", "external_ids"];

/// Before the members are read: names that are near to theirs.
pub(super) fn check_members(event: &Canonical) -> Result<(), Why> {
    let sequence = event.sequence.as_deref();
    for (attribute, is_missing) in
        [("time", event.time.is_none()), ("sequence", sequence.is_none_or(is_blank))]
    {
        let is_near = |it: &&Beside| {
            nearness(&it.name, attribute) == Some(Nearness::Same) && it.name != attribute
        };
        if let Some(stray) = event.extensions.iter().find(is_near).filter(|_| is_missing) {
            return Err(in_envelope(&format!("{}{}", stray.before, stray.name), attribute));
        }
    }
    members::check(event.kind.get(), &event.data)
}

/// After it is known when the event takes effect: dates that say something else, or all there is.
/// `time`: when it happened.
pub(super) fn check_dates(
    event: &Canonical,
    effective: &Effective,
    time: Timestamp,
) -> Result<(), Why> {
    let kind = event.kind.get();
    if kind == EventKind::AccessRevoked || kind.class() != EventClass::Hr {
        return Ok(());
    }
    let known = Known { kind, members: &event.data, effective, time };
    let is_moment =
        |it: &&Beside| MOMENT.iter().any(|known| nearness(&it.name, known) == Some(Nearness::Same));
    let headers = event.headers.iter().filter(is_moment);
    for Beside { before, name, value } in event.extensions.iter().chain(headers) {
        let path = format!("{before}{}", shown(name));
        let stranger = Stranger { path, places: vec![name], value: value.clone() };
        known.judge(&stranger).map_or(Ok(()), Err)?;
    }
    walk(&event.data, &mut Vec::new(), &known)
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

fn in_envelope(field: &str, attribute: &str) -> Why {
    Why::new(
        Code::FieldMisspelt,
        Some(field),
        format!(
            "`{field}` is not read, and probably the attribute `{attribute}` is meant; write it so"
        ),
    )
}
