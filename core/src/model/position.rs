//! Where a record and an event stand in Kafka.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
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

impl EventPosition {
    /// What stands for it where there is no room for the whole.
    pub fn digest(&self) -> u64 {
        let Position { topic, generation, partition, offset } = &self.record;
        let mut digest = Sha256::new();
        digest.update(topic.as_bytes());
        // No topic has this sign in its name.
        digest.update([0]);
        digest.update(generation.to_be_bytes());
        digest.update(partition.to_be_bytes());
        digest.update(offset.to_be_bytes());
        digest.update(self.index.to_be_bytes());
        first_eight(&digest.finalize())
    }
}

fn first_eight(digest: &[u8]) -> u64 {
    digest.iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
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

impl RawRecord {
    /// The digest of the value, in hex.
    pub fn value_sha256(&self) -> Option<String> {
        self.value.as_deref().map(|value| format!("{:x}", Sha256::digest(value)))
    }

    /// What it is known again by: time, key and value. `value_sha256` is that of its value.
    pub fn mark(&self, value_sha256: Option<&str>) -> Mark {
        let mut digest = Sha256::new();
        digest.update(self.timestamp.as_millisecond().to_be_bytes());
        for part in [self.key.as_deref(), value_sha256.map(str::as_bytes)] {
            // Nothing is another than the empty.
            let length = part.map_or(u64::MAX, |part| part.len() as u64);
            digest.update(length.to_be_bytes());
            digest.update(part.unwrap_or_default());
        }
        Mark { offset: self.offset, digest: first_eight(&digest.finalize()) }
    }
}

/// A record that was read: where it stood, and what it is known again by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(i64, u64)", into = "(i64, u64)")]
pub struct Mark {
    pub offset: i64,
    pub digest: u64,
}

impl From<(i64, u64)> for Mark {
    fn from((offset, digest): (i64, u64)) -> Self {
        Self { offset, digest }
    }
}

impl From<Mark> for (i64, u64) {
    fn from(mark: Mark) -> Self {
        (mark.offset, mark.digest)
    }
}

/// What stands now where a mark was made; no digest: no record does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    pub partition: i32,
    pub offset: i64,
    pub digest: Option<u64>,
}

/// A topic as it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub topic: String,
    /// What Kafka calls it, another for each time it is made; `None`: Kafka does not say.
    pub id: Option<String>,
    pub extents: Vec<Extent>,
    /// What was looked at of what is known of it.
    pub sights: Vec<Sight>,
}

/// Up to `next` a partition holds nothing more that can be read: what lay there was handed on, was
/// aborted, or marks the end of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    pub topic: String,
    pub partition: i32,
    pub next: i64,
}

/// A partition of an input topic: what the broker holds is `low..high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub partition: i32,
    pub low: i64,
    pub high: i64,
}
