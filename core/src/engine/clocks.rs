//! Whose time counts: ours, the last owner's, and that of the records that come in.
//!
//! The people's time never runs backwards, whatever an owner's clock says: who has been terminated
//! would be let in again. Nor does one bad clock take it along: a mark that is more than a year from
//! our own clock stands still until a record speaks for one of the two.

use crate::decode::Item;
use crate::engine::Record;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// How far a source's clock may be ahead of ours.
pub const AHEAD_MOST: SignedDuration = SignedDuration::from_hours(1);
/// Two clocks that are further apart than this cannot both be right, and nobody knows which is.
const APART_MOST: SignedDuration = SignedDuration::from_hours(24 * 366);
/// How near a record's own time must be to ours to speak for it.
const NEAR: SignedDuration = SignedDuration::from_hours(1);
/// 2020: what says it is earlier is no clock, but the lack of one.
const FIRST_SECOND: i64 = 1_577_836_800;

/// What is known of clocks besides ours.
#[derive(Debug, Default)]
pub struct Clocks {
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
    pub fn of(last: Option<Timestamp>, now: Timestamp) -> Self {
        let apart = last.map(|last| last.duration_since(now).abs());
        let in_question = apart.is_some_and(|apart| apart > APART_MOST);
        Self { last, in_question, waiting: BTreeMap::new() }
    }

    /// The time of the people: it goes on from where the last owner's clock was, even if ours is behind.
    pub fn today(&self, now: Timestamp) -> Timestamp {
        match self.last {
            Some(last) if self.in_question => last,
            Some(last) => last.max(now),
            None => now,
        }
    }

    /// Whether our clock and the last owner's are too far apart for both to be right.
    pub fn in_question(&self) -> bool {
        self.in_question
    }

    /// The latest time that any clock says that is believed.
    pub fn believed(&self, now: Timestamp) -> Timestamp {
        if self.in_question { now } else { self.today(now) }
    }

    /// Whether an event says that it was made later than any clock that is believed.
    pub fn is_from_the_future(&self, made: Timestamp, now: Timestamp) -> bool {
        made > self.believed(now).checked_add(AHEAD_MOST).unwrap_or(Timestamp::MAX)
    }

    /// How many records wait until our clock has caught up.
    pub fn waiting(&self) -> usize {
        self.waiting.values().map(VecDeque::len).sum()
    }

    /// Whether records of a partition wait.
    pub fn keeps_waiting(&self, topic: &str, partition: i32) -> bool {
        self.waiting.contains_key(&(topic.to_owned(), partition))
    }

    /// When records that wait are looked at again.
    pub fn waiting_until(&self, now: Timestamp) -> Option<Timestamp> {
        let fronts = self.waiting.values().filter_map(VecDeque::front);
        let made = fronts.filter_map(|record| made_at(record)?.checked_sub(AHEAD_MOST).ok());
        made.chain(self.last).filter(|at| *at > now).min().filter(|_| !self.waiting.is_empty())
    }

    /// A record has come in: gives it back, unless our clock is what is wrong. Those of one partition
    /// keep their order.
    pub fn admit(&mut self, record: Record, now: Timestamp) -> Option<Record> {
        let place = (record.raw.topic.clone(), record.raw.partition);
        if self.waiting.contains_key(&place) || self.must_wait(&record, now) {
            self.waiting.entry(place).or_default().push_back(record);
            return None;
        }
        Some(record)
    }

    /// The next that no longer has to wait.
    pub fn next_ready(&mut self, now: Timestamp) -> Option<Record> {
        let ready = |(_, records): &(&(String, i32), &VecDeque<Record>)| {
            records.front().is_some_and(|first| !self.must_wait(first, now))
        };
        let place = self.waiting.iter().find(ready)?.0.clone();
        let records = self.waiting.get_mut(&place)?;
        let first = records.pop_front();
        if records.is_empty() {
            self.waiting.remove(&place);
        }
        first
    }

    fn must_wait(&self, record: &Record, now: Timestamp) -> bool {
        let is_behind = self.last.is_some_and(|last| last > now);
        is_behind && made_at(record).is_some_and(|made| self.is_from_the_future(made, now))
    }

    /// A record whose time is like ours speaks for our clock, against a mark that is years away. Says
    /// whether that ends the question.
    pub fn hear(&mut self, record: &Record, now: Timestamp) -> bool {
        let told = record.raw.timestamp;
        let speaks_for_us =
            told.as_second() >= FIRST_SECOND && told.duration_since(now).abs() <= NEAR;
        if !(self.in_question && speaks_for_us) {
            return false;
        }
        self.in_question = false;
        self.last = self.last.filter(|last| *last <= now);
        true
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
