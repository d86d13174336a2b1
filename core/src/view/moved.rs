//! What would change if people were moved to other rules.

use super::Scope;
use super::difference::{self, Place, Row};
use crate::engine::record::Kept;
use crate::engine::state::Baseline;
use crate::engine::will::restate::{Tally, restate};
use crate::model::ids::{PersonId, RuleName, TenantName};
use crate::rules::RuleSet;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The answer: everybody's claims, told anew.
#[derive(Debug, Serialize)]
pub struct Moved {
    pub tenant: TenantName,
    pub judged_at: Timestamp,
    /// How many were looked at.
    pub people: usize,
    pub would_change: usize,
    pub notes: Vec<Note>,
    /// By the rule that asserted it today.
    pub rules: BTreeMap<RuleName, OfRule>,
    /// By whom they are known, and then where.
    pub rows: Vec<Row>,
}

/// What became of the assertions of one rule, and of how many people an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OfRule {
    pub assertions: usize,
    pub restated: usize,
    pub withdrawn: usize,
    pub keeps_end: usize,
    pub people: usize,
}

/// What the reader must know to trust the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// So many assertions end as they did: their rule ends them at an instant of the event.
    KeepEnds(usize),
    ProfileStays,
}

/// Moves `people` to `rules` at `now`.
pub fn moved<'a>(
    scope: &Scope,
    people: impl Iterator<Item = &'a Kept>,
    rules: &RuleSet,
    now: Timestamp,
) -> Moved {
    let nothing = Baseline::default();
    let (mut known, mut rows) = (0, Vec::new());
    let mut by_rule: BTreeMap<RuleName, Tally> = BTreeMap::new();
    for Kept { person, seats } in people {
        known += 1;
        let moved = restate(person, rules, now);
        for (rule, tally) in moved.by_rule {
            by_rule.entry(rule).or_default().add(tally);
        }
        for target in &scope.targets {
            let seat = seats.get(&target.name);
            let baseline = seat.map_or(&nothing, |seat| &seat.baseline);
            let place = Place { person, target, now };
            rows.extend(place.compare(person, &moved.person, baseline));
        }
    }
    difference::sort(&mut rows);
    let rules = of_rules(by_rule, &rows);
    Moved {
        tenant: scope.tenant.clone(),
        judged_at: now,
        people: known,
        would_change: difference::people(&rows),
        notes: notes(&rules),
        rules,
        rows,
    }
}

fn of_rules(by_rule: BTreeMap<RuleName, Tally>, rows: &[Row]) -> BTreeMap<RuleName, OfRule> {
    let mut people: BTreeMap<RuleName, BTreeSet<&PersonId>> = BTreeMap::new();
    for row in rows {
        for rule in row.rules() {
            people.entry(rule).or_default().insert(&row.person);
        }
    }
    let of = |Tally { assertions, restated, withdrawn, keeps_end }| OfRule {
        assertions,
        restated,
        withdrawn,
        keeps_end,
        people: 0,
    };
    let mut rules: BTreeMap<RuleName, OfRule> =
        by_rule.into_iter().map(|(rule, tally)| (rule, of(tally))).collect();
    for (rule, people) in people {
        rules.entry(rule).or_default().people = people.len();
    }
    rules
}

fn notes(rules: &BTreeMap<RuleName, OfRule>) -> Vec<Note> {
    let keep_ends: usize = rules.values().map(|rule| rule.keeps_end).sum();
    let keep_ends = (keep_ends > 0).then_some(Note::KeepEnds(keep_ends));
    keep_ends.into_iter().chain([Note::ProfileStays]).collect()
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeepEnds(assertions) => write!(
                out,
                "{assertions} assertions keep their old end: their rule ends them at an instant of \
                 the event, which is not kept"
            ),
            Self::ProfileStays => out.write_str(
                "values of the profile stay as they are; the new mapping counts from the next event \
                 on",
            ),
        }
    }
}
