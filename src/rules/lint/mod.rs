//! What can be meant, but probably is not: looked for in rules that load.
//!
//! No event is needed for it. A finding says where, what, and the cure; a false alarm costs more than
//! a silence, so what cannot be seen through is passed over.

mod claims;
mod conditions;
mod finding;
mod wants;

pub use finding::{Finding, Lint, Severity};

use super::expression::{Expression, Fact, contradict};
use super::{Action, Assert, Rule, RuleSet, Trigger};
use crate::model::fields::{self, Carried, RISK_LEVELS};
use crate::model::ids::GroupName;
use std::collections::BTreeSet;

/// What is known of where the rules will work.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The types of events that some source may send; `None`: nobody knows.
    pub sent: Option<BTreeSet<String>>,
    /// Joining one of these takes access.
    pub restricting_groups: BTreeSet<GroupName>,
    /// These are all rules that the tenant has.
    pub complete: bool,
}

impl RuleSet {
    /// Everything that is odd about the rules, in the order of the files.
    pub fn lint(&self, around: &Surroundings) -> Vec<Finding> {
        let mut found = Vec::new();
        conditions::lint(self, around, &mut found);
        claims::lint(self, around, &mut found);
        wants::lint(self, around, &mut found);
        found.sort_by(|a, b| (&a.place.file, a.place.line).cmp(&(&b.place.file, b.place.line)));
        found
    }
}

fn asserting(rules: &RuleSet) -> impl Iterator<Item = (&Rule, &Assert)> {
    rules.rules.iter().filter_map(|rule| match &rule.action {
        Action::Assert(assert) => Some((rule, &**assert)),
        Action::Withdraw(_) => None,
    })
}

/// The claim that a rule is about.
fn claim_of(rule: &Rule) -> &str {
    match &rule.action {
        Action::Assert(assert) => &assert.claim,
        Action::Withdraw(withdraw) => &withdraw.claim,
    }
}

/// The conditions that must hold for the rule to speak.
fn conditions<'a>(rule: &'a Rule, trigger: &'a Trigger) -> impl Iterator<Item = &'a Expression> {
    trigger.when.iter().chain(&rule.when)
}

/// What must be so for the rule to speak on events of the trigger's type, as far as it can be told.
fn facts(rule: &Rule, trigger: &Trigger) -> Vec<Fact> {
    conditions(rule, trigger).flat_map(Expression::facts).collect()
}

/// What is known of a single fact on events of the type.
fn known(kind: &str, fact: &Fact) -> Option<bool> {
    let is_never = |path: &[String]| fields::carried(kind, path) == Carried::Never;
    match fact {
        Fact::Constant(holds) => Some(*holds),
        Fact::Has(path) if is_never(path) => Some(false),
        Fact::HasNot(path) if is_never(path) => Some(true),
        Fact::Among(path, values) if is_level(path) => {
            values.iter().all(|value| !RISK_LEVELS.contains(&value.as_str())).then_some(false)
        }
        Fact::Has(_) | Fact::HasNot(_) | Fact::Among(..) | Fact::NotAmong(..) => None,
    }
}

fn is_level(path: &[String]) -> bool {
    matches!(path, [risk, level] if risk == "risk" && (level == "level" || level == "previous_level"))
}

/// Whether the rule can never speak on events of the trigger's type.
fn is_dead(rule: &Rule, trigger: &Trigger) -> bool {
    let known = |fact: &Fact| known(&trigger.kind, fact);
    let is_false = |condition: &Expression| condition.constant(&known) == Some(false);
    conditions(rule, trigger).any(is_false) || contradict(&facts(rule, trigger))
}

/// Whether the rule can never speak at all.
fn is_silent(rule: &Rule, around: &Surroundings) -> bool {
    let is_sent = |kind: &String| around.sent.as_ref().is_none_or(|sent| sent.contains(kind));
    rule.triggers.iter().all(|trigger| is_dead(rule, trigger) || !is_sent(&trigger.kind))
}
