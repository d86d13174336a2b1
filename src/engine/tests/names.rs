//! Renames while a creation may still land: nobody gets two accounts.

use super::bench::Bench;
use crate::model::{
    Account, AttributeName, Call, Failure, Field, Landed, Operation, Outcome, Reply, Request,
    Value, Verdict,
};
use jiff::SignedDuration;
use serde_json::json;

fn unanswered() -> Outcome {
    Outcome::Failed(Failure {
        verdict: Verdict::Retry { after: None },
        landed: Landed::Maybe,
        what: "no answer in time".to_owned(),
    })
}

/// Kim is hired, and nobody knows whether the account was made.
fn with_a_creation_in_doubt() -> Bench {
    let mut bench = Bench::ready(&[]);
    bench.event("worker.hired", json!({"worker": {"user_name": "kim@example.com"}}));
    let creation = created(&mut bench);
    bench.answer(&creation, unanswered());
    bench
}

/// Answers look-ups with nobody until an account is to be made.
fn created(bench: &mut Bench) -> Call {
    loop {
        bench.commit_all();
        let call = bench.only_call();
        if matches!(call.request, Request::Write(Operation::Create { .. })) {
            return call;
        }
        assert!(matches!(call.request, Request::FindAccounts { .. }), "{call:?}");
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
            assert!(matches!(find.request, Request::FindAccounts { .. }), "{find:?}");
            bench.done(&find, Reply::Accounts(Vec::new()));
        }
    }
    assert!(bench.calls.is_empty(), "{:?}", bench.calls);
    bench.wait(SignedDuration::from_mins(5));
    created(&mut bench);
}

#[test]
fn an_account_keeps_its_name_while_another_one_may_be_made_under_it() {
    let mut bench = with_a_creation_in_doubt();
    let again = created(&mut bench);
    let attributes = [(AttributeName::USER_NAME, Value::Text("kim@example.com".to_owned()))];
    let made = Account { attributes: attributes.into(), ..Bench::kim(true) };
    bench.done(&again, Reply::Account(made));
    rename(&mut bench);
    bench.commit_all();
    for _ in 0..400 {
        if let Some(rename) = bench.calls.iter().find(|call| renames(&call.request)) {
            let waited = bench.now.duration_since("2026-09-01T08:00:00Z".parse().unwrap());
            assert!(waited >= SignedDuration::from_mins(5), "{rename:?}");
            return;
        }
        match bench.calls.first().cloned() {
            Some(call) if call.person.is_none() => bench.read_groups(&["a-kim"], &[]),
            Some(call) => bench.done(&call, Reply::Account(Bench::kim(true))),
            None => bench.wait(SignedDuration::from_secs(3)),
        }
        bench.commit_all();
    }
    panic!("the account is never renamed");
}
