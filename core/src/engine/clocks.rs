//! Whose time counts: ours, the last owner's, and that of the records that come in.
//!
//! The people's time never runs backwards, whatever an owner's clock says: who has been terminated
//! would be let in again. Nor does one bad clock take it along: a mark that is more than a year from
//! our own clock stands still until a record speaks for one of the two.

use super::Record;
use super::shard::Shard;
use crate::decode::Item;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// How far a source's clock may be ahead of ours.
pub(super) const AHEAD_MOST: SignedDuration = SignedDuration::from_hours(1);
/// Two clocks that are further apart than this cannot both be right, and nobody knows which is.
const APART_MOST: SignedDuration = SignedDuration::from_hours(24 * 366);
/// How near a record's own time must be to ours to speak for it.
const NEAR: SignedDuration = SignedDuration::from_hours(1);
/// 2020: what says it is earlier is no clock, but the lack of one.
const FIRST_SECOND: i64 = 1_577_836_800;

/// What is known of clocks besides ours.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    /// What the last owner's clock said.
    last: Option<Timestamp>,
    /// It and ours cannot both be right, and nothing has spoken for either yet.
    in_question: bool,
    /// By topic and partition, records that wait for our clock: they say that they were made later
    /// than it is, and it is known to be behind.
    waiting: BTreeMap<(String, i32), VecDeque<Record>>,
}

impl Clocks {
    /// At a takeover: what the last owner's clock said, if anything is known of it.
    pub(super) fn of(last: Option<Timestamp>, now: Timestamp) -> Self {
        let apart = last.map(|last| last.duration_since(now).abs());
        let in_question = apart.is_some_and(|apart| apart > APART_MOST);
        Self { last, in_question, waiting: BTreeMap::new() }
    }
}

impl Shard {
    /// The time of the people: it goes on from where the last owner's clock was, though ours be
    /// behind.
    pub(super) fn today(&self) -> Timestamp {
        match self.clocks.last {
            Some(last) if self.clocks.in_question => last,
            Some(last) => last.max(self.now),
            None => self.now,
        }
    }

    /// How far our clock is behind the last owner's. Until it has caught up nothing begins or ends by
    /// time alone.
    pub fn is_behind(&self) -> SignedDuration {
        self.today().duration_since(self.now)
    }

    /// Whether our clock and the last owner's are too far apart for both to be right. Nothing begins
    /// or ends by time alone until a record that comes in has a time like ours.
    pub fn is_time_in_question(&self) -> bool {
        self.clocks.in_question
    }

    /// Records that wait until our clock has caught up.
    pub fn waiting_for_the_clock(&self) -> usize {
        self.clocks.waiting.values().map(VecDeque::len).sum()
    }

    /// A record has come in: decided at once, unless our clock is what is wrong.
    pub(super) fn take_record_in(&mut self, record: Record) {
        self.hear_the_time_of(&record);
        let place = (record.raw.topic.clone(), record.raw.partition);
        // Those of one partition keep their order.
        if self.clocks.waiting.contains_key(&place) || self.must_wait(&record) {
            self.clocks.waiting.entry(place).or_default().push_back(record);
        } else {
            self.decide(&record);
        }
    }

    /// Whether records of a partition wait.
    pub(super) fn keeps_waiting(&self, topic: &str, partition: i32) -> bool {
        self.clocks.waiting.contains_key(&(topic.to_owned(), partition))
    }

    /// Decides what no longer has to wait.
    pub(super) fn decide_what_waited(&mut self) {
        let places: Vec<_> = self.clocks.waiting.keys().cloned().collect();
        for place in places {
            while let Some(record) = self.first_ready(&place) {
                self.decide(&record);
            }
        }
        self.clocks.waiting.retain(|_, records| !records.is_empty());
    }

    fn first_ready(&mut self, place: &(String, i32)) -> Option<Record> {
        let first = self.clocks.waiting.get(place)?.front()?.clone();
        if self.must_wait(&first) {
            return None;
        }
        self.clocks.waiting.get_mut(place)?.pop_front()
    }

    /// When records that wait are looked at again.
    pub(super) fn waiting_until(&self) -> Option<Timestamp> {
        let fronts = self.clocks.waiting.values().filter_map(VecDeque::front);
        let made = fronts.filter_map(|record| made_at(record)?.checked_sub(AHEAD_MOST).ok());
        made.chain(self.clocks.last)
            .filter(|at| *at > self.now)
            .min()
            .filter(|_| !self.clocks.waiting.is_empty())
    }

    /// Whether an event says that it was made later than any clock that is believed.
    pub(super) fn is_from_the_future(&self, made: Timestamp) -> bool {
        made > self.believed().checked_add(AHEAD_MOST).unwrap_or(Timestamp::MAX)
    }

    /// The latest time that any clock says that is believed.
    pub(super) fn believed(&self) -> Timestamp {
        if self.clocks.in_question { self.now } else { self.today() }
    }

    fn must_wait(&self, record: &Record) -> bool {
        let is_behind = self.clocks.last.is_some_and(|last| last > self.now);
        is_behind && made_at(record).is_some_and(|made| self.is_from_the_future(made))
    }

    /// A record whose time is like ours speaks for our clock, against a mark that is years away.
    fn hear_the_time_of(&mut self, record: &Record) {
        let told = record.raw.timestamp;
        let speaks_for_us =
            told.as_second() >= FIRST_SECOND && told.duration_since(self.now).abs() <= NEAR;
        // A command touches nobody, so it makes nothing begin or end by time either.
        if !(self.clocks.in_question && speaks_for_us) || self.is_command(&record.raw) {
            return;
        }
        self.clocks.in_question = false;
        self.clocks.last = self.clocks.last.filter(|last| *last <= self.now);
        // What was due meanwhile is due now.
        for id in self.people.keys() {
            self.wakes.set(id, Some(self.now));
        }
    }
}

/// When the latest event of a record was made, as it says.
fn made_at(record: &Record) -> Option<Timestamp> {
    let of = |item: &Item| match item {
        Item::Event(event) => Some(event.time),
        Item::Skip(_) | Item::Park(_) => None,
    };
    record.items.iter().filter_map(of).max()
}
