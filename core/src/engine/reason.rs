//! Why a person is not settled at a target: exactly one reason, whatever the state.
//!
//! Read from the seat alone, as the next look would see it, on a copy. What will in truth bring the
//! person back stands in lines, wakes and open calls: `Awaited`. Where the two disagree somebody
//! waits for nothing; the simulation compares them.

use super::doubts;
use super::drive::{self, Around, Ending, Step};
use super::schedule::queue::{InLine, Work};
use super::shard::Shard;
use super::state::{Seat, Stage};
use super::target::{Group, Moment, Target};
use crate::model::call::CallId;
use crate::model::commit::CommitId;
use crate::model::ids::{GroupName, PersonId, TargetName};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What somebody who is not settled waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The answer to this call.
    Answer(CallId),
    /// The commit in which the next call is written ahead.
    Commit(CommitId),
    /// Their turn: a slot, quota, a fresh lease, whoever is more urgent.
    Turn,
    /// These groups are read first.
    Groups(BTreeSet<GroupName>),
    /// Until then nothing is called: a pause after a failure, or a read that would prove nothing yet.
    Retry(Timestamp),
    /// A cut found no account; it is looked up again then.
    LookAgain(Timestamp),
    /// A call without an answer may land until then, and is read after.
    LateCall(Timestamp),
    /// Somebody has to release what is left.
    Held,
    /// It failed, and is tried again then.
    Stuck(Timestamp),
    /// The target is not configured any more; nothing is done there.
    TargetGone,
    /// Nothing: the last look should have ended the revision. A bug.
    Overlooked,
}

impl Reason {
    /// The word for lists and metrics.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Answer(_) => "answer",
            Self::Commit(_) => "commit",
            Self::Turn => "turn",
            Self::Groups(_) => "groups",
            Self::Retry(_) => "retry",
            Self::LookAgain(_) => "look_again",
            Self::LateCall(_) => "late_call",
            Self::Held => "held",
            Self::Stuck(_) => "stuck",
            Self::TargetGone => "target_gone",
            Self::Overlooked => "overlooked",
        }
    }
}

/// Somebody who is not settled at a target, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    pub person: PersonId,
    pub target: TargetName,
    pub reason: Reason,
}

/// What will bring a person back to a target, as the schedule has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Awaited {
    pub call: Option<CallId>,
    pub commit: Option<CommitId>,
    pub line: Option<InLine>,
    /// Groups that are being read, or are in line to be, and that tell this person.
    pub groups: BTreeSet<GroupName>,
    pub wake: Option<Timestamp>,
}

/// Why a seat is not settled; `None`: it is.
pub fn reason(seat: &Seat, around: &Around<'_>, moment: Moment) -> Option<Reason> {
    match seat.stage {
        Stage::AtRest { .. } if seat.unanswered.is_empty() => return None,
        Stage::Stuck { again_at, .. } if seat.unanswered.is_empty() => {
            return Some(Reason::Stuck(again_at));
        }
        Stage::AtRest { .. } | Stage::Stuck { .. } if sleeps(seat, around.now) => {
            return doubts::next_due(seat).map(Reason::LateCall);
        }
        Stage::AtRest { .. }
        | Stage::Stuck { .. }
        | Stage::Working
        | Stage::Held
        | Stage::Unverified { .. } => {}
    }
    let due = doubts::next_due(seat);
    let mut seat = seat.clone();
    drive::catch_up(&mut seat, around, moment);
    Some(match drive::next_step(&seat, around) {
        Step::AwaitAnswer => {
            let open = seat.drive.open.as_ref();
            open.map_or(Reason::Overlooked, |(call, _)| Reason::Answer(*call))
        }
        Step::Ask(_) | Step::Write(_) => match seat.drive.ahead_in {
            Some(commit) => Reason::Commit(commit),
            None => Reason::Turn,
        },
        Step::AwaitGroups(groups) => Reason::Groups(groups),
        Step::Wait(at) => Reason::Retry(at),
        Step::End(ending) => after(&seat.stage, &ending, due),
    })
}

/// Nobody looks at a seat at rest until a read of a late call is due.
fn sleeps(seat: &Seat, now: Timestamp) -> bool {
    seat.drive.open.is_none()
        && seat.unanswered.iter().all(|call| call.armed.is_none())
        && doubts::next_due(seat).is_some_and(|due| due > now)
}

/// There is nothing to call: then time or somebody must come. `due`: the next read of a late call.
fn after(stage: &Stage, ending: &Ending, due: Option<Timestamp>) -> Reason {
    match (stage, ending) {
        (Stage::Held, Ending::Held(_)) => Reason::Held,
        (Stage::Unverified { again_at, .. }, Ending::Unverified(_)) => Reason::LookAgain(*again_at),
        (Stage::Stuck { again_at, .. }, _) => {
            due.filter(|due| due < again_at).map_or(Reason::Stuck(*again_at), Reason::LateCall)
        }
        (Stage::AtRest { .. }, _) => due.map_or(Reason::Overlooked, Reason::LateCall),
        (Stage::Working | Stage::Held | Stage::Unverified { .. }, _) => Reason::Overlooked,
    }
}

impl Shard {
    /// Everybody who is not settled somewhere, each with the one reason.
    pub fn unsettled(&self) -> Vec<Unsettled> {
        let places = self
            .people
            .values()
            .flat_map(|person| person.seats.keys().map(move |target| (&person.id, target)));
        places
            .filter_map(|(person, target)| {
                let reason = self.reason(person, target)?;
                Some(Unsettled { person: person.clone(), target: target.clone(), reason })
            })
            .collect()
    }

    /// Why a person is not settled at a target; `None`: settled, or nothing is wanted there.
    pub fn reason(&self, id: &PersonId, target: &TargetName) -> Option<Reason> {
        let person = self.people.get(id)?;
        let seat = person.seats.get(target)?;
        let tenant = self.tenants.get(&person.tenant);
        let known = tenant.and_then(|tenant| Some((tenant, tenant.targets.get(target)?)));
        let Some((tenant, known)) = known else {
            return seat.is_open().then_some(Reason::TargetGone);
        };
        let manager = self.known_manager(id, target);
        let around = Around {
            id,
            aliases: &person.aliases,
            names: &tenant.names,
            manager: manager.as_ref(),
            deletion: self.deletion_of(id, target),
            settings: &known.settings,
            groups: &known.groups,
            no_creation_before: known.creations.pause(self.now),
            now: self.now,
        };
        let reason = reason(seat, &around, self.moment)?;
        let in_line = known.queue.place(&Work::Person(id.clone()));
        let groups = groups_that_tell(known, id, seat);
        let comes_by = |at: Timestamp| {
            let wakes = self.wakes.of(id).is_some_and(|wake| wake <= at);
            let stands = match in_line {
                Some(InLine::Now) => true,
                Some(InLine::NotBefore(due)) => due <= at,
                None => false,
            };
            wakes || stands
        };
        let is_so = match &reason {
            Reason::Turn => in_line == Some(InLine::Now),
            Reason::Retry(at) => comes_by(*at),
            Reason::Groups(needed) => needed.is_subset(&groups),
            Reason::Overlooked => false,
            Reason::Answer(_)
            | Reason::Commit(_)
            | Reason::LookAgain(_)
            | Reason::LateCall(_)
            | Reason::Held
            | Reason::Stuck(_)
            | Reason::TargetGone => true,
        };
        if is_so {
            return Some(reason);
        }
        // What others' calls have shown since the last look waits for what that look waits for.
        Some(match (&seat.drive.open, seat.drive.ahead_in, in_line) {
            (Some((call, _)), ..) => Reason::Answer(*call),
            (None, Some(commit), _) => Reason::Commit(commit),
            (None, None, Some(InLine::Now)) => Reason::Turn,
            (None, None, _) if !groups.is_empty() => Reason::Groups(groups),
            (None, None, Some(InLine::NotBefore(at))) => Reason::Retry(at),
            (None, None, None) if is_held_meanwhile(seat, &reason, known) => Reason::Held,
            (None, None, None) => reason,
        })
    }

    /// What will bring the person back, as lines, calls and wakes have it.
    pub fn awaited(&self, id: &PersonId, target: &TargetName) -> Awaited {
        let wake = self.wakes.of(id);
        let Some(person) = self.people.get(id) else { return Awaited::default() };
        let tenant = self.tenants.get(&person.tenant);
        let Some(known) = tenant.and_then(|tenant| tenant.targets.get(target)) else {
            return Awaited { wake, ..Awaited::default() };
        };
        let seat = person.seats.get(target);
        let groups = seat.map(|seat| groups_that_tell(known, id, seat)).unwrap_or_default();
        let open = seat.and_then(|seat| seat.drive.open.as_ref());
        let call = open.map(|(call, _)| *call).filter(|call| self.calls.contains_key(call));
        let mut reserved = self.reserved.iter();
        let reserved = reserved.find(|one| one.person == *id && one.target == *target);
        Awaited {
            call,
            commit: reserved.map(|one| one.ahead_in),
            line: known.queue.place(&Work::Person(id.clone())),
            groups,
            wake,
        }
    }
}

/// Whether somebody has to release what is left, while a group that others' calls have lost is asked
/// for again: of what that shows, whom it concerns is told.
fn is_held_meanwhile(seat: &Seat, reason: &Reason, target: &Target) -> bool {
    let Reason::Groups(lost) = reason else { return false };
    seat.stage == Stage::Held && lost.iter().all(|name| comes(name, target))
}

/// Whether a group is being read, or in line to be.
fn comes(name: &GroupName, target: &Target) -> bool {
    let is_being_read = target.groups.get(name).is_some_and(|group| group.reading.is_some());
    is_being_read || target.queue.place(&Work::Group(name.clone())).is_some()
}

fn groups_that_tell(target: &Target, id: &PersonId, seat: &Seat) -> BTreeSet<GroupName> {
    let is_driven = seat.is_open() || !seat.unanswered.is_empty();
    let tells = |name: &GroupName, group: &Group| {
        let is_first = group.read_moment == 0;
        group.waiting.contains(id) || is_first && is_driven && seat.wish.groups.contains_key(name)
    };
    let groups = target.groups.iter();
    groups
        .filter(|(name, group)| tells(name, group) && comes(name, target))
        .map(|(name, _)| name.clone())
        .collect()
}
