//! Accounts that are there and are not shown: one that was just made, one that was made inactive.
//!
//! Some providers show a new account only after a while, and hide inactive ones for good. What usher
//! has made or cut itself is therefore not given up because a read says 404.

use crate::engine::deeds::plan::Plan;
use crate::engine::deeds::tries;
use crate::engine::state::{Awaited, Binding, Kind, Seat, Unanswered};
use crate::model::call::{Reply, Request};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::ScimId;
use crate::model::operation::Operation;
use crate::model::wish::Presence;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How long an account that usher has made may be unseen.
const MADE_SHOWS_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// The same for one that is there by the provider's word alone (409).
const TAKEN_SHOWS_WITHIN: SignedDuration = SignedDuration::from_mins(2);
/// How long the account is looked for that an activation may have opened; then it is told again to be
/// active, which does no harm if it was, and looked for twice as long.
const OPENS_WITHIN: SignedDuration = SignedDuration::from_secs(20);
/// Openings that the target said yes to and that have not shown, before that is a failure: five minutes.
const OPENINGS_MOST: u32 = 4;
/// The longest pause between two looks at what should show.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(4);

/// The provider has made an account, or says that it was there.
pub(in crate::engine) fn made(seat: &mut Seat, reply: &Reply, now: Timestamp) {
    let (account, within) = match reply {
        Reply::Account(account) => (Some(account.id.clone()), MADE_SHOWS_WITHIN),
        Reply::Changed => (None, MADE_SHOWS_WITHIN),
        Reply::Exists => (None, TAKEN_SHOWS_WITHIN),
        Reply::Accounts(_)
        | Reply::AccountPage(_)
        | Reply::GroupPage(_)
        | Reply::ScopePage(_)
        | Reply::NoScope(_)
        | Reply::Groups(_)
        | Reply::Members(_)
        | Reply::Accepted
        | Reply::AlreadySo
        | Reply::Gone => return,
    };
    let was_awaited = seat.awaited.as_ref().is_some_and(|before| before.account.is_none());
    if *reply == Reply::Exists && was_awaited && !is_awaited(seat, now) {
        seat.drive.refused = Some(Why::new(
            Code::AccountUnproved,
            Some("userName"),
            "the target says that the account is there (409), and shows it in no look-up; it may be \
             inactive and hidden, or go by another address",
        ));
        return;
    }
    let until = now.checked_add(within).unwrap_or(Timestamp::MAX);
    seat.awaited = Some(Awaited { account, until });
}

/// A hidden account was made active by its id: until it shows, a 404 means nothing. If it does not, the
/// id is what it can be opened by again.
pub(in crate::engine) fn reopened(seat: &mut Seat, account: &ScimId, now: Timestamp) {
    let times = 1 << looks_at_opening(seat).min(OPENINGS_MOST);
    let until = now.checked_add(OPENS_WITHIN * times).unwrap_or(Timestamp::MAX);
    seat.awaited = Some(Awaited { account: Some(account.clone()), until });
}

/// Nobody knows whether a hidden account was made active: from now on it is cut by its id again, and
/// looked for by it.
pub(in crate::engine) fn may_be_open(seat: &mut Seat, operation: &Operation, now: Timestamp) {
    let Operation::Change { account, active: Some(true), .. } = operation else { return };
    if seat.account().is_some() || seat.shut.as_ref() != Some(account) {
        return;
    }
    bind_unseen(seat, account.clone(), now);
}

fn bind_unseen(seat: &mut Seat, account: ScimId, now: Timestamp) {
    seat.binding = Binding::Bound(account.clone());
    let until = now.checked_add(OPENS_WITHIN).unwrap_or(Timestamp::MAX);
    seat.awaited = Some(Awaited { account: Some(account), until });
}

/// Who is to be cut now, and whose hidden account an earlier call may have opened, or may yet, is cut by
/// its id, though no reading shows it.
pub(in crate::engine) fn may_open_yet(seat: &mut Seat, may_be_open: bool, now: Timestamp) {
    let is_to_be_cut = seat.wish.active == Some(false) && seat.account().is_none();
    let opens = |call: &Unanswered| opens(seat, &call.operation);
    if let Some(shut) = seat.shut.clone().filter(|_| is_to_be_cut)
        && (may_be_open || seat.unanswered.iter().any(opens))
    {
        bind_unseen(seat, shut, now);
    }
}

/// Whether the operation makes the hidden account active.
pub(in crate::engine) fn opens(seat: &Seat, operation: &Operation) -> bool {
    matches!(operation, Operation::Change { account, active: Some(true), .. }
        if seat.shut.as_ref() == Some(account))
}

/// An account is not there by its id, and whether usher has made it inactive nobody knows: it may be
/// hidden for that.
pub(in crate::engine) fn may_be_shut(seat: &mut Seat, account: &ScimId) {
    let shuts = |call: &Unanswered| match &call.operation {
        Operation::Change { account: shut, active: Some(false), .. } => shut == account,
        Operation::Create { .. }
        | Operation::Change { .. }
        | Operation::AddMember { .. }
        | Operation::RemoveMember { .. }
        | Operation::CreateGroup { .. }
        | Operation::Delete { .. } => false,
    };
    if seat.unanswered.iter().any(shuts) {
        seat.shut = Some(account.clone());
    }
}

/// The target has said yes to opening the hidden account, and shows nothing of it when its time is over:
/// it is told so again, but not for ever.
pub(in crate::engine) fn never_opened(
    seat: &mut Seat,
    account: &ScimId,
) -> Option<(Operation, Why)> {
    // A late reading may have shown it when it was told to be active, so that it was not awaited.
    let is_it =
        seat.shut.as_ref() == Some(account) && opening_has_not_shown(seat) >= Some(OPENINGS_MOST);
    let why = Why::new(
        Code::ChangeDoesNotStick,
        Some("active"),
        "the target said yes to making the hidden account active, and has not shown it since",
    );
    is_it.then(|| (opening(account.clone()), why))
}

/// How often the account was looked for since the target first said yes to making it active.
fn looks_at_opening(seat: &Seat) -> u32 {
    let opening = seat.tries.iter().find(|one| one.kind == Kind::Activate);
    opening.and_then(|one| one.looks).unwrap_or(0)
}

/// The time is over in which the account should have shown that the target said yes to making active:
/// that may be done again. Says how often it was so; `None`: the target has not said yes.
fn opening_has_not_shown(seat: &mut Seat) -> Option<u32> {
    let opening = seat.tries.iter_mut().find(|one| one.kind == Kind::Activate)?;
    let looks = opening.looks?.saturating_add(1);
    opening.looks = Some(looks);
    opening.armed = None;
    opening.may_be_made = true;
    Some(looks)
}

fn opening(account: ScimId) -> Operation {
    Operation::Change { account, active: Some(true), attributes: BTreeMap::new() }
}

/// Whether an account must be there that no look-up shows yet.
pub(in crate::engine) fn is_awaited(seat: &Seat, now: Timestamp) -> bool {
    seat.awaited.as_ref().is_some_and(|awaited| awaited.until > now)
}

/// Whether a 404 to a call only says that the account does not show yet.
pub(in crate::engine) fn hides(
    seat: &Seat,
    request: &Request,
    reply: &Reply,
    now: Timestamp,
) -> bool {
    let (Request::ReadAccount { account }
    | Request::Write(
        Operation::Change { account, .. }
        | Operation::AddMember { account, .. }
        | Operation::RemoveMember { account, .. },
    )) = request
    else {
        return false;
    };
    let awaited = seat.awaited.as_ref().and_then(|awaited| awaited.account.as_ref());
    *reply == Reply::Gone && awaited == Some(account) && is_awaited(seat, now)
}

/// An account that does not show yet shows no sooner because more is said of the person: a new revision
/// looks when the last would have, or soon, and the pauses go on. Cuts go by the id and wait for no look.
/// Says whether it is so.
pub(in crate::engine) fn goes_on(seat: &mut Seat, now: Timestamp) -> bool {
    if seat.account().is_none() || !is_awaited(seat, now) {
        return false;
    }
    let soon = now.checked_add(LOOK_EVERY).unwrap_or(now);
    seat.drive.not_before = seat.drive.not_before.map(|at| at.min(soon));
    true
}

/// Looks again in a few seconds; says when.
pub(in crate::engine) fn wait(seat: &mut Seat, now: Timestamp) -> Timestamp {
    let pause = SignedDuration::from_secs(1 << seat.drive.attempt.min(8)).min(LOOK_EVERY);
    seat.drive.attempt = seat.drive.attempt.saturating_add(1);
    let until = now.checked_add(pause).unwrap_or(now);
    seat.drive.not_before = Some(until);
    until
}

/// An account was seen: nothing is awaited, and one that is active is not hidden. While it is to be
/// inactive, or what was just done has not shown, a reading that shows it active may be older than a cut.
pub(in crate::engine) fn seen(seat: &mut Seat, active: Option<bool>) {
    seat.awaited = None;
    let is_to_be_shut = seat.wish.active == Some(false);
    if active == Some(true) && !is_to_be_shut && !tries::is_turning(seat, false) {
        seat.shut = None;
    }
}

/// Remembers which account usher has made inactive. One that is not there to be opened is none; that a
/// hidden one is not there for anything else says nothing.
pub(in crate::engine) fn changed(seat: &mut Seat, operation: &Operation, reply: &Reply) {
    match operation {
        Operation::Change { account, active: Some(true), .. } if *reply == Reply::Gone => {
            seat.shut = seat.shut.take().filter(|shut| shut != account);
        }
        Operation::Change { account, .. } if *reply == Reply::Gone => may_be_shut(seat, account),
        Operation::Change { account, active: Some(false), .. } if *reply != Reply::Accepted => {
            // One that must show first is awaited on: that it does not show yet says nothing of whether
            // it is hidden, and what was called before the cut may land until then.
            seat.shut = Some(account.clone());
        }
        Operation::Delete { .. } => seat.shut = None,
        Operation::Create { .. }
        | Operation::Change { .. }
        | Operation::AddMember { .. }
        | Operation::RemoveMember { .. }
        | Operation::CreateGroup { .. } => {}
    }
}

/// The account that usher has made inactive, and that is not shown, is made active where somebody is to
/// be let in again: by its id, whatever else is known, and instead of a second account. Not if it is to
/// be deleted: what was before has no say in that.
pub(in crate::engine) fn reopening(seat: &Seat, plan: &Plan) -> Option<Operation> {
    seat.shut.clone().filter(|_| is_to_be_open(seat, plan)).map(opening)
}

fn is_to_be_open(seat: &Seat, plan: &Plan) -> bool {
    let makes_one = matches!(plan.grants.first(), Some(Operation::Create { active: true, .. }));
    makes_one || seat.wish.active == Some(true) && seat.wish.account != Some(Presence::Absent)
}

/// Why the hidden account of somebody who is to be let in is not opened: the target refuses it.
pub(in crate::engine) fn why_not_open(seat: &Seat, plan: &Plan) -> Option<Why> {
    let mut given_up = seat.drive.given_up.iter().filter(|_| is_to_be_open(seat, plan));
    given_up.find(|(operation, _)| opens(seat, operation)).map(|(_, why)| why.clone())
}

/// Why a cut is done though the account is not seen.
pub(in crate::engine) fn hidden() -> Why {
    Why::new(
        Code::AccountHidden,
        Some("active"),
        "the target was told to make the account inactive, and shows it neither by its id nor in any \
         look-up since: it hides what is inactive, or has removed it; its id is kept for a way back",
    )
}
