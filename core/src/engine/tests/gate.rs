//! When calls may start: slots, quota, what the provider says of its own, and the breaker.

use super::schedule::refusal;
use crate::engine::brakes::limits::Limits;
use crate::engine::brakes::protect::Protected;
use crate::engine::schedule::gate::Gate;
use crate::engine::settings::{Mode, Quota, TargetSettings, Timing};
use crate::model::AttributeName;
use crate::model::call::{Answer, CallId, Outcome, RateLimits, Reply, Urgency};
use crate::model::ids::TargetName;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::time::Duration;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
}

fn four_a_second() -> TargetSettings {
    TargetSettings {
        name: TargetName::new("main"),
        mode: Mode::Enforce,
        restricting_groups: BTreeSet::new(),
        lookup: vec![AttributeName::USER_NAME],
        custom_attributes: None,
        concurrency: 4,
        quota: Quota::per_second(4.0),
        members_per_call: 100,
        create_groups: false,
        formerly: Vec::new(),
        limits: Limits::default(),
        protected: Protected::default(),
        inventory_every: None,
        reads: crate::inventory::Wanted::default(),
        imported_policies: None,
    }
}

#[test]
fn what_is_not_urgent_starts_evenly_and_leaves_a_slot() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    gate.start(&settings, at(0));
    assert_eq!(gate.opens_at(&settings, Urgency::Normal, at(0)), Some(at(250)));
    assert_eq!(
        gate.opens_at(&settings, Urgency::Urgent, at(0)),
        None,
        "a burst is for who is urgent"
    );
    gate.taken = 3;
    assert!(!gate.is_open(&settings, Urgency::Bulk, at(900)));
    assert!(gate.is_open(&settings, Urgency::Urgent, at(900)));
}

#[test]
fn no_window_holds_more_than_the_quota() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    let mut starts = Vec::new();
    for millis in 0..4_000 {
        let urgency = if millis % 3 == 0 { Urgency::Urgent } else { Urgency::Normal };
        if gate.is_open(&settings, urgency, at(millis)) {
            gate.start(&settings, at(millis));
            starts.push(millis);
        }
    }
    assert!(starts.len() >= 13, "{starts:?}");
    assert!(starts.windows(5).all(|five| five[4] - five[0] >= 1_000), "{starts:?}");
}

#[test]
fn a_long_window_counts_whole() {
    let quota = Quota { calls: 600, window: SignedDuration::from_mins(1) };
    let (settings, mut gate) = (TargetSettings { quota, ..four_a_second() }, Gate::default());
    for _ in 0..600 {
        assert!(gate.is_open(&settings, Urgency::Urgent, at(0)));
        gate.start(&settings, at(0));
    }
    assert_eq!(gate.opens_at(&settings, Urgency::Urgent, at(30_000)), Some(at(60_000)));
}

#[test]
fn an_empty_window_of_the_provider_closes_the_gate_until_the_next() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    let limits = |remaining| RateLimits {
        limit: Some(4),
        remaining: Some(remaining),
        reset: Some(Duration::from_secs(7)),
    };
    gate.hear(settings.quota, limits(1), at(0));
    assert!(gate.is_open(&settings, Urgency::Urgent, at(0)));
    gate.hear(settings.quota, limits(0), at(0));
    gate.went_well(at(0));
    assert_eq!(gate.opens_at(&settings, Urgency::Urgent, at(0)), Some(at(7_000)));
}

#[test]
fn a_reset_of_a_second_is_rounded_up_and_costs_a_slot() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    let reset = Some(Duration::from_secs(1));
    gate.hear(settings.quota, RateLimits { limit: Some(4), remaining: Some(0), reset }, at(0));
    assert_eq!(gate.opens_at(&settings, Urgency::Urgent, at(0)), Some(at(250)));
}

#[test]
fn what_a_provider_asked_for_outlasts_the_answer_to_an_earlier_call() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    gate.went_wrong(Some(SignedDuration::from_secs(30)), &Timing::default(), at(0));
    gate.went_well(at(0));
    assert_eq!(gate.opens_at(&settings, Urgency::Urgent, at(100)), Some(at(30_000)));
}

#[test]
fn a_tripped_breaker_probes_one_at_a_time_and_closes_on_success() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    for _ in 0..3 {
        gate.went_wrong(None, &Timing::default(), at(0));
    }
    let probe_at = gate.opens_at(&settings, Urgency::Urgent, at(0)).expect("it pauses");
    assert!(gate.is_open(&settings, Urgency::Normal, probe_at), "it goes on by itself");
    gate.taken = 1;
    assert!(!gate.is_open(&settings, Urgency::Urgent, probe_at));
    gate.went_well(probe_at);
    assert!(gate.is_open(&settings, Urgency::Urgent, probe_at));
}

/// An answer that asks for a century.
fn asks_too_long(outcome: Outcome) -> Answer {
    let reset = Some(Duration::from_hours(24 * 36_525));
    let limits = RateLimits { limit: None, remaining: Some(0), reset };
    let answer = Answer::new(CallId(1), outcome).with_limits(Some(limits));
    answer.heeded_for(Duration::from_mins(15))
}

const QUARTER: i64 = 15 * 60_000;

#[test]
fn absurd_wait_is_cut_short_and_then_one_call_asks() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    let answer = asks_too_long(refusal(None));
    gate.listen(settings.quota, &answer, at(0));
    gate.went_well(at(10));
    assert_eq!(gate.opens_at(&settings, Urgency::Urgent, at(10)), Some(at(QUARTER)));
    assert!(gate.is_open(&settings, Urgency::Normal, at(QUARTER)));
    gate.taken = 1;
    assert!(!gate.is_open(&settings, Urgency::Urgent, at(QUARTER)), "only one asks");
    gate.taken = 0;
    gate.listen(settings.quota, &answer, at(QUARTER));
    assert!(!gate.is_open(&settings, Urgency::Urgent, at(2 * QUARTER - 1)), "told so again");
    gate.taken = 1;
    gate.went_well(at(2 * QUARTER));
    assert!(gate.is_open(&settings, Urgency::Urgent, at(2 * QUARTER)), "it got through");
    assert_eq!(gate.pause(), None);
}

#[test]
fn reset_that_a_call_has_refuted_closes_nothing_until_one_is_refused() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    let served = asks_too_long(Outcome::Done(Reply::Changed));
    gate.listen(settings.quota, &served, at(0));
    assert!(!gate.is_open(&settings, Urgency::Urgent, at(QUARTER - 1)));
    for _ in 0..3 {
        gate.went_well(at(QUARTER));
        gate.listen(settings.quota, &served, at(QUARTER));
        assert!(gate.is_open(&settings, Urgency::Urgent, at(QUARTER)));
    }
    gate.listen(settings.quota, &asks_too_long(refusal(None)), at(QUARTER));
    assert!(!gate.is_open(&settings, Urgency::Urgent, at(QUARTER)));
}
