//! Lines and parked records are as their schemas say.

use super::{body, cause, every_line, position, writer};
use crate::audit::{Message, park, park_again, render, schema, schema_of_parked};
use crate::model::HoldDigest;
use crate::model::checked::Checked;
use crate::model::code::{Code, WrittenCode};
use crate::model::commit::Parked;
use crate::model::decision::{AuditEntry, HeldRow, Why};
use crate::model::ids::{PersonId, TenantName};
use crate::model::ordered::{Became, CommandOutcome, CommandRecord, CommandRow, SignedBy};
use crate::model::position::RawRecord;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use std::sync::Arc;

fn of_lines() -> Checked {
    Checked::by(&schema(SchemaSettings::draft07()).to_value())
}

fn command() -> CommandRecord {
    CommandRecord {
        tenant: Some(TenantName::new("acme")),
        position: cause().position,
        outcome: CommandOutcome::Obeyed,
        command: Some("approve".to_owned()),
        id: Some("0193a5f0-7c1e-7a3b-8f00-0123456789ab".to_owned()),
        signers: vec![SignedBy {
            operator: "ann@example.com".to_owned(),
            key: "SHA256:x".to_owned(),
            group: "analysts".to_owned(),
            touched: true,
            file_sha256: "00".to_owned(),
        }],
        reason: Some("seen".to_owned()),
        rows: vec![CommandRow {
            hold: Some(HoldDigest::of([b"a".as_slice()])),
            person: None,
            target: None,
            became: Became::WaitsForAnother,
            why: None,
        }],
        rows_untold: 2,
        raw_sha256: Some("00".to_owned()),
        at: "2026-09-30T15:02:12Z".parse().unwrap(),
    }
}

#[test]
fn every_line_is_as_the_schema_says() {
    let mut lines = every_line();
    let digest = HoldDigest::of([b"a".as_slice()]);
    let held =
        HeldRow { digest, what: "delete".to_owned(), code: WrittenCode::read("hold.delete") };
    for line in &mut lines {
        if let AuditEntry::Note(note) = line {
            note.holds.push(held.clone());
        }
    }
    let why = Why::new(Code::CommandUnsigned, None, "nobody signed it");
    let refused = CommandRecord { outcome: CommandOutcome::Refused(why), ..command() };
    lines.extend([AuditEntry::Command(command()), AuditEntry::Command(refused)]);
    let needed = [
        "/metadata",
        "/metadata/uid",
        "/class_uid",
        "/status",
        "/time",
        "/message",
        "/unmapped",
        "/unmapped/kind",
        "/unmapped/outcome",
        "/unmapped/shard",
    ];
    let schema = of_lines();
    for line in &lines {
        schema.keeps_and_needs(&body(&render(line, &writer())), &needed);
    }
}

#[test]
fn a_word_that_no_line_has_is_seen() {
    let schema = of_lines();
    let mut line = body(&render(&every_line()[0], &writer()));
    for (pointer, value) in [
        ("/unmapped/kind", json!("deed")),
        ("/unmapped/calls/0/action", json!("disable")),
        ("/unmapped/calls/0/at", json!("yesterday")),
        ("/time", json!("2026-09-30T15:02:12Z")),
    ] {
        let before = line.clone();
        *line.pointer_mut(pointer).unwrap() = value;
        assert_ne!(schema.complaints(&line), Vec::<String>::new(), "{pointer}");
        line = before;
    }
}

/// Headers as one object; the record's own may stand there twice, usher's never.
fn headers(message: &Message) -> Value {
    let own = message.headers.iter().filter(|(name, _)| name.starts_with("usher-"));
    let text = |value: &Option<Vec<u8>>| String::from_utf8(value.clone().unwrap()).unwrap();
    let all: Vec<(String, Value)> =
        own.map(|(name, value)| (name.clone(), text(value).into())).collect();
    let count = all.len();
    let headers: Map<String, Value> = all.into_iter().collect();
    assert_eq!(headers.len(), count, "no header of usher's stands there twice");
    headers.into()
}

#[test]
fn headers_of_parked_records_are_as_the_schema_says() {
    let record = position(99).record;
    let raw = |bytes: usize| RawRecord {
        topic: record.topic.clone(),
        partition: record.partition,
        offset: record.offset,
        timestamp: "2026-09-30T15:02:11.5Z".parse().unwrap(),
        key: None,
        value: Some(vec![b'x'; bytes]),
        headers: Vec::new(),
    };
    let parked = |bytes: usize| Parked {
        tenant: Some(TenantName::new("acme")),
        position: position(99),
        person: Some(PersonId::new("p-1")),
        why: Why::new(Code::DataNotBase64, Some("data_base64"), "no base64"),
        raw: Arc::new(raw(bytes)),
        takes_access: true,
        at: "2026-09-30T15:02:12Z".parse().unwrap(),
    };
    let schema = schema_of_parked();
    let checked = Checked::by(&schema);
    let known = schema["properties"].as_object().unwrap();
    let mut seen: Vec<String> = Vec::new();
    for message in [
        park(&parked(9), &writer(), 16 * 1024),
        park(&parked(40_000), &writer(), 16 * 1024),
        park_again(&parked(9), &writer(), 3),
    ] {
        let headers = headers(&message);
        let needed: Vec<String> = schema["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| format!("/{}", name.as_str().unwrap()))
            .collect();
        let needed: Vec<&str> = needed.iter().map(String::as_str).collect();
        checked.keeps_and_needs(&headers, &needed);
        seen.extend(headers.as_object().unwrap().keys().cloned());
    }
    assert!(seen.iter().all(|name| known.contains_key(name)), "{seen:?}");
    assert!(known.keys().all(|name| seen.contains(name)), "the schema says what is never written");
}
