//! A fixture is played on a stage, step by step, and what must be so is looked at after each.

use super::compare;
use super::coverage::{self, Coverage};
use super::given::given;
use super::provider::Newcomer;
use super::{Made, Others, Provider, Stage, StageSettings};
use crate::decode::Item;
use crate::engine::Unreadable;
use crate::engine::settings::{Mode, Quota, TargetSettings, TenantSettings};
use crate::model::account::{AttributeName, Value};
use crate::model::decision::{AuditEntry, DecisionRecord, NoteRecord, ResultRecord};
use crate::model::operation::Field;
use crate::model::ordered::CommandRecord;
use crate::model::{CustomLimits, EventPosition, GroupName, PersonId, ScimId, TenantName};
use crate::rules::RuleSet;
use crate::story::{
    AccountFacts, AccountState, Action, Deed, Difference, Fixture, Identity, Step, Suite, Told,
    is_doubtful, told,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The one tenant on the stage.
const TENANT: &str = "tenant";

/// A fixture under way.
pub(super) struct Player<'a> {
    pub(super) suite: &'a Suite,
    pub(super) fixture: &'a Fixture,
    pub(super) stage: Stage,
    /// Accounts that were there, or that somebody else made.
    pub(super) made: BTreeMap<String, ScimId>,
    /// What happened since it was last asked for.
    pub(super) calls: Vec<Made>,
    pub(super) results: Vec<Line>,
    pub(super) notes: Vec<Line>,
    /// Of the events of the step.
    pub(super) decisions: Vec<DecisionRecord>,
}

/// How a change ended, or what was said of it before.
pub(super) struct Line {
    pub(super) person: PersonId,
    /// The event that began it.
    pub(super) cause: Option<EventPosition>,
    /// The word, and the reason's code.
    pub(super) text: String,
    /// Of a result: whether it is claimed and was not seen.
    pub(super) is_doubtful: bool,
    /// A step has asked for what was said of the person since.
    pub(super) is_old: bool,
}

impl From<ResultRecord> for Line {
    fn from(record: ResultRecord) -> Self {
        Self {
            text: told(record.word.word(), record.why.as_ref()),
            person: record.person,
            cause: record.cause.map(|cause| cause.position),
            is_doubtful: is_doubtful(record.word, record.verified),
            is_old: false,
        }
    }
}

impl From<NoteRecord> for Line {
    fn from(record: NoteRecord) -> Self {
        Self {
            text: told(record.word.word(), Some(&record.why)),
            person: record.person,
            cause: record.cause.map(|cause| cause.position),
            is_doubtful: false,
            is_old: false,
        }
    }
}

/// Plays a fixture under `coverage`'s rules, and says what is not as it must be.
pub(super) fn play(
    (suite, fixture): (&Suite, &Fixture),
    others: &Others,
    coverage: &mut Coverage,
) -> Result<Vec<Difference>, Unreadable> {
    let tenant = tenant((suite, fixture), &coverage.rules);
    let mut settings = StageSettings::new(tenant, fixture.begin);
    let mut made = BTreeMap::new();
    let provider = settings.providers.entry(suite.target.clone()).or_default();
    for (short, facts) in &fixture.accounts {
        let Some(identity) = fixture.people.get(short) else { continue };
        made.extend(provider.make(newcomer(identity, facts)).map(|id| (short.clone(), id)));
    }
    for deed in &fixture.begun {
        // All ids are as they were when the accounts were made.
        let _none_moved = provider.undergo(deed);
    }
    settings.people = given((fixture, &settings.tenant.name), &coverage.rules);
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
        player.stage.forget_requests();
        is_under_test &= !matches!(step.action, Action::Rules(_));
        player.act(step, others, is_under_test.then_some(&mut *coverage))?;
        if let Some(breach) = player.stage.breach() {
            differences.push(compare::broken(step, breach));
            return Ok(differences);
        }
        if let Action::Order(order) = &step.action
            && let Some(unheard) = player.order(order, step)
        {
            differences.push(unheard);
            return Ok(differences);
        }
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
        for (short, facts) in &step.meanwhile {
            let Some(identity) = self.fixture.people.get(short) else { continue };
            self.with_provider(|provider| provider.forestall(newcomer(identity, facts)));
        }
        if let Action::Tell(told) = &step.action {
            self.tell(told, coverage);
            return Ok(());
        }
        self.pass(step.at, coverage);
        match &step.action {
            Action::Wait | Action::Tell(_) | Action::Order(_) => {}
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
            Action::Do(deed) => {
                self.undergo(deed);
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
        self.stage.forget_requests();
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
        let _commands = self.hear();
    }

    /// The same, and what became of commands.
    pub(super) fn hear(&mut self) -> Vec<CommandRecord> {
        self.calls.extend(self.stage.take_calls());
        let mut commands = Vec::new();
        for entry in self.stage.take_audit() {
            match entry {
                AuditEntry::Decision(record) => self.decisions.push(record),
                AuditEntry::Result(record) => self.results.push(record.into()),
                AuditEntry::Note(record) => self.notes.push(record.into()),
                AuditEntry::Command(record) => commands.push(record),
                AuditEntry::Reading(_) => {}
            }
        }
        commands
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

    fn undergo(&mut self, deed: &Deed) {
        let Some(provider) = self.stage.provider(&self.suite.target) else { return };
        let moved = provider.undergo(deed);
        for id in self.made.values_mut() {
            if let Some(new) = moved.get(id) {
                id.clone_from(new);
            }
        }
    }

    fn meddle(&mut self, short: &str, account: &AccountState) {
        let Some(identity) = self.fixture.people.get(short) else { return };
        let ids = self.accounts_of(short);
        let Some(provider) = self.stage.provider(&self.suite.target) else { return };
        match (&account.0, ids.first()) {
            (None, _) => ids.iter().for_each(|id| provider.remove(id)),
            (Some(facts), None) => {
                let made = provider.make(newcomer(identity, facts));
                self.made.extend(made.map(|id| (short.to_owned(), id)));
            }
            (Some(facts), Some(id)) => {
                let field = |value: &Option<Value>| value.clone().map_or(Field::Clear, Field::Set);
                let attributes =
                    facts.attributes.iter().map(|(name, value)| (name.clone(), field(value)));
                provider.change(id, facts.active, attributes.collect());
                if let Some(groups) = &facts.groups {
                    put_into_groups(provider, id, groups);
                }
            }
        }
    }
}

fn tenant((suite, fixture): (&Suite, &Fixture), rules: &Arc<RuleSet>) -> TenantSettings {
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
        limits: fixture.limits.clone(),
        protected: fixture.protected.clone(),
        inventory_every: None,
        reads: crate::inventory::Wanted::default(),
        imported_policies: None,
    };
    TenantSettings {
        name: TenantName::new(TENANT),
        rules: Arc::clone(rules),
        topics: vec!["events".to_owned()],
        targets: vec![target],
    }
}

/// Somebody's account as somebody else makes it: with their names, unless others are said.
fn newcomer(identity: &Identity, facts: &AccountFacts) -> Newcomer {
    let mut attributes = BTreeMap::new();
    for (attribute, value) in [
        (AttributeName::USER_NAME, identity.user_name()),
        (AttributeName::WORK_EMAIL, identity.work_email()),
    ] {
        attributes.extend(value.map(|value| (attribute, Value::Text(value.to_owned()))));
    }
    for (attribute, value) in &facts.attributes {
        match value {
            Some(value) => attributes.insert(attribute.clone(), value.clone()),
            None => attributes.remove(attribute),
        };
    }
    let groups = facts.groups.iter().flatten().cloned().collect();
    Newcomer { active: facts.active.unwrap_or(true), attributes, groups }
}

/// The groups that are named, and no others.
fn put_into_groups(provider: &mut Provider, id: &ScimId, groups: &BTreeSet<GroupName>) {
    for group in &provider.groups_of(id) {
        provider.set_member(group, id, false);
    }
    for group in groups {
        provider.make_group(group);
        provider.set_member(group, id, true);
    }
}
