//! The bodies usher sends: strict, in the letter case of the RFC, one PATCH operation per attribute.

use super::attribute::{CORE_USER, ENTERPRISE_USER, Place};
use super::dialect::RemoveMember;
use crate::model::account::{AttributeName, Value};
use crate::model::ids::ScimId;
use crate::model::operation::Field;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

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
pub(super) fn new_user(active: bool, attributes: &BTreeMap<AttributeName, Value>) -> Json {
    let mut user = Map::new();
    user.insert("schemas".to_owned(), schemas(attributes));
    user.insert("active".to_owned(), active.into());
    for (name, value) in attributes {
        let value = Json::from(value.to_text());
        match Place::of(name) {
            Place::Plain(key) => {
                user.insert(key.to_owned(), value);
            }
            Place::Within { parent, child } => put_within(&mut user, parent, child, value),
            Place::Work { list } => {
                user.insert(list.to_owned(), work_values(list, &value));
            }
            Place::Enterprise(child) => {
                put_within(&mut user, ENTERPRISE_USER, child, value);
            }
        }
    }
    Json::Object(user)
}

fn schemas(attributes: &BTreeMap<AttributeName, Value>) -> Json {
    let has_enterprise =
        attributes.keys().any(|name| matches!(Place::of(name), Place::Enterprise(_)));
    if has_enterprise { json!([CORE_USER, ENTERPRISE_USER]) } else { json!([CORE_USER]) }
}

/// The PATCH of a User; `None` if it would change nothing.
pub(super) fn user_patch(
    active: Option<bool>,
    attributes: &BTreeMap<AttributeName, Field>,
    work_value: WorkValue,
) -> Option<Json> {
    let active = active.map(|active| replace("active", &active.into()));
    let operations: Vec<Json> = attributes
        .iter()
        .filter_map(|(name, field)| operation(Place::of(name), field, work_value))
        .chain(active)
        .collect();
    (!operations.is_empty()).then(|| patch(&operations))
}

/// The PATCH of a Group that lets one member in.
pub(super) fn member_added(account: &ScimId) -> Json {
    patch(&[json!({ "op": "add", "path": "members", "value": [{ "value": account.as_str() }] })])
}

/// The PATCH of a Group that takes one member out.
pub(super) fn member_removed(account: &ScimId, form: RemoveMember) -> Json {
    let quoted = Json::from(account.as_str());
    patch(&[match form {
        RemoveMember::ValueFilter => {
            json!({ "op": "remove", "path": format!("members[value eq {quoted}]") })
        }
        RemoveMember::ValueArray => {
            json!({ "op": "remove", "path": "members", "value": [{ "value": quoted }] })
        }
    }])
}

fn operation(place: Place, field: &Field, work_value: WorkValue) -> Option<Json> {
    match (field, place, work_value) {
        (Field::Set(value), Place::Work { list }, WorkValue::Added | WorkValue::AddedOnly) => Some(
            json!({ "op": "add", "path": list, "value": work_values(list, &Json::from(value.to_text())) }),
        ),
        (Field::Set(value), _, _) => Some(replace(&place.path(), &Json::from(value.to_text()))),
        (Field::Clear, Place::Work { .. }, WorkValue::AddedOnly) => None,
        (Field::Clear, _, _) => Some(json!({ "op": "remove", "path": place.removal_path() })),
    }
}

fn replace(path: &str, value: &Json) -> Json {
    json!({ "op": "replace", "path": path, "value": value })
}

fn patch(operations: &[Json]) -> Json {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": operations,
    })
}

fn work_values(list: &str, value: &Json) -> Json {
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
