//! The first start on years of history: what is long past asks for no calls, and keeps nothing of today
//! waiting (hazard 27).

use super::bench::Bench;
use super::setting::Like;
use crate::engine::settings::Mode;
use crate::model::code::Code;
use crate::model::event::Event;
use crate::model::position::Extent;
use crate::model::{Call, Operation, Request};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeMap;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn like() -> Like {
    Like { max_event_age: Some(DAY * 30), ..Like::usual(Mode::Enforce) }
}

/// A shard that reads its topic for the first time, and finds so many records there.
fn first_start(records: i64) -> Bench {
    let now = "2026-09-01T08:00:00Z".parse().unwrap();
    let mut bench = Bench::owned_like(like(), BTreeMap::new(), now);
    let extent = Extent { partition: 0, low: 0, high: records + 1 };
    bench.shard.start_reading("hr", &[extent]);
    bench.commit_all();
    bench.read_groups(&[], &[]);
    bench
}

fn next_owner(bench: &Bench) -> Bench {
    Bench::owned_like(like(), bench.state.clone(), bench.now)
}

/// The event was made so many days ago.
fn days_ago(bench: &mut Bench, days: i32, name: &str, kind: &str, data: serde_json::Value) {
    let event = bench.event_about(name, kind, data);
    let time = event.time.checked_sub(DAY * days).unwrap();
    bench.tell(Event { time, ..event });
    bench.commit_all();
}

fn kim(bench: &mut Bench, days: i32, kind: &str) {
    let data = json!({ "worker": { "user_name": "kim@example.com" } });
    days_ago(bench, days, "kim@example.com", kind, data);
}

fn is_about_people(call: &Call) -> bool {
    call.person.is_some()
}

fn asks_nothing(bench: &Bench) -> bool {
    !bench.calls.iter().any(is_about_people)
}

fn said_past(bench: &Bench) -> usize {
    let remarks = bench.decisions().into_iter().flat_map(|decision| &decision.remarks);
    remarks.filter(|why| why.code == Code::EventPast).count()
}

#[test]
fn years_of_history_are_folded_without_a_call_and_each_decision_says_so() {
    let mut bench = first_start(2);
    kim(&mut bench, 900, "worker.hired");
    kim(&mut bench, 400, "worker.terminated");
    bench.wait(DAY);
    assert!(asks_nothing(&bench), "{:?}", bench.calls);
    assert_eq!(said_past(&bench), 2);

    let mut next = next_owner(&bench);
    next.read_groups(&[], &[]);
    next.wait(DAY);
    assert!(asks_nothing(&next), "{:?}", next.calls);
}

#[test]
fn a_word_of_the_present_wakes_the_person_as_a_whole() {
    let mut bench = first_start(1);
    kim(&mut bench, 400, "worker.terminated");
    assert!(asks_nothing(&bench));
    let mut bench = next_owner(&bench);
    bench.read_groups(&[], &[]);
    kim(&mut bench, 0, "worker.updated");
    let is_cut =
        |call: &Call| matches!(call.request, Request::FindAccounts { .. }) && is_about_people(call);
    bench.open(is_cut);
    bench.settle(true, &[]);
    let wish = &bench.seat().wish;
    assert_eq!(
        wish.active,
        Some(false),
        "who left long ago and is heard of again is out: {wish:?}"
    );
}

#[test]
fn what_takes_effect_today_is_not_past_whenever_it_was_said() {
    let mut bench = first_start(1);
    let data = json!({
        "worker": { "user_name": "kim@example.com" },
        "effective_at": "2026-08-31T17:00:00Z",
    });
    days_ago(&mut bench, 90, "kim@example.com", "worker.terminated", data);
    assert!(!asks_nothing(&bench));
    assert_eq!(said_past(&bench), 0);
}

#[test]
fn a_stage_that_is_reached_today_wakes_the_person_over_a_takeover_too() {
    let mut bench = first_start(1);
    // Thirty days after the end the account is to go: that is in a day from now.
    let data = json!({
        "worker": { "user_name": "kim@example.com" },
        "effective_at": "2026-08-03T08:00:00Z",
    });
    let mut strict = like();
    strict.max_event_age = Some(DAY * 7);
    bench = Bench::owned_like(strict.clone(), bench.state, bench.now);
    bench.read_groups(&[], &[]);
    days_ago(&mut bench, 29, "kim@example.com", "worker.terminated", data);
    assert!(asks_nothing(&bench), "{:?}", bench.calls);
    let later = bench.now.checked_add(DAY * 2).unwrap();
    let mut next = Bench::owned_like(strict, bench.state, later);
    next.read_groups(&[], &[]);
    next.commit_all();
    assert!(!asks_nothing(&next));
}

#[test]
fn age_keeps_nothing_back_that_comes_while_usher_reads() {
    let mut bench = first_start(0);
    kim(&mut bench, 400, "worker.terminated");
    assert!(!asks_nothing(&bench));
}

#[test]
fn a_topic_that_was_made_anew_has_no_past() {
    let mut bench = first_start(3);
    kim(&mut bench, 0, "worker.hired");
    bench.settle(true, &["a-kim"]);
    // All that was read of it is gone, and other records stand there.
    bench.shard.start_reading("hr", &[Extent { partition: 0, low: 0, high: 1 }]);
    bench.offset = -1;
    let data = json!({ "worker": { "user_name": "lee@example.com" } });
    days_ago(&mut bench, 400, "lee@example.com", "worker.terminated", data);
    assert_eq!(said_past(&bench), 0);
    assert!(!asks_nothing(&bench));
}

#[test]
fn a_manager_of_the_past_is_looked_up_when_a_report_needs_them() {
    let mut bench = first_start(1);
    let data = json!({ "worker": { "user_name": "lee@example.com" } });
    days_ago(&mut bench, 900, "lee@example.com", "worker.hired", data);
    assert!(asks_nothing(&bench));
    let data = json!({
        "worker": { "user_name": "kim@example.com" },
        "profile": { "manager": "lee@example.com" },
    });
    days_ago(&mut bench, 0, "kim@example.com", "worker.hired", data);
    let asked: Vec<_> = bench.calls.iter().filter(|call| is_about_people(call)).collect();
    let is_find = |call: &&&Call| matches!(call.request, Request::FindAccounts { .. });
    assert_eq!(asked.iter().filter(is_find).count(), 2, "{asked:?}");
    let writes = |call: &&Call| matches!(call.request, Request::Write(Operation::Create { .. }));
    assert_eq!(bench.calls.iter().filter(writes).count(), 0);
}
