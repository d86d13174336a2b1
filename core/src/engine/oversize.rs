//! A record that no commit could take: the one person is set aside, and everybody else goes on.
//!
//! What comes from a provider is capped when it is read, and what is said of people when it is folded;
//! this is the last guard, so that a shard can never hand out what the broker is certain to refuse.

use crate::engine::deeds::tell;
use crate::engine::desks::Desks;
use crate::engine::record::{encode_person, length_of};
use crate::engine::state::{Person, Seat, Stage};
use crate::model::StateWrite;
use crate::model::code::Code;
use crate::model::decision::{AuditEntry, NoteWord, ResultWord, Why};
use jiff::{SignedDuration, Timestamp};

/// Far below what a broker takes unless told otherwise (1 MiB), and far above what is ever kept.
const RECORD_BYTES_MAX: usize = 512 * 1024;
/// A place at a target that takes more than this is why.
const SEAT_BYTES_MAX: usize = RECORD_BYTES_MAX / 8;
/// When the account is looked at again.
const TRY_AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// The person's record as it is written; and what must be told, if it could not be written as it was.
pub(in crate::engine) fn record_of(
    person: &Person,
    desks: &mut Desks,
    now: Timestamp,
) -> (StateWrite, Vec<AuditEntry>) {
    let write = encode_person(person, &desks.seats_of(person));
    if write.value.as_ref().is_none_or(|value| value.len() <= RECORD_BYTES_MAX) {
        return (write, Vec::new());
    }
    let told = set_aside(person, desks, now);
    (encode_person(person, &desks.seats_of(person)), told)
}

/// Forgets what was read of the accounts, and calls nothing for them until they are looked at again.
fn set_aside(person: &Person, desks: &mut Desks, now: Timestamp) -> Vec<AuditEntry> {
    let again_at = now.checked_add(TRY_AGAIN).unwrap_or(Timestamp::MAX);
    let mut told = Vec::new();
    for (target, seat) in desks.seats_mut(person) {
        if length_of(seat) <= SEAT_BYTES_MAX {
            continue;
        }
        let place = (&person.tenant, &target, &person.id);
        if seat.is_open() {
            told.push(tell::result(place, seat, ResultWord::Failed, Some(why()), now));
            seat.stage = Stage::Stuck { code: why().code, again_at };
        } else {
            told.push(tell::note(place, seat, NoteWord::Held, why(), now));
        }
        forget_what_was_read(seat);
    }
    told
}

fn forget_what_was_read(seat: &mut Seat) {
    seat.known = None;
    seat.pending.clear();
    seat.calls.clear();
    seat.notes.clear();
}

fn why() -> Why {
    Why::new(
        Code::PersonTooLarge,
        None,
        "what the target says of this account is more than the person's record can hold; nothing is \
         called for it but what is under way, and it is read again in a day; shorten its attributes",
    )
}
