//! The forms in which members of `data` come.
//!
//! A member that comes in the wrong form parks the event: a condition that reads it would be wrong
//! in silence.

use crate::decode::canonical::TEXT_BYTES_MAX;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::{DATA_MEMBERS, Form};
use crate::model::fields::RISK_LEVELS;
use crate::model::text::trimmed;
use serde_json::{Map, Value};

/// Each known member is of the kind that it must be.
pub(super) fn check(members: &Map<String, Value>) -> Result<(), Why> {
    for (name, form) in DATA_MEMBERS {
        let value = members.get(*name).unwrap_or(&Value::Null);
        let (fits, wanted) = match form {
            Form::Object => (value.is_object(), "a JSON object"),
            Form::Text => (value.is_string(), "text"),
            Form::TextOrNumber => (value.is_string() || value.is_number(), "text or a number"),
            Form::Flag => (value.is_boolean(), "true or false"),
            Form::Any => (true, ""),
        };
        if !fits && !value.is_null() {
            return Err(wrong_type(&format!("data.{name}"), wanted));
        }
    }
    Ok(())
}

pub(super) fn wrong_type(field: &str, wanted: &str) -> Why {
    Why::new(Code::FieldWrongType, Some(field), format!("`{field}` must be {wanted}"))
}

/// The text `name` in `parent`; blank and null are as good as absent.
pub(super) fn text<'a>(
    parent: Option<&'a Map<String, Value>>,
    path: &str,
    name: &str,
) -> Result<Option<&'a str>, Why> {
    let field = || format!("{path}.{name}");
    match parent.and_then(|parent| parent.get(name)) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() > TEXT_BYTES_MAX => Err(Why::new(
            Code::FieldTooLong,
            Some(&field()),
            format!("`{}` is longer than {TEXT_BYTES_MAX} bytes; send a shorter one", field()),
        )),
        Some(Value::String(text)) => Ok(Some(trimmed(text)).filter(|text| !text.is_empty())),
        Some(_) => Err(wrong_type(&field(), "text (a number goes in quotes)")),
    }
}

/// Brings both levels of a risk to lower case. A level nobody knows would make every condition on it
/// false, and a real risk pass unseen.
pub(super) fn normalise_risk_levels(members: &mut Map<String, Value>) -> Result<(), Why> {
    ["level", "previous_level"].iter().try_for_each(|name| normalise_risk_level(members, name))
}

fn normalise_risk_level(members: &mut Map<String, Value>, name: &str) -> Result<(), Why> {
    let risk = members.get_mut("risk").and_then(Value::as_object_mut);
    let Some(level) = risk.and_then(|risk| risk.get_mut(name)) else {
        return Ok(());
    };
    let field = format!("data.risk.{name}");
    match level {
        Value::Null => Ok(()),
        Value::String(level) => {
            level.make_ascii_lowercase();
            if RISK_LEVELS.contains(&level.as_str()) {
                return Ok(());
            }
            Err(Why::new(
                Code::FieldUnknownValue,
                Some(&field),
                format!("`{field}` must be one of: {}", RISK_LEVELS.join(", ")),
            ))
        }
        _ => Err(wrong_type(&field, "text")),
    }
}
