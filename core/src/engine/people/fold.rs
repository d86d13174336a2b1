//! Event × statements of rules → claims.
//!
//! Pure, and free of the order of arrival up to each source's own order (see `claims`).

use crate::engine::said::claims::{Instance, Mark, Noted, Span, Word};
use crate::engine::said::employment;
use crate::engine::said::profile;
use crate::engine::state::{Person, ProfileMark, Seen};
use crate::model::Alias;
use crate::model::account::AttributeName;
use crate::model::claim::{By, ClaimName, Statement};
use crate::model::code::Code;
use crate::model::decision::{Decision, RuleEffect, Why};
use crate::model::event::{Event, EventClass, OrderKey};
use crate::model::ids::RuleName;
use crate::model::operation::Field;
use crate::model::position::EventPosition;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What folding one event did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    pub decision: Decision,
    pub effects: Vec<RuleEffect>,
    /// What was said after it of such a claim is forgotten, so nobody knows whether it should count.
    pub is_blind: bool,
}

/// Lets `event`, which came at `place`, change the claims of `person`, as `statements` say.
pub fn fold(
    person: &mut Person,
    event: &Event,
    place: &EventPosition,
    statements: Vec<Statement>,
) -> Folded {
    let seen = Seen::of(event);
    if let Some(decision) = person.before(seen).decision() {
        return Folded { decision, effects: Vec::new(), is_blind: false };
    }
    person.remember(seen);
    let key = person.order_of(event, place);
    person.learn(event, names_taught(event));
    employment::note(person, event, &key);
    end_as_nobodys(person, (event, &key));
    profile::note_legal_hold(person, event, &key);
    let is_blind =
        statements.iter().any(|statement| is_behind_forgotten(person, (event, &key), statement));
    let effects: Vec<RuleEffect> =
        statements.into_iter().map(|statement| state(person, (event, &key), statement)).collect();
    note_place(person, (event, &key), place);
    Folded { decision: weightiest(&effects), effects, is_blind }
}

/// The names by which the event's person is known from now on.
pub fn names_taught(event: &Event) -> impl Iterator<Item = &Alias> {
    let is_signal = event.kind.class() != EventClass::Hr;
    event.aliases.iter().filter(move |alias| !is_signal || !alias.is_of_a_machine())
}

/// An event, and its place in its lane.
type Told<'a> = (&'a Event, &'a OrderKey);

/// From when HR says that somebody works here, what was said of their account as nobody's is over, whenever
/// that was: lists are older than what comes while they are compared.
fn end_as_nobodys(person: &mut Person, (event, key): Told<'_>) {
    if !event.kind.says_that_they_work_here() {
        return;
    }
    let of_account = person.claims.iter().filter(|claim| claim.is_of_account());
    let said = of_account.map(|claim| (claim.name.clone(), claim.last_heard()));
    let said: Vec<(ClaimName, Option<Timestamp>)> = said.collect();
    for (claim, heard) in said {
        let after = heard.and_then(|at| at.checked_add(SignedDuration::from_nanos(1)).ok());
        let time = after.map_or(key.time, |after| key.time.max(after));
        let at = event.effective_at.map_or(time, |effective| effective.max(time));
        let key = OrderKey { sequence: None, time, ..key.clone() };
        note(person, &claim, &By::Person, (event, &key), Word::Withdraw { at });
    }
}

/// What the event has said is found again by where it stood.
fn note_place(person: &mut Person, (event, key): Told<'_>, place: &EventPosition) {
    let is_of_it = |mark: &&mut Mark| mark.source == event.source && mark.key == *key;
    let marks = person.claims.iter_mut().flat_map(|kept| &mut kept.marks);
    for mark in marks.filter(is_of_it) {
        mark.at.get_or_insert(place.digest());
    }
}

/// Whether another source has said something later of such a claim, which is forgotten, and nothing is
/// kept of this one.
fn is_behind_forgotten(person: &Person, (event, key): Told<'_>, statement: &Statement) -> bool {
    let Statement::Assert { claim, by, .. } = statement else { return false };
    let is_kept = person.claims.iter().any(|kept| kept.name == *claim && kept.by == *by);
    !is_kept && person.has_others_forgotten_since(claim, &event.source, key)
}

fn state(person: &mut Person, told: Told<'_>, statement: Statement) -> RuleEffect {
    match statement {
        Statement::Assert { claim, by, assertion } => {
            let rule = assertion.rule.clone();
            let rule_hash = Some(assertion.rule_hash.clone());
            let decision = note(person, &claim, &by, told, Word::Assert(Box::new(assertion)));
            RuleEffect { rule, rule_hash, claim, decision }
        }
        Statement::Withdraw { claim, by, at, rule } => {
            let decision = note(person, &claim, &by, told, Word::Withdraw { at });
            RuleEffect { rule, rule_hash: None, claim, decision }
        }
        Statement::Profile { attributes, rule } => note_profile(person, told, attributes, rule),
    }
}

/// Notes a word and says what it changed for the instances that it covers.
fn note(person: &mut Person, claim: &str, by: &By, (event, key): Told<'_>, word: Word) -> Decision {
    let asserts = matches!(word, Word::Assert(_));
    let before = in_sum(person, claim, by);
    let position = person.claims.iter().position(|kept| kept.name == claim && kept.by == *by);
    let mark = Mark { source: event.source.clone(), key: key.clone(), word, at: None };
    if position.is_none() && person.has_forgotten(claim, &mark) {
        return Decision::Stale;
    }
    let index = position.unwrap_or_else(|| {
        person.claims.push(Instance::new(claim.to_owned(), by.clone()));
        person.claims.len() - 1
    });
    let noted = person.claims.get_mut(index).map_or(Noted::Stale, |kept| kept.note(mark));
    if noted == Noted::Stale {
        return Decision::Stale;
    }
    let after = in_sum(person, claim, by);
    match (asserts, before == after) {
        (_, true) if asserts => Decision::Stale,
        (true, _) if outlasts(&before, &after) => Decision::Extended,
        (true, _) => Decision::Asserted,
        // A withdrawal of what is not there still counts: it leaves a trace.
        (false, _) => Decision::Withdrew,
    }
}

/// When the instances that a word on (`claim`, `by`) touches are in force.
type Sum = Vec<(Timestamp, Option<Timestamp>, Timestamp)>;

fn in_sum(person: &Person, claim: &str, by: &By) -> Sum {
    let word_on = Instance::new(claim.to_owned(), by.clone());
    person
        .claims
        .iter()
        .filter(|kept| (kept.name == claim && kept.by == *by) || kept.is_covered_by(&word_on))
        .flat_map(|kept| kept.spans(&person.claims))
        .map(|span: Span<'_>| (span.from, span.until, span.said_at))
        .collect()
}

/// Whether a claim that stood goes on standing, only longer.
fn outlasts(before: &Sum, after: &Sum) -> bool {
    let end = |sum: &Sum| sum.iter().map(|(_, until, _)| until.unwrap_or(Timestamp::MAX)).max();
    let starts = |sum: &Sum| sum.iter().map(|(from, _, _)| *from).min();
    !before.is_empty() && end(after) > end(before) && starts(after) <= end(before)
}

fn note_profile(
    person: &mut Person,
    (event, key): Told<'_>,
    attributes: BTreeMap<AttributeName, Field>,
    rule: RuleName,
) -> RuleEffect {
    let mut decision = Decision::Stale;
    for (name, value) in attributes {
        let marks = person.profile.entry(name).or_default();
        let mark = profile::mark_of(event, key.clone(), value);
        let (said, asked) = (mark.key.clone(), mark.asked);
        let is_behind = |other: &ProfileMark| {
            if asked == other.asked { other.key.time <= said.time } else { !asked }
        };
        if profile::note(marks, mark) && marks.iter().all(is_behind) {
            decision = Decision::Asserted;
        }
    }
    RuleEffect { rule, rule_hash: None, claim: "profile".to_owned(), decision }
}

/// One word for the event: what changed most.
fn weightiest(effects: &[RuleEffect]) -> Decision {
    for wanted in [Decision::Asserted, Decision::Extended, Decision::Withdrew, Decision::Stale] {
        if effects.iter().any(|effect| effect.decision == wanted) {
            return wanted;
        }
    }
    Decision::Skipped(no_rule())
}

/// Why nothing came of an event.
pub fn no_rule() -> Why {
    Why::new(
        Code::RuleNone,
        Some("type"),
        "no rule of this tenant speaks about this event; nothing to do unless one should",
    )
}
