//! One line of the audit as it stands in the topic: an OCSF 1.8.0 object (schema.ocsf.io).
//!
//! Written and read by the same type. What is not known is left out, not null.

use crate::model::call_record::CallRecord;
use crate::model::decision::{HeldRow, Warrant, Why};
use crate::model::ordered::{CommandRow, SignedBy};
use crate::model::position::{EventPosition, Position};
use crate::model::schema;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A line. The field guide stands above, in `audit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Line {
    pub metadata: Metadata,
    pub category_uid: u32,
    pub category_name: String,
    pub class_uid: u32,
    pub class_name: String,
    pub activity_id: u32,
    pub activity_name: String,
    pub type_uid: u32,
    pub type_name: String,
    pub severity_id: u32,
    pub severity: String,
    /// Milliseconds since 1970, as are all times outside of `unmapped`.
    pub time: i64,
    pub status_id: u32,
    pub status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_detail: Option<String>,
    pub message: String,
    pub actor: Actor,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<Entity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_data_hash: Option<Fingerprint>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_response: Option<HttpResponse>,
    /// What OCSF has no place for.
    pub unmapped: Own,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Metadata {
    pub version: String,
    pub uid: String,
    pub product: Product,
    pub log_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_uid: Option<String>,
    pub event_code: String,
    pub processed_time: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_event_uid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_uid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Instant>")]
    pub original_time: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Product {
    pub name: String,
    pub vendor_name: String,
    pub version: String,
}

/// Who writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Actor {
    pub app_name: String,
    pub app_uid: String,
}

/// What a line of class 3004 is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Entity {
    /// `User`, `Record` or `Topic`
    #[serde(rename = "type")]
    pub kind: String,
    pub uid: String,
}

/// SHA-256 of an input record's value, in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Fingerprint {
    pub algorithm_id: u32,
    pub algorithm: String,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Group {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct User {
    /// The SCIM id if there is one, else the person's.
    pub uid: String,
    /// The person's.
    pub uid_alt: String,
    pub type_id: u32,
    #[serde(rename = "type")]
    pub kind: String,
}

/// The last answer of the target; `latency` in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct HttpResponse {
    pub code: u16,
    pub latency: u64,
}

/// Which kind of line it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    Decision,
    Result,
    Note,
    Reading,
    Command,
}

impl LineKind {
    pub const ALL: [Self; 5] =
        [Self::Decision, Self::Result, Self::Note, Self::Reading, Self::Command];

    pub fn word(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Result => "result",
            Self::Note => "note",
            Self::Reading => "reading",
            Self::Command => "command",
        }
    }
}

/// What usher says in words of its own; times in RFC 3339.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Own {
    pub kind: LineKind,
    /// Its word: `asserted`, `applied`, `held`.
    pub outcome: String,
    pub shard: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kafka: Option<Place>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Instant>")]
    pub event_time: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Instant>")]
    pub effective_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Of a result: whether the account was read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// Of a decision: each rule that spoke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effects: Option<Vec<Effect>>,
    /// Of a decision: what somebody should know besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Why>,
    /// Of a result: each writing call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Vec<CallRecord>>,
    /// Of a result or note: what decides which fields of the account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Warrant>,
    /// Of `held`: what waits for somebody, row by row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<HeldRow>,
    /// Of a command: what was said, by whom, and what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Ordered>,
    /// Of a decision on a parked record that is read again: the id of the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replayed_by: Option<String>,
    /// Of a reading: where it would have gone on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_offset: Option<i64>,
}

/// A command that operators sent. Of one that is refused nothing in it is believed, so nothing is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Ordered {
    /// `approve`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whoever says it first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<SignedBy>,
    /// The operator's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<CommandRow>,
    /// How many rows more there were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows_untold: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The event behind a line; its id is `metadata.original_event_uid`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EventType {
    #[serde(rename = "type")]
    pub kind: String,
    pub source: String,
}

/// Where something stands in Kafka; `sub_index`: which of several events of one record.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Place {
    pub topic: String,
    pub generation: u32,
    pub partition: i32,
    pub offset: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_index: Option<u32>,
}

/// What came of one rule: `asserted`, `withdrew`, `stale`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Effect {
    pub rule: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_hash: Option<String>,
    pub claim: String,
    pub decision: String,
}

impl Line {
    /// Reads a line back; `None` if the record is none of ours.
    pub fn read(value: &[u8]) -> Option<Self> {
        serde_json::from_slice(value).ok()
    }

    pub fn at(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.time).ok()
    }
}

impl From<&Position> for Place {
    fn from(position: &Position) -> Self {
        let Position { topic, generation, partition, offset } = position.clone();
        Self { topic, generation, partition, offset, sub_index: None }
    }
}

impl From<&EventPosition> for Place {
    fn from(position: &EventPosition) -> Self {
        Self { sub_index: Some(position.index), ..Self::from(&position.record) }
    }
}
