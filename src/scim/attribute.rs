//! Where the attributes of rule files stand in a SCIM User, and what their values look like there.

use super::dialect::{ClearForm, Dialect, ManagerForm};
use crate::model::account::{AttributeName, Value};
use serde_json::{Value as Json, json};

pub(super) const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const ENTERPRISE_USER: &str =
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const MANAGER: &str = "manager";

/// An attribute's place in a User.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// `title`
    Plain(&'a str),
    /// `name.givenName`
    Within { parent: &'a str, child: &'a str },
    /// The value of type `work` in a list: `emails`.
    Work { list: &'a str },
    /// In an extension (RFC 7643 §3.3): the enterprise one, or the tenant's own.
    Extension { schema: &'a str, name: &'a str },
}

impl<'a> Place<'a> {
    /// `None` for a tenant's attribute where the dialect has none.
    pub(super) fn of(name: &'a AttributeName, dialect: &'a Dialect) -> Option<Self> {
        if let Some(name) = name.custom_key() {
            let schema = dialect.custom.schema.as_deref()?;
            return Some(Self::Extension { schema, name });
        }
        Some(match name.as_str().split_once('.') {
            None => Self::Plain(name.as_str()),
            Some(("enterprise", name)) => Self::Extension { schema: ENTERPRISE_USER, name },
            Some((list, "work")) => Self::Work { list },
            Some((parent, child)) => Self::Within { parent, child },
        })
    }

    /// The path of the value in a filter, and by the RFC in a PATCH (RFC 7644 §3.5.2).
    pub(super) fn path(self) -> String {
        match self {
            Self::Plain(name) => name.to_owned(),
            Self::Within { parent, child } => format!("{parent}.{child}"),
            Self::Work { list } => format!("{list}[type eq \"work\"].value"),
            Self::Extension { schema, name } => format!("{schema}:{name}"),
        }
    }

    /// The path that removes the value and nothing beside it.
    pub(super) fn removal_path(self) -> String {
        match self {
            Self::Work { list } => format!("{list}[type eq \"work\"]"),
            Self::Plain(_) | Self::Within { .. } | Self::Extension { .. } => self.path(),
        }
    }

    /// The extension that must be named in a User's `schemas`.
    pub(super) fn schema(self) -> Option<&'a str> {
        match self {
            Self::Extension { schema, .. } => Some(schema),
            Self::Plain(_) | Self::Within { .. } | Self::Work { .. } => None,
        }
    }

    pub(super) fn is_manager(self) -> bool {
        matches!(self, Self::Extension { schema: ENTERPRISE_USER, name: MANAGER })
    }
}

/// What stands in the place of a value that goes; `None`: nothing does, it is removed.
pub(super) fn nothing(place: Place<'_>, dialect: &Dialect) -> Option<Json> {
    match dialect.users.clear {
        ClearForm::Remove => None,
        ClearForm::Null => Some(Json::Null),
        // As a PATCH of the manager's `value` sets the text alone.
        ClearForm::Empty if place.is_manager() && dialect.users.manager == ManagerForm::Complex => {
            Some(json!({ "value": "" }))
        }
        ClearForm::Empty => Some(Json::from("")),
    }
}

/// The query that asks for what usher reads of a User, and for nothing else.
pub(super) fn all_needed(dialect: &Dialect) -> String {
    let mut names = vec!["id".to_owned(), "active".to_owned()];
    for name in AttributeName::all() {
        let top = match Place::of(&name, dialect) {
            Some(Place::Work { list }) => list.to_owned(),
            Some(Place::Within { parent, .. }) => parent.to_owned(),
            Some(place) => place.path(),
            None => continue,
        };
        if !names.contains(&top) {
            names.push(top);
        }
    }
    names.extend(dialect.custom.schema.clone());
    format!("attributes={}", names.join(","))
}

/// An attribute's value as it stands in a User.
pub(super) fn value(name: &AttributeName, value: &Value, manager: ManagerForm) -> Json {
    if *name == AttributeName::MANAGER && manager != ManagerForm::Text {
        return json!({ "value": value.to_text() });
    }
    match value {
        // The tenant's own attributes have types; every other one is a string in its schema.
        Value::Flag(flag) if name.custom_key().is_some() => Json::from(*flag),
        Value::Number(number) if name.custom_key().is_some() => Json::from(*number),
        Value::Flag(_) | Value::Number(_) | Value::Text(_) => Json::from(value.to_text()),
    }
}
