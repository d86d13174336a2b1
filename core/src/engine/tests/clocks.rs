//! Clocks that are wrong: ours, the last owner's, a source's.

use super::bench::Bench;
use super::words::is_cut;
use crate::model::code::Code;
use crate::model::{Decision, Operation, Reply, Request};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const TEN_YEARS: SignedDuration = SignedDuration::from_hours(24 * 3_653);

/// Kim is known and active, and the shard's mark says `at`.
fn kim_in_a_state_of(at: Timestamp) -> Bench {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.hire("kim@example.com");
    bench.reply(Reply::Accounts(vec![Bench::kim(true)]));
    bench.read_groups(&["a-kim"], &[]);
    let record = String::from_utf8(bench.state["shard"].clone()).unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&record).unwrap();
    record["body"]["at"] = json!(at.to_string());
    bench.state.insert("shard".to_owned(), record.to_string().into_bytes());
    bench
}

fn own(bench: &Bench, now: Timestamp) -> Bench {
    let mut next = bench.next_owner_at(now);
    next.offset = bench.offset;
    next.commit_all();
    next.read_groups(&["a-kim"], &[]);
    next
}

fn decisions(bench: &Bench) -> Vec<&Decision> {
    bench.decisions().iter().map(|it| &it.decision).collect()
}

fn cuts(bench: &Bench) -> bool {
    bench.calls.iter().any(is_cut)
}

/// The next event, made at `time`.
fn event_made_at(bench: &mut Bench, time: Timestamp, kind: &str, data: serde_json::Value) {
    let event = bench.event_about("kim@example.com", kind, data);
    bench.tell(crate::model::Event { time, ..event });
}

fn now() -> Timestamp {
    "2026-09-01T08:00:00Z".parse().unwrap()
}

#[test]
fn a_replica_whose_clock_is_hours_behind_lets_events_wait_and_parks_none() {
    let state = kim_in_a_state_of(now());
    let mut late = own(&state, now() - 5 * HOUR);
    assert_eq!(late.shard.is_behind(), 5 * HOUR);
    let position = late.shard.committed_positions();
    // The state is two hours old.
    event_made_at(&mut late, now() + 2 * HOUR, "worker.terminated", json!({}));
    event_made_at(&mut late, now(), "worker.updated", json!({"profile": {"title": "Clerk"}}));
    late.commit_all();
    assert_eq!(decisions(&late), [] as [&Decision; 0]);
    assert_eq!(late.shard.waiting_for_the_clock(), 2, "those of a partition keep their order");
    assert_eq!(late.shard.committed_positions(), position, "another owner reads them again");
    late.wait(6 * HOUR + SignedDuration::from_secs(1));
    late.commit_all();
    assert_eq!(decisions(&late), [&Decision::Asserted, &Decision::Asserted]);
    assert_eq!(late.shard.waiting_for_the_clock(), 0);
    assert!(cuts(&late), "what takes access does not wait for a clock: {:?}", late.calls);
}

#[test]
fn what_the_state_vouches_for_is_decided_though_our_clock_is_behind() {
    let state = kim_in_a_state_of(now());
    let mut late = own(&state, now() - 5 * HOUR);
    event_made_at(&mut late, now(), "worker.terminated", json!({}));
    late.commit_all();
    assert_eq!(decisions(&late), [&Decision::Asserted]);
    assert!(cuts(&late), "a leaver does not wait for a clock");
}

#[test]
fn a_source_from_the_future_is_parked_where_our_clock_is_right() {
    let state = kim_in_a_state_of(now());
    let mut bench = own(&state, now());
    event_made_at(&mut bench, now() + 2 * HOUR, "worker.terminated", json!({}));
    bench.commit_all();
    let [Decision::Parked(why)] = decisions(&bench)[..] else { panic!("{:?}", bench.audit) };
    assert_eq!(why.code, Code::TimeInTheFuture);
}

#[test]
fn a_mark_of_ten_years_ahead_is_not_believed_once_a_record_speaks_for_our_clock() {
    let state = kim_in_a_state_of(now() + TEN_YEARS);
    let mut bench = own(&state, now());
    assert!(bench.shard.is_time_in_question());
    let tomorrow = (now() + 24 * HOUR).to_string();
    bench.event("worker.terminated", json!({"effective_at": tomorrow}));
    bench.commit_all();
    assert!(!bench.shard.is_time_in_question());
    assert_eq!(bench.shard.is_behind(), SignedDuration::ZERO);
    assert!(!cuts(&bench), "tomorrow is not today");
    bench.wait(24 * HOUR);
    bench.commit_all();
    assert!(cuts(&bench), "what is dated begins by time again");
    let mut next = own(&bench, bench.now);
    assert!(!next.shard.is_time_in_question(), "and the poison is out of the state");
    next.commit_all();
}

#[test]
fn a_replica_ten_years_ahead_neither_ends_what_stands_nor_takes_the_time_along() {
    let mut state = kim_in_a_state_of(now());
    state = own(&state, now());
    state.event("risk.raised", json!({})); // For 24 hours.
    state.settle(true, &[]);
    let at = state.now;
    let mut ahead = own(&state, at + TEN_YEARS);
    assert!(ahead.shard.is_time_in_question());
    ahead.commit_all();
    let is_release = |request: &Request| matches!(request, Request::Write(Operation::RemoveMember { group, .. }) if group.name.as_str() == "Quarantine");
    assert!(ahead.calls.iter().all(|call| !is_release(&call.request)), "{:?}", ahead.calls);
    let next = own(&ahead, at);
    assert!(!next.shard.is_time_in_question(), "the mark did not go along");
    assert!(next.shard.is_behind() <= SignedDuration::from_mins(1));
}

#[test]
fn a_clock_that_stands_at_1970_lets_nobody_in_again() {
    let mut state = kim_in_a_state_of(now());
    state = own(&state, now());
    state.event("worker.terminated", json!({}));
    state.settle(false, &[]);
    let mut dead = own(&state, Timestamp::UNIX_EPOCH);
    dead.commit_all();
    let gives = |request: &Request| {
        matches!(request, Request::Write(Operation::Change { active: Some(true), .. }))
    };
    assert!(dead.calls.iter().all(|call| !gives(&call.request)), "{:?}", dead.calls);
    event_made_at(&mut dead, now(), "worker.updated", json!({}));
    assert_eq!(dead.shard.waiting_for_the_clock(), 1);
}
