//! The writing calls of a plan; data, nothing left to choose.

use super::account::{AttributeName, Value};
use super::ids::{GroupName, ScimId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a field should change. `Option<Option<T>>` says the same and nobody can read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    Set(Value),
    Clear,
}

/// A group, by the name that rules use and the id that the provider uses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupRef {
    pub name: GroupName,
    pub id: ScimId,
}

/// One writing call against a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "op")]
pub enum Operation {
    /// POST a User.
    Create { active: bool, attributes: BTreeMap<AttributeName, Value> },
    /// PATCH attributes of a User, `active` among them.
    Change {
        account: ScimId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        active: Option<bool>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        attributes: BTreeMap<AttributeName, Field>,
    },
    /// PATCH a Group: one member in.
    AddMember { account: ScimId, group: GroupRef },
    /// PATCH a Group: one member out.
    RemoveMember { account: ScimId, group: GroupRef },
    /// DELETE a User.
    Delete { account: ScimId },
}
