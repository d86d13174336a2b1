//! The names by which the world knows a person.

use super::ids::{ScimId, TargetName};
use super::{placeholder, text};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which kind of name it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AliasKind {
    EmployeeNumber,
    /// What an HR system calls the person over all employments and numbers.
    WorkerId,
    UserName,
    Email,
    /// An id of another system, with that system's name before it: `entra:4f0c…`.
    External,
}

impl AliasKind {
    /// Whether HR gives it to one person and to nobody else after them. Names are given anew.
    pub fn is_strong(self) -> bool {
        match self {
            Self::EmployeeNumber | Self::WorkerId => true,
            Self::UserName | Self::Email | Self::External => false,
        }
    }
}

/// For people: `employee number`.
impl fmt::Display for AliasKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::EmployeeNumber => "employee number",
            Self::WorkerId => "worker id",
            Self::UserName => "user name",
            Self::Email => "email",
            Self::External => "external",
        })
    }
}

/// How names are compared. State keeps the version that its names were made by.
///
/// 1: trimmed, NFC, lower case. 2: blanks of every kind, invisible signs and wide letters as well.
pub const CANONICAL_VERSION: u8 = 2;

/// A name in canonical form: without what nobody sees (`text::clean`), in Unicode's NFC, and lower
/// case.
///
/// SCIM compares user names without case (RFC 7643 §4.1.1), and mail hosts do the same. What stands
/// after a plus sign stays: `kim+admin@example.com` may be somebody else's.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Alias {
    kind: AliasKind,
    value: String,
}

impl Alias {
    /// `None` if there is nothing to see in `text`.
    pub fn parse(kind: AliasKind, text: &str) -> Option<Self> {
        let value = text::canonical(text);
        (!value.is_empty()).then_some(Self { kind, value })
    }

    /// The id that the system `scheme` gives.
    pub fn external(scheme: &str, id: &str) -> Option<Self> {
        let (scheme, id) = (text::clean(scheme), text::clean(id));
        let both = !scheme.is_empty() && !id.is_empty();
        both.then(|| Self::parse(AliasKind::External, &format!("{scheme}:{id}"))).flatten()
    }

    /// The name of an account that is known by its id alone. Ids tell small letters from capitals, and
    /// names do not, so its bytes stand for it.
    pub fn of_account(target: &TargetName, id: &ScimId) -> Option<Self> {
        let bytes = id.as_str().bytes().map(|byte| format!("{byte:02x}"));
        Self::external(&format!("{ACCOUNT_AT}{target}"), &bytes.collect::<String>())
    }

    /// Whether it is the name of an account, and of nobody.
    pub fn is_of_an_account(&self) -> bool {
        self.kind == AliasKind::External && self.value.starts_with(ACCOUNT_AT)
    }

    pub fn kind(&self) -> AliasKind {
        self.kind
    }

    /// The canonical value. Personal data: never log it.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The same name as this version compares it.
    #[must_use]
    pub fn made_anew(&self) -> Self {
        Self::parse(self.kind, &self.value).unwrap_or_else(|| self.clone())
    }

    /// Whether it stands where a name should and is none: `N/A`, `-`, `0`, `unknown`.
    pub fn is_placeholder(&self) -> bool {
        placeholder::is_one(self.kind, &self.value)
    }

    /// Whether it is the name of a machine, a service or nobody, as endpoint sensors report them:
    /// `nt authority\system`, `LAPTOP-7$`, `root`.
    pub fn is_of_a_machine(&self) -> bool {
        let name = match self.kind {
            AliasKind::EmployeeNumber | AliasKind::WorkerId | AliasKind::Email => return false,
            AliasKind::UserName => self.value.as_str(),
            AliasKind::External => self.value.split_once(':').map_or("", |(_, id)| id),
        };
        let (authority, account) = name.split_once('\\').unwrap_or(("", name));
        MACHINE_AUTHORITIES.contains(&authority)
            || MACHINE_ACCOUNTS.contains(&account)
            || MACHINE_SIDS.contains(&account)
            || account.ends_with('$')
    }
}

/// What stands before the target where an account has no other name.
const ACCOUNT_AT: &str = "account at ";

/// What Windows writes before the backslash of accounts that are nobody's.
const MACHINE_AUTHORITIES: [&str; 6] = [
    "nt authority",
    "nt service",
    "iis apppool",
    "window manager",
    "font driver host",
    "nt virtual machine",
];

/// Accounts of operating systems, and what sensors write where they know nobody.
const MACHINE_ACCOUNTS: [&str; 13] = [
    "system",
    "localsystem",
    "local system",
    "local service",
    "network service",
    "anonymous logon",
    "root",
    "nobody",
    "n/a",
    "-",
    "null",
    "none",
    "unknown",
];

/// The same as security identifiers: SYSTEM, LOCAL SERVICE, NETWORK SERVICE, ANONYMOUS.
const MACHINE_SIDS: [&str; 4] = ["s-1-5-18", "s-1-5-19", "s-1-5-20", "s-1-5-7"];

/// Masked, so that a log line cannot leak it.
impl fmt::Debug for Alias {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}(***)", self.kind)
    }
}
