//! What is learned from the answer to a call that writes.

use super::lose_account;
use crate::engine::deeds::baseline;
use crate::engine::deeds::doubts;
use crate::engine::deeds::facets;
use crate::engine::deeds::groups::Group;
use crate::engine::deeds::open_call::Judged;
use crate::engine::deeds::showing;
use crate::engine::deeds::tries::{self, Next};
use crate::engine::moment::Moment;
use crate::engine::state::{Binding, Facts, Known, Seat};
use crate::model::account::Account;
use crate::model::call::{Failure, Landed, Reply, Verdict};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::GroupName;
use crate::model::operation::Operation;
use jiff::SignedDuration;
use std::collections::BTreeMap;

/// How often a change may break the provider before its parts are tried apart.
const BROKEN_MOST: u32 = 3;

/// What a write's own answer shows is believed, not proved: nothing was read.
pub(super) fn adopt(seat: &mut Seat, account: &Account, moment: Moment) {
    seat.binding = Binding::Bound(account.id.clone());
    seat.known =
        Some(Known { active: account.active, attributes: Some(account.attributes.clone()) });
    seat.drive.begin_round();
    seat.drive.account_need = seat.drive.account_need.max(moment);
}

pub(super) fn wrote(
    seat: &mut Seat,
    groups: &mut BTreeMap<GroupName, Group>,
    (operation, reply): (&Operation, &Reply),
    judged: Judged<'_>,
) {
    if std::mem::take(&mut seat.drive.attempt) > 0 {
        seat.drive.not_before = None;
    }
    let is_coming = *reply == Reply::Accepted;
    let comes_until = judged.now.checked_add(judged.timing.late_window).ok().filter(|_| is_coming);
    if !matches!(reply, Reply::Gone | Reply::AlreadySo) {
        baseline::may_have_given(seat, operation);
    }
    if *reply != Reply::Gone {
        tries::said_yes(seat, operation, comes_until, judged.now);
    }
    showing::changed(seat, operation, reply);
    if is_coming {
        // Taken in, not done: looked at in a while, and only what is read counts.
        let window = judged.timing.late_window;
        doubts::may_land_late(seat, operation.clone(), judged.now, window);
        seat.drive.not_before = judged.now.checked_add(SignedDuration::from_secs(1)).ok();
    } else if *reply != Reply::Gone && seat.drive.open_for != seat.revision {
        doubts::may_show_late(seat, operation, judged.now, judged.timing.late_window);
    }
    match operation {
        Operation::Create { .. } => {
            // Without the account in the answer it is looked up: it has an id now.
            lose_account(seat);
            if let Reply::Account(account) = reply {
                adopt(seat, account, judged.moment);
                // The id was given just now.
                seat.drive.met_need = 0;
                seat.facts = Some(Facts::of(account));
            }
            showing::made(seat, reply, judged.now);
        }
        Operation::Change { .. } | Operation::Delete { .. } if *reply == Reply::Gone => {
            // Look-ups may list it for a while yet, and each time it would be asked for at once.
            let is_first = tries::failures(seat, operation) == 0;
            let next = if is_first { Next::AtOnce } else { Next::Later };
            tries::failed(seat, operation, next, judged);
            lose_account(seat);
        }
        Operation::Change { account, active, attributes } => {
            if seat.account().is_none() && showing::opens(seat, operation) {
                // Hidden while it was inactive, and open again.
                seat.binding = Binding::Bound(account.clone());
                showing::reopened(seat, account, judged.now);
            }
            assume(seat, *active, attributes);
            seat.drive.account_need = judged.moment;
            if let (Reply::Account(account), None) = (reply, active) {
                adopt(seat, account, judged.moment);
            }
        }
        Operation::CreateGroup { .. } => {}
        Operation::Delete { .. } => lose_account(seat),
        Operation::AddMember { account, group } | Operation::RemoveMember { account, group } => {
            let known = groups.entry(group.name.clone()).or_default();
            if *reply == Reply::Gone {
                // The group or the account: both are looked at again.
                known.was_not_there(&group.id, judged.now);
                seat.drive.account_need = judged.moment;
                not_there(seat, operation, judged);
            } else {
                let member = matches!(operation, Operation::AddMember { .. });
                known.changed(judged.moment, account.clone(), member);
                if known.unreadable.is_some() {
                    // The account may say what the group does not.
                    seat.drive.account_need = judged.moment;
                }
            }
            seat.drive.id_need = judged.moment;
            seat.drive.group_needs.insert(group.name.clone(), judged.moment);
        }
    }
}

/// The target lists it, and says that it is not there: looked at again, but not for ever.
pub(super) fn not_there(seat: &mut Seat, operation: &Operation, judged: Judged<'_>) {
    let next = tries::next_after(seat, operation, true);
    tries::failed(seat, operation, next, judged);
    if next == Next::Never {
        let text = "the target lists the account and the group, and says that one of them is not there \
                    (404) when it is to be changed";
        let why = Why::new(Code::TargetRefuses, Some("groups"), text);
        seat.drive.given_up.push((operation.clone(), why));
    }
}

/// The provider said yes; until the account is read back that is what is believed.
pub(super) fn assume(
    seat: &mut Seat,
    active: Option<bool>,
    attributes: &BTreeMap<crate::model::AttributeName, crate::model::Field>,
) {
    let known = seat.known.get_or_insert_default();
    known.active = active.or(known.active);
    if let Some(values) = &mut known.attributes {
        for (name, field) in attributes {
            match field {
                crate::model::Field::Set(value) => values.insert(name.clone(), value.clone()),
                crate::model::Field::Clear => values.remove(name),
            };
        }
    }
}

pub(super) fn write_failed(
    seat: &mut Seat,
    groups: &mut BTreeMap<GroupName, Group>,
    (operation, failure, status): (&Operation, &Failure, Option<u16>),
    judged: Judged<'_>,
) {
    let in_doubt = failure.landed == Landed::Maybe;
    if in_doubt {
        doubts::doubt(seat, groups, operation.clone(), judged.now, judged.timing.late_window);
    }
    match &failure.verdict {
        // Without an answer, most likely the connection had just been closed.
        Verdict::Retry { .. } if in_doubt && status.is_none() => {
            tries::failed(seat, operation, Next::AtOnce, judged);
        }
        // Closed, the gate holds everybody; whom it refused steps back, so that another one tries
        // it next.
        Verdict::Retry { .. } | Verdict::Closed => {
            tries::failed(seat, operation, Next::Later, judged);
            // Some providers break on a value that they do not like.
            if in_doubt && tries::failures(seat, operation) >= BROKEN_MOST {
                facets::take_apart(seat, operation);
            }
        }
        Verdict::Again => {
            let next = tries::next_after(seat, operation, false);
            tries::failed(seat, operation, next, judged);
            if next == Next::Never {
                let why = Why::new(Code::TargetRefuses, None, failure.what.clone());
                facets::refused(seat, operation, why, judged);
            } else if next == Next::Later {
                // It may be one of several that meets another's.
                facets::take_apart(seat, operation);
            }
        }
        // The method is refused, whatever is in it: no part of it would fare better.
        Verdict::Stuck
            if matches!(status, Some(405 | 501)) && !facets::has_access_in_it(operation) =>
        {
            let why = Why::new(Code::TargetRefuses, None, failure.what.clone());
            facets::give_up(seat, operation, why, judged);
        }
        Verdict::Stuck => {
            let why = Why::new(Code::TargetRefuses, None, failure.what.clone());
            facets::refused(seat, operation, why, judged);
        }
    }
}
