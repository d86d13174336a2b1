//! A fixture is played on a stage, step by step, and what must be so is looked at after each.

use super::compare::{self, Difference};
use super::coverage::{self, Coverage};
use super::{Made, Others, Provider, Stage, StageSettings};
use crate::decode::Item;
use crate::engine::Unreadable;
use crate::engine::claims::{Instance, Mark, Word};
use crate::engine::record::encode_person;
use crate::engine::settings::{Mode, Quota, TargetSettings, TenantSettings};
use crate::engine::state::Person;
use crate::model::account::{AttributeName, Value};
use crate::model::claim::Assertion;
use crate::model::decision::{AuditEntry, DecisionRecord, NoteRecord, ResultRecord};
use crate::model::event::OrderKey;
use crate::model::operation::Field;
use crate::model::{
    AliasKind, CustomLimits, PersonId, Precedence, RuleName, ScimId, StateWrite, TenantName,
    Urgency, Want,
};
use crate::rules::RuleSet;
use crate::story::{
    AccountFacts, AccountState, Action, End, Fixture, Identity, Standing, Step, Suite, Told,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The one tenant on the stage.
const TENANT: &str = "tenant";
/// The source of claims that are given.
const GIVEN: &str = "given";

/// A fixture under way.
pub(super) struct Player<'a> {
    pub(super) suite: &'a Suite,
    pub(super) fixture: &'a Fixture,
    pub(super) stage: Stage,
    /// Accounts that were there, or that somebody else made.
    pub(super) made: BTreeMap<String, ScimId>,
    /// What happened since it was last asked for.
    pub(super) calls: Vec<Made>,
    pub(super) results: Vec<ResultRecord>,
    pub(super) notes: Vec<NoteRecord>,
    /// Of the events of the step.
    pub(super) decisions: Vec<DecisionRecord>,
}

/// Plays a fixture under `coverage`'s rules, and says what is not as it must be.
pub(super) fn play(
    (suite, fixture): (&Suite, &Fixture),
    others: &Others,
    coverage: &mut Coverage,
) -> Result<Vec<Difference>, Unreadable> {
    let mut settings = StageSettings::new(tenant(suite, &coverage.rules), fixture.begin);
    let mut made = BTreeMap::new();
    let provider = settings.providers.entry(suite.target.clone()).or_default();
    for (short, facts) in &fixture.accounts {
        let Some(identity) = fixture.people.get(short) else { continue };
        made.extend(make(provider, identity, facts).map(|id| (short.clone(), id)));
    }
    settings.people = given(fixture, &coverage.rules);
    let stage = Stage::new(settings)?;
    let (calls, results, notes, decisions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut player = Player { suite, fixture, stage, made, calls, results, notes, decisions };
    let mut is_under_test = true;
    for told in &fixture.before {
        player.tell(told, Some(coverage));
        if let Some(parked) = compare::unforeseen(&player, told) {
            return Ok(vec![parked]);
        }
    }
    player.pass(fixture.start, Some(coverage));
    player.calls.clear();
    player.results.clear();
    player.notes.clear();
    let mut differences = Vec::new();
    for step in &fixture.steps {
        player.decisions.clear();
        is_under_test &= !matches!(step.action, Action::Rules(_));
        player.act(step, others, is_under_test.then_some(&mut *coverage))?;
        let then = step.then.as_ref();
        if let Action::Tell(told) = &step.action
            && then.is_none_or(|then| then.decision.is_none() && then.because.is_none())
            && let Some(parked) = compare::unforeseen(&player, told)
        {
            differences.push(Difference { step: step.say.clone(), ..parked });
            return Ok(differences);
        }
        if let Some(then) = then {
            let found = compare::compare(&mut player, then).into_iter();
            differences.extend(found.map(|it| Difference { step: step.say.clone(), ..it }));
        }
    }
    if is_under_test {
        let now = player.stage.now();
        player.stage.people().for_each(|person| coverage.seen(person, now));
    }
    Ok(differences)
}

impl Player<'_> {
    fn act(
        &mut self,
        step: &Step,
        others: &Others,
        coverage: Option<&mut Coverage>,
    ) -> Result<(), Unreadable> {
        if let Action::Tell(told) = &step.action {
            self.tell(told, coverage);
            return Ok(());
        }
        self.pass(step.at, coverage);
        match &step.action {
            Action::Wait | Action::Tell(_) => {}
            Action::Restart => self.stage.restart()?,
            Action::Rules(files) => {
                if let Some(rules) = others.get(files) {
                    self.stage.replace_rules(Arc::clone(rules))?;
                }
            }
            Action::Provider(manner) => self.with_provider(|provider| provider.manner = *manner),
            Action::Hide(people) => self.each_account(people, Provider::hide),
            Action::Show(people) => self.each_account(people, Provider::show),
            Action::Meddle(accounts) => {
                for (short, account) in accounts {
                    self.meddle(short, account);
                }
                self.stage.note_meddling();
            }
        }
        self.listen();
        Ok(())
    }

    fn tell(&mut self, told: &Told, mut coverage: Option<&mut Coverage>) {
        let Told { at, items, .. } = told;
        // What time alone brings about is not this event's doing.
        self.pass(*at, coverage.as_deref_mut());
        self.decisions.clear();
        let before = coverage::times(self.stage.people());
        self.stage.tell_items(*at, items.clone());
        self.listen();
        if let Some(coverage) = coverage {
            for (item, record) in items.iter().zip(&self.decisions) {
                if let Item::Event(event) = item {
                    coverage.decided(event, record, (&before, self.stage.people()));
                }
            }
        }
    }

    /// Lets time pass until `to`.
    fn pass(&mut self, to: jiff::Timestamp, coverage: Option<&mut Coverage>) {
        if let Some(coverage) = coverage {
            // Beforehand: by then usher may have forgotten what is over for long.
            self.stage.people().for_each(|person| coverage.seen(person, to));
        }
        self.stage.advance(to);
        self.listen();
    }

    /// Takes in what the stage has to tell.
    fn listen(&mut self) {
        self.calls.extend(self.stage.take_calls());
        for entry in self.stage.take_audit() {
            match entry {
                AuditEntry::Decision(record) => self.decisions.push(record),
                AuditEntry::Result(record) => self.results.push(record),
                AuditEntry::Note(record) => self.notes.push(record),
                AuditEntry::Reading(_) => {}
            }
        }
    }

    fn with_provider(&mut self, change: impl FnOnce(&mut Provider)) {
        if let Some(provider) = self.stage.provider(&self.suite.target) {
            change(provider);
        }
    }

    fn each_account(&mut self, people: &[String], change: fn(&mut Provider, &ScimId)) {
        for short in people {
            for id in self.accounts_of(short) {
                self.with_provider(|provider| change(provider, &id));
            }
        }
    }

    /// Every account that goes by one of the person's names, that was given to them, or that usher
    /// takes for theirs, whatever it is called by now.
    pub(super) fn accounts_of(&mut self, short: &str) -> Vec<ScimId> {
        let Some(identity) = self.fixture.people.get(short) else { return Vec::new() };
        let own = self.made.get(short).cloned();
        let target = &self.suite.target;
        let seats = self.known(short).into_iter().filter_map(|person| person.seats.get(target));
        let bound = seats.filter_map(|seat| seat.account().cloned());
        let mut found: BTreeSet<ScimId> = own.into_iter().chain(bound).collect();
        let Some(provider) = self.stage.provider(target) else { return Vec::new() };
        found.retain(|id| provider.account(id).is_some());
        for alias in &identity.aliases {
            let attributes = match alias.kind() {
                AliasKind::UserName | AliasKind::Email => {
                    [AttributeName::USER_NAME, AttributeName::WORK_EMAIL]
                }
                AliasKind::EmployeeNumber | AliasKind::WorkerId | AliasKind::External => continue,
            };
            for attribute in &attributes {
                let named = provider.with(attribute, alias.value());
                found.extend(named.into_iter().map(|account| account.id.clone()));
            }
        }
        found.into_iter().collect()
    }

    fn meddle(&mut self, short: &str, account: &AccountState) {
        let Some(identity) = self.fixture.people.get(short) else { return };
        let ids = self.accounts_of(short);
        let Some(provider) = self.stage.provider(&self.suite.target) else { return };
        match (&account.0, ids.first()) {
            (None, _) => ids.iter().for_each(|id| provider.remove(id)),
            (Some(facts), None) => {
                let made = make(provider, identity, facts);
                self.made.extend(made.map(|id| (short.to_owned(), id)));
            }
            (Some(facts), Some(id)) => {
                let field = |value: &Option<Value>| value.clone().map_or(Field::Clear, Field::Set);
                let attributes =
                    facts.attributes.iter().map(|(name, value)| (name.clone(), field(value)));
                provider.change(id, facts.active, &attributes.collect());
                if facts.groups.is_some() {
                    put_into_groups(provider, id, facts);
                }
            }
        }
    }
}

fn tenant(suite: &Suite, rules: &Arc<RuleSet>) -> TenantSettings {
    let target = TargetSettings {
        name: suite.target.clone(),
        mode: Mode::Enforce,
        restricting_groups: suite.restricting_groups.clone(),
        lookup: vec![AttributeName::USER_NAME, AttributeName::WORK_EMAIL],
        custom_attributes: Some(CustomLimits::default()),
        concurrency: 4,
        quota: Quota::per_second(100.0),
        members_per_call: 100,
        create_groups: false,
        formerly: Vec::new(),
    };
    TenantSettings {
        name: TenantName::new(TENANT),
        rules: Arc::clone(rules),
        topics: vec!["events".to_owned()],
        targets: vec![target],
    }
}

/// Makes somebody's account: with their names, unless others are said.
fn make(provider: &mut Provider, identity: &Identity, facts: &AccountFacts) -> Option<ScimId> {
    let mut attributes = BTreeMap::new();
    let address = identity.text("work_email");
    let name = identity.text("user_name").or(address);
    for (attribute, value) in
        [(AttributeName::USER_NAME, name), (AttributeName::WORK_EMAIL, address)]
    {
        attributes.extend(value.map(|value| (attribute, Value::Text(value.to_owned()))));
    }
    for (attribute, value) in &facts.attributes {
        match value {
            Some(value) => attributes.insert(attribute.clone(), value.clone()),
            None => attributes.remove(attribute),
        };
    }
    let id = provider.make_account(facts.active.unwrap_or(true), attributes)?;
    put_into_groups(provider, &id, facts);
    Some(id)
}

/// The groups that are named, and no others.
fn put_into_groups(provider: &mut Provider, id: &ScimId, facts: &AccountFacts) {
    let before: Vec<_> = provider.groups_of(id).cloned().collect();
    for group in &before {
        provider.set_member(group, id, false);
    }
    for group in facts.groups.iter().flatten() {
        provider.make_group(group.clone());
        provider.set_member(group, id, true);
    }
}

/// The people whose claims stand already, as they would stand in `usher.people`.
fn given(fixture: &Fixture, rules: &RuleSet) -> Vec<StateWrite> {
    let mut people: BTreeMap<&str, Person> = BTreeMap::new();
    for standing in &fixture.claims {
        let Some(identity) = fixture.people.get(&standing.person) else { continue };
        let Some(assertion) = assertion(standing, rules) else { continue };
        let tenant = TenantName::new(TENANT);
        let person = people.entry(&standing.person).or_insert_with(|| {
            let id = PersonId::first_seen(&tenant, GIVEN, &standing.person);
            let mut person = Person::new(id, tenant);
            person.aliases.extend(identity.aliases.iter().cloned());
            person
        });
        let mut instance = Instance::new(standing.claim.clone(), standing.by.clone());
        let id = standing.claim.clone();
        let key = OrderKey { sequence: None, time: standing.since, came: 0, tie: 0, id };
        let word = Word::Assert(Box::new(assertion));
        instance.note(Mark { source: GIVEN.to_owned(), key, word });
        person.claims.push(instance);
    }
    people.values().map(encode_person).collect()
}

fn assertion(standing: &Standing, rules: &RuleSet) -> Option<Assertion> {
    let own = rules.assertion(&standing.claim, standing.since);
    let mut assertion = match (own, &standing.want, standing.precedence) {
        (Some(own), _, _) => own,
        (None, Some(want), Some(precedence)) => by_hand(standing, want, precedence),
        (None, _, _) => return None,
    };
    assertion.precedence = standing.precedence.unwrap_or(assertion.precedence);
    assertion.until = match standing.until {
        None => assertion.until,
        Some(End::Never) => None,
        Some(End::At(until)) => Some(until),
    };
    if standing.want.is_some() || standing.then.is_some() {
        // It is held by value, as another text of the rule said it.
        assertion.rule_hash.clear();
    }
    if let Some(want) = &standing.want {
        assertion.want = want.clone();
        assertion.then = standing.then.clone().unwrap_or_default();
    } else if let Some(then) = &standing.then {
        assertion.then.clone_from(then);
    }
    Some(assertion)
}

fn by_hand(standing: &Standing, want: &Want, precedence: Precedence) -> Assertion {
    Assertion {
        precedence,
        from: standing.since,
        until: None,
        want: want.clone(),
        then: Vec::new(),
        urgency: Urgency::Normal,
        at_once: false,
        rule: RuleName::new(GIVEN),
        rule_hash: String::new(),
    }
}
