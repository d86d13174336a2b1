//! One ownership of the shard: a process from its takeover to its end, with its memory.

use super::clocks::Clock;
use super::log::{Epoch, PartitionName};
use super::pauses::Tries;
use crate::engine::Shard;
use crate::host::Host;
use crate::model::{Answer, Call, CallId, Commit, CommitId, EventPosition, TargetName, TenantName};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

/// Counts the ownerships of a world; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnerNumber(pub u64);

impl fmt::Display for OwnerNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "owner {:<2}", self.0)
    }
}

/// Something that reaches a process. A dead one never gets it, a frozen one gets it when it thaws.
#[derive(Clone, Debug)]
pub enum Message {
    /// Everything is restored; begin.
    Begin,
    /// A partition may have something to read.
    Read(PartitionName),
    /// The moment to send a call has come.
    Send(Call),
    /// The call passed its last check, and then the process was frozen.
    SendUnchecked(Call),
    /// The transaction is in.
    Committed(CommitId),
    /// The transaction is not in, or nobody knows, or the writer is fenced: start over.
    CommitLost(&'static str),
    Answered(Answer),
    Tick(Timestamp),
    /// The group has given the shard to somebody else.
    Revoked,
    /// SIGTERM.
    Drain,
    /// The process ends.
    End(&'static str),
}

/// How an owner is doing.
#[derive(Clone, Debug)]
pub enum Health {
    Running,
    /// SIGSTOP: what reaches it waits, in order.
    Frozen(Vec<Message>),
}

/// A call that was sent and not answered yet.
#[derive(Clone, Debug)]
pub struct OpenCall {
    pub call: Call,
    /// How many calls the world had seen when it started, itself included.
    pub number: u64,
    pub started_at: Timestamp,
    /// Whom it is about, in truth.
    pub people: Vec<usize>,
    /// A cut has gone out over it.
    pub abandoned: bool,
}

#[derive(Debug)]
pub struct Owner {
    pub epoch: Epoch,
    pub host: Host,
    pub clock: Clock,
    pub health: Health,
    /// It can reach the targets, but Kafka neither hears nor answers it.
    pub cut_off: bool,
    /// The next offset to read, and whether a reading is on its way.
    pub cursors: BTreeMap<PartitionName, Cursor>,
    /// The transaction that is on its way.
    pub commit: Option<Commit>,
    /// The last transaction that has left.
    pub sent: Option<CommitId>,
    /// Transactions that wait for it; only where the write-ahead is missing.
    pub behind: VecDeque<Commit>,
    /// Handed out, whether sent or not.
    pub open: BTreeMap<CallId, OpenCall>,
    pub tick_at: Option<Timestamp>,
    /// When calls started lately.
    pub started: BTreeMap<(TenantName, TargetName), VecDeque<Timestamp>>,
    /// What it has tried in vain.
    pub tries: Tries,
    /// Events whose decision this owner knows to be committed.
    pub knows: BTreeSet<EventPosition>,
}

#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    pub next: i64,
    pub reading: bool,
}

impl Owner {
    /// Whether the event was given to the shard, by this owner or an earlier one.
    pub fn has_read(&self, place: &EventPosition) -> bool {
        self.cursors.iter().any(|(name, cursor)| {
            name.topic == place.record.topic
                && name.partition == place.record.partition
                && place.record.offset < cursor.next
        })
    }

    pub fn new(epoch: Epoch, shard: Shard, clock: Clock, knows: BTreeSet<EventPosition>) -> Self {
        Self {
            epoch,
            host: Host::new(shard),
            clock,
            health: Health::Running,
            cut_off: false,
            cursors: BTreeMap::new(),
            commit: None,
            sent: None,
            behind: VecDeque::new(),
            open: BTreeMap::new(),
            tick_at: None,
            started: BTreeMap::new(),
            tries: Tries::default(),
            knows,
        }
    }
}
