//! A parked record is read again when an operator says so: at its own place and time, and once.

use super::bench::Bench;
use super::obeying::{HOUR, became, order, order_bringing};
use super::setting::hr;
use crate::command::tests::court::{ANN, BOB};
use crate::decode;
use crate::engine::brakes::limits::Limits;
use crate::engine::{Input, Record};
use crate::model::code::Code;
use crate::model::decision::{Decision, DecisionRecord, Why};
use crate::model::ordered::{Became, CommandOutcome, CommandRecord};
use crate::model::{AuditEntry, RawRecord};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::Digest as _;
use std::sync::Arc;

const NAME: &str = "kim@example.com";

fn bench() -> Bench {
    Bench::limited(&Limits::default())
}

fn event(id: &str, kind: &str, effective_at: &Value) -> Value {
    json!({
        "specversion": "1.0",
        "source": "hr",
        "id": id,
        "type": format!("io.usher.{kind}.v1"),
        "time": "2026-09-01T07:00:00Z",
        "data": { "worker": { "user_name": NAME }, "effective_at": effective_at },
    })
}

/// A termination that nobody can read.
fn unreadable() -> Value {
    event("e-1", "worker.terminated", &json!(["soon"]))
}

fn mended() -> Value {
    event("e-1", "worker.terminated", &json!("2026-09-01T07:30:00Z"))
}

/// Reads a record as the input topic brings it.
fn read(bench: &mut Bench, value: &Value) {
    bench.offset += 1;
    let raw = RawRecord {
        topic: "hr".to_owned(),
        partition: 0,
        offset: bench.offset,
        timestamp: bench.now,
        key: None,
        value: Some(value.to_string().into_bytes()),
        headers: Vec::new(),
    };
    let items = decode::decode(&raw, &hr());
    bench.step(Input::Record(Record { raw: Arc::new(raw), items }));
    bench.commit_all();
}

fn replayed(bench: &Bench, offset: i64, value: &Value) -> Value {
    json!({
        "position": { "topic": "hr", "partition": 0, "offset": offset },
        "time": bench.now.to_string(),
        "bytes": STANDARD.encode(value.to_string()),
    })
}

fn replay(bench: &mut Bench, records: &[Value]) -> CommandRecord {
    order(bench, ANN, "replay", &json!({ "records": records }))
}

/// What is too large for the signed bytes goes beside them, and the signed bytes say what it is.
#[test]
fn a_record_that_is_too_large_to_be_signed_whole_is_brought_beside_and_known_by_its_digest() {
    let mut bench = bench();
    let mut large = unreadable();
    large["data"]["note"] = json!("x".repeat(400 * 1024));
    read(&mut bench, &large);
    let mut whole = mended();
    whole["data"]["note"] = large["data"]["note"].clone();
    let value = whole.to_string().into_bytes();
    let mut record = replayed(&bench, bench.offset, &whole);
    record.as_object_mut().unwrap().remove("bytes");
    record["sha256"] = json!(format!("{:x}", sha2::Sha256::digest(&value)));
    let args = json!({ "records": [record] });
    let said = ("replay", &args);
    for brought in [vec![], vec![large.to_string().into_bytes()]] {
        let told = order_bringing(&mut bench, &[ANN], said, &brought);
        assert_eq!(became(&told), [Became::Nothing], "another value is not what was signed");
        assert!(whys(&told)[0].contains("no header `usher-record`"), "{:?}", whys(&told));
    }
    let told = order_bringing(&mut bench, &[ANN], said, &[large.to_string().into_bytes(), value]);
    assert_eq!(became(&told), [Became::Replayed], "{:?}", whys(&told));
    assert_eq!(last(&bench).decision, Decision::Asserted);
}

fn last(bench: &Bench) -> DecisionRecord {
    (*bench.decisions().last().unwrap()).clone()
}

fn whys(record: &CommandRecord) -> Vec<String> {
    record.rows.iter().filter_map(|row| row.why.clone()).collect()
}

/// A bench with one parked termination of somebody who was hired before.
fn one_parked() -> (Bench, i64) {
    let mut bench = bench();
    read(&mut bench, &event("e-0", "worker.hired", &Value::Null));
    read(&mut bench, &unreadable());
    assert!(matches!(last(&bench).decision, Decision::Parked(_)), "{:?}", last(&bench).decision);
    let offset = bench.offset;
    (bench, offset)
}

#[test]
fn what_was_mended_counts_at_its_own_place_and_cites_the_command() {
    let (mut bench, offset) = one_parked();
    let record = replayed(&bench, offset, &mended());
    let told = replay(&mut bench, &[record]);
    assert_eq!((&told.outcome, became(&told)), (&CommandOutcome::Obeyed, vec![Became::Replayed]));
    assert_eq!(whys(&told), [format!("hr/0@{offset}: asserted")]);
    let decision = last(&bench);
    assert_eq!(decision.decision, Decision::Asserted);
    assert_eq!((decision.position.record.offset, decision.replayed_by), (offset, told.id.clone()));
    assert_eq!(decision.cause.unwrap().position.record.offset, offset);
    assert_eq!(decision.person, told.rows[0].person);
    let claims: Vec<_> = bench.shard.people().flat_map(|it| &it.claims).collect();
    assert!(claims.iter().any(|claim| claim.name.as_str() == "terminated"), "{claims:?}");
    // The input topic was not read on by it.
    let positions = bench.shard.committed_positions();
    assert!(positions.contains(&("hr".to_owned(), 0, offset + 1)), "{positions:?}");
}

#[test]
fn it_counts_once_and_a_new_owner_remembers() {
    let (mut bench, offset) = one_parked();
    let record = replayed(&bench, offset, &mended());
    replay(&mut bench, std::slice::from_ref(&record));
    let decided = bench.decisions().len();
    let other = event("e-9", "worker.terminated", &json!("2026-09-01T07:45:00Z"));
    let again = replayed(&bench, offset, &other);
    let told = replay(&mut bench, std::slice::from_ref(&again));
    assert_eq!((&told.outcome, became(&told)), (&CommandOutcome::Nothing, vec![Became::Nothing]));
    assert!(whys(&told)[0].contains("counts once"), "{told:?}");
    assert_eq!(bench.decisions().len(), decided);
    let mut bench = Bench::limited_again(&Limits::default(), bench.state, bench.now);
    assert!(whys(&replay(&mut bench, &[again]))[0].contains("counts once"));
}

#[test]
fn what_is_parked_again_says_why_and_may_be_replayed_again() {
    let (mut bench, offset) = one_parked();
    let record = replayed(&bench, offset, &unreadable());
    let told = replay(&mut bench, &[record]);
    assert_eq!(told.outcome, CommandOutcome::Nothing);
    assert!(whys(&told)[0].contains("parked again, field."), "{told:?}");
    let record = replayed(&bench, offset, &mended());
    assert_eq!(became(&replay(&mut bench, &[record])), [Became::Replayed]);
}

/// What was said since is not undone by what was said before.
#[test]
fn its_own_time_counts_and_not_that_of_the_command() {
    let (mut bench, offset) = one_parked();
    let mut later = event("e-2", "worker.termination.cancelled", &Value::Null);
    later["time"] = json!("2026-09-01T07:20:00Z");
    read(&mut bench, &later);
    bench.wait(HOUR);
    let record = replayed(&bench, offset, &mended());
    replay(&mut bench, &[record]);
    assert_eq!(last(&bench).decision, Decision::Stale);
}

#[test]
fn only_what_was_decided_for_this_tenant_can_be_replayed() {
    let (mut bench, offset) = one_parked();
    let of = |topic: &str, offset: i64| {
        let mut record = replayed(&bench, offset, &mended());
        record["position"]["topic"] = json!(topic);
        record
    };
    let records = [of("hr", offset + 1), of("others", 0), of("usher.control", 0)];
    let decided = bench.decisions().len();
    let told = replay(&mut bench, &records);
    assert_eq!(became(&told), [Became::Nothing; 3]);
    let whys = whys(&told);
    assert!(whys[0].contains("nothing was decided there"), "{whys:?}");
    assert!(whys[1..].iter().all(|why| why.contains("no source of this tenant")), "{whys:?}");
    assert_eq!(bench.decisions().len(), decided);
}

/// Its mark is forgotten after the horizon, and what it was said before is, too.
#[test]
fn what_is_older_than_the_horizon_is_not_replayed() {
    let (mut bench, offset) = one_parked();
    let record = replayed(&bench, offset, &mended());
    bench.wait(HOUR * 24 * 31);
    assert!(whys(&replay(&mut bench, &[record]))[0].contains("replay_horizon"));
}

#[test]
fn the_types_that_the_source_may_send_bind_what_was_mended() {
    let (mut bench, offset) = one_parked();
    let record = replayed(&bench, offset, &event("e-1", "credential.compromised", &Value::Null));
    let told = replay(&mut bench, &[record]);
    assert_eq!(became(&told), [Became::Nothing]);
    assert!(whys(&told)[0].contains("type.not_allowed"), "{told:?}");
}

#[test]
fn nobody_replays_what_is_said_of_themselves() {
    let (mut bench, offset) = one_parked();
    let mut own = mended();
    own["data"]["worker"]["user_name"] = json!("ann@example.com");
    let record = replayed(&bench, offset, &own);
    let told = replay(&mut bench, std::slice::from_ref(&record));
    assert!(whys(&told)[0].contains("themselves"), "{told:?}");
    let told = order(&mut bench, BOB, "replay", &json!({ "records": [record] }));
    assert_eq!(became(&told), [Became::Replayed]);
}

/// Of a record of several events one may be meant, and each counts once.
#[test]
fn one_event_of_several_is_replayed_alone() {
    let mut bench = bench();
    let hired = event("e-0", "worker.hired", &Value::Null);
    read(&mut bench, &json!([hired, unreadable()]));
    let offset = bench.offset;
    let decided = bench.decisions().len();
    let whole = replayed(&bench, offset, &json!([hired, mended()]));
    let mut second = whole.clone();
    second["index"] = json!(1);
    let mut third = whole.clone();
    third["index"] = json!(2);
    let told = replay(&mut bench, &[second, third, whole]);
    assert_eq!(became(&told), [Became::Replayed, Became::Nothing, Became::Nothing]);
    assert_eq!(bench.decisions().len(), decided + 1);
    let lines = bench.audit.iter().filter(|entry| matches!(entry, AuditEntry::Decision(_)));
    assert_eq!(lines.count(), decided + 1);
}

/// One of them is parked again, and the others have counted all the same.
#[test]
fn what_counted_beside_one_that_is_parked_again_is_not_replayed_once_more() {
    let mut bench = bench();
    let other = |id: &str| {
        let mut other = event(id, "worker.hired", &Value::Null);
        other["data"]["worker"]["user_name"] = json!("lee@example.com");
        other
    };
    let mut broken = other("e-0");
    broken["time"] = json!("never");
    read(&mut bench, &json!([broken, unreadable()]));
    let offset = bench.offset;
    let first = replayed(&bench, offset, &json!([other("e-0"), unreadable()]));
    assert_eq!(became(&replay(&mut bench, &[first])), [Became::Replayed]);
    let decided = bench.decisions().len();
    let again = replayed(&bench, offset, &json!([other("e-9"), mended()]));
    let told = replay(&mut bench, std::slice::from_ref(&again));
    assert_eq!(became(&told), [Became::Nothing], "the first has counted: {told:?}");
    for (index, said) in [(0, Became::Nothing), (1, Became::Replayed), (1, Became::Nothing)] {
        let mut one = again.clone();
        one["index"] = json!(index);
        assert_eq!(became(&replay(&mut bench, &[one])), [said], "{index}");
    }
    let indices: Vec<_> = bench.decisions()[decided..].iter().map(|it| it.position.index).collect();
    assert_eq!(indices, [1]);
}

/// A command that the shard could not bear is not judged for ever.
#[test]
fn what_the_shell_has_given_up_is_refused_unread() {
    let mut bench = bench();
    let raw = RawRecord {
        topic: super::setting::CONTROL.to_owned(),
        partition: 0,
        offset: 0,
        timestamp: bench.now,
        key: None,
        value: Some(b"{}".to_vec()),
        headers: Vec::new(),
    };
    let mut items = decode::command::decode(&raw);
    let decode::Item::Park(refused) = &mut items[0] else { panic!("{items:?}") };
    refused.why = Why::new(Code::EventCrashes, None, "it crashes");
    bench.step(Input::Record(Record { raw: Arc::new(raw), items }));
    bench.commit_all();
    let Some(AuditEntry::Command(told)) = bench.audit.last() else { panic!("{:?}", bench.audit) };
    assert_eq!(told.outcome.why().unwrap().code, Code::EventCrashes);
}
