//! When to look at a person again: one instant each, the earliest first.

use crate::model::ids::PersonId;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The instants of all people of a shard.
#[derive(Debug, Default)]
pub struct Wakes {
    by_time: BTreeSet<(Timestamp, PersonId)>,
    of: BTreeMap<PersonId, Timestamp>,
}

impl Wakes {
    pub fn of(&self, id: &PersonId) -> Option<Timestamp> {
        self.of.get(id).copied()
    }

    /// The earliest of all.
    pub fn first(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Wakes nobody else: whatever was set for the person before is gone; `None`: never.
    pub fn set(&mut self, id: &PersonId, at: Option<Timestamp>) {
        if self.of(id) == at {
            return;
        }
        if let Some(before) = self.of.remove(id) {
            self.by_time.remove(&(before, id.clone()));
        }
        if let Some(at) = at {
            self.by_time.insert((at, id.clone()));
            self.of.insert(id.clone(), at);
        }
    }

    /// No later than `at`.
    pub fn set_by(&mut self, id: &PersonId, at: Timestamp) {
        if self.of(id).is_none_or(|planned| planned > at) {
            self.set(id, Some(at));
        }
    }

    /// The next who is due by `now`; it is over with this.
    pub fn pop_due(&mut self, now: Timestamp) -> Option<PersonId> {
        let (at, id) = self.by_time.first()?.clone();
        (at <= now).then(|| {
            self.set(&id, None);
            id
        })
    }
}
