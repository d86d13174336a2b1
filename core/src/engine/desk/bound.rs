//! Operators say whose an account is. Nothing is written before the account was read.

use super::{Desk, Turn};
use crate::engine::settings::Mode;
use crate::engine::state::{RULED_OUT_MOST, Seat};
use crate::model::hold::{Effect, Hold};
use crate::model::ids::{PersonId, ScimId};
use crate::model::{Alias, AttributeName};
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Desk {
    /// This account is the person's. Says what became of another that they had.
    ///
    /// # Errors
    ///
    /// Why nothing came of it, in words without personal data.
    pub(in crate::engine) fn bind(
        &mut self,
        id: &PersonId,
        account: &ScimId,
        turn: &mut Turn<'_>,
    ) -> Result<Option<String>, String> {
        if let Some(owner) = self.owners.of(account).filter(|owner| *owner != id) {
            return Err(format!(
                "the account is bound to {owner}; unbind that first, or link the two if they are one"
            ));
        }
        let seat = self.seats.entry(id.clone()).or_insert_with(|| Seat::new(turn.books.now));
        let had = seat.own_account().cloned();
        let another = had.clone().filter(|had| had != account);
        if let Some(until) = another.as_ref().and_then(|_| under_way_until(seat, turn.books.now)) {
            return Err(still_under_way(until));
        }
        let strays = std::mem::take(&mut seat.strays);
        for gone in strays.iter().chain(&another).filter(|gone| *gone != account) {
            self.owners.forget(gone, id);
        }
        if let Some(another) = &another {
            seat.lose_way_back();
            seat.let_go();
            seat.end_rows_of(another, turn.books.today());
        }
        // What operators say of a hidden account is that it is there: it is read.
        seat.shut = seat.shut.take().filter(|shut| shut != account);
        seat.ruling.bind(account);
        if let Some(facts) = seat.facts.as_mut().filter(|facts| facts.id == *account) {
            facts.was_led_to(None);
        }
        self.owners.set(account.clone(), id.clone());
        self.look_anew(id, turn);
        let observed = self.settings.mode == Mode::Observe;
        let observed = observed.then(|| "the target is only observed".to_owned());
        let left = strays.into_iter().chain(another).filter(|left| left != account);
        let left: Vec<String> = left.map(|left| left.to_string()).collect();
        let left = (!left.is_empty()).then(|| {
            format!(
                "nothing more is done to what was taken for theirs before ({}): look at it",
                left.join(", ")
            )
        });
        let told: Vec<String> = left.into_iter().chain(observed).collect();
        Ok((!told.is_empty()).then(|| told.join("; ")))
    }

    /// Whoever is known by this account alone has it, unless it is bound already.
    pub(in crate::engine) fn take_up(&mut self, id: &PersonId, account: &ScimId, now: Timestamp) {
        if self.owners.of(account).is_some() {
            return;
        }
        let seat = self.seats.entry(id.clone()).or_insert_with(|| Seat::new(now));
        if seat.own_account().is_none() {
            seat.ruling.bind(account);
            self.owners.set(account.clone(), id.clone());
        }
    }

    /// HR has named who has the account that was known by itself alone: from now on it is theirs as far as a
    /// name tells, and no further. `names`: what usher knows them by besides HR's.
    pub(in crate::engine) fn is_somebodys_now(&mut self, id: &PersonId, names: &BTreeSet<Alias>) {
        let Some(seat) = self.seats.get_mut(id) else { return };
        let Some(account) = seat.ruling.account().cloned() else { return };
        let own = Alias::of_account(&self.settings.name, &account);
        if !own.is_some_and(|own| names.contains(&own)) {
            return;
        }
        seat.ruling.lose(&account);
        if let Some(facts) = seat.facts.as_mut().filter(|facts| facts.id == account) {
            facts.was_led_to(Some(AttributeName::USER_NAME));
        }
    }

    /// The account that is bound here is not the person's. Says which one it was.
    ///
    /// # Errors
    ///
    /// Why nothing came of it, in words without personal data.
    pub(in crate::engine) fn unbind(
        &mut self,
        id: &PersonId,
        turn: &mut Turn<'_>,
    ) -> Result<String, String> {
        let seat = self.seats.get_mut(id);
        let Some((account, seat)) = seat.and_then(|seat| Some((seat.own_account()?.clone(), seat)))
        else {
            return Err("no account is bound there".to_owned());
        };
        if let Some(until) = under_way_until(seat, turn.books.now) {
            return Err(still_under_way(until));
        }
        if !seat.ruling.rule_out(&account) {
            return Err(format!(
                "{RULED_OUT_MOST} accounts are ruled out for this person already: bind the one that is theirs"
            ));
        }
        seat.lose_way_back();
        seat.let_go();
        seat.end_rows_of(&account, turn.books.today());
        self.owners.forget(&account, id);
        self.look_anew(id, turn);
        Ok(format!(
            "{account} is nobody's now, and stays as it is: look at what was done to it for this person"
        ))
    }

    /// What is wanted of a person is looked at anew, as another revision: whose the account is, or who has
    /// a name, was said.
    pub(in crate::engine) fn look_anew(&mut self, id: &PersonId, turn: &mut Turn<'_>) {
        if let Some(seat) = self.seats.get_mut(id) {
            seat.drive.refused = None;
            seat.drive.is_disproved = false;
            seat.drive.look_up_anew();
            // Whether anybody must still say who it is, the next look shows.
            seat.holds.retain(|hold| hold.effect != Effect::Identity);
        }
        turn.books.touch(id);
        let revision = |desk: &Self| desk.seats.get(id).map(|seat| seat.revision);
        let before = revision(self);
        self.reconsider(id, None, turn);
        let is_wanted = self.seats.get(id).is_some_and(|seat| !seat.wish.is_empty());
        if is_wanted && revision(self) == before {
            self.correct_drift(id, turn);
        }
        self.consider_seated(id, turn);
    }
}

impl Seat {
    /// What usher gave, and what was so before it, was another account's.
    fn lose_way_back(&mut self) {
        self.doubt_access();
        self.baseline.given.clear();
    }

    /// Nobody is asked any more what is to be done to an account that is not theirs. A no is remembered, for
    /// it may be said to be theirs again.
    fn end_rows_of(&mut self, account: &ScimId, today: Timestamp) {
        let is_of_it = |hold: &mut Hold| match &hold.effect {
            Effect::Operation(operation) => operation.account() == Some(account),
            Effect::WayBack(_) | Effect::Identity => false,
        };
        let ended: Vec<Hold> = self.holds.extract_if(.., is_of_it).collect();
        self.remember_rejected(ended, today);
    }
}

/// Until when a call for the account may land; `None`: none is under way.
fn under_way_until(seat: &Seat, now: Timestamp) -> Option<Timestamp> {
    let writing = seat.is_writing().then_some(now);
    seat.unanswered.iter().map(|call| call.until).chain(writing).max()
}

/// It may land at the account that would not be the person's any more, and nobody would read after it.
fn still_under_way(until: Timestamp) -> String {
    format!("a call for the account that is bound may land until {until}; say it again after that")
}
