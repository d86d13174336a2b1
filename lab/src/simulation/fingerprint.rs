//! Commits and histories in one number, so that two builds can be held against each other.
//!
//! A change that claims to change no behaviour leaves every byte of state and audit as it was.

use crate::audit::{WriterIdentity, render};
use crate::model::{Commit, ShardNumber};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Of all that a commit writes; the same for as long as the compiler's library is.
pub(super) fn of_commit(commit: &Commit) -> u64 {
    let writer = WriterIdentity {
        instance: "usher-sim".to_owned(),
        shard: ShardNumber(0),
        audit_topic: "usher.audit".to_owned(),
    };
    let mut hasher = DefaultHasher::new();
    for write in &commit.state {
        (&write.key, &write.value).hash(&mut hasher);
    }
    for entry in &commit.audit {
        render(entry, &writer).value.hash(&mut hasher);
    }
    for parked in &commit.parked {
        (&parked.why.code, &parked.raw.value).hash(&mut hasher);
    }
    hasher.finish()
}

/// Of one seed's history.
pub fn of_history(seed: u64, history: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seed, history).hash(&mut hasher);
    hasher.finish()
}
