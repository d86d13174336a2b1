//! An id that is somebody else's now: a provider was restored, or made anew.
//!
//! A cut goes out by the id that is known, at once, and what is read after it may show that it has met
//! somebody else. If usher knows whose the account is, that person is looked up anew, and has back what
//! was taken; if not, the row of the one who was to be cut says what happened.

use super::{Desk, Turn, asker};
use crate::engine::deeds::calls;
use crate::engine::deeds::plan::Groups;
use crate::engine::deeds::settle;
use crate::engine::deeds::whose::{self, Disproof};
use crate::engine::people::names::Names;
use crate::engine::state::{Before, Facts, Known, Seat};
use crate::model::account::Account;
use crate::model::call::Request;
use crate::model::decision::NoteWord;
use crate::model::ids::{GroupName, PersonId, ScimId};
use crate::model::wish::{Facet, Membership, Wanted};
use std::collections::{BTreeMap, BTreeSet};

/// What came of a call by an id that is somebody else's now.
#[derive(Debug)]
pub struct Swap {
    account: ScimId,
    /// Who goes by what the account says.
    pub(in crate::engine) bearers: BTreeSet<PersonId>,
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

/// Somebody who was bound to an account that was just read, and whose it is not.
#[derive(Debug)]
pub(in crate::engine) struct Released {
    pub owner: PersonId,
    pub swap: Swap,
}

impl Desk {
    /// `account` was read for `id`, and another person is bound to its id. If it is not theirs, they let
    /// go of it: whoever was bound to it first is not whose it is now.
    pub(in crate::engine) fn release_if_replaced(
        &mut self,
        account: &Account,
        id: &PersonId,
        turn: &mut Turn<'_>,
    ) -> Option<Released> {
        let owner = self.owners.of(&account.id).filter(|owner| *owner != id)?.clone();
        let whom = turn.people.whom(&owner)?;
        let seat = self.seats.get_mut(&owner)?;
        if seat.drive.open.is_some() || seat.account() != Some(&account.id) {
            return None;
        }
        let read = Request::ReadAccount { account: account.id.clone() };
        let asker = asker(&whom, seat, &self.settings);
        // Whoever only a name has led to it has no claim beside somebody whose it says that it is.
        let disproved = || whose::disproof(&asker).map(|_| whose::disproved());
        let why = whose::contradiction(account, &read, &asker).or_else(disproved)?;
        let swap = Swap::of(account, seat, whom.names);
        // Said before the account is let go of: the row names it.
        let place = (&self.tenant, &self.settings.name, &owner);
        let note = (NoteWord::Unverified, why);
        turn.books.ledger.note_once(place, seat, note, turn.books.now);
        if seat.facts.as_ref().is_some_and(Facts::is_unproved) {
            seat.let_go();
        } else {
            settle::lose_account(seat);
        }
        self.owners.note(&owner, seat, Some(&account.id));
        self.correct_drift(&owner, turn);
        Some(Released { owner, swap })
    }

    /// Lets go of an account that only a name has led to, and that what is known by now speaks against;
    /// says whether it did. Where a call is in flight, its answer is waited for, and no cut goes out.
    pub(super) fn let_go_of_disproved(&mut self, id: &PersonId, turn: &mut Turn<'_>) -> bool {
        let Some(whom) = turn.people.whom(id) else { return false };
        let Some(seat) = self.seats.get_mut(id) else { return false };
        if !seat.drive.is_disproved && !seat.facts.as_ref().is_some_and(Facts::is_unproved) {
            return false;
        }
        let disproof = whose::disproof(&asker(&whom, seat, &self.settings));
        seat.drive.is_disproved = disproof.is_some() && seat.drive.open.is_some();
        let Some(disproof) = disproof.filter(|_| seat.drive.open.is_none()) else { return false };
        let was_touched =
            seat.baseline.before.keys().any(|facet| !matches!(facet, Facet::Attribute(_)));
        if disproof == Disproof::Numbers || was_touched {
            let place = (&self.tenant, &self.settings.name, id);
            let note = (NoteWord::Unverified, whose::disproved());
            turn.books.ledger.note_once(place, seat, note, turn.books.now);
        }
        let before = seat.account().cloned();
        seat.let_go();
        self.owners.note(id, seat, before.as_ref());
        true
    }

    /// Something was done to an account of somebody's in another person's name. Says whether they have
    /// an account that is to be looked at.
    pub(in crate::engine) fn let_go_of_old_id(
        &mut self,
        id: &PersonId,
        swap: &Swap,
        turn: &mut Turn<'_>,
    ) -> bool {
        let Some(seat) = self.seats.get_mut(id) else { return false };
        let Some(before) = seat.account().cloned() else { return false };
        remember(seat, swap, |group| self.groups.is_member(group, &before));
        // What a call in flight does is read back by the id that it had.
        if before != swap.account && seat.drive.open.is_none() {
            settle::lose_account(seat);
            self.owners.note(id, seat, Some(&before));
        }
        turn.books.touch(id);
        true
    }

    /// Puts right what was done to an account in another person's name.
    pub(in crate::engine) fn give_back(&mut self, id: &PersonId, turn: &mut Turn<'_>) {
        if !self.is_open(id) {
            self.correct_drift(id, turn);
        }
        self.consider(id, turn);
        turn.books.wake(id);
    }
}

impl Seat {
    /// The account is not the person's, and neither is what is known of it.
    pub(super) fn let_go(&mut self) {
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
            self.doubt_access();
        }
        self.drive.let_go_of = None;
    }

    /// Nobody knows what access there was before.
    pub(super) fn doubt_access(&mut self) {
        for (facet, before) in &mut self.baseline.before {
            if !matches!(facet, Facet::Attribute(_)) {
                *before = Before::Unknown;
            }
        }
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
