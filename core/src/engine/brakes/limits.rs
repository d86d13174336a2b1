//! How many people a target may be changed for in any hour and any day.

use super::counters::Window;
use super::kind::LimitKind;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt;

/// The accounts that percents are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denominator {
    pub accounts: usize,
    /// When the inventory was read that shows them; `None`: they are those that usher has bound.
    pub of: Option<Timestamp>,
}

impl fmt::Display for Denominator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accounts = self.accounts;
        match self.of {
            Some(of) => write!(out, "the inventory of {of:.0} has {accounts} active accounts"),
            None => write!(out, "{accounts} accounts are known there"),
        }
    }
}

/// Fewer accounts than this have no percent worth the name.
const SMALL: usize = 100;
/// What a small company may lose in a window: so many people, or this share of them.
const SMALL_COUNT: usize = 3;
const SMALL_PERCENT: usize = 20;

/// The limits of one target; a kind that is not named has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    pub kinds: BTreeMap<LimitKind, Limit>,
    /// How many percent of a group's members may be taken out of it within an hour, if it has at least
    /// `group_least` of them.
    pub group_percent: Option<u8>,
    pub group_least: usize,
    pub reserve: Reserve,
}

/// What binds within an hour, and what within a day; the stricter counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    pub hour: Ceiling,
    pub day: Ceiling,
}

/// So many people, and so many percent of the accounts; the stricter counts. `None`: no such ceiling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ceiling {
    pub count: Option<u32>,
    pub percent: Option<u8>,
}

/// Cuts beyond the limit, for claims of precedence `security` alone: a flood of terminations cannot keep
/// a quarantine waiting, and no single sensor can use it up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reserve {
    pub an_hour: u32,
    pub per_source: u32,
    pub per_rule: u32,
}

impl Limits {
    /// What holds if nothing else is said.
    pub fn usual() -> Self {
        let ceiling = |count, percent| Ceiling { count: Some(count), percent: Some(percent) };
        let limit = |hour, day| Limit { hour, day };
        let kinds = [
            (LimitKind::Cut, limit(ceiling(25, 5), ceiling(100, 10))),
            (LimitKind::Delete, limit(ceiling(10, 1), ceiling(10, 1))),
            (LimitKind::Create, limit(ceiling(200, 20), ceiling(1000, 100))),
            (LimitKind::Leave, limit(ceiling(100, 10), ceiling(400, 20))),
            (LimitKind::Grant, limit(ceiling(200, 20), ceiling(1000, 50))),
            (LimitKind::Change, limit(ceiling(100, 10), ceiling(400, 20))),
        ];
        Self {
            kinds: kinds.into(),
            group_percent: Some(20),
            group_least: 25,
            reserve: Reserve { an_hour: 10, per_source: 5, per_rule: 3 },
        }
    }
}

impl Limit {
    /// What binds within that time.
    pub fn within(self, window: Window) -> Ceiling {
        match window {
            Window::Hour => self.hour,
            Window::Day => self.day,
        }
    }
}

impl Ceiling {
    /// How many people it lets through where the target has so many accounts; `None`: all.
    pub fn of(self, kind: LimitKind, accounts: usize) -> Option<usize> {
        let count = self.count.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        let share = self.percent.and_then(|percent| share(kind, usize::from(percent), accounts));
        match (count, share) {
            (Some(count), Some(share)) => Some(count.min(share)),
            (count, share) => count.or(share),
        }
    }
}

fn share(kind: LimitKind, percent: usize, accounts: usize) -> Option<usize> {
    match kind {
        // Before there are accounts there is nothing to take a share of, and a first day must be possible.
        LimitKind::Create if accounts < SMALL => None,
        LimitKind::Cut
        | LimitKind::Delete
        | LimitKind::Create
        | LimitKind::Leave
        | LimitKind::Grant
        | LimitKind::Change => Some(if accounts < SMALL {
            SMALL_COUNT.max(accounts * SMALL_PERCENT / 100)
        } else {
            accounts * percent / 100
        }),
    }
}
