//! The last calls that the provider got, for whoever wants to watch.

use super::faults::Kind;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::VecDeque;

const CALLS_MAX: usize = 1_000;

/// A call, as it came in and as it was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Rises by one with each call.
    pub number: u64,
    pub at: Timestamp,
    pub method: String,
    /// Without the base path, with the query.
    pub path: String,
    /// The body, as far as it is JSON.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    pub body: serde_json::Value,
    /// Absent if nothing was answered.
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Kind>,
}

#[derive(Debug, Default)]
pub struct Calls {
    total: u64,
    kept: VecDeque<Seen>,
}

impl Calls {
    /// Keeps a call, and gives it its number.
    pub fn push(&mut self, mut seen: Seen) {
        self.total += 1;
        seen.number = self.total;
        if self.kept.len() >= CALLS_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back(seen);
    }

    /// How many there were in all.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Those with a greater number, as far as they are still kept.
    pub fn after(&self, number: u64) -> Vec<Seen> {
        self.kept.iter().filter(|seen| seen.number > number).cloned().collect()
    }
}
