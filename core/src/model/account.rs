//! What a target knows of a person: a SCIM User.

use super::ids::ScimId;
use super::schema;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A SCIM attribute that usher can write, in the short form of rule files.
///
/// `name.givenName`, `emails.work`, `enterprise.department`, `custom.costBand`. The `scim` room
/// knows their paths. Compared without case, as SCIM compares them (RFC 7643 §2.1): a provider may
/// send a key of its tenant back in other letters.
#[derive(Clone)]
pub struct AttributeName(Text);

#[derive(Clone)]
enum Text {
    Known(&'static str),
    /// `custom.…`: an attribute of the provider's tenant.
    Custom(Arc<str>),
}

/// Every attribute that a rule file may name, besides `custom.<key>`.
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
    "enterprise.manager",
];

/// What attributes of the provider's tenant begin with.
const CUSTOM: &str = "custom.";

impl AttributeName {
    pub const USER_NAME: Self = Self(Text::Known("userName"));
    pub const EXTERNAL_ID: Self = Self(Text::Known("externalId"));
    pub const USER_TYPE: Self = Self(Text::Known("userType"));
    pub const WORK_EMAIL: Self = Self(Text::Known("emails.work"));
    pub const EMPLOYEE_NUMBER: Self = Self(Text::Known("enterprise.employeeNumber"));
    /// Its value is the SCIM id of the manager's account.
    pub const MANAGER: Self = Self(Text::Known("enterprise.manager"));

    /// The attribute called `text`; the error lists what there is.
    pub fn parse(text: &str) -> Result<Self, UnknownAttribute> {
        if let Some(known) = KNOWN.iter().find(|known| **known == text) {
            return Ok(Self(Text::Known(known)));
        }
        let key = text.strip_prefix(CUSTOM).ok_or_else(|| UnknownAttribute(text.to_owned()))?;
        Self::custom(key).ok_or_else(|| UnknownAttribute(text.to_owned()))
    }

    /// The attribute `key` of the provider's tenant; `None` if that can be no attribute's name
    /// (RFC 7643 §2.1).
    pub fn custom(key: &str) -> Option<Self> {
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "$-_".contains(letter);
        let fits = key.starts_with(|first: char| first.is_ascii_alphabetic());
        (fits && key.chars().all(is_name))
            .then(|| Self(Text::Custom(format!("{CUSTOM}{key}").into())))
    }

    /// All of them but those of tenants, in the order of the schema.
    pub fn all() -> impl Iterator<Item = Self> {
        KNOWN.iter().map(|known| Self(Text::Known(known)))
    }

    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Known(text) => text,
            Text::Custom(text) => text,
        }
    }

    /// The key of an attribute of the provider's tenant.
    pub fn custom_key(&self) -> Option<&str> {
        match &self.0 {
            Text::Known(_) => None,
            Text::Custom(text) => text.strip_prefix(CUSTOM),
        }
    }

    /// Whether HR may take its value away by sending none: not from those by which an account is told
    /// from others, and not from the one that every account must have (RFC 7643 §4.1.1).
    pub fn may_be_cleared(&self) -> bool {
        ![Self::USER_NAME, Self::EXTERNAL_ID, Self::EMPLOYEE_NUMBER].contains(self)
    }

    fn folded(&self) -> impl Iterator<Item = u8> {
        self.as_str().bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl PartialEq for AttributeName {
    fn eq(&self, other: &Self) -> bool {
        self.as_str().eq_ignore_ascii_case(other.as_str())
    }
}

impl Eq for AttributeName {}

impl PartialOrd for AttributeName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for AttributeName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl Hash for AttributeName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.folded() {
            byte.hash(state);
        }
    }
}

impl fmt::Debug for AttributeName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "AttributeName({:?})", self.as_str())
    }
}

impl fmt::Display for AttributeName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl Serialize for AttributeName {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.as_str())
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
#[error(
    "`{0}` is not an attribute usher can write; these are: {known}, and custom.<key> with a key of letters, \
     digits, `$`, `-` and `_` that begins with a letter",
    known = KNOWN.join(", ")
)]
pub struct UnknownAttribute(pub(super) String);

/// What a provider takes of its tenant's own attributes (`custom.<key>`); `None`: no limit known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "each is the largest of something else")]
pub struct CustomLimits {
    pub key_chars_max: Option<usize>,
    pub value_chars_max: Option<usize>,
    /// Attributes per account.
    pub count_max: Option<usize>,
}

/// Begins what stands for a value that is too long.
const TOO_LONG: char = '\u{2026}';

/// The value of a single-valued attribute.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Number(i64),
    Text(String),
}

impl Value {
    /// Stands for one that is too long to be kept: it is there, and like none that anybody wants.
    pub fn too_long(bytes: usize) -> Self {
        Self::Text(format!("{TOO_LONG}{bytes} bytes"))
    }

    /// Whether it only stands for one.
    pub fn is_too_long(&self) -> bool {
        matches!(self, Self::Text(text) if text.starts_with(TOO_LONG) && text.ends_with(" bytes"))
    }

    /// As providers hold it: every attribute usher writes is a string in its schema (RFC 7643 §4.1,
    /// §4.3), but for those of tenants.
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Account {
    pub id: ScimId,
    /// Absent if the provider did not say; RFC 7643 leaves the meaning of that to it.
    pub active: Option<bool>,
    pub attributes: BTreeMap<AttributeName, Value>,
    /// The groups that it says it is in; `None` if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<ShownGroups>,
    /// When it was changed last, and by whom, as far as the target shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Box<Changed>>,
}

/// The last change of an account, as its target tells of it (`meta`, RFC 7643 §3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Changed {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Instant>")]
    pub at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ChangedBy>,
}

/// Who has changed an account last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangedBy {
    /// A program, by its name or id.
    Program(String),
    /// What the target names may be a person, and is told nowhere.
    Person,
}

impl ChangedBy {
    /// Names of people, and addresses, are personal data: only what can be none of these is kept.
    pub fn named(name: &str) -> Option<Self> {
        const MOST: usize = 64;
        let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "-_.:/".contains(sign);
        let is_program = name.len() <= MOST && name.chars().all(is_plain);
        (!name.is_empty())
            .then(|| if is_program { Self::Program(name.to_owned()) } else { Self::Person })
    }
}

/// What is said of it where somebody else has changed the account.
impl fmt::Display for Changed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.by, &self.at) {
            (Some(ChangedBy::Program(name)), Some(at)) => {
                write!(out, "the target says that `{name}` changed the account last, at {at}")
            }
            (Some(ChangedBy::Program(name)), None) => {
                write!(out, "the target says that `{name}` changed the account last")
            }
            (Some(ChangedBy::Person), Some(at)) => write!(
                out,
                "the target names who changed the account last, at {at}: look there, for it may be a person"
            ),
            (Some(ChangedBy::Person), None) => write!(
                out,
                "the target names who changed the account last: look there, for it may be a person"
            ),
            (None, Some(at)) => write!(
                out,
                "the target says that the account was changed last at {at}, and does not show by whom"
            ),
            (None, None) => write!(out, "the target does not show who"),
        }
    }
}

/// The ids of groups, and their names where the account says them (`groups.value` and
/// `groups.display`, RFC 7643 §4.1.2).
pub type ShownGroups = BTreeMap<ScimId, Option<String>>;
