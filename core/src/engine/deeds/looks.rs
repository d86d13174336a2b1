//! A yes that does not show is looked at with growing pauses, and judged by what the looks have read.

use crate::engine::deeds::groups::Group;
use crate::engine::moment::Moment;
use crate::engine::state::{Binding, Kind, Seat, Try};
use crate::model::ids::GroupName;
use crate::model::operation::Operation;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// The pauses, in seconds, before a yes that does not show is looked at again: a minute and a half.
const LOOKS: [i64; 7] = [1, 2, 4, 8, 15, 30, 30];
/// Looks after which it is also made again; a cut is made again after each.
const MADE_AGAIN: [usize; 2] = [4, 6];

/// What becomes of an operation that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Cut,
    Grant,
    /// A brake keeps it: it is looked for, and not made again.
    Kept,
}

/// Looks become due with time: what they read must be read since. What the last read has shown is
/// looked at no more.
pub fn arm(seat: &mut Seat, planned: &[(Operation, Asked)], (now, moment): (Timestamp, Moment)) {
    let mut tries = std::mem::take(&mut seat.tries);
    let is_read = seat.drive.read_moment >= seat.drive.account_need;
    tries.retain_mut(|one| {
        if one.looks.is_none() || one.armed.is_some() || one.may_be_made || one.not_before > now {
            return true;
        }
        if !planned.iter().any(|(operation, _)| Kind::of(operation) == one.kind) {
            let is_of_group = matches!(one.kind, Kind::Join(_) | Kind::Leave(_));
            return is_of_group || !is_read;
        }
        one.armed = Some(moment);
        match &one.kind {
            Kind::Create => {
                seat.binding = Binding::Unknown;
                seat.drive.look_up_anew();
            }
            Kind::Join(group) | Kind::Leave(group) => {
                seat.drive.group_needs.insert(group.clone(), moment);
                // The account may say so where the group does not.
                seat.drive.account_need = moment;
            }
            Kind::CreateGroup(group) => {
                seat.drive.group_needs.insert(group.clone(), moment);
            }
            Kind::Deactivate | Kind::Activate | Kind::Attributes(_) | Kind::Delete => {
                seat.drive.account_need = moment;
            }
        }
        true
    });
    seat.tries = tries;
}

/// Whether something is to be looked at, or has been.
pub fn are_due(seat: &Seat, now: Timestamp) -> bool {
    let is_due = |one: &Try| {
        one.looks.is_some() && (one.armed.is_some() || !one.may_be_made && one.not_before <= now)
    };
    seat.tries.iter().any(is_due)
}

/// When a yes that does not show is looked at next.
pub fn next_look(seat: &Seat, now: Timestamp) -> Option<Timestamp> {
    let is_looked_at = |one: &&Try| one.looks.is_some() && one.armed.is_none() && !one.may_be_made;
    let looks = seat.tries.iter().filter(is_looked_at).map(|one| one.not_before);
    looks.filter(|at| *at > now).min()
}

/// Judges the looks that have come back: `planned` is what they have not shown. Gives what was seen
/// to stay undone.
pub fn judge(
    seat: &mut Seat,
    groups: &BTreeMap<GroupName, Group>,
    planned: &[(Operation, Asked)],
    now: Timestamp,
) -> Vec<Operation> {
    let mut undone = Vec::new();
    let mut tries = std::mem::take(&mut seat.tries);
    for (operation, asked) in planned {
        let kind = Kind::of(operation);
        let Some(one) = tries.iter_mut().find(|one| one.kind == kind) else { continue };
        let (Some(armed), Some(looks)) = (one.armed, one.looks) else { continue };
        if !has_looked(seat, groups, &kind, armed) {
            continue;
        }
        let looks = looks.saturating_add(1);
        let count = usize::try_from(looks).unwrap_or(usize::MAX);
        one.armed = None;
        one.looks = Some(looks);
        if one.comes_until.is_some_and(|until| until > now) {
            one.not_before = later(now, looks);
            continue;
        }
        let is_over = count >= LOOKS.len();
        one.may_be_made = match asked {
            Asked::Cut => !is_over,
            Asked::Grant => !is_over && MADE_AGAIN.contains(&count),
            Asked::Kept => is_over,
        };
        if is_over && *asked != Asked::Kept {
            undone.push(operation.clone());
        } else if !one.may_be_made {
            one.not_before = later(now, looks);
        }
    }
    seat.tries = tries;
    undone
}

fn has_looked(
    seat: &Seat,
    groups: &BTreeMap<GroupName, Group>,
    kind: &Kind,
    armed: Moment,
) -> bool {
    match kind {
        Kind::Join(group) | Kind::Leave(group) => groups.get(group).is_none_or(|group| {
            group.read_moment >= armed
                || group.unreadable.is_some() && seat.drive.read_moment >= armed
        }),
        Kind::CreateGroup(group) => {
            groups.get(group).is_none_or(|group| group.read_moment >= armed)
        }
        Kind::Create => seat.drive.lookup_moment >= armed && seat.binding == Binding::NoAccount,
        Kind::Deactivate | Kind::Activate | Kind::Attributes(_) | Kind::Delete => {
            seat.drive.read_moment >= armed
        }
    }
}

/// When it is looked at for the next time after so many looks.
pub(super) fn later(now: Timestamp, looks: u32) -> Timestamp {
    let index = usize::try_from(looks).unwrap_or(usize::MAX);
    let seconds = LOOKS.get(index).or(LOOKS.last()).copied().unwrap_or(1);
    now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now)
}
