//! Parked records that are to be read again, as they were or mended.
//!
//! A shard cannot read the topic of parked records, so the command brings what stood in them.

use super::values::{Bytes, instant, position};
use crate::model::position::{Position, RawRecord};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// So many records at most stand in one command: each is told in a row of its line of the audit.
pub const RECORDS_MAX: usize = crate::model::ordered::ROWS_TOLD;

/// One record, as it is to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replayed {
    /// Where the record stands that was parked.
    #[serde(with = "position")]
    pub position: Position,
    /// Which of the record's events, from 0 on. None: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// The time of the record that was parked, not that of the command.
    #[serde(with = "instant")]
    pub time: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Bytes>,
    /// In their order; a name may stand there twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<ReplayedHeader>,
    /// The value, as it was or mended.
    pub bytes: Bytes,
}

/// One header of such a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayedHeader {
    pub name: String,
    /// None: null, as Kafka knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Bytes>,
}

impl Replayed {
    /// What an input topic would bring.
    pub fn raw(&self) -> RawRecord {
        let bytes = |bytes: &Bytes| bytes.as_slice().to_vec();
        let headers = self.headers.iter();
        let headers = headers.map(|it| (it.name.clone(), it.value.as_ref().map(bytes)));
        RawRecord {
            topic: self.position.topic.clone(),
            partition: self.position.partition,
            offset: self.position.offset,
            timestamp: self.time,
            key: self.key.as_ref().map(bytes),
            value: Some(bytes(&self.bytes)),
            headers: headers.collect(),
        }
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
        if (1..=RECORDS_MAX).contains(&records.len()) && distinct == records.len() {
            Ok(Self(records))
        } else {
            Err(format!("a list of 1 to {RECORDS_MAX} parked records, each once"))
        }
    }
}
