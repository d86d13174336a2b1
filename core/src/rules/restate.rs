//! What the rules of today would say in place of an assertion that is held by value.
//!
//! The event is gone, so only what needs none can be told anew: an end that hangs on the event alone
//! stays as it was.

use super::instant::{self, Instant};
use super::{Action, Assert, End, Rule, RuleSet};
use crate::model::claim::{Assertion, ClaimName};
use crate::model::ids::RuleName;
use jiff::Timestamp;

/// An assertion in the words of the rule that has its rule's name now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restated {
    pub claim: ClaimName,
    pub assertion: Assertion,
    /// The rule ends its claim at an instant of the event, which is not kept: the end is the old one.
    pub keeps_end: bool,
}

impl RuleSet {
    /// The digest of the rule of this name.
    pub fn hash_of(&self, rule: &RuleName) -> Option<&str> {
        self.rule(rule).map(|rule| rule.hash.as_str())
    }

    /// `held`, said at `said_at`, as its rule would say it now; `None` if the rule is gone, or asserts
    /// nothing any more.
    pub fn restate(&self, held: &Assertion, said_at: Timestamp) -> Option<Restated> {
        let rule = self.rule(&held.rule)?;
        let assert = rule.assert()?;
        let start = assert.from.or_else(|| rule.default_start());
        let (until, keeps_end) = assert.end_without_event(start, held, said_at);
        let (want, then) = assert.wants_at(held.of_account.as_ref());
        Some(Restated {
            claim: assert.kept_as.clone(),
            assertion: Assertion {
                precedence: assert.precedence,
                from: held.from,
                until,
                want,
                then,
                urgency: assert.urgency,
                at_once: held.at_once,
                observed: assert.observed,
                of_account: held.of_account.clone(),
                rule: rule.name.clone(),
                rule_hash: rule.hash.clone(),
            },
            keeps_end,
        })
    }

    fn rule(&self, name: &RuleName) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name == *name)
    }
}

impl Rule {
    pub(super) fn assert(&self) -> Option<&Assert> {
        match &self.action {
            Action::Assert(assert) => Some(assert),
            Action::Withdraw(_) => None,
        }
    }

    /// Where its claims start if the rule does not say; `None` if that differs from event to event.
    fn default_start(&self) -> Option<Instant> {
        let mut starts = self.triggers.iter().map(|trigger| super::default_start(trigger.kind));
        let first = starts.next()?;
        starts.all(|other| other == first).then_some(first)
    }
}

impl Assert {
    /// Where `held` would end, and whether that is the old end, because only the event could tell.
    fn end_without_event(
        &self,
        start: Option<Instant>,
        held: &Assertion,
        said_at: Timestamp,
    ) -> (Option<Timestamp>, bool) {
        match self.end {
            End::Never => (None, false),
            End::After(length) => (Some(instant::later(held.from, length)), false),
            End::At(until) => {
                let length = || start.and_then(|start| until.since(start));
                let from_start = || length().map(|length| instant::later(held.from, length));
                match until.without_event(said_at).or_else(from_start) {
                    Some(until) => (Some(until), false),
                    None => (held.until, true),
                }
            }
        }
    }
}
