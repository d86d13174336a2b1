//! A look has come to an end: the revision is final, or waits, or there was nothing to say.

use super::{Desk, Place, Turn};
use crate::engine::deeds::baseline;
use crate::engine::deeds::calls;
use crate::engine::deeds::manager;
use crate::engine::deeds::proof;
use crate::engine::deeds::showing;
use crate::engine::deeds::step::{Ending, NotFound};
use crate::engine::deeds::tell;
use crate::engine::people::Whom;
use crate::engine::settings::Mode;
use crate::engine::state::{Seat, Stage};
use crate::model::AuditEntry;
use crate::model::code::Code;
use crate::model::decision::{NoteWord, ResultWord, Why};
use crate::model::ids::PersonId;
use jiff::{SignedDuration, Timestamp};

/// When a cut that found no account is looked up again: minutes, an hour, a day.
const LOOK_AGAIN: [SignedDuration; 3] =
    [SignedDuration::from_mins(5), SignedDuration::from_hours(1), SignedDuration::from_hours(24)];
/// When what failed is tried again.
const TRY_AGAIN: SignedDuration = SignedDuration::from_hours(24);

impl Desk {
    /// Ends a look: the revision is final, or waits, or there was nothing to say.
    pub(super) fn end(&mut self, id: &PersonId, ending: Ending, turn: &mut Turn<'_>) {
        let (now, today) = (turn.books.now, turn.books.today());
        let Some(whom) = turn.people.whom(id) else { return };
        let claimed = self.claimed(&whom, today);
        // Before what went back to what it was is forgotten.
        let warrants = self.warrants(&whom, today);
        let proved = self.is_proved(&whom);
        let moment = turn.books.next_moment();
        let Some(seat) = self.seats.get_mut(id) else { return };
        let place = (&self.tenant, &self.settings.name, id);
        let agrees = matches!(ending, Ending::Agrees | Ending::NoAccount);
        let is_hidden = ending == Ending::Hidden;
        if seat.is_open() && agrees {
            baseline::remember(seat, &claimed, &self.groups, None);
        }
        if agrees {
            seat.tries.clear();
            // What was refused and is so all the same is asked for again if it comes to be otherwise.
            seat.drive.given_up.clear();
            seat.drive.ask_again_at = None;
        }
        let stood_still = seat.stage == Stage::Held && seat.pending.is_empty();
        let told = conclude(place, seat, ending, now);
        end_rows(seat, self.settings.mode, today);
        let rests = matches!(seat.stage, Stage::AtRest { .. } | Stage::Held);
        if rests && baseline::settle_given(seat, &self.groups) {
            turn.books.touch(id);
        }
        if seat.stage == Stage::Held {
            let is_left = !seat.drive.given_up.is_empty();
            let later = now.checked_add(TRY_AGAIN).unwrap_or(Timestamp::MAX);
            seat.drive.ask_again_at = is_left.then(|| seat.drive.ask_again_at.unwrap_or(later));
            // When somebody lets it go, the id may be somebody else's: the account is read first.
            seat.drive.met_need = moment;
            // Whoever reads such a group may see that nothing is left to ask.
            let shields = self.settings.protected.groups_to_read().cloned();
            for group in baseline::asked_about(seat).chain(shields) {
                self.groups.entry(group).or_default().waiting.insert(id.clone());
            }
            if stood_still && told.is_none() {
                return turn.books.wake(id);
            }
        }
        seat.pending.clear();
        self.give_back_charges(id, turn);
        let Some(seat) = self.seats.get_mut(id) else { return };
        let rests = matches!(seat.stage, Stage::AtRest { .. }) && seat.unanswered.is_empty();
        // What is not shown is not back where it was.
        if rests && !is_hidden {
            baseline::forget(seat, &claimed);
        }
        if let Some(mut entry) = told {
            match &mut entry {
                AuditEntry::Result(result) => {
                    result.warrants = warrants;
                    let said = matches!(result.word, ResultWord::Applied | ResultWord::AlreadySo);
                    result.verified = said && proved;
                }
                AuditEntry::Note(note) => note.warrants = warrants,
                AuditEntry::Decision(_) | AuditEntry::Reading(_) | AuditEntry::Command(_) => {}
            }
            turn.books.tell(entry);
        }
        self.trim_wish(&whom, today);
        self.tell_observed(id, None, turn);
        turn.books.touch(id);
        turn.books.wake(id);
    }

    /// Whether the account was seen to be as it is wanted.
    fn is_proved(&self, whom: &Whom<'_>) -> bool {
        let Some(seat) = self.seats.get(&whom.person.id) else { return false };
        let wish = manager::resolved(&seat.wish, self.known_manager(whom).as_ref());
        proof::is_proved(seat, &wish, &self.settings, &self.groups)
    }

    /// What went back to what it was is unmanaged again; that is no new revision.
    fn trim_wish(&mut self, whom: &Whom<'_>, today: Timestamp) {
        let is_at_rest = |seat: &Seat| matches!(seat.stage, Stage::AtRest { .. });
        if !self.seats.get(&whom.person.id).is_some_and(is_at_rest) {
            return;
        }
        let asked = self.asked(whom, today);
        if let Some(seat) = self.seats.get_mut(&whom.person.id) {
            seat.wish = asked.wish;
            seat.drive.claimed = Some(asked.claimed);
            let wish = &seat.wish;
            seat.drive.group_needs.retain(|name, _| wish.groups.contains_key(name));
        }
    }
}

/// Who is at rest waits for nothing. Of whom nobody knows the account no look is whole: a row of theirs
/// ends here at the latest.
fn end_rows(seat: &mut Seat, mode: Mode, today: Timestamp) {
    if matches!(seat.stage, Stage::AtRest { .. }) && mode == Mode::Enforce {
        let ended = std::mem::take(&mut seat.holds);
        seat.remember_rejected(ended, today);
    }
}

/// Sets the stage, and says what the audit must be told. A revision that is final stays so.
fn conclude(
    place: Place<'_>,
    seat: &mut Seat,
    ending: Ending,
    now: Timestamp,
) -> Option<AuditEntry> {
    let shows_nothing = matches!(ending, Ending::Unverified(NotFound::Unproved(_)));
    if seat.is_open() && !shows_nothing {
        seat.unproved = false;
    }
    match ending {
        Ending::Unverified(NotFound::Unproved(why)) if seat.unproved && seat.is_open() => {
            Some(fail(place, seat, why, now))
        }
        Ending::Unverified(found) => look_again(place, seat, found, now),
        Ending::Agrees
        | Ending::NoAccount
        | Ending::Hidden
        | Ending::Held(..)
        | Ending::Observed(..)
        | Ending::Failed(_)
            if !seat.is_open() =>
        {
            None
        }
        Ending::Held(withheld, _) => {
            seat.stage = Stage::Held;
            let why = withheld.into_iter().next()?.why;
            let word = tell::word_of(&why);
            seat.note(word, &why.code).then(|| tell::note(place, seat, word, why, now))
        }
        Ending::Agrees | Ending::NoAccount => {
            let written = calls::has_written(seat);
            let word = if written { ResultWord::Applied } else { ResultWord::AlreadySo };
            Some(rest(place, seat, word, now))
        }
        Ending::Hidden => {
            let written = calls::has_written(seat);
            let word = if written { ResultWord::Applied } else { ResultWord::AlreadySo };
            seat.stage = Stage::AtRest { word };
            Some(tell::result(place, seat, word, Some(showing::hidden()), now))
        }
        Ending::Observed(operations, why) => {
            let planned = operations.iter().map(|operation| calls::describe(operation, now));
            seat.calls = planned.collect();
            seat.stage = Stage::AtRest { word: ResultWord::Observed };
            Some(tell::result(place, seat, ResultWord::Observed, why, now))
        }
        Ending::Failed(why) => Some(fail(place, seat, why, now)),
    }
}

fn fail(place: Place<'_>, seat: &mut Seat, why: Why, now: Timestamp) -> AuditEntry {
    let again_at = now.checked_add(TRY_AGAIN).unwrap_or(Timestamp::MAX);
    seat.stage = Stage::Stuck { code: why.code.clone(), again_at };
    tell::result(place, seat, ResultWord::Failed, Some(why), now)
}

fn rest(place: Place<'_>, seat: &mut Seat, word: ResultWord, now: Timestamp) -> AuditEntry {
    seat.stage = Stage::AtRest { word };
    tell::result(place, seat, word, None, now)
}

/// A cut found no account: a look-up may lie, so it is made again, and only then believed. What proves
/// nothing is believed never.
fn look_again(
    place: Place<'_>,
    seat: &mut Seat,
    found: NotFound,
    now: Timestamp,
) -> Option<AuditEntry> {
    let looks = match seat.stage {
        Stage::AtRest { .. } | Stage::Stuck { .. } => return None,
        Stage::Unverified { again_at, .. } if again_at > now => return None,
        Stage::Unverified { looks, .. } => looks,
        Stage::Working | Stage::Held => 0,
    };
    let Some(pause) = LOOK_AGAIN.get(usize::from(looks)) else {
        return Some(match found {
            NotFound::Proved => rest(place, seat, ResultWord::AlreadySo, now),
            NotFound::Unproved(why) => {
                seat.unproved = true;
                fail(place, seat, why, now)
            }
        });
    };
    let again_at = now.checked_add(*pause).unwrap_or(Timestamp::MAX);
    seat.stage = Stage::Unverified { looks: looks + 1, again_at };
    let why = match found {
        NotFound::Unproved(why) => why,
        NotFound::Proved => Why::new(
            Code::AccountNotFound,
            Some("userName"),
            "access is to be cut, but the target shows no account; it is looked up again later",
        ),
    };
    let is_new = seat.note(NoteWord::Unverified, &why.code);
    is_new.then(|| tell::note(place, seat, NoteWord::Unverified, why, now))
}
