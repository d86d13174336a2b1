//! The way back: what a facet was before the first claim touched it.
//!
//! Remembered in the commit that writes the first change ahead, and never overwritten while a claim
//! stands on the facet.

use crate::engine::deeds::plan::Groups;
use crate::engine::state::{Baseline, Before, Binding, Seat};
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::{Field, Operation};
use crate::model::wish::{Facet, Membership, Wanted};
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Remembers what is known now of the claimed facets; of what `about` is going to change, also that
/// nothing is known.
pub fn remember(
    seat: &mut Seat,
    claimed: &BTreeSet<Facet>,
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
    let touched = about.and_then(Operation::access);
    for facet in claimed {
        if seat.baseline.before.contains_key(facet) {
            continue;
        }
        let unknown = (touched.as_ref() == Some(facet)).then_some(Before::Unknown);
        let Some(before) = found(seat, facet, &account, groups).or(unknown) else { continue };
        if let Facet::Group(group) = facet {
            let is_to_be_out = seat.wish.groups.get(group) == Some(&Membership::Outside);
            let is_outside = before == Before::Was(Wanted::Group(Membership::Outside));
            if is_outside && is_to_be_out && about.is_some() {
                seat.baseline.unlisted.insert(group.clone());
            }
        }
        seat.baseline.before.insert(facet.clone(), before);
    }
}

/// What is known now of a facet of a bound account.
fn found(
    seat: &Seat,
    facet: &Facet,
    account: &ScimId,
    groups: &impl Groups,
) -> Option<Before<Wanted>> {
    let known = seat.known.as_ref();
    match facet {
        Facet::Account => None,
        Facet::Active => known?.active.map(|active| Before::Was(Wanted::Active(active))),
        Facet::Group(group) => {
            let is_in = groups.was_member(group, account)?;
            Some(Before::Was(Wanted::Group(Membership::of(is_in))))
        }
        Facet::Attribute(name) => match known?.attributes.as_ref()?.get(name) {
            Some(value) if value.is_too_long() => Some(Before::Unknown),
            value => Some(Before::Was(Wanted::Attribute(value.cloned().into()))),
        },
    }
}

/// The target has said yes to what gives access, or may have done it. A call that never got there gave
/// nothing, and what is there all the same is not usher's to take back.
pub fn may_have_given(seat: &mut Seat, operation: &Operation) {
    // A hidden account is opened because an account is asked for: there is nothing to take back.
    let given = given_by(operation).filter(|_| seat.account().is_some());
    let is_unknown = |facet: &Facet| seat.baseline.before.get(facet) == Some(&Before::Unknown);
    if let Some(facet) = given.filter(is_unknown) {
        seat.baseline.given.insert(facet);
    }
}

/// The access that an operation gives, for a claim that asks for it.
fn given_by(operation: &Operation) -> Option<Facet> {
    match operation {
        Operation::Change { active: Some(true), .. } | Operation::AddMember { .. } => {
            operation.access()
        }
        // Who is let out of a group that takes access is out of it afterwards, too.
        Operation::RemoveMember { .. }
        | Operation::Change { active: Some(false) | None, .. }
        | Operation::Create { .. }
        | Operation::CreateGroup { .. }
        | Operation::Delete { .. } => None,
    }
}

/// What was given is seen to be gone again: whoever has it from here on was given it by somebody
/// else. Says whether anything was.
pub fn settle_given(seat: &mut Seat, groups: &impl Groups) -> bool {
    let Some(account) = seat.account().cloned().filter(|_| seat.unanswered.is_empty()) else {
        return false;
    };
    let given = std::mem::take(&mut seat.baseline.given);
    let is_gone = |facet: &Facet| has_access(seat, facet, &account, groups) == Some(false);
    let (gone, given): (BTreeSet<_>, BTreeSet<_>) = given.into_iter().partition(is_gone);
    seat.baseline.given = given;
    // Taken back: from here on it is left alone, and that is no new revision.
    for facet in gone.intersection(&seat.unreturnable) {
        seat.wish.leave(facet);
    }
    !gone.is_empty()
}

/// Whether the account has what the facet gives; `None`: that is not known, or it gives nothing.
fn has_access(seat: &Seat, facet: &Facet, account: &ScimId, groups: &impl Groups) -> Option<bool> {
    match facet {
        Facet::Active => seat.known.as_ref()?.active,
        Facet::Group(group) => groups.is_member(group, account),
        Facet::Account | Facet::Attribute(_) => None,
    }
}

/// usher makes the account: before it, there was no access of any kind.
fn remember_nothing_was_there(seat: &mut Seat, claimed: &BTreeSet<Facet>) {
    for facet in claimed {
        let nothing = match facet {
            Facet::Account => continue,
            Facet::Active => Wanted::Active(false),
            Facet::Group(_) => Wanted::Group(Membership::Outside),
            Facet::Attribute(_) => Wanted::Attribute(Field::Clear),
        };
        let before = seat.baseline.before.entry(facet.clone()).or_insert(Before::Unknown);
        if *before == Before::Unknown {
            *before = Before::Was(nothing);
        }
    }
}

/// The account has no such id, or no longer: what groups did not list says nothing of it.
pub fn doubt_unlisted(seat: &mut Seat) {
    let outside = Before::Was(Wanted::Group(Membership::Outside));
    for group in std::mem::take(&mut seat.baseline.unlisted) {
        if seat.baseline.group(&group) == Some(&outside) {
            seat.baseline.before.remove(&Facet::Group(group));
        }
    }
}

/// A reading that tells what a group was before the first cut: what a cut that is not made yet will
/// change, or what one that is under way had not changed.
pub fn learn(seat: &mut Seat, group: &GroupName, membership: Membership) -> bool {
    match seat.baseline.before.get_mut(&Facet::Group(group.clone())) {
        Some(before @ Before::Unknown) => {
            *before = Before::Was(Wanted::Group(membership));
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
    let is_found = |facet: &&Facet| {
        seat.baseline.before.get(*facet) == Some(&Before::Unknown)
            && !seat.baseline.given.contains(*facet)
            && has_access(seat, facet, &account, groups) == Some(true)
    };
    let found: Vec<Facet> = seat.unreturnable.iter().filter(is_found).cloned().collect();
    seat.baseline.before.retain(|facet, _| !found.contains(facet));
    let before = &seat.baseline.before;
    let asked = seat.unreturnable.len();
    seat.unreturnable.retain(|facet| match facet {
        Facet::Active | Facet::Group(_) => before.contains_key(facet),
        Facet::Account | Facet::Attribute(_) => true,
    });
    seat.unreturnable.len() < asked
}

/// The groups that somebody has to say something about.
pub fn asked_about(seat: &Seat) -> impl Iterator<Item = GroupName> {
    seat.unreturnable.iter().filter_map(|facet| match facet {
        Facet::Group(group) => Some(group.clone()),
        Facet::Account | Facet::Active | Facet::Attribute(_) => None,
    })
}

/// The account is back where it was: what no claim speaks about is unmanaged again.
pub fn forget(seat: &mut Seat, claimed: &BTreeSet<Facet>) {
    let Baseline { before, given, .. } = &mut seat.baseline;
    before.retain(|facet, before| claimed.contains(facet) || *before == Before::Unknown);
    given.retain(|facet| before.get(facet) == Some(&Before::Unknown));
}

/// One way back of two, of which the one has lost its account.
///
/// That account may be the other's under a new id, and what that one saw before its own first claim may
/// then be what the first had done. Where the two do not say the same nobody knows what was before.
pub fn doubted_baseline(bound: Baseline, lost: Baseline) -> Baseline {
    let is_of_attribute = |facet: &Facet| matches!(facet, Facet::Attribute(_));
    let (attributes, access): (BTreeMap<_, _>, BTreeMap<_, _>) =
        lost.before.into_iter().partition(|(facet, _)| is_of_attribute(facet));
    let mut united = united_baseline(bound, Baseline { before: attributes, ..lost });
    for (facet, before) in access {
        if united.before.get(&facet) != Some(&before) {
            united.before.insert(facet, Before::Unknown);
        }
    }
    united
}

pub fn united_baseline(first: Baseline, second: Baseline) -> Baseline {
    let is_free = |group: &GroupName| first.group(group).is_none();
    let unlisted = second.unlisted.into_iter().filter(is_free);
    Baseline {
        unlisted: unlisted.chain(first.unlisted.iter().cloned()).collect(),
        before: second.before.into_iter().chain(first.before).collect(),
        given: second.given.into_iter().chain(first.given).collect(),
    }
}
