//! What a target lets one read besides its SCIM accounts and groups, if the token was granted it.
//!
//! Each scope is asked for one by one, and each may be missing: then that is said, and nothing is
//! concluded from what is not there. What answers look like is not promised by anybody, so they are
//! read leniently: a list is found under several names, and what cannot be told apart is counted.

mod ask;
mod export;
mod lenient;
mod page;
mod policy;
mod rows;

pub use ask::{Question, question};
pub use export::{Unread, export};
pub use page::{Grant, ScopePage, read};
pub use policy::{Policies, Policy, Reach};
pub use rows::{Administrator, AdministratorKind, Device, Found, Managed, OwnToken};

use serde::{Deserialize, Serialize};
use std::fmt;

/// Something that a token may be granted.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Who made each account and group, and what was deleted.
    UserManagement,
    /// Rules of private access: which users and groups reach which apps.
    Policies,
    /// When each user's client was last seen.
    Devices,
    /// Administrators of the console, and service accounts.
    Administrators,
    /// The end of the token that usher itself uses.
    Tokens,
}

impl Scope {
    pub const ALL: [Self; 5] =
        [Self::UserManagement, Self::Policies, Self::Devices, Self::Administrators, Self::Tokens];

    /// As the configuration writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::UserManagement => "user_management",
            Self::Policies => "policies",
            Self::Devices => "devices",
            Self::Administrators => "administrators",
            Self::Tokens => "tokens",
        }
    }

    /// The lists that make it up, in the order in which they are read.
    pub fn lists(self) -> &'static [List] {
        match self {
            Self::UserManagement => &[List::ManagedUsers, List::ManagedGroups],
            Self::Policies => &[List::PrivateAccessRules],
            Self::Devices => &[List::Devices],
            Self::Administrators => &[List::Administrators],
            Self::Tokens => &[List::Tokens],
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// A list that is asked for page by page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    ManagedUsers,
    ManagedGroups,
    PrivateAccessRules,
    Devices,
    /// The same from events, where there is no list of devices.
    ClientStatus,
    Administrators,
    Tokens,
}

impl List {
    pub fn scope(self) -> Scope {
        match self {
            Self::ManagedUsers | Self::ManagedGroups => Scope::UserManagement,
            Self::PrivateAccessRules => Scope::Policies,
            Self::Devices | Self::ClientStatus => Scope::Devices,
            Self::Administrators => Scope::Administrators,
            Self::Tokens => Scope::Tokens,
        }
    }

    /// Where it is, from the root of the target's host; at Netskope that is the scope's name, too.
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::ManagedUsers => "/api/v2/users/getusers",
            Self::ManagedGroups => "/api/v2/users/getgroups",
            Self::PrivateAccessRules => "/api/v2/policy/npa/rules",
            Self::Devices => "/api/v2/steering/devices",
            Self::ClientStatus => "/api/v2/events/datasearch/clientstatus",
            Self::Administrators => "/api/v2/platform/administration/scim/Users",
            Self::Tokens => "/api/v2/auth/tokens",
        }
    }

    /// Where else the same is found, at targets that do not have this list.
    pub fn otherwise(self) -> Option<Self> {
        match self {
            Self::Devices => Some(Self::ClientStatus),
            Self::ManagedUsers
            | Self::ManagedGroups
            | Self::PrivateAccessRules
            | Self::ClientStatus
            | Self::Administrators
            | Self::Tokens => None,
        }
    }
}
