//! Sources that use an id again: nobody becomes somebody else, and nothing is taken for a repetition
//! that is none.

use super::bench::Bench;
use super::identity::{NAME, NUMBER, last_decision, named};
use crate::engine::settings::Mode;
use crate::model::event::Event;
use crate::model::event_kind::EventKind;
use jiff::SignedDuration;
use serde_json::json;

fn parked() -> (&'static str, Option<String>, Vec<String>) {
    ("parked", Some("event.id_reused".to_owned()), Vec::new())
}

fn duplicate() -> (&'static str, Option<String>, Vec<String>) {
    ("duplicate", None, Vec::new())
}

/// The event number one of a source, about this name.
fn first(bench: &Bench, name: &str, kind: &str) -> Event {
    let event = bench.event_about(name, kind, json!({"worker": {"user_name": name}}));
    Event { id: "1".to_owned(), ..event }
}

fn tell(bench: &mut Bench, event: Event) -> (&'static str, Option<String>, Vec<String>) {
    bench.tell(event);
    bench.commit_all();
    last_decision(bench)
}

#[test]
fn first_event_about_bob_under_an_id_of_adas_is_no_duplicate_and_bob_is_not_ada() {
    let mut bench = Bench::ready(&[]);
    let ada = first(&bench, "ada", "worker.hired");
    tell(&mut bench, ada);
    let bob = first(&bench, "bob", "worker.terminated");
    assert_eq!(tell(&mut bench, bob), parked());
    let [ada] = bench.shard.people().collect::<Vec<_>>()[..] else { panic!("somebody was made") };
    assert!(ada.claims.iter().all(|claim| claim.name == "employed"), "{:?}", ada.claims);
    assert_eq!(ada.aliases.len(), 1);
}

#[test]
fn two_whose_first_events_bear_one_id_are_two_though_the_id_is_forgotten() {
    let mut bench = Bench::ready(&[]);
    let ada = first(&bench, "ada", "worker.hired");
    tell(&mut bench, ada);
    for number in 2..80 {
        let event = bench.event_about("ada", "worker.updated", json!({}));
        tell(&mut bench, Event { id: number.to_string(), ..event });
    }
    let bob = first(&bench, "bob", "worker.hired");
    assert_eq!(tell(&mut bench, bob).0, "asserted");
    assert_eq!(bench.shard.people().count(), 2);
}

#[test]
fn termination_of_the_same_person_under_a_known_id_is_parked_with_every_difference() {
    type Change = fn(&mut Event);
    let changes: [Change; 5] = [
        |event| event.kind = EventKind::Transferred,
        |event| event.time += SignedDuration::from_hours(1),
        |event| event.effective_at = Some(event.time),
        |event| event.employment_id = Some("E-2".to_owned()),
        |event| event.data["reason"] = json!("other"),
    ];
    for change in changes {
        let mut bench = Bench::ready(&[]);
        let event = first(&bench, "kim", "worker.terminated");
        assert_eq!(tell(&mut bench, event.clone()).0, "asserted");
        assert_eq!(tell(&mut bench, event.clone()), duplicate());
        let mut other = event;
        change(&mut other);
        assert_eq!(tell(&mut bench, other), parked());
    }
}

/// Re-serialised on the way, and without a time of its own.
#[test]
fn event_that_comes_again_in_other_words_of_json_is_a_duplicate() {
    let mut bench = Bench::ready(&[]);
    let plain = first(&bench, "kim", "worker.terminated");
    let data = |text: &str| serde_json::from_str(text).unwrap();
    let one = r#"{"worker": {"user_name": "kim", "n": 1}, "raw_ref": "a/1",
        "at": "2026-09-01T10:00:00+02:00", "list": [1, {"b": 2, "a": 3}]}"#;
    let two = r#"{"list":[1.0,{"a":3,"b":2}],"at":"2026-09-01T08:00:00.000Z","raw_ref":"b/2",
        "worker":{"n":1.0,"user_name":"\u006bim"}}"#;
    let sent = Event { is_timed: false, data: data(one), ..plain };
    assert_eq!(tell(&mut bench, sent.clone()).0, "asserted");
    let time = sent.time + SignedDuration::from_mins(3);
    let again = Event { time, data: data(two), ..sent.clone() };
    assert_eq!(tell(&mut bench, again), duplicate());
    let swapped = r#"{"list":[{"a":3,"b":2},1]}"#;
    assert_eq!(tell(&mut bench, Event { data: data(swapped), ..sent }), parked());
}

#[test]
fn known_ids_outlive_the_owner_and_the_merging_of_people() {
    let mut bench = Bench::ready(&[]);
    let signal = first(&bench, "kim", "risk.raised");
    tell(&mut bench, signal.clone());
    let hired = bench.event_about("nobody", "worker.hired", json!({}));
    tell(&mut bench, named(hired, &[(NUMBER, "1"), (NAME, "kim")]));
    assert_eq!(bench.shard.people().count(), 1);
    let state = std::mem::take(&mut bench.state);
    let mut bench = Bench::own(Mode::Enforce, state, bench.now);
    assert_eq!(tell(&mut bench, signal), duplicate());
    let other = first(&bench, "bob", "risk.raised");
    assert_eq!(tell(&mut bench, other), parked());
}

/// What an earlier version kept is an id without its content.
#[test]
fn id_that_an_earlier_version_kept_is_a_duplicate_for_its_person_alone() {
    let mut bench = Bench::ready(&[]);
    let ada = first(&bench, "ada", "worker.hired");
    tell(&mut bench, ada.clone());
    let cut = |(key, bytes): (String, Vec<u8>)| {
        let mut record: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        if let Some(recent) = record.pointer_mut("/body/recent") {
            let ids = recent.as_array().unwrap().iter().map(|seen| seen[0].clone()).collect();
            *recent = serde_json::Value::Array(ids);
        }
        (key, serde_json::to_vec(&record).unwrap())
    };
    let state = std::mem::take(&mut bench.state).into_iter().map(cut).collect();
    let mut bench = Bench::own(Mode::Enforce, state, bench.now);
    assert_eq!(tell(&mut bench, ada), duplicate());
    let bob = first(&bench, "bob", "worker.hired");
    assert_eq!(tell(&mut bench, bob), parked());
}

/// A day is all that some exports know.
#[test]
fn of_two_words_of_one_source_at_one_time_the_later_one_counts_whatever_their_ids() {
    for ids in [["a", "b"], ["b", "a"], ["9", "10"]] {
        for last in ["worker.terminated", "worker.termination.cancelled"] {
            let mut bench = Bench::ready(&[]);
            let kinds = match last {
                "worker.terminated" => ["worker.termination.cancelled", last],
                _ => ["worker.terminated", last],
            };
            for (id, kind) in ids.into_iter().zip(kinds) {
                let event = first(&bench, "kim", kind);
                tell(&mut bench, Event { id: id.to_owned(), ..event });
            }
            let kim = bench.shard.people().next().unwrap();
            let all = &kim.claims;
            let stands = all.iter().flat_map(|one| one.spans(all)).count() > 0;
            assert_eq!(stands, last == "worker.terminated", "{ids:?} {last}: {all:?}");
        }
    }
}

#[test]
fn of_two_profiles_of_one_source_at_one_time_the_later_one_counts_whatever_their_ids() {
    let mut bench = Bench::ready(&[]);
    for (id, title) in [("b", "Cook"), ("a", "Baker")] {
        let event =
            bench.event_about("kim", "worker.updated", json!({"profile": {"title": title}}));
        tell(&mut bench, Event { id: id.to_owned(), ..event });
    }
    let kim = bench.shard.people().next().unwrap();
    let titles: Vec<_> = kim
        .profile
        .values()
        .flatten()
        .filter_map(|mark| mark.value.value().map(crate::model::Value::to_text))
        .collect();
    assert_eq!(titles, ["Baker"]);
}
