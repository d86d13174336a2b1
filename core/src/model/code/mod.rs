//! Codes: why something is as it is, stable and machine-readable.
//!
//! One list for all crates, for they share one folder of pages and one set of names: what the core
//! refuses may end the program, and both may tell of one topic.

mod a_to_n;
mod o_to_z;
mod list;
mod table;
mod written;

pub use list::Code;
pub use written::WrittenCode;

use serde::{Serialize, Serializer};
use std::fmt;

impl Code {
    /// The code that is written so, if this version has one.
    pub fn parse(text: &str) -> Option<Self> {
        // `ALL` is in the order of the texts.
        let at = Self::ALL.binary_search_by(|code| code.as_str().cmp(text)).ok()?;
        Self::ALL.get(at).copied()
    }

    /// Whether somebody should look at what it is said of, though nothing was set aside: a leaver stays
    /// in, or somebody out, if nobody reads it.
    pub const fn wants_a_look(self) -> bool {
        matches!(
            self,
            Self::AccountDisproved
                | Self::AccountOfSomebody
                | Self::AccountReplaced
                | Self::ClaimForgotten
                | Self::EmploymentNeverBegan
                | Self::TimeOvertaken
        )
    }

    /// Whether a revision fails with it for want of a group.
    pub const fn is_for_want_of_a_group(self) -> bool {
        matches!(
            self,
            Self::GroupAmbiguous | Self::GroupMissing | Self::GroupNotFound | Self::GroupUnreadable
        )
    }

    /// Whether it says that a limit is reached.
    pub const fn is_of_a_limit(self) -> bool {
        matches!(self, Self::LimitReached | Self::LimitGroup)
    }

    /// Whether the configuration protects what it is said of, so that nobody can approve it.
    pub const fn is_of_protection(self) -> bool {
        matches!(
            self,
            Self::ProtectedGroup
                | Self::ProtectedLastMember
                | Self::ProtectedPerson
                | Self::ProtectedUnknown
                | Self::ProtectedUnread
        )
    }

    /// Whether somebody must hear of it now: the audit tells it as grave, and the log warns.
    pub const fn alarms(self) -> bool {
        matches!(
            self,
            Self::ProtectedAdministrator
                | Self::ProtectedUnknown
                | Self::RemovalTookTooMany
                | Self::ValueContested
        )
    }

    /// Whether a deletion that is held is held with it.
    pub const fn holds_a_deletion(self) -> bool {
        matches!(
            self,
            Self::Deletion
                | Self::DeletionLegalHold
                | Self::DeletionRuleChanged
                | Self::DeletionRuleGone
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
