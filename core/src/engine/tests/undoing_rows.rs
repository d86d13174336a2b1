//! What an undo leaves as it is, what it waits for, and what its rows say.

use super::bench::Bench;
use super::limiting::{Provider, terminated};
use super::obeying::{HOUR, became, holds, order};
use super::peer::Peer;
use super::setting::Like;
use super::undoing::{
    KIM, both, has_access, kim, kim_is_cut_by_mistake, kim_works_here, nickname, of, play, why,
};
use crate::command::Operators;
use crate::command::tests::court::{ANN, BOB, group};
use crate::engine::brakes::kind::LimitKind;
use crate::engine::brakes::limits::{Ceiling, Limit, Limits};
use crate::engine::brakes::protect::{Pattern, Protected};
use crate::engine::settings::Mode;
use crate::model::ordered::Became;
use crate::model::{AttributeName, Value};
use serde_json::json;

/// A rule's work is undone, but whoever left must be named.
#[test]
fn terminations_in_force_are_left_out_of_a_rules_undo_unless_named() {
    let (mut bench, mut peer, _) = kim_is_cut_by_mistake();
    let since = (bench.now - HOUR).to_string();
    let what = json!({ "rule": { "rule": "terminated", "since": since } });
    let told = both(&mut bench, &json!({ "what": what }));
    assert_eq!(became(&told), [Became::LeftOut], "{:?}", why(&told));
    play(&mut bench, &mut peer);
    assert!(!has_access(&mut peer));
    let rows = json!([{ "person": kim(&bench).as_str(), "target": "main" }]);
    let told = both(&mut bench, &json!({ "what": what, "rows": rows }));
    assert_eq!(became(&told), [Became::Undone]);
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer));
}

/// Somebody gave Kim another nickname meanwhile, and usher has seen it.
fn kim_is_away_and_renamed() -> (Bench, Peer, String) {
    let (mut bench, mut peer) = kim_works_here();
    let nickname = AttributeName::parse("nickName").unwrap();
    peer.kim().attributes.insert(nickname.clone(), Value::Text("Kim".to_owned()));
    bench.event("worker.leave.started", json!({}));
    let event = format!("e{}", bench.offset);
    play(&mut bench, &mut peer);
    assert_eq!(peer.kim().attributes[&nickname].to_text(), "Away");
    peer.kim().attributes.insert(nickname, Value::Text("Zed".to_owned()));
    order(&mut bench, ANN, "pause", &json!({ "scope": { "rule": "away" } }));
    let lead = json!({ "worker": { "user_name": KIM }, "profile": { "title": "Lead" } });
    bench.event("worker.updated", lead);
    play(&mut bench, &mut peer);
    (bench, peer, event)
}

#[test]
fn what_somebody_else_has_changed_since_is_left_out_unless_named() {
    let (mut bench, mut peer, event) = kim_is_away_and_renamed();
    assert_eq!(nickname(&mut peer), "Zed");
    let what = json!({ "event": { "source": "src", "id": event } });
    let told = order(&mut bench, ANN, "undo", &json!({ "what": what }));
    assert_eq!(became(&told), [Became::LeftOut], "{:?}", why(&told));
    assert!(why(&told)[0].contains("changed since by somebody else: attribute nickName"));
    assert!(!why(&told)[0].contains("Zed"), "no value gets into the audit");
    let rows = json!([{ "person": kim(&bench).as_str(), "target": "main" }]);
    let told = order(&mut bench, ANN, "undo", &json!({ "what": what, "rows": rows }));
    assert_eq!(became(&told), [Became::Undone], "{:?}", why(&told));
    order(&mut bench, ANN, "resume", &json!({ "scope": { "rule": "away" } }));
    play(&mut bench, &mut peer);
    assert_eq!(nickname(&mut peer), "Kim");
}

/// Whoever gives access back by hand in the night has said the same as the undo.
#[test]
fn what_was_given_back_by_hand_is_no_obstacle() {
    let (mut bench, mut peer, event) = kim_is_cut_by_mistake();
    peer.kim().active = Some(true);
    let told = both(&mut bench, &of(&event));
    assert_eq!(became(&told), [Became::Undone]);
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer));
}

#[test]
fn a_row_that_is_to_be_left_out_stays() {
    let (mut bench, mut peer, event) = kim_is_cut_by_mistake();
    let mut args = of(&event);
    args["leave_out"] = json!([{ "person": kim(&bench).as_str(), "target": "main" }]);
    let told = both(&mut bench, &args);
    assert_eq!(became(&told), [Became::LeftOut]);
    play(&mut bench, &mut peer);
    assert!(!has_access(&mut peer));
}

#[test]
fn against_a_termination_it_takes_two_operators() {
    let (mut bench, mut peer, event) = kim_is_cut_by_mistake();
    let one = order(&mut bench, ANN, "undo", &of(&event));
    assert_eq!(became(&one), [Became::WaitsForAnother]);
    let same = order(&mut bench, ANN, "undo", &of(&event));
    assert_eq!(became(&same), [Became::WaitsForAnother], "one is one");
    play(&mut bench, &mut peer);
    assert!(!has_access(&mut peer));
    let two = order(&mut bench, BOB, "undo", &of(&event));
    assert_eq!(became(&two), [Became::Undone]);
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer));
}

#[test]
fn nobody_undoes_what_was_done_to_themselves() {
    let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
    bench.event_of("ann@example.com", "worker.terminated", json!({}));
    let event = format!("e{}", bench.offset);
    provider.serve(&mut bench);
    assert_eq!(provider.cut(), 1);
    let what = json!({ "what": { "event": { "source": "src", "id": event } } });
    let told = both(&mut bench, &what);
    assert!(!became(&told).contains(&Became::Undone), "{:?}", why(&told));
    provider.serve(&mut bench);
    assert_eq!(provider.cut(), 1);
}

/// What an undo gives counts as what anybody gives.
#[test]
fn limits_hold_what_an_undo_grants() {
    let hour = Ceiling { count: Some(2), percent: None };
    let limit = Limit { hour, day: Ceiling::default() };
    let limits = Limits { kinds: [(LimitKind::Grant, limit)].into(), ..Limits::default() };
    let (mut bench, mut provider) = (Bench::limited(&limits), Provider::default());
    terminated(&mut bench, &mut provider, 5);
    assert_eq!(provider.cut(), 5);
    let since = (bench.now - HOUR).to_string();
    let people = bench.shard.people().map(|it| it.id.as_str().to_owned());
    let rows: Vec<_> = people.map(|id| json!({ "person": id, "target": "main" })).collect();
    let what = json!({ "rule": { "rule": "terminated", "since": since } });
    let told = both(&mut bench, &json!({ "what": what, "rows": rows }));
    assert_eq!(became(&told), [Became::Undone; 5]);
    provider.serve(&mut bench);
    assert_eq!(provider.cut(), 3, "two an hour");
    let held = holds(&bench);
    assert_eq!(held.len(), 3);
    assert!(held.iter().all(|(_, hold)| hold.why.code.as_str() == "limit.reached"));
}

#[test]
fn an_undo_at_a_paused_target_says_what_stands_in_the_way() {
    let (mut bench, mut peer, event) = kim_is_cut_by_mistake();
    order(&mut bench, ANN, "pause", &json!({ "scope": "tenant" }));
    let told = both(&mut bench, &of(&event));
    assert_eq!(became(&told), [Became::Undone]);
    assert!(why(&told)[0].contains("a pause is in force"), "{:?}", why(&told));
    play(&mut bench, &mut peer);
    assert!(!has_access(&mut peer));
    order(&mut bench, ANN, "resume", &json!({ "scope": "tenant" }));
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer));
}

#[test]
fn nothing_is_undone_for_whoever_is_protected() {
    let (bench, mut peer, event) = kim_is_cut_by_mistake();
    let protected = Protected { patterns: vec![Pattern::new("kim@*")], ..Protected::default() };
    let operators = Operators::new(vec![group()]).unwrap();
    let like = Like { operators, protected, ..Like::usual(Mode::Enforce) };
    let mut bench = Bench::owned_like(like, bench.state, bench.now);
    play(&mut bench, &mut peer);
    let told = both(&mut bench, &of(&event));
    assert_eq!(became(&told), [Became::LeftOut]);
    assert!(why(&told)[0].contains("protected"));
    play(&mut bench, &mut peer);
    assert!(!has_access(&mut peer));
}

#[test]
fn rows_that_nothing_was_done_to_are_told() {
    let (mut bench, _, event) = kim_is_cut_by_mistake();
    let stranger = format!("p-{}", "0".repeat(24));
    let mut args = of(&event);
    args["rows"] = json!([{ "person": stranger, "target": "main" }]);
    let told = both(&mut bench, &args);
    assert_eq!(became(&told), [Became::Nothing]);
    let unknown = both(&mut bench, &json!({ "what": { "event": { "source": "x", "id": "y" } } }));
    assert_eq!(became(&unknown), [Became::Nothing]);
}
