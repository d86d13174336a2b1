//! Conditions that never hold, that always do, and fields that the event does not have.

use super::finding::{Finding, Lint};
use super::{Surroundings, conditions, facts, is_dead, is_level, known};
use crate::model::fields::{self, Carried, RISK_LEVELS};
use crate::model::spelling::nearest;
use crate::rules::expression::{Expression, Path, contradict};
use crate::rules::{Rule, RuleSet, Trigger};
use std::collections::BTreeSet;

pub(super) fn lint(rules: &RuleSet, around: &Surroundings, found: &mut Vec<Finding>) {
    for rule in &rules.rules {
        for trigger in &rule.triggers {
            not_sent(rule, trigger, around, found);
            never_true(rule, trigger, found);
            for condition in conditions(rule, trigger) {
                always_true(rule, trigger, condition, found);
            }
            fields_of(rule, trigger, found);
        }
    }
    if let Some(profile) = &rules.profile {
        for (attribute, expression) in &profile.attributes {
            let what = format!("the attribute `{attribute}` of the profile");
            let kinds: Vec<&str> = profile.kinds().collect();
            for path in expression.reading().read {
                misspelt(&what, expression, &path, found);
                let is_carried = |kind: &&str| fields::carried(kind, &path) != Carried::Never;
                if !kinds.iter().any(is_carried) {
                    let text = format!(
                        "{what} reads `{}`, which none of the profile's types of events has; it is \
                         carried by {}",
                        path.join("."),
                        fields::carriers(path.first().map_or("", String::as_str))
                    );
                    found.push(Lint::FieldNotCarried.at(&expression.place, text));
                }
            }
        }
    }
}

fn not_sent(rule: &Rule, trigger: &Trigger, around: &Surroundings, found: &mut Vec<Finding>) {
    let Some(sent) = &around.sent else { return };
    if sent.contains(&trigger.kind) {
        return;
    }
    let text = format!(
        "rule `{}` waits for `{}`, which no source of the tenant may send, so it never comes; add it \
         to the `types` of a source, or take it out of the rule",
        rule.name, trigger.kind
    );
    found.push(Lint::TypeNotSent.at(&trigger.place, text));
}

fn never_true(rule: &Rule, trigger: &Trigger, found: &mut Vec<Finding>) {
    if !is_dead(rule, trigger) {
        return;
    }
    let known = |fact: &_| known(&trigger.kind, fact);
    let culprit =
        conditions(rule, trigger).find(|condition| condition.constant(&known) == Some(false));
    let place = culprit.map_or(&trigger.place, |condition| &condition.place);
    let because = if contradict(&facts(rule, trigger)) {
        "what it asks for contradicts itself"
    } else {
        "it asks for what events of this type never have"
    };
    let text = format!(
        "the condition of rule `{}` is never true of `{}`, so the rule never speaks of it: {because}; \
         correct it, or take the type out",
        rule.name, trigger.kind
    );
    found.push(Lint::NeverTrue.at(place, text));
}

fn always_true(rule: &Rule, trigger: &Trigger, condition: &Expression, found: &mut Vec<Finding>) {
    let known = |fact: &_| known(&trigger.kind, fact);
    if condition.constant(&known) == Some(true) {
        let text = format!(
            "the condition `{}` of rule `{}` is always true of `{}`; leave it out, or correct it",
            condition.text(),
            rule.name,
            trigger.kind
        );
        found.push(Lint::AlwaysTrue.at(&condition.place, text));
    }
}

/// What the conditions read of events of the trigger's type.
fn fields_of(rule: &Rule, trigger: &Trigger, found: &mut Vec<Finding>) {
    let what = format!("the condition of rule `{}`", rule.name);
    // The type's own condition is looked at first, so what it asks for is there for the rule's.
    let asked: Vec<Path> =
        conditions(rule, trigger).flat_map(|condition| condition.reading().asked).collect();
    let is_asked = |path: &Path| asked.iter().any(|asked| path.starts_with(asked));
    let mut told = BTreeSet::new();
    for condition in conditions(rule, trigger) {
        let reading = condition.reading();
        for path in reading.read.iter().chain(&reading.asked) {
            if !told.insert((path.clone(), condition.place.line)) {
                continue;
            }
            misspelt(&what, condition, path, found);
            if fields::carried(&trigger.kind, path) == Carried::Never {
                not_carried(&what, (condition, path), trigger, is_asked(path), found);
            }
        }
        for path in reading.read.iter().collect::<BTreeSet<_>>() {
            if fields::carried(&trigger.kind, path) == Carried::Sometimes && !is_asked(path) {
                unguarded(&what, condition, path, trigger, found);
            }
        }
        for (path, value) in &reading.compared {
            if is_level(path) && !RISK_LEVELS.contains(&value.as_str()) {
                let text = format!(
                    "{what} compares `{}` with `{value}`, which it never is; it is one of: {}",
                    path.join("."),
                    RISK_LEVELS.join(", ")
                );
                found.push(Lint::UnknownValue.at(&condition.place, text));
            }
        }
    }
}

fn not_carried(
    what: &str,
    (condition, path): (&Expression, &Path),
    trigger: &Trigger,
    is_asked: bool,
    found: &mut Vec<Finding>,
) {
    let outcome =
        if is_asked { "so it is never there" } else { "so each such event would be parked" };
    let text = format!(
        "{what} reads `{}`, which `{}` does not have, {outcome}; it is carried by {}",
        path.join("."),
        trigger.kind,
        fields::carriers(path.first().map_or("", String::as_str))
    );
    found.push(Lint::FieldNotCarried.at(&condition.place, text));
}

fn unguarded(
    what: &str,
    condition: &Expression,
    path: &Path,
    trigger: &Trigger,
    found: &mut Vec<Finding>,
) {
    let field = spelt(path);
    let text = format!(
        "{what} reads `{field}`, which a `{}` may lack, and then the event is parked; ask first: \
         has({field}) && …",
        trigger.kind
    );
    found.push(Lint::FieldUnguarded.at(&condition.place, text));
}

/// As it can be asked for: a member of the data itself needs their name before it.
fn spelt(path: &[String]) -> String {
    match path {
        [member] => format!("data.{member}"),
        path => path.join("."),
    }
}

/// A name that is almost one of those that the object holds.
fn misspelt(what: &str, expression: &Expression, path: &[String], found: &mut Vec<Finding>) {
    let [member, name, ..] = path else { return };
    let Some(names) = fields::inside(member) else { return };
    if names.contains(&name.as_str()) {
        return;
    }
    let Some(nearest) = nearest(name, names.iter().copied()) else { return };
    let text = format!(
        "{what} reads `{member}.{name}`; if `{member}.{nearest}` is meant, write it so, for a field \
         that no event has is never there"
    );
    found.push(Lint::FieldMisspelt.at(&expression.place, text));
}
