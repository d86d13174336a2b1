//! What the readings of a group show, and when they are given up.

use crate::engine::deeds::groups::{Group, GroupId, Makeable, Missing};
use crate::engine::deeds::open_call::{Judged, OpenCall};
use crate::engine::moment::Moment;
use crate::engine::schedule::retry;
use crate::model::call::{Answer, Landed, Outcome, Reply, Request, Verdict};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::ScimId;
use crate::model::operation::GroupRef;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// How often a group that is listed is asked for by an id that is not there.
const GONE_MOST: u32 = 4;
/// How often in a row the reading of a group may fail, for whatever reason.
const FAILED_MOST: u32 = 8;

/// What the answer to a reading of a group has changed.
#[derive(Debug, Default)]
pub struct GroupNews {
    /// It is read, as far as it can be: nobody waits for it any longer.
    pub is_over: bool,
    /// Accounts of which something else was believed.
    pub accounts: BTreeSet<ScimId>,
    /// Members who went with those whom usher has asked to be taken out.
    pub missing: Option<Missing>,
}

impl GroupNews {
    fn over() -> Self {
        Self { is_over: true, ..Self::default() }
    }
}

/// Takes in the answer to a reading of a group, or to making it.
pub fn absorb_group(
    group: &mut Group,
    (call, answer): (&OpenCall, &Answer),
    // Whether the target answers others: else it is not the group's fault.
    is_well: bool,
    judged: Judged<'_>,
) -> GroupNews {
    group.reading = None;
    if !matches!(answer.outcome, Outcome::Done(Reply::Groups(_))) {
        group.ask_name = false;
    }
    match (&call.request, &answer.outcome) {
        (Request::FindGroups { .. }, Outcome::Done(Reply::Groups(found))) => {
            were_found(group, found, call.moment, judged.now)
        }
        (Request::ReadMembers { group: asked }, Outcome::Done(Reply::Members(members))) => {
            let read = (&asked.id, members.clone());
            let (accounts, missing) = group.read_after_removals(call.moment, read);
            group.named_at = Some(judged.now);
            group.refresh_at = judged.now.checked_add(judged.timing.group_refresh).ok();
            GroupNews { is_over: true, accounts, missing }
        }
        (Request::ReadMembers { group: asked }, Outcome::Done(Reply::Gone)) => {
            group.id = GroupId::Unknown;
            group.keep_listed(&asked.id);
            group_failed(group, judged);
            // It may have been made again, under another id; but once.
            if group.attempt <= 1 {
                group.not_before = None;
            }
            give_up_reading(group, GONE_MOST, "it is listed, and not there by its id (404)", judged)
        }
        (Request::Write(_), Outcome::Done(Reply::Groups(made))) if made.len() == 1 => {
            for made in made {
                was_made(group, made, call.moment, judged.now);
            }
            GroupNews::over()
        }
        (Request::Write(_), Outcome::Failed(failure)) if failure.verdict == Verdict::Stuck => {
            group.id = GroupId::Missing;
            group.was_refused(Makeable::No(failure.what.clone()));
            group.read_moment = call.moment;
            GroupNews::over()
        }
        (_, Outcome::NotSent) => GroupNews::default(),
        (request, Outcome::Done(_) | Outcome::Failed(_)) => {
            if matches!(request, Request::Write(_)) {
                not_made(group, answer, judged);
            } else if is_closed(&answer.outcome) {
                group.was_not_meant();
            }
            group_failed(group, judged);
            match &answer.outcome {
                Outcome::Failed(failure) if failure.verdict == Verdict::Stuck => {
                    give_up_reading(group, 0, &failure.what, judged)
                }
                Outcome::Failed(failure) if failure.verdict != Verdict::Closed && is_well => {
                    give_up_reading(group, FAILED_MOST, &failure.what, judged)
                }
                Outcome::Failed(_) | Outcome::Done(_) | Outcome::NotSent => GroupNews::default(),
            }
        }
    }
}

/// Whether the call may make the group after this answer.
fn may_land_yet(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Failed(failure) => failure.landed == Landed::Maybe,
        Outcome::Done(reply) => *reply == Reply::Accepted,
        Outcome::NotSent => false,
    }
}

/// Takes in which groups bear the name.
fn were_found(group: &mut Group, found: &[GroupRef], moment: Moment, now: Timestamp) -> GroupNews {
    group.was_looked_for(now);
    match found {
        [one] => {
            let is_known = group.id == GroupId::Found(one.id.clone());
            group.named_at = Some(now);
            group.is_found(&one.id);
            let is_same = is_known && group.read_moment > 0;
            if std::mem::take(&mut group.ask_name) && is_same {
                return GroupNews::over();
            }
            // That it is listed says nothing of whether it can be read.
            group.not_before = None;
            return GroupNews::default();
        }
        [] => group.is_missed(),
        _ => {
            group.id = GroupId::Ambiguous;
            group.forget_members();
        }
    }
    group.attempt = 0;
    group.not_before = None;
    group.unreadable = None;
    group.read_moment = moment;
    GroupNews::over()
}

/// The call has made it, and nobody is in it.
fn was_made(group: &mut Group, made: &GroupRef, moment: Moment, now: Timestamp) {
    group.is_found(&made.id);
    group.read(moment, (&made.id, Vec::new()));
    group.named_at = Some(now);
    group.may_be_made_until(now);
    group.not_made = 0;
}

/// A call that was to make it has not, or nobody knows: it is looked for again before it is made again,
/// and whoever waits for it pauses, and longer each time.
fn not_made(group: &mut Group, answer: &Answer, judged: Judged<'_>) {
    group.id = GroupId::Unknown;
    let pause = retry::interval(group.not_made, judged.timing, judged.salt);
    group.not_made = group.not_made.saturating_add(1);
    group.not_made_before = judged.now.checked_add(pause).ok();
    if may_land_yet(&answer.outcome) {
        let until = judged.now.checked_add(judged.timing.late_window);
        group.may_be_made_until(until.unwrap_or(Timestamp::MAX));
    }
    if let Outcome::Failed(failure) = &answer.outcome
        && failure.verdict == Verdict::Closed
        && answer.is_forbidden()
    {
        group.was_refused(Makeable::Forbidden(failure.what.clone()));
    }
}

/// Whether the target refuses whatever is asked.
fn is_closed(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(failure) if failure.verdict == Verdict::Closed)
}

fn group_failed(group: &mut Group, judged: Judged<'_>) {
    let pause = retry::interval(group.attempt, judged.timing, judged.salt);
    group.attempt = group.attempt.saturating_add(1);
    group.not_before = judged.now.checked_add(pause).ok();
}

/// After so many attempts nobody waits for the group any longer. It is asked for again all the same,
/// with growing pauses, and seldom in the end: one refusal proves nothing of the next.
fn give_up_reading(group: &mut Group, most: u32, what: &str, judged: Judged<'_>) -> GroupNews {
    if group.attempt < most {
        return GroupNews::default();
    }
    if group.attempt >= most.max(FAILED_MOST) {
        group.not_before = judged.now.checked_add(judged.timing.group_refresh).ok();
    }
    group.unreadable = Some(Why::new(Code::GroupUnreadable, Some("groups"), what.to_owned()));
    GroupNews::over()
}
