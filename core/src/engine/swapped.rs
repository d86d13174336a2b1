//! An id that is somebody else's now: a provider was restored, or made anew.
//!
//! A cut goes out by the id that is known, at once, and what is read after it may show that it has met
//! somebody else. If usher knows whose the account is, that person is looked up anew, and has back what
//! was taken; if not, the row of the one who was to be cut says what happened.

use super::calls;
use super::names::Names;
use super::plan::Groups;
use super::settle::{self, OpenCall};
use super::shard::{Here, Shard, here};
use super::state::{Before, Known, Seat};
use super::tell;
use super::whose::{self, Asker, Disproof, Facts};
use crate::model::account::Account;
use crate::model::call::Request;
use crate::model::decision::NoteWord;
use crate::model::ids::{GroupName, PersonId, ScimId, TargetName};
use crate::model::wish::{Facet, Membership, Wanted};
use std::collections::{BTreeMap, BTreeSet};

/// What came of a call by an id that is somebody else's now.
#[derive(Debug)]
pub struct Swap {
    account: ScimId,
    /// Who goes by what the account says.
    bearers: BTreeSet<PersonId>,
    /// It may have been made inactive.
    deactivated: bool,
    /// The groups that it may have joined or left, and whether it was in them before, as far as the call's
    /// person knew.
    moved: BTreeMap<GroupName, Option<Membership>>,
}

impl Swap {
    /// `account` was read by the id that `seat` is bound to, and is not its person's.
    pub fn of(account: &Account, seat: &Seat, names: &Names) -> Self {
        // Else nothing was done in this revision, and each that came before was read back.
        let has_written = calls::has_written(seat) || !seat.unanswered.is_empty();
        Self {
            account: account.id.clone(),
            bearers: whose::bearers(account, names),
            deactivated: has_written && seat.wish.active == Some(false),
            moved: seat
                .wish
                .groups
                .keys()
                .filter(|_| has_written)
                .map(|group| (group.clone(), before(seat, group)))
                .collect(),
        }
    }
}

fn before(seat: &Seat, group: &GroupName) -> Option<Membership> {
    match seat.baseline.group(group)? {
        Before::Was(Wanted::Group(membership)) => Some(*membership),
        Before::Was(_) | Before::Unknown => None,
    }
}

impl Shard {
    /// `account` was read for `id`, and another person is bound to its id. If it is not theirs, they let
    /// go of it: whoever was bound to it first is not whose it is now.
    pub(super) fn release_if_replaced(
        &mut self,
        account: &Account,
        id: &PersonId,
        call: &OpenCall,
    ) {
        let target = self.target_mut(&call.tenant, &call.target);
        let Some(owner) = target.and_then(|it| it.owners.get(&account.id).cloned()) else { return };
        let found = here(&mut self.people, &mut self.tenants, (&owner, &call.target));
        let Some(Here { tenant, aliases, names, seat, target: known }) = found else { return };
        if owner == *id || seat.drive.open.is_some() || seat.account() != Some(&account.id) {
            return;
        }
        let read = Request::ReadAccount { account: account.id.clone() };
        let asker = Asker { id: &owner, aliases, names, seat, settings: &known.settings };
        // Whoever only a name has led to it has no claim beside somebody whose it says that it is.
        let disproved = || whose::disproof(&asker).map(|_| whose::disproved());
        let Some(why) = whose::contradiction(account, &read, &asker).or_else(disproved) else {
            return;
        };
        let swap = Swap::of(account, seat, names);
        // Said before the account is let go of: the row names it.
        let place = (tenant, &call.target, &owner);
        tell::note_once(&mut self.ledger, place, seat, (NoteWord::Unverified, why), self.now);
        if seat.facts.as_ref().is_some_and(Facts::is_unproved) {
            seat.let_go();
        } else {
            settle::lose_account(seat);
        }
        known.note_owner(&owner, seat, Some(&account.id));
        self.correct_drift(&owner, &call.target);
        self.give_back(&swap, call);
        self.consider(&owner, &call.target);
        self.set_wake(&owner);
    }

    /// Lets go of accounts that only a name has led to, and that what is known by now speaks against;
    /// says at which targets. Where a call is in flight, its answer is waited for, and no cut goes out.
    pub(super) fn let_go_of_disproved(&mut self, id: &PersonId) -> BTreeSet<TargetName> {
        let seats = self.people.get(id).into_iter().flat_map(|person| &person.seats);
        let is_unproved = |seat: &Seat| {
            seat.drive.is_disproved || seat.facts.as_ref().is_some_and(Facts::is_unproved)
        };
        let unproved = seats.filter(|(_, seat)| is_unproved(seat));
        let targets: Vec<TargetName> = unproved.map(|(target, _)| target.clone()).collect();
        let mut lost = BTreeSet::new();
        for target in targets {
            let found = here(&mut self.people, &mut self.tenants, (id, &target));
            let Some(Here { tenant, aliases, names, seat, target: known }) = found else {
                continue;
            };
            let asker = Asker { id, aliases, names, seat, settings: &known.settings };
            let disproof = whose::disproof(&asker);
            seat.drive.is_disproved = disproof.is_some() && seat.drive.open.is_some();
            let Some(disproof) = disproof.filter(|_| seat.drive.open.is_none()) else { continue };
            let was_touched =
                seat.baseline.before.keys().any(|facet| !matches!(facet, Facet::Attribute(_)));
            if disproof == Disproof::Numbers || was_touched {
                let note = (NoteWord::Unverified, whose::disproved());
                tell::note_once(&mut self.ledger, (tenant, &target, id), seat, note, self.now);
            }
            let before = seat.account().cloned();
            seat.let_go();
            known.note_owner(id, seat, before.as_ref());
            lost.insert(target);
        }
        lost
    }

    /// Puts right what was done to an account in another person's name.
    pub(super) fn give_back(&mut self, swap: &Swap, call: &OpenCall) {
        for bearer in &swap.bearers {
            if self.let_go_of_old_id(bearer, swap, call) {
                self.reconsider(bearer, None);
                if !self.is_open_revision(bearer, &call.target) {
                    self.correct_drift(bearer, &call.target);
                }
                self.consider(bearer, &call.target);
                self.set_wake(bearer);
            }
        }
    }

    /// Whether the person has an account that is to be looked at.
    fn let_go_of_old_id(&mut self, id: &PersonId, swap: &Swap, call: &OpenCall) -> bool {
        let found = here(&mut self.people, &mut self.tenants, (id, &call.target));
        let Some(Here { seat, target: known, .. }) = found else { return false };
        let Some(before) = seat.account().cloned() else { return false };
        remember(seat, swap, |group| known.groups.is_member(group, &before));
        // What a call in flight does is read back by the id that it had.
        if before != swap.account && seat.drive.open.is_none() {
            settle::lose_account(seat);
            known.note_owner(id, seat, Some(&before));
        }
        self.ledger.touch(id);
        true
    }
}

impl Seat {
    /// The account is not the person's, and neither is what is known of it.
    fn let_go(&mut self) {
        let gone = self.account().or(self.shut.as_ref()).cloned();
        settle::lose_account(self);
        self.facts = None;
        self.shut = self.shut.take().filter(|shut| Some(shut) != gone.as_ref());
        self.drive.is_disproved = false;
        self.drive.let_go_of = gone;
    }

    /// The account that is bound now is another than was let go of: what was so before nobody knows.
    pub(super) fn doubt_way_back(&mut self) {
        let Some(account) = self.account() else { return };
        let Some(gone) = self.drive.let_go_of.as_ref() else { return };
        if account != gone {
            for (facet, before) in &mut self.baseline.before {
                if !matches!(facet, Facet::Attribute(_)) {
                    *before = Before::Unknown;
                }
            }
        }
        self.drive.let_go_of = None;
    }
}

/// What the cut found, as far as it was known by the id that the person had: no claim need speak of it.
fn remember(seat: &mut Seat, swap: &Swap, is_member: impl Fn(&GroupName) -> Option<bool>) {
    let active = seat.known.as_ref().and_then(|Known { active, .. }| *active);
    if swap.deactivated {
        let before = active.map_or(Before::Unknown, |it| Before::Was(Wanted::Active(it)));
        seat.baseline.before.entry(Facet::Active).or_insert(before);
    }
    for (group, found) in &swap.moved {
        let own = is_member(group).map(Membership::of);
        // A list may be older than the new ids, or newer; if the two agree it does not matter.
        let was = own.filter(|own| found.is_none_or(|found| found == *own));
        let before = was.map_or(Before::Unknown, |it| Before::Was(Wanted::Group(it)));
        seat.baseline.before.entry(Facet::Group(group.clone())).or_insert(before);
    }
}
