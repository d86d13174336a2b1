//! Accounts that go, once two operators have let them.

use super::obeying::{a_deletion_that_waits, order};
use crate::command::tests::court::{ANN, BOB};
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
