//! What one Kafka transaction writes: all of it, or nothing.

use super::decision::{AuditEntry, Why};
use super::ids::{PersonId, TenantName};
use super::position::{EventPosition, RawRecord};
use jiff::Timestamp;
use std::sync::Arc;

/// Numbers the commits of one ownership of one shard, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(pub u64);

/// A record of `usher.people`. `None` deletes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateWrite {
    pub key: String,
    pub value: Option<Vec<u8>>,
}

/// A record set aside, whole, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// None of what operators send and nobody can read.
    pub tenant: Option<TenantName>,
    pub position: EventPosition,
    pub person: Option<PersonId>,
    pub why: Why,
    pub raw: Arc<RawRecord>,
    /// It would probably have taken access from somebody, who is in meanwhile.
    pub takes_access: bool,
    pub at: Timestamp,
}

/// One transaction to write.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    pub id: CommitId,
    /// When it was handed out; the lease counts from here if it succeeds.
    pub started_at: Timestamp,
    pub state: Vec<StateWrite>,
    pub audit: Vec<AuditEntry>,
    pub parked: Vec<Parked>,
    /// Records of `usher.inventory`.
    pub inventory: Vec<StateWrite>,
    /// Records of `usher.events`, each keyed by its tenant.
    pub events: Vec<StateWrite>,
}
