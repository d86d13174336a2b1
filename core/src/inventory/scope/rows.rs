//! What each list tells, row by row.

use super::List;
use super::lenient::{instant, member, text, texts, truth};
use super::policy::Policy;
use crate::model::schema;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A row of one of the lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    User(Managed),
    Group(Managed),
    Policy(Policy),
    Device(Device),
    Administrator(Administrator),
    Token(OwnToken),
}

/// An account, or a group, as user management shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Managed {
    /// Its SCIM id, if it came by SCIM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub name: String,
    /// Who made it: `SCIM`, `AD`, `manual`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provisioner: Option<String>,
    #[serde(default)]
    pub deleted: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parent_groups: Vec<String>,
}

/// When a client of somebody's was last seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Device {
    /// The user's name, as the client has it.
    pub user: String,
    #[schemars(with = "schema::Instant")]
    pub seen: Timestamp,
}

/// Somebody who may enter the console, or a program that may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Administrator {
    pub name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    pub kind: AdministratorKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// Whether it is a person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdministratorKind {
    Administrator,
    ServiceAccount,
}

/// A token of the target's interface. Its text is never read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OwnToken {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Instant>")]
    pub ends: Option<Timestamp>,
    /// Whether it may be used for SCIM, as far as that is told.
    #[serde(default)]
    pub is_for_scim: bool,
}

/// A row; `None`: it says nothing that it could be told by.
pub(super) fn row(list: List, item: &Json) -> Option<Found> {
    match list {
        List::ManagedUsers => managed(item, &["userName", "upn", "email"]).map(Found::User),
        List::ManagedGroups => {
            managed(item, &["displayName", "name", "groupName"]).map(Found::Group)
        }
        List::PrivateAccessRules => Policy::read(item).map(Found::Policy),
        List::Devices | List::ClientStatus => device(item).map(Found::Device),
        List::Administrators => administrator(item).map(Found::Administrator),
        List::Tokens => token(item).map(Found::Token),
    }
}

/// Users lie in `accounts` where one person has several; the first tells of them.
fn managed(item: &Json, names: &[&str]) -> Option<Managed> {
    let inner = member(item, &["accounts"]).and_then(|accounts| accounts.as_array()?.first());
    let said =
        |names: &[&str]| text(item, names).or_else(|| inner.and_then(|inner| text(inner, names)));
    let deleted = truth(item, &["deleted", "isDeleted"]);
    let deleted = deleted.or_else(|| truth(inner?, &["deleted", "isDeleted"]));
    let mut parent_groups = texts(item, &["parentGroups", "groups"]);
    if let (true, Some(inner)) = (parent_groups.is_empty(), inner) {
        parent_groups = texts(inner, &["parentGroups", "groups"]);
    }
    let id = said(&["scimId", "scim_id"]);
    Some(Managed {
        name: said(names).or_else(|| id.clone())?,
        id,
        provisioner: said(&["provisioner", "provisionedBy", "source"]),
        deleted: deleted.unwrap_or(false),
        parent_groups,
    })
}

/// The name of a user lies in the row, in `user`, or in `attributes`, as the address asked.
fn device(item: &Json) -> Option<Device> {
    const USER: [&str; 5] = ["user", "userName", "user_email", "email", "userkey"];
    const SEEN: [&str; 6] =
        ["last_seen", "last_event_time", "last_event_timestamp", "timestamp", "updated", "time"];
    let inner = ["attributes", "device", "last_event"].map(|name| member(item, &[name]));
    let places = || [Some(item)].into_iter().chain(inner).flatten();
    let of_users = member(item, &["users"]).and_then(|users| users.as_array()?.first());
    let user = places().chain(of_users).find_map(|place| {
        text(place, &USER)
            .or_else(|| text(member(place, &["user"])?, &["name", "userName", "email"]))
    })?;
    let seen = places().filter_map(|place| instant(place, &SEEN)).max()?;
    Some(Device { user, seen })
}

fn administrator(item: &Json) -> Option<Administrator> {
    const EXTENSION: &str = "urn:ietf:params:scim:schemas:netskope:2.0:user";
    let emails = texts(item, &["emails"]);
    let name = text(item, &["userName", "name", "email"]).or_else(|| emails.first().cloned())?;
    let extension = member(item, &[EXTENSION]);
    let kinds = ["recordType", "userType", "type"];
    let kind = extension.and_then(|it| text(it, &kinds)).or_else(|| text(item, &kinds));
    let kind = kind.unwrap_or_default().to_lowercase().replace([' ', '-'], "_");
    let kind = if kind.starts_with("service") {
        AdministratorKind::ServiceAccount
    } else {
        AdministratorKind::Administrator
    };
    Some(Administrator {
        name,
        emails,
        kind,
        active: truth(item, &["active", "enabled", "status"]),
    })
}

fn token(item: &Json) -> Option<OwnToken> {
    let name = text(item, &["name", "tokenName", "token_name", "id"])?;
    let ends = ["expiry", "expires", "expiresAt", "expirationTime", "expire_time", "expiration"];
    let endpoints = texts(item, &["endpoints", "scopes", "privileges"]);
    let is_for_scim = endpoints.iter().any(|it| it.to_lowercase().contains("/scim/"));
    Some(OwnToken { name, ends: instant(item, &ends), is_for_scim })
}
