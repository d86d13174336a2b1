//! A new owner takes in what the last one has written.

use super::Shard;
use crate::engine::Unreadable;
use crate::engine::clocks::Clocks;
use crate::engine::record::aside::{Aside, Reason};
use crate::engine::record::{
    self, COUNTERS_KEY, Counted, Kept, ORDERS_KEY, SHARD_KEY, SURVEY_KEY, Surveyed,
};
use crate::engine::state::Seat;
use crate::model::Deployment;
use crate::model::ids::{GroupName, PersonId, TargetName, TenantName};
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Shard {
    /// Before anything is restored: these people crash the shard. Their records stay as they are, and
    /// nothing is done for them.
    pub fn leave_aside(&mut self, crashing: BTreeSet<PersonId>) {
        self.crashing = crashing;
    }

    /// Takes in one record of `usher.people`, oldest first. An error must stop the shard; a record that
    /// is one person's trouble sets that person aside.
    pub fn restore(&mut self, key: &str, value: Option<&[u8]>) -> Result<(), Unreadable> {
        let Some(bytes) = value else {
            let id = PersonId::new(key.rsplit('/').next().unwrap_or(key));
            self.people.drop_record(&id);
            self.desks.forget(&id);
            return Ok(());
        };
        if key == SHARD_KEY {
            self.record = record::decode(key, bytes)?;
            return Ok(());
        }
        if key.starts_with(COUNTERS_KEY) {
            let Counted { tenant, target, counters } = record::decode(key, bytes)?;
            self.desks.restore_counters(&tenant, &target, counters);
            return Ok(());
        }
        if key.starts_with(SURVEY_KEY) {
            let Surveyed { tenant, target, head } = record::decode(key, bytes)?;
            self.desks.restore_inventory(&tenant, &target, head);
            return Ok(());
        }
        if key == ORDERS_KEY {
            self.orders.restore(record::decode(key, bytes)?);
            return Ok(());
        }
        let Kept { person, seats } = match record::decode(key, bytes) {
            Ok(kept) => kept,
            Err(error) => return self.set_one_aside(bytes, error),
        };
        if self.crashing.contains(&person.id) {
            self.desks.forget(&person.id);
            self.people.set_aside(Aside::who_crashes(&person));
            return Ok(());
        }
        self.desks.restore(&person, seats);
        self.people.restore(person);
        Ok(())
    }

    /// Everybody else goes on, if it is known of whom nothing can be known.
    fn set_one_aside(&mut self, bytes: &[u8], error: Unreadable) -> Result<(), Unreadable> {
        let Some(aside) = record::aside(bytes, &error) else { return Err(error) };
        self.desks.forget(&aside.person);
        if self.people.set_aside(aside) { Ok(()) } else { Err(error) }
    }

    /// Everything is restored. `now`: no earlier than the return of `init_transactions`.
    ///
    /// What the old owner had written ahead is unknown from here on. Cuts go at once; the reads
    /// that settle the rest wait until the old owner's lease is certainly over.
    pub fn take_over(&mut self, now: Timestamp) {
        let ids: Vec<PersonId> = self.people.ids().cloned().collect();
        let books = &mut self.books;
        books.now = books.now.max(now);
        books.clocks = Clocks::of(self.record.at, books.now);
        let crashing = self.people.aside().filter(|it| it.reason == Reason::Crashes);
        if self.orders.leave_aside(crashing.cloned().collect()) {
            books.ledger.touch_orders();
        }
        let aside = self.people.aside().map(|aside| aside.person.clone());
        books.ledger.restored(self.record.clone(), aside.chain(ids.iter().cloned()).collect());
        books.ledger.want_commit();
        self.queue_groups();
        for moved in self.desks.rename(&self.people) {
            self.books.touch(&moved);
        }
        for (tenant, former, name) in self.desks.renamed() {
            for moved in self.people.rename_orders((&tenant, &former), &name) {
                self.books.touch(&moved);
            }
        }
        self.people.index_all();
        for id in &ids {
            self.everywhere(id, |desk, turn| desk.inherit(id, turn.books));
        }
        for id in ids {
            self.everywhere(&id, |desk, turn| desk.note_manager(&id, turn.people));
            let person = self.people.get(&id);
            let seats = person.map(|person| self.desks.seats_of(person)).unwrap_or_default();
            let is_dirty = seats.into_values().any(Seat::is_dirty);
            if is_dirty && !self.books.ledger.is_full() {
                self.end_orders(&id);
                self.reconsider(&id, None);
            } else {
                // A new target, or one that is enforced now, may concern everybody at once.
                self.books.wakes.set(&id, Some(self.books.now));
            }
        }
    }

    /// Whose state it is from the next commit on.
    pub fn belongs_to(&mut self, deployment: Deployment) {
        self.record.deployment = Some(deployment);
    }

    /// The groups that rules name are read at the start, so that the way back is known.
    pub fn queue_groups(&mut self) {
        let groups: Vec<(TenantName, Option<TargetName>, GroupName)> = self
            .people
            .groups_of_rules()
            .map(|(tenant, only, group)| (tenant.clone(), only, group))
            .collect();
        for desk in self.desks.all_mut() {
            desk.queue_protected();
            desk.queue_inventory(self.books.now);
        }
        for (tenant, only, group) in groups {
            for desk in self.desks.of_mut(&tenant) {
                if only.as_ref().is_none_or(|only| only == desk.target()) {
                    desk.queue_group(&group);
                }
            }
        }
    }
}
