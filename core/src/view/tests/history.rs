//! Lines of the audit, from the bytes that are written to what people read.

use super::{at, kim};
use crate::audit::line::LineKind;
use crate::audit::{Message, WriterIdentity, render};
use crate::model::call_record::{Action, CallOutcome, CallRecord};
use crate::model::code::Code;
use crate::model::decision::{
    AuditEntry, Cause, ResultRecord, ResultWord, Said, Warrant, WarrantedBy, Why,
};
use crate::model::ids::{PersonId, RuleName, ScimId, ShardNumber, TargetName, TenantName};
use crate::model::position::{EventPosition, Position};
use crate::view::history::{DecidedBy, Event, History, Line, Search};

const HR: &str = "https://hr.example.com";

fn cause() -> Cause {
    let record = Position { topic: "acme.hr".to_owned(), generation: 0, partition: 0, offset: 2 };
    Cause {
        position: EventPosition { record, index: 0 },
        source: HR.to_owned(),
        event_id: "event-2".to_owned(),
        kind: "worker.terminated".to_owned(),
        correlation_id: None,
        trace: None,
    }
}

/// A revision of `person` that ended at 08:00, as it stands in the topic.
fn ended(person: &str, revision: u64) -> Message {
    let said = Said {
        source: HR.to_owned(),
        event_id: "event-2".to_owned(),
        time: at("2026-10-01T07:00Z"),
    };
    let warrant = |by| Warrant { fields: vec!["active".to_owned()], by };
    let entry = AuditEntry::Result(ResultRecord {
        tenant: TenantName::new("acme"),
        target: TargetName::new("main"),
        person: PersonId::new(person),
        revision,
        word: ResultWord::Failed,
        account: Some("u-17".to_owned()),
        why: Some(Why::new(Code::TargetRefuses, Some("active"), "the target refuses it")),
        calls: vec![CallRecord {
            action: Action::Deactivate,
            account: Some(ScimId::new("u-17")),
            touched: vec!["active".to_owned()],
            cleared: Vec::new(),
            status: Some(400),
            latency_ms: 12,
            outcome: CallOutcome::Failed("HTTP 400".to_owned()),
            at: at("2026-10-01T07:59Z"),
            for_revision: None,
        }],
        verified: false,
        cause: Some(cause()),
        warrants: vec![
            warrant(WarrantedBy::Claim {
                claim: "terminated".to_owned(),
                rule: RuleName::new("leaver"),
                rule_hash: "ab12".to_owned(),
                since: at("2026-10-01T07:00Z"),
                said: Some(said.clone()),
            }),
            warrant(WarrantedBy::Profile { said }),
            warrant(WarrantedBy::WayBack),
        ],
        began_at: at("2026-10-01T07:58Z"),
        at: at("2026-10-01T08:00Z"),
    });
    let (instance, audit_topic) = ("a".to_owned(), "usher.audit".to_owned());
    render(&entry, &WriterIdentity { instance, shard: ShardNumber(0), audit_topic })
}

fn taken(messages: &[Message], until: &str, most: usize) -> History {
    let mut kim = kim();
    kim.person.merged.insert(PersonId::new("p-earlier"));
    let search = Search { kept: &kim, until: at(until), most };
    let mut history = History::default();
    for Message { key, value, .. } in messages {
        history.take(key.as_deref(), value.as_deref(), search);
    }
    history
}

#[test]
fn line_is_told_as_it_was_written() {
    let history = taken(&[ended("p-1", 3)], "2026-10-02T00:00Z", 9);
    let line = &history.lines[0];
    assert_eq!((line.kind, line.outcome.as_str()), (LineKind::Result, "failed"));
    assert_eq!((line.target.as_ref(), line.revision), (Some(&TargetName::new("main")), Some(3)));
    let call = &line.calls[0];
    assert_eq!(call.action, Action::Deactivate);
    assert_eq!(call.outcome, CallOutcome::Failed("HTTP 400".to_owned()));
    let event = Event {
        kind: None,
        source: HR.to_owned(),
        id: "event-2".to_owned(),
        time: Some(at("2026-10-01T07:00Z")),
    };
    let by: Vec<_> = line.because.iter().map(|because| because.by.clone()).collect();
    let claim = DecidedBy::Claim {
        claim: "terminated".to_owned(),
        rule: RuleName::new("leaver"),
        event: Some(event.clone()),
    };
    assert_eq!(by, [claim, DecidedBy::Profile { event }, DecidedBy::WayBack]);
    let type_of = history.kinds.get(&(HR.to_owned(), "event-2".to_owned()));
    assert_eq!(type_of.map(String::as_str), Some("worker.terminated"));
}

/// Whoever gets the answer as JSON reads it with the same type.
#[test]
fn line_in_json_is_the_same_line() {
    let line = taken(&[ended("p-1", 3)], "2026-10-02T00:00Z", 9).lines[0].clone();
    let json = serde_json::to_string(&line).unwrap();
    assert_eq!(serde_json::from_str::<Line>(&json).unwrap(), line, "{json}");
}

#[test]
fn lines_of_the_person_under_every_id_are_kept_the_newest_of_them() {
    let written = [ended("p-1", 1), ended("p-2", 7), ended("p-earlier", 2), ended("p-1", 3)];
    let history = taken(&written, "2026-10-02T00:00Z", 2);
    let revisions: Vec<_> = history.lines.iter().filter_map(|line| line.revision).collect();
    assert_eq!((revisions.as_slice(), history.earlier), ([2, 3].as_slice(), 1));
    // What came later than the instant that is asked about, and what is no line.
    assert!(taken(&written, "2026-10-01T07:59:59Z", 9).lines.is_empty());
    let strange = Message { value: Some(b"{}".to_vec()), ..ended("p-1", 1) };
    let gone = Message { value: None, ..ended("p-1", 1) };
    assert!(taken(&[strange, gone], "2026-10-02T00:00Z", 9).lines.is_empty());
}
