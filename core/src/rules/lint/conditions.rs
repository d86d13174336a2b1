//! Conditions that never hold, that always do, and fields that the event does not have.

use super::finding::{Finding, Lint};
use super::{Surroundings, conditions, facts, is_dead, is_level, outcome};
use crate::model::account::AttributeName;
use crate::model::event::Form;
use crate::model::event_kind::EventKind;
use crate::model::fields::{self, Carried, RISK_LEVELS};
use crate::model::spelling::nearest;
use crate::rules::expression::{Compared, Expression, Literal, Path, Reading, contradict};
use crate::rules::profile::Profile;
use crate::rules::{Place, Rule, RuleSet, Trigger};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn lint(rules: &RuleSet, around: &Surroundings, found: &mut Vec<Finding>) {
    for rule in &rules.rules {
        let mut fields = Fields::new();
        for trigger in &rule.triggers {
            not_sent(rule, trigger, around, found);
            let is_explained = words(rule, trigger, found) | fields_of(rule, trigger, &mut fields);
            // What is never true because of such a slip is told as that slip.
            if !is_explained {
                never_true(rule, trigger, found);
                conditions(rule, trigger).for_each(|it| always_true(rule, trigger, it, found));
            }
        }
        tell(rule, fields, found);
    }
    if let Some(profile) = &rules.profile {
        for (attribute, expression) in &profile.attributes {
            of_profile(profile, attribute, expression, found);
        }
    }
}

fn of_profile(
    profile: &Profile,
    attribute: &AttributeName,
    expression: &Expression,
    found: &mut Vec<Finding>,
) {
    let what = format!("the attribute `{attribute}` of the profile");
    for path in expression.reading().read {
        misspelt(&what, expression, &path, found);
        if profile.kinds().all(|kind| fields::carried(kind, &path) == Carried::Never) {
            let text = format!(
                "{what} reads `{}`, which none of the profile's types of events has; it is carried by \
                 {}",
                path.join("."),
                fields::carriers(path.first().map_or("", String::as_str))
            );
            found.push(Lint::FieldNotCarried.at(&expression.place, text));
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
    let culprit = conditions(rule, trigger).find(|it| outcome(it, trigger.kind) == Some(false));
    let place = culprit.map_or(&trigger.place, |condition| &condition.place);
    let because = if culprit.is_some_and(Expression::reads_nothing) {
        "it is false whatever the event says"
    } else if contradict(&facts(rule, trigger)) {
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
    if outcome(condition, trigger.kind) == Some(true) {
        let text = format!(
            "the condition `{}` of rule `{}` is always true of `{}`; leave it out, or correct it",
            condition.on_one_line(),
            rule.name,
            trigger.kind
        );
        found.push(Lint::AlwaysTrue.at(&condition.place, text));
    }
}

/// What is odd about a field of a condition.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Oddity {
    /// It is never there, as the condition knows.
    NeverThere,
    /// It is never there, and the condition fails.
    NotCarried,
    /// It may be missing, and then the condition fails.
    Unguarded,
}

/// Odd fields, with the types of events of which they are odd: one word on each.
type Fields<'a> = BTreeMap<(&'a Place, Path, Oddity), Vec<EventKind>>;

/// Notes what the conditions read of events of the trigger's type; whether any of it is never there.
fn fields_of<'a>(rule: &'a Rule, trigger: &'a Trigger, fields: &mut Fields<'a>) -> bool {
    // The type's own condition is looked at first, so what it asks for is there for the rule's.
    let asked: Vec<Path> =
        conditions(rule, trigger).flat_map(|condition| condition.reading().asked).collect();
    let is_asked = |path: &Path| asked.iter().any(|asked| path.starts_with(asked));
    let mut is_any_missing = false;
    for condition in conditions(rule, trigger) {
        let reading = condition.reading();
        let paths: BTreeSet<&Path> = reading.read.iter().chain(&reading.asked).collect();
        for path in paths {
            // Members that are objects are there, if need be empty.
            let may_fail = fields::form(path) != Some(Form::Object);
            let is_read = may_fail && reading.read.contains(path) && !is_asked(path);
            let oddity = match fields::carried(trigger.kind, path) {
                Carried::Never if is_read => Oddity::NotCarried,
                Carried::Never => Oddity::NeverThere,
                Carried::Sometimes if is_read => Oddity::Unguarded,
                Carried::Sometimes | Carried::Always => continue,
            };
            is_any_missing |= oddity != Oddity::Unguarded;
            let kinds = fields.entry((&condition.place, path.clone(), oddity)).or_default();
            if !kinds.contains(&trigger.kind) {
                kinds.push(trigger.kind);
            }
        }
    }
    is_any_missing
}

fn tell(rule: &Rule, fields: Fields<'_>, found: &mut Vec<Finding>) {
    let what = format!("the condition of rule `{}`", rule.name);
    for ((place, path, oddity), kinds) in fields {
        let kinds = kinds.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ");
        let field = spelt(&path);
        if oddity == Oddity::Unguarded {
            let text = format!(
                "{what} reads `{field}`, which {kinds} may lack, and then the event is parked; ask \
                 first: has({field}) && …"
            );
            found.push(Lint::FieldUnguarded.at(place, text));
            continue;
        }
        let outcome = match oddity {
            Oddity::NeverThere => "so it is never there",
            Oddity::NotCarried | Oddity::Unguarded => "so each such event would be parked",
        };
        let text = format!(
            "{what} reads `{field}`, which {kinds} cannot have, {outcome}; it is carried by {}",
            fields::carriers(path.first().map_or("", String::as_str))
        );
        found.push(Lint::FieldNotCarried.at(place, text));
    }
}

/// Misspelt fields, and values that fields never have; whether there are such values.
fn words(rule: &Rule, trigger: &Trigger, found: &mut Vec<Finding>) -> bool {
    let what = format!("the condition of rule `{}`", rule.name);
    let mut is_any_wrong = false;
    for condition in conditions(rule, trigger) {
        let reading = condition.reading();
        for path in reading.read.iter().chain(&reading.asked) {
            misspelt(&what, condition, path, found);
        }
        for (lint, text) in wrong_values(condition, &reading) {
            is_any_wrong = true;
            found.push(lint.at(&condition.place, format!("{what} {text}")));
        }
    }
    is_any_wrong
}

fn wrong_values(condition: &Expression, reading: &Reading) -> Vec<(Lint, String)> {
    let mut wrong = Vec::new();
    for Compared { path, value, by_order } in &reading.compared {
        let field = spelt(path);
        let misfit = fields::form(path).and_then(|form| misfit(form, value));
        if let Some((value, cure)) = misfit {
            wrong.push((Lint::WrongType, format!("compares `{field}` with {value}, but {cure}")));
        } else if is_level(path) && *by_order {
            let text = format!(
                "compares `{field}` by order, which goes by the alphabet; list the levels that are \
                 meant: {field} in [\"high\", \"critical\"]"
            );
            wrong.push((Lint::WrongType, text));
        } else if let Literal::Text(value) = value
            && is_level(path)
            && !RISK_LEVELS.contains(&value.as_str())
        {
            let text = format!(
                "compares `{field}` with `{value}`, which it never is; it is one of: {}",
                RISK_LEVELS.join(", ")
            );
            wrong.push((Lint::UnknownValue, text));
        }
    }
    let is_no_flag = |path: &&Path| matches!(fields::form(path), Some(Form::Text | Form::Object));
    for path in reading.judged.iter().filter(is_no_flag) {
        let text = format!(
            "takes `{}` for true or false, which it is not, so each such event would be parked; compare \
             it with something",
            spelt(path)
        );
        wrong.push((Lint::WrongType, text));
    }
    if condition.reads_nothing() && condition.alone().is_none() {
        let text = "is neither true nor false, so each event would be parked; write a comparison";
        wrong.push((Lint::WrongType, text.to_owned()));
    }
    wrong
}

/// What the value is that a field of this form never has, and what helps.
fn misfit(form: Form, value: &Literal) -> Option<(&'static str, &'static str)> {
    let value = match (form, value) {
        (Form::Text | Form::Object, Literal::Flag) => "true or false",
        (Form::Text | Form::Flag | Form::Object, Literal::Number) => "a number",
        (Form::Flag | Form::Object, Literal::Text(_)) => "text",
        (Form::Text, Literal::Text(_))
        | (Form::Flag, Literal::Flag)
        | (Form::TextOrNumber | Form::Any, _) => return None,
    };
    let cure = match form {
        Form::Flag => "it is true or false; write it without quotes",
        Form::Object => "it is an object; name one of its members",
        Form::Text | Form::TextOrNumber | Form::Any => "it holds text; put the value in quotes",
    };
    Some((value, cure))
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
    let Some(nearest) = nearest(name, names.iter().copied()) else { return };
    let text = format!(
        "{what} reads `{member}.{name}`; if `{member}.{nearest}` is meant, write it so, for a field \
         that no event has is never there"
    );
    found.push(Lint::FieldMisspelt.at(&expression.place, text));
}
