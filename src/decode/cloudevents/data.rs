//! `data` of a canonical event: who it is about, and when it takes effect.
//!
//! A member that comes in the wrong form parks the event: a condition that reads it would be wrong
//! in silence.

use super::envelope::TEXT_BYTES_MAX;
use crate::decode::SourceSettings;
use crate::decode::effective::{self, Effective};
use crate::model::decision::Why;
use crate::model::event::{DATA_MEMBERS, Form};
use crate::model::fields::RISK_LEVELS;
use crate::model::{Alias, AliasKind};
use serde_json::{Map, Value};

const IDENTIFIERS: [(&str, AliasKind); 4] = [
    ("employee_id", AliasKind::EmployeeNumber),
    ("user_name", AliasKind::UserName),
    ("work_email", AliasKind::Email),
    ("worker_id", AliasKind::WorkerId),
];

/// Ids of other systems that one event may name; a list without an end is no identity.
const EXTERNAL_IDS_MAX: usize = 16;

/// What the engine must know of an event beyond its envelope.
pub(super) struct Facts {
    pub(super) aliases: Vec<Alias>,
    pub(super) employment_id: Option<String>,
    pub(super) detection_id: Option<String>,
    pub(super) effective: Effective,
}

/// Reads `data` of an event of the type `kind`, and brings the risk level to lower case in it.
pub(super) fn read(kind: &str, data: &mut Value, source: &SourceSettings) -> Result<Facts, Why> {
    let Value::Object(members) = data else {
        return Err(Why::new("field.wrong_type", Some("data"), "`data` must be a JSON object"));
    };
    check_forms(members)?;
    normalise_risk_level(members, "level")?;
    normalise_risk_level(members, "previous_level")?;
    let part = |name: &str| members.get(name).and_then(Value::as_object);
    let detection_id = match text(part("risk"), "data.risk", "detection_id")? {
        Some(id) => Some(id),
        None => text(Some(members), "data", "detection_id")?,
    };
    Ok(Facts {
        aliases: aliases(part("worker"), part("previous"))?,
        employment_id: text(part("employment"), "data.employment", "id")?.map(str::to_owned),
        detection_id: detection_id.map(str::to_owned),
        effective: effective::read(kind, members, source)?,
    })
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

fn wrong_type(field: &str, wanted: &str) -> Why {
    Why::new("field.wrong_type", Some(field), format!("`{field}` must be {wanted}"))
}

/// The text `name` in `parent`; blank and null are as good as absent.
fn text<'a>(
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
        Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
        Some(_) => Err(wrong_type(&field(), "text (a number goes in quotes)")),
    }
}

fn aliases(
    worker: Option<&Map<String, Value>>,
    previous: Option<&Map<String, Value>>,
) -> Result<Vec<Alias>, Why> {
    let Some(worker) = worker else {
        return Err(Why::new(
            "worker.missing",
            Some("data.worker"),
            "the event does not say whom it is about; send `data.worker` with `employee_id`, \
             `user_name` or `work_email`",
        ));
    };
    let mut aliases = names_of_worker(worker)?;
    if aliases.is_empty() {
        return Err(Why::new(
            "worker.no_identifier",
            Some("data.worker"),
            "`data.worker` holds none of `employee_id`, `worker_id`, `user_name`, `work_email` and \
             `external_ids`; send at least one",
        ));
    }
    // What the same person was called before: so numbers and names are linked, and renamed.
    aliases.extend(identifiers(previous, "data.previous")?);
    Ok(aliases)
}

/// The names in `data.worker` of an event.
pub fn names_of_worker(worker: &Map<String, Value>) -> Result<Vec<Alias>, Why> {
    let mut names = identifiers(Some(worker), "data.worker")?;
    names.extend(external_ids(worker)?);
    Ok(names)
}

fn identifiers(parent: Option<&Map<String, Value>>, path: &str) -> Result<Vec<Alias>, Why> {
    let mut aliases = Vec::new();
    for (name, kind) in IDENTIFIERS {
        let value = text(parent, path, name)?;
        aliases.extend(value.and_then(|value| Alias::parse(kind, value)));
    }
    Ok(aliases)
}

/// By the name of the system that gave them: `{ "entra": "4f0c…", "sid": "S-1-5-21-…" }`.
fn external_ids(worker: &Map<String, Value>) -> Result<Vec<Alias>, Why> {
    const PATH: &str = "data.worker.external_ids";
    let ids = match worker.get("external_ids") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(ids)) => ids,
        Some(_) => return Err(wrong_type(PATH, "a JSON object")),
    };
    if ids.len() > EXTERNAL_IDS_MAX || ids.keys().any(|scheme| scheme.len() > TEXT_BYTES_MAX) {
        return Err(Why::new(
            "field.too_long",
            Some(PATH),
            format!("`{PATH}` has more than {EXTERNAL_IDS_MAX} ids or too long a name; send fewer"),
        ));
    }
    let mut aliases = Vec::new();
    for scheme in ids.keys() {
        aliases.extend(text(Some(ids), PATH, scheme)?.and_then(|id| Alias::external(scheme, id)));
    }
    Ok(aliases)
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
