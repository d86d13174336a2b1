//! Figures of input topics. Several shards of a process read the control topic, a partition each, and
//! it has one figure all the same.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::labels::TopicLabels;
use crate::model::ShardNumber;

/// One figure of each input topic.
#[derive(Debug)]
pub(super) struct InputFigure {
    pub(super) shown: Family<TopicLabels, Gauge>,
    /// By topic, what each shard of this process said last.
    said: Mutex<BTreeMap<String, BTreeMap<ShardNumber, i64>>>,
    join: fn(i64, i64) -> i64,
}

impl InputFigure {
    /// `join` makes one figure of those of two shards.
    pub(super) fn new(join: fn(i64, i64) -> i64) -> Self {
        Self { shown: Family::default(), said: Mutex::default(), join }
    }

    pub(super) fn set(&self, shard: ShardNumber, topic: &str, figure: i64) {
        self.change(topic, |said| {
            said.insert(shard, figure);
        });
    }

    /// The shard is somebody else's.
    pub(super) fn leave(&self, shard: ShardNumber, topic: &str) {
        self.change(topic, |said| {
            said.remove(&shard);
        });
    }

    fn change(&self, topic: &str, change: impl FnOnce(&mut BTreeMap<ShardNumber, i64>)) {
        let mut topics = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let said = topics.entry(topic.to_owned()).or_default();
        change(said);
        let labels = TopicLabels { topic: topic.to_owned() };
        if let Some(joined) = said.values().copied().reduce(self.join) {
            self.shown.get_or_create(&labels).set(joined);
        } else {
            self.shown.remove(&labels);
        }
    }
}
