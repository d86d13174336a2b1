//! Who owns the shard: takeovers, what reaches an owner, and its end.

use super::checks::Violation;
use super::clocks::Clock;
use super::happening::{Happening, Probe};
use super::log::PartitionName;
use super::orders::{self, Errand};
use super::owner::{Cursor, Health, Message, Owner, OwnerNumber};
use super::tampering::restored;
use super::weather::Climate;
use super::world::World;
use crate::engine::{Input, Shard};
use crate::model::Extent;
use jiff::SignedDuration;
use std::collections::BTreeMap;

impl World {
    /// Some replica gets the shard, unless its owner is well.
    pub(super) fn take_over(&mut self) -> Result<(), Violation> {
        let is_well = self
            .current
            .and_then(|number| self.owners.get(&number))
            .is_some_and(|owner| matches!(owner.health, Health::Running) && !owner.cut_off);
        if is_well { Ok(()) } else { self.replace_owner() }
    }

    /// Some replica gets the shard, whatever its owner thinks of that.
    pub(super) fn replace_owner(&mut self) -> Result<(), Violation> {
        self.decide_what_is_open()?;
        let epoch = self.log.take_over();
        if self.chance.happens(700) {
            self.log.compact();
        }
        let mut shard = Shard::new(self.settings.shard(&self.company));
        let state = restored(self.settings.without, self.log.state(), (&self.orders, self.now));
        for write in state.iter() {
            if let Err(error) = shard.restore(&write.key, write.value.as_deref()) {
                let what = error.to_string();
                return Err(super::checks::Invariant::Contract.broken(None, what));
            }
        }
        if self.orders.are_sent() {
            shard.belongs_to(orders::deployment());
        }
        let clock = if self.settings.skews {
            Clock::draw(&mut self.chance, self.people_were_at)
        } else {
            Clock::default()
        };
        self.taken_over_at = self.now;
        if self.settings.skews {
            self.waits.forget();
        }
        self.take_over_doubts(clock);
        let former = self.current.and_then(|number| self.owners.get(&number)).into_iter();
        let former = former.flat_map(|owner| owner.open.values().cloned());
        let former: Vec<_> = former.chain(std::mem::take(&mut self.lost)).collect();
        self.doubt_what_is_inherited(&former);
        self.doubt_inherited_makings();
        self.owners_made += 1;
        let number = OwnerNumber(self.owners_made);
        let owner = Owner::new(epoch, shard, clock, self.audit.decided_positions());
        self.owners.insert(number, owner);
        self.current = Some(number);
        self.tally.takeovers += 1;
        self.history.note(self.now, None, || format!("{number} takes over"));
        let delay = self.chance.millis(0, 300);
        self.tell_in(delay, number, Message::Begin);
        if self.orders.are_sent() && self.now < self.settings.faults_end {
            let soon = self.manners.braking.millis(0, 4_000);
            self.plan_in(soon, Happening::Command(Errand::Any));
        }
        Ok(())
    }

    /// `init_transactions` finishes what its predecessor left half decided.
    fn decide_what_is_open(&mut self) -> Result<(), Violation> {
        let open = std::mem::take(&mut self.undecided);
        for (number, commit) in open {
            let epoch = self.log.epoch();
            let is_latest = self.owners_made == number.0;
            if is_latest && self.chance.happens(500) {
                self.take_in(number, epoch, &commit)?;
            } else if !self.settings.fences() {
                self.undecided.insert(number, commit);
            }
        }
        Ok(())
    }

    fn begin(&mut self, number: OwnerNumber) -> Result<(), Violation> {
        let mut extents: BTreeMap<String, Vec<Extent>> = BTreeMap::new();
        for name in self.log.partitions() {
            let extent = Extent { partition: name.partition, low: 0, high: self.log.end(name) };
            extents.entry(name.topic.clone()).or_default().push(extent);
        }
        let Some(owner) = self.owners.get_mut(&number) else {
            return Ok(());
        };
        let now = owner.clock.shows(self.now);
        owner.host.take_over(now - self.settings.impatience());
        let mut starts = Vec::new();
        for (topic, extents) in extents {
            for (partition, next) in owner.host.start_reading(&topic, &extents) {
                let topic = topic.clone();
                starts.push((PartitionName { topic, partition }, next));
            }
        }
        for (name, next) in &starts {
            let cursor = Cursor { next: *next, reading: false };
            owner.cursors.insert(name.clone(), cursor);
        }
        for (name, next) in starts {
            // One that was frozen while it restored may begin as a former owner, with old positions.
            if self.current == Some(number) {
                self.audit.reads_on_from(&name, next)?;
            }
            self.wake_reader(number, &name);
        }
        self.step(number, Input::Tick)
    }

    /// Something reaches a process.
    pub(super) fn deliver(&mut self, to: OwnerNumber, message: Message) -> Result<(), Violation> {
        if let Some(point) = struck_before(&message) {
            self.strike(to, point);
        }
        if let Message::Send(call) = &message {
            self.freeze_with_call(to, call);
        }
        let Some(owner) = self.owners.get_mut(&to) else {
            return Ok(());
        };
        if let Health::Frozen(waiting) = &mut owner.health {
            waiting.push(message);
            return Ok(());
        }
        match message {
            Message::Begin => self.begin(to),
            Message::Read(name) => self.read(to, &name),
            Message::Send(call) => self.send(to, call),
            Message::SendUnchecked(call) => self.leave(to, call, true),
            Message::Committed(id) => self.hear_committed(to, id),
            Message::Answered(answer) => self.hear_answer(to, answer),
            Message::Tick(at) => {
                if owner.tick_at == Some(at) {
                    owner.tick_at = None;
                    self.step(to, Input::Tick)
                } else {
                    Ok(())
                }
            }
            Message::Drain if owner.cursors.is_empty() => {
                // It has not begun: there is nothing to hand over.
                self.end(to, "drained before it began");
                Ok(())
            }
            Message::Drain => {
                owner.host.drain();
                let grace = self.chance.millis(1, 500);
                self.tell_in(grace, to, Message::End("drained"));
                self.step(to, Input::Tick)
            }
            Message::CommitLost(why) | Message::End(why) => {
                self.end(to, why);
                Ok(())
            }
            Message::Revoked => {
                self.end(to, "lost the shard");
                Ok(())
            }
        }
    }

    fn read(&mut self, number: OwnerNumber, name: &PartitionName) -> Result<(), Violation> {
        let Some(owner) = self.owners.get_mut(&number) else {
            return Ok(());
        };
        let Some(cursor) = owner.cursors.get_mut(name) else {
            return Ok(());
        };
        cursor.reading = false;
        if owner.cut_off {
            return Ok(());
        }
        if owner.host.shard().uncommitted() > 100 {
            cursor.reading = true;
            let delay = SignedDuration::from_millis(5);
            self.tell_in(delay, number, Message::Read(name.clone()));
            return Ok(());
        }
        let Some(record) = self.log.read(name, cursor.next).cloned() else {
            return Ok(());
        };
        cursor.next += 1;
        self.history
            .note(self.now, None, || format!("{number} reads {name}@{}", record.raw.offset));
        self.step(number, Input::Record(record))?;
        self.wake_reader(number, name);
        Ok(())
    }

    /// A process ends; if it owned the shard, somebody takes over.
    pub(super) fn end(&mut self, number: OwnerNumber, why: &str) {
        let Some(owner) = self.owners.remove(&number) else {
            return;
        };
        self.history.note(self.now, None, || format!("{number} ends: {why}"));
        if self.current == Some(number) {
            self.lost.extend(owner.open.into_values());
            self.current = None;
            let delay = self.chance.millis(1, 300);
            self.plan_in(delay, Happening::TakeOver);
        }
    }

    /// It goes on with its old memory: what reached it meanwhile comes first.
    pub(super) fn thaw(&mut self, number: OwnerNumber) -> Result<(), Violation> {
        let Some(owner) = self.owners.get_mut(&number) else {
            return Ok(());
        };
        let Health::Frozen(waiting) = std::mem::replace(&mut owner.health, Health::Running) else {
            return Ok(());
        };
        self.history.note(self.now, None, || format!("{number} thaws"));
        if self.current != Some(number) {
            let delay = self.chance.millis(0, 2_000);
            self.tell_in(delay, number, Message::Revoked);
        }
        for message in waiting {
            self.deliver(number, message)?;
        }
        Ok(())
    }

    /// A cut-off owner reaches Kafka again, and hears what it has missed.
    pub(super) fn heal(&mut self, number: OwnerNumber) {
        let Some(owner) = self.owners.get_mut(&number) else {
            return;
        };
        if !std::mem::take(&mut owner.cut_off) {
            return;
        }
        self.history.note(self.now, None, || format!("{number} reaches Kafka again"));
        self.send_commit(number);
        let names: Vec<PartitionName> = self.log.partitions().cloned().collect();
        for name in names {
            self.wake_reader(number, &name);
        }
        if self.current != Some(number) {
            let delay = self.chance.millis(0, 2_000);
            self.tell_in(delay, number, Message::Revoked);
        }
    }

    /// All faults end: everybody thaws, somebody owns the shard, and the waiting begins.
    pub(super) fn calm(&mut self) -> Result<(), Violation> {
        self.climate = Climate::default();
        self.mend_ways();
        self.history.note(self.now, None, || "         all faults end");
        let numbers: Vec<OwnerNumber> = self.owners.keys().copied().collect();
        for number in numbers {
            self.heal(number);
            self.thaw(number)?;
        }
        self.take_over()?;
        self.plan(self.now, Happening::Command(Errand::ResumeAll));
        let settle = self.settings.settle();
        let mut last_edge = self.last_end_of_overrides();
        for person in 0..self.company.people.len() {
            let edges = super::oracle::edges(&self.facts(person));
            last_edge = edges.into_iter().fold(last_edge, Ord::max);
        }
        self.plan(self.now + settle, Happening::Probe(Probe::Accounts));
        self.plan(last_edge + settle, Happening::Probe(Probe::Accounts));
        // The stuck are tried again after a day; a cut without an account is looked up for a day.
        let at_rest = last_edge + SignedDuration::from_hours(24 + 24 + 2);
        self.plan(at_rest + settle, Happening::Probe(Probe::Rest));
        Ok(())
    }
}

/// Where a process can be struck: right before it hears or does this.
fn struck_before(message: &Message) -> Option<&'static str> {
    match message {
        Message::Send(_) => Some("before a call is sent"),
        Message::Committed(_) => Some("before it hears of its commit"),
        Message::Answered(_) => Some("before an answer"),
        Message::Begin
        | Message::Read(_)
        | Message::SendUnchecked(_)
        | Message::CommitLost(_)
        | Message::Tick(_)
        | Message::Revoked
        | Message::Drain
        | Message::End(_) => None,
    }
}
