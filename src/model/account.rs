//! What a target knows of a person: a SCIM User.

use super::ids::ScimId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A SCIM attribute that usher can write, in the short form of rule files.
///
/// `name.givenName`, `emails.work`, `enterprise.department`. The `scim` room knows their paths.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeName(&'static str);

/// Every attribute that a rule file may name.
const KNOWN: &[&str] = &[
    "userName",
    "externalId",
    "displayName",
    "nickName",
    "title",
    "userType",
    "preferredLanguage",
    "locale",
    "timezone",
    "name.formatted",
    "name.givenName",
    "name.middleName",
    "name.familyName",
    "emails.work",
    "phoneNumbers.work",
    "enterprise.employeeNumber",
    "enterprise.costCenter",
    "enterprise.organization",
    "enterprise.division",
    "enterprise.department",
];

impl AttributeName {
    pub const USER_NAME: Self = Self("userName");
    pub const EXTERNAL_ID: Self = Self("externalId");
    pub const WORK_EMAIL: Self = Self("emails.work");
    pub const EMPLOYEE_NUMBER: Self = Self("enterprise.employeeNumber");

    /// The attribute called `text`; the error lists what there is.
    pub fn parse(text: &str) -> Result<Self, UnknownAttribute> {
        KNOWN
            .iter()
            .find(|known| **known == text)
            .map(|known| Self(known))
            .ok_or_else(|| UnknownAttribute(text.to_owned()))
    }

    /// All of them, in the order of the schema.
    pub fn all() -> impl Iterator<Item = Self> {
        KNOWN.iter().map(|known| Self(known))
    }

    pub fn as_str(&self) -> &'static str {
        self.0
    }
}

impl fmt::Display for AttributeName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

impl Serialize for AttributeName {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for AttributeName {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A name that is no writable SCIM attribute.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an attribute usher can write; these are: {known}", known = KNOWN.join(", "))]
pub struct UnknownAttribute(String);

/// The value of a single-valued attribute.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Number(i64),
    Text(String),
}

impl Value {
    /// As providers hold it: every attribute usher writes is a string in its schema (RFC 7643 §4.1,
    /// §4.3).
    pub fn to_text(&self) -> String {
        match self {
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// Masked: attribute values are personal data.
impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// An account as it was read. What the provider did not send is not in `attributes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: ScimId,
    /// Absent if the provider did not say; RFC 7643 leaves the meaning of that to it.
    pub active: Option<bool>,
    pub attributes: BTreeMap<AttributeName, Value>,
}
