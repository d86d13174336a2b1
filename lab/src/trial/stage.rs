//! A shard on a stage: whoever directs says what happens when; everything else happens by itself.
//!
//! Between two cues the shard is at rest, as far as the provider lets it: commits are in and answers
//! are back, at the very instant, and time stands still.

use super::orders::{self, CONTROL};
use super::provider::{self, Provider};
use super::requests::{account_named, account_of, method, operations};
use super::settings::StageSettings;
use crate::decode::{self, Item};
use crate::engine::settings::Timing;
use crate::engine::state::{Person, Seat, Seats};
use crate::engine::{Input, Record, Shard, Unreadable};
use crate::host::{Breach, Host, Turn};
use crate::model::event::Event;
use crate::model::ids::{PersonId, ScimId, TargetName, TenantName};
use crate::model::operation::Operation;
use crate::model::{Answer, AuditEntry, Call, Commit, Outcome, RawRecord};
use crate::rules::RuleSet;
use crate::story::{Manner, Method};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Longer than this usher's client waits for no answer.
const ANSWER_MAX: SignedDuration = SignedDuration::from_secs(10);
/// The pauses between looks at a shard that wants to be looked at again at once.
const TICK_MIN: SignedDuration = SignedDuration::from_millis(1);
const TICK_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Of a record.
type Headers = Vec<(String, Option<Vec<u8>>)>;

/// A call that would have changed something.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    pub at: Timestamp,
    pub target: TargetName,
    /// `None` if nobody knows whose account it is.
    pub person: Option<PersonId>,
    pub operation: Operation,
}

/// A call whose answer has not come yet.
#[derive(Debug)]
struct Open {
    call: Call,
    /// Already known, or found out when it is due.
    outcome: Option<Outcome>,
    /// Nobody waits for it any more: it only lands.
    is_late: bool,
}

/// One shard, one tenant, and the world around them.
#[derive(Debug)]
pub struct Stage {
    settings: StageSettings,
    host: Host,
    /// The engine has not kept its contract; nothing that it shows since counts.
    breach: Option<Breach>,
    now: Timestamp,
    /// When usher would have read the groups again that somebody else has changed.
    next_reading: Option<Timestamp>,
    commit: Option<Commit>,
    /// Calls by when they are answered.
    open: BTreeMap<(Timestamp, u64), Open>,
    cues: u64,
    /// What is committed, as a new owner would restore it.
    state: BTreeMap<String, Vec<u8>>,
    owners: HashMap<(TargetName, ScimId), PersonId>,
    offset: i64,
    /// So many commands have come.
    heard: i64,
    made: Vec<Made>,
    requests: BTreeMap<Method, usize>,
    audit: Vec<AuditEntry>,
}

impl Stage {
    pub fn new(settings: StageSettings) -> Result<Self, Unreadable> {
        let first = [orders::first_record()].into_iter();
        let written = first.chain(settings.people.iter().cloned());
        let state = written.filter_map(|write| Some((write.key, write.value?))).collect();
        let mut stage = Self {
            host: Host::new(Shard::new(settings.shard())),
            breach: None,
            now: settings.start,
            next_reading: None,
            commit: None,
            open: BTreeMap::new(),
            cues: 0,
            state,
            owners: HashMap::new(),
            offset: 0,
            heard: 0,
            made: Vec::new(),
            requests: BTreeMap::new(),
            audit: Vec::new(),
            settings,
        };
        stage.restart()?;
        Ok(stage)
    }

    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// An event comes in at `at`, or now if that is over.
    pub fn tell(&mut self, at: Timestamp, event: Event) {
        self.tell_items(at, vec![Item::Event(Box::new(event))]);
    }

    /// A record comes in at `at` that was decoded as these items; there must be one.
    pub fn tell_items(&mut self, at: Timestamp, items: Vec<Item>) {
        self.advance(at);
        let topic = self.settings.tenant.topics.first().cloned().unwrap_or_default();
        let raw = self.record((topic, self.offset), None, Vec::new());
        self.offset += 1;
        self.take(raw, items);
    }

    /// What operators have signed comes in now.
    pub(super) fn hear(&mut self, bytes: Vec<u8>, headers: Headers) {
        let raw = self.record((CONTROL.to_owned(), self.heard), Some(bytes), headers);
        self.heard += 1;
        let items = decode::command::decode(&raw);
        self.take(raw, items);
    }

    /// How many commands have come.
    pub(super) fn heard(&self) -> i64 {
        self.heard
    }

    pub(super) fn tenant(&self) -> &TenantName {
        &self.settings.tenant.name
    }

    fn record(
        &self,
        (topic, offset): (String, i64),
        value: Option<Vec<u8>>,
        headers: Headers,
    ) -> RawRecord {
        let timestamp = self.now;
        RawRecord { topic, partition: 0, offset, timestamp, key: None, value, headers }
    }

    fn take(&mut self, raw: RawRecord, items: Vec<Item>) {
        self.step(Input::Record(Record { raw: Arc::new(raw), items }));
        self.settle();
    }

    /// Lets time pass until `to`; whatever is due by then happens in its order.
    pub fn advance(&mut self, to: Timestamp) {
        let mut pause = TICK_MIN;
        while let Some(due) = self.next_due().filter(|due| *due <= to) {
            let mut at = due.max(self.now);
            if due <= self.now && !self.is_answer_due(self.now) {
                // A shard that is never content must not hold the clock.
                at = self.now.checked_add(pause).unwrap_or(to);
                pause = (pause * 2).min(TICK_MAX);
            } else {
                pause = TICK_MIN;
            }
            if at > to {
                break;
            }
            self.now = at;
            if self.next_reading.take_if(|reading| *reading <= at).is_some() {
                self.host.queue_groups();
            }
            self.step(Input::Tick);
            self.settle();
        }
        self.now = self.now.max(to);
        self.step(Input::Tick);
        self.settle();
    }

    /// The process ends and another takes over what was committed.
    pub fn restart(&mut self) -> Result<(), Unreadable> {
        let mut shard = Shard::new(self.settings.shard());
        for (key, value) in &self.state {
            shard.restore(key, Some(value))?;
        }
        shard.take_over(self.now);
        self.host = Host::new(shard);
        self.commit = None;
        for open in self.open.values_mut() {
            open.is_late = true;
        }
        self.step(Input::Tick);
        self.settle();
        Ok(())
    }

    /// Somebody else has changed accounts or groups; usher sees it when it reads the groups again.
    pub fn note_meddling(&mut self) {
        let seen_at = self.now.checked_add(Timing::default().group_refresh).ok();
        self.next_reading = self.next_reading.or(seen_at);
    }

    /// usher is started again with other rules.
    pub fn replace_rules(&mut self, rules: Arc<RuleSet>) -> Result<(), Unreadable> {
        self.settings.tenant.rules = rules;
        self.settings.make_groups();
        self.restart()
    }

    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.host.shard().people()
    }

    /// A person's places at targets.
    pub fn seats_of(&self, person: &Person) -> Seats<'_> {
        self.host.shard().seats_of(person)
    }

    /// A person's place at one target.
    pub fn seat(&self, person: &Person, target: &TargetName) -> Option<&Seat> {
        self.host.shard().seat(person, target)
    }

    /// How the engine has failed to keep its contract with whoever runs it, if it has.
    pub fn breach(&self) -> Option<Breach> {
        self.breach
    }

    pub fn provider(&mut self, target: &TargetName) -> Option<&mut Provider> {
        self.settings.providers.get_mut(target)
    }

    /// The changing calls since this was last asked, in their order.
    pub fn take_calls(&mut self) -> Vec<Made> {
        std::mem::take(&mut self.made)
    }

    /// How many requests by that method there were since they were last forgotten.
    pub fn requests(&self, method: Method) -> usize {
        self.requests.get(&method).copied().unwrap_or_default()
    }

    pub fn forget_requests(&mut self) {
        self.requests.clear();
    }

    /// The lines of the audit since this was last asked.
    pub fn take_audit(&mut self) -> Vec<AuditEntry> {
        std::mem::take(&mut self.audit)
    }

    fn next_due(&self) -> Option<Timestamp> {
        let answer = self.open.first_key_value().map(|((at, _), _)| *at);
        answer.into_iter().chain(self.host.due()).chain(self.next_reading).min()
    }

    fn is_answer_due(&self, at: Timestamp) -> bool {
        self.open.first_key_value().is_some_and(|((due, _), _)| *due <= at)
    }

    /// Everything that needs no time.
    fn settle(&mut self) {
        loop {
            if let Some(commit) = self.commit.take() {
                self.take_in(commit);
            } else if self.is_answer_due(self.now) {
                self.give_answer();
            } else {
                return;
            }
        }
    }

    fn step(&mut self, input: Input) {
        match self.host.step(self.now, input) {
            Ok(Turn { calls, commit }) => {
                self.commit = commit.or(self.commit.take());
                for call in calls {
                    self.start(call);
                }
            }
            Err(breach) => self.breach = self.breach.or(Some(breach)),
        }
    }

    fn take_in(&mut self, commit: Commit) {
        for write in commit.state {
            match write.value {
                Some(value) => self.state.insert(write.key, value),
                None => self.state.remove(&write.key),
            };
        }
        self.audit.extend(commit.audit);
        self.step(Input::Committed(commit.id));
    }

    fn start(&mut self, call: Call) {
        self.note_made(&call);
        *self.requests.entry(method(&call.request)).or_default() += 1;
        let Some(provider) = self.settings.providers.get_mut(&call.target) else { return };
        let now = self.now;
        let later = |delay| now.checked_add(delay).unwrap_or(Timestamp::MAX);
        let (outcome, delay) = match provider.manner {
            Manner::Slow(delay) => (None, delay),
            Manner::Willing | Manner::Refusing | Manner::Failing => {
                (Some(provider.answer(&call.request)), SignedDuration::ZERO)
            }
        };
        let is_late = delay > ANSWER_MAX;
        if is_late {
            let outcome = Some(provider::unanswered());
            self.queue(later(ANSWER_MAX), Open { call: call.clone(), outcome, is_late: false });
        }
        self.queue(later(delay), Open { call, outcome, is_late });
    }

    fn queue(&mut self, at: Timestamp, open: Open) {
        self.cues += 1;
        self.open.insert((at, self.cues), open);
    }

    fn give_answer(&mut self) {
        let Some((_, Open { call, outcome, is_late })) = self.open.pop_first() else { return };
        let provider = self.settings.providers.get_mut(&call.target);
        let found = outcome.or_else(|| provider.map(|provider| provider.answer(&call.request)));
        let Some(outcome) = found else { return };
        if let (Some(person), Some(account)) = (&call.person, account_of(&call.request, &outcome)) {
            self.owners.insert((call.target.clone(), account), person.clone());
        }
        if !is_late {
            self.step(Input::Answer(Answer::new(call.id, outcome)));
        }
    }

    fn note_made(&mut self, call: &Call) {
        for operation in operations(&call.request) {
            let owner = account_named(&operation)
                .and_then(|account| self.owners.get(&(call.target.clone(), account.clone())));
            let person = call.person.clone().or_else(|| owner.cloned());
            let target = call.target.clone();
            self.made.push(Made { at: self.now, target, person, operation });
        }
    }
}
