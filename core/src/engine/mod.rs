//! The pure core: everything is decided here, nothing is done here.
//!
//! No I/O, no clock, no randomness, no `async`: time and facts come in as values, calls, one commit
//! and the next tick go out as values. The same inputs give the same effects.
#![warn(clippy::wildcard_enum_match_arm)]

/// The story on one screen.
pub mod shard;
/// Everybody: what was said of them, and whose each name is.
pub mod people;
/// What sources said, told again in the order in which they said it.
pub mod said;
/// Claims at an instant → the account that somebody should have, and why.
pub mod will;
/// All targets.
pub mod desks;
/// One target, and everybody's place at it.
pub mod desk;
/// What undoing would do, person by person.
pub mod undo;
/// What is to be called for one seat next, and what its answers teach.
pub mod deeds;
/// The one door to a writing call.
pub mod brakes;
/// Who may be called next, and when.
pub mod schedule;
/// What all share in a step.
pub mod books;
/// What the next commit holds.
pub mod ledger;
/// A record that no commit could take.
pub mod oversize;
/// Whose time counts.
pub mod clocks;
/// Whether a log is still the one that was read.
pub mod marks;
/// What operators have ordered.
pub mod orders;
/// What one operator has said, and another must say, too.
pub mod seconded;
/// Which parked records were read again.
pub mod replays;
/// What is kept of people, and of their places at targets.
pub mod state;
/// How it is written.
pub mod record;
/// The order of what is learned.
pub mod moment;
/// What a shard is told of its tenants.
pub mod settings;
/// A range of events, once more.
pub mod rehearse;

#[cfg(test)]
mod tests;

pub use shard::Shard;

use crate::command::Operators;
use crate::decode::Item;
use crate::decode::Keys;
use crate::model::{Answer, Call, Commit, CommitId, Passed, RawRecord, StateWrite};
use jiff::Timestamp;
use std::sync::Arc;

/// A record of an input topic, decoded.
#[derive(Clone, Debug)]
pub struct Record {
    pub raw: Arc<RawRecord>,
    /// Never empty.
    pub items: Vec<Item>,
}

/// What the world tells a shard.
#[derive(Clone, Debug)]
pub enum Input {
    Record(Record),
    /// Told in the order of its partition's records.
    Passed(Passed),
    Answer(Answer),
    /// Files of signers were read again.
    Operators(Operators),
    /// Keys of the transmitters of a topic were read again.
    Keys {
        topic: String,
        keys: Keys,
    },
    /// The file that stops this replica was put there, or taken away.
    Stopped(bool),
    /// Lists and accounts were compared: what is to be written because of it.
    Compared(Compared),
    /// The transaction is in. One that is not, or may not be, drops the shard; nothing is told.
    Committed(CommitId),
    /// Time has passed, or calls may have become possible.
    Tick,
}

/// What is written because of a comparison, all of it or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// What is remembered: records of `usher.inventory`.
    pub memory: Vec<StateWrite>,
    /// What is told: records of `usher.events`.
    pub events: Vec<StateWrite>,
}

/// What a shard asks of the world.
#[derive(Debug, Default)]
pub struct Effects {
    /// To start now.
    pub calls: Vec<Call>,
    /// To write now; the next comes only after `Committed`.
    pub commit: Option<Commit>,
    /// When to tick at the latest, if nothing else comes in before.
    pub next_tick: Option<Timestamp>,
}

/// A shard in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub people: usize,
    /// People whose account and wish may differ.
    pub dirty: usize,
    pub held: usize,
    pub stuck: usize,
    /// Values that another writer keeps changing back.
    pub contested: usize,
    /// People for whom nothing is done, for their records cannot be read or crash the shard.
    pub aside: usize,
    pub calls_open: usize,
    /// Since when the oldest dirty person is dirty.
    pub oldest_dirty: Option<Timestamp>,
}

/// A record of `usher.people` that this version cannot read.
#[derive(Debug, thiserror::Error)]
#[error("could not read the state record `{key}`: {why}")]
pub struct Unreadable {
    pub key: String,
    pub why: String,
}
