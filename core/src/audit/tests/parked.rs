//! Records that are set aside always fit, and say why.

use super::{body, header, parked_decision, position, writer};
use crate::audit::park::size;
use crate::audit::{WriterIdentity, park, render};
use crate::model::code::{Code, WrittenCode};
use crate::model::commit::Parked;
use crate::model::decision::{AuditEntry, DecisionRecord, Why};
use crate::model::ids::TenantName;
use crate::model::position::{EventPosition, RawRecord};
use proptest::prelude::*;
use std::sync::Arc;

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
    let why = Why::new(Code::FieldWrongType, Some("data.effective_at"), "a number");
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
    usher-record-time: 2026-09-30T15:02:11Z
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
        Parked { tenant: None, ..parked(None, None, Why::new(Code::CommandUnknown, None, "")) };
    assert_eq!(header(&park(&parked, &writer(), 16 * 1024), "usher-tenant"), None);
}

#[test]
fn parked_record_that_does_not_fit_keeps_its_beginning_and_its_hash() {
    let why = Why::new(Code::ValueTooDeep, None, "too large");
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
    let message =
        park(&parked(None, None, Why::new(Code::ValueEmpty, None, "y")), &writer(), 16 * 1024);
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
        let why = Why {
            code: WrittenCode::read(&text),
            field: Some(text.clone()),
            text: text.clone(),
        };
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
