//! Where reading goes on and what was made of the events stand in one transaction.

use super::checks::{Audit, Invariant, Violation, position, show};
use super::log::PartitionName;
use crate::engine::record::{SHARD_KEY, decode};
use crate::engine::state::ShardRecord;
use crate::model::{AuditEntry, Commit, Decision, DecisionRecord, EventPosition};
use std::collections::{BTreeMap, BTreeSet};

/// How far each partition is known to be decided, and the furthest decision.
#[derive(Debug, Default)]
pub struct Progress {
    whole_to: BTreeMap<PartitionName, i64>,
    last: BTreeMap<PartitionName, i64>,
}

impl Progress {
    pub fn decided(&mut self, at: &EventPosition) {
        let last = self.last.entry(partition_of(at)).or_insert(at.record.offset);
        *last = at.record.offset.max(*last);
    }
}

fn partition_of(at: &EventPosition) -> PartitionName {
    PartitionName { topic: at.record.topic.clone(), partition: at.record.partition }
}

impl Audit {
    /// A transaction that is in holds the decisions up to its positions, and the people they changed.
    pub(super) fn is_of_one_piece(&mut self, commit: &Commit) -> Result<(), Violation> {
        let decisions: Vec<&DecisionRecord> = commit
            .audit
            .iter()
            .filter_map(|entry| match entry {
                AuditEntry::Decision(record) => Some(record),
                _ => None,
            })
            .collect();
        let written: BTreeSet<&str> = commit.state.iter().map(|write| write.key.as_str()).collect();
        for record in &decisions {
            let changes = matches!(
                record.decision,
                Decision::Asserted | Decision::Extended | Decision::Withdrew
            );
            let Some(person) = record.person.as_ref().filter(|_| changes) else { continue };
            let Some(tenant) = &record.tenant else { continue };
            let key = format!("{tenant}/{person}");
            if !written.contains(key.as_str()) {
                let what = format!(
                    "{} was {}, and the person's record is not in the same transaction",
                    show(&record.position),
                    record.decision.word()
                );
                return Err(Invariant::NoLoss.broken(self.person(person), what));
            }
        }
        let shard = commit.state.iter().find(|write| write.key == SHARD_KEY);
        let Some(value) = shard.and_then(|write| write.value.as_ref()) else {
            return match decisions.first() {
                Some(first) => {
                    let place = show(&first.position);
                    let what = format!("{place} is decided in a transaction without positions");
                    Err(Invariant::NoLoss.broken(None, what))
                }
                None => Ok(()),
            };
        };
        let record: ShardRecord = decode(SHARD_KEY, value)
            .map_err(|unreadable| Invariant::Contract.broken(None, unreadable.to_string()))?;
        for (topic, known) in &record.topics {
            for (partition, next) in &known.next {
                let name = PartitionName { topic: topic.clone(), partition: *partition };
                self.reads_on_from(&name, *next)?;
            }
        }
        Ok(())
    }

    /// An owner reads on from `next`: everything before must be decided, nothing after.
    pub fn reads_on_from(&mut self, name: &PartitionName, next: i64) -> Result<(), Violation> {
        if let Some(last) = self.progress.last.get(name)
            && *last >= next
        {
            let what = format!("reading goes on at {next}, and {name}@{last} is decided already");
            return Err(Invariant::OneWriter.broken(None, what));
        }
        let whole_to = self.progress.whole_to.get(name).copied().unwrap_or(0);
        let new = self.written.range(position(name, whole_to, 0)..position(name, next, 0));
        for (place, content) in new {
            if !self.decided.contains_key(place) {
                let what =
                    format!("reading goes on at {next}, and {} has no decision", show(place));
                return Err(Invariant::NoLoss.broken(super::checks::whom(content), what));
            }
        }
        if next > whole_to {
            self.progress.whole_to.insert(name.clone(), next);
        }
        Ok(())
    }
}
