//! One target as a shard sees it while it owns it: groups, slots, gate, queue.
//!
//! All of it is rebuilt by a new owner; nothing here decides about a person.

use super::plan::Groups;
use super::retry;
use super::settings::{TargetSettings, Timing};
use super::state::{Binding, Seat};
use crate::model::call::Urgency;
use crate::model::decision::Why;
use crate::model::ids::{GroupName, PersonId, ScimId};
use crate::model::operation::GroupRef;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

/// Answers of the engine in order; what started before something else cannot have seen it.
pub type Moment = u64;

/// What can be done at a target: drive one person, or read one group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    Person(PersonId),
    Group(GroupName),
}

#[derive(Debug)]
pub struct Target {
    pub settings: TargetSettings,
    pub groups: BTreeMap<GroupName, Group>,
    /// Whose each bound account is: no account serves two people.
    pub owners: BTreeMap<ScimId, PersonId>,
    pub queue: Queue,
    pub gate: Gate,
}

/// A group that rules or claims name.
#[derive(Clone, Debug, Default)]
pub struct Group {
    pub id: GroupId,
    members: HashSet<ScimId>,
    /// Members that a call in doubt may have changed.
    unsure: BTreeSet<ScimId>,
    /// When the last read that came back began; 0: never read.
    pub read_moment: Moment,
    /// Own changes since then, for a read that began before them.
    changes: VecDeque<(Moment, ScimId, bool)>,
    /// A read in flight.
    pub reading: Option<Moment>,
    pub attempt: u32,
    pub not_before: Option<Timestamp>,
    /// People to drive when a read has come back.
    pub waiting: BTreeSet<PersonId>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GroupId {
    #[default]
    Unknown,
    Missing,
    /// Several groups have this name.
    Ambiguous,
    Found(ScimId),
}

impl Target {
    pub fn new(settings: TargetSettings) -> Self {
        Self {
            settings,
            groups: BTreeMap::new(),
            owners: BTreeMap::new(),
            queue: Queue::default(),
            gate: Gate::default(),
        }
    }
}

impl Target {
    /// Keeps an account with the first person bound to it. A second one is refused: nobody knows
    /// which of the two is meant, and cutting the wrong one is worse than saying so.
    pub fn note_owner(&mut self, person: &PersonId, seat: &mut Seat, before: Option<&ScimId>) {
        let after = seat.account().cloned();
        if after.as_ref() == before {
            return;
        }
        if let Some(before) = before
            && self.owners.get(before) == Some(person)
        {
            self.owners.remove(before);
        }
        let Some(account) = after else { return };
        let owner = self.owners.entry(account).or_insert_with(|| person.clone());
        if owner != person {
            seat.binding = Binding::Unknown;
            seat.known = None;
            seat.drive.refused = Some(Why::new(
                "lookup.taken",
                Some("userName"),
                "the account that matches belongs to another person; \
                 give the two the same employee number at the source, or other names",
            ));
        }
    }
}

impl Group {
    /// A change that the provider has confirmed.
    pub fn changed(&mut self, moment: Moment, account: ScimId, member: bool) {
        self.set(&account, member);
        self.unsure.remove(&account);
        self.changes.push_back((moment, account, member));
        if self.reading.is_none() && self.read_moment > 0 {
            self.changes.clear();
        }
    }

    /// A change that may or may not have happened.
    pub fn doubt(&mut self, account: ScimId) {
        self.unsure.insert(account);
    }

    /// A read that began at `began` brought the members.
    pub fn read(&mut self, began: Moment, members: Vec<ScimId>) {
        self.members = members.into_iter().collect();
        self.unsure.clear();
        let since = std::mem::take(&mut self.changes);
        for (moment, account, member) in since {
            if moment > began {
                self.set(&account, member);
            }
        }
        self.read_moment = began;
        self.reading = None;
        self.attempt = 0;
        self.not_before = None;
    }

    fn set(&mut self, account: &ScimId, member: bool) {
        if member {
            self.members.insert(account.clone());
        } else {
            self.members.remove(account);
        }
    }
}

impl Groups for BTreeMap<GroupName, Group> {
    fn reference(&self, name: &GroupName) -> Option<GroupRef> {
        match self.get(name).map(|group| &group.id) {
            Some(GroupId::Found(id)) => Some(GroupRef { name: name.clone(), id: id.clone() }),
            Some(GroupId::Unknown | GroupId::Missing | GroupId::Ambiguous) | None => None,
        }
    }

    fn is_missing(&self, name: &GroupName) -> bool {
        matches!(self.get(name).map(|group| &group.id), Some(GroupId::Missing | GroupId::Ambiguous))
    }

    fn is_member(&self, name: &GroupName, account: &ScimId) -> Option<bool> {
        let group = self.get(name)?;
        if group.unsure.contains(account) {
            return None;
        }
        if group.read_moment == 0 {
            // Never read: only what was changed since is known.
            let own = group.changes.iter().rev().find(|(_, changed, _)| changed == account);
            return own.map(|(_, _, member)| *member);
        }
        Some(group.members.contains(account))
    }
}

/// Work that may be done now, the most urgent and then the oldest first; and work that may not yet.
#[derive(Debug, Default)]
pub struct Queue {
    ready: BTreeSet<(Urgency, u64, Work)>,
    later: BTreeSet<(Timestamp, Work)>,
    places: BTreeMap<Work, Place>,
    tickets: u64,
}

#[derive(Debug)]
enum Place {
    Ready(Urgency, u64),
    Later(Timestamp),
}

impl Queue {
    /// Puts work in line; work in line already moves up if it became more urgent.
    pub fn put(&mut self, work: Work, urgency: Urgency) {
        let ticket = match self.places.get(&work) {
            Some(Place::Ready(standing, _)) if *standing <= urgency => return,
            Some(Place::Ready(_, held)) => *held,
            Some(Place::Later(_)) | None => {
                self.tickets += 1;
                self.tickets
            }
        };
        self.remove(&work);
        self.ready.insert((urgency, ticket, work.clone()));
        self.places.insert(work, Place::Ready(urgency, ticket));
    }

    /// Work that has only waited for its commit: before all others of its urgency.
    pub fn put_first(&mut self, work: Work, urgency: Urgency) {
        self.remove(&work);
        self.ready.insert((urgency, 0, work.clone()));
        self.places.insert(work, Place::Ready(urgency, 0));
    }

    /// Work that must not be looked at before `at`.
    pub fn put_off(&mut self, work: Work, at: Timestamp) {
        self.remove(&work);
        self.later.insert((at, work.clone()));
        self.places.insert(work, Place::Later(at));
    }

    /// The first piece of work that may be done.
    pub fn pop(&mut self) -> Option<Work> {
        let (_, _, work) = self.ready.pop_first()?;
        self.places.remove(&work);
        Some(work)
    }

    pub fn is_idle(&self) -> bool {
        self.ready.is_empty()
    }

    /// Work whose time has come.
    pub fn take_due(&mut self, now: Timestamp) -> Vec<Work> {
        let mut due = Vec::new();
        while self.later.first().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, work)) = self.later.pop_first() {
                self.places.remove(&work);
                due.push(work);
            }
        }
        due
    }

    pub fn next_due(&self) -> Option<Timestamp> {
        self.later.first().map(|(at, _)| *at)
    }

    fn remove(&mut self, work: &Work) {
        match self.places.remove(work) {
            Some(Place::Ready(urgency, ticket)) => {
                self.ready.remove(&(urgency, ticket, work.clone()));
            }
            Some(Place::Later(at)) => {
                self.later.remove(&(at, work.clone()));
            }
            None => {}
        }
    }
}

/// Whether one more call may start: slots, quota, and a provider that is able.
#[derive(Debug, Default)]
pub struct Gate {
    /// Calls open, and slots kept for calls that wait for their write-ahead commit.
    pub taken: usize,
    started: VecDeque<Timestamp>,
    closed_until: Option<Timestamp>,
    /// Failures in a row that were the target's fault.
    streak: u32,
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// Failures in a row after which the target is asked by one call at a time, with pauses.
const STREAK_THAT_CLOSES: u32 = 3;

impl Gate {
    pub fn is_open(&self, settings: &TargetSettings, now: Timestamp) -> bool {
        let able = self.closed_until.is_none_or(|until| until <= now);
        let slots = if self.streak >= STREAK_THAT_CLOSES { 1 } else { settings.concurrency };
        able && self.taken < slots && self.next_slot(settings, now).is_none()
    }

    /// When to look again, if only time can open the gate.
    pub fn opens_at(&self, settings: &TargetSettings, now: Timestamp) -> Option<Timestamp> {
        self.closed_until.filter(|until| *until > now).max(self.next_slot(settings, now))
    }

    /// No window of a second holds more starts than the quota; a quota below one stretches it.
    fn next_slot(&self, settings: &TargetSettings, now: Timestamp) -> Option<Timestamp> {
        let (calls, window) = quota(settings);
        let index = self.started.len().checked_sub(calls)?;
        let at = self.started.get(index).and_then(|first| first.checked_add(window).ok());
        at.filter(|at| *at > now)
    }

    pub fn start(&mut self, settings: &TargetSettings, now: Timestamp) {
        self.started.push_back(now);
        let (calls, _) = quota(settings);
        while self.started.len() > calls {
            self.started.pop_front();
        }
    }

    pub fn went_well(&mut self) {
        self.streak = 0;
        self.closed_until = None;
    }

    /// The target refuses us as such: one call at a time, with pauses, until one gets through.
    pub fn closed(&mut self, timing: &Timing, now: Timestamp) {
        self.streak = self.streak.max(STREAK_THAT_CLOSES);
        self.went_wrong(None, timing, now);
    }

    /// The target as a whole was at fault; it is left alone for a while.
    pub fn went_wrong(&mut self, after: Option<SignedDuration>, timing: &Timing, now: Timestamp) {
        self.streak = self.streak.saturating_add(1);
        let pause = match after {
            Some(asked) => Some(asked),
            None if self.streak >= STREAK_THAT_CLOSES => Some(
                retry::interval(self.streak - STREAK_THAT_CLOSES, timing, "gate").min(SECOND * 10),
            ),
            None => None,
        };
        if let Some(until) = pause.and_then(|pause| now.checked_add(pause).ok()) {
            self.closed_until = self.closed_until.max(Some(until));
        }
    }
}

/// Calls in a window of time.
fn quota(settings: &TargetSettings) -> (usize, SignedDuration) {
    let rate = settings.calls_per_second.clamp(0.01, 100_000.0);
    if rate < 1.0 {
        return (1, SignedDuration::from_secs_f64(1.0 / rate));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 1..=100,000 above"
    )]
    let calls = rate.floor() as usize;
    (calls, SECOND)
}
