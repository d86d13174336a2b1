//! Rule files: what users want to happen, by event.
//!
//! Evaluation is pure; an error in a condition is an error, never "false". What can be seen to be
//! wrong is refused when the files are loaded, before any event comes.

mod asked;
mod check;
mod compile;
mod coverage;
mod error;
mod expression;
mod grammar;
mod instant;
mod lint;
mod profile;
mod restate;
#[cfg(test)]
mod tests;
pub mod want;
pub mod yaml;

use crate::model::code::Code;
pub use coverage::{Branch, Outline, What};
pub use error::{Error, Errors, Place};
pub(crate) use instant::parse_length;
pub use lint::{Finding, Lint, Severity, Surroundings};
pub use restate::Restated;

use crate::model::Urgency;
use crate::model::account::AttributeName;
use crate::model::claim::{Assertion, By, ClaimName, Precedence, Stage, Statement, Want};
use crate::model::decision::Why;
use crate::model::event::{Event, EventClass};
use crate::model::event_kind::EventKind;
use crate::model::ids::{GroupName, RuleName, TargetName};
use cel::Context;
use expression::{Failure, Variables};
use instant::{Instant, Untold};
use jiff::SignedDuration;
use profile::Profile;
use std::collections::{BTreeMap, BTreeSet};

/// The schema of a rule file, made of the types that read it.
pub fn schema(settings: schemars::generate::SchemaSettings) -> schemars::Schema {
    settings.into_generator().into_root_schema_for::<grammar::File>()
}

/// A rule file, read.
#[derive(Clone, Debug)]
pub struct RuleFile {
    /// As messages call it.
    pub name: String,
    pub text: String,
}

/// The rules of one tenant, compiled.
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<Rule>,
    profile: Option<Profile>,
    /// Files that hold neither.
    blank: Vec<Place>,
    /// What to look at when an event of a type comes; types nobody speaks of are not in it.
    by_kind: BTreeMap<EventKind, Agenda>,
}

/// A condition, an expression or an instant of a rule that failed on an event; the event is parked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError {
    pub rule: RuleName,
    pub why: Why,
}

#[derive(Debug)]
struct Rule {
    name: RuleName,
    place: Place,
    triggers: Vec<Trigger>,
    when: Option<expression::Expression>,
    action: Action,
    hash: String,
}

#[derive(Debug)]
struct Trigger {
    kind: EventKind,
    place: Place,
    when: Option<expression::Expression>,
}

#[derive(Debug)]
enum Action {
    Assert(Box<Assert>),
    Withdraw(Withdraw),
}

#[derive(Debug)]
struct Assert {
    claim: ClaimName,
    /// The name under which it is kept: that of an observed rule stands beside the enforced one.
    kept_as: ClaimName,
    observed: bool,
    precedence: Precedence,
    by: Option<grammar::ByWord>,
    from: Option<Instant>,
    end: End,
    want: Want,
    then: Vec<Stage>,
    urgency: Urgency,
}

/// When a claim ends by itself.
#[derive(Debug)]
enum End {
    Never,
    After(SignedDuration),
    At(Instant),
}

#[derive(Debug)]
struct Withdraw {
    claim: ClaimName,
    at: Option<Instant>,
    by: Option<grammar::ByWord>,
}

/// What concerns one type of event.
#[derive(Debug, Default)]
struct Agenda {
    /// Indices of rules and of their triggers.
    rules: Vec<(usize, usize)>,
    has_profile: bool,
    /// The variables that its expressions read.
    variables: Variables,
}

impl RuleSet {
    /// Compiles the rules of one tenant, from all its files together.
    pub fn load(files: &[RuleFile]) -> Result<Self, Error> {
        Self::load_or_all(files).map_err(|errors| errors.first)
    }

    /// The same; an error does not hide the next.
    pub fn load_or_all(files: &[RuleFile]) -> Result<Self, Errors> {
        let compiled = compile::compile(files)?;
        check::check(&compiled.rules)?;
        let by_kind = agendas(&compiled.rules, compiled.profile.as_ref());
        let compile::Compiled { rules, profile, blank } = compiled;
        Ok(Self { rules, profile, blank, by_kind })
    }

    /// What the rules make of `event`, in the order of the file; empty if none speaks.
    ///
    /// The profile comes first, as the other claims build on it.
    pub fn evaluate(&self, event: &Event) -> Result<Vec<Statement>, ConditionError> {
        let Some(agenda) = self.by_kind.get(&event.kind) else {
            return Ok(Vec::new());
        };
        let context = expression::context(&agenda.variables, event);
        let mut statements = Vec::new();
        if let Some(profile) = self.profile.as_ref().filter(|_| agenda.has_profile) {
            statements.extend(profile.statement(event, &context)?);
        }
        for (rule, trigger) in &agenda.rules {
            let Some(rule) = self.rules.get(*rule) else {
                continue;
            };
            let trigger = rule.triggers.get(*trigger);
            let conditions = [trigger.and_then(|it| it.when.as_ref()), rule.when.as_ref()];
            if all_hold(conditions, rule, event, &context)? {
                let statement = rule.statement(event).map_err(|untold| rule.undated(untold))?;
                let observed = self.observed_too(&statement);
                statements.push(statement);
                statements.extend(observed);
            }
        }
        Ok(statements)
    }

    /// What ends a claim ends the observed one of that name, too.
    fn observed_too(&self, statement: &Statement) -> Option<Statement> {
        let Statement::Withdraw { claim, by, at, rule } = statement else { return None };
        let is_observed = |assert: &&Assert| assert.observed && assert.claim == *claim;
        let mut asserts = self.rules.iter().filter_map(Rule::assert);
        let kept_as = asserts.find(is_observed)?.kept_as.clone();
        Some(Statement::Withdraw { claim: kept_as, by: by.clone(), at: *at, rule: rule.clone() })
    }

    /// Every group that a rule may touch, and at which target (`None`: at all).
    pub fn groups(&self) -> BTreeSet<(Option<TargetName>, GroupName)> {
        let groups = |want: &Want| {
            let names = want.groups.add.iter().chain(&want.groups.remove);
            let names = names.map(|name| (want.target.clone(), name.clone()));
            names.collect::<Vec<_>>()
        };
        self.wants().flat_map(groups).collect()
    }

    /// Every attribute that the profile or a rule may set, and at which target (`None`: at all).
    pub fn attributes(&self) -> BTreeSet<(Option<TargetName>, AttributeName)> {
        let profile = self.profile.iter().flat_map(Profile::names).map(|name| (None, name.clone()));
        let wanted = self.wants().flat_map(|want| {
            want.attributes.keys().map(|name| (want.target.clone(), name.clone()))
        });
        profile.chain(wanted).collect()
    }

    /// Every target that a rule names, with the place of each rule that does; each must be one of the
    /// tenant's.
    pub fn targets(&self) -> BTreeSet<(TargetName, Place)> {
        let named = |rule: &Rule| {
            let targets = rule.wants().filter_map(|want| want.target.clone());
            targets.map(|target| (target, rule.place.clone())).collect::<Vec<_>>()
        };
        self.rules.iter().flat_map(named).collect()
    }

    fn wants(&self) -> impl Iterator<Item = &Want> {
        self.rules.iter().flat_map(Rule::wants)
    }
}

/// Which rules wait for which type of event, and what they will read of it.
fn agendas(rules: &[Rule], profile: Option<&Profile>) -> BTreeMap<EventKind, Agenda> {
    let mut agendas = BTreeMap::<EventKind, Agenda>::new();
    for (index, rule) in rules.iter().enumerate() {
        for (position, trigger) in rule.triggers.iter().enumerate() {
            let agenda = agendas.entry(trigger.kind).or_default();
            agenda.rules.push((index, position));
            agenda.will_read(trigger.when.iter().chain(&rule.when));
        }
    }
    if let Some(profile) = profile {
        for kind in profile.kinds() {
            let agenda = agendas.entry(kind).or_default();
            agenda.has_profile = true;
            agenda.will_read(profile.expressions());
        }
    }
    agendas
}

impl Agenda {
    fn will_read<'a>(&mut self, expressions: impl Iterator<Item = &'a expression::Expression>) {
        for expression in expressions {
            self.variables.extend(expression.variables().map(str::to_owned));
        }
    }
}

/// Looks no further than the first condition that does not hold.
fn all_hold(
    conditions: [Option<&expression::Expression>; 2],
    rule: &Rule,
    event: &Event,
    context: &Context<'_, '_>,
) -> Result<bool, ConditionError> {
    for condition in conditions.into_iter().flatten() {
        let holds = condition.holds(context, event).map_err(|failure| failed(rule, failure))?;
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

fn failed(rule: &Rule, failure: Failure) -> ConditionError {
    let text = format!("the condition of rule `{}` {}", rule.name, failure.text());
    ConditionError {
        why: Why::new(Code::ConditionFailed, Some(&failure.into_field()), text),
        rule: rule.name.clone(),
    }
}

impl Rule {
    fn wants(&self) -> impl Iterator<Item = &Want> {
        let assert = match &self.action {
            Action::Assert(assert) => Some(assert),
            Action::Withdraw(_) => None,
        };
        assert.into_iter().flat_map(|assert| assert.wants())
    }

    /// Every instant that it reckons with.
    fn instants(&self) -> impl Iterator<Item = Instant> {
        let (first, second) = match &self.action {
            Action::Assert(assert) => match assert.end {
                End::At(until) => (assert.from, Some(until)),
                End::Never | End::After(_) => (assert.from, None),
            },
            Action::Withdraw(withdraw) => (withdraw.at, None),
        };
        first.into_iter().chain(second)
    }

    fn statement(&self, event: &Event) -> Result<Statement, Untold> {
        Ok(match &self.action {
            Action::Assert(assert) => Statement::Assert {
                claim: assert.kept_as.clone(),
                by: by(assert.by, event),
                assertion: assert.assertion(self, event)?,
            },
            Action::Withdraw(withdraw) => Statement::Withdraw {
                claim: withdraw.claim.clone(),
                by: by(withdraw.by, event),
                at: withdraw.at.map_or(Ok(event.time), |at| at.of(event))?,
                rule: self.name.clone(),
            },
        })
    }

    fn undated(&self, untold: Untold) -> ConditionError {
        ConditionError { why: untold.why(&self.name), rule: self.name.clone() }
    }
}

impl Assert {
    fn wants(&self) -> impl Iterator<Item = &Want> {
        std::iter::once(&self.want).chain(self.then.iter().map(|stage| &stage.want))
    }

    /// What it wants, and later; what is said of an account at one target is said of no other.
    fn wants_at(&self, only: Option<&TargetName>) -> (Want, Vec<Stage>) {
        let kept = |want: &Want| match only {
            Some(target) => want.clone().kept_to(target),
            None => want.clone(),
        };
        let later = |stage: &Stage| Stage { want: kept(&stage.want), ..stage.clone() };
        (kept(&self.want), self.then.iter().map(later).collect())
    }

    fn assertion(&self, rule: &Rule, event: &Event) -> Result<Assertion, Untold> {
        let from = self.from.unwrap_or_else(|| default_start(event.kind)).of(event)?;
        let of_account = event.account().map(|account| account.target);
        let at = of_account.clone().or_else(|| event.asked_at());
        let (want, then) = self.wants_at(at.as_ref());
        Ok(Assertion {
            precedence: self.precedence,
            from,
            until: match self.end {
                End::Never => None,
                End::After(length) => Some(instant::later(from, length)),
                End::At(instant) => Some(instant.of(event)?),
            },
            want,
            then,
            urgency: self.urgency,
            at_once: event.kind == EventKind::AccessRevoked,
            observed: self.observed,
            of_account,
            rule: rule.name.clone(),
            rule_hash: rule.hash.clone(),
        })
    }
}

/// HR dates what it says; security speaks of now.
fn default_start(kind: EventKind) -> Instant {
    match kind.class() {
        EventClass::Hr if kind != EventKind::AccessRevoked => Instant::EFFECTIVE_AT,
        EventClass::Hr | EventClass::Security | EventClass::Account | EventClass::Request => {
            Instant::TIME
        }
    }
}

/// What tells the claim's instances apart; without the narrow id, the wide one.
fn by(word: Option<grammar::ByWord>, event: &Event) -> By {
    let word = word.unwrap_or(match event.kind.class() {
        EventClass::Hr => grammar::ByWord::Employment,
        EventClass::Security => grammar::ByWord::Detection,
        // Whoever is known by one account has one such claim.
        // Whoever asked for something is the one who may end it.
        EventClass::Account | EventClass::Request => grammar::ByWord::Source,
    });
    let source = || event.source.clone();
    match word {
        grammar::ByWord::Person => By::Person,
        grammar::ByWord::Employment => {
            let id = event.employment_id.clone();
            id.map_or(By::Person, By::Employment)
        }
        grammar::ByWord::Source => By::Source(source()),
        grammar::ByWord::Detection => match event.detection_id.clone() {
            Some(id) => By::Detection { source: source(), id },
            None => By::Source(source()),
        },
    }
}
