//! Renames while a creation may still land: nobody gets two accounts.

use super::bench::Bench;
use super::peer::Peer;
use super::words::{is_find, unanswered};
use crate::model::{AttributeName, Call, Field, Operation, Outcome, Reply, Request, Value};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// Kim is hired, and nobody knows whether the account was made.
fn with_a_creation_in_doubt() -> Bench {
    let mut bench = Bench::ready(&[]);
    bench.hire("kim@example.com");
    let creation = created(&mut bench);
    bench.answer(&creation, unanswered());
    bench
}

/// Answers look-ups with nobody until an account is to be made.
fn created(bench: &mut Bench) -> Call {
    loop {
        let call = bench.called();
        if matches!(call.request, Request::Write(Operation::Create { .. })) {
            return call;
        }
        assert!(is_find(&call), "{call:?}");
        bench.done(&call, Reply::Accounts(Vec::new()));
    }
}

fn renames(request: &Request) -> bool {
    let Request::Write(Operation::Change { attributes, .. }) = request else { return false };
    matches!(attributes.get(&AttributeName::USER_NAME), Some(Field::Set(_)))
}

fn rename(bench: &mut Bench) {
    bench.event(
        "worker.updated",
        json!({"worker": {"user_name": "kim.new@example.com"}, "profile": {"title": "Lead"}}),
    );
}

#[test]
fn another_name_waits_until_a_creation_under_the_old_one_can_land_no_more() {
    let mut bench = with_a_creation_in_doubt();
    rename(&mut bench);
    for _ in 0..6 {
        bench.commit_all();
        if let Some(find) = bench.calls.first().cloned() {
            assert!(is_find(&find), "{find:?}");
            bench.done(&find, Reply::Accounts(Vec::new()));
        }
    }
    assert!(bench.calls.is_empty(), "{:?}", bench.calls);
    bench.wait(SignedDuration::from_mins(7));
    created(&mut bench);
}

/// It landed at the end of its window, and readings lag.
#[test]
fn nor_is_an_account_made_under_another_name_until_that_creation_would_show() {
    let mut bench = with_a_creation_in_doubt();
    let mut peer = Peer::with_kim();
    rename(&mut bench);
    let shows_at = bench.now.checked_add(SignedDuration::from_secs(5 * 60 + 40)).unwrap();
    for _ in 0..10 * 60 {
        let is_shown = bench.now >= shows_at;
        bench.play(&mut peer, SignedDuration::from_secs(1), |call, _| {
            let is_creation = matches!(call.request, Request::Write(Operation::Create { .. }));
            assert!(!is_creation, "a second account");
            let is_look_up = is_find(call);
            (is_look_up && !is_shown)
                .then(|| (Outcome::Done(Reply::Accounts(Vec::new())), Some(200)))
        });
    }
    let name = peer.kim().attributes.get(&AttributeName::USER_NAME).map(Value::to_text);
    assert_eq!(name.as_deref(), Some("kim.new@example.com"));
}

#[test]
fn an_account_keeps_its_name_while_another_one_may_be_made_under_it() {
    let (mut bench, mut peer) = made_while_another_may_land();
    rename(&mut bench);
    is_renamed_after_the_window(&mut bench, &mut peer);
}

#[test]
fn nor_does_it_get_another_while_that_one_is_looked_for() {
    // Who is cut is looked at after 4, 8, 16 … seconds.
    for tenths in 1..200 {
        let (mut bench, mut peer) = made_while_another_may_land();
        bench.event("worker.terminated", json!({}));
        bench.play_honestly(&mut peer, SignedDuration::from_millis(100) * tenths);
        rename(&mut bench);
        is_renamed_after_the_window(&mut bench, &mut peer);
    }
}

/// The second creation was answered.
fn made_while_another_may_land() -> (Bench, Peer) {
    let mut bench = with_a_creation_in_doubt();
    let mut peer = Peer::with_kim();
    let again = created(&mut bench);
    bench.done(&again, Reply::Account(peer.kim().clone()));
    (bench, peer)
}

fn is_renamed_after_the_window(bench: &mut Bench, peer: &mut Peer) {
    let mut is_renamed = false;
    while !is_renamed {
        bench.play(peer, SignedDuration::from_secs(1), |call, _| {
            is_renamed |= renames(&call.request);
            None
        });
    }
    let began: Timestamp = "2026-09-01T08:00:00Z".parse().unwrap();
    let waited = bench.now.duration_since(began);
    assert!(waited >= SignedDuration::from_mins(5), "{waited}");
}
