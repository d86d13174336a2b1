//! Operations that wait for somebody, as rows.

use super::decision::{Cause, Why};
use super::operation::Operation;
use super::wish::Facet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// What a row says of: the effects, and nothing that changes while they do not.
///
/// Neither the revision, nor the event that was heard last, nor how often something was tried is in it.
/// SHA-256, in small hex letters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct HoldDigest(String);

impl HoldDigest {
    /// Of these parts, in their order.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part);
        }
        Self(format!("{:x}", digest.finalize()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for HoldDigest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_small_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 64 && text.bytes().all(is_small_hex) {
            Ok(Self(text))
        } else {
            Err("the digest of a hold, 64 signs of 0-9 and a-f")
        }
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
    /// What the digest would be if each rule behind it said today what it said when it was heard; none
    /// if each does. By this the row is known again when a rule is edited: it waits on, and is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_heard: Option<HoldDigest>,
    pub effect: Effect,
    pub why: Why,
    pub since: Timestamp,
    /// The event behind the revision in which it began to wait; none for timers and drift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    #[serde(default, skip_serializing_if = "Verdict::is_open")]
    pub verdict: Verdict,
}

impl Hold {
    /// What the digest is as long as no rule is edited.
    pub fn heard(&self) -> &HoldDigest {
        self.as_heard.as_ref().unwrap_or(&self.digest)
    }

    /// Whether an operator's no to a call still stands.
    pub fn is_rejected(&self, now: Timestamp) -> bool {
        let is_call = matches!(self.effect, Effect::Operation(_));
        is_call && matches!(self.verdict, Verdict::Rejected { until, .. } if until > now)
    }
}

/// What operators have said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    #[default]
    Open,
    /// Some have approved it, and it takes so many.
    Seconded { by: Vec<Approval>, needed: usize },
    /// It may go, and is not counted again.
    Approved { by: Vec<Approval> },
    /// It is not to go before that; then somebody is asked again.
    Rejected { until: Timestamp, by: String },
}

impl Verdict {
    pub fn is_open(&self) -> bool {
        *self == Self::Open
    }

    /// Whether somebody has let it go.
    pub fn is_approved(&self) -> bool {
        match self {
            Self::Approved { .. } => true,
            Self::Open | Self::Seconded { .. } | Self::Rejected { .. } => false,
        }
    }
}

/// One operator's yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub operator: String,
    /// The key's fingerprint.
    pub key: String,
    pub at: Timestamp,
}
