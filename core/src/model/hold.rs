//! Operations that wait for somebody, as rows.

use super::decision::{Cause, Why};
use super::operation::Operation;
use super::wish::Facet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// What a row says of: the effects, and nothing that changes while they do not. Neither the revision, nor
/// the event that was heard last, nor how often something was tried is in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HoldDigest(String);

impl HoldDigest {
    /// Of these parts, in their order: 128 bits of SHA-256, in hexadecimal.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part);
        }
        let bytes = digest.finalize();
        Self(bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HoldDigest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A call that a brake keeps.
    Operation(Operation),
    /// The claim is over, and nobody knows what was so before it.
    WayBack(Facet),
    /// Whose account it is: a name is claimed by two.
    Identity,
}

/// Something that waits for somebody. It stands beside whatever else is done for the person, and ends by
/// itself when nobody wants its effect any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub digest: HoldDigest,
    pub effect: Effect,
    pub why: Why,
    pub since: Timestamp,
    /// The event behind the revision in which it began to wait; none for timers and drift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}
