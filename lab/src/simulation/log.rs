//! A Kafka that fits in memory: inputs, the state topic, and transactions with their fencing.
//!
//! A transaction is in or it is not; readers see only what is in. Whoever takes over raises the
//! epoch, and from then on no transaction of an older one gets in, unless that protection was
//! removed to see whether anybody notices.

use super::settings::WorldSettings;
use crate::engine::Record;
use crate::engine::record::COUNTERS_KEY;
use crate::model::{Commit, StateWrite};
use std::collections::BTreeMap;
use std::fmt;

/// A partition of an input topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartitionName {
    pub topic: String,
    pub partition: i32,
}

impl fmt::Display for PartitionName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.topic, self.partition)
    }
}

/// Counts the takeovers; the later owner has the greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(pub u64);

#[derive(Debug)]
pub struct Log {
    inputs: BTreeMap<PartitionName, Vec<Record>>,
    state: Vec<StateWrite>,
    epoch: Epoch,
    fences: bool,
    /// Charges that come with the next transaction only; where a protection is missing.
    late: Vec<StateWrite>,
    charges_late: bool,
}

/// What became of a transaction at the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    In,
    Fenced,
}

impl Log {
    /// A log with these partitions, all empty.
    pub fn new(
        partitions: impl IntoIterator<Item = PartitionName>,
        settings: &WorldSettings,
    ) -> Self {
        Self {
            inputs: partitions.into_iter().map(|name| (name, Vec::new())).collect(),
            state: Vec::new(),
            epoch: Epoch(0),
            fences: settings.fences(),
            late: Vec::new(),
            charges_late: !settings.charges_first(),
        }
    }

    pub fn partitions(&self) -> impl Iterator<Item = &PartitionName> {
        self.inputs.keys()
    }

    /// The offset that the next record of a partition will get.
    pub fn end(&self, name: &PartitionName) -> i64 {
        let length = self.inputs.get(name).map_or(0, Vec::len);
        i64::try_from(length).unwrap_or(i64::MAX)
    }

    /// Appends the record that `record` makes of its offset.
    pub fn append(&mut self, name: &PartitionName, record: impl FnOnce(i64) -> Record) {
        let offset = self.end(name);
        if let Some(records) = self.inputs.get_mut(name) {
            records.push(record(offset));
        }
    }

    pub fn read(&self, name: &PartitionName, offset: i64) -> Option<&Record> {
        self.inputs.get(name)?.get(usize::try_from(offset).ok()?)
    }

    /// All records of a partition.
    pub fn records(&self, name: &PartitionName) -> &[Record] {
        self.inputs.get(name).map_or(&[], Vec::as_slice)
    }

    /// `init_transactions`: whoever wrote before is fenced.
    pub fn take_over(&mut self) -> Epoch {
        self.epoch = Epoch(self.epoch.0 + 1);
        self.late.clear();
        self.epoch
    }

    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Takes a transaction in, whole, unless its writer is fenced.
    pub fn commit(&mut self, epoch: Epoch, commit: &Commit) -> Taken {
        if self.fences && epoch < self.epoch {
            return Taken::Fenced;
        }
        self.state.append(&mut self.late);
        let is_late =
            |write: &&StateWrite| self.charges_late && write.key.starts_with(COUNTERS_KEY);
        let (late, now) = commit.state.iter().partition::<Vec<_>, _>(is_late);
        self.state.extend(now.into_iter().cloned());
        self.late = late.into_iter().cloned().collect();
        Taken::In
    }

    /// The state topic as a restoring owner reads it, oldest first.
    pub fn state(&self) -> &[StateWrite] {
        &self.state
    }

    /// Kafka's compaction: of each key only the last record stays, where it stood.
    pub fn compact(&mut self) {
        let mut last = BTreeMap::new();
        for (place, write) in self.state.iter().enumerate() {
            last.insert(write.key.clone(), place);
        }
        let mut place = 0;
        self.state.retain(|write| {
            let stays = last.get(&write.key) == Some(&place);
            place += 1;
            stays
        });
    }
}
