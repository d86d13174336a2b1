//! What the formats of vendors have in common: how their batches are taken apart, whom a signal is
//! about, how high a risk is, and what an event is made of.
//!
//! A format that is built on this says what is its own ([`Form`]), and reads one object at a time.

mod level;
mod part;
mod signal;
mod subject;

pub(super) use level::{by_score, by_word};
pub(super) use part::{Form, Part, objects};
pub(super) use signal::{Found, Risk, digest, id_of, nothing_to_do, unknown_kind, unknown_value};
pub(super) use subject::{Names, nobody};

use crate::decode::canon;
use crate::decode::refusal::{Bearing, Refusal};
use crate::model::Zone;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event_kind::EventKind;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::Value;

/// The text at the first of these pointers that holds one; blank is none.
pub(super) fn text<'a>(value: &'a Value, pointers: &[&str]) -> Option<&'a str> {
    pointers.iter().find_map(|pointer| {
        let text = value.pointer(pointer)?.as_str()?.trim();
        (!text.is_empty()).then_some(text)
    })
}

/// The same where ids and numbers come as either.
pub(super) fn word(value: &Value, pointers: &[&str]) -> Option<String> {
    pointers.iter().find_map(|pointer| match value.pointer(pointer)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// The instant at the first of these pointers that holds anything. Vendors write UTC where they say
/// no zone.
pub(super) fn instant(value: &Value, pointers: &[&str]) -> Result<Option<Timestamp>, Refusal> {
    let says = |value: &&Value| !value.is_null() && value.as_str() != Some("");
    let found = pointers
        .iter()
        .find_map(|pointer| value.pointer(pointer).filter(says).map(|value| (*pointer, value)));
    let Some((pointer, value)) = found else { return Ok(None) };
    let utc = Zone::fixed(Offset::UTC);
    canon::instant(value, Some(&utc)).map(Some).ok_or_else(|| {
        let field = named(pointer);
        let text = format!(
            "`{field}` is no instant in a form that has one meaning, so nobody knows what came before \
             what; send it like 2026-10-01T09:00:00Z"
        );
        let why = Why::new(Code::TimeInvalid, Some(&field), text);
        Refusal::park(why, Bearing::Of(EventKind::RiskRaised))
    })
}

/// A pointer as reasons call it: `properties.riskLevel`.
pub(super) fn named(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}
