//! Whose record cannot be read is set aside alone: kept as it is, left alone, and taken up again when
//! it can be read.

use super::bench::Bench;
use crate::engine::Shard;
use crate::engine::settings::Mode;
use crate::engine::tests::setting::{Like, settings};
use crate::model::ids::PersonId;
use serde_json::{Value, json};

/// Kim has left; then a record that nobody can read takes the place of Kim's.
fn kim_is_unreadable() -> (Bench, String, Vec<u8>) {
    let mut bench = Bench::ready(&[]);
    bench.hire("kim@example.com");
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let key = bench.person_key();
    let mut record: Value = serde_json::from_slice(&bench.state[&key]).unwrap();
    record["body"]["claims"] = json!([{ "of": "a version to come" }]);
    let bytes = record.to_string().into_bytes();
    bench.state.insert(key.clone(), bytes.clone());
    (bench, key, bytes)
}

fn last_code(bench: &Bench) -> Option<String> {
    let decisions = bench.decisions();
    Some(decisions.last()?.decision.why()?.code.to_string())
}

#[test]
fn the_shard_goes_on_without_whom_it_cannot_read_and_keeps_the_record() {
    let (bench, key, bytes) = kim_is_unreadable();
    let mut bench = bench.next_owner();
    let aside: Vec<_> = bench.shard.people_aside().map(|it| it.person.clone()).collect();
    assert_eq!(aside, [PersonId::new(key.rsplit('/').next().unwrap())]);
    assert_eq!(bench.shard.missing_people(), None);
    // A name of theirs leads to nobody else, and makes nobody new who has not left.
    for kind in ["worker.hired", "worker.terminated", "risk.raised"] {
        bench.event(kind, json!({ "worker": { "user_name": "kim@example.com" } }));
        bench.commit_all();
        assert_eq!(last_code(&bench).as_deref(), Some("person.set_aside"), "{kind}");
    }
    assert_eq!(bench.shard.people().count(), 0);
    assert!(bench.calls.iter().all(|call| call.person.is_none()), "{:?}", bench.calls);
    bench.hire("lee@example.com");
    bench.commit_all();
    assert_eq!(bench.shard.people().count(), 1);
    assert_eq!(bench.state[&key], bytes, "it is kept to the byte");
}

#[test]
fn who_can_be_read_again_is_taken_up_again() {
    let (bench, key, _) = kim_is_unreadable();
    let mended = {
        let mut record: Value = serde_json::from_slice(&bench.state[&key]).unwrap();
        record["body"]["claims"] = json!([]);
        record.to_string().into_bytes()
    };
    let mut bench = bench.next_owner();
    bench.commit_all();
    bench.state.insert(key, mended);
    let bench = bench.next_owner();
    assert_eq!((bench.shard.people_aside().count(), bench.shard.people().count()), (0, 1));
}

/// What an older record has said must not come back in place of what cannot be read.
#[test]
fn the_record_before_does_not_count_any_more() {
    let (bench, key, bytes) = kim_is_unreadable();
    let readable = Bench::ready(&[]);
    let mut shard = Shard::new(settings(Like::usual(Mode::Enforce)));
    let mut record: Value = serde_json::from_slice(&bytes).unwrap();
    record["body"]["claims"] = json!([]);
    shard.restore(&key, Some(record.to_string().as_bytes())).unwrap();
    shard.restore(&key, Some(&bytes)).unwrap();
    shard.take_over(readable.now);
    assert_eq!((shard.people().count(), shard.people_aside().count()), (0, 1));
    let mut shard = Shard::new(settings(Like::usual(Mode::Enforce)));
    shard.restore(&key, Some(&bytes)).unwrap();
    shard.restore(&key, None).unwrap();
    shard.take_over(bench.now);
    assert_eq!(shard.people_aside().count(), 0);
}

/// Without the names nobody knows of whom events speak, and of many the version is to blame.
#[test]
fn what_is_not_one_persons_trouble_stops_the_shard() {
    let (_, key, bytes) = kim_is_unreadable();
    let record: Value = serde_json::from_slice(&bytes).unwrap();
    let stops = |change: &dyn Fn(&mut Value)| {
        let mut other = record.clone();
        change(&mut other);
        let mut shard = Shard::new(settings(Like::usual(Mode::Enforce)));
        shard.restore(&key, Some(other.to_string().as_bytes())).is_err()
    };
    assert!(!stops(&|_| {}));
    assert!(stops(&|it| it["v"] = json!(9)));
    assert!(stops(&|it| it["body"]["aliases"] = json!([])));
    assert!(stops(&|it| it["body"]["aliases"] = json!([{ "of": "a version to come" }])));
    assert!(stops(&|it| it["body"]["id"] = json!("p-other")));
    let mut shard = Shard::new(settings(Like::usual(Mode::Enforce)));
    let set_aside = (0..30).take_while(|number| {
        let mut other = record.clone();
        other["body"]["id"] = json!(format!("p-{number}"));
        let key = format!("acme/p-{number}");
        shard.restore(&key, Some(other.to_string().as_bytes())).is_ok()
    });
    assert_eq!(set_aside.count(), 20);
}
