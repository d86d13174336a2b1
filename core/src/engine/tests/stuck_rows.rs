//! Who is stuck while rows of theirs wait: whatever is said of a pause, they are looked at at once.

use super::bench::Bench;
use super::obeying::{holds, order};
use super::peer::Peer;
use crate::command::tests::court::ANN;
use crate::engine::brakes::limits::Limits;
use crate::engine::deeds::reason::Reason;
use crate::engine::state::Stage;
use crate::model::{Account, AttributeName, ScimId, Value};
use jiff::SignedDuration;
use serde_json::json;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Kim is to be cut, which a pause keeps back; then the account goes, and two others have Kim's name and number.
fn stuck_while_paused() -> (Bench, Peer) {
    let (mut bench, mut peer) = (Bench::limited(&Limits::default()), Peer::with_kim());
    let number = (AttributeName::EMPLOYEE_NUMBER, Value::Text("7".to_owned()));
    peer.kim().attributes.extend([number]);
    let worker = json!({ "user_name": "kim@example.com", "employee_number": "7" });
    order(&mut bench, ANN, "pause", &json!({ "scope": "tenant" }));
    bench.event("worker.terminated", json!({ "worker": worker }));
    bench.play_honestly(&mut peer, MINUTE);
    assert!(!holds(&bench).is_empty());
    let kim = ScimId::new("a-kim@example.com");
    let account = peer.accounts.remove(&kim).unwrap();
    for id in ["a-1", "a-2"] {
        let id = ScimId::new(id);
        peer.accounts.insert(id.clone(), Account { id, ..account.clone() });
    }
    bench.event("worker.leave.started", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    assert!(matches!(bench.seat().stage, Stage::Stuck { .. }), "{:?}", bench.seat().stage);
    assert!(!holds(&bench).is_empty(), "what waits, waits on");
    (bench, peer)
}

/// Nobody says that anything is called for them; but they do not wait for nothing.
#[test]
fn who_is_stuck_is_looked_at_when_something_else_is_paused() {
    let (mut bench, _) = stuck_while_paused();
    order(&mut bench, ANN, "pause", &json!({ "scope": { "target": "main" } }));
    let waits_for: Vec<Reason> = bench.shard.unsettled().into_iter().map(|it| it.reason).collect();
    let call = bench.only_call();
    assert_eq!(waits_for, [Reason::Answer(call.id)]);
}

#[test]
fn who_is_stuck_is_cut_when_the_pause_ends_and_the_target_is_in_order() {
    let (mut bench, mut peer) = stuck_while_paused();
    peer.accounts.remove(&ScimId::new("a-2"));
    order(&mut bench, ANN, "resume", &json!({ "scope": "tenant" }));
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(peer.accounts[&ScimId::new("a-1")].active, Some(false), "{:?}", bench.seat());
    assert!(holds(&bench).is_empty(), "{:?}", holds(&bench));
}
