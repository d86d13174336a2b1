//! What is learned from what was read.

use super::{lose_account, wait};
use crate::engine::deeds::groups::Group;
use crate::engine::deeds::open_call::{Judged, OpenCall};
use crate::engine::deeds::showing;
use crate::engine::moment::Moment;
use crate::engine::state::{Binding, Facts, Known, Seat};
use crate::model::account::Account;
use crate::model::call::{Failure, Reply, Request, Verdict};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::GroupName;
use jiff::Timestamp;
use std::collections::BTreeMap;

pub(super) fn was_read(seat: &mut Seat, call: &OpenCall, reply: &Reply, judged: Judged<'_>) {
    match (&call.request, reply) {
        (Request::FindAccounts { attribute, value }, Reply::Accounts(found)) => {
            match found.as_slice() {
                [] if std::mem::take(&mut seat.drive.look_up_is_old) => {}
                [] => {
                    note_round(seat, call.moment);
                    seat.drive.has_looked_up(attribute, value);
                }
                [account] => {
                    bind(seat, account, (call.moment, judged.now));
                    seat.facts = Some(Facts::of(account));
                    seat.drive.lookup_moment = call.moment;
                }
                several => {
                    seat.drive.refused = Some(Why::new(
                        Code::LookupAmbiguous,
                        Some("userName"),
                        format!(
                            "{} accounts match; nothing is done until only one does",
                            several.len()
                        ),
                    ));
                }
            }
        }
        (Request::ReadAccount { .. }, Reply::Account(account)) => {
            bind(seat, account, (call.moment, judged.now));
            seat.facts = Some(Facts::of(account));
        }
        (Request::ReadAccount { account }, Reply::Gone)
            if seat.ruled_account() == Some(account) =>
        {
            seat.ruling.lose(account);
            seat.drive.refused = Some(bound_to_nothing());
        }
        (Request::ReadAccount { account }, Reply::Gone) => {
            showing::may_be_shut(seat, account);
            if let Some(undone) = showing::never_opened(seat, account) {
                seat.drive.given_up.push(undone);
            }
            lose_account(seat);
        }
        _ => wait(seat, judged),
    }
}

/// A slip in the id, or the account went meanwhile: nothing is guessed in its stead before somebody saw it.
fn bound_to_nothing() -> Why {
    Why::new(
        Code::AccountNotThere,
        Some("id"),
        "the target has no account with the id that an operator has bound this person to, so that is \
         forgotten; bind the right one, or the person is looked up by their names again in a day",
    )
}

/// A round proves no more than its first look-up could see.
pub(super) fn note_round(seat: &mut Seat, moment: Moment) {
    if !seat.drive.has_begun_round() {
        seat.drive.lookup_moment = moment;
    }
}

/// What was read is somebody else's account, or nothing tells that it is not: it is not bound, and no
/// longer if it was. Other look-ups go on.
pub fn met_another(seat: &mut Seat, call: &OpenCall, why: Why) {
    seat.drive.open = None;
    match &call.request {
        Request::FindAccounts { .. } if std::mem::take(&mut seat.drive.look_up_is_old) => {}
        Request::FindAccounts { attribute, value } => {
            note_round(seat, call.moment);
            seat.drive.show_nothing(attribute, value, why);
        }
        Request::ReadAccount { .. }
        | Request::FindGroups { .. }
        | Request::ListAccounts { .. }
        | Request::ListGroups { .. }
        | Request::ReadScope { .. }
        | Request::ReadMembers { .. }
        | Request::AddMembers { .. }
        | Request::Write(_) => {
            // Nor is it one that is hidden.
            seat.shut = seat.shut.take().filter(|shut| Some(shut) != seat.account());
            lose_account(seat);
        }
    }
}

/// Where a group cannot be read, or could not be when it was last tried, it counts what an account says
/// of itself. An account that shows the group's name with another id, or ids alone, may be in it: the
/// group may have been made anew, and is looked for.
pub(super) fn show_groups(
    groups: &mut BTreeMap<GroupName, Group>,
    call: &OpenCall,
    reply: &Reply,
    now: Timestamp,
) {
    let Reply::Account(account) = reply else { return };
    for group in groups.values_mut() {
        group.is_heard(&account.id);
    }
    let Some(shown) = &account.groups else { return };
    let is_unread = |(_, group): &(_, &mut Group)| group.unreadable.is_some() || group.attempt > 0;
    for (name, group) in groups.iter_mut().filter(is_unread) {
        let Some(id) = group.listed_id() else { continue };
        let may_be_it = |shown: Option<&str>| {
            shown.is_none_or(|shown| shown.to_lowercase() == name.as_str().to_lowercase())
        };
        let is_in = shown.contains_key(id);
        if is_in || group.was_just_named(now) || !shown.values().any(|it| may_be_it(it.as_deref()))
        {
            group.show(call.moment, &account.id, is_in);
        } else {
            group.is_to_be_said_again(&account.id, now);
        }
    }
}

pub(super) fn bind(seat: &mut Seat, account: &Account, (moment, now): (Moment, Timestamp)) {
    seat.binding = Binding::Bound(account.id.clone());
    seat.known =
        Some(Known { active: account.active, attributes: Some(account.attributes.clone()) });
    seat.drive.changed.clone_from(&account.changed);
    seat.drive.read_moment = seat.drive.read_moment.max(moment);
    seat.drive.read_at = Some(now);
    seat.baseline.unlisted.clear();
    showing::seen(seat, account.active);
    seat.drive.begin_round();
    seat.drive.attempt = 0;
    seat.drive.not_before = None;
}

pub(super) fn read_failed(
    seat: &mut Seat,
    request: &Request,
    failure: &Failure,
    judged: Judged<'_>,
) {
    match (&failure.verdict, request) {
        (Verdict::Retry { .. } | Verdict::Again | Verdict::Closed, _) => wait(seat, judged),
        (Verdict::Stuck, Request::FindAccounts { attribute, value }) => {
            // Other look-ups may be made, and be enough.
            if !std::mem::take(&mut seat.drive.look_up_is_old) {
                let what = format!("{}; so nobody knows whether there is an account", failure.what);
                let why = Why::new(Code::AccountUnproved, Some("userName"), what);
                seat.drive.show_nothing(attribute, value, why);
            }
        }
        (Verdict::Stuck, _) => {
            seat.drive.refused = Some(Why::new(Code::TargetRefuses, None, failure.what.clone()));
        }
    }
}
