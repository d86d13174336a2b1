//! Whoever sleeps wakes when an operator's command names them: what a row says is done.

use super::bench::Bench;
use super::identity::NAME;
use super::obeying::{became, order, order_by_all};
use super::peer::Peer;
use super::setting::Like;
use super::undoing::{KIM, play};
use crate::command::Operators;
use crate::command::tests::court::{ANN, BOB, group};
use crate::engine::settings::Mode;
use crate::model::event::Event;
use crate::model::ordered::Became;
use crate::model::position::Extent;
use crate::model::{Alias, NoteWord, PersonId};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeMap;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn sleeping_like() -> Like {
    let operators = Operators::new(vec![group()]).unwrap();
    Like { max_event_age: Some(DAY * 30), operators, ..Like::usual(Mode::Enforce) }
}

/// Only the past speaks of them: each was the subject of one event long ago. Kim has an account.
fn asleep(said: &[(&str, &str)]) -> (Bench, Peer) {
    let now = "2026-09-01T08:00:00Z".parse().unwrap();
    let mut bench = Bench::owned_like(sleeping_like(), BTreeMap::new(), now);
    bench.shard.start_reading("hr", &[Extent { partition: 0, low: 0, high: 10 }]);
    for (name, kind) in said {
        let data = json!({ "worker": { "user_name": name } });
        let event = bench.event_about(name, kind, data);
        bench.tell(Event { time: event.time.checked_sub(DAY * 400).unwrap(), ..event });
    }
    let mut peer = Peer::with_kim();
    play(&mut bench, &mut peer);
    assert!(bench.shard.people().all(|person| person.asleep.is_some()));
    assert!(peer.kim().active.unwrap(), "nothing is called for the past");
    (bench, peer)
}

fn id(bench: &Bench, name: &str) -> PersonId {
    let alias = Alias::parse(NAME, name).unwrap();
    bench.shard.people().find(|it| it.aliases.contains(&alias)).unwrap().id.clone()
}

fn until(bench: &Bench, length: SignedDuration) -> String {
    bench.now.checked_add(length).unwrap().to_string()
}

#[test]
fn whoever_sleeps_and_is_kept_out_is_out_until_it_ends() {
    let (mut bench, mut peer) = asleep(&[(KIM, "worker.hired")]);
    let args = json!({ "person": id(&bench, KIM), "keep": "out", "until": until(&bench, DAY * 2) });
    let told = order(&mut bench, ANN, "override", &args);
    assert_eq!(became(&told), [Became::Overridden]);
    play(&mut bench, &mut peer);
    assert_eq!(peer.kim().active, Some(false));
    bench.wait(DAY * 2);
    play(&mut bench, &mut peer);
    assert_eq!(peer.kim().active, Some(true));
    let told: Vec<_> = bench.notes(NoteWord::Override);
    assert!(told.last().unwrap().why.code.as_str() == "override.ended", "{told:?}");
}

/// The account was never looked at; when the override ends, the termination counts.
#[test]
fn a_leaver_who_sleeps_is_out_when_an_override_has_ended() {
    let (mut bench, mut peer) = asleep(&[(KIM, "worker.terminated")]);
    let args = json!({ "person": id(&bench, KIM), "keep": "in", "until": until(&bench, DAY * 2) });
    let told = order_by_all(&mut bench, &[ANN, BOB], "override", &args);
    assert_eq!(became(&told), [Became::Overridden]);
    play(&mut bench, &mut peer);
    assert!(peer.kim().active.unwrap());
    bench.wait(DAY * 2);
    play(&mut bench, &mut peer);
    assert_eq!(peer.kim().active, Some(false));
}

#[test]
fn a_command_of_which_nothing_comes_wakes_nobody() {
    let (mut bench, _) = asleep(&[(KIM, "worker.hired")]);
    let args = json!({ "person": id(&bench, KIM), "keep": "in", "until": until(&bench, DAY * 2) });
    assert_eq!(became(&order(&mut bench, ANN, "override", &args)), [Became::Nothing]);
    assert!(bench.shard.people().all(|person| person.asleep.is_some()));
}

#[test]
fn a_leaver_who_sleeps_is_cut_at_the_account_that_is_bound() {
    let (mut bench, mut peer) = asleep(&[("other@example.com", "worker.terminated")]);
    let person = id(&bench, "other@example.com");
    let args = json!({ "person": person, "target": "main", "account": format!("a-{KIM}") });
    assert_eq!(became(&order(&mut bench, ANN, "bind", &args)), [Became::Bound]);
    play(&mut bench, &mut peer);
    assert_eq!(peer.kim().active, Some(false));
}

#[test]
fn a_leaver_who_sleeps_is_cut_when_they_are_reasserted_by_name() {
    let (mut bench, mut peer) = asleep(&[(KIM, "worker.terminated")]);
    let told = order(&mut bench, ANN, "reassert", &json!({ "rule": "terminated" }));
    assert_eq!(became(&told), [Became::Nothing]);
    let why = told.rows[0].why.as_deref().unwrap();
    assert!(why.contains("1 people are left out"), "a rule alone wakes nobody: {why}");
    let named = json!({ "persons": [id(&bench, KIM)] });
    let told = order(&mut bench, ANN, "reassert", &named);
    assert_eq!(became(&told), [Became::Reasserted]);
    play(&mut bench, &mut peer);
    assert_eq!(peer.kim().active, Some(false));
}

#[test]
fn two_who_sleep_and_are_linked_or_parted_wake() {
    for word in ["link", "part"] {
        let said = [(KIM, "worker.terminated"), ("other@example.com", "worker.hired")];
        let (mut bench, mut peer) = asleep(&said);
        let persons = json!({ "persons": [id(&bench, KIM), id(&bench, "other@example.com")] });
        let told = order(&mut bench, ANN, word, &persons);
        assert!(!became(&told).contains(&Became::Nothing), "{told:?}");
        play(&mut bench, &mut peer);
        assert_eq!(peer.kim().active, Some(false), "{word}");
    }
}

/// What the row says is done, and its undo, too.
#[test]
fn whoever_sleeps_wakes_when_something_of_theirs_is_undone() {
    let (mut bench, mut peer) = asleep(&[(KIM, "worker.terminated")]);
    let undo = json!({ "what": { "event": { "source": "src", "id": "e1" } } });
    let told = order_by_all(&mut bench, &[ANN, BOB], "undo", &undo);
    assert_eq!(became(&told), [Became::Undone]);
    assert!(bench.shard.people().all(|person| person.asleep.is_none()));
    play(&mut bench, &mut peer);
    assert!(peer.kim().active.unwrap());
}
