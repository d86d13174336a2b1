//! Lines of the audit, and records that are set aside.

mod grave;
mod parked;
mod schema;

use super::{Message, WriterIdentity, render};
use crate::model::call_record::{Action, CallOutcome, CallRecord};
use crate::model::code::{Code, WrittenCode};
use crate::model::decision::{
    AuditEntry, Cause, Decision, DecisionRecord, NoteRecord, NoteWord, ReadingRecord, ResultRecord,
    ResultWord, RuleEffect, Said, Warrant, WarrantedBy, Why,
};
use crate::model::event::TraceContext;
use crate::model::ids::{PersonId, RuleName, ScimId, ShardNumber, TargetName, TenantName};
use crate::model::position::{EventPosition, Position};
use serde_json::Value as Json;
use std::collections::BTreeSet;

fn writer() -> WriterIdentity {
    WriterIdentity {
        instance: "usher 0/eu".to_owned(),
        shard: ShardNumber(2),
        audit_topic: "usher.audit".to_owned(),
    }
}

fn position(offset: i64) -> EventPosition {
    EventPosition {
        record: Position { topic: "hr".to_owned(), generation: 1, partition: 3, offset },
        index: 0,
    }
}

fn cause() -> Cause {
    Cause {
        position: position(99),
        source: "https://hr.example.com".to_owned(),
        event_id: "9f1c".to_owned(),
        kind: "worker.terminated".to_owned(),
        correlation_id: Some("c-1".to_owned()),
        trace: Some(TraceContext {
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
            tracestate: Some("vendor=1".to_owned()),
        }),
    }
}

fn decision() -> DecisionRecord {
    DecisionRecord {
        tenant: Some(TenantName::new("acme")),
        position: position(99),
        decision: Decision::Asserted,
        person: Some(PersonId::new("p-1")),
        cause: Some(cause()),
        event_time: Some("2026-09-30T15:02:11Z".parse().unwrap()),
        effective_at: Some("2026-09-30T17:00:00Z".parse().unwrap()),
        effects: vec![RuleEffect {
            rule: RuleName::new("zero-day-offboarding"),
            rule_hash: Some("ab12".to_owned()),
            claim: "terminated".to_owned(),
            decision: Decision::Asserted,
        }],
        remarks: Vec::new(),
        raw_sha256: Some("00ff".to_owned()),
        replayed_by: None,
        at: "2026-09-30T15:02:12Z".parse().unwrap(),
    }
}

fn parked_decision() -> DecisionRecord {
    DecisionRecord {
        decision: Decision::Parked(Why::new(
            Code::FieldWrongType,
            Some("data.effective_at"),
            "a number, where a text is wanted",
        )),
        person: None,
        cause: None,
        event_time: None,
        effective_at: None,
        effects: Vec::new(),
        ..decision()
    }
}

fn made(action: Action, touched: &str, status: Option<u16>) -> CallRecord {
    CallRecord {
        action,
        account: Some(ScimId::new("u-17")),
        touched: vec![touched.to_owned()],
        cleared: Vec::new(),
        status,
        latency_ms: 41,
        outcome: CallOutcome::Done,
        at: "2026-09-30T15:02:13Z".parse().unwrap(),
        for_revision: None,
    }
}

fn result(word: ResultWord, calls: Vec<CallRecord>) -> ResultRecord {
    ResultRecord {
        tenant: TenantName::new("acme"),
        target: TargetName::new("prod"),
        person: PersonId::new("p-1"),
        revision: 3,
        word,
        account: Some("scim-7".to_owned()),
        why: None,
        calls,
        verified: true,
        cause: Some(cause()),
        warrants: warrants(),
        began_at: "2026-09-30T15:02:12Z".parse().unwrap(),
        at: "2026-09-30T15:02:14Z".parse().unwrap(),
    }
}

fn warrants() -> Vec<Warrant> {
    let said = |event_id: &str| Said {
        source: "https://hr.example.com".to_owned(),
        event_id: event_id.to_owned(),
        time: "2026-09-29T08:00:00Z".parse().unwrap(),
    };
    let claim = WarrantedBy::Claim {
        claim: "terminated".to_owned(),
        rule: RuleName::new("zero-day-offboarding"),
        rule_hash: "77a0".to_owned(),
        since: "2026-09-30T15:00:00Z".parse().unwrap(),
        said: Some(said("9f1c")),
    };
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    vec![
        Warrant { fields: named(&["active", "group VPN_Allowed"]), by: claim },
        Warrant {
            fields: named(&["attribute title"]),
            by: WarrantedBy::Profile { said: said("7a00") },
        },
        Warrant { fields: named(&["group Staff"]), by: WarrantedBy::WayBack },
    ]
}

/// By a code that another version has written.
fn note(word: NoteWord, code: &str) -> NoteRecord {
    NoteRecord {
        holds: Vec::new(),
        tenant: TenantName::new("acme"),
        target: TargetName::new("prod"),
        person: PersonId::new("p-1"),
        revision: 3,
        word,
        account: None,
        why: Why {
            code: WrittenCode::read(code),
            field: None,
            text: "a deletion waits for approval".to_owned(),
        },
        cause: Some(cause()),
        warrants: warrants(),
        at: "2026-09-30T15:02:14Z".parse().unwrap(),
    }
}

fn reading() -> ReadingRecord {
    ReadingRecord {
        tenant: Some(TenantName::new("acme")),
        why: Why::new(Code::TopicGap, None, "5 records were deleted before they were read"),
        position: position(17).record,
        expected_offset: 12,
        at: "2026-09-30T15:02:14Z".parse().unwrap(),
    }
}

/// One line of every kind, word and class.
fn every_line() -> Vec<AuditEntry> {
    let actions = [
        Action::Create,
        Action::Activate,
        Action::Deactivate,
        Action::Delete,
        Action::AddMember,
        Action::RemoveMember,
        Action::Change,
    ];
    let results = [
        ResultWord::Applied,
        ResultWord::AlreadySo,
        ResultWord::Superseded,
        ResultWord::Failed,
        ResultWord::Rejected,
        ResultWord::Observed,
    ];
    let notes = [
        NoteWord::Held,
        NoteWord::Accepted,
        NoteWord::Contested,
        NoteWord::Paused,
        NoteWord::Protected,
        NoteWord::Unverified,
        NoteWord::Waiting,
        NoteWord::Override,
        NoteWord::Observed,
    ];
    let by_action = actions.map(|action| {
        AuditEntry::Result(result(ResultWord::Applied, vec![made(action, "VPN", Some(204))]))
    });
    let by_word = results.map(|word| AuditEntry::Result(result(word, Vec::new())));
    let notes = notes.map(|word| AuditEntry::Note(note(word, "hold.delete")));
    by_action
        .into_iter()
        .chain(by_word)
        .chain(notes)
        .chain([
            AuditEntry::Decision(decision()),
            AuditEntry::Decision(parked_decision()),
            AuditEntry::Decision(DecisionRecord { tenant: None, ..parked_decision() }),
            AuditEntry::Reading(reading()),
            AuditEntry::Reading(ReadingRecord { tenant: None, ..reading() }),
        ])
        .collect()
}

fn body(message: &Message) -> Json {
    serde_json::from_slice(message.value.as_ref().unwrap()).unwrap()
}

fn header<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    let (_, value) = message.headers.iter().find(|(header, _)| header == name)?;
    Some(std::str::from_utf8(value.as_ref()?).unwrap())
}

fn printed(message: &Message) -> String {
    let headers: Vec<String> = message
        .headers
        .iter()
        .map(|(name, _)| format!("{name}: {}", header(message, name).unwrap()))
        .collect();
    let key = String::from_utf8(message.key.clone().unwrap()).unwrap();
    let body = serde_json::to_string_pretty(&body(message)).unwrap();
    let body = body.replace(env!("CARGO_PKG_VERSION"), "[version]");
    format!("key: {key}\n{}\n{body}", headers.join("\n"))
}

#[test]
fn decision_with_a_remark_to_look_at_is_no_mere_information() {
    let severity = |code: Code| {
        let remarks = vec![Why::new(code, None, "what somebody should know")];
        let entry = AuditEntry::Decision(DecisionRecord { remarks, ..decision() });
        body(&render(&entry, &writer()))["severity_id"].clone()
    };
    assert_eq!(severity(Code::EmploymentGoesOn), 1);
    assert_eq!(severity(Code::EmploymentNeverBegan), 3);
    assert_eq!(severity(Code::TimeOvertaken), 3);
}

#[test]
fn decision_is_one_line_with_its_event() {
    insta::assert_snapshot!(printed(&render(&AuditEntry::Decision(decision()), &writer())));
}

#[test]
fn parked_record_without_a_person_is_known_by_its_place() {
    insta::assert_snapshot!(printed(&render(&AuditEntry::Decision(parked_decision()), &writer())));
}

#[test]
fn result_tells_its_calls() {
    let calls = vec![
        made(Action::Change, "title", Some(204)),
        made(Action::RemoveMember, "VPN_Allowed", Some(204)),
    ];
    let entry = AuditEntry::Result(result(ResultWord::Applied, calls));
    insta::assert_snapshot!(printed(&render(&entry, &writer())));
}

#[test]
fn note_tells_why() {
    let entry = AuditEntry::Note(note(NoteWord::Held, "hold.delete"));
    insta::assert_snapshot!(printed(&render(&entry, &writer())));
}

#[test]
fn every_line_has_what_its_ocsf_class_requires() {
    for entry in every_line() {
        let body = body(&render(&entry, &writer()));
        let number = |name: &str| body[name].as_u64().unwrap_or_else(|| panic!("{name}: {body}"));
        assert_eq!(number("category_uid"), 3);
        assert_eq!(number("type_uid"), number("class_uid") * 100 + number("activity_id"));
        assert!((1..=4).contains(&number("severity_id")), "{body}");
        assert!(number("time") > 1_700_000_000_000, "milliseconds: {body}");
        assert_eq!(body["metadata"]["version"], "1.8.0");
        assert!(body["metadata"]["product"]["vendor_name"].is_string());
        let (required, id) = match number("class_uid") {
            3001 => ("user", "uid"),
            3006 => ("group", "name"),
            3004 => ("entity", "uid"),
            other => panic!("class {other}: {body}"),
        };
        assert!(body[required][id].is_string(), "{required}.{id}: {body}");
        if number("class_uid") == 3006 {
            assert!(body["user"]["uid"].is_string(), "a member or privileges: {body}");
        }
        match number("status_id") {
            1 => assert_eq!(body["status"], "Success"),
            2 => assert_eq!(body["status"], "Failure"),
            other => assert_eq!((other, &body["status"]), (99, &body["unmapped"]["outcome"])),
        }
        assert!(!body.to_string().contains(":null"), "what is not known is left out: {body}");
    }
}

#[test]
fn class_is_that_of_the_gravest_call() {
    let type_of = |actions: &[Action]| {
        let calls = actions.iter().map(|action| made(*action, "VPN", None)).collect();
        body(&render(&AuditEntry::Result(result(ResultWord::Applied, calls)), &writer()))
            ["type_uid"]
            .as_u64()
            .unwrap()
    };
    assert_eq!(type_of(&[Action::Create, Action::AddMember]), 300_101);
    assert_eq!(type_of(&[Action::Change, Action::Activate]), 300_102);
    assert_eq!(type_of(&[Action::RemoveMember, Action::Deactivate, Action::Change]), 300_105);
    assert_eq!(type_of(&[Action::Deactivate, Action::Delete]), 300_106);
    assert_eq!(type_of(&[Action::Change, Action::AddMember]), 300_603);
    assert_eq!(type_of(&[Action::AddMember, Action::RemoveMember]), 300_604);
    assert_eq!(type_of(&[Action::Change]), 300_403);
    assert_eq!(type_of(&[]), 300_499);
}

#[test]
fn cut_that_failed_is_graver_than_another_failure() {
    let severity = |action: Action| {
        let entry = result(ResultWord::Failed, vec![made(action, "VPN", Some(400))]);
        body(&render(&AuditEntry::Result(entry), &writer()))["severity_id"].clone()
    };
    assert_eq!(severity(Action::Deactivate), 4);
    assert_eq!(severity(Action::Change), 3);
}

#[test]
fn line_has_one_id_whoever_writes_it_and_no_two_lines_share_one() {
    let id = |entry: &AuditEntry, writer: &WriterIdentity| {
        let message = render(entry, writer);
        let id = header(&message, "ce_id").unwrap().to_owned();
        assert_eq!(body(&message)["metadata"]["uid"], id.as_str());
        id
    };
    let other = WriterIdentity { instance: "usher-1".to_owned(), ..writer() };
    let mut later = decision();
    later.at += jiff::SignedDuration::from_secs(60);
    assert_eq!(
        id(&AuditEntry::Decision(decision()), &writer()),
        id(&AuditEntry::Decision(later), &other)
    );

    let mut elsewhere = decision();
    elsewhere.position.index = 1;
    let mut anew = decision();
    anew.position.record.generation = 2;
    let mut next = result(ResultWord::Applied, Vec::new());
    next.revision = 4;
    let entries = [
        AuditEntry::Decision(decision()),
        AuditEntry::Decision(elsewhere),
        AuditEntry::Decision(anew),
        AuditEntry::Result(result(ResultWord::Applied, Vec::new())),
        AuditEntry::Result(result(ResultWord::Failed, Vec::new())),
        AuditEntry::Result(next),
        AuditEntry::Note(note(NoteWord::Held, "hold.delete")),
        AuditEntry::Note(note(NoteWord::Held, "hold.baseline")),
        AuditEntry::Reading(reading()),
    ];
    let ids: BTreeSet<String> = entries.iter().map(|entry| id(entry, &writer())).collect();
    assert_eq!(ids.len(), entries.len());
    insta::assert_snapshot!(id(&entries[0], &writer()), @"f7fb8f28-93cb-553b-b9e6-630434932406");
}

#[test]
fn trace_and_causation_are_carried_from_the_event() {
    let message = render(&AuditEntry::Note(note(NoteWord::Held, "hold.delete")), &writer());
    assert_eq!(header(&message, "ce_causationid"), Some("9f1c"));
    assert_eq!(header(&message, "ce_correlationid"), Some("c-1"));
    assert_eq!(header(&message, "traceparent"), Some(&*cause().trace.unwrap().traceparent));
    assert_eq!(header(&message, "tracestate"), Some("vendor=1"));
}
