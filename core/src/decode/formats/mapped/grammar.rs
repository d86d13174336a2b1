//! What a description of somebody's JSON may say.
//!
//! It is data that people write and review: where each member of an event stands, and which event a record
//! is. Nothing in it computes.

use crate::model::Zone;
use crate::model::event_kind::EventKind;
use crate::roster::DayOrder;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// How the records of a source become events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Who says it: the `source` of its events.
    pub source: String,
    /// Where the list of records stands: `/Report_Entry`. Left out: the value is a record, or a list of
    /// them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<Pointer>,
    /// What tells a record from every other, all of it together. Left out: whatever stands in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id: Vec<Pointer>,
    /// When it was said. Left out: when the record was written to Kafka.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Places>,
    /// The zone of times that say none. Left out: that of the source, or of the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Zone>,
    /// How days are written that are not in ISO's form: `day_first`, `month_first`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub days: DayOrder,
    /// What stands where there is nothing, besides an empty text: `0000-00-00`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nothing: Vec<String>,
    /// Where the members of an event stand, by their path in `data`: `worker.employee_id`.
    pub members: BTreeMap<String, Field>,
    /// Which event a record is: the first that fits.
    pub events: Vec<EventRule>,
    /// What becomes of a record that fits none of `events`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub otherwise: Otherwise,
    /// What becomes of a row that was deleted in its database.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deleted: Otherwise,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// One of the events that a record may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventRule {
    /// `worker.hired`, or `skip` for what is nobody's concern.
    pub event: Becomes,
    /// What must stand in the record, all of it. Left out: anything.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub when: BTreeMap<Pointer, Condition>,
    /// Members of this event alone, such as its date.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub members: BTreeMap<String, Field>,
}

/// What a record becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Becomes {
    Skipped,
    Event(EventKind),
}

impl TryFrom<String> for Becomes {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        if word == "skip" {
            return Ok(Self::Skipped);
        }
        EventKind::parse(&word).map(Self::Event).ok_or_else(|| {
            format!("`{word}` is no type of event; write `skip`, or one of: {}", EventKind::list())
        })
    }
}

impl From<Becomes> for String {
    fn from(becomes: Becomes) -> Self {
        match becomes {
            Becomes::Skipped => "skip".to_owned(),
            Becomes::Event(kind) => kind.word().to_owned(),
        }
    }
}

impl schemars::JsonSchema for Becomes {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Becomes".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A type of event, or `skip`.",
            "anyOf": [
                generator.subschema_for::<crate::model::schema::EventType>(),
                { "const": "skip" },
            ],
        })
    }
}

/// What must stand at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged, expecting = "a condition is `set`, `unset`, or a list of words: [Terminated, T]")]
pub enum Condition {
    Presence(Presence),
    /// One of these, whatever the letters' case.
    OneOf(Vec<Scalar>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Something stands there.
    Set,
    /// Nothing does.
    Unset,
}

/// A word, a number or a truth value, compared as a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Scalar {
    Flag(bool),
    Number(i64),
    Text(String),
}

impl fmt::Display for Scalar {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(out, "{flag}"),
            Self::Number(number) => write!(out, "{number}"),
            Self::Text(text) => out.write_str(text),
        }
    }
}

/// What is set aside, and what is passed over.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// Somebody must look at it.
    #[default]
    Park,
    Skip,
}

/// Where a member stands, and what its words mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(
    untagged,
    expecting = "a member is a place such as /employee/id, a list of places of which the first that holds \
                 something counts, or { at: /place, values: { word: ours } }"
)]
pub enum Field {
    Plain(Places),
    Table(Table),
}

/// Words that mean something else with us. One that is not among them is set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub at: Places,
    /// Their word, and ours.
    pub values: BTreeMap<String, Scalar>,
}

impl Field {
    pub(super) fn places(&self) -> &Places {
        match self {
            Self::Plain(places) => places,
            Self::Table(table) => &table.at,
        }
    }
}

/// One place, or several of which the first that holds something counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged, expecting = "a place such as /employee/id, or a list of places")]
pub enum Places {
    One(Pointer),
    Several(Vec<Pointer>),
}

impl Places {
    pub(super) fn all(&self) -> &[Pointer] {
        match self {
            Self::One(pointer) => std::slice::from_ref(pointer),
            Self::Several(pointers) => pointers,
        }
    }
}

/// A place in a record, as JSON pointers (RFC 6901) name it: `/employee/id`, `/emails/0/value`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pointer(String);

impl Pointer {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands there; null is nothing.
    pub(super) fn find<'a>(&self, record: &'a Value) -> Option<&'a Value> {
        record.pointer(&self.0).filter(|value| !value.is_null())
    }

    /// As reasons call it: `employee.id`.
    pub(super) fn name(&self) -> String {
        self.0.trim_start_matches('/').replace('/', ".")
    }
}

impl TryFrom<String> for Pointer {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.starts_with('/') && text.len() > 1 {
            Ok(Self(text))
        } else {
            Err(format!("`{text}` is no place; a place begins with a slash: /employee/id"))
        }
    }
}

impl From<Pointer> for String {
    fn from(pointer: Pointer) -> Self {
        pointer.0
    }
}

impl schemars::JsonSchema for Pointer {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Pointer".into()
    }

    fn json_schema(_generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A place in a record: /employee/id",
            "type": "string",
            "pattern": "^/.+",
        })
    }
}
