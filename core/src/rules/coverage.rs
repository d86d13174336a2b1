//! What of a tenant's rules can be exercised, and what of it an event exercises.
//!
//! A branch is what a rule author wrote down and could have got wrong: each type of event, each
//! condition both ways, each claim, each of its stages, its end, each attribute of the profile.

use super::error::Place;
use super::expression::{self, Expression};
use super::{Action, Assert, End, Rule, RuleSet, instant, profile};
use crate::model::claim::{Assertion, ClaimName};
use crate::model::event::Event;
use crate::model::event_kind::EventKind;
use crate::model::ids::RuleName;
use cel::Context;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::fmt;

/// Something that can be exercised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    pub rule: RuleName,
    pub place: Place,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An event of the type came to the rule.
    Type(EventKind),
    /// A condition was true, or was not.
    Condition {
        text: String,
        holds: bool,
    },
    /// The claim was asserted, or taken back.
    Asserted(ClaimName),
    Withdrew(ClaimName),
    /// The claim came to this stage of `then`.
    Stage {
        claim: ClaimName,
        after: SignedDuration,
    },
    /// The claim came to its own end.
    Ended(ClaimName),
    /// The profile gave the attribute a value.
    Attribute(String),
}

/// All branches of a tenant's rules, in the order of the files.
#[derive(Debug)]
pub struct Outline {
    branches: Vec<Branch>,
    index: BTreeMap<Key, usize>,
    /// Rules by their names.
    rules: BTreeMap<RuleName, usize>,
}

/// Where a branch is found: the rule's index, and what of it.
type Key = (usize, Part);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Type(usize),
    /// A trigger's own condition.
    Own(usize, bool),
    /// The rule's condition.
    Common(bool),
    Action,
    Stage(usize),
    End,
    Attribute(usize),
}

/// In seconds.
const DAY: i64 = 24 * 60 * 60;

/// The profile counts as the last rule.
const PROFILE: usize = usize::MAX;

impl fmt::Display for What {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(kind) => write!(out, "on {kind}"),
            Self::Condition { text, holds } => write!(out, "condition {holds}: {text}"),
            Self::Asserted(claim) => write!(out, "asserts {claim}"),
            Self::Withdrew(claim) => write!(out, "withdraws {claim}"),
            Self::Stage { claim, after } if after.as_secs() % DAY == 0 => {
                write!(out, "{claim} after {}d", after.as_secs() / DAY)
            }
            Self::Stage { claim, after } => write!(out, "{claim} after {after:#}"),
            Self::Ended(claim) => write!(out, "{claim} comes to its end"),
            Self::Attribute(name) => write!(out, "sets {name}"),
        }
    }
}

impl Outline {
    pub fn of(rules: &RuleSet) -> Self {
        let mut outline =
            Self { branches: Vec::new(), index: BTreeMap::new(), rules: BTreeMap::new() };
        for (index, rule) in rules.rules.iter().enumerate() {
            outline.rules.insert(rule.name.clone(), index);
            outline.add_rule(index, rule);
        }
        if let Some(profile) = &rules.profile {
            let name = RuleName::new(profile::NAME);
            for (at, (kind, place)) in profile.kinds.iter().enumerate() {
                let what = What::Type(*kind);
                outline.add((PROFILE, Part::Type(at)), &name, place, what);
            }
            for (at, (attribute, expression)) in profile.attributes.iter().enumerate() {
                let what = What::Attribute(attribute.to_string());
                outline.add((PROFILE, Part::Attribute(at)), &name, &expression.place, what);
            }
        }
        outline
    }

    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    fn add_rule(&mut self, index: usize, rule: &Rule) {
        for (at, trigger) in rule.triggers.iter().enumerate() {
            let what = What::Type(trigger.kind);
            self.add((index, Part::Type(at)), &rule.name, &trigger.place, what);
            if let Some(condition) = &trigger.when {
                self.add_condition(index, rule, condition, |holds| Part::Own(at, holds));
            }
        }
        if let Some(condition) = &rule.when {
            self.add_condition(index, rule, condition, Part::Common);
        }
        let mut add = |part, what| self.add((index, part), &rule.name, &rule.place, what);
        match &rule.action {
            Action::Withdraw(withdraw) => add(Part::Action, What::Withdrew(withdraw.claim.clone())),
            Action::Assert(assert) => {
                let claim = || assert.claim.clone();
                add(Part::Action, What::Asserted(claim()));
                for (at, stage) in assert.then.iter().enumerate() {
                    add(Part::Stage(at), What::Stage { claim: claim(), after: stage.after });
                }
                if !matches!(assert.end, End::Never) {
                    add(Part::End, What::Ended(claim()));
                }
            }
        }
    }

    fn add_condition(
        &mut self,
        index: usize,
        rule: &Rule,
        condition: &Expression,
        part: impl Fn(bool) -> Part,
    ) {
        for holds in [true, false] {
            let what = What::Condition { text: condition.on_one_line(), holds };
            self.add((index, part(holds)), &rule.name, &condition.place, what);
        }
    }

    fn add(&mut self, key: Key, rule: &RuleName, place: &Place, what: What) {
        self.index.insert(key, self.branches.len());
        self.branches.push(Branch { rule: rule.clone(), place: place.clone(), what });
    }

    /// The branches that come up when `rules`, whose outline this is, look at `event`.
    pub fn asked(&self, rules: &RuleSet, event: &Event) -> Vec<usize> {
        let mut found = Vec::new();
        let Some(agenda) = rules.by_kind.get(&event.kind) else { return found };
        let mut reach = |rule, part| found.extend(self.index.get(&(rule, part)));
        let context = expression::context(&agenda.variables, event);
        if let Some(profile) = rules.profile.as_ref().filter(|_| agenda.has_profile) {
            if let Some(at) = profile.kinds().position(|kind| kind == event.kind) {
                reach(PROFILE, Part::Type(at));
            }
            for at in profile.given(event, &context) {
                reach(PROFILE, Part::Attribute(at));
            }
        }
        for (index, at) in &agenda.rules {
            let Some(rule) = rules.rules.get(*index) else { continue };
            reach(*index, Part::Type(*at));
            let own = rule.triggers.get(*at).and_then(|trigger| trigger.when.as_ref());
            let own = judge(own, event, &context);
            if let Judged::Holds(holds) = own {
                reach(*index, Part::Own(*at, holds));
            }
            let common = match own {
                Judged::Fails => break, // The event is parked.
                Judged::Holds(false) => continue,
                Judged::Holds(true) | Judged::NotAsked => {
                    judge(rule.when.as_ref(), event, &context)
                }
            };
            match common {
                Judged::Fails => break,
                Judged::Holds(holds) => reach(*index, Part::Common(holds)),
                Judged::NotAsked => {}
            }
        }
        found
    }

    /// The branch that `rule` has done what it is for.
    pub fn acted(&self, rule: &RuleName) -> Option<usize> {
        self.part(rule, Part::Action)
    }

    /// The branch that a claim by `rule` has come to its stage number `stage`, from 0.
    pub fn reached(&self, rule: &RuleName, stage: usize) -> Option<usize> {
        self.part(rule, Part::Stage(stage))
    }

    /// The branch that a claim by `rule` has come to its own end.
    pub fn ended(&self, rule: &RuleName) -> Option<usize> {
        self.part(rule, Part::End)
    }

    fn part(&self, rule: &RuleName, part: Part) -> Option<usize> {
        self.index.get(&(*self.rules.get(rule)?, part)).copied()
    }
}

#[derive(Clone, Copy)]
enum Judged {
    NotAsked,
    Holds(bool),
    Fails,
}

fn judge(condition: Option<&Expression>, event: &Event, context: &Context<'_, '_>) -> Judged {
    match condition.map(|condition| condition.holds(context, event)) {
        None => Judged::NotAsked,
        Some(Ok(holds)) => Judged::Holds(holds),
        Some(Err(_)) => Judged::Fails,
    }
}

impl RuleSet {
    /// The claim called `name` by value, as the first rule that asserts it would have it from `from`
    /// on; an end that depends on an event is left out.
    pub fn assertion(&self, name: &str, from: Timestamp) -> Option<Assertion> {
        self.rules.iter().find_map(|rule| match &rule.action {
            Action::Assert(assert) if assert.kept_as == name => Some(by_value(rule, assert, from)),
            Action::Assert(_) | Action::Withdraw(_) => None,
        })
    }

    /// The names of all claims that a rule asserts.
    pub fn claims(&self) -> impl Iterator<Item = &ClaimName> {
        self.rules.iter().filter_map(|rule| match &rule.action {
            Action::Assert(assert) => Some(&assert.kept_as),
            Action::Withdraw(_) => None,
        })
    }

    /// How many rules there are, the profile not counted.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.profile.is_none()
    }
}

fn by_value(rule: &Rule, assert: &Assert, from: Timestamp) -> Assertion {
    Assertion {
        precedence: assert.precedence,
        from,
        until: match assert.end {
            End::After(length) => Some(instant::later(from, length)),
            End::At(_) | End::Never => None,
        },
        want: assert.want.clone(),
        then: assert.then.clone(),
        urgency: assert.urgency,
        at_once: false,
        observed: assert.observed,
        of_account: None,
        rule: rule.name.clone(),
        rule_hash: rule.hash.clone(),
    }
}
