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
use crate::model::event_kind::EventKind;
use crate::model::fields::{self, Carried, RISK_LEVELS};
use crate::model::ids::GroupName;
use std::collections::BTreeSet;

/// What is known of where the rules will work.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The types of events that some source may send; `None`: nobody knows.
    pub sent: Option<BTreeSet<EventKind>>,
    /// Joining one of these takes access.
    pub restricting_groups: BTreeSet<GroupName>,
    /// These are all rules that the tenant has.
    pub complete: bool,
}

impl RuleSet {
    /// Everything that is odd about the rules, in the order of the files.
    pub fn lint(&self, around: &Surroundings) -> Vec<Finding> {
        let blank = "the file holds neither rules nor a profile, so it does nothing; write `rules:` into \
                     it, or leave it out";
        let mut found: Vec<_> =
            self.blank.iter().map(|place| Lint::BlankFile.at(place, blank)).collect();
        conditions::lint(self, around, &mut found);
        claims::lint(self, around, &mut found);
        wants::lint(self, around, &mut found);
        found.sort_by(|a, b| (&a.place.file, a.place.line).cmp(&(&b.place.file, b.place.line)));
        // A condition of the whole rule is looked at for each type; what is the same is said once.
        let mut told = BTreeSet::new();
        found.retain(|it| told.insert((it.place.clone(), it.text.clone())));
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
fn known(kind: EventKind, fact: &Fact) -> Option<bool> {
    let is_never = |path: &[String]| fields::carried(kind, path) == Carried::Never;
    match fact {
        Fact::Constant(holds) => Some(*holds),
        Fact::Has(path) if is_never(path) => Some(false),
        Fact::HasNot(path) if is_never(path) => Some(true),
        Fact::Among(path, values) if is_level(path) => {
            match RISK_LEVELS.iter().filter(|level| values.contains(**level)).count() {
                0 => Some(false),
                count if count == RISK_LEVELS.len() => Some(true),
                _ => None,
            }
        }
        Fact::Has(_) | Fact::HasNot(_) | Fact::Among(..) | Fact::NotAmong(..) => None,
    }
}

fn is_level(path: &[String]) -> bool {
    matches!(path, [risk, level] if risk == "risk" && (level == "level" || level == "previous_level"))
}

/// Whether the condition holds or not of each event of the type, if that can be told.
fn outcome(condition: &Expression, kind: EventKind) -> Option<bool> {
    if condition.reads_nothing() {
        return condition.alone();
    }
    condition.constant(&|fact| known(kind, fact))
}

/// Whether the rule can never speak on events of the trigger's type.
fn is_dead(rule: &Rule, trigger: &Trigger) -> bool {
    let is_false = |condition: &Expression| outcome(condition, trigger.kind) == Some(false);
    conditions(rule, trigger).any(is_false) || contradict(&facts(rule, trigger))
}

/// Whether the rule can never speak at all.
fn is_silent(rule: &Rule, around: &Surroundings) -> bool {
    let is_sent = |kind: &EventKind| around.sent.as_ref().is_none_or(|sent| sent.contains(kind));
    rule.triggers.iter().all(|trigger| is_dead(rule, trigger) || !is_sent(&trigger.kind))
}
