//! What claims ask of a person here is looked at again, and a change begins a revision.

use super::waiting;
use super::{Desk, Turn};
use crate::engine::deeds::contests;
use crate::engine::deeds::doubts;
use crate::engine::deeds::facets;
use crate::engine::deeds::looks;
use crate::engine::deeds::open_call::Judged;
use crate::engine::deeds::plan;
use crate::engine::deeds::showing;
use crate::engine::deeds::tell;
use crate::engine::deeds::tries;
use crate::engine::moment::Moment;
use crate::engine::settings::Mode;
use crate::engine::state::{Binding, Kind, Seat, Stage};
use crate::model::Urgency;
use crate::model::decision::{Cause, ResultWord};
use crate::model::ids::PersonId;
use crate::model::wish::Wish;
use jiff::Timestamp;

impl Desk {
    /// Looks at the claims of a person again, and at what is to be done by them.
    pub(in crate::engine) fn reconsider(
        &mut self,
        id: &PersonId,
        cause: Option<&Cause>,
        turn: &mut Turn<'_>,
    ) {
        let is_lost = self.let_go_of_disproved(id, turn);
        let is_to_drive = self.revise(id, cause, turn);
        if is_lost && !self.is_open(id) {
            self.correct_drift(id, turn);
        }
        if is_to_drive || is_lost {
            self.consider(id, turn);
        }
        self.tell_observed(id, cause, turn);
    }

    /// Compares the wish with the revision's. Says whether there is a seat to drive.
    fn revise(&mut self, id: &PersonId, cause: Option<&Cause>, turn: &mut Turn<'_>) -> bool {
        let Some(whom) = turn.people.whom(id) else { return false };
        let asked = self.asked(&whom, turn.books.today());
        if !self.seats.contains_key(id) {
            if asked.wish.is_empty() {
                return false;
            }
            self.seats.insert(id.clone(), Seat::new(turn.books.now));
        }
        let Some(seat) = self.seats.get_mut(id) else { return false };
        seat.urgency = asked.urgency.unwrap_or(Urgency::Normal);
        let returns_alike = asked.unreturnable == seat.unreturnable;
        seat.unreturnable = asked.unreturnable;
        seat.drive.claimed = Some(asked.claimed);
        // What was only observed is owed as soon as the target is enforced.
        let is_owed = self.settings.mode == Mode::Enforce
            && seat.stage == Stage::AtRest { word: ResultWord::Observed };
        if asked.wish == seat.wish && returns_alike && !is_owed {
            return !seat.is_settled();
        }
        self.begin(id, asked.wish, cause, turn);
        true
    }

    /// Who is said once more to be cut is looked at: somebody may have given access back by hand since.
    pub(in crate::engine) fn look_whether_cut(&mut self, id: &PersonId, turn: &mut Turn<'_>) {
        let Some(seat) = self.seats.get_mut(id) else { return };
        let moment = turn.books.next_moment();
        // Whoever waits for somebody's word may have been cut weeks ago.
        let is_still = matches!(seat.stage, Stage::AtRest { .. } | Stage::Held);
        if is_still && seat.account().is_some() && plan::wants_cut(seat, &self.settings) {
            seat.need_all(moment);
            self.consider(id, turn);
        }
    }

    /// Starts the next revision; the one before, if it was not final, is superseded.
    pub(super) fn begin(
        &mut self,
        id: &PersonId,
        wish: Wish,
        cause: Option<&Cause>,
        turn: &mut Turn<'_>,
    ) {
        self.give_back_charges(id, turn);
        let moment = turn.books.next_moment();
        let (now, timing) = (turn.books.now, turn.books.timing);
        let Some(seat) = self.seats.get_mut(id) else { return };
        if seat.revision > 0 && seat.is_open() {
            let place = (&self.tenant, &self.settings.name, id);
            turn.books.tell(tell::result(place, seat, ResultWord::Superseded, None, now));
        }
        // Read once more when it must show.
        for operation in tries::unshown(seat, &self.groups) {
            doubts::may_land_late(seat, operation, now, timing.late_window);
        }
        tries::distrust(seat, &mut self.groups);
        // A call that may still land may have undone since what was read before.
        let settled = matches!(seat.stage, Stage::AtRest { .. }) && seat.unanswered.is_empty();
        let before = std::mem::replace(&mut seat.wish, wish);
        contests::begin_anew(seat, &before, now);
        seat.revision += 1;
        seat.stage = Stage::Working;
        seat.cause = cause.or(turn.books.commanded.as_ref()).cloned();
        seat.began_at = now;
        seat.calls.clear();
        seat.notes.clear();
        let account = seat.account().cloned();
        seat.start_afresh(Judged { now, moment, timing: &timing, salt: id.as_str() });
        self.owners.note(id, seat, account.as_ref());
        if !settled || before == seat.wish {
            seat.need_all(moment);
        } else {
            seat.need_changed(&before, moment);
        }
        turn.books.touch(id);
        turn.books.wakes.set_by(id, waiting::first_look(now));
    }

    /// What failed is tried again as a new revision; who could not be found is looked up again.
    pub(in crate::engine) fn try_again(&mut self, id: &PersonId, turn: &mut Turn<'_>) {
        let now = turn.books.now;
        let Some(seat) = self.seats.get_mut(id) else { return };
        let asks_again = seat.drive.ask_again_at.is_some_and(|at| at <= now);
        match seat.stage {
            Stage::Stuck { again_at, .. } if again_at <= now => self.correct_drift(id, turn),
            Stage::Held if asks_again => self.correct_drift(id, turn),
            Stage::Unverified { again_at, .. } if again_at <= now => {
                if seat.account().is_none() {
                    seat.binding = Binding::Unknown;
                    seat.drive.begin_round();
                }
            }
            Stage::AtRest { .. }
            | Stage::Working
            | Stage::Held
            | Stage::Stuck { .. }
            | Stage::Unverified { .. } => {}
        }
    }

    /// A person without an account has another name now: what ended without one is looked up anew.
    pub(in crate::engine) fn look_up_again(
        &mut self,
        id: &PersonId,
        cause: &Cause,
        turn: &mut Turn<'_>,
    ) {
        let Some(seat) = self.seats.get_mut(id) else { return };
        if seat.account().is_some() || seat.wish.is_empty() {
            return;
        }
        match seat.stage {
            Stage::AtRest { .. } | Stage::Stuck { .. } => {
                let wish = seat.wish.clone();
                self.begin(id, wish, Some(cause), turn);
            }
            Stage::Working | Stage::Held | Stage::Unverified { .. } => {
                seat.binding = Binding::Unknown;
                seat.drive.look_up_anew();
            }
        }
    }
}

impl Seat {
    /// Everything must be read again before anything is called done.
    pub(in crate::engine) fn need_all(&mut self, moment: Moment) {
        self.drive.account_need = moment;
        self.drive.met_need = moment;
        let groups: Vec<_> = self.wish.groups.keys().cloned().collect();
        self.drive.group_needs.extend(groups.into_iter().map(|group| (group, moment)));
        if self.binding == Binding::NoAccount {
            self.binding = Binding::Unknown;
            self.drive.begin_round();
        }
    }

    /// When something of a seat is due next, whatever else brings its person back.
    pub(in crate::engine) fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let stage = match self.stage {
            Stage::Stuck { again_at, .. } => Some(again_at),
            Stage::Unverified { again_at, .. } => Some(again_at).filter(|at| *at > now),
            Stage::Working => waiting::next_look(self, now),
            // A held seat stands in no line: nobody else comes by when time brings something.
            Stage::Held => {
                let due = facets::next_due(self, now).into_iter();
                due.chain(looks::next_look(self, now)).chain(self.drive.ask_again_at).min()
            }
            Stage::AtRest { .. } => None,
        };
        stage.into_iter().chain(doubts::next_due(self)).min()
    }

    /// A new revision asks again for what the last was refused; the pauses go on.
    fn start_afresh(&mut self, judged: Judged<'_>) {
        // A revision that cuts does not wait for an opening to show.
        let may_be_open = tries::is_turning(self, true);
        tries::begin_anew(self, judged.now);
        if self.drive.creation > 0 {
            tries::refused(self, Kind::Create, judged);
        }
        if !showing::goes_on(self, judged.now) {
            self.drive.read_soon(judged.now);
        }
        let drive = &mut self.drive;
        drive.inherited_at = None;
        drive.given_up.clear();
        drive.ask_again_at = None;
        drive.refused = None;
        drive.together_most = None;
        drive.apart = None;
        drive.creation = 0;
        showing::may_open_yet(self, may_be_open, judged.now);
        if self.binding == Binding::NoAccount {
            self.binding = Binding::Unknown;
        }
        if self.binding == Binding::Unknown {
            self.drive.begin_round();
        }
    }

    /// Nothing is to be done and nothing is in doubt.
    fn is_settled(&self) -> bool {
        matches!(self.stage, Stage::AtRest { .. } | Stage::Stuck { .. })
            && self.unanswered.is_empty()
    }

    /// What the new wish asks differently must have been read since.
    fn need_changed(&mut self, before: &Wish, moment: Moment) {
        let wish = &self.wish;
        // A group shows ids; whose they are the account says.
        self.drive.account_need = moment;
        self.drive.met_need = moment;
        let changed =
            wish.groups.iter().filter(|(name, wanted)| before.groups.get(*name) != Some(wanted));
        self.drive.group_needs.extend(changed.map(|(name, _)| (name.clone(), moment)));
    }
}
