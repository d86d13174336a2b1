//! How each shard of this process stands.

use jiff::Timestamp;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::labels::ShardLabels;
use crate::engine::Figures;
use crate::model::ShardNumber;

/// A gauge for each figure, a row for each shard.
#[derive(Debug, Default)]
pub(super) struct ShardGauges {
    pub(super) people: Family<ShardLabels, Gauge>,
    pub(super) dirty: Family<ShardLabels, Gauge>,
    pub(super) held: Family<ShardLabels, Gauge>,
    pub(super) stuck: Family<ShardLabels, Gauge>,
    pub(super) open_calls: Family<ShardLabels, Gauge>,
    pub(super) oldest_dirty_seconds: Family<ShardLabels, Gauge>,
}

impl ShardGauges {
    pub(super) fn set(&self, shard: ShardNumber, figures: &Figures, now: Timestamp) {
        let labels = ShardLabels { shard: shard.0 };
        let set = |family: &Family<ShardLabels, Gauge>, value: usize| {
            family.get_or_create(&labels).set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        set(&self.people, figures.people);
        set(&self.dirty, figures.dirty);
        set(&self.held, figures.held);
        set(&self.stuck, figures.stuck);
        set(&self.open_calls, figures.calls_open);
        let age =
            figures.oldest_dirty.map_or(0, |since| now.duration_since(since).as_secs().max(0));
        self.oldest_dirty_seconds.get_or_create(&labels).set(age);
    }

    /// Its figures are somebody else's.
    pub(super) fn leave(&self, shard: ShardNumber) {
        let Self { people, dirty, held, stuck, open_calls, oldest_dirty_seconds } = self;
        for family in [people, dirty, held, stuck, open_calls, oldest_dirty_seconds] {
            family.remove(&ShardLabels { shard: shard.0 });
        }
    }
}
