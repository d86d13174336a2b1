//! Accounts that go, once two operators have let them.

use super::bench::Bench;
use super::obeying::{HOUR, a_deletion_that_waits, holds, order};
use super::peer::Peer;
use crate::command::tests::court::{ANN, BOB};
use crate::engine::brakes::limits::Limits;
use crate::model::{Operation, Reply, Request};
use jiff::SignedDuration;
use serde_json::json;

/// Look-ups may list for a while what is gone; each time it is listed it would be deleted at once.
#[test]
fn what_is_gone_and_still_listed_is_not_deleted_at_every_look() {
    let (mut bench, mut provider, hold) = a_deletion_that_waits();
    for pen in [ANN, BOB] {
        order(&mut bench, pen, "approve", &json!({ "holds": [hold.digest] }));
    }
    let end = bench.now + SignedDuration::from_mins(1);
    let mut deletions = 0;
    for _ in 0..500 {
        bench.commit_all();
        let call = bench.calls.first().cloned();
        match call.as_ref().map(|call| &call.request) {
            Some(Request::Write(Operation::Delete { .. })) => {
                deletions += 1;
                bench.done(&call.unwrap(), Reply::Gone);
            }
            Some(_) => assert!(provider.answer_one(&mut bench)),
            None if bench.now < end => bench.wait(SignedDuration::from_secs(1)),
            None => break,
        }
    }
    assert!((1..20).contains(&deletions), "{deletions} times within a minute");
}

/// Whoever waits for that is out meanwhile, and a word that takes access is a reason to look.
#[test]
fn who_waits_to_be_deleted_and_was_let_in_by_hand_is_cut_when_they_are_said_to_have_left_again() {
    let (mut bench, mut peer) = (Bench::limited(&Limits::default()), Peer::with_kim());
    let left = json!({ "effective_at": (bench.now - HOUR * 24 * 31).to_string() });
    for _ in 0..2 {
        peer.kim().active = Some(true);
        bench.event("worker.terminated", left.clone());
        bench.play_honestly(&mut peer, SignedDuration::from_mins(1));
        assert_eq!(peer.kim().active, Some(false));
        assert_eq!(holds(&bench).len(), 1, "the deletion waits");
    }
}
