//! Whom an event is about: the names in `data.worker`, and those in `data.previous`.
//!
//! They are cleaned in `data` itself, so that conditions, look-ups and accounts get them as they are
//! compared: a no-break space behind a user name would otherwise make a second account.

use super::forms::{text, wrong_type};
use crate::decode::canonical::TEXT_BYTES_MAX;
use crate::decode::settings::SourceSettings;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::text::{clean, trimmed};
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

/// The members of `data` that hold names.
const HOLDERS: [&str; 2] = ["worker", "previous"];

/// Takes what nobody sees out of the names in `members`, and the blanks off the ends of the other
/// texts about the worker. A text that was blank is empty then, and still not absent.
pub(super) fn tidy(members: &mut Map<String, Value>) {
    for holder in HOLDERS {
        let Some(Value::Object(names)) = members.get_mut(holder) else { continue };
        for (name, _) in IDENTIFIERS {
            names.get_mut(name).into_iter().for_each(|value| change(value, |it| clean(it).into()));
        }
        if let Some(Value::Object(ids)) = names.get_mut("external_ids") {
            ids.values_mut().for_each(|value| change(value, |it| clean(it).into()));
        }
    }
    for part in ["worker", "profile"] {
        if let Some(Value::Object(texts)) = members.get_mut(part) {
            texts.values_mut().for_each(|value| change(value, |it| trimmed(it).to_owned()));
        }
    }
}

fn change(value: &mut Value, to: impl Fn(&str) -> String) {
    if let Value::String(text) = value {
        let changed = to(text);
        if changed != *text {
            *text = changed;
        }
    }
}

/// Takes out what stands for no name, so that it leads to nobody and gets into no account; a remark
/// for each. It is absent then, not null, for `N/A` clears nothing.
pub(super) fn take_placeholders_out(
    members: &mut Map<String, Value>,
    source: &SourceSettings,
) -> Vec<Why> {
    let mut remarks = Vec::new();
    let is_one = |alias: Option<Alias>| {
        alias.is_some_and(|it| it.is_placeholder() || source.is_placeholder(&it))
    };
    for holder in HOLDERS {
        let Some(Value::Object(names)) = members.get_mut(holder) else { continue };
        for (name, kind) in IDENTIFIERS {
            let text = names.get(name).and_then(Value::as_str);
            if is_one(text.and_then(|text| Alias::parse(kind, text))) {
                names.remove(name);
                remarks.push(placeholder(&format!("data.{holder}.{name}")));
            }
        }
        if let Some(Value::Object(ids)) = names.get_mut("external_ids") {
            let before = ids.len();
            ids.retain(|scheme, id| {
                !is_one(id.as_str().and_then(|id| Alias::external(scheme, id)))
            });
            if ids.len() < before {
                remarks.push(placeholder(&format!("data.{holder}.external_ids")));
            }
        }
    }
    remarks
}

fn placeholder(field: &str) -> Why {
    Why::new(
        Code::NamePlaceholder,
        Some(field),
        format!(
            "`{field}` holds what stands for no name, such as `N/A`, `0` or `unknown`, so it leads \
             to nobody; leave it out where there is none"
        ),
    )
}

/// The names of the worker, and what the same person was called before: so numbers and names are
/// linked, and renamed. `None` if the worker has no name.
pub(super) fn read(
    worker: Option<&Map<String, Value>>,
    previous: Option<&Map<String, Value>>,
) -> Result<Option<Vec<Alias>>, Why> {
    let Some(worker) = worker else {
        return Err(Why::new(
            Code::WorkerMissing,
            Some("data.worker"),
            "the event does not say whom it is about; send `data.worker` with `employee_id`, \
             `user_name` or `work_email`",
        ));
    };
    let mut aliases = names_of_worker(worker)?;
    if aliases.is_empty() {
        return Ok(None);
    }
    aliases.extend(identifiers(previous, "data.previous")?);
    Ok(Some(aliases))
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
            Code::FieldTooLong,
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

/// Whether there is a `worker` with a name in it, as in `data` of our events.
pub(in crate::decode) fn names_somebody(members: &Map<String, Value>) -> bool {
    let Some(Value::Object(worker)) = members.get("worker") else { return false };
    let is_name = |value: Option<&Value>| {
        value.is_some_and(|value| {
            value.is_number() || value.as_str().is_some_and(|it| !it.is_empty())
        })
    };
    IDENTIFIERS.iter().any(|(name, _)| is_name(worker.get(*name)))
        || worker.get("external_ids").is_some_and(Value::is_object)
}
