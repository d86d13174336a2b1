//! The way back: what a field was before the first claim touched it.
//!
//! Remembered in the commit that writes the first change ahead, and never overwritten while a claim
//! stands on the field.

use super::field::Field;
use super::plan::Groups;
use super::state::{Baseline, Before, Binding, Seat};
use super::wish::Claimed;
use crate::model::ids::GroupName;
use crate::model::operation::Operation;
use crate::model::wish::Membership;
use std::collections::BTreeSet;

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
        let before = match groups.was_member(group, &account) {
            Some(true) => Some(Before::Was(Membership::Member)),
            Some(false) => Some(Before::Was(Membership::Outside)),
            None => touched.then_some(Before::Unknown),
        };
        let is_to_be_out = seat.wish.groups.get(group) == Some(&Membership::Outside);
        if before == Some(Before::Was(Membership::Outside)) && is_to_be_out && about.is_some() {
            seat.baseline.unlisted.insert(group.clone());
        }
        if let Some(before) = before {
            seat.baseline.groups.insert(group.clone(), before);
        }
    }
    let known = seat.known.as_ref().and_then(|known| known.attributes.clone());
    if let Some(known) = known {
        for name in &claimed.attributes {
            let before = match known.get(name) {
                Some(value) if value.is_too_long() => Before::Unknown,
                value => Before::Was(value.cloned()),
            };
            seat.baseline.attributes.entry(name.clone()).or_insert(before);
        }
    }
}

/// The target has said yes to what gives access, or may have done it. A call that never got there gave
/// nothing, and what is there all the same is not usher's to take back.
pub fn may_have_given(seat: &mut Seat, operation: &Operation) {
    // A hidden account is opened because an account is asked for: there is nothing to take back.
    let given = given_by(operation).filter(|_| seat.account().is_some());
    if let Some(field) = given.filter(|field| is_unknown(&seat.baseline, field)) {
        seat.baseline.given.insert(field.to_string());
    }
}

/// The access that an operation gives, for a claim that asks for it.
fn given_by(operation: &Operation) -> Option<Field> {
    match operation {
        Operation::Change { active: Some(true), .. } => Some(Field::Active),
        Operation::AddMember { group, .. } => Some(Field::Group(group.name.clone())),
        // Who is let out of a group that takes access is out of it afterwards, too.
        Operation::RemoveMember { .. }
        | Operation::Change { active: Some(false) | None, .. }
        | Operation::Create { .. }
        | Operation::Delete { .. } => None,
    }
}

fn is_unknown(baseline: &Baseline, field: &Field) -> bool {
    match field {
        Field::Active => baseline.active == Some(Before::Unknown),
        Field::Group(group) => baseline.groups.get(group) == Some(&Before::Unknown),
        Field::Account | Field::Attribute(_) => false,
    }
}

/// What was given is seen to be gone again: whoever has it from here on was given it by somebody
/// else. Says whether anything was.
pub fn settle_given(seat: &mut Seat, groups: &impl Groups) -> bool {
    let Some(account) = seat.account().cloned().filter(|_| seat.unanswered.is_empty()) else {
        return false;
    };
    let is_inactive = seat.known.as_ref().and_then(|known| known.active) == Some(false);
    let Baseline { groups: before_in, given, .. } = &mut seat.baseline;
    let outside = before_in.keys().filter(|group| groups.is_member(group, &account) == Some(false));
    let gone: Vec<Field> =
        outside.cloned().map(Field::Group).chain(is_inactive.then_some(Field::Active)).collect();
    let settled: Vec<Field> =
        gone.into_iter().filter(|field| given.remove(&field.to_string())).collect();
    // Taken back: from here on it is left alone, and that is no new revision.
    for field in settled.iter().filter(|it| seat.unreturnable.contains(&it.to_string())) {
        match field {
            Field::Active => seat.wish.active = None,
            Field::Group(group) => {
                seat.wish.groups.remove(group);
            }
            Field::Account | Field::Attribute(_) => {}
        }
    }
    !settled.is_empty()
}

/// usher makes the account: before it, there was no access of any kind.
fn remember_nothing_was_there(seat: &mut Seat, claimed: &Claimed) {
    fn was<T>(known: Option<&Before<T>>) -> bool {
        matches!(known, Some(Before::Was(_)))
    }
    let baseline = &mut seat.baseline;
    if claimed.active && !was(baseline.active.as_ref()) {
        baseline.active = Some(Before::Was(false));
    }
    for group in &claimed.groups {
        if !was(baseline.groups.get(group)) {
            baseline.groups.insert(group.clone(), Before::Was(Membership::Outside));
        }
    }
    for name in &claimed.attributes {
        if !was(baseline.attributes.get(name)) {
            baseline.attributes.insert(name.clone(), Before::Was(None));
        }
    }
}

/// The account has no such id, or no longer: what groups did not list says nothing of it.
pub fn doubt_unlisted(seat: &mut Seat) {
    let Baseline { groups, unlisted, .. } = &mut seat.baseline;
    for group in std::mem::take(unlisted) {
        if groups.get(&group) == Some(&Before::Was(Membership::Outside)) {
            groups.remove(&group);
        }
    }
}

/// A reading that tells what a group was before the first cut: what a cut that is not made yet will
/// change, or what one that is under way had not changed.
pub fn learn(seat: &mut Seat, group: &GroupName, membership: Membership) -> bool {
    match seat.baseline.groups.get_mut(group) {
        Some(before @ Before::Unknown) => {
            *before = Before::Was(membership);
            true
        }
        Some(Before::Was(_)) | None => false,
    }
}

/// What nobody knew the way back for is seen to give all access that it can. Says whether any was.
///
/// Then there is nothing to give back, and nobody need say so. What usher itself gave shows nothing of
/// that.
pub fn found_again(seat: &mut Seat, groups: &impl Groups) -> bool {
    let Some(account) = seat.account().cloned().filter(|_| !seat.unreturnable.is_empty()) else {
        return false;
    };
    // While a call may land, or show, late, a reading may be older than the cut.
    if !seat.unanswered.is_empty() {
        return false;
    }
    let asked = std::mem::take(&mut seat.unreturnable);
    let is_active = seat.known.as_ref().and_then(|known| known.active) == Some(true);
    let Baseline { active, groups: before_in, given, .. } = &mut seat.baseline;
    let is_asked = |name: &str| asked.iter().any(|asked| asked == name) && !given.contains(name);
    if is_active && is_asked("active") {
        *active = None;
    }
    before_in.retain(|group, before| {
        *before != Before::Unknown
            || !is_asked(&format!("group {group}"))
            || groups.is_member(group, &account) != Some(true)
    });
    let baseline = &seat.baseline;
    let is_open = |name: &String| match name.strip_prefix("group ") {
        Some(group) => baseline.groups.contains_key(&GroupName::new(group)),
        None => name != "active" || baseline.active.is_some(),
    };
    seat.unreturnable = asked.iter().filter(|name| is_open(name)).cloned().collect();
    seat.unreturnable.len() < asked.len()
}

/// The groups that somebody has to say something about.
pub fn asked_about(seat: &Seat) -> impl Iterator<Item = GroupName> {
    let groups = seat.unreturnable.iter().filter_map(|name| name.strip_prefix("group "));
    groups.map(GroupName::new)
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
    baseline
        .attributes
        .retain(|name, before| claimed.attributes.contains(name) || *before == Before::Unknown);
    let Baseline { active, groups, given, .. } = baseline;
    let unknown_groups = groups.iter().filter(|(_, before)| **before == Before::Unknown);
    let mut unknown: BTreeSet<String> =
        unknown_groups.map(|(group, _)| Field::Group(group.clone()).to_string()).collect();
    unknown.extend((*active == Some(Before::Unknown)).then(|| Field::Active.to_string()));
    given.retain(|name| unknown.contains(name));
}
