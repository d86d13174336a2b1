//! What operators have ordered, what of limits is spent, and how far shards have read.

use crate::engine::brakes::counters::Counters;
use crate::engine::brakes::halt::PauseOrder;
use crate::engine::brakes::removals::RemovalStop;
use crate::engine::orders::{Orders as Ordered, OrdersRecord};
use crate::engine::record::{self, Counted, ORDERS_KEY, SHARD_KEY};
use crate::engine::state::ShardRecord;
use crate::model::ids::{ShardNumber, TargetName, TenantName};
use crate::view::held::Held;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Commands without a decision that are kept.
const OPEN_MOST: usize = 500;

/// Of all shards.
#[derive(Debug, Default)]
pub struct Orders {
    by_shard: BTreeMap<ShardNumber, Ordered>,
    shards: BTreeMap<ShardNumber, ShardRecord>,
    counters: BTreeMap<(TenantName, TargetName), Counters>,
    /// Commands that were sent and are not decided yet, by their place.
    open: BTreeMap<(i32, i64), Timestamp>,
    /// Decisions that were read before their command.
    early: BTreeSet<(i32, i64)>,
}

impl Orders {
    pub(super) fn take(&mut self, shard: ShardNumber, key: &str, value: Option<&[u8]>) {
        let Some(value) = value else { return };
        let taken = if key == ORDERS_KEY {
            record::decode::<OrdersRecord>(key, value).map(|kept| {
                let mut orders = Ordered::default();
                orders.restore(kept);
                self.by_shard.insert(shard, orders);
            })
        } else if key == SHARD_KEY {
            record::decode(key, value).map(|record| {
                self.shards.insert(shard, record);
            })
        } else {
            record::decode::<Counted>(key, value).map(|counted| {
                self.counters.insert((counted.tenant, counted.target), counted.counters);
            })
        };
        if let Err(error) = taken {
            tracing::warn!(%shard, %error, "a record of the state cannot be read");
        }
    }

    pub(super) fn forget_state(&mut self) {
        self.by_shard.clear();
        self.shards.clear();
        self.counters.clear();
    }

    pub(super) fn forget_commands(&mut self) {
        self.open.clear();
    }

    pub(super) fn sent(&mut self, partition: i32, offset: i64, at: Timestamp) {
        if !self.early.remove(&(partition, offset)) {
            self.open.insert((partition, offset), at);
        }
        while self.open.len() > OPEN_MOST {
            self.open.pop_first();
        }
    }

    pub(super) fn decided(&mut self, partition: i32, offset: i64) {
        if self.open.remove(&(partition, offset)).is_none() {
            self.early.insert((partition, offset));
        }
        while self.early.len() > OPEN_MOST {
            self.early.pop_first();
        }
    }

    /// Commands without a decision, the oldest first: partition, offset, and when they were sent.
    pub fn open(&self) -> impl Iterator<Item = (i32, i64, Timestamp)> {
        self.open.iter().map(|((partition, offset), at)| (*partition, *offset, *at))
    }

    /// Pauses that concern a tenant; what several shards keep is told once.
    pub fn pauses(&self, tenant: &TenantName) -> Vec<PauseOrder> {
        let concerns = |it: &&PauseOrder| it.tenant.as_ref().is_none_or(|it| it == tenant);
        let all = self.by_shard.values().flat_map(Ordered::pauses).filter(concerns).cloned();
        Held::new(Vec::new(), all).pauses().to_vec()
    }

    /// Targets of a tenant at which removals from groups are stopped.
    pub fn stops(&self, tenant: &TenantName) -> Vec<RemovalStop> {
        let all = self.by_shard.values().flat_map(Ordered::stops);
        all.filter(|stop| stop.tenant == *tenant).cloned().collect()
    }

    /// How a tenant's shard stands; `None`: it has never written.
    pub fn shard(&self, number: ShardNumber) -> Option<&ShardRecord> {
        self.shards.get(&number)
    }

    /// What is spent of the limits of a target, under the first of its names that is known.
    pub fn counters(&self, tenant: &TenantName, names: &[&TargetName]) -> Option<&Counters> {
        names.iter().find_map(|name| self.counters.get(&(tenant.clone(), (*name).clone())))
    }
}
