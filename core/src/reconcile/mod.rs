//! Lists of people, accounts and what usher knows, compared.
//!
//! Values come in and findings go out. Nothing is written anywhere by it, and nothing is decided: a
//! finding proposes, and rules act, behind limits and holds. Names are compared exactly, in the form in
//! which the engine compares them; who is merely like somebody is proposed to whoever looks. From what
//! is incomplete nothing is concluded, and the reason is said once.
//!
//! ```
//! use usher_core::model::TargetName;
//! use usher_core::reconcile::{
//!     self, Account, Authority, Exceptions, ExternalId, History, Inventory, KnownPeople, Kind, List,
//!     Question, Settings,
//! };
//! use usher_core::roster::{self, Expect, Form, Guard};
//!
//! let now = "2026-10-01T06:00:00Z".parse()?;
//! let expect = Expect { rows_least: Some(1), ..Expect::default() };
//! let guard = Guard { modified_at: Some(now), ..Guard::new(now, expect) };
//! let roster = roster::read(b"Name,Email\nKim Lee,kim@example.com\n", &Form::default(), &guard, None)?;
//!
//! let mut accounts = Inventory::new(TargetName::new("netskope"), now, ExternalId::Nothing);
//! accounts.add(&Account { id: "1", user_name: "kim@example.com", ..Account::default() });
//! accounts.add(&Account { id: "2", user_name: "bo@example.com", ..Account::default() });
//! accounts.close(Vec::new());
//!
//! let exceptions = Exceptions::default();
//! let question = Question {
//!     now,
//!     today: "2026-10-01".parse()?,
//!     lists: &[List { name: "hr", of: Authority::Hr, roster: Ok(&roster) }],
//!     known: &KnownPeople::default(),
//!     inventories: &[accounts],
//!     exceptions: Ok(&exceptions),
//!     history: &History::default(),
//!     settings: &Settings::default(),
//! };
//! let findings = reconcile::compare(&question);
//! let orphan = findings.of(Kind::Orphaned).next().expect("nobody knows bo");
//! assert_eq!(findings.row(orphan).account, Some("2"));
//! // One list alone makes nobody a leaver: the next comparison is told `findings.history`.
//! assert_eq!(orphan.proposed, reconcile::Proposed::AwaitList);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod beside;
mod compare;
mod completeness;
mod drift;
mod exception;
mod finding;
mod history;
mod inventory;
mod judge;
mod known;
mod likeness;
mod listed;
mod memory;
mod missing;
mod money;
mod owner;
mod report;
mod seats;
mod state;
mod telling;

pub use beside::Beside;
pub use compare::{Findings, Unconcluded, compare};
pub use completeness::{Completeness, Flaw};
pub use exception::{Exception, ExceptionFlaw, Exceptions, ExceptionsRefused};
pub use finding::{Evidence, Finding, InList, Kind, Likeness, Proposed};
pub use history::{History, Past, Round};
pub use inventory::{Account, ExternalId, Inventory, LastSeen};
pub use known::{Employment, KnownPeople, KnownPerson, KnownSeat, Wanted};
pub use listed::Signs;
pub use memory::{Memory, schema as schema_of_inventory};
pub use money::{Amount, NoAmount};
pub use report::Row;
pub use seats::{Cost, Counts, Per, Seats, SeatsRefused, SeatsUsed};
pub use telling::{SOURCE, Told, tell};

#[cfg(test)]
mod tests;

use crate::model::ids::TargetName;
use crate::roster::{Refused, Roster};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// All that is compared.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub now: Timestamp,
    /// Where the tenant is.
    pub today: Date,
    /// All that are configured, with those that were refused.
    pub lists: &'a [List<'a>],
    pub known: &'a KnownPeople,
    pub inventories: &'a [Inventory],
    pub exceptions: Result<&'a Exceptions, &'a ExceptionsRefused>,
    /// That of the last comparison.
    pub history: &'a History,
    pub settings: &'a Settings,
}

/// A list of people.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    pub name: &'a str,
    pub of: Authority,
    pub roster: Result<&'a Roster, &'a Refused>,
}

/// On what a list has the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// Who works here.
    Hr,
    /// Who has an account at the identity provider; that says of nobody that they have left.
    IdentityProvider,
}

/// How a comparison is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// So many lists, one after the other, make a leaver of whom they miss; never fewer than two.
    pub misses_least: u16,
    /// Between two such lists.
    pub between: SignedDuration,
    /// Starters of so many days should have their accounts.
    pub starters_days: u16,
    /// An account is unused after so many days.
    pub unused_days: u16,
    /// An older inventory is not compared.
    pub inventory_age_most: SignedDuration,
    /// Targets at which everybody in HR's lists should have an account, whatever rules say.
    pub everybody: BTreeSet<TargetName>,
    pub seats: BTreeMap<TargetName, Seats>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            misses_least: 2,
            between: SignedDuration::from_hours(12),
            starters_days: 14,
            unused_days: 90,
            inventory_age_most: SignedDuration::from_hours(24),
            everybody: BTreeSet::new(),
            seats: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// One list alone never makes a leaver.
    fn misses_least(&self) -> u16 {
        self.misses_least.max(2)
    }
}
