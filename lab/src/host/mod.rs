//! Runs a shard, and sees to it that neither it nor its world breaks what they owe each other.
//!
//! One transaction is on its way at a time, each call is answered once, and the shard is looked at again
//! when it says so. Every world of this crate runs its shards by a `Host`.

use crate::engine::{Effects, Input, Shard};
use crate::model::{Call, CallId, Commit, CommitId, Extent};
use jiff::Timestamp;
use std::collections::HashSet;

#[cfg(test)]
mod tests;

/// A shard, and what it waits for.
#[derive(Debug)]
pub struct Host {
    shard: Shard,
    /// The transaction that is on its way.
    commit: Option<CommitId>,
    /// Calls that were handed out and are not answered.
    open: HashSet<CallId>,
    due: Option<Timestamp>,
}

/// What a shard hands out; whoever takes it must see to all of it.
#[derive(Debug)]
#[must_use]
pub struct Turn {
    /// To start now.
    pub calls: Vec<Call>,
    /// To write now.
    pub commit: Option<Commit>,
}

/// What a shard and its world owe each other, and did not keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    #[error("{0:?} was handed out while another is under way")]
    SecondCommit(CommitId),
    #[error("{0:?} was said to be in, and was not under way")]
    NoSuchCommit(CommitId),
    #[error("{0:?} was handed out twice")]
    SecondCall(CallId),
    #[error("{0:?} was answered, and was not open")]
    NoSuchCall(CallId),
}

impl Host {
    /// Of a shard that was restored, or that begins.
    pub fn new(shard: Shard) -> Self {
        Self { shard, commit: None, open: HashSet::new(), due: None }
    }

    /// Gives the shard one input, and says what it hands out.
    pub fn step(&mut self, now: Timestamp, input: Input) -> Result<Turn, Breach> {
        match &input {
            Input::Committed(id) if self.commit.take_if(|commit| commit == id).is_none() => {
                return Err(Breach::NoSuchCommit(*id));
            }
            Input::Answer(answer) if !self.open.remove(&answer.call) => {
                return Err(Breach::NoSuchCall(answer.call));
            }
            Input::Record(_)
            | Input::Passed(_)
            | Input::Answer(_)
            | Input::Committed(_)
            | Input::Operators(_)
            | Input::Keys { .. }
            | Input::Stopped(_)
            | Input::Compared(_)
            | Input::Tick => {}
        }
        let Effects { calls, commit, next_tick } = self.shard.step(now, input);
        self.due = next_tick;
        for call in &calls {
            if !self.open.insert(call.id) {
                return Err(Breach::SecondCall(call.id));
            }
        }
        if let Some(commit) = &commit
            && self.commit.replace(commit.id).is_some()
        {
            return Err(Breach::SecondCommit(commit.id));
        }
        Ok(Turn { calls, commit })
    }

    /// When the shard must be looked at again, if nothing else comes in before.
    pub fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// The transaction that is on its way.
    pub fn under_way(&self) -> Option<CommitId> {
        self.commit
    }

    pub fn shard(&self) -> &Shard {
        &self.shard
    }

    /// Begins to own, at that time; see [`Shard::take_over`].
    pub fn take_over(&mut self, now: Timestamp) {
        self.shard.take_over(now);
    }

    /// Where to read a topic from; see [`Shard::start_reading`].
    pub fn start_reading(&mut self, topic: &str, extents: &[Extent]) -> Vec<(i32, i64)> {
        self.shard.start_reading(topic, extents)
    }

    /// All groups are read again soon; see [`Shard::queue_groups`].
    pub fn queue_groups(&mut self) {
        self.shard.queue_groups();
    }

    /// No new calls from now on; see [`Shard::drain`].
    pub fn drain(&mut self) {
        self.shard.drain();
    }
}
