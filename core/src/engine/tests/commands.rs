//! What operators send is decided once each, from the first start on, and touches nobody.

use super::bench::Bench;
use super::setting::CONTROL;
use crate::decode::{Item, command};
use crate::engine::settings::Mode;
use crate::engine::{Input, Record};
use crate::model::code::Code;
use crate::model::{AuditEntry, Commit, DecisionRecord, Extent, Found, Passed, RawRecord, Sight};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::sync::Arc;

fn found(id: &str, low: i64, high: i64) -> Found {
    let extents = vec![Extent { partition: 0, low, high }];
    Found { topic: CONTROL.to_owned(), id: Some(id.to_owned()), extents, sights: Vec::new() }
}

/// A shard that first listens for commands when the topic reaches from `low` to `high`.
fn listening_from(low: i64, high: i64) -> Bench {
    let mut bench = Bench::ready(&[]);
    assert_eq!(bench.shard.read_on(&found("a", low, high)), [(0, high)]);
    bench.step(Input::Tick);
    bench
}

fn record(offset: i64, at: Timestamp) -> Record {
    let raw = RawRecord {
        topic: CONTROL.to_owned(),
        partition: 0,
        offset,
        timestamp: at,
        key: None,
        value: Some(format!("command {offset}").into_bytes()),
        headers: Vec::new(),
    };
    let items = command::decode(&raw);
    Record { raw: Arc::new(raw), items }
}

fn send(bench: &mut Bench, offset: i64) {
    bench.step(Input::Record(record(offset, bench.now)));
}

/// The next owner of what is committed.
fn next_owner(bench: Bench) -> Bench {
    Bench::own(Mode::Enforce, bench.state, bench.now)
}

fn decisions(bench: &Bench) -> Vec<&DecisionRecord> {
    let decisions = bench.audit.iter().filter_map(|entry| match entry {
        AuditEntry::Decision(record) if record.position.record.topic == CONTROL => Some(record),
        AuditEntry::Decision(_)
        | AuditEntry::Result(_)
        | AuditEntry::Note(_)
        | AuditEntry::Reading(_)
        | AuditEntry::Command(_) => None,
    });
    decisions.collect()
}

/// Generation and offset of each record that was decided.
fn decided(bench: &Bench) -> Vec<(u32, i64)> {
    let place = |it: &&DecisionRecord| (it.position.record.generation, it.position.record.offset);
    decisions(bench).iter().map(place).collect()
}

fn readings(bench: &Bench) -> Vec<(&str, i64)> {
    let readings = bench.audit.iter().filter_map(|entry| match entry {
        AuditEntry::Reading(it) => {
            assert_eq!((it.tenant.as_ref(), it.position.topic.as_str()), (None, CONTROL));
            Some((it.why.code.as_str(), it.position.offset))
        }
        AuditEntry::Decision(_)
        | AuditEntry::Result(_)
        | AuditEntry::Note(_)
        | AuditEntry::Command(_) => None,
    });
    readings.collect()
}

#[test]
fn each_record_of_the_control_topic_is_parked_once_as_nobodys() {
    let mut bench = listening_from(0, 0);
    bench.commit_all();
    send(&mut bench, 0);
    send(&mut bench, 1);
    let Commit { parked, audit, .. } = bench.commit.clone().unwrap();
    assert_eq!(parked.len(), audit.len(), "each is set aside in the commit that decides it");
    bench.commit_all();
    send(&mut bench, 0);
    bench.commit_all();
    assert_eq!(decided(&bench), [(0, 0), (0, 1)]);
    for decision in decisions(&bench) {
        assert_eq!(decision.decision.why().unwrap().code, Code::CommandUnknown);
        assert_eq!((&decision.tenant, &decision.person), (&None, &None));
        assert!(decision.raw_sha256.is_some());
    }
    assert!(parked.iter().all(|it| it.tenant.is_none() && !it.takes_access));
}

/// Whoever may write to the control topic must not hire and fire by it.
#[test]
fn an_event_in_the_control_topic_is_no_event() {
    let mut bench = listening_from(0, 0);
    bench.commit_all();
    let event = bench.event_about("kim@example.com", "worker.hired", json!({}));
    let items = vec![Item::Event(Box::new(event))];
    let Record { raw, .. } = record(0, bench.now);
    bench.step(Input::Record(Record { raw, items }));
    bench.commit_all();
    assert_eq!(decisions(&bench)[0].decision.why().unwrap().code, Code::CommandUnknown);
    assert_eq!(bench.shard.people().count(), 0);
    assert!(bench.calls.is_empty());
}

#[test]
fn what_lay_in_the_topic_before_the_first_start_is_not_acted_on_and_told() {
    let mut bench = listening_from(3, 7);
    bench.commit_all();
    assert_eq!(readings(&bench), [("command.too_early", 7)]);
    send(&mut bench, 6);
    bench.commit_all();
    assert!(decided(&bench).is_empty());
}

#[test]
fn an_empty_topic_is_first_read_in_silence() {
    let mut bench = listening_from(5, 5);
    bench.commit_all();
    assert!(readings(&bench).is_empty());
}

#[test]
fn the_first_place_is_committed_at_once_and_the_next_owner_goes_on_there() {
    let mut bench = listening_from(0, 7);
    assert!(bench.commit.is_some(), "it waits for no command");
    bench.commit_all();
    assert_eq!(bench.shard.committed_positions(), [(CONTROL.to_owned(), 0, 7)]);
    let mut next = next_owner(bench);
    assert_eq!(next.shard.read_on(&found("a", 0, 9)), [(0, 7)], "two were sent meanwhile");
    send(&mut next, 7);
    send(&mut next, 8);
    next.commit_all();
    assert_eq!(decided(&next), [(0, 7), (0, 8)]);
    assert!(readings(&next).is_empty());
}

#[test]
fn a_command_that_the_last_owner_decided_is_not_decided_by_the_next() {
    let mut bench = listening_from(0, 0);
    bench.commit_all();
    send(&mut bench, 0);
    bench.commit_all();
    let mut next = next_owner(bench);
    assert_eq!(next.shard.read_on(&found("a", 0, 2)), [(0, 1)]);
    send(&mut next, 0);
    send(&mut next, 1);
    next.commit_all();
    assert_eq!(decided(&next), [(0, 1)]);
}

/// An owner crashes before its commit is in.
#[test]
fn a_command_whose_decision_was_not_committed_is_decided_by_the_next_owner() {
    let mut bench = listening_from(0, 0);
    bench.commit_all();
    send(&mut bench, 0);
    bench.commit = None;
    let mut next = next_owner(bench);
    assert_eq!(next.shard.read_on(&found("a", 0, 1)), [(0, 0)]);
    send(&mut next, 0);
    next.commit_all();
    assert_eq!(decided(&next), [(0, 0)]);
}

/// All that a new topic holds was sent after the old one was gone.
#[test]
fn a_control_topic_made_anew_is_read_from_its_beginning_and_told() {
    for sent in [0, 3] {
        let mut bench = listening_from(0, 0);
        for offset in 0..sent {
            send(&mut bench, offset);
        }
        bench.commit_all();
        let mut anew = found("b", 0, 8);
        let digest = Some(0);
        anew.sights.extend((0..sent).map(|offset| Sight { partition: 0, offset, digest }));
        let mut next = next_owner(bench);
        assert_eq!(next.shard.read_on(&anew), [(0, 0)], "{sent} commands were read of the old one");
        next.commit_all();
        assert_eq!(readings(&next), [("topic.made_anew", 0)]);
        let mut after = next_owner(next);
        assert_eq!(after.shard.read_on(&found("b", 0, 9)), [(0, 0)], "it is no first start");
        send(&mut after, 0);
        after.commit_all();
        assert_eq!(decided(&after), [(1, 0)], "its places are told apart from the old ones");
    }
}

#[test]
fn commands_deleted_before_they_were_read_are_told() {
    let mut bench = listening_from(0, 2);
    bench.commit_all();
    let mut next = next_owner(bench);
    assert_eq!(next.shard.read_on(&found("a", 4, 6)), [(0, 4)]);
    next.step(Input::Tick);
    next.commit_all();
    assert_eq!(readings(&next), [("topic.gap", 4)]);
}

#[test]
fn what_was_aborted_in_the_control_topic_is_passed() {
    let mut bench = listening_from(0, 0);
    bench.commit_all();
    let topic = CONTROL.to_owned();
    bench.step(Input::Passed(Passed { topic: topic.clone(), partition: 0, next: 4 }));
    bench.shard.drain();
    bench.step(Input::Tick);
    bench.commit_all();
    assert_eq!(bench.shard.committed_positions(), [(topic, 0, 4)]);
}

/// Whoever may write to the control topic must not make what is due by time begin.
#[test]
fn a_command_does_not_speak_for_a_clock_that_is_in_question() {
    let years_on = SignedDuration::from_hours(24 * 800);
    let mut bench = listening_from(0, 0);
    bench.commit_all();
    let now = bench.now.checked_add(years_on).unwrap();
    let mut next = Bench::own(Mode::Enforce, bench.state, now);
    assert!(next.shard.is_time_in_question());
    send(&mut next, 0);
    assert!(next.shard.is_time_in_question());
}
