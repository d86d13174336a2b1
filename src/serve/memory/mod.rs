//! What is kept of the topics: enough to list, count and find, and nothing that anybody is called.
//!
//! Names are kept as digests under a key that only this process knows, and records stay in Kafka; a page
//! reads those that it shows. So this is no further copy of everybody's data. What targets have is kept
//! with its names, for lists are sorted and searched by them.

mod hearing;
pub mod inventory;
mod lines;
mod orders;
mod people;
mod targets;
#[cfg(test)]
mod tests;

use super::deployment::Deployment;
use crate::audit::line::{Line, LineKind};
use crate::decode::SourceSettings;
use crate::engine::record::{COUNTERS_KEY, ORDERS_KEY, SHARD_KEY};
use crate::model::RawRecord;
use crate::model::ids::{ShardNumber, TenantName};
use crate::view::parked::{Found, Parked};
use inventory::{AccountNumber, Directory, Inventories};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::sync::watch;

pub use hearing::{Hearing, Topic, Trouble};
pub use lines::{Cut, Lines};
pub use orders::Orders;
pub use people::{AtTarget, Entry, People, Place, Tally};
pub use targets::{HOURS_KEPT, TargetFigures};

/// Parked records that are kept; the oldest go first.
const PARKED_MOST: usize = 5_000;

/// Lines about parked records that were read again.
const REPLAYS_MOST: usize = 1_000;

/// All of it, shared between who reads Kafka and who serves pages.
#[derive(Debug)]
pub struct Memory {
    known: RwLock<Known>,
    /// Grows with whatever is new.
    news: watch::Sender<u64>,
}

/// What is known.
#[derive(Debug)]
pub struct Known {
    tenants: BTreeSet<TenantName>,
    sources: BTreeMap<String, SourceSettings>,
    pub people: People,
    pub lines: Lines,
    pub parked: Parked,
    /// Older ones that there was no room for.
    pub parked_forgotten: usize,
    pub orders: Orders,
    pub inventories: Inventories,
    pub hearing: Hearing,
    replays: Vec<Line>,
}

/// A record of a topic, read as far as it is kept.
#[derive(Debug)]
pub enum Heard {
    Person(people::Heard),
    Order { shard: ShardNumber, key: String, value: Option<Vec<u8>> },
    Line(Box<lines::Heard>),
    Parked(Box<Found>),
    Command { partition: i32, offset: i64, at: Timestamp },
    Inventory(Box<inventory::Heard>),
}

impl Memory {
    pub fn of(deployment: &Deployment) -> Self {
        let known = Known {
            tenants: deployment.tenants.iter().map(|tenant| tenant.name.clone()).collect(),
            sources: deployment.sources(),
            people: People::default(),
            lines: Lines::default(),
            parked: Parked::default(),
            parked_forgotten: 0,
            orders: Orders::default(),
            inventories: Inventories::default(),
            hearing: Hearing::default(),
            replays: Vec::new(),
        };
        Self { known: RwLock::new(known), news: watch::channel(0).0 }
    }

    /// What is known now; nothing is taken in meanwhile.
    pub fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what was heard.
    pub fn take(&self, heard: impl IntoIterator<Item = Heard>) {
        let mut known = self.write();
        heard.into_iter().for_each(|one| known.take(one));
        let ready = known.inventories.ready();
        let digests = known.people.digests();
        drop(known);
        for one in ready {
            // It takes a while, and pages are served meanwhile.
            let made = one.put_together(&digests);
            self.write().settle(made);
        }
        self.tell();
    }

    /// Changes what is known of Kafka itself.
    pub fn hear(&self, change: impl FnOnce(&mut Hearing)) {
        change(&mut self.write().hearing);
        self.tell();
    }

    /// A topic is read from its beginning again.
    pub fn forget(&self, topic: Topic) {
        let mut known = self.write();
        match topic {
            Topic::People => {
                known.people.forget();
                known.inventories.let_go();
                known.orders.forget_state();
            }
            Topic::Audit => {
                known.lines = Lines::default();
                known.replays.clear();
            }
            Topic::Parked => {
                known.parked = Parked::default();
                known.parked_forgotten = 0;
            }
            Topic::Control => known.orders.forget_commands(),
            Topic::Inventory => known.inventories = Inventories::default(),
        }
        drop(known);
        self.tell();
    }

    /// The number of the last change, and of each to come.
    pub fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Reads a record as far as it is kept; `None`: it is nobody's whom this process knows.
    pub fn read(&self, topic: Topic, record: RawRecord, now: Timestamp) -> Option<Heard> {
        match topic {
            Topic::People => self.read_state(record, now),
            Topic::Audit => lines::read(&record).map(|line| Heard::Line(Box::new(line))),
            Topic::Parked => Found::read(&record).map(|found| Heard::Parked(Box::new(found))),
            Topic::Control => Some(Heard::Command {
                partition: record.partition,
                offset: record.offset,
                at: record.timestamp,
            }),
            Topic::Inventory => self.read_inventory(&record),
        }
    }

    fn read_inventory(&self, record: &RawRecord) -> Option<Heard> {
        let key = String::from_utf8_lossy(record.key.as_deref()?).into_owned();
        let tenant = key.split(':').nth(1)?;
        let known = self.known();
        if !known.tenants.iter().any(|name| name.as_str() == tenant) {
            return None;
        }
        drop(known);
        let heard = inventory::read(key, record.value.as_deref())?;
        Some(Heard::Inventory(Box::new(heard)))
    }

    fn read_state(&self, record: RawRecord, now: Timestamp) -> Option<Heard> {
        let key = String::from_utf8_lossy(record.key.as_deref()?).into_owned();
        if let Some((tenant, _)) = key.split_once('/') {
            let known = self.known();
            if !known.tenants.iter().any(|name| name.as_str() == tenant) {
                return None;
            }
            let digests = known.people.digests();
            drop(known);
            return people::read(&key, &record, &digests, now).map(Heard::Person);
        }
        let is_kept = key == ORDERS_KEY || key == SHARD_KEY || key.starts_with(COUNTERS_KEY);
        let shard = ShardNumber(record.partition);
        is_kept.then_some(Heard::Order { shard, key, value: record.value })
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) {
        self.news.send_modify(|number| *number += 1);
    }
}

impl Known {
    /// Accounts of a target that go by a whole name or id.
    pub fn accounts_called(&self, directory: &Directory, name: &str) -> Vec<AccountNumber> {
        directory.called(name, &self.people.digests())
    }

    fn settle(&mut self, made: inventory::Made) {
        let people = &self.people;
        self.inventories.settle(made, |tenant, target, account| {
            people.holder(tenant, target, account).is_some()
        });
    }

    /// Accounts of somebody were bound, or let go.
    fn bind(&mut self, (tenant, accounts): people::Touched) {
        for (target, account) in accounts {
            let is_held = self.people.holder(&tenant, &target, &account).is_some();
            self.inventories.bind((&tenant, &target), &account, is_held);
        }
    }

    fn take(&mut self, heard: Heard) {
        match heard {
            Heard::Person(person) => {
                let touched = self.people.take(person);
                self.bind(touched);
            }
            Heard::Order { shard, key, value } => self.orders.take(shard, &key, value.as_deref()),
            Heard::Line(line) => {
                if line.line.unmapped.replayed_by.is_some() {
                    self.parked.hear(&line.line);
                    if self.replays.len() >= REPLAYS_MOST {
                        self.replays.remove(0);
                    }
                    self.replays.push(line.line.clone());
                }
                if line.line.unmapped.kind == LineKind::Command
                    && let Some(place) = &line.line.unmapped.kafka
                {
                    self.orders.decided(place.partition, place.offset);
                }
                self.lines.take(*line);
            }
            Heard::Parked(found) => {
                let source = self.sources.get(&found.position.record.topic);
                self.parked.take(&found, source);
                // Its replay may have been read before it.
                for line in &self.replays {
                    self.parked.hear(line);
                }
                // Not at each one: to find the oldest takes a while.
                if self.parked.count() > PARKED_MOST + PARKED_MOST / 10 {
                    self.parked_forgotten += self.parked.keep_newest(PARKED_MOST);
                }
            }
            Heard::Command { partition, offset, at } => self.orders.sent(partition, offset, at),
            Heard::Inventory(heard) => self.inventories.take(*heard),
        }
    }
}
