//! Whoever waited long is read anew before anything is given, deleted or said to be done: meanwhile the
//! account may have got another id, and its old one may be somebody else's.

use super::bench::Bench;
use super::limiting::terminate;
use super::obeying::{HOUR, a_deletion_that_waits, holds, order};
use super::peer::Peer;
use crate::command::tests::court::{ANN, BOB};
use crate::engine::brakes::kind::LimitKind;
use crate::engine::brakes::limits::{Ceiling, Limit, Limits};
use crate::model::{AttributeName, Call, Operation, Request, ResultWord, ScimId, Value};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Kim with a number, by which the account is known again under another id.
fn numbered() -> (Peer, Json) {
    let mut peer = Peer::with_kim();
    let number = (AttributeName::EMPLOYEE_NUMBER, Value::Text("7".to_owned()));
    peer.kim().attributes.extend([number]);
    let worker = json!({ "user_name": "kim@example.com", "employee_number": "7" });
    (peer, json!({ "worker": worker }))
}

fn is_reading(call: &Call) -> bool {
    matches!(call.request, Request::ReadAccount { .. } | Request::FindAccounts { .. })
}

/// The group lists the new id, and nobody who was to leave it.
#[test]
fn who_is_held_by_a_pause_and_gets_another_id_is_not_said_to_be_out() {
    let (mut peer, kim) = numbered();
    peer.kim().active = Some(false);
    let mut bench = Bench::limited(&Limits::default());
    order(&mut bench, ANN, "pause", &json!({ "scope": "tenant" }));
    bench.event("worker.terminated", kim);
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(holds(&bench).len(), 1);
    peer.renew_id("kim@example.com", "a-new");
    bench.play_honestly(&mut peer, HOUR);
    assert!(bench.results().is_empty(), "{:?}", bench.results());
    assert_eq!(holds(&bench).len(), 1, "the row is of the new id now");
    order(&mut bench, ANN, "resume", &json!({ "scope": "tenant" }));
    bench.play_honestly(&mut peer, MINUTE);
    assert!(!peer.members("VPN").contains(&ScimId::new("a-new")));
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

/// Another row is left, so nothing is said to be done; but a row would be gone.
#[test]
fn a_row_does_not_end_by_an_old_id_while_another_waits() {
    let (mut peer, kim) = numbered();
    let mut bench = Bench::limited(&Limits::default());
    order(&mut bench, ANN, "pause", &json!({ "scope": "tenant" }));
    bench.event("worker.terminated", kim);
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(holds(&bench).len(), 2, "to be inactive, and out of the group");
    peer.renew_id("kim@example.com", "a-new");
    bench.play_honestly(&mut peer, HOUR);
    let rows = holds(&bench);
    let is_of_group = |it: &&(_, crate::model::Hold)| format!("{:?}", it.1.effect).contains("VPN");
    assert_eq!(rows.iter().filter(is_of_group).count(), 1, "{rows:?}");
}

/// A group could not be read for minutes, and is read at last.
#[test]
fn who_has_another_id_when_a_group_can_be_read_at_last_is_taken_out_by_that_one() {
    let (mut peer, kim) = numbered();
    peer.kim().active = Some(false);
    let mut bench = Bench::limited(&Limits::default());
    bench.event("worker.terminated", kim);
    let end = bench.now + MINUTE * 3;
    let mut has_moved = false;
    for _ in 0..4000 {
        bench.commit_all();
        let Some(call) = bench.calls.first().cloned() else {
            bench.wait(SignedDuration::from_secs(1));
            continue;
        };
        let is_of_group =
            matches!(call.request, Request::FindGroups { .. } | Request::ReadMembers { .. });
        if is_of_group && bench.now < end {
            bench.answer(&call, super::peer::broken().0);
            continue;
        }
        if is_of_group && !std::mem::replace(&mut has_moved, true) {
            peer.renew_id("kim@example.com", "a-new");
        }
        let reply = peer.reply(&call.request);
        bench.done(&call, reply);
    }
    assert!(has_moved);
    assert!(!peer.members("VPN").contains(&ScimId::new("a-new")), "{:?}", bench.results());
}

#[test]
fn a_deletion_that_is_let_go_after_days_goes_to_an_account_that_was_just_read() {
    for changes_hands in [false, true] {
        let (mut bench, mut provider, hold) = a_deletion_that_waits();
        bench.wait(HOUR * 24 * 3);
        provider.serve(&mut bench);
        if changes_hands {
            bench = Bench::limited_again(&Limits::default(), bench.state, bench.now);
            provider.serve(&mut bench);
        }
        for pen in [ANN, BOB] {
            order(&mut bench, pen, "approve", &json!({ "holds": [hold.digest] }));
        }
        assert!(is_reading(&bench.called()), "changes hands: {changes_hands}");
    }
}

#[test]
fn what_is_given_when_a_pause_ends_goes_to_an_account_that_was_just_read() {
    for changes_hands in [false, true] {
        let mut peer = Peer::with_kim();
        peer.kim().active = Some(true);
        peer.members("VPN").clear();
        let mut bench = Bench::limited(&Limits::default());
        order(&mut bench, ANN, "pause", &json!({ "scope": "tenant" }));
        bench.hire("kim@example.com");
        bench.play_honestly(&mut peer, MINUTE);
        assert_eq!(holds(&bench).len(), 1);
        bench.play_honestly(&mut peer, HOUR * 5);
        if changes_hands {
            bench = Bench::limited_again(&Limits::default(), bench.state, bench.now);
            bench.play_honestly(&mut peer, MINUTE);
        }
        order(&mut bench, ANN, "resume", &json!({ "scope": "tenant" }));
        assert!(is_reading(&bench.called()), "changes hands: {changes_hands}");
    }
}

/// One more cut than the limit lets through is a cut all the same: it waits for no reading.
#[test]
fn a_cut_that_is_let_go_waits_for_no_reading() {
    let hour = Ceiling { count: Some(0), percent: None };
    let limit = Limit { hour, day: Ceiling::default() };
    let limits = Limits { kinds: [(LimitKind::Cut, limit)].into(), ..Limits::default() };
    let (mut bench, mut provider) = (Bench::limited(&limits), super::limiting::Provider::default());
    terminate(&mut bench, 0);
    provider.serve(&mut bench);
    bench.wait(HOUR * 5);
    provider.serve(&mut bench);
    let (_, hold) = holds(&bench).remove(0);
    order(&mut bench, ANN, "approve", &json!({ "holds": [hold.digest] }));
    let call = bench.called();
    assert!(matches!(call.request, Request::Write(Operation::Change { .. })), "{call:?}");
}

/// Nothing was held: the target was away for hours, and is asked who it is before it is told what to give.
#[test]
fn what_is_given_when_a_target_is_back_goes_to_an_account_that_was_just_read() {
    let mut peer = Peer::with_kim();
    peer.kim().active = Some(true);
    peer.members("VPN").clear();
    let mut bench = Bench::limited(&Limits::default());
    bench.hire("kim@example.com");
    let is_written =
        |call: &Call| matches!(call.request, Request::Write(_) | Request::AddMembers { .. });
    let end = bench.now + HOUR * 3;
    let mut failed = 0;
    while bench.now < end {
        bench.commit_all();
        let Some(call) = bench.calls.first().cloned() else {
            bench.wait(SignedDuration::from_secs(1));
            continue;
        };
        failed += usize::from(is_written(&call));
        match failed {
            0 => {
                let reply = peer.reply(&call.request);
                bench.done(&call, reply);
            }
            _ => bench.answer(&call, super::peer::broken().0),
        }
    }
    assert!(failed > 0, "nothing was to be given");
    let mut is_read = false;
    for _ in 0..100 {
        bench.commit_all();
        let Some(call) = bench.calls.first().cloned() else {
            bench.wait(SignedDuration::from_secs(1));
            continue;
        };
        is_read |= is_reading(&call);
        assert!(is_read || !is_written(&call), "by a reading of hours ago: {call:?}");
        let reply = peer.reply(&call.request);
        bench.done(&call, reply);
    }
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}
