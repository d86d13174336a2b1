//! What a person's attributes should be, and whether anything may be deleted.

use super::{order, said};
use crate::simulation::fact::{Deed, Fact};
use jiff::Timestamp;
use std::collections::BTreeMap;

type Lane<'a> = (&'a str, bool);

/// What each attribute of the rule file's mapping is taken from.
type Taken = (&'static str, fn(&Fact) -> Option<&String>);

const MAPPING: [Taken; 5] = [
    ("userName", |fact| fact.profile.user_name.as_ref()),
    ("displayName", |fact| fact.profile.display_name.as_ref()),
    ("enterprise.department", |fact| fact.profile.department.as_ref()),
    ("emails.work", |fact| fact.profile.email.as_ref()),
    ("enterprise.employeeNumber", |fact| fact.profile.number.as_ref()),
];

/// Per attribute the last word that holds.
pub(super) fn attributes(facts: &[&Fact], now: Timestamp) -> BTreeMap<&'static str, String> {
    let told = |(name, value): Taken| {
        let words = standing(facts, value);
        let latest = |fact: &&Fact| {
            let (length, id) = said(fact);
            let told = (fact.sequence, length, id.to_owned());
            (since(fact), fact.time, fact.source.clone(), told)
        };
        let holds = |fact: &&Fact| since(fact) == fact.time || since(fact) <= now;
        let holding = words.iter().copied().filter(holds).max_by_key(latest);
        // Before the first announced day there is nothing else to go by.
        let said = holding.or_else(|| words.iter().copied().min_by_key(latest))?;
        Some((name, value(said)?.clone()))
    };
    MAPPING.into_iter().filter_map(told).collect()
}

/// Of each lane what stands: told in its order, a word about now replaces what held until then, a word
/// about a day to come replaces what was announced and has not come.
fn standing<'a>(facts: &[&'a Fact], value: fn(&Fact) -> Option<&String>) -> Vec<&'a Fact> {
    let mut lanes: BTreeMap<Lane<'_>, Vec<&Fact>> = BTreeMap::new();
    let speaking = facts.iter().filter(|fact| fact.deed.tells_profile());
    for fact in speaking.copied().filter(|fact| value(fact).is_some()) {
        lanes.entry(lane(fact)).or_default().push(fact);
    }
    let mut standing = Vec::new();
    for mut words in lanes.into_values() {
        words.sort_by(|one, other| order(one).cmp(&order(other)));
        let mut kept: Vec<&Fact> = Vec::new();
        for word in words {
            let is_announced = since(word) > word.time;
            kept.retain(|earlier| (since(earlier) <= word.time) == is_announced);
            kept.push(word);
        }
        standing.extend(kept);
    }
    standing
}

fn lane(fact: &Fact) -> Lane<'_> {
    (fact.source.as_str(), fact.sequence.is_some())
}

/// From when a word holds. What is known of a newcomer counts at once: the account is made ahead.
fn since(fact: &Fact) -> Timestamp {
    let dated = match fact.deed {
        Deed::Updated { from } => from,
        Deed::Transferred { from } | Deed::Converted { from } => Some(from),
        _ => None,
    };
    dated.map_or(fact.time, |from| from.max(fact.time))
}

pub(super) fn edges(facts: &[&Fact]) -> Vec<Timestamp> {
    let dated = facts.iter().filter(|fact| fact.deed.tells_profile() && since(fact) > fact.time);
    dated.map(|fact| since(fact)).collect()
}

/// While the last word of any source says so.
pub(super) fn is_on_legal_hold(facts: &[&Fact]) -> bool {
    let mut lanes: BTreeMap<Lane<'_>, &Fact> = BTreeMap::new();
    let speaking = facts.iter().filter(|fact| matches!(fact.deed, Deed::HoldChanged { .. }));
    for fact in speaking.copied() {
        let last = lanes.entry(lane(fact)).or_insert(fact);
        if order(fact) > order(last) {
            *last = fact;
        }
    }
    lanes.values().any(|fact| matches!(fact.deed, Deed::HoldChanged { on: true }))
}
