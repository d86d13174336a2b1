//! The bodies usher sends: strict, in the letter case of the RFC, as far as the dialect does not
//! want it otherwise.

use super::attribute::{self, CORE_USER, Place};
use super::dialect::{ActiveForm, Dialect, ManagerForm, RemoveMember, Update};
use crate::model::account::{AttributeName, Value};
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::Field;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

const CORE_GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// How a value is set in a list such as `emails`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WorkValue {
    /// `emails[type eq "work"].value` is replaced; a strict server answers `noTarget` if there is none.
    Replaced,
    /// `emails` gets another value, of type `work`.
    Added,
    /// The same, and nothing is removed: a server may say `noTarget` to that too.
    AddedOnly,
}

impl WorkValue {
    /// In the order in which they are tried.
    pub(super) const ALL: [Self; 3] = [Self::Replaced, Self::Added, Self::AddedOnly];
}

/// The User to POST.
pub(super) fn new_user(
    active: bool,
    attributes: &BTreeMap<AttributeName, Value>,
    dialect: &Dialect,
) -> Json {
    let placed = || {
        attributes.iter().filter_map(|(name, value)| {
            let value = attribute::value(name, value, dialect.users.manager);
            Some((Place::of(name, dialect)?, value))
        })
    };
    let mut schemas = vec![CORE_USER];
    for schema in placed().filter_map(|(place, _)| place.schema()) {
        if !schemas.contains(&schema) {
            schemas.push(schema);
        }
    }
    let mut user = Map::new();
    user.insert("schemas".to_owned(), json!(schemas));
    user.insert("active".to_owned(), active_value(active, dialect));
    for (place, value) in placed() {
        match place {
            Place::Plain(key) => {
                user.insert(key.to_owned(), value);
            }
            Place::Within { parent, child } => put_within(&mut user, parent, child, value),
            Place::Work { list } => {
                user.insert(list.to_owned(), work_values(list, &value));
            }
            Place::Extension { schema, name } => put_within(&mut user, schema, name, value),
        }
    }
    Json::Object(user)
}

/// `active` as the dialect writes it.
pub(super) fn active_value(active: bool, dialect: &Dialect) -> Json {
    match (dialect.users.active, active) {
        (ActiveForm::Boolean, active) => active.into(),
        (ActiveForm::Text, true) => "True".into(),
        (ActiveForm::Text, false) => "False".into(),
    }
}

/// The PATCH of a User; `None` if it would change nothing.
pub(super) fn user_patch(
    active: Option<bool>,
    attributes: &BTreeMap<AttributeName, Field>,
    work_value: WorkValue,
    dialect: &Dialect,
) -> Option<Json> {
    let active = active.map(|active| {
        let value = active_value(active, dialect);
        replace(Place::Plain("active"), "active", &value, dialect.users.update)
    });
    let operations: Vec<Json> = attributes
        .iter()
        .filter_map(|(name, field)| operation(name, field, work_value, dialect))
        .chain(active)
        .collect();
    (!operations.is_empty()).then(|| patch(&operations))
}

/// The Group to POST.
pub(super) fn new_group(name: &GroupName) -> Json {
    json!({ "schemas": [CORE_GROUP], "displayName": name.as_str() })
}

/// The PATCH of a Group that lets members in.
pub(super) fn members_added(accounts: &[ScimId], dialect: &Dialect) -> Json {
    let values: Vec<Json> =
        accounts.iter().map(|account| json!({ "value": account.as_str() })).collect();
    patch(&[json!({ "op": "add", "path": dialect.groups.members_path, "value": values })])
}

/// The PATCH of a Group that takes one member out.
pub(super) fn member_removed(account: &ScimId, form: RemoveMember, dialect: &Dialect) -> Json {
    let path = &dialect.groups.members_path;
    let quoted = Json::from(account.as_str());
    patch(&[match form {
        RemoveMember::ValueFilter => {
            json!({ "op": "remove", "path": format!("{path}[value eq {quoted}]") })
        }
        RemoveMember::ValueArray => {
            json!({ "op": "remove", "path": path, "value": [{ "value": quoted }] })
        }
    }])
}

fn operation(
    name: &AttributeName,
    field: &Field,
    work_value: WorkValue,
    dialect: &Dialect,
) -> Option<Json> {
    let place = Place::of(name, dialect)?;
    let path = dialect.users.paths.get(name).cloned();
    match (field, place, work_value) {
        (Field::Set(value), Place::Work { list }, WorkValue::Added | WorkValue::AddedOnly) => Some(
            json!({ "op": "add", "path": list, "value": work_values(list, &Json::from(value.to_text())) }),
        ),
        (Field::Set(value), _, _) => {
            let path = path.unwrap_or_else(|| place.path());
            Some(if place.is_manager() && dialect.users.manager == ManagerForm::SubAttribute {
                let path = format!("{path}.value");
                json!({ "op": "replace", "path": path, "value": value.to_text() })
            } else {
                let value = attribute::value(name, value, dialect.users.manager);
                replace(place, &path, &value, dialect.users.update)
            })
        }
        (Field::Clear, Place::Work { .. }, WorkValue::AddedOnly) => None,
        (Field::Clear, _, _) => Some(clearing(place, path, dialect)),
    }
}

/// An entry of a list is removed in any form: without its value it would be an entry of nothing.
fn clearing(place: Place<'_>, path: Option<String>, dialect: &Dialect) -> Json {
    let in_list = matches!(place, Place::Work { .. });
    match attribute::nothing(place, dialect).filter(|_| !in_list) {
        None => {
            let path = path.unwrap_or_else(|| place.removal_path());
            json!({ "op": "remove", "path": path })
        }
        Some(nothing) => {
            let path = path.unwrap_or_else(|| place.path());
            let is_sub = place.is_manager() && dialect.users.manager == ManagerForm::SubAttribute;
            if is_sub {
                json!({ "op": "replace", "path": format!("{path}.value"), "value": nothing })
            } else {
                replace(place, &path, &nothing, dialect.users.update)
            }
        }
    }
}

fn replace(place: Place<'_>, path: &str, value: &Json, update: Update) -> Json {
    let named = match (update, place) {
        (Update::PatchWithoutPath, Place::Plain(name)) => json!({ name: value }),
        (Update::PatchWithoutPath, Place::Within { parent, child }) => {
            json!({ parent: { child: value } })
        }
        (Update::PatchWithoutPath, Place::Extension { schema, name }) => {
            json!({ schema: { name: value } })
        }
        // Without a path, RFC 7644 §3.5.2.3 would have the other values of the list go.
        (Update::PatchWithoutPath, Place::Work { .. }) | (Update::Patch | Update::Put, _) => {
            return json!({ "op": "replace", "path": path, "value": value });
        }
    };
    json!({ "op": "replace", "value": named })
}

/// A PATCH with these operations.
pub(super) fn patch(operations: &[Json]) -> Json {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": operations,
    })
}

/// The one value of a list that had none.
pub(super) fn work_values(list: &str, value: &Json) -> Json {
    if list == "emails" {
        json!([{ "value": value, "type": "work", "primary": true }])
    } else {
        json!([{ "value": value, "type": "work" }])
    }
}

fn put_within(user: &mut Map<String, Json>, parent: &str, child: &str, value: Json) {
    let inner = user.entry(parent).or_insert_with(|| Json::Object(Map::new()));
    if let Json::Object(inner) = inner {
        inner.insert(child.to_owned(), value);
    }
}
