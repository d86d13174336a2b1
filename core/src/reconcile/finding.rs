//! What was found, why it is thought so, and what is proposed.

use crate::model::AttributeName;
use crate::roster::{Space, Standing};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What is wrong with an account, or with the want of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nobody's.
    Orphaned,
    /// Somebody's who has left, and can still be used.
    LeftButActive,
    /// Somebody should have one and has none.
    Missing,
    /// It is not as usher wants it.
    Drifted,
    /// One of several accounts of one person.
    Several,
    /// Somebody's, and usher does not look after it.
    Unmanaged,
    /// Somebody's who works here, and has not used it for long.
    Unused,
    /// A machine's; never an orphan.
    Service,
    /// An administrator's whom no list knows; never an orphan.
    Administrator,
    /// usher takes it for somebody's, and its names are another's.
    WronglyBound,
    /// Its names are several people's.
    Ambiguous,
    /// Lists and usher disagree on whether somebody has left.
    Unclear,
}

impl Kind {
    pub const ALL: [Self; 12] = [
        Self::Orphaned,
        Self::LeftButActive,
        Self::Missing,
        Self::Drifted,
        Self::Several,
        Self::Unmanaged,
        Self::Unused,
        Self::Service,
        Self::Administrator,
        Self::WronglyBound,
        Self::Ambiguous,
        Self::Unclear,
    ];

    /// As it is written: `left_but_active`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Orphaned => "orphaned",
            Self::LeftButActive => "left_but_active",
            Self::Missing => "missing",
            Self::Drifted => "drifted",
            Self::Several => "several",
            Self::Unmanaged => "unmanaged",
            Self::Unused => "unused",
            Self::Service => "service",
            Self::Administrator => "administrator",
            Self::WronglyBound => "wrongly_bound",
            Self::Ambiguous => "ambiguous",
            Self::Unclear => "unclear",
        }
    }

    /// Whether a list must have been taken to say so, or to say that it is not so any more.
    pub(super) fn needs_lists(self) -> bool {
        match self {
            Self::Orphaned
            | Self::LeftButActive
            | Self::Missing
            | Self::Unmanaged
            | Self::Unused
            | Self::Administrator
            | Self::Ambiguous
            | Self::Unclear => true,
            Self::Drifted | Self::Several | Self::Service | Self::WronglyBound => false,
        }
    }
}

/// What is proposed; nothing is done by it. Rules decide, behind limits and holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposed {
    /// Only to be known.
    Nothing,
    /// Somebody should look: it is not certain, or two things contradict each other.
    Look,
    /// One list alone has missed them: wait for the next.
    AwaitList,
    Disable,
    /// It is disabled, and takes a seat.
    Delete,
    Create,
    /// Bring it back to what usher wants.
    Correct,
    /// Let usher look after it.
    Adopt,
}

/// Somebody in a list: the number of the list, and the line of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct InList {
    pub list: u16,
    pub line: u32,
}

/// A reason for a finding. It names no value of anybody's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Evidence {
    /// No name of the account is anybody's, in any list or in what usher knows.
    NobodysNames,
    /// A name of the account is a listed person's.
    NamedIn {
        space: Space,
        at: InList,
    },
    /// A name of the account is that of somebody whom usher knows.
    NamedKnown {
        space: Space,
    },
    /// usher takes it for the account of somebody.
    Bound,
    /// That list does not have them.
    NotIn {
        list: u16,
    },
    /// How they stand there.
    Stands {
        at: InList,
        standing: Standing,
        ends: Option<Date>,
    },
    StartsOn {
        at: InList,
        on: Option<Date>,
    },
    /// HR's events say that no employment goes on.
    KnownEnded,
    /// HR's events say that one goes on, or begins.
    KnownEmployed,
    /// usher does not know them, or has not bound the account.
    NotLookedAfter,
    /// usher wants an account for them there.
    Wished,
    /// The accounts there that are theirs.
    OneOf {
        accounts: u32,
    },
    Attribute {
        name: AttributeName,
    },
    NotActive,
    StillActive,
    NotInGroup {
        group: String,
    },
    InGroup {
        group: String,
    },
    UnusedSince {
        at: Option<Timestamp>,
    },
    /// Might be theirs, by a likeness: never acted on.
    Like {
        likeness: Likeness,
        at: InList,
    },
    IsAdministrator,
    IsService,
}

/// In what somebody is like the owner of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// The number, but for zeros at its beginning.
    NumberWithoutZeros,
    /// What stands before the `@`.
    MailboxOfOtherDomain,
    DisplayName,
}

/// One of them. Who and which account is told by `Findings::row`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub kind: Kind,
    pub(super) inventory: u16,
    pub(super) account: Option<u32>,
    /// Of whom usher knows.
    pub(super) known: Option<u32>,
    pub evidence: Vec<Evidence>,
    pub first_seen: Timestamp,
    /// Lists that have missed them; 1 for what no list is needed for.
    pub misses: u16,
    pub proposed: Proposed,
    pub(super) is_excepted: bool,
    /// Of somebody without an account: by what they are remembered.
    pub(super) subject: Option<Box<str>>,
}

impl Finding {
    /// Whether the account stays, by an exception that counts today.
    pub fn is_excepted(&self) -> bool {
        self.is_excepted
    }
}
