//! What usher knows of people and rules, as whoever asks sees it.
//!
//! State records and lines of the audit come in as values, and answers go out as values: the command
//! line prints them, pages and programs will show them, and none of these judges anything itself.
//! Enums stay enums until they are printed. What a value is called when it is serialised is a promise
//! (`docs/what-if.md`); new members may come.

/// Reasons for findings, in words.
pub mod because;
/// One line of the audit, whoever it is about.
pub mod entry;
/// What comes of a record.
pub mod decoded;
/// A person at a glance.
pub mod glance;
/// Where two states of people want something else.
pub mod difference;
/// What waits for somebody, and what is paused.
pub mod held;
/// What the audit says of a person.
pub mod history;
/// JSON without what it says of people.
pub mod masked;
/// A person, judged.
pub mod matter;
/// A parked record that somebody has mended.
pub mod mended;
/// What would change if people were moved to other rules.
pub mod moved;
/// What an override or a reassertion would do.
pub mod overridden;
/// Records that were set aside.
pub mod parked;
/// Who goes by a name.
pub mod people;
/// The answer about one person.
pub mod person;
/// What rules make of events of the past.
pub mod simulated;
/// Whether anything waits for somebody.
pub mod status;
/// Who is tried again, and when.
pub mod tries;
/// What an undo would do.
pub mod undoing;
/// What would let a held row go.
mod release;
/// Who somebody is, before operators say who is who.
pub mod who;
/// The answer about one person, without what they are called.
pub mod veiled;
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
