//! The story on one screen: an input comes in, claims are folded, dirty people are driven, effects
//! go out.

use super::calls;
use super::clocks::Clocks;
use super::command::Party;
use super::ledger::Ledger;
use super::names::Names;
use super::record::{self, SHARD_KEY};
use super::schedule::gate::Keeps;
use super::schedule::queue::Work;
use super::schedule::wakes::Wakes;
use super::seen::SeenEvents;
use super::settings::{ShardSettings, TenantSettings, Timing};
use super::settle::OpenCall;
use super::state::{Binding, Person, Seat, ShardRecord, Stage};
use super::target::{Moment, Target};
use super::{Effects, Figures, Input, Unreadable, doubts, tries};
use crate::model::ids::{PersonId, TargetName, TenantName};
use crate::model::{Alias, Call, CallId, CallOutcome, CommitId, Deployment, Urgency};
use crate::rules::RuleSet;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The state machine of one shard: the people of its tenants, their timers and their calls.
#[derive(Debug)]
pub struct Shard {
    pub(super) timing: Timing,
    pub(super) tenants: BTreeMap<TenantName, Tenant>,
    /// Whose word each input topic brings.
    pub(super) topics: BTreeMap<String, Party>,
    pub(super) people: BTreeMap<PersonId, Person>,
    /// The ids of those who became part of somebody: nobody else gets them.
    pub(super) merged: BTreeSet<PersonId>,
    pub(super) record: ShardRecord,
    pub(super) ledger: Ledger,
    pub(super) calls: BTreeMap<CallId, OpenCall>,
    /// Slots kept for writes that wait for their commit.
    pub(super) reserved: Vec<Reserved>,
    /// When to look at a person again.
    pub(super) wakes: Wakes,
    pub(super) effects: Effects,
    pub(super) now: Timestamp,
    pub(super) clocks: Clocks,
    pub(super) moment: Moment,
    pub(super) last_call: u64,
    pub(super) draining: bool,
}

/// A write that waits for the commit it is written ahead in.
#[derive(Clone, Debug)]
pub(super) struct Reserved {
    pub ahead_in: CommitId,
    pub person: PersonId,
    pub target: TargetName,
    pub keeps: Keeps,
}

/// One person's place at one target, borrowed apart from the rest of the shard.
pub(super) struct Here<'a> {
    pub tenant: &'a TenantName,
    pub aliases: &'a BTreeSet<Alias>,
    /// Whose each name of the tenant is.
    pub names: &'a Names,
    pub seat: &'a mut Seat,
    pub target: &'a mut Target,
}

/// Finds a person's place at a target; `None` if either is not (any more) known.
pub(super) fn here<'a>(
    people: &'a mut BTreeMap<PersonId, Person>,
    tenants: &'a mut BTreeMap<TenantName, Tenant>,
    (person, target): (&PersonId, &TargetName),
) -> Option<Here<'a>> {
    let Person { tenant, aliases, seats, .. } = people.get_mut(person)?;
    let Tenant { targets, names, .. } = tenants.get_mut(tenant)?;
    let known = targets.get_mut(target)?;
    Some(Here { tenant, aliases, names, seat: seats.get_mut(target)?, target: known })
}

/// A tenant, and what is known at its targets.
#[derive(Debug)]
pub struct Tenant {
    pub rules: Arc<RuleSet>,
    pub targets: BTreeMap<TargetName, Target>,
    pub names: Names,
    /// The events that its people remember.
    pub seen: SeenEvents,
    /// Those whom HR does not know.
    pub strangers: BTreeSet<PersonId>,
}

impl Shard {
    pub fn new(settings: ShardSettings) -> Self {
        let topics = Party::of_topics(&settings);
        let (tenants, bearers_most) =
            (settings.tenants.into_iter(), settings.timing.name_bearers_most);
        Self {
            timing: settings.timing,
            tenants: tenants.map(|one| Tenant::named(one, bearers_most)).collect(),
            topics,
            people: BTreeMap::new(),
            merged: BTreeSet::new(),
            record: ShardRecord::default(),
            ledger: Ledger::default(),
            calls: BTreeMap::new(),
            reserved: Vec::new(),
            wakes: Wakes::default(),
            effects: Effects::default(),
            now: Timestamp::MIN,
            clocks: Clocks::default(),
            moment: 1,
            last_call: 0,
            draining: false,
        }
    }

    /// Takes one input and says what must be done about it. Never does it.
    ///
    /// The same inputs give the same effects: time is an argument, and nothing here can block or fail.
    pub fn step(&mut self, now: Timestamp, input: Input) -> Effects {
        self.now = self.now.max(now); // Time never runs backwards for a person.
        self.wake_due(); // What was due by now was due before this input.
        self.decide_what_waited(); // Our clock was behind.
        match input {
            Input::Record(record) => self.take_record_in(record), // Claims change, decisions are noted.
            Input::Passed(passed) => self.pass(&passed),
            Input::Answer(answer) => self.learn(&answer), // The account is better known.
            Input::Committed(id) => self.release(id),     // What was written ahead may be called.
            Input::Tick => {}
        }
        self.wake_due(); // Claims begin, end and reach their stages.
        self.start_calls(); // The most urgent first, as far as slots, quota and lease allow.
        self.take_effects()
    }

    /// Takes in one record of `usher.people`, oldest first. An error must stop the shard.
    pub fn restore(&mut self, key: &str, value: Option<&[u8]>) -> Result<(), Unreadable> {
        let Some(bytes) = value else {
            self.people.remove(&PersonId::new(key.rsplit('/').next().unwrap_or(key)));
            return Ok(());
        };
        if key == SHARD_KEY {
            self.record = record::decode(key, bytes)?;
            return Ok(());
        }
        let mut person: Person = record::decode(key, bytes)?;
        person.make_names_anew();
        self.people.insert(person.id.clone(), person);
        Ok(())
    }

    /// Everything is restored. `now`: no earlier than the return of `init_transactions`.
    ///
    /// What the old owner had written ahead is unknown from here on. Cuts go at once; the reads
    /// that settle the rest wait until the old owner's lease is certainly over.
    pub fn take_over(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        self.clocks = Clocks::of(self.record.at, self.now);
        self.ledger.restored(self.record.clone(), self.people.keys().cloned().collect());
        self.ledger.want_commit();
        self.queue_groups();
        self.rename_targets();
        let ids: Vec<PersonId> = self.people.keys().cloned().collect();
        for id in &ids {
            self.index(id);
            self.inherit(id);
        }
        for id in ids {
            self.note_manager(&id);
            let person = self.people.get(&id);
            let is_dirty = person.is_some_and(|person| person.seats.values().any(Seat::is_dirty));
            if is_dirty && !self.ledger.is_full() {
                self.reconsider(&id, None);
            } else {
                // A new target, or one that is enforced now, may concern everybody at once.
                self.wakes.set(&id, Some(self.now));
            }
        }
    }

    /// Whose state was restored; `None` if an earlier version wrote it last, or nobody has.
    pub fn deployment(&self) -> Option<&Deployment> {
        self.record.deployment.as_ref()
    }

    /// Whose state it is from the next commit on.
    pub fn belongs_to(&mut self, deployment: Deployment) {
        self.record.deployment = Some(deployment);
    }

    /// How many people were found and how many should have been, if some of them are gone.
    pub fn missing_people(&self) -> Option<(usize, usize)> {
        let written = self.record.people?;
        (self.people.len() < written).then_some((self.people.len(), written))
    }

    /// How many records wait for a commit; the shell stops reading above its limit.
    pub fn uncommitted(&self) -> usize {
        self.ledger.staged() + self.waiting_for_the_clock()
    }

    /// Next offsets to read, as last committed.
    pub fn committed_positions(&self) -> Vec<(String, i32, i64)> {
        let topics = self.ledger.committed().topics.iter();
        topics
            .flat_map(|(topic, known)| {
                known.next.iter().map(|(partition, next)| (topic.clone(), *partition, *next))
            })
            .collect()
    }

    /// No call is open and no commit is due: a drain is over.
    pub fn is_quiet(&self) -> bool {
        self.calls.is_empty() && self.ledger.is_quiet()
    }

    /// From now on starts no call; what is open may still be answered, what is due is committed.
    pub fn drain(&mut self) {
        self.draining = true;
        self.ledger.want_what_was_passed();
    }

    /// Figures for metrics and the curious.
    pub fn figures(&self) -> Figures {
        let mut figures = Figures {
            people: self.people.len(),
            calls_open: self.calls.len(),
            ..Figures::default()
        };
        for seat in self.people.values().flat_map(|person| person.seats.values()) {
            match &seat.stage {
                Stage::AtRest { .. } => {}
                Stage::Held => figures.held += 1,
                Stage::Stuck { .. } => figures.stuck += 1,
                Stage::Working | Stage::Unverified { .. } => {
                    figures.dirty += 1;
                    let oldest = figures.oldest_dirty.get_or_insert(seat.began_at);
                    *oldest = (*oldest).min(seat.began_at);
                }
            }
        }
        figures
    }

    /// The people whom this shard knows, for `explain` and for those who check it.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    fn release(&mut self, id: CommitId) {
        if !self.ledger.is_in(id) {
            return;
        }
        let reserved = std::mem::take(&mut self.reserved);
        for waiting in reserved {
            if waiting.ahead_in > id {
                self.reserved.push(waiting);
                continue;
            }
            self.is_ahead(&waiting);
            self.consider(&waiting.person, &waiting.target);
        }
    }

    fn is_ahead(&mut self, waiting: &Reserved) {
        let place = (&waiting.person, &waiting.target);
        if let Some(here) = here(&mut self.people, &mut self.tenants, place) {
            here.seat.drive.ahead_in = None;
            here.target.gate.release(waiting.keeps);
        }
    }

    pub(super) fn target_mut(
        &mut self,
        tenant: &TenantName,
        target: &TargetName,
    ) -> Option<&mut Target> {
        self.tenants.get_mut(tenant)?.targets.get_mut(target)
    }

    fn take_effects(&mut self) -> Effects {
        self.record.at = Some(self.today());
        if self.ledger.is_stale(self.now) {
            self.ledger.want_commit();
        }
        self.effects.commit = self.ledger.take(&mut self.people, &mut self.record, self.now);
        for id in self.ledger.take_set_aside() {
            self.set_wake(&id);
        }
        self.effects.next_tick = self.next_tick();
        std::mem::take(&mut self.effects)
    }

    fn next_tick(&mut self) -> Option<Timestamp> {
        // A full ledger goes on when its commit is in.
        let mut next = self.wakes.first().filter(|_| !self.ledger.is_full());
        if let Some(at) = self.waiting_until() {
            next = Some(next.map_or(at, |known| known.min(at)));
        }
        for target in self.tenants.values_mut().flat_map(|tenant| tenant.targets.values_mut()) {
            let queue = target.queue.next_due();
            let first = target.queue.most_urgent().filter(|_| !self.draining);
            let gate =
                first.and_then(|urgency| target.gate.opens_at(&target.settings, urgency, self.now));
            for at in queue.into_iter().chain(gate) {
                next = Some(next.map_or(at, |known| known.min(at)));
            }
        }
        next
    }

    fn index(&mut self, id: &PersonId) {
        let Some(person) = self.people.get(id) else {
            return;
        };
        if let Some(tenant) = self.tenants.get_mut(&person.tenant) {
            tenant.index(person);
        }
        self.merged.extend(person.merged.iter().cloned());
    }

    /// What the old owner may have called, nobody knows.
    fn inherit(&mut self, id: &PersonId) {
        let Some(person) = self.people.get_mut(id) else {
            return;
        };
        let Some(tenant) = self.tenants.get_mut(&person.tenant) else {
            return;
        };
        let read_after = self.now.checked_add(self.timing.lease).unwrap_or(self.now);
        for (name, seat) in &mut person.seats {
            let Some(target) = tenant.targets.get_mut(name) else {
                continue;
            };
            // Until when earlier owners' calls may land, their clocks said, which may not be ours.
            for call in &mut seat.unanswered {
                call.read_after = read_after;
                call.until = read_after.checked_add(self.timing.late_window).unwrap_or(call.until);
            }
            tries::inherit(seat, self.now, &self.timing);
            seat.drive.inherited_at = Some(self.now);
            // Not written at once, however many there are: as long as nothing of it has changed, the
            // record as it stands tells the next owner the same.
            let is_of_this = seat.pending_for.take().is_none_or(|of| of == seat.revision);
            for operation in std::mem::take(&mut seat.pending) {
                if is_of_this {
                    let mut call = calls::describe(&operation, self.now);
                    call.outcome = CallOutcome::Unanswered("the shard changed hands".to_owned());
                    calls::keep(seat, call);
                }
                doubts::doubt(
                    seat,
                    &mut target.groups,
                    operation,
                    read_after,
                    self.timing.late_window,
                );
            }
            if let Some(account) = seat.account() {
                target.owners.insert(account.clone(), id.clone());
            }
            if seat.is_dirty() {
                seat.need_all(self.moment);
            }
        }
    }

    /// The groups that rules name are read at the start, so that the way back is known.
    pub fn queue_groups(&mut self) {
        for tenant in self.tenants.values_mut() {
            for (only, group) in tenant.rules.groups() {
                for (name, target) in &mut tenant.targets {
                    if only.as_ref().is_none_or(|only| only == name) {
                        target.groups.entry(group.clone()).or_default();
                        target.queue.put(Work::Group(group.clone()), Urgency::Normal);
                    }
                }
            }
        }
    }
}

impl Tenant {
    fn named(settings: TenantSettings, bearers_most: usize) -> (TenantName, Self) {
        let targets =
            settings.targets.into_iter().map(|target| (target.name.clone(), Target::new(target)));
        let tenant = Self {
            rules: settings.rules,
            targets: targets.collect(),
            names: Names::new(bearers_most),
            seen: SeenEvents::default(),
            strangers: BTreeSet::new(),
        };
        (settings.name, tenant)
    }
}

impl Seat {
    /// Everything must be read again before anything is called done.
    pub(super) fn need_all(&mut self, moment: Moment) {
        self.drive.account_need = moment;
        self.drive.met_need = moment;
        let groups: Vec<_> = self.wish.groups.keys().cloned().collect();
        self.drive.group_needs.extend(groups.into_iter().map(|group| (group, moment)));
        if self.binding == Binding::NoAccount {
            self.binding = Binding::Unknown;
            self.drive.begin_round();
        }
    }
}

/// A call as it leaves, with the lease's end.
pub(super) fn call_of(
    id: CallId,
    open: &OpenCall,
    not_after: Timestamp,
    trace: Option<crate::model::TraceContext>,
) -> Call {
    let person = match &open.work {
        Work::Person(person) if open.together.is_empty() => Some(person.clone()),
        Work::Person(_) | Work::Group(_) => None,
    };
    Call {
        id,
        tenant: open.tenant.clone(),
        target: open.target.clone(),
        person,
        request: open.request.clone(),
        not_after,
        trace,
    }
}
