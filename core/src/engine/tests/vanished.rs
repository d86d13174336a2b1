//! Accounts that somebody else has deleted, and that look-ups still list.

use super::peer::{Peer, with_kim};
use super::words::is_find;
use crate::model::{Call, Operation, Outcome, Request, ResultWord};
use jiff::SignedDuration;
use serde_json::json;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn is_change(call: &Call) -> bool {
    matches!(call.request, Request::Write(Operation::Change { .. }))
}

#[test]
fn an_account_that_is_listed_and_gone_is_asked_for_with_growing_pauses_and_made_anew_in_the_end() {
    for event in ["worker.updated", "worker.terminated"] {
        let mut peer = Peer::with_kim();
        let mut bench = with_kim(&mut peer);
        let before = peer.clone();
        peer.accounts.clear();
        let worker = json!({ "user_name": "kim@example.com" });
        bench.event(event, json!({ "worker": worker, "profile": { "title": "Lead" } }));
        let mut changes = 0;
        bench.play(&mut peer, MINUTE, |call, _| {
            changes += u32::from(is_change(call));
            let is_look_up = is_find(call);
            is_look_up.then(|| (Outcome::Done(before.clone().reply(&call.request)), Some(200)))
        });
        assert!((2..=15).contains(&changes), "{event}: {changes} changes");
        bench.play_honestly(&mut peer, MINUTE);
        let is_made = !peer.accounts.is_empty();
        assert_eq!(is_made, event == "worker.updated", "{:?}", bench.last_result());
    }
}

#[test]
fn an_account_that_is_gone_at_once_costs_no_pause() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    peer.accounts.clear();
    let worker = json!({ "user_name": "kim@example.com" });
    bench.event("worker.updated", json!({ "worker": worker, "profile": { "title": "Lead" } }));
    bench.play_honestly(&mut peer, SignedDuration::from_secs(5));
    assert_eq!(peer.accounts.len(), 1);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}
