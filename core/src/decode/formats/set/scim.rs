//! What SCIM's own events (RFC 9967) say of somebody's access.

use super::kinds::{Deed, Kind};
use super::meaning::{insufficient, no_concern};
use crate::decode::refusal::Refusal;
use crate::model::event_kind::EventKind;
use serde_json::{Map, Value};

/// The type of the event; `around`: all events of the token.
pub(super) fn kind(
    deed: Deed,
    members: &Map<String, Value>,
    around: &[(String, Value)],
) -> Result<EventKind, Refusal> {
    match deed {
        Deed::Activated => Ok(EventKind::AccountEnabled),
        Deed::Deactivated => Ok(EventKind::AccountDisabled),
        Deed::Deleted => Ok(EventKind::AccountPurged),
        // A new account lets nobody in whom rules keep out.
        Deed::Made => Err(no_concern()),
        Deed::Changed => match members.get("data") {
            Some(data) => match active(data) {
                Some(true) => Ok(EventKind::AccountEnabled),
                Some(false) => Ok(EventKind::AccountDisabled),
                None => Err(no_concern()),
            },
            None if names_active(members) && !is_told(around) => Err(insufficient(
                "the event says that somebody's account was switched on or off, and not which of \
                 the two; let the provider send `prov:activate` and `prov:deactivate`",
            )
            .of(EventKind::AccountDisabled)),
            None => Err(no_concern()),
        },
    }
}

/// Whether another event of the token says what became of `active`.
fn is_told(around: &[(String, Value)]) -> bool {
    around.iter().any(|(address, _)| {
        matches!(
            Kind::of(address),
            Some(Kind::Scim(Deed::Activated | Deed::Deactivated | Deed::Deleted))
        )
    })
}

fn names_active(members: &Map<String, Value>) -> bool {
    let named = members.get("attributes").and_then(Value::as_array);
    named.is_some_and(|paths| paths.iter().filter_map(Value::as_str).any(is_active))
}

/// What the resource, or the request that changed it, says of `active`; the last word counts.
fn active(data: &Value) -> Option<bool> {
    let Some(Value::Array(operations)) = member(data, "operations") else {
        return member(data, "active").and_then(flag);
    };
    operations.iter().rev().find_map(|operation| {
        let value = member(operation, "value")?;
        match member(operation, "path").and_then(Value::as_str) {
            Some(path) if is_active(path) => flag(value),
            Some(_) => None,
            None => member(value, "active").and_then(flag),
        }
    })
}

/// Names of SCIM are the same in small letters and in capitals.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let mut members = value.as_object()?.iter();
    members.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// With or without the schema that it is of.
fn is_active(path: &str) -> bool {
    path.rsplit(':').next().is_some_and(|name| name.eq_ignore_ascii_case("active"))
}

/// Some write it as a text.
fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}
