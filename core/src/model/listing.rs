//! A page of everything that a target has, as it was listed.

use super::account::Account;
use super::ids::{GroupName, ScimId};
use super::schema;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A page of a list (RFC 7644 §3.4.2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What can be told from others by its id.
    pub items: Vec<T>,
    /// Resources on the page, those without an id among them.
    pub received: u64,
    /// How many there are on all pages, if the provider says.
    pub total: Option<u64>,
    /// There is more, which only a cursor leads to (RFC 9865).
    pub goes_on: bool,
}

/// An account as a list shows it. Lists may be poorer than the accounts themselves: what is missing
/// here was not said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ListedAccount {
    #[serde(flatten)]
    pub account: Account,
    /// When the target made it (`meta.created`, RFC 7643 §3.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Instant>")]
    pub created: Option<Timestamp>,
}

/// A group as a list shows it. Its members are read apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ListedGroup {
    pub id: ScimId,
    pub name: GroupName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Instant>")]
    pub created: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Instant>")]
    pub changed: Option<Timestamp>,
}

/// What has an id.
pub trait Listed {
    fn id(&self) -> &ScimId;
}

impl Listed for ListedAccount {
    fn id(&self) -> &ScimId {
        &self.account.id
    }
}

impl Listed for ListedGroup {
    fn id(&self) -> &ScimId {
        &self.id
    }
}
