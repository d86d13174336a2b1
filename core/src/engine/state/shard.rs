//! Where a shard stands.

use crate::model::{Deployment, Mark};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a shard stands; written with every commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRecord {
    pub topics: BTreeMap<String, TopicRecord>,
    /// Commits over all owners; never falls.
    pub commits: u64,
    /// The time of the people when it was written: it never runs backwards, whatever the next owner's
    /// clock says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Whose state this is. Absent if an earlier version wrote last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<Deployment>,
    /// How many people are written here: so many at least a restore must find.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<usize>,
}

/// How far an input topic is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicRecord {
    pub generation: u32,
    /// Next offset to decide, by partition.
    pub next: BTreeMap<i32, i64>,
    /// By partition, where the topic ended when it was first looked at: what lies before that may be
    /// years of history. Of a topic that was made anew nothing does.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub backlog: BTreeMap<i32, i64>,
    /// What Kafka calls the topic that was read, where it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// By partition, oldest first, some of the records that were decided, the first and the last among
    /// them: what stands before a position tells whether it still is one in the same log.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub marks: BTreeMap<i32, Vec<Mark>>,
}
