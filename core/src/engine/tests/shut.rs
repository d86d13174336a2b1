//! What is kept of an account that was shut and is hidden since.

use super::bench::Bench;
use crate::engine::deeds::plan::Plan;
use crate::engine::deeds::showing::{changed, never_opened, reopening, seen};
use crate::engine::deeds::tries;
use crate::engine::desk::take_over_account;
use crate::engine::state::{Before, Binding, Facts, Seat};
use crate::model::{Facet, GroupName, Membership, Operation, Presence, Reply, ScimId, Wanted};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Kim's account is told to be active, or inactive.
fn told(active: bool) -> Operation {
    let account = ScimId::new("a-kim");
    Operation::Change { account, active: Some(active), attributes: BTreeMap::new() }
}

/// Some providers answer 404 to every call about a hidden account but the one that opens it.
#[test]
fn a_hidden_account_that_is_not_there_to_be_cut_again_is_kept_and_one_that_cannot_be_opened_is_not()
{
    let kim = ScimId::new("a-kim");
    let mut seat = Seat::new(Timestamp::UNIX_EPOCH);
    changed(&mut seat, &told(false), &Reply::Gone);
    assert_eq!(seat.shut, None, "it was never shut");
    changed(&mut seat, &told(false), &Reply::Changed);
    changed(&mut seat, &told(false), &Reply::Gone);
    assert_eq!(seat.shut, Some(kim.clone()));
    changed(&mut seat, &told(true), &Reply::Gone);
    assert_eq!(seat.shut, None);
}

/// Two records become one; the one that goes knew what the hidden account was before the cut.
#[test]
fn the_way_back_of_a_hidden_account_goes_with_it_to_the_record_that_stays() {
    let mut own = Seat::new(Timestamp::UNIX_EPOCH);
    let mut gone = Seat::new(Timestamp::UNIX_EPOCH);
    gone.shut = Some(ScimId::new("a-kim"));
    gone.baseline.before.insert(Facet::Active, Before::Was(Wanted::Active(true)));
    gone.facts = Some(Facts::of(&Bench::kim(true)));
    take_over_account(&mut own, gone.clone());
    assert_eq!(own.shut, gone.shut);
    assert_eq!(own.baseline, gone.baseline);
    assert!(own.facts == gone.facts);
}

/// The one has lost the account, and what it saw before may be what the other had done.
#[test]
fn what_two_records_do_not_both_say_of_before_is_doubted_whichever_stays() {
    let vpn = GroupName::new("VPN");
    let knows = |membership| {
        let mut seat = Seat::new(Timestamp::UNIX_EPOCH);
        let before = Before::Was(Wanted::Group(membership));
        seat.baseline.before.insert(Facet::Group(vpn.clone()), before);
        seat
    };
    for bound_stays in [true, false] {
        let mut bound = knows(Membership::Outside);
        bound.binding = Binding::Bound(ScimId::new("a-kim"));
        let lost = knows(Membership::Member);
        let (mut own, gone) = if bound_stays { (bound, lost) } else { (lost, bound) };
        take_over_account(&mut own, gone);
        assert_eq!(own.baseline.group(&vpn), Some(&Before::Unknown), "{bound_stays}");
    }
}

#[test]
fn a_hidden_account_that_is_to_be_deleted_is_not_opened_though_it_was_active_before() {
    let mut seat = Seat::new(Timestamp::UNIX_EPOCH);
    seat.shut = Some(ScimId::new("a-kim"));
    seat.wish.active = Some(true);
    assert!(reopening(&seat, &Plan::default()).is_some());
    seat.wish.account = Some(Presence::Absent);
    assert_eq!(reopening(&seat, &Plan::default()), None);
}

/// The cut is done, the one that is made again is refused, and then a reading is older than the first.
#[test]
fn a_hidden_account_is_not_forgotten_for_a_late_reading_while_it_is_to_be_inactive() {
    let mut seat = Seat::new(Timestamp::UNIX_EPOCH);
    seat.wish.active = Some(false);
    changed(&mut seat, &told(false), &Reply::Changed);
    seen(&mut seat, Some(true));
    seat.wish.active = Some(true);
    assert!(reopening(&seat, &Plan::default()).is_some());
    seen(&mut seat, Some(true));
    assert!(reopening(&seat, &Plan::default()).is_none(), "it shows");
}

/// A late reading showed the account, so that nobody awaited it; then it is not there.
#[test]
fn an_opening_that_a_late_reading_has_hidden_is_made_again() {
    let kim = ScimId::new("a-kim");
    let mut seat = Seat::new(Timestamp::UNIX_EPOCH);
    changed(&mut seat, &told(false), &Reply::Changed);
    tries::said_yes(&mut seat, &told(true), None, Timestamp::UNIX_EPOCH);
    assert_eq!(seat.awaited, None);
    assert!(tries::pauses(&seat, &told(true), Timestamp::UNIX_EPOCH).is_some());
    assert!(never_opened(&mut seat, &kim).is_none(), "it may show yet");
    assert!(tries::pauses(&seat, &told(true), Timestamp::UNIX_EPOCH).is_none());
}
