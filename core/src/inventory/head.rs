//! What is known of a target's inventory: the last whole reading, and how the last one went.

use super::scope::Scope;
use super::scopes::{ScopeTaken, Shown};
use crate::model::schema;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Of two places for parts: a new reading never writes over the whole one.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Slot {
    #[default]
    A,
    B,
}

impl Slot {
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// As it stands in keys.
    pub fn word(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }
}

/// Why a reading is no whole one.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// Fewer came than the target says there are.
    Short,
    /// More came than the target says there are.
    Long,
    /// The target's number of them changed while it was read, or one came twice: rows have shifted.
    Changed,
    /// The same page came again and again.
    Repeated,
    /// Something came without an id.
    Nameless,
    /// It goes on behind a cursor, which is not read.
    Cursor,
    /// More pages than anybody has.
    Endless,
    /// Exactly as many as whole pages hold, and fewer than last time: a page may be missing.
    WholePages,
    /// Less than half of what there was last time.
    Shrunken,
    /// The target refuses the list to this token.
    Refused,
    /// The list failed for another reason that asking again would not mend.
    Failed,
}

impl Flaw {
    /// For people: what is wrong with the list.
    pub fn text(self) -> &'static str {
        match self {
            Self::Short => "fewer came than the target says there are",
            Self::Long => "more came than the target says there are",
            Self::Changed => "it changed while it was read",
            Self::Repeated => "the target sends the same page again and again",
            Self::Nameless => "something came without an id",
            Self::Cursor => "it goes on behind a cursor, which usher does not follow",
            Self::Endless => "it has more pages than usher reads",
            Self::WholePages => {
                "exactly as many came as whole pages hold, and fewer than last time: a page may be missing"
            }
            Self::Shrunken => "less than half of what there was last time",
            Self::Refused => "the target refuses the list to this token",
            Self::Failed => "the target cannot list it",
        }
    }

    /// Whether a second reading that shows the same is believed.
    pub(super) fn ends_if_repeated(self) -> bool {
        match self {
            Self::WholePages | Self::Shrunken => true,
            Self::Short
            | Self::Long
            | Self::Changed
            | Self::Repeated
            | Self::Nameless
            | Self::Cursor
            | Self::Endless
            | Self::Refused
            | Self::Failed => false,
        }
    }
}

/// How many came, and how many the target says there are.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Count {
    pub rows: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

/// A reading that is whole as far as accounts go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Taken {
    /// Which reading of this target it is, from 1.
    pub number: u64,
    pub slot: Slot,
    pub parts: u32,
    #[schemars(with = "schema::Instant")]
    pub began: Timestamp,
    #[schemars(with = "schema::Instant")]
    pub ended: Timestamp,
    pub accounts: Count,
    /// Accounts that the target does not show as inactive.
    pub active: u64,
    pub groups: Count,
    /// Why its groups, or their members, are not whole.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups_flaws: BTreeSet<Flaw>,
    /// What was asked for besides, and what came of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scopes: BTreeMap<Scope, ScopeTaken>,
}

/// How the last reading went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Try {
    pub number: u64,
    #[schemars(with = "schema::Instant")]
    pub began: Timestamp,
    #[schemars(with = "schema::Instant")]
    pub ended: Timestamp,
    pub accounts: Count,
    /// Empty: it is the whole one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub flaws: BTreeSet<Flaw>,
}

/// What is known of a target's inventory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Head {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<Taken>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Try>,
    /// What is kept of what was asked for besides.
    #[serde(default)]
    pub shown: Shown,
    /// The last day of which was counted what there was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub(super) last_day: Option<Date>,
    /// The most parts that a reading has left in each slot.
    #[serde(default)]
    left: [u32; 2],
}

impl Head {
    /// Where the next reading is written.
    pub fn free_slot(&self) -> Slot {
        self.complete.as_ref().map_or(Slot::A, |taken| taken.slot.other())
    }

    /// The number of the next reading.
    pub fn next_number(&self) -> u64 {
        let whole = self.complete.as_ref().map_or(0, |taken| taken.number);
        whole.max(self.last.as_ref().map_or(0, |last| last.number)) + 1
    }

    /// How many parts may lie in a slot.
    pub(super) fn left(&self, slot: Slot) -> u32 {
        let [a, b] = self.left;
        match slot {
            Slot::A => a,
            Slot::B => b,
        }
    }

    pub(super) fn set_left(&mut self, slot: Slot, parts: u32) {
        let [a, b] = &mut self.left;
        match slot {
            Slot::A => *a = parts,
            Slot::B => *b = parts,
        }
    }
}
