//! What an answer teaches about an account, a group and a call.
//!
//! Only facts are written here; what follows from them, `drive` says at the next look.

mod read;
mod write;

pub use read::met_another;
use read::{read_failed, show_groups, was_read};
use write::{write_failed, wrote};

use crate::engine::deeds::baseline;
use crate::engine::deeds::calls;
use crate::engine::deeds::doubts;
use crate::engine::deeds::groups::Group;
use crate::engine::deeds::open_call::{Judged, OpenCall};
use crate::engine::deeds::showing;
use crate::engine::deeds::tries::{self, Next};
use crate::engine::schedule::retry;
use crate::engine::state::{Binding, Seat, Trouble};
use crate::model::call::{Answer, Failure, Landed, Outcome, Reply, Request};
use crate::model::ids::GroupName;
use crate::model::operation::Operation;
use jiff::SignedDuration;
use std::collections::BTreeMap;

/// How often in a row a call may miss its lease.
const NOT_SENT_MOST: u32 = 3;

/// Takes in the answer to a call about one person.
pub fn absorb(
    seat: &mut Seat,
    groups: &mut BTreeMap<GroupName, Group>,
    (call, answer): (&OpenCall, &Answer),
    judged: Judged<'_>,
) {
    seat.drive.open = None;
    if answer.outcome != Outcome::NotSent {
        seat.drive.not_sent = 0;
    }
    match (&call.request, &answer.outcome) {
        (request, Outcome::NotSent) => not_sent(seat, request, judged),
        (request, Outcome::Done(reply)) if showing::hides(seat, request, reply, judged.now) => {
            let until = showing::wait(seat, judged.now);
            if let Request::Write(operation) = request {
                calls::record(seat, operation, answer, judged.now);
                tries::hold_back(seat, operation, until, judged.now);
                seat.drive.account_need = judged.moment;
                if let Operation::AddMember { group, .. } | Operation::RemoveMember { group, .. } =
                    operation
                {
                    // Whatever was read of it before, this call may have changed.
                    seat.drive.group_needs.insert(group.name.clone(), judged.moment);
                    // Or it is the group that is gone, which no reading of it would tell.
                    let known = groups.entry(group.name.clone()).or_default();
                    if known.unreadable.is_some() && !known.was_just_named(judged.now) {
                        known.look_for_anew(judged.now);
                    }
                }
            }
        }
        // What it says of the group its desk learns, and whoever waits for it.
        (Request::Write(operation @ Operation::CreateGroup { .. }), outcome) => {
            calls::record(seat, operation, answer, judged.now);
            made_group(seat, groups, (operation, outcome), judged);
        }
        (Request::Write(operation), Outcome::Done(reply)) => {
            calls::record(seat, operation, answer, judged.now);
            wrote(seat, groups, (operation, reply), judged);
        }
        (Request::Write(operation), Outcome::Failed(failure)) => {
            calls::record(seat, operation, answer, judged.now);
            write_failed(seat, groups, (operation, failure, answer.status), judged);
        }
        (_, Outcome::Done(reply)) => {
            was_read(seat, call, reply, judged);
            show_groups(groups, call, reply, judged.now);
        }
        (request, Outcome::Failed(failure)) => read_failed(seat, request, failure, judged),
    }
}

/// What a call that makes a group leaves behind: until what it may have made shows, an owner to whom it
/// does not would make another.
fn made_group(
    seat: &mut Seat,
    groups: &mut BTreeMap<GroupName, Group>,
    (operation, outcome): (&Operation, &Outcome),
    judged: Judged<'_>,
) {
    let window = judged.timing.late_window;
    match outcome {
        Outcome::Failed(Failure { landed: Landed::Maybe, .. }) => {
            doubts::doubt(seat, groups, operation.clone(), judged.now, window);
        }
        Outcome::Done(Reply::Accepted) => {
            doubts::may_land_late(seat, operation.clone(), judged.now, window);
        }
        Outcome::Done(_) => {
            doubts::may_show_late(seat, operation, judged.now, SignedDuration::ZERO);
        }
        Outcome::Failed(_) | Outcome::NotSent => {}
    }
}

/// The lease ended before the call could leave. Once that is an accident; again and again, the call
/// never fits, and somebody must hear of it.
fn not_sent(seat: &mut Seat, request: &Request, judged: Judged<'_>) {
    seat.drive.not_sent = seat.drive.not_sent.saturating_add(1);
    if seat.drive.not_sent >= NOT_SENT_MOST {
        match request {
            Request::Write(operation) => tries::failed(seat, operation, Next::Later, judged),
            Request::FindAccounts { .. }
            | Request::ReadAccount { .. }
            | Request::FindGroups { .. }
            | Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. }
            | Request::ReadMembers { .. }
            | Request::AddMembers { .. } => wait(seat, judged),
        }
        let what = "the call could not leave while the lease lasted: connecting to the target, or the \
                    read before a PUT, takes longer than that";
        seat.trouble = Some(Trouble { at: judged.now, what: what.to_owned(), is_write: true });
    }
}

pub(in crate::engine) fn lose_account(seat: &mut Seat) {
    if let Some(account) = seat.account().cloned().filter(|it| seat.shut.as_ref() != Some(it)) {
        seat.ruling.lose(&account);
    }
    seat.binding = Binding::Unknown;
    seat.known = None;
    baseline::doubt_unlisted(seat);
    seat.drive.begin_round();
}

fn wait(seat: &mut Seat, judged: Judged<'_>) {
    let pause = retry::interval(seat.drive.attempt, judged.timing, judged.salt);
    seat.drive.attempt = seat.drive.attempt.saturating_add(1);
    seat.drive.not_before = judged.now.checked_add(pause).ok();
}
