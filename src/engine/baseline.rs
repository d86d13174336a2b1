//! The way back: what a field was before the first claim touched it.
//!
//! Remembered in the commit that writes the first change ahead, and never overwritten while a claim
//! stands on the field.

use super::plan::Groups;
use super::state::{Before, Binding, Seat};
use super::wish::Claimed;
use crate::model::operation::Operation;
use crate::model::wish::Membership;

/// Remembers what is known now of the claimed fields; of what `about` is going to change, also that
/// nothing is known.
pub fn remember(
    seat: &mut Seat,
    claimed: &Claimed,
    groups: &impl Groups,
    about: Option<&Operation>,
) {
    if let Some(Operation::Create { .. }) = about {
        remember_nothing_was_there(seat, claimed);
        return;
    }
    let Binding::Bound(account) = seat.binding.clone() else {
        return;
    };
    if claimed.active && seat.baseline.active.is_none() {
        let touched = matches!(about, Some(Operation::Change { active: Some(_), .. }));
        let known = seat.known.as_ref().and_then(|known| known.active);
        seat.baseline.active = known.map(Before::Was).or(touched.then_some(Before::Unknown));
    }
    for group in &claimed.groups {
        if seat.baseline.groups.contains_key(group) {
            continue;
        }
        let touched = match about {
            Some(
                Operation::AddMember { group: changed, .. }
                | Operation::RemoveMember { group: changed, .. },
            ) => changed.name == *group,
            Some(
                Operation::Create { .. } | Operation::Change { .. } | Operation::Delete { .. },
            )
            | None => false,
        };
        let before = match groups.is_member(group, &account) {
            Some(true) => Some(Before::Was(Membership::Member)),
            Some(false) => Some(Before::Was(Membership::Outside)),
            None => touched.then_some(Before::Unknown),
        };
        if let Some(before) = before {
            seat.baseline.groups.insert(group.clone(), before);
        }
    }
    let known = seat.known.as_ref().and_then(|known| known.attributes.clone());
    if let Some(known) = known {
        for name in &claimed.attributes {
            let before = Before::Was(known.get(name).cloned());
            seat.baseline.attributes.entry(name.clone()).or_insert(before);
        }
    }
}

/// usher makes the account: before it, there was no access of any kind.
fn remember_nothing_was_there(seat: &mut Seat, claimed: &Claimed) {
    if claimed.active {
        seat.baseline.active.get_or_insert(Before::Was(false));
    }
    for group in &claimed.groups {
        let outside = Before::Was(Membership::Outside);
        seat.baseline.groups.entry(group.clone()).or_insert(outside);
    }
    for name in &claimed.attributes {
        seat.baseline.attributes.entry(name.clone()).or_insert(Before::Was(None));
    }
}

/// The account is back where it was: what no claim speaks about is unmanaged again.
pub fn forget(seat: &mut Seat, claimed: &Claimed) {
    let baseline = &mut seat.baseline;
    if !claimed.active && matches!(baseline.active, Some(Before::Was(_))) {
        baseline.active = None;
    }
    baseline
        .groups
        .retain(|group, before| claimed.groups.contains(group) || *before == Before::Unknown);
    baseline.attributes.retain(|name, before| {
        claimed.attributes.contains(name) || !matches!(before, Before::Was(Some(_)))
    });
}
