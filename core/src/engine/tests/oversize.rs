//! Records that no broker would take, and targets that have another name.

use super::bench::Bench;
use super::words::is_cut;
use crate::engine::state::{Before, Stage};
use crate::model::code::Code;
use crate::model::ids::{TargetName, TenantName};
use crate::model::{Action, AttributeName, Call, Facet, Reply, Request, ResultWord, Value, Wanted};
use jiff::SignedDuration;
use serde_json::json;

#[test]
fn an_account_too_large_for_the_record_sets_one_person_aside_and_the_shard_goes_on() {
    let mut bench = Bench::ready(&[]);
    bench.event("worker.terminated", json!({"worker": {"user_name": "kim@example.com"}}));
    let find = bench.called();
    let mut kim = Bench::kim(true);
    let huge = Value::Text("x".repeat(1_300_000));
    kim.attributes.insert(AttributeName::parse("custom.notes").unwrap(), huge);
    bench.done(&find, Reply::Accounts(vec![kim]));
    let written = bench.commit.as_ref().unwrap().state.iter().filter_map(|it| it.value.as_ref());
    assert!(written.map(Vec::len).max() < Some(600_000));
    bench.commit_all();
    assert_eq!(bench.last_result().word, ResultWord::Failed);
    assert_eq!(bench.last_result().why.as_ref().unwrap().code, Code::PersonTooLarge);
    let stage = &bench.seat().stage;
    assert!(matches!(stage, Stage::Stuck { .. }), "{stage:?}");
    assert!(bench.calls.is_empty(), "nothing is called that could not be written ahead");
    // Somebody else is served.
    bench.event_of("lee@example.com", "worker.terminated", json!({}));
    bench.commit_all();
    let Request::FindAccounts { value, .. } = bench.only_call().request else { panic!() };
    assert_eq!(value, "lee@example.com");
    // And tomorrow it is looked at again.
    bench.wait(SignedDuration::from_hours(24));
    bench.commit_all();
    assert!(bench.calls.iter().any(is_cut), "{:?}", bench.calls);
}

#[test]
fn a_target_that_gets_another_name_keeps_the_way_back_of_who_is_on_leave() {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.event("worker.updated", json!({"worker": {"user_name": "kim@example.com"}}));
    bench.settle(true, &["a-kim"]);
    bench.event("worker.terminated", json!({}));
    bench.settle(false, &[]);
    let key = bench.person_key();
    let record = String::from_utf8(bench.state[&key].clone()).unwrap();
    let renamed = record.replace(r#""seats":{"main":"#, r#""seats":{"once":"#);
    assert_ne!(record, renamed);
    bench.state.insert(key, renamed.into_bytes());
    let mut next = bench.next_owner();
    next.commit_all();
    let seat = next.seat();
    let before = Before::Was(Wanted::Active(true));
    assert_eq!(seat.baseline.before.get(&Facet::Active), Some(&before));
    assert!(next.shard.gone_targets().is_empty());
    next.event("worker.termination.cancelled", json!({}));
    next.commit_all();
    next.read_groups(&[], &[]);
    let is_read = |call: &&Call| matches!(call.request, Request::ReadAccount { .. });
    let read = next.calls.iter().find(is_read).cloned().expect("the account is read first");
    next.done(&read, Reply::Account(Bench::kim(false)));
    next.settle(true, &["a-kim"]);
    let last = next.last_result();
    assert!(last.calls.iter().any(|call| call.action == Action::Activate), "{last:?}");
}

#[test]
fn a_target_with_state_that_is_gone_is_said() {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.event("worker.terminated", json!({"worker": {"user_name": "kim@example.com"}}));
    bench.settle(false, &[]);
    let key = bench.person_key();
    let record = String::from_utf8(bench.state[&key].clone()).unwrap();
    let elsewhere = record.replace(r#""seats":{"main":"#, r#""seats":{"elsewhere":"#);
    bench.state.insert(key, elsewhere.into_bytes());
    let next = bench.next_owner();
    let gone = (TenantName::new("acme"), TargetName::new("elsewhere"));
    assert_eq!(next.shard.gone_targets().into_iter().collect::<Vec<_>>(), [(gone, 1)]);
}
