//! What a world may not do to a shard.

use super::{Breach, Host};
use crate::command::Operators;
use crate::engine::settings::{Approvals, ShardSettings, Timing};
use crate::engine::{Input, Shard};
use crate::model::{Answer, CallId, CommitId, Outcome, ShardNumber};
use jiff::Timestamp;
use std::collections::BTreeMap;

fn now() -> Timestamp {
    "2026-09-01T08:00:00Z".parse().unwrap()
}

/// One that has just begun; its first transaction is on its way.
fn begun() -> (Host, CommitId) {
    let (tenants, timing) = (Vec::new(), Timing::default());
    let mut host = Host::new(Shard::new(ShardSettings {
        number: ShardNumber(0),
        tenants,
        control: None,
        findings: None,
        sources: BTreeMap::new(),
        operators: Operators::default(),
        approvals: Approvals::default(),
        timing,
    }));
    host.take_over(now());
    let turn = host.step(now(), Input::Tick).unwrap();
    let id = turn.commit.unwrap().id;
    assert_eq!(host.under_way(), Some(id));
    (host, id)
}

#[test]
fn transaction_is_in_once() {
    let (mut host, id) = begun();
    assert!(host.step(now(), Input::Committed(id)).is_ok());
    assert_eq!(host.under_way(), None);
    let again = host.step(now(), Input::Committed(id));
    assert_eq!(again.unwrap_err(), Breach::NoSuchCommit(id));
}

#[test]
fn transaction_that_was_not_handed_out_is_not_in() {
    let (mut host, CommitId(id)) = begun();
    let other = CommitId(id + 1);
    let step = host.step(now(), Input::Committed(other));
    assert_eq!(step.unwrap_err(), Breach::NoSuchCommit(other));
    assert_eq!(host.under_way(), Some(CommitId(id)), "the other one still is");
}

#[test]
fn call_that_was_not_handed_out_is_not_answered() {
    let (mut host, _) = begun();
    let answer = Answer::new(CallId(7), Outcome::NotSent);
    let step = host.step(now(), Input::Answer(answer));
    assert_eq!(step.unwrap_err(), Breach::NoSuchCall(CallId(7)));
}
