//! Seats that come from elsewhere: from an earlier owner, or from a record that turned out to be
//! somebody's; and seats that go.

use super::{Desk, Turn};
use crate::engine::books::Books;
use crate::engine::deeds::baseline::{doubted_baseline, united_baseline};
use crate::engine::deeds::calls;
use crate::engine::deeds::doubts;
use crate::engine::deeds::tell;
use crate::engine::deeds::tries;
use crate::engine::moment::Moment;
use crate::engine::state::{Binding, Seat};
use crate::model::CallOutcome;
use crate::model::call::Request;
use crate::model::decision::ResultWord;
use crate::model::ids::PersonId;
use crate::model::operation::Operation;
use crate::model::wish::Wish;

impl Desk {
    /// What the old owner may have called, nobody knows.
    pub(in crate::engine) fn inherit(&mut self, id: &PersonId, books: &Books) {
        let Some(seat) = self.seats.get_mut(id) else { return };
        let (now, timing) = (books.now, &books.timing);
        let read_after = now.checked_add(timing.lease).unwrap_or(now);
        // Until when earlier owners' calls may land, their clocks said, which may not be ours.
        for call in &mut seat.unanswered {
            call.read_after = read_after;
            call.until = read_after.checked_add(timing.late_window).unwrap_or(call.until);
            if let Operation::CreateGroup { name } = &call.operation {
                self.groups.entry(name.clone()).or_default().may_be_made_until(call.until);
            }
        }
        tries::inherit(seat, now, timing);
        // What was written ahead may have left.
        seat.charges.values_mut().for_each(|charge| charge.unsent = false);
        seat.drive.inherited_at = Some(now);
        // Not written at once, however many there are: as long as nothing of it has changed, the record
        // as it stands tells the next owner the same.
        let is_of_this = seat.pending_for.take().is_none_or(|of| of == seat.revision);
        for operation in std::mem::take(&mut seat.pending) {
            if is_of_this {
                let mut call = calls::describe(&operation, now);
                call.outcome = CallOutcome::Unanswered("the shard changed hands".to_owned());
                calls::keep(seat, call);
            }
            doubts::doubt(seat, &mut self.groups, operation, read_after, timing.late_window);
        }
        for account in seat.account().into_iter().chain(seat.ruled_account()) {
            self.owners.set(account.clone(), id.clone());
        }
        if seat.is_dirty() {
            seat.need_all(books.moment());
        }
        // Whoever is held now may be let go by this owner, who has not read the account.
        seat.drive.met_need = books.moment();
    }

    /// `other` is `home`: what is known of the one's account is the other's.
    pub(in crate::engine) fn hand_over(
        &mut self,
        (home, other): (&PersonId, &PersonId),
        turn: &mut Turn<'_>,
    ) {
        let Some(mut gone) = self.seats.remove(other) else { return };
        let moment = turn.books.next_moment();
        let now = turn.books.now;
        if gone.revision > 0 && gone.is_open() {
            let place = (&self.tenant, &self.settings.name, other);
            turn.books.tell(tell::result(place, &gone, ResultWord::Superseded, None, now));
        }
        self.give_up_slots(other);
        self.leave_line(other);
        if let Some((_, Request::Write(operation))) = gone.drive.open.take() {
            let late_window = turn.books.timing.late_window;
            doubts::doubt(&mut gone, &mut self.groups, operation, now, late_window);
        }
        for account in gone.account().into_iter().chain(gone.ruled_account()) {
            self.owners.set(account.clone(), home.clone());
        }
        let own = self.seats.entry(home.clone()).or_insert_with(|| Seat::new(now));
        own.unite(gone, moment);
    }

    /// Nothing is kept of the person any more, nor waited for.
    pub(in crate::engine) fn dismiss(&mut self, id: &PersonId) {
        let Some(gone) = self.seats.remove(id) else { return };
        for account in gone.account().into_iter().chain(gone.ruled_account()) {
            self.owners.forget(account, id);
        }
        self.give_up_slots(id);
        self.leave_line(id);
    }

    /// Slots that were kept for the person's calls are free.
    fn give_up_slots(&mut self, id: &PersonId) {
        for waiting in self.reserved.extract_if(.., |waiting| waiting.person == *id) {
            self.gate.release(waiting.keeps);
        }
    }
}

impl Seat {
    /// What is known of another seat counts for this. Whatever is asked of both together is a new
    /// revision.
    pub(in crate::engine) fn unite(&mut self, gone: Self, moment: Moment) {
        take_over_account(self, gone);
        self.need_all(moment);
        self.wish = Wish::default();
        self.drive.claimed = None;
    }
}

/// The account of `gone` becomes that of `own`, unless that has another one.
pub(in crate::engine) fn take_over_account(own: &mut Seat, gone: Seat) {
    own.strays.extend(gone.strays);
    let bound = own.account().cloned();
    own.strays.extend(own.ruling.unite(gone.ruling, bound.as_ref()));
    // What operators have said of an account counts for whoever has it.
    for hold in gone.holds {
        if !own.holds.iter().any(|kept| kept.digest == hold.digest) {
            own.holds.push(hold);
        }
    }
    own.rejected.extend(gone.rejected);
    for (kind, charge) in gone.charges {
        let kept = own.charges.entry(kind).or_insert(charge);
        *kept = kept.united(charge);
    }
    for call in gone.unanswered {
        if !own.unanswered.iter().any(|kept| kept.operation == call.operation) {
            own.unanswered.push(call);
        }
    }
    own.shut = own.shut.take().or(gone.shut);
    own.awaited = own.awaited.take().or(gone.awaited);
    let Binding::Bound(account) = gone.binding else {
        if own.account().is_none() {
            // The way back goes with the account, which both look for.
            let before = std::mem::take(&mut own.baseline);
            own.baseline = united_baseline(gone.baseline, before);
            own.facts = own.facts.take().or(gone.facts);
        } else {
            let bound = std::mem::take(&mut own.baseline);
            own.baseline = doubted_baseline(bound, gone.baseline);
        }
        return;
    };
    match &own.binding {
        Binding::Bound(mine) if *mine == account => {}
        Binding::Bound(_) => {
            own.strays.insert(account);
        }
        // An operator has said that another one is the person's.
        Binding::Unknown | Binding::NoAccount if !own.ruling.allows(&account) => {
            own.strays.insert(account);
        }
        Binding::Unknown | Binding::NoAccount => {
            own.binding = Binding::Bound(account);
            own.known = gone.known;
            own.facts = gone.facts;
            own.contests = gone.contests;
            own.drive.refused = None;
            let lost = std::mem::take(&mut own.baseline);
            own.baseline = doubted_baseline(gone.baseline, lost);
        }
    }
}
