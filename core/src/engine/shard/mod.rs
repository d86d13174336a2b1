//! The story on one screen: an input comes in, claims are folded, dirty people are driven, effects
//! go out.
//!
//! A shard has three owners and sees them all: people, desks, and the books. Between them go values.

mod account;
mod asked;
mod braked;
mod command;
mod decide;
mod flood;
mod forgetting;
mod learn;
mod muted;
mod obey;
mod overridden;
mod overriding;
mod reading;
mod removals;
mod reasserting;
mod replay;
mod revise;
mod seconding;
mod takeover;
mod told;
mod undo;
mod wait;
mod who_is_who;

pub use reading::Doubt;

use super::{Effects, Input};
use crate::decode::{Keys, SourceSettings};
use crate::engine::books::Books;
use crate::engine::desk::{Desk, Turn};
use crate::engine::desks::Desks;
use crate::engine::ledger::Records;
use crate::engine::orders::Orders;
use crate::engine::oversize;
use crate::engine::people::People;
use crate::engine::record;
use crate::engine::settings::{Approvals, ShardSettings};
use crate::engine::state::ShardRecord;
use crate::model::decision::AuditEntry;
use crate::model::ids::{PersonId, ShardNumber, TargetName, TenantName};
use crate::model::{CommitId, StateWrite};
use command::Party;
use flood::Flood;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The state machine of one shard: the people of its tenants, their timers and their calls.
#[derive(Debug)]
pub struct Shard {
    people: People,
    desks: Desks,
    books: Books,
    orders: Orders,
    /// Of records of the control topic that are refused.
    flood: Flood,
    /// How many operators an approval takes.
    approvals: Approvals,
    /// Which shard it is; commands for another are refused.
    number: ShardNumber,
    /// Where the shard stands, as it is written with every commit.
    record: ShardRecord,
    /// Whose word each input topic brings.
    topics: BTreeMap<String, Party>,
    /// What the records of input topics are read as.
    sources: BTreeMap<String, SourceSettings>,
    /// People at whom the shard crashed again and again: they are set aside when they are restored.
    crashing: BTreeSet<PersonId>,
}

impl Shard {
    pub fn new(settings: ShardSettings) -> Self {
        let topics = Party::of_topics(&settings);
        let ShardSettings { number, tenants, sources, operators, approvals, timing, .. } = settings;
        Self {
            topics,
            sources,
            people: People::new(&tenants, timing.name_bearers_most),
            desks: Desks::new(tenants),
            books: Books::new(timing),
            orders: Orders::new(operators),
            flood: Flood::default(),
            approvals,
            number,
            record: ShardRecord::default(),
            crashing: BTreeSet::new(),
        }
    }

    /// Takes one input and says what must be done about it. Never does it.
    ///
    /// The same inputs give the same effects: time is an argument, and nothing here can block or fail.
    pub fn step(&mut self, now: Timestamp, input: Input) -> Effects {
        self.books.now = self.books.now.max(now); // Time never runs backwards for a person.
        self.wake_due(); // What was due by now was due before this input.
        self.decide_what_waited(); // Our clock was behind.
        match input {
            Input::Record(record) => self.take_record_in(record), // Claims change, decisions are noted.
            Input::Passed(passed) => self.pass(&passed),
            Input::Answer(answer) => self.learn(&answer), // The account is better known.
            Input::Compared(compared) => self.books.ledger.keep_comparison(compared),
            Input::Committed(id) => self.release(id), // What was written ahead may be called.
            Input::Operators(operators) => self.orders.hear_of(operators),
            Input::Keys { topic, keys } => self.hear_of_keys(&topic, keys), // For replays.
            Input::Stopped(is_stopped) => self.stop_here(is_stopped),
            Input::Tick => {}
        }
        self.wake_due(); // Claims begin, end and reach their stages.
        self.start_calls(); // The most urgent first, as far as slots, quota and lease allow.
        self.take_effects()
    }

    /// Whom the shard was at work for when it crashed; `None`: nobody, or it has not.
    pub fn at_work(&self) -> Option<&PersonId> {
        self.books.at_work.as_ref()
    }

    /// From now on starts no call; what is open may still be answered, what is due is committed.
    pub fn drain(&mut self) {
        self.books.draining = true;
        self.books.ledger.want_what_was_passed();
    }

    fn hear_of_keys(&mut self, topic: &str, keys: Keys) {
        if let Some(source) = self.sources.get_mut(topic) {
            source.keys = keys;
        }
    }

    fn release(&mut self, id: CommitId) {
        if self.books.ledger.is_in(id) {
            if self.orders.is_in(id) {
                self.look_at_everybody();
            }
            self.at_all_desks(|desk, turn| desk.release(id, turn));
        }
    }

    fn start_calls(&mut self) {
        self.at_all_desks(Desk::start_calls);
    }

    fn take_effects(&mut self) -> Effects {
        self.sum_up_refusals();
        let books = &mut self.books;
        self.record.at = Some(books.today());
        if books.ledger.is_stale(books.now) {
            books.ledger.want_commit();
        }
        let now = books.now;
        let standing =
            Standing { people: &self.people, desks: &mut self.desks, orders: &self.orders, now };
        let commit = books.ledger.take(standing, &mut self.record, now);
        let calls = std::mem::take(&mut books.calls);
        for id in self.books.ledger.take_set_aside() {
            self.set_wake(&id);
        }
        Effects { calls, commit, next_tick: self.next_tick() }
    }

    fn next_tick(&mut self) -> Option<Timestamp> {
        // A full ledger goes on when its commit is in.
        let wake = self.books.wakes.first().filter(|_| !self.books.ledger.is_full());
        let waiting = self.books.clocks.waiting_until(self.books.now);
        let desks = self.desks.all_mut().filter_map(|desk| desk.next_tick(&self.books));
        wake.into_iter().chain(waiting).chain(desks).min()
    }

    /// Something is done at one desk; `None`: it is not there any more.
    fn at<T>(
        &mut self,
        (tenant, target): (&TenantName, &TargetName),
        act: impl FnOnce(&mut Desk, &mut Turn<'_>) -> T,
    ) -> Option<T> {
        let desk = self.desks.get_mut(tenant, target)?;
        let done = act(
            desk,
            &mut Turn { people: &self.people, orders: &self.orders, books: &mut self.books },
        );
        self.set_wakes();
        Some(done)
    }

    /// Something is done at every desk of a person's tenant, unless they sleep, and they are looked at when it is due.
    fn everywhere(&mut self, id: &PersonId, act: impl Fn(&mut Desk, &mut Turn<'_>)) {
        let Some(person) = self.people.get(id).filter(|it| it.asleep.is_none()) else { return };
        let before = self.books.at_work.replace(id.clone());
        let mut turn = Turn { people: &self.people, orders: &self.orders, books: &mut self.books };
        self.desks.of_mut(&person.tenant).for_each(|desk| act(desk, &mut turn));
        self.books.at_work = before;
        self.set_wakes();
    }

    fn at_all_desks(&mut self, act: impl Fn(&mut Desk, &mut Turn<'_>)) {
        let mut turn = Turn { people: &self.people, orders: &self.orders, books: &mut self.books };
        self.desks.all_mut().for_each(|desk| act(desk, &mut turn));
        self.set_wakes();
    }
}

/// What the owners know, as it is written.
struct Standing<'a> {
    people: &'a People,
    desks: &'a mut Desks,
    orders: &'a Orders,
    now: Timestamp,
}

impl Records for Standing<'_> {
    fn person(&mut self, id: &PersonId) -> Option<(StateWrite, Vec<AuditEntry>)> {
        let person = self.people.get(id)?;
        Some(oversize::record_of(person, self.desks, self.now))
    }

    fn counters(&mut self, tenant: &TenantName, target: &TargetName) -> Option<StateWrite> {
        let desk = self.desks.get(tenant, target)?;
        Some(record::encode_counters((tenant, target), desk.counters()))
    }

    fn survey(&mut self, tenant: &TenantName, target: &TargetName) -> Option<StateWrite> {
        let desk = self.desks.get(tenant, target)?;
        Some(record::encode_survey((tenant, target), desk.inventory()))
    }

    fn orders(&mut self) -> StateWrite {
        record::encode_orders(self.orders.kept())
    }
}

#[cfg(test)]
impl Shard {
    /// Lets it crash when this person is planned for.
    pub(in crate::engine) fn crash_at(&mut self, id: &PersonId) {
        self.books.crash_at = Some(id.clone());
    }

    /// As after a takeover: nobody knows any more how the person's accounts looked.
    pub(in crate::engine) fn forget_what_was_read(&mut self, id: &PersonId) {
        self.everywhere(id, |desk, _| {
            if let Some(seat) = desk.seat_mut(id) {
                seat.known = None;
            }
        });
    }
}
