//! How old a reading of an account may be when something ends by it.
//!
//! A group lists ids, and whose they are the account says. Somebody who was held for hours, or waited for a
//! group, may have got another id meanwhile: a group that does not list the old one says nothing of them.

use crate::engine::deeds::step::Ending;
use crate::engine::state::{Seat, Stage};
use crate::model::hold::Effect;
use jiff::{SignedDuration, Timestamp};

/// How long an account is taken to have the id by which it was read.
const READ_FOR: SignedDuration = SignedDuration::from_mins(1);

/// Whether something would end by what was read of the account too long ago, or never by this owner.
pub fn rests_on_old(seat: &Seat, ending: &Ending, now: Timestamp) -> bool {
    let is_old = seat.drive.read_at.is_none_or(|at| now.duration_since(at) > READ_FOR);
    // Asked for once: what cannot be read keeps nobody without an end.
    let is_asked_for = seat.drive.read_moment < seat.drive.account_need;
    let has_account = seat.account().is_some() && !seat.wish.is_empty();
    is_old && has_account && !is_asked_for && seat.is_open() && ends_something(seat, ending)
}

/// Whoever waits on, for the same, is not read each time that somebody looks.
fn ends_something(seat: &Seat, ending: &Ending) -> bool {
    match ending {
        Ending::Agrees | Ending::Failed(_) => true,
        Ending::Held(rest, _) => {
            let is_over = |effect: &Effect| rest.iter().all(|it| it.effect != *effect);
            let calls = seat.holds.iter().map(|hold| &hold.effect);
            let mut calls = calls.filter(|effect| matches!(effect, Effect::Operation(_)));
            seat.stage != Stage::Held || calls.any(is_over)
        }
        Ending::NoAccount | Ending::Hidden | Ending::Unverified(_) | Ending::Observed(..) => false,
    }
}
