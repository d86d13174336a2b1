//! Claims that meet: two rules on one claim, withdrawals that miss, ends that never come.

use super::finding::{Finding, Lint};
use super::{Surroundings, asserting, claim_of, facts, is_silent};
use crate::model::claim::Precedence;
use crate::model::event::EventClass;
use crate::model::event_kind::EventKind;
use crate::rules::error::word;
use crate::rules::expression::contradict;
use crate::rules::grammar::ByWord;
use crate::rules::{Action, Assert, End, Rule, RuleSet, Trigger, Withdraw};
use std::collections::BTreeSet;

/// Events by which somebody comes back.
const RETURNS: [EventKind; 2] = [EventKind::Rehired, EventKind::Hired];

pub(super) fn lint(rules: &RuleSet, around: &Surroundings, found: &mut Vec<Finding>) {
    for (index, rule) in rules.rules.iter().enumerate() {
        for other in rules.rules.iter().take(index) {
            overlap(other, rule, found);
        }
        if let Action::Withdraw(withdraw) = &rule.action {
            unused(rules, rule, withdraw, around, found);
            misses(rules, rule, withdraw, found);
        }
    }
    for (rule, assert) in asserting(rules) {
        crosses(rules, rule, assert, found);
        no_end(rules, rule, assert, found);
        no_way_back(rules, rule, assert, found);
    }
}

fn withdrawing<'a>(
    rules: &'a RuleSet,
    claim: &'a str,
) -> impl Iterator<Item = (&'a Rule, &'a Withdraw)> {
    rules.rules.iter().filter_map(move |rule| match &rule.action {
        Action::Withdraw(withdraw) if withdraw.claim == claim => Some((rule, withdraw)),
        Action::Withdraw(_) | Action::Assert(_) => None,
    })
}

fn by_of(rule: &Rule) -> Option<ByWord> {
    match &rule.action {
        Action::Assert(assert) => assert.by,
        Action::Withdraw(withdraw) => withdraw.by,
    }
}

/// What tells the claim's instances apart on events of the type.
fn by_on(rule: &Rule, trigger: &Trigger) -> ByWord {
    by_of(rule).unwrap_or(match trigger.kind.class() {
        EventClass::Security => ByWord::Detection,
        EventClass::Hr => ByWord::Employment,
        EventClass::Account | EventClass::Request => ByWord::Source,
    })
}

/// Two words of one event on one claim: the second is never heard.
fn overlap(first: &Rule, second: &Rule, found: &mut Vec<Finding>) {
    if claim_of(first) != claim_of(second) {
        return;
    }
    let meets = |trigger: &&Trigger| {
        let Some(same) = first.triggers.iter().find(|it| it.kind == trigger.kind) else {
            return false;
        };
        let both: Vec<_> = facts(first, same).into_iter().chain(facts(second, trigger)).collect();
        !contradict(&both) && by_on(first, same) == by_on(second, trigger)
    };
    let meeting: Vec<_> = second.triggers.iter().filter(meets).collect();
    let Some(trigger) = meeting.first() else { return };
    let kinds: Vec<_> = meeting.iter().map(|it| format!("`{}`", it.kind)).collect();
    let verb = |rule: &Rule| match &rule.action {
        Action::Assert(_) => "asserts",
        Action::Withdraw(_) => "withdraws",
    };
    let text = format!(
        "on {} rule `{}` {} `{}`, which rule `{}` at {} {} on the same event: of one event only the \
         first word on a claim counts; make their conditions exclude each other, or use another claim",
        kinds.join(", "),
        second.name,
        verb(second),
        claim_of(second),
        first.name,
        first.place,
        verb(first),
    );
    found.push(Lint::Overlap.at(&trigger.place, text));
}

fn unused(
    rules: &RuleSet,
    rule: &Rule,
    withdraw: &Withdraw,
    around: &Surroundings,
    found: &mut Vec<Finding>,
) {
    let mut makers = asserting(rules).filter(|(_, assert)| assert.claim == withdraw.claim);
    if makers.all(|(maker, _)| is_silent(maker, around)) {
        let text = format!(
            "rule `{}` withdraws `{}`, but no rule that asserts it can ever speak; correct those, or \
             leave this one out",
            rule.name, withdraw.claim
        );
        found.push(Lint::UnusedClaim.at(&rule.place, text));
    }
}

/// A withdrawal of another instance than the one that is asserted.
fn misses(rules: &RuleSet, rule: &Rule, withdraw: &Withdraw, found: &mut Vec<Finding>) {
    let makers: Vec<_> =
        asserting(rules).filter(|(_, assert)| assert.claim == withdraw.claim).collect();
    for trigger in &rule.triggers {
        let by = by_on(rule, trigger);
        let made = makers.iter().flat_map(|(maker, _)| {
            maker.triggers.iter().map(move |trigger| (*maker, by_on(maker, trigger)))
        });
        let made: Vec<_> = made.collect();
        if made.iter().any(|(_, made)| covers(by, *made)) {
            continue;
        }
        let Some((maker, made)) = made.first() else { continue };
        let text = format!(
            "rule `{}` withdraws `{}` by {by} on `{}`, but rule `{}` at {} asserts it by {}, so the \
             withdrawal misses it wherever the event names its {by}; give both the same `by`, or \
             withdraw by person",
            rule.name,
            withdraw.claim,
            trigger.kind,
            maker.name,
            maker.place,
            name(*made),
            by = name(by),
        );
        found.push(Lint::ByDiffers.at(&trigger.place, text));
    }
}

/// Whether a word on instances told apart by `wide` reaches one told apart by `narrow`.
fn covers(wide: ByWord, narrow: ByWord) -> bool {
    match (wide, narrow) {
        (ByWord::Person, _) => true,
        (ByWord::Source, narrow) => matches!(narrow, ByWord::Source | ByWord::Detection),
        (ByWord::Employment | ByWord::Detection, narrow) => wide == narrow,
    }
}

fn name(by: ByWord) -> &'static str {
    match by {
        ByWord::Person => "person",
        ByWord::Employment => "employment",
        ByWord::Detection => "detection",
        ByWord::Source => "source",
    }
}

/// HR must not lift what security has imposed, nor the other way round.
fn crosses(rules: &RuleSet, rule: &Rule, assert: &Assert, found: &mut Vec<Finding>) {
    if asserting(rules).find(|(_, it)| it.claim == assert.claim).map(|(first, _)| &first.name)
        != Some(&rule.name)
    {
        return; // Said once for a claim.
    }
    for (other, _) in withdrawing(rules, &assert.claim) {
        for trigger in &other.triggers {
            let is_security = trigger.kind.class() == EventClass::Security;
            if is_security == (assert.precedence == Precedence::Security) {
                continue;
            }
            let who = if is_security { "security" } else { "HR" };
            let text = format!(
                "rule `{}` lets `{}`, a word of {who}, withdraw `{}`, which has precedence {}; whoever \
                 imposed it should lift it: leave the type out",
                other.name,
                trigger.kind,
                assert.claim,
                word(assert.precedence)
            );
            found.push(Lint::CrossesPrecedence.at(&trigger.place, text));
        }
    }
}

/// A restriction that nothing ever ends.
fn no_end(rules: &RuleSet, rule: &Rule, assert: &Assert, found: &mut Vec<Finding>) {
    let may_stay = match assert.precedence {
        Precedence::Security | Precedence::Leave => false,
        Precedence::Profile | Precedence::Leaver => true,
    };
    let ends = !matches!(assert.end, End::Never);
    if may_stay || ends || withdrawing(rules, &assert.claim).next().is_some() {
        return;
    }
    let text = format!(
        "the claim `{}` of rule `{}` has no end, and no rule withdraws it, so it stays for ever; give \
         it `for` or `until`, or write a rule that withdraws it",
        assert.claim, rule.name
    );
    found.push(Lint::NoEnd.at(&rule.place, text));
}

/// A leaver who comes back.
fn no_way_back(rules: &RuleSet, rule: &Rule, assert: &Assert, found: &mut Vec<Finding>) {
    let is_of_leavers = rule.triggers.iter().any(|trigger| trigger.kind == EventKind::Terminated);
    let cuts = assert.wants().any(|want| want.active == Some(false));
    if assert.precedence != Precedence::Leaver || !is_of_leavers || !cuts {
        return;
    }
    let kinds: BTreeSet<EventKind> = withdrawing(rules, &assert.claim)
        .flat_map(|(rule, _)| rule.triggers.iter().map(|trigger| trigger.kind))
        .collect();
    if RETURNS.iter().any(|kind| kinds.contains(kind)) {
        return;
    }
    let text = format!(
        "nothing withdraws `{}` of rule `{}` when somebody is hired again, so they stay out; add a rule \
         on worker.rehired: withdraw: {{ claim: {}, at: effective_at, by: person }}",
        assert.claim, rule.name, assert.claim
    );
    found.push(Lint::NoWayBack.at(&rule.place, text));
}
