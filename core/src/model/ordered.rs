//! What became of a command that operators sent.

use super::decision::Why;
use super::hold::HoldDigest;
use super::ids::{PersonId, TargetName, TenantName};
use super::position::EventPosition;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The one decision on a record of the control topic.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandRecord {
    /// None of one for all tenants, and where none could be believed.
    pub tenant: Option<TenantName>,
    pub position: EventPosition,
    pub outcome: CommandOutcome,
    /// Its word, once it is believed: `approve`.
    pub command: Option<String>,
    pub id: Option<String>,
    /// Whoever says it first.
    pub signers: Vec<SignedBy>,
    /// The operator's own words.
    pub reason: Option<String>,
    /// What became of each thing that it names; at most [`ROWS_TOLD`].
    pub rows: Vec<CommandRow>,
    /// How many more there were.
    pub rows_untold: usize,
    /// SHA-256 of the signed bytes, hex.
    pub raw_sha256: Option<String>,
    pub at: Timestamp,
}

/// So many rows are told in one line of the audit; each has lines of its own besides.
pub const ROWS_TOLD: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandOutcome {
    Obeyed,
    /// It is right, and nothing came of it: each row says why.
    Nothing,
    Refused(Why),
}

impl CommandOutcome {
    /// The word of those that are refused.
    pub const REFUSED: &str = "refused";

    /// The word of the glossary.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Obeyed => "obeyed",
            Self::Nothing => "nothing",
            Self::Refused(_) => Self::REFUSED,
        }
    }

    pub fn why(&self) -> Option<&Why> {
        match self {
            Self::Refused(why) => Some(why),
            Self::Obeyed | Self::Nothing => None,
        }
    }
}

/// Who signed a command, and by what that was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SignedBy {
    pub operator: String,
    /// The key's fingerprint: `SHA256:…`
    pub key: String,
    pub group: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub touched: bool,
    /// The digest of the file of signers, hex.
    pub file_sha256: String,
}

/// What became of one thing that a command names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CommandRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldDigest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetName>,
    pub became: Became,
    /// What still stands in the way, or why nothing came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// The words for rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    Approved,
    /// Approved by one of the two that it takes.
    WaitsForAnother,
    Rejected,
    Paused,
    Resumed,
    /// It is tried at once.
    Retried,
    /// Removals from groups go on at the target.
    Released,
    /// All that the target has is read, when nothing more urgent waits.
    Refreshed,
    /// The person is kept in or out.
    Overridden,
    /// The account is read again, and brought to what is wanted.
    Reasserted,
    /// What was asserted does not count any more, or, of an undo that is undone, counts again.
    Undone,
    /// It is meant, and stays as it is.
    LeftOut,
    /// A parked record was read again, and counts.
    Replayed,
    /// The record is one with the others that the command names.
    Linked,
    /// The person is none of the others that the command names.
    Parted,
    /// The account is the person's; it is read before anything is done to it.
    Bound,
    /// The account is not the person's.
    Unbound,
    /// Nothing came of it.
    Nothing,
}

impl Became {
    pub fn word(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::WaitsForAnother => "waits_for_another",
            Self::Rejected => "rejected",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::Retried => "retried",
            Self::Released => "released",
            Self::Refreshed => "refreshed",
            Self::Overridden => "overridden",
            Self::Reasserted => "reasserted",
            Self::Undone => "undone",
            Self::LeftOut => "left_out",
            Self::Replayed => "replayed",
            Self::Linked => "linked",
            Self::Parted => "parted",
            Self::Bound => "bound",
            Self::Unbound => "unbound",
            Self::Nothing => "nothing",
        }
    }

    /// Whether something came of it, or will once another operator says the same.
    pub fn is_something(self) -> bool {
        match self {
            Self::Approved
            | Self::WaitsForAnother
            | Self::Rejected
            | Self::Paused
            | Self::Resumed
            | Self::Retried
            | Self::Overridden
            | Self::Reasserted
            | Self::Released
            | Self::Refreshed
            | Self::Replayed
            | Self::Linked
            | Self::Parted
            | Self::Bound
            | Self::Unbound
            | Self::Undone => true,
            Self::LeftOut | Self::Nothing => false,
        }
    }
}
