//! The types of events that usher knows.

use super::event::EventClass;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One table: what each type is called, whose word it is, and whether it takes access.
macro_rules! kinds {
    ($($name:ident $word:literal $class:ident $access:ident,)*) => {
        /// A type of event, short: without the prefix `io.usher.` and the version `.v1`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum EventKind {
            $(#[serde(rename = $word)] $name,)*
        }

        impl EventKind {
            /// All of them, HR's first.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// `worker.terminated`
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            pub fn class(self) -> EventClass {
                match self { $(Self::$name => EventClass::$class,)* }
            }

            fn access(self) -> Access {
                match self { $(Self::$name => Access::$access,)* }
            }
        }
    };
}

/// What an event does to access, by itself or by the rules that everybody has for it.
enum Access {
    /// If it is set aside, somebody is left in.
    Takes,
    Leaves,
}

kinds! {
    Hired "worker.hired" Hr Leaves,
    HireCancelled "worker.hire.cancelled" Hr Takes,
    Rehired "worker.rehired" Hr Leaves,
    RehireCancelled "worker.rehire.cancelled" Hr Takes,
    Terminated "worker.terminated" Hr Takes,
    TerminationCancelled "worker.termination.cancelled" Hr Leaves,
    // At once: whatever its data say of an effective time does not count.
    AccessRevoked "worker.access.revoked" Hr Takes,
    Transferred "worker.transferred" Hr Leaves,
    Converted "worker.converted" Hr Leaves,
    Updated "worker.updated" Hr Leaves,
    LeaveStarted "worker.leave.started" Hr Takes,
    LeaveEnded "worker.leave.ended" Hr Leaves,
    LegalHoldChanged "worker.legalhold.changed" Hr Leaves,
    RiskRaised "risk.raised" Security Takes,
    RiskCleared "risk.cleared" Security Leaves,
    CredentialCompromised "credential.compromised" Security Takes,
    CredentialChanged "credential.changed" Security Leaves,
    AssuranceChanged "assurance.changed" Security Takes,
    SessionRevoked "session.revoked" Security Takes,
    DeviceCompromised "device.compromised" Security Takes,
    DeviceComplianceChanged "device.compliance.changed" Security Takes,
    AccountDisabled "account.disabled" Security Takes,
    AccountEnabled "account.enabled" Security Leaves,
    AccountPurged "account.purged" Security Takes,
    IdentifierChanged "identifier.changed" Security Leaves,
    AccountOrphaned "account.orphaned" Account Takes,
    AccountLeftActive "account.left_active" Account Takes,
    AccountCleared "account.cleared" Account Leaves,
    AccountMissing "account.missing" Account Leaves,
    AccountDrifted "account.drifted" Account Leaves,
    AccessRequested "access.requested" Request Leaves,
    AccessChanged "access.changed" Request Leaves,
    AccessWithdrawn "access.withdrawn" Request Takes,
    DeletionRequested "deletion.requested" Request Takes,
    MembershipRequested "membership.requested" Request Leaves,
    MembershipWithdrawn "membership.withdrawn" Request Takes,
}

impl EventKind {
    /// The type that is called so; `None` if there is none.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word)
    }

    /// Whether it takes access from somebody, by itself or by the rules that everybody has for it: one
    /// that is set aside leaves somebody in.
    pub fn takes_access(self) -> bool {
        matches!(self.access(), Access::Takes)
    }

    /// Whether it says of somebody that they work here, or will.
    pub fn says_that_they_work_here(self) -> bool {
        matches!(
            self,
            Self::Hired
                | Self::Rehired
                | Self::TerminationCancelled
                | Self::Transferred
                | Self::Converted
                | Self::LeaveStarted
                | Self::LeaveEnded
        )
    }

    /// Whether it only tells: no rule can act on it.
    pub fn only_informs(self) -> bool {
        matches!(self, Self::AccountMissing | Self::AccountDrifted)
    }

    /// All their words, as messages list them.
    pub fn list() -> String {
        let words: Vec<_> = Self::ALL.iter().map(|kind| kind.word()).collect();
        words.join(", ")
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.word())
    }
}
