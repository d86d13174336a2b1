//! What an answer teaches about an account, a group and a call.
//!
//! Only facts are written here; what follows from them, `drive` says at the next look.

use crate::engine::deeds::baseline;
use crate::engine::deeds::calls;
use crate::engine::deeds::doubts;
use crate::engine::deeds::facets;
use crate::engine::deeds::groups::Group;
use crate::engine::deeds::open_call::Judged;
use crate::engine::deeds::open_call::OpenCall;
use crate::engine::deeds::showing;
use crate::engine::deeds::tries::{self, Next};
use crate::engine::moment::Moment;
use crate::engine::schedule::retry;
use crate::engine::state::{Binding, Facts, Known, Seat, Trouble};
use crate::model::account::Account;
use crate::model::call::{Answer, Failure, Landed, Outcome, Reply, Request, Verdict};
use crate::model::decision::Why;
use crate::model::ids::GroupName;
use crate::model::operation::Operation;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How often in a row a call may miss its lease.
const NOT_SENT_MOST: u32 = 3;
/// How often a change may break the provider before its parts are tried apart.
const BROKEN_MOST: u32 = 3;

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
            let (operation, window) = (operation.clone(), judged.timing.late_window);
            match outcome {
                Outcome::Failed(Failure { landed: Landed::Maybe, .. }) => {
                    doubts::doubt(seat, groups, operation, judged.now, window);
                }
                Outcome::Done(Reply::Accepted) => {
                    doubts::may_land_late(seat, operation, judged.now, window);
                }
                // A new owner to whom it does not show yet would make another.
                Outcome::Done(_) => {
                    doubts::may_show_late(seat, &operation, judged.now, SignedDuration::ZERO);
                }
                Outcome::Failed(_) | Outcome::NotSent => {}
            }
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
            | Request::ReadMembers { .. }
            | Request::AddMembers { .. } => wait(seat, judged),
        }
        let what = "the call could not leave while the lease lasted: connecting to the target, or the \
                    read before a PUT, takes longer than that";
        seat.trouble = Some(Trouble { at: judged.now, what: what.to_owned(), is_write: true });
    }
}

fn was_read(seat: &mut Seat, call: &OpenCall, reply: &Reply, judged: Judged<'_>) {
    match (&call.request, reply) {
        (Request::FindAccounts { attribute, value }, Reply::Accounts(found)) => {
            match found.as_slice() {
                [] if std::mem::take(&mut seat.drive.look_up_is_old) => {}
                [] => {
                    note_round(seat, call.moment);
                    seat.drive.has_looked_up(attribute, value);
                }
                [account] => {
                    bind(seat, account, call.moment);
                    seat.facts = Some(Facts::of(account));
                    seat.drive.lookup_moment = call.moment;
                }
                several => {
                    seat.drive.refused = Some(Why::new(
                        "lookup.ambiguous",
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
            bind(seat, account, call.moment);
            seat.facts = Some(Facts::of(account));
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

/// A round proves no more than its first look-up could see.
fn note_round(seat: &mut Seat, moment: Moment) {
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
fn show_groups(
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

fn bind(seat: &mut Seat, account: &Account, moment: Moment) {
    seat.binding = Binding::Bound(account.id.clone());
    seat.known =
        Some(Known { active: account.active, attributes: Some(account.attributes.clone()) });
    seat.drive.read_moment = seat.drive.read_moment.max(moment);
    seat.baseline.unlisted.clear();
    showing::seen(seat, account.active);
    seat.drive.begin_round();
    seat.drive.attempt = 0;
    seat.drive.not_before = None;
}

pub(in crate::engine) fn lose_account(seat: &mut Seat) {
    seat.binding = Binding::Unknown;
    seat.known = None;
    baseline::doubt_unlisted(seat);
    seat.drive.begin_round();
}

/// What a write's own answer shows is believed, not proved: nothing was read.
fn adopt(seat: &mut Seat, account: &Account, moment: Moment) {
    seat.binding = Binding::Bound(account.id.clone());
    seat.known =
        Some(Known { active: account.active, attributes: Some(account.attributes.clone()) });
    seat.drive.begin_round();
    seat.drive.account_need = seat.drive.account_need.max(moment);
}

fn wrote(
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
        Operation::Change { .. } if *reply == Reply::Gone => {
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
                known.look_for_anew(judged.now);
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
fn not_there(seat: &mut Seat, operation: &Operation, judged: Judged<'_>) {
    let next = tries::next_after(seat, operation, true);
    tries::failed(seat, operation, next, judged);
    if next == Next::Never {
        let text = "the target lists the account and the group, and says that one of them is not there \
                    (404) when it is to be changed";
        let why = Why::new("target.refuses", Some("groups"), text);
        seat.drive.given_up.push((operation.clone(), why));
    }
}

/// The provider said yes; until the account is read back that is what is believed.
fn assume(
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

fn write_failed(
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
                let why = Why::new("target.refuses", None, failure.what.clone());
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
            let why = Why::new("target.refuses", None, failure.what.clone());
            facets::give_up(seat, operation, why, judged);
        }
        Verdict::Stuck => {
            let why = Why::new("target.refuses", None, failure.what.clone());
            facets::refused(seat, operation, why, judged);
        }
    }
}

fn read_failed(seat: &mut Seat, request: &Request, failure: &Failure, judged: Judged<'_>) {
    match (&failure.verdict, request) {
        (Verdict::Retry { .. } | Verdict::Again | Verdict::Closed, _) => wait(seat, judged),
        (Verdict::Stuck, Request::FindAccounts { attribute, value }) => {
            // Other look-ups may be made, and be enough.
            if !std::mem::take(&mut seat.drive.look_up_is_old) {
                let what = format!("{}; so nobody knows whether there is an account", failure.what);
                let why = Why::new("account.unproved", Some("userName"), what);
                seat.drive.show_nothing(attribute, value, why);
            }
        }
        (Verdict::Stuck, _) => {
            seat.drive.refused = Some(Why::new("target.refuses", None, failure.what.clone()));
        }
    }
}

fn wait(seat: &mut Seat, judged: Judged<'_>) {
    let pause = retry::interval(seat.drive.attempt, judged.timing, judged.salt);
    seat.drive.attempt = seat.drive.attempt.saturating_add(1);
    seat.drive.not_before = judged.now.checked_add(pause).ok();
}
