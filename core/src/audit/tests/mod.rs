use super::park::size;
use super::{Message, WriterIdentity, park, render};
use crate::model::call_record::{Action, CallOutcome, CallRecord};
use crate::model::commit::Parked;
use crate::model::decision::{
    AuditEntry, Cause, Decision, DecisionRecord, NoteRecord, NoteWord, ReadingRecord, ResultRecord,
    ResultWord, RuleEffect, Said, Warrant, WarrantedBy, Why,
};
use crate::model::event::TraceContext;
use crate::model::ids::{PersonId, RuleName, ScimId, ShardNumber, TargetName, TenantName};
use crate::model::position::{EventPosition, Position, RawRecord};
use proptest::prelude::*;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::sync::Arc;

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
        at: "2026-09-30T15:02:12Z".parse().unwrap(),
    }
}

fn parked_decision() -> DecisionRecord {
    DecisionRecord {
        decision: Decision::Parked(Why::new(
            "field.wrong_type",
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

fn note(word: NoteWord, code: &str) -> NoteRecord {
    NoteRecord {
        tenant: TenantName::new("acme"),
        target: TargetName::new("prod"),
        person: PersonId::new("p-1"),
        revision: 3,
        word,
        account: None,
        why: Why::new(code, None, "a deletion waits for approval"),
        cause: Some(cause()),
        warrants: warrants(),
        at: "2026-09-30T15:02:14Z".parse().unwrap(),
    }
}

fn reading() -> ReadingRecord {
    ReadingRecord {
        tenant: Some(TenantName::new("acme")),
        why: Why::new("topic.gap", None, "5 records were deleted before they were read"),
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
    let severity = |code: &str| {
        let remarks = vec![Why::new(code, None, "what somebody should know")];
        let entry = AuditEntry::Decision(DecisionRecord { remarks, ..decision() });
        body(&render(&entry, &writer()))["severity_id"].clone()
    };
    assert_eq!(severity("employment.goes_on"), 1);
    assert_eq!(severity("employment.never_began"), 3);
    assert_eq!(severity("time.overtaken"), 3);
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

fn parked(key: Option<Vec<u8>>, value: Option<Vec<u8>>, why: Why) -> Parked {
    let EventPosition { record, .. } = position(99);
    Parked {
        tenant: Some(TenantName::new("acme")),
        position: position(99),
        person: None,
        why,
        raw: Arc::new(RawRecord {
            topic: record.topic,
            partition: record.partition,
            offset: record.offset,
            timestamp: "2026-09-30T15:02:11Z".parse().unwrap(),
            key,
            value,
            headers: vec![("h".to_owned(), Some(b"1".to_vec())), ("h".to_owned(), None)],
        }),
        takes_access: false,
        at: "2026-09-30T15:02:12Z".parse().unwrap(),
    }
}

#[test]
fn parked_record_keeps_its_bytes_and_says_where_it_came_from_and_why() {
    let why = Why::new("field.wrong_type", Some("data.effective_at"), "a number");
    let bytes = vec![0, 0xff, b'{'];
    let message = park(&parked(Some(vec![1]), Some(bytes.clone()), why), &writer(), 16 * 1024);
    assert_eq!(message.key, Some(vec![1]));
    assert_eq!(message.value, Some(bytes));
    assert_eq!(message.headers[0], ("h".to_owned(), Some(b"1".to_vec())));
    assert_eq!(message.headers[1], ("h".to_owned(), None));
    let told: Vec<String> = message.headers[2..]
        .iter()
        .map(|(name, _)| format!("{name}: {}", header(&message, name).unwrap()))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    usher-tenant: acme
    usher-topic: hr
    usher-partition: 3
    usher-offset: 99
    usher-generation: 1
    usher-index: 0
    usher-reason-code: field.wrong_type
    usher-reason: a number
    usher-parked-at: 2026-09-30T15:02:12Z
    usher-instance: usher 0/eu
    usher-reason-field: data.effective_at
    usher-sha256: 733f916a9b2736409c58d2b14a21923ea5413e225243d4e725a76cec044af502
    "#);
}

/// A command that nobody can read names no tenant, and an empty name would be one.
#[test]
fn what_is_no_tenants_says_so_by_leaving_the_tenant_out() {
    let entry = AuditEntry::Decision(DecisionRecord { tenant: None, ..parked_decision() });
    assert!(body(&render(&entry, &writer()))["metadata"].get("tenant_uid").is_none());
    let parked =
        Parked { tenant: None, ..parked(None, None, Why::new("command.unknown", None, "")) };
    assert_eq!(header(&park(&parked, &writer(), 16 * 1024), "usher-tenant"), None);
}

#[test]
fn parked_record_that_does_not_fit_keeps_its_beginning_and_its_hash() {
    let why = Why::new("value.too_large", None, "too large");
    let value = vec![b'x'; 1_000_000];
    let message = park(&parked(Some(vec![1; 2000]), Some(value), why), &writer(), 16 * 1024);
    assert_eq!(message.key, None);
    assert_eq!(message.value.as_ref().unwrap().len(), 4096);
    assert_eq!(header(&message, "h"), None);
    assert_eq!(header(&message, "usher-truncated"), Some("true"));
    assert_eq!(header(&message, "usher-original-bytes"), Some("1000000"));
    assert_eq!(header(&message, "usher-sha256").unwrap().len(), 64);
}

#[test]
fn null_value_stays_null() {
    let message = park(&parked(None, None, Why::new("x", None, "y")), &writer(), 16 * 1024);
    assert_eq!((&message.key, &message.value), (&None, &None));
    assert_eq!(header(&message, "usher-sha256"), None);
}

proptest! {
    #[test]
    fn parked_record_always_fits(
        key_bytes in prop::option::of(0_usize..40_000),
        value_bytes in prop::option::of(0_usize..40_000),
        header_bytes in 0_usize..40_000,
        text in "\\PC{0,3000}",
        limit_bytes in 16_usize * 1024..64 * 1024,
    ) {
        let why = Why::new(&text, Some(&text), text.clone());
        let mut parked = parked(
            key_bytes.map(|length| vec![b'k'; length]),
            value_bytes.map(|length| vec![b'v'; length]),
            why,
        );
        let raw = Arc::get_mut(&mut parked.raw).unwrap();
        raw.headers.push(("x".to_owned(), Some(vec![b'h'; header_bytes])));
        parked.tenant = Some(TenantName::new(text.clone()));
        let writer = WriterIdentity { instance: text, ..writer() };
        let message = park(&parked, &writer, limit_bytes);
        prop_assert!(size(&message) <= limit_bytes);
        if header(&message, "usher-truncated").is_none() {
            prop_assert_eq!(&message.value, &parked.raw.value);
            prop_assert_eq!(&message.key, &parked.raw.key);
        }
    }
}
