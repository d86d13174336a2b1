//! What usher knows of people and rules, as whoever asks sees it.
//!
//! State records and lines of the audit come in as values, and answers go out as values: the command
//! line prints them, pages and programs will show them, and none of these judges anything itself.
//! Enums stay enums until they are printed. What a value is called when it is serialised is a promise
//! (`docs/what-if.md`); new members may come.

/// Where two states of people want something else.
pub mod difference;
/// What waits for somebody, and what is paused.
pub mod held;
/// What the audit says of a person.
pub mod history;
/// A person, judged.
pub mod matter;
/// What would change if people were moved to other rules.
pub mod moved;
/// Who goes by a name.
pub mod people;
/// The answer about one person.
pub mod person;
/// What rules make of events of the past.
pub mod simulated;
/// Who is tried again, and when.
pub mod tries;
/// Who somebody is, before operators say who is who.
pub mod who;
/// Values in the words of people.
pub mod words;

#[cfg(test)]
mod tests;

use crate::model::ids::{GroupName, TargetName, TenantName};
use crate::rules::RuleSet;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A tenant as far as questions go.
#[derive(Clone, Debug)]
pub struct Scope {
    pub tenant: TenantName,
    /// Those of today.
    pub rules: Arc<RuleSet>,
    pub targets: Vec<Target>,
}

/// A target of it.
#[derive(Clone, Debug)]
pub struct Target {
    pub name: TargetName,
    /// Groups that take access from their members.
    pub restricting: BTreeSet<GroupName>,
}
