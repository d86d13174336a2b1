//! The account a person should have now.

use super::account::{AttributeName, Value};
use super::ids::GroupName;
use super::operation::{Field, bare_by_name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whether there should be an account at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    Present,
    Absent,
}

/// Whether the account should be in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Membership {
    Member,
    Outside,
}

/// What is wanted of one account. What it does not mention is unmanaged and left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Presence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "bare_by_name")]
    pub attributes: BTreeMap<AttributeName, Field>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<GroupName, Membership>,
}

impl Wish {
    /// The value that an attribute should have, if the wish gives it one.
    pub fn value(&self, name: &AttributeName) -> Option<&Value> {
        self.attributes.get(name)?.value()
    }

    /// Nothing is wanted: the account is unmanaged.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
