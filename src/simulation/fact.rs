//! What truly happens in a generated company.
//!
//! The oracle reads facts; the engine gets the events that sources make of them. Nothing else is
//! shared between the two.

use jiff::Timestamp;

/// Somebody in a generated company.
#[derive(Clone, Debug)]
pub struct Person {
    pub tenant: usize,
    pub employee_number: String,
    pub user_name: String,
    pub email: String,
    /// The employment's id, if the HR sources of this person's company know such a thing.
    pub employment: Option<String>,
    /// The account that was there before usher came.
    pub before: Option<Before>,
}

/// What an account was before the first claim touched it.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    pub active: bool,
    pub in_vpn: bool,
}

/// What happened to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Hired { from: Timestamp },
    Updated,
    Terminated { from: Timestamp },
    TerminationCancelled,
    Rehired { at: Timestamp },
    LeaveStarted { from: Timestamp },
    LeaveEnded,
    RiskRaised { level: &'static str },
    CredentialCompromised,
    RiskCleared,
}

/// One thing that one source says happened to one person at one time.
#[derive(Clone, Debug)]
pub struct Fact {
    pub person: usize,
    pub source: String,
    pub id: String,
    pub time: Timestamp,
    pub sequence: Option<u64>,
    pub deed: Deed,
    pub employment: Option<String>,
    pub detection: Option<String>,
    /// The profile as this source knows it; for the deeds that carry one.
    pub profile: Profile,
}

/// What a source says of a person's attributes.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub user_name: String,
    pub display_name: Option<String>,
    pub department: Option<String>,
}

impl Deed {
    /// The event's type as rules write it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Hired { .. } => "worker.hired",
            Self::Updated => "worker.updated",
            Self::Terminated { .. } => "worker.terminated",
            Self::TerminationCancelled => "worker.termination.cancelled",
            Self::Rehired { .. } => "worker.rehired",
            Self::LeaveStarted { .. } => "worker.leave.started",
            Self::LeaveEnded => "worker.leave.ended",
            Self::RiskRaised { .. } => "risk.raised",
            Self::CredentialCompromised => "credential.compromised",
            Self::RiskCleared => "risk.cleared",
        }
    }

    /// When it takes effect, if the event says so.
    pub fn effective_at(&self) -> Option<Timestamp> {
        match self {
            Self::Hired { from } | Self::Terminated { from } | Self::LeaveStarted { from } => {
                Some(*from)
            }
            Self::Rehired { at } => Some(*at),
            Self::Updated
            | Self::TerminationCancelled
            | Self::LeaveEnded
            | Self::RiskRaised { .. }
            | Self::CredentialCompromised
            | Self::RiskCleared => None,
        }
    }

    pub fn is_security(&self) -> bool {
        matches!(self, Self::RiskRaised { .. } | Self::CredentialCompromised | Self::RiskCleared)
    }
}
