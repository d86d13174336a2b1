//! Who waits for longer than somebody would expect, and for what.
//!
//! A revision that is not through after some seconds is told in the audit if something fails, and
//! after a minute whatever it waits for. Each reason is told once in a revision.

use super::{Desk, Turn};
use crate::engine::books::Books;
use crate::engine::brakes::protect;
use crate::engine::deeds::contests;
use crate::engine::deeds::reason::Reason;
use crate::engine::deeds::tell;
use crate::engine::orders::Orders;
use crate::engine::people::People;
use crate::engine::state::{Seat, Stage, Trouble};
use crate::model::call::{Answer, Failure, Outcome, Request};
use crate::model::code::Code;
use crate::model::decision::{AuditEntry, NoteWord, Why};
use crate::model::ids::{GroupName, PersonId};
use crate::model::pause::Pause;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Time after the beginning of a revision at which it is looked at. At the first only failures are
/// told: the rest may just need its time.
const LOOKS: [SignedDuration; 5] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_secs(50),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
];

/// When a revision that begins now is looked at first.
pub(super) fn first_look(began_at: Timestamp) -> Timestamp {
    let [first, ..] = LOOKS;
    began_at.checked_add(first).unwrap_or(Timestamp::MAX)
}

/// When an open revision is looked at next. A look that fell between two owners, or that the clocks of
/// the two disagree about, is made up for after the takeover.
pub(super) fn next_look(seat: &Seat, now: Timestamp) -> Option<Timestamp> {
    let begins = std::iter::once(seat.began_at).chain(seat.drive.inherited_at);
    let looks = begins
        .flat_map(|begin| LOOKS.iter().filter_map(move |after| begin.checked_add(*after).ok()));
    looks.filter(|at| *at > now).min()
}

/// Keeps the failure in an answer; an answer of its kind that is none ends it.
pub(super) fn note_trouble(
    trouble: &mut Option<Trouble>,
    request: &Request,
    answer: &Answer,
    now: Timestamp,
) {
    let is_write = is_write(request);
    match &answer.outcome {
        Outcome::Failed(Failure { what, .. }) => {
            *trouble = Some(Trouble { at: now, what: what.clone(), is_write });
        }
        Outcome::Done(_) => {
            if trouble.as_ref().is_some_and(|trouble| trouble.is_write == is_write) {
                *trouble = None;
            }
        }
        Outcome::NotSent => {}
    }
}

fn is_write(request: &Request) -> bool {
    match request {
        Request::FindAccounts { .. }
        | Request::ReadAccount { .. }
        | Request::FindGroups { .. }
        | Request::ListAccounts { .. }
        | Request::ListGroups { .. }
        | Request::ReadScope { .. }
        | Request::ReadMembers { .. } => false,
        Request::AddMembers { .. } | Request::Write(_) => true,
    }
}

impl Desk {
    /// Tells of a person's open revision that waits for long, unless that was told.
    pub(in crate::engine) fn tell_waiting(&mut self, id: &PersonId, turn: &mut Turn<'_>) {
        if self.seats.get(id).is_none_or(|seat| seat.stage != Stage::Working) {
            return;
        }
        let Some(why) = self.why_waiting(id, (turn.people, turn.orders), turn.books) else {
            return;
        };
        let Some(whom) = turn.people.whom(id) else { return };
        let warrants = self.warrants(&whom, turn.books.today());
        let Some(seat) = self.seats.get_mut(id) else { return };
        if !seat.note(NoteWord::Waiting, &why.code) {
            return;
        }
        let place = (&self.tenant, &self.settings.name, id);
        let mut entry = tell::note(place, seat, NoteWord::Waiting, why, turn.books.now);
        if let AuditEntry::Note(note) = &mut entry {
            note.warrants = warrants;
        }
        turn.books.tell(entry);
        turn.books.touch(id);
    }

    /// What an open revision waits for, if that is to be told by now.
    fn why_waiting(&self, id: &PersonId, known: (&People, &Orders), books: &Books) -> Option<Why> {
        let seat = self.seats.get(id)?;
        let inherited_at = seat.drive.inherited_at.unwrap_or(seat.began_at);
        let waited = books.now.duration_since(seat.began_at.min(inherited_at));
        let [first, second, ..] = LOOKS;
        if waited < first {
            return None;
        }
        let reason = self.reason(id, known, books)?;
        if let Some(pause) = self.gate.pause()
            && is_for_the_target(&reason)
        {
            return Some(left_alone(pause));
        }
        let trouble = trouble_behind(&reason, seat, self);
        match (trouble, reason) {
            (Some(trouble), _) => Some(fails(trouble)),
            _ if waited < second => None,
            // That was told when it began.
            (None, Reason::Retry(_)) if contests::waits(seat, books.now) => None,
            (None, Reason::Groups(groups)) if self.are_shields(&groups) => {
                groups.first().map(protect::unread)
            }
            (None, reason) => calm(&reason),
        }
    }
}

/// The failure that keeps somebody who waits for `reason`.
fn trouble_behind<'a>(reason: &Reason, seat: &'a Seat, known: &'a Desk) -> Option<&'a Trouble> {
    match reason {
        Reason::Groups(groups) => trouble_of(groups, known).or(known.trouble.as_ref()),
        Reason::Answer(_) | Reason::Retry(_) | Reason::Turn => {
            seat.trouble.as_ref().or(known.trouble.as_ref())
        }
        Reason::Commit(_)
        | Reason::LookAgain(_)
        | Reason::LateCall(_)
        | Reason::Held
        | Reason::Stuck(_)
        | Reason::TargetGone
        | Reason::Overlooked => None,
    }
}

fn trouble_of<'a>(groups: &BTreeSet<GroupName>, known: &'a Desk) -> Option<&'a Trouble> {
    groups.iter().find_map(|name| known.groups.get(name)?.trouble.as_ref())
}

/// Whether no call can be made now.
fn is_for_the_target(reason: &Reason) -> bool {
    match reason {
        Reason::Groups(_) | Reason::Retry(_) | Reason::Turn => true,
        Reason::Answer(_)
        | Reason::Commit(_)
        | Reason::LookAgain(_)
        | Reason::LateCall(_)
        | Reason::Held
        | Reason::Stuck(_)
        | Reason::TargetGone
        | Reason::Overlooked => false,
    }
}

fn left_alone(pause: Pause) -> Why {
    Why::new(Code::WaitingAsked, None, format!("nobody can be done at the target: {pause}"))
}

fn fails(trouble: &Trouble) -> Why {
    Why::new(Code::WaitingTarget, None, format!("the last call failed: {}", trouble.what))
}

/// Nothing fails, and it takes long all the same; `None`: it is told otherwise.
fn calm(reason: &Reason) -> Option<Why> {
    Some(match reason {
        Reason::Answer(_) => Why::new(
            Code::WaitingAnswer,
            None,
            "the target has not answered the last call yet; it is given its time",
        ),
        Reason::Commit(_) => Why::new(
            Code::WaitingCommit,
            None,
            "the next call is written ahead in a Kafka transaction that is not in yet",
        ),
        Reason::Turn => Why::new(
            Code::WaitingTurn,
            None,
            "others are before this person at the target, whose quota is spent as it comes in; who is \
             to be cut goes first",
        ),
        Reason::Groups(_) => Why::new(
            Code::WaitingGroups,
            Some("groups"),
            "groups that the rules name have not been read yet",
        ),
        Reason::Retry(_) | Reason::LateCall(_) => Why::new(
            Code::WaitingLateCall,
            None,
            "an earlier call may still be done by the target, and is read after; nothing is granted \
             before",
        ),
        Reason::Overlooked => Why::new(
            Code::WaitingOverlooked,
            None,
            "nothing is known that this person waits for; this is a bug, please report it",
        ),
        Reason::LookAgain(_) | Reason::Held | Reason::Stuck(_) | Reason::TargetGone => return None,
    })
}
