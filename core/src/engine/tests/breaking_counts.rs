//! Counts of limits where several things happen to one person.

use super::limiting::two_cuts_an_hour;
use crate::engine::brakes::counters::{Charge, Charges, Counters, Sensor};
use crate::engine::brakes::kind::LimitKind;
use crate::engine::brakes::limits::{Ceiling, Limit, Limits};
use crate::engine::desk::take_over_account;
use crate::engine::state::Seat;
use crate::model::ids::RuleName;
use jiff::{SignedDuration, Timestamp};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn cut_by_sensor(
    counters: &mut Counters,
    own: &mut Charges,
    limits: &Limits,
    at: Timestamp,
) -> bool {
    let charge = own.get(&LimitKind::Cut).copied();
    let is_reached =
        counters.reached((LimitKind::Cut, charge.as_ref()), (limits, 1_000), at).is_some()
            || counters.reached_by_sensors(charge.as_ref(), (limits, 1_000), at).is_some();
    if !is_reached {
        let rule = RuleName::new("quarantine");
        counters.charge_sensors(Sensor { source: "edr", rule: &rule }, own, at);
    }
    !is_reached
}

/// A sensor that cuts the same people each day has half of the limit, too.
#[test]
fn whoever_a_sensor_cuts_once_more_counts_in_the_sensors_half_once_more() {
    let hour = Ceiling { count: Some(4), percent: None };
    let limit = Limit { hour, day: Ceiling::default() };
    let limits = Limits { kinds: [(LimitKind::Cut, limit)].into(), ..two_cuts_an_hour() };
    let mut counters = Counters::default();
    let mut people = vec![Charges::new(); 4];
    let start = Timestamp::UNIX_EPOCH + HOUR * 1_000;
    for (number, own) in people.iter_mut().enumerate() {
        let at = start + HOUR * 2 * i32::try_from(number).unwrap();
        assert!(cut_by_sensor(&mut counters, own, &limits, at));
    }
    let again = start + HOUR * 12;
    let cut: Vec<bool> =
        people.iter_mut().map(|own| cut_by_sensor(&mut counters, own, &limits, again)).collect();
    assert_eq!(cut, [true, true, false, false], "the other half is for leavers");
    let mut leaver = Charges::new();
    let reached = counters.reached((LimitKind::Cut, None), (&limits, 1_000), again);
    assert_eq!(reached, None);
    counters.charge(LimitKind::Cut, &mut leaver, again);
}

/// Two are one: what the one took out of the reserve does not stand for what the other took out of the limit.
#[test]
fn a_cut_out_of_the_reserve_does_not_lengthen_one_within_the_limit() {
    let now = Timestamp::UNIX_EPOCH + HOUR * 1_000;
    let (early, late) = (now, now + HOUR * 20);
    let limit = Limit { hour: Ceiling::default(), day: Ceiling { count: Some(1), percent: None } };
    let limits = Limits { kinds: [(LimitKind::Cut, limit)].into(), ..two_cuts_an_hour() };
    let mut counters = Counters::default();
    let (mut own, mut gone) = (Seat::new(now), Seat::new(now));
    counters.charge(LimitKind::Cut, &mut own.charges, early);
    let rule = RuleName::new("quarantine");
    counters.charge_reserve(Sensor { source: "edr", rule: &rule }, &mut gone.charges, late);
    take_over_account(&mut own, gone);
    let charge: &Charge = &own.charges[&LimitKind::Cut];
    // Somebody else is counted when the first count is over.
    let other = early + HOUR * 26;
    counters.charge(LimitKind::Cut, &mut Charges::new(), other);
    let reached = counters.reached((LimitKind::Cut, Some(charge)), (&limits, 1_000), other);
    assert!(reached.is_some(), "the one of two is not counted any more: {charge:?}");
}
