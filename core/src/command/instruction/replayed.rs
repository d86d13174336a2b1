//! Parked records that are to be read again, as they were or mended.
//!
//! A shard cannot read the topic of parked records, so the command brings what stood in them: within the signed
//! bytes, or, if it is too large for those, in a header of its own, of which the signed bytes hold the digest.

use super::values::{Bytes, Sha256Hex, instant, position};
use crate::model::position::{Position, RawRecord};
use crate::model::schema;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// So many records at most stand in one command: each is told in a row of its line of the audit.
pub const RECORDS_MAX: usize = crate::model::ordered::ROWS_TOLD;

/// One record, as it is to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replayed {
    /// Where the record stands that was parked.
    #[serde(with = "position")]
    #[schemars(with = "position::At")]
    pub position: Position,
    /// Which of the record's events, from 0 on. None: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// The time of the record that was parked, not that of the command.
    #[serde(with = "instant")]
    #[schemars(with = "schema::Instant")]
    pub time: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Bytes>,
    /// In their order; a name may stand there twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<ReplayedHeader>,
    /// The value, as it was or mended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Bytes>,
    /// In its place: the digest of the value, which a header [`RECORD_HEADER`] brings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256Hex>,
}

/// The header of a command that brings the value of one record; once for each.
pub const RECORD_HEADER: &str = "usher-record";

/// The values that a command brings beside the signed bytes, by their digests.
#[derive(Clone, Debug, Default)]
pub struct Brought<'a>(BTreeMap<Sha256Hex, &'a [u8]>);

impl<'a> Brought<'a> {
    /// What stands in a record of the control topic.
    pub fn of(record: &'a RawRecord) -> Self {
        let headers = record.headers.iter();
        let own = headers.filter(|(name, _)| name.eq_ignore_ascii_case(RECORD_HEADER));
        let values = own.filter_map(|(_, value)| value.as_deref());
        Self(values.map(|value| (Sha256Hex::of(value), value)).collect())
    }
}

/// One header of such a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayedHeader {
    pub name: String,
    /// None: null, as Kafka knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Bytes>,
}

impl Replayed {
    /// Whether its value is either within the signed bytes or beside them.
    fn brings_one_value(&self) -> bool {
        self.bytes.is_some() != self.sha256.is_some()
    }

    /// What an input topic would bring; `None`: its value was not brought.
    pub fn raw(&self, brought: &Brought<'_>) -> Option<RawRecord> {
        let within = self.bytes.as_ref().map(Bytes::as_slice);
        let beside = || self.sha256.as_ref().and_then(|digest| brought.0.get(digest)).copied();
        let value = within.or_else(beside)?;
        let bytes = |bytes: &Bytes| bytes.as_slice().to_vec();
        let headers = self.headers.iter();
        let headers = headers.map(|it| (it.name.clone(), it.value.as_ref().map(bytes)));
        Some(RawRecord {
            topic: self.position.topic.clone(),
            partition: self.position.partition,
            offset: self.position.offset,
            timestamp: self.time,
            key: self.key.as_ref().map(bytes),
            value: Some(value.to_vec()),
            headers: headers.collect(),
        })
    }
}

/// At least one and at most [`RECORDS_MAX`] records, each once, in the order in which they are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Replayed>")]
pub struct Records(Vec<Replayed>);

impl Records {
    /// Them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Replayed> {
        self.0.iter()
    }
}

impl TryFrom<Vec<Replayed>> for Records {
    type Error = String;

    fn try_from(records: Vec<Replayed>) -> Result<Self, Self::Error> {
        let places = records.iter().map(|it| (&it.position, it.index));
        let distinct = places.collect::<BTreeSet<_>>().len();
        if !(1..=RECORDS_MAX).contains(&records.len()) || distinct != records.len() {
            return Err(format!("a list of 1 to {RECORDS_MAX} parked records, each once"));
        }
        if !records.iter().all(Replayed::brings_one_value) {
            return Err(format!(
                "parked records, each with its `bytes`, or the `sha256` of what a header {RECORD_HEADER} brings"
            ));
        }
        Ok(Self(records))
    }
}
