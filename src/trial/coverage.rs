//! Which branches of the rules the fixtures have exercised so far.

use crate::engine::state::Person;
use crate::model::decision::{AuditEntry, Decision};
use crate::model::event::Event;
use crate::rules::{Branch, Outline, RuleSet};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The branches of one tenant's rules, and whether they were exercised.
#[derive(Debug)]
pub struct Coverage {
    pub(super) rules: Arc<RuleSet>,
    outline: Outline,
    exercised: Vec<bool>,
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

    pub(super) fn told(&mut self, event: &Event) {
        for index in self.outline.asked(&self.rules, event) {
            self.note(Some(index));
        }
    }

    /// What became of events.
    pub(super) fn decided(&mut self, entry: &AuditEntry) {
        let AuditEntry::Decision(record) = entry else { return };
        for effect in &record.effects {
            if matches!(
                effect.decision,
                Decision::Asserted | Decision::Extended | Decision::Withdrew
            ) {
                self.note(self.outline.acted(&effect.rule));
            }
        }
    }

    /// Stages and ends that claims have come to by now.
    pub(super) fn seen(&mut self, person: &Person, now: Timestamp) {
        let mut reached = BTreeSet::new();
        for instance in &person.claims {
            for span in instance.spans(&person.claims) {
                let assertion = span.assertion;
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
