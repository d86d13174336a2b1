//! What an answer says of one person's account.

use super::swapped::Swap;
use super::waiting;
use super::{Desk, Turn, asker};
use crate::engine::deeds::open_call::{Judged, OpenCall};
use crate::engine::deeds::settle;
use crate::engine::deeds::whose;
use crate::engine::state::{Facts, Seat};
use crate::model::call::{Answer, Outcome, Reply, Request};
use crate::model::code::Code;
use crate::model::decision::{NoteWord, Why};
use crate::model::ids::{PersonId, ScimId};
use std::collections::BTreeSet;

/// What follows from an answer for others, and for the person elsewhere.
#[derive(Debug)]
pub(in crate::engine) struct Heard {
    /// What the seat is bound to is not the person's.
    pub is_disproved: bool,
    /// Whoever waits for this person's account can have it.
    pub has_new_account: bool,
    /// Whose manager's account is another now, or will be: they wait for it, or have it sent.
    pub reports: BTreeSet<PersonId>,
    /// The call has met somebody else's account.
    pub swap: Option<Swap>,
}

impl Desk {
    /// Takes in the answer to a call about one person; `None`: the call is not the one that is open.
    pub(in crate::engine) fn hear(
        &mut self,
        (call, answer): (&OpenCall, &Answer),
        id: &PersonId,
        turn: &mut Turn<'_>,
    ) -> Option<Heard> {
        let whom = turn.people.whom(id)?;
        let (now, moment, timing) = (turn.books.now, turn.books.moment(), turn.books.timing);
        let seat = self.seats.get_mut(id)?;
        if seat.drive.open.as_ref().is_none_or(|(open, _)| *open != answer.call) {
            return None;
        }
        let before = seat.account().cloned();
        let ruled = seat.ruled_account().cloned();
        let place = (&self.tenant, &self.settings.name, id);
        let met = whose::met(&answer.outcome);
        let asked_by = asker(&whom, seat, &self.settings);
        let another =
            met.and_then(|account| whose::contradiction(account, &call.request, &asked_by));
        let led_to = met.and_then(|account| whose::led_to(account, &call.request, &asked_by));
        let is_swapped = another.is_some() && before.is_some();
        let swap = met.filter(|_| is_swapped).map(|it| Swap::of(it, seat, whom.names));
        if let Some(why) = another {
            if is_swapped {
                let note = (NoteWord::Unverified, why.clone());
                turn.books.ledger.note_once(place, seat, note, now);
            }
            meet_another(seat, call, why);
        } else {
            let judged = Judged { now, moment, timing: &timing, salt: id.as_str() };
            settle::absorb(seat, &mut self.groups, (call, answer), judged);
            let is_read =
                matches!(call.request, Request::FindAccounts { .. } | Request::ReadAccount { .. });
            if let Some(facts) = seat.facts.as_mut().filter(|_| is_read && met.is_some()) {
                facts.was_led_to(led_to);
            }
        }
        waiting::note_trouble(&mut seat.trouble, &call.request, answer, now);
        self.owners.note(id, seat, before.as_ref());
        if let Some(ruled) = ruled.filter(|it| seat.own_account() != Some(it)) {
            self.owners.forget(&ruled, id);
        }
        seat.doubt_way_back();
        if answer.outcome == Outcome::Done(Reply::Accepted) {
            let text = "the target took the change in and has not done it yet";
            let why = Why::new(Code::TargetAccepted, None, text);
            turn.books.ledger.note_once(place, seat, (NoteWord::Accepted, why), now);
        }
        Some(Heard {
            is_disproved: seat.drive.is_disproved,
            swap,
            ..self.note_account(call, id, before)
        })
    }

    /// Another account than before is news for groups, and for those whose manager this is.
    fn note_account(&mut self, call: &OpenCall, id: &PersonId, before: Option<ScimId>) -> Heard {
        let account = self.seats.get(id).and_then(Seat::account);
        let new = account.filter(|account| before.as_ref() != Some(account));
        let is_look_up = matches!(call.request, Request::FindAccounts { .. });
        if let Some(account) = new.filter(|_| is_look_up) {
            self.groups.values_mut().for_each(|group| group.was_read_before(account));
        }
        let lost = before.filter(|before| account != Some(before));
        let reports = lost.map(|lost| self.reports.lose(&lost)).unwrap_or_default();
        Heard { is_disproved: false, has_new_account: new.is_some(), reports, swap: None }
    }
}

/// The call has met an account that is not the person's.
fn meet_another(seat: &mut Seat, call: &OpenCall, why: Why) {
    let before = seat.account().cloned();
    let was_unproved = seat.facts.as_ref().is_some_and(Facts::is_unproved);
    settle::met_another(seat, call, why);
    if before.is_some() && was_unproved {
        (seat.facts, seat.drive.let_go_of) = (None, before);
    }
}
