//! What truly happens in a generated company.
//!
//! The oracle reads facts; the engine gets the events that sources make of them. Nothing else is
//! shared between the two.

use crate::model::event_kind::EventKind;
use jiff::Timestamp;

/// Somebody in a generated company.
#[derive(Clone, Debug)]
pub struct Person {
    pub tenant: usize,
    /// Employee numbers, oldest first; a conversion may bring another one.
    pub numbers: Vec<String>,
    /// What the HR system calls the person over all numbers, if it has such a thing.
    pub worker: Option<String>,
    /// User names, oldest first; the account that was there before has the first.
    pub user_names: Vec<String>,
    pub emails: Vec<String>,
    /// Employments' ids, oldest first; none if the HR sources know no such thing.
    pub employments: Vec<String>,
    /// The account that was there before usher came.
    pub before: Option<Before>,
    /// A user name of theirs is somebody else's, too.
    pub is_contested: bool,
    /// What everybody calls them, if that does not change.
    pub called: Option<String>,
    /// Sources write their user name in capitals.
    pub in_capitals: bool,
}

/// What an account was before the first claim touched it.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    pub active: bool,
    pub in_vpn: bool,
}

/// A name by which a source knows somebody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    Number(String),
    Worker(String),
    User(String),
    Email(String),
}

/// What happened to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Hired {
        from: Timestamp,
    },
    HireCancelled,
    /// What HR knows of a person; from a day on, if one is named.
    Updated {
        from: Option<Timestamp>,
    },
    Transferred {
        from: Timestamp,
    },
    /// Another employment begins.
    Converted {
        from: Timestamp,
    },
    Terminated {
        from: Timestamp,
    },
    AccessRevoked,
    TerminationCancelled,
    Rehired {
        at: Timestamp,
    },
    RehireCancelled,
    LeaveStarted {
        from: Timestamp,
    },
    LeaveEnded,
    HoldChanged {
        on: bool,
    },
    RiskRaised {
        level: &'static str,
    },
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
    /// By which the source knows the person; never empty.
    pub names: Vec<Name>,
    pub employment: Option<String>,
    pub detection: Option<String>,
    /// The profile as this source knows it; for the deeds that carry one.
    pub profile: Profile,
}

/// What a source says of a person's attributes.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub user_name: Option<String>,
    pub email: Option<String>,
    pub number: Option<String>,
    pub display_name: Option<String>,
    pub department: Option<String>,
}

impl Name {
    /// Whether it is one person's for ever.
    pub fn is_strong(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Worker(_))
    }

    /// Whether an account can be looked up by it.
    pub fn finds_accounts(&self) -> bool {
        !self.is_strong()
    }
}

impl Person {
    /// Every name that any source may ever know the person by.
    pub fn names(&self) -> Vec<Name> {
        let numbers = self.numbers.iter().cloned().map(Name::Number);
        let workers = self.worker.iter().cloned().map(Name::Worker);
        let users = self.user_names.iter().cloned().map(Name::User);
        let emails = self.emails.iter().cloned().map(Name::Email);
        numbers.chain(workers).chain(users).chain(emails).collect()
    }
}

impl Person {
    /// A user name as sources write it.
    pub fn spelled(&self, name: &str) -> String {
        if self.in_capitals { name.to_uppercase() } else { name.to_owned() }
    }

    /// The names that count now.
    pub fn profile(&self) -> Profile {
        Profile {
            user_name: self.user_names.last().map(|name| self.spelled(name)),
            email: self.emails.last().cloned(),
            number: self.numbers.last().cloned(),
            ..Profile::default()
        }
    }
}

impl Deed {
    /// The event's type as rules write it.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Hired { .. } => EventKind::Hired,
            Self::HireCancelled => EventKind::HireCancelled,
            Self::Updated { .. } => EventKind::Updated,
            Self::Transferred { .. } => EventKind::Transferred,
            Self::Converted { .. } => EventKind::Converted,
            Self::Terminated { .. } => EventKind::Terminated,
            Self::AccessRevoked => EventKind::AccessRevoked,
            Self::TerminationCancelled => EventKind::TerminationCancelled,
            Self::Rehired { .. } => EventKind::Rehired,
            Self::RehireCancelled => EventKind::RehireCancelled,
            Self::LeaveStarted { .. } => EventKind::LeaveStarted,
            Self::LeaveEnded => EventKind::LeaveEnded,
            Self::HoldChanged { .. } => EventKind::LegalHoldChanged,
            Self::RiskRaised { .. } => EventKind::RiskRaised,
            Self::CredentialCompromised => EventKind::CredentialCompromised,
            Self::RiskCleared => EventKind::RiskCleared,
        }
    }

    /// When it takes effect, if the event says so.
    pub fn effective_at(&self) -> Option<Timestamp> {
        match self {
            Self::Hired { from }
            | Self::Transferred { from }
            | Self::Converted { from }
            | Self::Terminated { from }
            | Self::LeaveStarted { from } => Some(*from),
            Self::Rehired { at } => Some(*at),
            Self::Updated { from } => *from,
            Self::HireCancelled
            | Self::AccessRevoked
            | Self::TerminationCancelled
            | Self::RehireCancelled
            | Self::LeaveEnded
            | Self::HoldChanged { .. }
            | Self::RiskRaised { .. }
            | Self::CredentialCompromised
            | Self::RiskCleared => None,
        }
    }

    pub fn is_security(&self) -> bool {
        matches!(self, Self::RiskRaised { .. } | Self::CredentialCompromised | Self::RiskCleared)
    }

    /// Whether it brings what a source knows of the person's attributes.
    pub fn tells_profile(&self) -> bool {
        matches!(
            self,
            Self::Hired { .. }
                | Self::Rehired { .. }
                | Self::Updated { .. }
                | Self::Transferred { .. }
                | Self::Converted { .. }
        )
    }

    /// Whether it ends something and begins nothing.
    pub fn only_withdraws(&self) -> bool {
        matches!(
            self,
            Self::HireCancelled | Self::TerminationCancelled | Self::LeaveEnded | Self::RiskCleared
        )
    }

    /// Whether it takes access by itself.
    pub fn takes_access(&self) -> bool {
        matches!(
            self,
            Self::Terminated { .. }
                | Self::AccessRevoked
                | Self::HireCancelled
                | Self::RehireCancelled
                | Self::LeaveStarted { .. }
                | Self::RiskRaised { .. }
                | Self::CredentialCompromised
        )
    }

    /// Whether an account is wanted because of it.
    pub fn employs(&self) -> bool {
        matches!(self, Self::Hired { .. } | Self::Rehired { .. } | Self::Converted { .. })
    }
}

impl Fact {
    /// Whether one may take the other's place: about one employment, and one finding.
    pub fn is_of_one_matter(&self, other: &Self) -> bool {
        self.employment == other.employment && self.detection == other.detection
    }

    /// Whether an employment begins by it that is a contractor's.
    pub fn is_of_a_contractor(&self) -> bool {
        let is_second = |id: &String| id.ends_with("-1");
        self.deed.employs() && self.employment.as_ref().is_some_and(is_second)
    }

    /// Whether nothing is asserted, withdrawn or told by it, though names and holds may be.
    pub fn speaks_of_nothing(&self) -> bool {
        let Profile { user_name, email, number, display_name, department } = &self.profile;
        let told = [user_name, email, number, display_name, department];
        let is_empty = told.iter().all(|word| word.is_none());
        let only_tells = self.deed.tells_profile() && !self.deed.employs();
        self.says_nothing()
            || matches!(self.deed, Deed::HoldChanged { .. })
            || only_tells && is_empty
    }

    /// Whether no rule speaks about it, so that nothing comes of it, not even a name.
    pub fn says_nothing(&self) -> bool {
        matches!(self.deed, Deed::RiskRaised { level } if !matches!(level, "high" | "critical"))
    }
}
