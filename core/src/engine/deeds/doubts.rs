//! Calls that may still land: when they are read after, and when they are over.
//!
//! A call in doubt is read at once (or, inherited, once the old owner can call no more), once more at
//! the end of its late window, and a last time when even a reading that is late shows what landed in
//! it. Until the first read nothing is granted.

use crate::engine::deeds::baseline;
use crate::engine::deeds::groups::{Group, GroupId, SHOWS_WITHIN};
use crate::engine::deeds::showing;
use crate::engine::moment::Moment;
use crate::engine::state::{Binding, Seat, Unanswered};
use crate::model::account::{AttributeName, Value};
use crate::model::ids::GroupName;
use crate::model::operation::{Field, Operation};
use crate::model::wish::{Facet, Membership, Wish};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Calls in doubt kept per seat; the longest windows are kept.
const KEPT: usize = 16;
/// When a call that would undo what is wanted is looked for first; then after twice as long each time.
const LOOKS_AFTER: SignedDuration = SignedDuration::from_secs(4);
/// How often.
const LOOKS_MOST: u8 = 6;

/// From now on `operation` is in doubt.
pub fn doubt(
    seat: &mut Seat,
    groups: &mut BTreeMap<GroupName, Group>,
    operation: Operation,
    read_after: Timestamp,
    late_window: SignedDuration,
) {
    showing::may_be_open(seat, &operation, read_after);
    baseline::may_have_given(seat, &operation);
    forget_effect(seat, groups, &operation);
    if let Operation::CreateGroup { name } = &operation {
        let until = read_after.checked_add(late_window).unwrap_or(Timestamp::MAX);
        groups.entry(name.clone()).or_default().may_be_made_until(until);
    }
    keep(seat, operation, read_after, late_window, false);
}

/// `operation` was taken in and will be done when the provider likes: it is read back like any
/// other, and once more when it can land no more.
pub fn may_land_late(
    seat: &mut Seat,
    operation: Operation,
    now: Timestamp,
    window: SignedDuration,
) {
    keep(seat, operation, now, window, true);
}

/// The target has said yes to what an earlier revision asked for; it is read after when it must show.
///
/// A reading before that may be older, and shows just what is wanted to a revision that asks for the
/// contrary.
pub fn may_show_late(
    seat: &mut Seat,
    operation: &Operation,
    now: Timestamp,
    window: SignedDuration,
) {
    // There is nothing older to be shown of an account that was made, and nothing more of one that is gone.
    if !matches!(operation, Operation::Create { .. } | Operation::Delete { .. }) {
        keep(seat, operation.clone(), now, window, true);
    }
}

fn keep(
    seat: &mut Seat,
    operation: Operation,
    read_after: Timestamp,
    late_window: SignedDuration,
    read: bool,
) {
    // The same call again does not make up for a read that is still owed, nor bring it forward.
    let mut owed = seat.unanswered.iter().filter(|call| call.operation == operation && !call.read);
    let owed = owed.next().map(|call| call.read_after);
    let (read_after, read) = owed.map_or((read_after, read), |owed| (read_after.max(owed), false));
    let until = read_after.checked_add(late_window).unwrap_or(Timestamp::MAX);
    let is_same = |call: &&Unanswered| call.operation == operation;
    let unseen = seat.unanswered.iter().find(is_same).is_some_and(|call| call.unseen);
    seat.unanswered.retain(|call| call.operation != operation);
    if seat.unanswered.len() >= KEPT
        && let Some(first) = (0..seat.unanswered.len())
            .min_by_key(|index| seat.unanswered.get(*index).map(|call| call.until))
    {
        seat.unanswered.remove(first);
    }
    let read_at_end = false;
    let (armed, looks, is_look) = (None, 0, false);
    let call = Unanswered {
        operation,
        read_after,
        until,
        read,
        read_at_end,
        unseen,
        looks,
        armed,
        is_look,
    };
    seat.unanswered.push(call);
}

/// When the next read of the call is due. One that would undo what is wanted now is looked for again
/// and again, at growing distances: a leaver who is let in by it is cut soon, not when its window ends.
fn due(call: &Unanswered, wish: &Wish) -> Timestamp {
    if !call.read {
        call.read_after
    } else if !call.read_at_end {
        let look = look_at(call).filter(|_| undoes(&call.operation, wish));
        look.map_or(call.until, |look| look.min(call.until))
    } else {
        shows_until(call)
    }
}

/// What has landed in the call's window is shown then at the latest.
fn shows_until(call: &Unanswered) -> Timestamp {
    call.until.checked_add(SHOWS_WITHIN).unwrap_or(Timestamp::MAX)
}

/// When it is looked for next within its window.
fn look_at(call: &Unanswered) -> Option<Timestamp> {
    let pause = LOOKS_AFTER.checked_mul(1 << call.looks.min(LOOKS_MOST))?;
    call.read_after.checked_add(pause).ok().filter(|_| call.looks < LOOKS_MOST)
}

/// Whether what is wanted is the contrary of what the operation does.
fn undoes(operation: &Operation, wish: &Wish) -> bool {
    let is_wanted = |group: &GroupName, membership| wish.groups.get(group) == Some(&membership);
    match operation {
        Operation::Create { active, .. } => *active && wish.active == Some(false),
        Operation::Change { active, .. } => {
            active.is_some() && wish.active.is_some() && *active != wish.active
        }
        Operation::AddMember { group, .. } => is_wanted(&group.name, Membership::Outside),
        Operation::RemoveMember { group, .. } => is_wanted(&group.name, Membership::Member),
        Operation::CreateGroup { .. } | Operation::Delete { .. } => false,
    }
}

/// What the operation may have changed is not known any more.
fn forget_effect(seat: &mut Seat, groups: &mut BTreeMap<GroupName, Group>, operation: &Operation) {
    match operation {
        Operation::Create { .. } => {
            if seat.binding == Binding::NoAccount {
                seat.binding = Binding::Unknown;
                seat.drive.look_up_anew();
            }
        }
        // It is as active as before, whatever becomes of its attributes: a claim that comes to speak of
        // that must know the way back.
        Operation::Change { active: None, .. }
            if !seat.baseline.before.contains_key(&Facet::Active) =>
        {
            if let Some(known) = &mut seat.known {
                known.attributes = None;
            }
        }
        Operation::Change { .. } | Operation::Delete { .. } => seat.known = None,
        Operation::AddMember { account, group } | Operation::RemoveMember { account, group } => {
            groups.entry(group.name.clone()).or_default().doubt(account.clone());
        }
        Operation::CreateGroup { .. } => {}
    }
}

/// Asks for the reads that are due: the first, the one at the end of the window, and the last.
pub fn arm(seat: &mut Seat, now: Timestamp, moment: Moment) {
    let mut unanswered = std::mem::take(&mut seat.unanswered);
    for call in &mut unanswered {
        if call.armed.is_some() || now < due(call, &seat.wish) {
            continue;
        }
        call.armed = Some(moment);
        call.is_look = call.read && now < call.until;
        while call.is_look && look_at(call).is_some_and(|at| at <= now) {
            call.looks += 1;
        }
        match &call.operation {
            operation if seat.account().is_none() && makes_one_appear(seat, operation) => {
                seat.binding = Binding::Unknown;
                seat.drive.look_up_anew();
            }
            Operation::Create { .. } | Operation::Change { .. } | Operation::Delete { .. } => {
                seat.drive.account_need = moment;
            }
            Operation::AddMember { group, .. } | Operation::RemoveMember { group, .. } => {
                seat.drive.group_needs.insert(group.name.clone(), moment);
            }
            // Its desk looks for it before anybody makes it again; time alone ends the doubt.
            Operation::CreateGroup { .. } => {}
        }
    }
    seat.unanswered = unanswered;
}

/// Takes note of the reads that have come back. Says whether anything changed.
pub fn clear(seat: &mut Seat, groups: &BTreeMap<GroupName, Group>) -> bool {
    let mut changed = false;
    let mut unanswered = std::mem::take(&mut seat.unanswered);
    unanswered.retain_mut(|call| {
        let Some(armed) = call.armed else { return true };
        let is_unseen = is_unreadable(groups, &call.operation);
        if !is_unseen && !is_read(seat, groups, &call.operation, armed) {
            return true;
        }
        changed = true;
        call.unseen = is_unseen;
        call.armed = None;
        if std::mem::take(&mut call.is_look) {
            return true;
        }
        let over = call.read_at_end;
        call.read_at_end = call.read;
        call.read = true;
        !over
    });
    seat.unanswered = unanswered;
    changed
}

/// Whether an account that no look-up shows may be there by it: one that is made, or the hidden one if
/// it is opened.
fn makes_one_appear(seat: &Seat, operation: &Operation) -> bool {
    matches!(operation, Operation::Create { .. }) || showing::opens(seat, operation)
}

fn is_read(
    seat: &Seat,
    groups: &BTreeMap<GroupName, Group>,
    operation: &Operation,
    armed: Moment,
) -> bool {
    match operation {
        operation if makes_one_appear(seat, operation) => match seat.binding {
            Binding::Unknown => false,
            Binding::NoAccount => seat.drive.lookup_moment >= armed,
            Binding::Bound(_) => {
                seat.drive.read_moment >= armed || seat.drive.lookup_moment >= armed
            }
        },
        Operation::Create { .. } | Operation::Change { .. } | Operation::Delete { .. } => {
            seat.drive.read_moment >= armed || seat.account().is_none()
        }
        Operation::AddMember { group, .. } | Operation::RemoveMember { group, .. } => {
            groups.get(&group.name).is_none_or(|known| known.read_moment >= armed)
        }
        Operation::CreateGroup { .. } => true,
    }
}

/// A read that begins earlier would prove nothing about a call in doubt.
pub fn not_readable_before(seat: &Seat) -> Option<Timestamp> {
    let waiting = seat.unanswered.iter().filter(|call| !call.read && call.armed.is_none());
    waiting.map(|call| call.read_after).max()
}

/// The groups in which calls in doubt are still to be read after, now.
pub fn groups_to_read(seat: &Seat) -> BTreeSet<GroupName> {
    let armed = seat.unanswered.iter().filter(|call| call.armed.is_some());
    let groups = armed.filter_map(|call| call.operation.membership());
    groups.map(|(_, group)| group.name.clone()).collect()
}

/// Until when an earlier creation may land, and show, and be a second account: under the same name the
/// target takes one of the two; under another name, or one that a rename has freed, it takes both.
pub fn lands_besides(seat: &Seat, operation: &Operation, now: Timestamp) -> Option<Timestamp> {
    let name = user_name(operation)?;
    let others = seat.unanswered.iter().filter(|call| {
        let is_creation = matches!(call.operation, Operation::Create { .. });
        is_creation && user_name(&call.operation) != Some(name)
    });
    others.map(shows_until).filter(|shows| now < *shows).max()
}

/// Whether it changes a group that nobody can read, or that is not found by its name alone: nobody
/// waits to read it, and what the call has done in it stays unseen.
fn is_unreadable(groups: &BTreeMap<GroupName, Group>, operation: &Operation) -> bool {
    match operation {
        Operation::AddMember { group, .. } | Operation::RemoveMember { group, .. } => {
            groups.get(&group.name).is_some_and(|known| {
                known.unreadable.is_some()
                    || matches!(known.id, GroupId::Missing | GroupId::Ambiguous)
            })
        }
        Operation::Create { .. }
        | Operation::Change { .. }
        | Operation::CreateGroup { .. }
        | Operation::Delete { .. } => false,
    }
}

/// Until when a call may land in a group that nobody could read: what it does meanwhile is not seen,
/// so no access is given before.
pub fn unseen_until(seat: &Seat) -> Option<Timestamp> {
    seat.unanswered.iter().filter(|call| call.unseen).map(|call| call.until).max()
}

/// The user name that an account has after the operation, if it says so.
fn user_name(operation: &Operation) -> Option<&Value> {
    match operation {
        Operation::Create { attributes, .. } => attributes.get(&AttributeName::USER_NAME),
        Operation::Change { attributes, .. } => match attributes.get(&AttributeName::USER_NAME)? {
            Field::Set(name) => Some(name),
            Field::Clear => None,
        },
        Operation::AddMember { .. }
        | Operation::RemoveMember { .. }
        | Operation::CreateGroup { .. }
        | Operation::Delete { .. } => None,
    }
}

/// The next instant at which a read becomes due by time alone.
pub fn next_due(seat: &Seat) -> Option<Timestamp> {
    let waiting = seat.unanswered.iter().filter(|call| call.armed.is_none());
    waiting.map(|call| due(call, &seat.wish)).min()
}
