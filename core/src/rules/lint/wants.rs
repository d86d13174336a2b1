//! What rules ask of accounts: destruction without a guard, wishes against each other.

use super::finding::{Finding, Lint, Severity};
use super::{Surroundings, asserting, conditions};
use crate::model::AttributeName;
use crate::model::claim::{Precedence, Want};
use crate::model::event_kind::EventKind;
use crate::model::ids::GroupName;
use crate::model::wish::Presence;
use crate::rules::error::word;
use crate::rules::instant::Instant;
use crate::rules::{Assert, Rule, RuleSet, profile};
use std::collections::BTreeSet;

/// Events that by themselves say that somebody must be out.
const ENDS_ACCESS: [EventKind; 14] = [
    EventKind::Terminated,
    EventKind::AccessRevoked,
    EventKind::HireCancelled,
    EventKind::RehireCancelled,
    EventKind::LeaveStarted,
    EventKind::CredentialCompromised,
    EventKind::SessionRevoked,
    EventKind::DeviceCompromised,
    EventKind::AccountDisabled,
    EventKind::AccountPurged,
    EventKind::AccountOrphaned,
    EventKind::AccountLeftActive,
    EventKind::AccessWithdrawn,
    EventKind::DeletionRequested,
];

pub(super) fn lint(rules: &RuleSet, around: &Surroundings, found: &mut Vec<Finding>) {
    let all: Vec<(&Rule, &Assert)> = asserting(rules).collect();
    for (index, (rule, assert)) in all.iter().enumerate() {
        deletes(rule, assert, found);
        unguarded_cut(rule, assert, around, found);
        for earlier in all.iter().take(index) {
            opposite(*earlier, (rule, assert), found);
        }
    }
    no_user_name(rules, &all, around, found);
}

fn is_absent(want: &Want) -> bool {
    want.account == Some(Presence::Absent)
}

fn deletes(rule: &Rule, assert: &Assert, found: &mut Vec<Finding>) {
    // Somebody asks for this one deletion, and it waits for an approval.
    if rule.triggers.iter().all(|trigger| trigger.kind == EventKind::DeletionRequested) {
        return;
    }
    let at_once = is_absent(&assert.want) && !assert.from.is_some_and(Instant::is_put_off);
    let stage_at_once = assert.then.iter().any(|it| is_absent(&it.want) && it.after.is_zero());
    if at_once || stage_at_once {
        let text = format!(
            "rule `{}` wants the account gone at once, and deletion cannot be undone; give it days of \
             grace: `then: [{{ after: 30d, want: {{ account: absent }} }}]`",
            rule.name
        );
        found.push(Lint::DeletesAtOnce.at(&rule.place, text));
    }
}

fn unguarded_cut(rule: &Rule, assert: &Assert, around: &Surroundings, found: &mut Vec<Finding>) {
    let restricts = |group: &GroupName| around.restricting_groups.contains(group);
    let takes = |want: &Want| {
        want.active == Some(false) || is_absent(want) || want.groups.add.iter().any(restricts)
    };
    if assert.precedence != Precedence::Security && !assert.wants().any(takes) {
        return;
    }
    for trigger in &rule.triggers {
        let is_guarded = conditions(rule, trigger).next().is_some();
        if is_guarded || ENDS_ACCESS.contains(&trigger.kind) {
            continue;
        }
        let text = format!(
            "rule `{}` takes access on every `{}`, whatever it says; give the type a condition: \
             {{ type: {}, when: '{}' }}",
            rule.name,
            trigger.kind,
            trigger.kind,
            example(trigger.kind)
        );
        found.push(Lint::UnguardedCut.at(&trigger.place, text));
    }
}

/// A condition that fits the type.
fn example(kind: EventKind) -> &'static str {
    match kind {
        EventKind::RiskRaised => "risk.level in [\"high\", \"critical\"]",
        EventKind::Converted => "has(employment.type) && employment.type == \"contractor\"",
        EventKind::LegalHoldChanged => "data.legal_hold",
        _ => "has(data.reason) && data.reason == \"…\"",
    }
}

/// What loading cannot refuse, for instances of one claim follow each other and attributes have no
/// opposite.
fn opposite(
    (first, one): (&Rule, &Assert),
    (second, other): (&Rule, &Assert),
    found: &mut Vec<Finding>,
) {
    if one.precedence != other.precedence {
        return;
    }
    let pairs = one.wants().flat_map(|one| other.wants().map(move |other| (one, other)));
    for (want, against) in pairs {
        let apart =
            want.target.is_some() && against.target.is_some() && want.target != against.target;
        let facet = (one.claim == other.claim).then(|| opposite_facet(want, against)).flatten();
        let Some(facet) = facet.or_else(|| differing_attribute(want, against)).filter(|_| !apart)
        else {
            continue;
        };
        let text = format!(
            "rule `{}` and rule `{}` at {} want {facet} in different ways with the same precedence, {}: \
             if both are in force, taking access wins, else the newer; give one of them another \
             precedence, or drop one wish",
            second.name,
            first.name,
            first.place,
            word(one.precedence)
        );
        found.push(Lint::OppositeWants.at(&second.place, text));
        return;
    }
}

fn opposite_facet(one: &Want, other: &Want) -> Option<String> {
    if one.account.is_some() && other.account.is_some() && one.account != other.account {
        return Some("`account`".to_owned());
    }
    if one.active.is_some() && other.active.is_some() && one.active != other.active {
        return Some("`active`".to_owned());
    }
    let meets = |add: &[GroupName], remove: &[GroupName]| {
        add.iter().find(|group| remove.contains(group)).map(|group| format!("the group `{group}`"))
    };
    meets(&one.groups.add, &other.groups.remove)
        .or_else(|| meets(&other.groups.add, &one.groups.remove))
}

fn differing_attribute(one: &Want, other: &Want) -> Option<String> {
    let differs = |name: &&AttributeName| {
        other.attributes.get(*name).is_some_and(|value| one.attributes.get(*name) != Some(value))
    };
    one.attributes.keys().find(differs).map(|name| format!("the attribute `{name}`"))
}

/// An account cannot be made without a name.
fn no_user_name(
    rules: &RuleSet,
    all: &[(&Rule, &Assert)],
    around: &Surroundings,
    found: &mut Vec<Finding>,
) {
    let named: BTreeSet<_> =
        rules.profile.iter().flat_map(profile::Profile::names).cloned().collect();
    let wants_account = |(_, assert): &&(&Rule, &Assert)| {
        assert.wants().any(|want| want.account == Some(Presence::Present))
    };
    let sets_name = |(_, assert): &(&Rule, &Assert)| {
        assert.wants().any(|want| want.attributes.contains_key(&AttributeName::USER_NAME))
    };
    if named.contains(&AttributeName::USER_NAME) || all.iter().any(sets_name) {
        return;
    }
    let Some((rule, _)) = all.iter().find(wants_account) else { return };
    let text = format!(
        "rule `{}` wants accounts, but nothing says what they are called, so none can be made; map \
         `userName` in a `profile`: userName: worker.user_name",
        rule.name
    );
    let mut finding = Lint::NoUserName.at(&rule.place, text);
    if around.complete {
        finding.severity = Severity::Warning;
    }
    found.push(finding);
}
