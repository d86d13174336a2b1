//! How often an operation was tried, and when it may be tried again.
//!
//! Counted by what the operation changes, over reads, revisions and takeovers: what reads say in
//! between does not make a write that fails more likely to work. A yes that does not show is a try,
//! too: it is looked at with growing pauses before it is called failed, for some providers show a
//! change late.

use crate::engine::deeds::contests;
use crate::engine::deeds::groups::Group;
use crate::engine::deeds::looks::later;
use crate::engine::deeds::open_call::Judged;
use crate::engine::deeds::plan::Groups;
use crate::engine::schedule::retry;
use crate::engine::settings::Timing;
use crate::engine::state::{Kind, Seat, Try};
use crate::model::ids::GroupName;
use crate::model::operation::Operation;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Kinds remembered per seat.
const KEPT: usize = 32;
/// How often an id that is listed and not there is asked for.
const GONE_MOST: u32 = 5;
/// How long two writers may meet before it is no accident; a cut goes on.
const AGAIN_MOST: u32 = 10;
/// How long failures count after their pause is over.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(10);

/// What a failed call says of its next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// After a pause, however often.
    Later,
    /// At once, the first time.
    AtOnce,
    /// So many calls have failed like this that the next will, too.
    Never,
}

/// A call of this kind has failed.
pub fn failed(seat: &mut Seat, operation: &Operation, next: Next, judged: Judged<'_>) {
    let kind = Kind::of(operation);
    // Who cannot be cut is tried by that alone; all else of a person shares one pace.
    let is_cut_off = |kind: &Kind| *kind == Kind::Deactivate;
    let others = seat.tries.iter();
    let others = others.filter(|one| one.kind != kind && !is_cut_off(&kind) && !one.refused);
    let others: u32 = others.map(|one| one.failures.saturating_sub(1)).sum();
    let mut one = take(&mut seat.tries, kind.clone(), judged.now);
    let pause = if next == Next::AtOnce && one.failures == 0 {
        SignedDuration::ZERO
    } else {
        retry::interval(one.failures.saturating_add(others), judged.timing, judged.salt)
    };
    let until = judged.now.checked_add(pause).unwrap_or(judged.now);
    one.failures = one.failures.saturating_add(1);
    one.refused = false;
    one.looks = None;
    one.not_before = until;
    let is_paced = one.failures > 1 && !is_cut_off(&kind);
    seat.tries.push(one);
    if is_paced {
        let paced = seat.tries.iter_mut().filter(|one| one.failures > 0 && !is_cut_off(&one.kind));
        paced.for_each(|one| one.not_before = one.not_before.max(until));
    }
}

/// The target does not do it for this person: a later revision asks again after a pause, as of what
/// failed. It keeps nothing else of the person waiting.
pub fn refused(seat: &mut Seat, kind: Kind, judged: Judged<'_>) {
    let mut one = take(&mut seat.tries, kind, judged.now);
    let pause = retry::interval(one.failures, judged.timing, judged.salt);
    one.failures = one.failures.saturating_add(1);
    one.refused = true;
    one.looks = None;
    one.not_before = judged.now.checked_add(pause).unwrap_or(judged.now);
    seat.tries.push(one);
}

/// It is made again then, and has not failed: what it changes only does not show yet.
pub fn hold_back(seat: &mut Seat, operation: &Operation, until: Timestamp, now: Timestamp) {
    let mut one = take(&mut seat.tries, Kind::of(operation), now);
    one.looks = None;
    one.not_before = until;
    seat.tries.push(one);
}

/// How a call that two writers met in, or that found nothing there, goes on.
pub fn next_after(seat: &Seat, operation: &Operation, is_gone: bool) -> Next {
    let failures = find(&seat.tries, operation).map_or(0, |one| one.failures);
    let most = if is_gone { GONE_MOST } else { AGAIN_MOST };
    let goes_on = !is_gone && matches!(Kind::of(operation), Kind::Deactivate | Kind::Create);
    match failures {
        0 => Next::AtOnce,
        failures if failures + 1 < most || goes_on => Next::Later,
        _ => Next::Never,
    }
}

/// The target said yes; until it shows, it is looked at again.
pub fn said_yes(
    seat: &mut Seat,
    operation: &Operation,
    comes_until: Option<Timestamp>,
    now: Timestamp,
) {
    let mut one = take(&mut seat.tries, Kind::of(operation), now);
    one.failures = 0;
    one.comes_until = comes_until;
    let looks = *one.looks.get_or_insert(0);
    one.not_before = later(now, looks);
    one.armed = None;
    one.may_be_made = false;
    seat.tries.push(one);
}

/// Until when `operation` is not made; `None`: it may be made now. In the past: a look comes first.
pub fn pauses(seat: &Seat, operation: &Operation, now: Timestamp) -> Option<Timestamp> {
    contests::pause(seat, operation, now).max(pauses_after_try(seat, operation, now))
}

fn pauses_after_try(seat: &Seat, operation: &Operation, now: Timestamp) -> Option<Timestamp> {
    let one = find(&seat.tries, operation)?;
    match one.looks {
        Some(_) if one.may_be_made => None,
        Some(_) => Some(one.not_before),
        None => Some(one.not_before).filter(|at| *at > now),
    }
}

/// The operation to make now: of those that may be, who is to be shut out first, then what has failed
/// least; the first repetition counts as the first try.
pub fn next_of<'a>(
    operations: &'a [Operation],
    seat: &Seat,
    now: Timestamp,
) -> Option<&'a Operation> {
    let ready = operations.iter().filter(|it| pauses(seat, it, now).is_none());
    ready.min_by_key(|operation| {
        let is_shut_out = Kind::of(operation) == Kind::Deactivate;
        (!is_shut_out, failures(seat, operation).saturating_sub(1))
    })
}

/// Whether `operation` has failed and waits for its next try: there is nothing to read of it yet.
pub fn has_failed(seat: &Seat, operation: &Operation, now: Timestamp) -> bool {
    failures(seat, operation) > 0 && pauses(seat, operation, now).is_some()
}

/// Whether the target has said yes to making the account active, or inactive, and that has not shown yet.
pub fn is_turning(seat: &Seat, active: bool) -> bool {
    let kind = if active { Kind::Activate } else { Kind::Deactivate };
    seat.tries.iter().any(|one| one.kind == kind && one.looks.is_some())
}

/// Whether the target has said yes to a change of this group, or of the account.
pub fn has_said_yes(seat: &Seat, group: Option<&GroupName>) -> bool {
    seat.tries.iter().any(|one| {
        let changed = match &one.kind {
            Kind::Join(group) | Kind::Leave(group) => Some(group),
            Kind::Create
            | Kind::CreateGroup(_)
            | Kind::Deactivate
            | Kind::Activate
            | Kind::Attributes(_)
            | Kind::Delete => None,
        };
        one.looks.is_some() && changed == group
    })
}

/// When the first of those that pause may be made, or is looked at.
pub fn pause_of(operations: &[Operation], seat: &Seat, now: Timestamp) -> Option<Timestamp> {
    let soon = now.checked_add(SignedDuration::from_secs(1)).unwrap_or(now);
    let pauses = operations.iter().filter_map(|operation| pauses(seat, operation, now));
    pauses.map(|at| if at > now { at } else { soon }).min()
}

/// The same of what is done to an account that nobody sees: no look comes first.
pub fn pause_of_unseen(seat: &Seat, operation: &Operation, now: Timestamp) -> Option<Timestamp> {
    pauses(seat, operation, now).filter(|at| *at > now)
}

/// How often it has failed.
pub fn failures(seat: &Seat, operation: &Operation) -> u32 {
    find(&seat.tries, operation).map_or(0, |one| one.failures)
}

/// The target has said yes to a change, and shows the contrary: one of the two is so, and a revision that
/// begins now knows neither. What it takes it takes unseen.
pub fn distrust(seat: &mut Seat, groups: &mut BTreeMap<GroupName, Group>) {
    let Some(account) = seat.account().cloned() else { return };
    for one in seat.tries.iter().filter(|one| one.looks.is_some()) {
        match &one.kind {
            Kind::Activate | Kind::Deactivate => {
                let said = one.kind == Kind::Activate;
                if let Some(known) = &mut seat.known {
                    known.active = known.active.filter(|shown| *shown == said);
                }
            }
            Kind::Join(name) | Kind::Leave(name) => {
                let said = matches!(one.kind, Kind::Join(_));
                if groups.is_member(name, &account) == Some(!said)
                    && let Some(group) = groups.get_mut(name)
                {
                    group.doubt(account.clone());
                }
            }
            Kind::Create | Kind::CreateGroup(_) | Kind::Attributes(_) | Kind::Delete => {}
        }
    }
}

/// What the target has said yes to and no look has shown: what is read from now on may be older than that,
/// and shows, to a revision that asks for the contrary, what it asks for.
pub fn unshown(seat: &Seat, groups: &BTreeMap<GroupName, Group>) -> Vec<Operation> {
    let Some(account) = seat.account() else { return Vec::new() };
    let change = |active| {
        let attributes = BTreeMap::new();
        Some(Operation::Change { account: account.clone(), active, attributes })
    };
    let operation = |one: &Try| match &one.kind {
        Kind::Activate => change(Some(true)),
        Kind::Deactivate => change(Some(false)),
        Kind::Attributes(_) => change(None),
        Kind::Join(name) => {
            let group = groups.reference(name)?;
            Some(Operation::AddMember { account: account.clone(), group })
        }
        Kind::Leave(name) => {
            let group = groups.reference(name)?;
            Some(Operation::RemoveMember { account: account.clone(), group })
        }
        Kind::Create | Kind::CreateGroup(_) | Kind::Delete => None,
    };
    seat.tries.iter().filter(|one| one.looks.is_some()).filter_map(operation).collect()
}

/// What a new revision keeps: the failures of late. A yes is made anew when it is asked for anew.
pub fn begin_anew(seat: &mut Seat, now: Timestamp) {
    let is_late = |one: &Try| now.duration_since(one.not_before) < REMEMBERED;
    seat.tries.retain(|one| one.failures > 0 && is_late(one));
}

/// Until when an earlier owner waits, its clock said, which may not be ours: nobody waits for longer
/// than the longest pause.
pub fn inherit(seat: &mut Seat, now: Timestamp, timing: &Timing) {
    let latest = now.checked_add(timing.retry_max).unwrap_or(now);
    seat.tries.iter_mut().for_each(|one| one.not_before = one.not_before.min(latest));
    contests::inherit(seat, now);
}

fn find<'a>(tries: &'a [Try], operation: &Operation) -> Option<&'a Try> {
    let kind = Kind::of(operation);
    tries.iter().find(|one| one.kind == kind)
}

/// Takes the tries of a kind out, to be put back.
fn take(tries: &mut Vec<Try>, kind: Kind, now: Timestamp) -> Try {
    if let Some(index) = tries.iter().position(|one| one.kind == kind) {
        return tries.remove(index);
    }
    if tries.len() >= KEPT {
        tries.remove(0);
    }
    Try {
        kind,
        failures: 0,
        refused: false,
        looks: None,
        comes_until: None,
        not_before: now,
        armed: None,
        may_be_made: false,
    }
}
