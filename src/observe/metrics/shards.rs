//! How each shard of this process stands.

use jiff::Timestamp;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::labels::ShardLabels;
use crate::engine::Figures;
use crate::model::ShardNumber;

/// A gauge for each figure, a row for each shard.
#[derive(Debug, Default)]
pub(super) struct ShardGauges {
    people: Family<ShardLabels, Gauge>,
    dirty: Family<ShardLabels, Gauge>,
    held: Family<ShardLabels, Gauge>,
    stuck: Family<ShardLabels, Gauge>,
    contested: Family<ShardLabels, Gauge>,
    aside: Family<ShardLabels, Gauge>,
    open_calls: Family<ShardLabels, Gauge>,
    oldest_dirty_seconds: Family<ShardLabels, Gauge>,
}

impl ShardGauges {
    pub(super) fn register(&self, list: &mut Registry) {
        list.register("people", "People known", self.people.clone());
        list.register(
            "dirty_people",
            "People whose account and wish may differ",
            self.dirty.clone(),
        );
        list.register(
            "held_people",
            "People with an operation that waits for approval",
            self.held.clone(),
        );
        list.register(
            "stuck_people",
            "People who cannot be done as things are",
            self.stuck.clone(),
        );
        list.register(
            "contested",
            "Values that another writer keeps changing back",
            self.contested.clone(),
        );
        list.register(
            "set_aside_people",
            "People for whom nothing is done, for their records cannot be worked on",
            self.aside.clone(),
        );
        list.register("open_calls", "SCIM calls without an answer yet", self.open_calls.clone());
        list.register_with_unit(
            "oldest_dirty",
            "For how long the longest dirty person has been dirty",
            Unit::Seconds,
            self.oldest_dirty_seconds.clone(),
        );
    }

    pub(super) fn set(&self, shard: ShardNumber, figures: &Figures, now: Timestamp) {
        let labels = ShardLabels { shard: shard.0 };
        let set = |family: &Family<ShardLabels, Gauge>, value: usize| {
            family.get_or_create(&labels).set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        set(&self.people, figures.people);
        set(&self.dirty, figures.dirty);
        set(&self.held, figures.held);
        set(&self.stuck, figures.stuck);
        set(&self.contested, figures.contested);
        set(&self.aside, figures.aside);
        set(&self.open_calls, figures.calls_open);
        let age =
            figures.oldest_dirty.map_or(0, |since| now.duration_since(since).as_secs().max(0));
        self.oldest_dirty_seconds.get_or_create(&labels).set(age);
    }

    /// Its figures are somebody else's.
    pub(super) fn leave(&self, shard: ShardNumber) {
        let Self { people, dirty, held, stuck, contested, aside, open_calls, .. } = self;
        let oldest = &self.oldest_dirty_seconds;
        for family in [people, dirty, held, stuck, contested, aside, open_calls, oldest] {
            family.remove(&ShardLabels { shard: shard.0 });
        }
    }
}
