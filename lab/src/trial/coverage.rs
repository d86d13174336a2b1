//! Which branches of the rules the fixtures have exercised so far.

use crate::engine::state::Person;
use crate::model::claim::ClaimName;
use crate::model::decision::{Decision, DecisionRecord};
use crate::model::event::Event;
use crate::rules::{Branch, Outline, RuleSet};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The branches of one tenant's rules, and whether they were exercised.
#[derive(Debug)]
pub struct Coverage {
    pub(super) rules: Arc<RuleSet>,
    outline: Outline,
    exercised: Vec<bool>,
}

/// When claims are in force, by their names.
pub(super) type Times = BTreeMap<ClaimName, Vec<(Timestamp, Option<Timestamp>)>>;

pub(super) fn times<'a>(people: impl Iterator<Item = &'a Person>) -> Times {
    let mut times = Times::new();
    for person in people {
        for instance in &person.claims {
            let spans = instance.spans(&person.claims);
            if !spans.is_empty() {
                let known = times.entry(instance.name.clone()).or_default();
                known.extend(spans.iter().map(|span| (span.from, span.until)));
            }
        }
    }
    times
}

impl Coverage {
    pub fn of(rules: &Arc<RuleSet>) -> Self {
        let outline = Outline::of(rules);
        let exercised = vec![false; outline.branches().len()];
        Self { rules: Arc::clone(rules), outline, exercised }
    }

    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// Each branch, and whether it was exercised, in the order of the files.
    pub fn branches(&self) -> impl Iterator<Item = (&Branch, bool)> {
        self.outline.branches().iter().zip(self.exercised.iter().copied())
    }

    /// What became of an event, how everything stood before it, and who is known now. One that was
    /// parked, or that was there already, has shown nothing of the rules.
    pub(super) fn decided<'a>(
        &mut self,
        event: &Event,
        record: &DecisionRecord,
        (before, people): (&Times, impl Iterator<Item = &'a Person>),
    ) {
        if matches!(record.decision, Decision::Parked(_) | Decision::Duplicate) {
            return;
        }
        for index in self.outline.asked(&self.rules, event) {
            self.note(Some(index));
        }
        let withdraws = record.effects.iter().any(|effect| effect.decision == Decision::Withdrew);
        let after = if withdraws { times(people) } else { Times::new() };
        for effect in &record.effects {
            let has_acted = match effect.decision {
                Decision::Asserted | Decision::Extended => true,
                // A withdrawal of what was not there counts for usher, and takes nothing back.
                Decision::Withdrew => before.get(&effect.claim) != after.get(&effect.claim),
                Decision::Stale
                | Decision::Duplicate
                | Decision::Skipped(_)
                | Decision::Parked(_) => false,
            };
            if has_acted {
                self.note(self.outline.acted(&effect.rule));
            }
        }
    }

    /// Stages and ends that claims will have come to by `now`, if nothing happens but that time passes.
    pub(super) fn seen(&mut self, person: &Person, now: Timestamp) {
        let mut reached = BTreeSet::new();
        for instance in &person.claims {
            for span in instance.spans(&person.claims) {
                let assertion = span.assertion;
                if self.rules.hash_of(&assertion.rule) != Some(&assertion.rule_hash) {
                    continue; // Given by hand: no rule says so.
                }
                let until = span.until.unwrap_or(Timestamp::MAX);
                for (index, stage) in assertion.then.iter().enumerate() {
                    let at = assertion.from.checked_add(stage.after).unwrap_or(Timestamp::MAX);
                    if at <= now && at < until {
                        reached.extend(self.outline.reached(&assertion.rule, index));
                    }
                }
                if span.until == assertion.until && until <= now {
                    reached.extend(self.outline.ended(&assertion.rule));
                }
            }
        }
        for index in reached {
            self.note(Some(index));
        }
    }

    fn note(&mut self, index: Option<usize>) {
        if let Some(exercised) = index.and_then(|index| self.exercised.get_mut(index)) {
            *exercised = true;
        }
    }
}
