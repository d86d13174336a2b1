//! `data` of a canonical event: who it is about, and when it takes effect.
//!
//! A member that comes in the wrong form parks the event: a condition that reads it would be wrong
//! in silence.

use super::envelope::{Envelope, TEXT_BYTES_MAX};
use super::{Refusal, names};
use crate::decode::SourceSettings;
use crate::decode::effective::{self, Effective};
use crate::decode::misspelt;
use crate::model::Alias;
use crate::model::decision::Why;
use crate::model::event::{DATA_MEMBERS, EventClass, Form};
use crate::model::event_kind::EventKind;
use crate::model::fields::RISK_LEVELS;
use crate::model::text::trimmed;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// What the engine must know of an event beyond its envelope.
pub(super) struct Facts {
    pub(super) aliases: Vec<Alias>,
    pub(super) employment_id: Option<String>,
    pub(super) detection_id: Option<String>,
    pub(super) effective: Effective,
    pub(super) remarks: Vec<Why>,
}

/// Reads `data` of an event of the type `kind`; cleans the names in it, and brings the risk level to
/// lower case.
pub(super) fn read(
    kind: EventKind,
    data: &mut Value,
    (envelope, time): (&Envelope<'_>, Timestamp),
    source: &SourceSettings,
) -> Result<Facts, Refusal> {
    let Value::Object(members) = data else {
        let why = Why::new("field.wrong_type", Some("data"), "`data` must be a JSON object");
        return Err(why.into());
    };
    misspelt::check_members(kind, envelope, members)?;
    check_forms(members)?;
    names::tidy(members);
    let remarks = names::take_placeholders_out(members, source);
    normalise_risk_level(members, "level")?;
    normalise_risk_level(members, "previous_level")?;
    let part = |name: &str| members.get(name).and_then(Value::as_object);
    let detection_id = match text(part("risk"), "data.risk", "detection_id")? {
        Some(id) => Some(id),
        None => text(Some(members), "data", "detection_id")?,
    };
    let aliases = match names::read(part("worker"), part("previous")) {
        Err(why) if is_signal_about_nobody(kind, &why, &remarks) => {
            return Err(Refusal::Skip(of_nobody()));
        }
        names => names?,
    };
    let effective = effective::read(kind, members, source)?;
    misspelt::check_dates(kind, envelope, members, &effective, time)?;
    Ok(Facts {
        aliases,
        employment_id: text(part("employment"), "data.employment", "id")?.map(str::to_owned),
        detection_id: detection_id.map(str::to_owned),
        effective,
        remarks,
    })
}

/// Sensors report `-` or `unknown` where they know nobody.
fn is_signal_about_nobody(kind: EventKind, why: &Why, remarks: &[Why]) -> bool {
    let is_signal = kind.class() == EventClass::Security;
    is_signal && why.code == "worker.no_identifier" && !remarks.is_empty()
}

fn of_nobody() -> Why {
    Why::new(
        "subject.machine",
        Some("data.worker"),
        "the event names nobody, only words for none such as `-` or `unknown`; nothing to do, unless \
         the source should name the person who was at work there",
    )
}

fn check_forms(members: &Map<String, Value>) -> Result<(), Why> {
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
    Why::new("field.wrong_type", Some(field), format!("`{field}` must be {wanted}"))
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
            "field.too_long",
            Some(&field()),
            format!("`{}` is longer than {TEXT_BYTES_MAX} bytes; send a shorter one", field()),
        )),
        Some(Value::String(text)) => Ok(Some(trimmed(text)).filter(|text| !text.is_empty())),
        Some(_) => Err(wrong_type(&field(), "text (a number goes in quotes)")),
    }
}

/// A level nobody knows would make every condition on it false, and a real risk pass unseen.
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
                "field.unknown_value",
                Some(&field),
                format!("`{field}` must be one of: {}", RISK_LEVELS.join(", ")),
            ))
        }
        _ => Err(wrong_type(&field, "text")),
    }
}
