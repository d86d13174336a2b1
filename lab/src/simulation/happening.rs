//! What will happen in a world, planned ahead.

use super::intrusions::Intrusion;
use super::orders::Errand;
use super::owner::{Message, OwnerNumber};
use super::puts::Put;
use super::weather::Fate;
use crate::model::Call;
use jiff::Timestamp;

/// Something that will happen.
#[derive(Debug)]
pub enum Happening {
    /// A record reaches the log.
    Append(usize),
    /// Something reaches a process.
    Deliver(OwnerNumber, Box<Message>),
    /// A transaction is decided at the log.
    Decide(OwnerNumber),
    /// A call reaches the provider.
    Land(Box<Flight>),
    TakeOver,
    Thaw(OwnerNumber),
    /// A cut-off owner reaches Kafka again.
    Heal(OwnerNumber),
    Trouble(Trouble),
    /// Somebody else is at the providers.
    Intrude(Intrusion),
    /// An operator sends something, or somebody else does.
    Command(Errand),
    /// All faults end.
    Calm,
    /// What was said of a person must be seen at the target by now, if it takes access.
    Deadline(usize),
    /// Everything should be as the oracle says.
    Probe(Probe),
}

/// How much must be settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Everybody but those who wait for tomorrow: stuck, or cut without an account.
    Accounts,
    /// Everything; nothing is dirty and each revision has ended.
    Rest,
}

/// What may befall the owner at any moment.
#[derive(Clone, Copy, Debug)]
pub enum Trouble {
    Crash,
    Freeze,
    CutOff,
    /// Another replica gets the shard while this one is well and knows nothing of it yet.
    Usurp,
    HandOver,
    ClockJump,
}

/// A call on its way.
#[derive(Debug)]
pub struct Flight {
    pub owner: OwnerNumber,
    pub call: Call,
    pub sent_at: Timestamp,
    pub fate: Fate,
    /// Where accounts are changed by PUT: what was read before.
    pub put: Option<Put>,
}
