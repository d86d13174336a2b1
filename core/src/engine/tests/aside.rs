//! Whose record cannot be read is set aside alone: kept as it is, left alone, and taken up again when
//! it can be read.

use super::bench::Bench;
use crate::engine::Shard;
use crate::engine::record::aside::Reason;
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

/// Kim and Lee work here.
fn two_work_here() -> (Bench, PersonId, PersonId) {
    let mut bench = Bench::ready(&[]);
    for name in ["kim@example.com", "lee@example.com"] {
        bench.hire(name);
    }
    bench.commit_all();
    let ids: Vec<PersonId> = bench.shard.people().map(|it| it.id.clone()).collect();
    let is_kim = |id: &&PersonId| {
        let kim = bench.shard.people().find(|it| it.id == **id).unwrap();
        kim.aliases.iter().any(|alias| alias.value() == "kim@example.com")
    };
    let kim = ids.iter().find(is_kim).unwrap().clone();
    let lee = ids.into_iter().find(|id| *id != kim).unwrap();
    (bench, kim, lee)
}

#[test]
fn whoever_a_shard_was_at_work_for_when_it_crashed_is_known() {
    let (mut bench, kim, lee) = two_work_here();
    assert_eq!(bench.shard.at_work(), None, "between two steps nobody is");
    bench.shard.crash_at(&lee);
    let event = bench.event_about("lee@example.com", "worker.terminated", json!({}));
    let crash = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| bench.tell(event)));
    assert!(crash.is_err());
    assert_eq!(bench.shard.at_work(), Some(&lee), "and not {kim}");
}

/// No record is to blame: what is due by time is what the shard cannot bear.
#[test]
fn whoever_crashes_the_shard_is_set_aside_alone_and_that_is_kept_for_whoever_asks() {
    let (bench, kim, lee) = two_work_here();
    let key = format!("acme/{kim}");
    let bytes = bench.state[&key].clone();
    let mut next = bench.next_owner_without(&kim);
    let aside: Vec<_> = next.shard.people_aside().map(|it| (&it.person, it.reason)).collect();
    assert_eq!(aside, [(&kim, Reason::Crashes)]);
    assert_eq!(next.shard.missing_people(), None);
    assert_eq!(next.shard.figures().aside, 1);
    next.event("worker.terminated", json!({}));
    next.commit_all();
    assert_eq!(last_code(&next).as_deref(), Some("person.crashes"));
    assert_eq!(next.state[&key], bytes, "the record is kept to the byte");
    next.event_of("lee@example.com", "worker.updated", json!({}));
    next.commit_all();
    assert_eq!(next.shard.people().map(|it| it.id.clone()).collect::<Vec<_>>(), [lee]);
    let orders = |bench: &Bench| String::from_utf8_lossy(&bench.state["orders"]).into_owned();
    assert!(orders(&next).contains(kim.as_str()), "{}", orders(&next));
    // With a version that is mended they are taken up again, and nobody is told of them any more.
    let mut mended = next.next_owner();
    mended.commit_all();
    assert_eq!(mended.shard.people().count(), 2);
    assert!(!orders(&mended).contains(kim.as_str()));
}
