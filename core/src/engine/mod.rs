//! The pure core: everything is decided here, nothing is done here.
//!
//! No I/O, no clock, no randomness, no `async`: time and facts come in as values, calls, one commit
//! and the next tick go out as values. The same inputs give the same effects.
#![warn(clippy::wildcard_enum_match_arm)]

/// What a shard is told of its tenants.
pub mod settings;
/// The story on one screen.
pub mod shard;
/// Whose each name is.
pub mod names;
/// A record's items become decisions.
pub mod decide;
/// What operators send.
mod command;
/// Whose an event is.
pub mod identify;
/// Whom sensors name and HR does not know.
pub mod stranger;
/// Why an event was passed over, in words.
pub mod remark;
/// Two people turn out to be one.
pub mod merge;
/// Where to read on.
pub mod reading;
/// Which events were taken in.
pub mod seen;
/// Whether a log is still the one that was read.
pub mod marks;
/// Event × statements → claims.
pub mod fold;
/// What is over is forgotten.
pub mod forget;
/// One claim over time.
pub mod claims;
/// Which employments go on.
pub mod employment;
/// What sources said of attributes, and from when.
pub mod profile;
/// A changed wish begins a revision.
pub mod revise;
/// Claims at an instant → wish.
pub mod wish;
/// Who wins a facet, and why.
pub mod explain;
/// What decides a wish, for the audit.
pub mod warrant;
/// Held claims in the words of other rules.
pub mod restate;
/// Where two states of a person want something else.
pub mod compare;
/// A range of events, once more.
pub mod rehearse;
/// The way back.
pub mod baseline;
/// The next step for one person at one target.
pub mod drive;
/// What is said when nothing is left to do.
pub mod ending;
/// By what an account is looked for.
pub mod look;
/// Whose an account is, as far as it says so itself.
pub mod whose;
/// Whoever was cut by an id that is theirs now has all back.
pub mod swapped;
/// Accounts that are there and not shown.
pub mod showing;
/// Wish × account → operations.
pub mod plan;
/// Whose report a person is, as the target knows them.
pub mod manager;
/// What cannot be undone waits.
pub mod deletion;
/// The one door to a writing call.
pub mod brakes;
/// What a target would refuse is left out.
pub mod limits;
/// Steps are taken, revisions end.
pub mod pursue;
/// Answers find their call, and what waits for them goes on.
pub mod learn;
/// What was called, in the words of the audit.
pub mod calls;
/// What answers teach.
pub mod settle;
/// What the readings of a group show.
pub mod membership;
/// How a look ends.
pub mod end;
/// Calls that may still land.
pub mod doubts;
/// Why somebody is not settled.
pub mod reason;
/// Who waits for long, and for what, is told.
pub mod waiting;
/// Groups and owners of a target.
pub mod target;
/// Who may be called next, and when.
pub mod schedule;
/// Additions that go as one call.
pub mod together;
/// How long to wait.
pub mod retry;
/// How often an operation was tried, and when it may be again.
pub mod tries;
/// One part that is refused keeps back no other.
pub mod facets;
/// What was read after it was written.
mod progress;
pub mod proof;
/// Lines of the audit about revisions.
pub mod tell;
/// Sources that count anew.
pub mod numbering;
/// Whose time counts.
pub mod clocks;
/// A record that no commit could take.
pub mod oversize;
/// Words behind one that is dated later than it is now.
mod overtaken;
/// Targets that have another name than before.
pub mod renamed;
/// What the next commit holds.
pub mod ledger;
/// What is kept of a person.
pub mod state;
/// How it is written.
pub mod record;

#[cfg(test)]
mod tests;

pub use shard::Shard;

use crate::decode::Item;
use crate::model::{Answer, Call, Commit, CommitId, Passed, RawRecord};
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
    /// The transaction is in. One that is not, or may not be, drops the shard; nothing is told.
    Committed(CommitId),
    /// Time has passed, or calls may have become possible.
    Tick,
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
