//! Where a record and an event stand in Kafka.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A record's place. `generation` counts how often the topic was seen to be made anew.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    pub topic: String,
    #[serde(default)]
    pub generation: u32,
    pub partition: i32,
    pub offset: i64,
}

impl fmt::Display for Position {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}@{}", self.topic, self.partition, self.offset)?;
        if self.generation > 0 {
            write!(out, " (generation {})", self.generation)?;
        }
        Ok(())
    }
}

/// An event's place: its record and its index in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventPosition {
    #[serde(flatten)]
    pub record: Position,
    pub index: u32,
}

/// A Kafka record as it came, kept whole until its fate is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// The record's timestamp; the epoch if the broker gave none.
    pub timestamp: Timestamp,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    /// Names and values in order; a value may be null, a name may repeat.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl RawRecord {
    /// The last value of the header `name`, if it is there and not null.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers
            .iter()
            .rev()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| value.as_deref())
    }
}

/// A partition of an input topic: what the broker holds is `low..high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub partition: i32,
    pub low: i64,
    pub high: i64,
}
