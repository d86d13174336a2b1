mod accounts;
mod bad_input;
mod doubled;
mod effective;
mod forms;
mod misspelt;
mod names;
mod never_panics;
mod schema;
mod sets;
mod types;
mod unwrapping;
mod vendors;

use super::*;
use crate::model::event::{Event, EventClass};
use crate::model::event_kind::EventKind;
use jiff::Timestamp;
use serde_json::{Value, json};

fn source() -> SourceSettings {
    settings(&["*"])
}

fn settings(types: &[&str]) -> SourceSettings {
    serde_json::from_value(json!({
        "topic": "hr.events",
        "format": "cloudevents",
        "types": types,
    }))
    .unwrap()
}

/// The types that name whom they are about; what is found of accounts usher alone says, and what is asked for
/// names a target.
fn sent() -> impl Iterator<Item = &'static EventKind> {
    EventKind::ALL
        .iter()
        .filter(|kind| matches!(kind.class(), EventClass::Hr | EventClass::Security))
}

fn record(value: impl Into<Vec<u8>>) -> RawRecord {
    RawRecord {
        topic: "hr.events".to_owned(),
        partition: 0,
        offset: 7,
        timestamp: "2026-09-30T15:02:12Z".parse().unwrap(),
        key: None,
        value: Some(value.into()),
        headers: Vec::new(),
    }
}

fn with_headers(mut record: RawRecord, headers: &[(&str, &str)]) -> RawRecord {
    for (name, value) in headers {
        let value = Some(value.as_bytes().to_vec());
        record.headers.push(((*name).to_owned(), value));
    }
    record
}

/// A termination with everything that usher reads.
fn termination() -> Value {
    json!({
        "specversion": "1.0",
        "id": "9f1c",
        "source": "https://hr.example.com/eu1",
        "type": "io.usher.worker.terminated.v1",
        "time": "2026-09-30T15:02:11Z",
        "sequence": "0042",
        "correlationid": "case-7",
        "data": {
            "worker": {
                "employee_id": "88213",
                "user_name": "Kim@Example.com",
                "work_email": "kim@example.com",
            },
            "employment": {"id": "E-2", "type": "employee"},
            "effective_at": "2026-10-01T17:00:00+02:00",
        },
    })
}

/// The same with the member at `pointer` replaced.
fn changed(pointer: &str, value: Value) -> Value {
    let mut event = termination();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[name] = value;
    event
}

fn without(pointer: &str) -> Value {
    let mut event = termination();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = event.pointer_mut(parent).unwrap();
    parent.as_object_mut().unwrap().remove(name).unwrap();
    event
}

fn decode_body(body: &Value) -> Vec<Item> {
    decode(&record(body.to_string()), &source())
}

fn only(items: Vec<Item>) -> Item {
    let [item] = <[Item; 1]>::try_from(items).unwrap();
    item
}

fn event(items: Vec<Item>) -> Event {
    match only(items) {
        Item::Event(event) => *event,
        other => panic!("no event but {other:?}"),
    }
}

fn parked(items: Vec<Item>) -> Refused {
    match only(items) {
        Item::Park(refused) => refused,
        other => panic!("not parked but {other:?}"),
    }
}

fn skipped(items: Vec<Item>) -> Refused {
    match only(items) {
        Item::Skip(refused) => refused,
        other => panic!("not skipped but {other:?}"),
    }
}

/// Code and field of a reason; and that its text says something, but none of the event's values.
fn reason(refused: &Refused) -> (&str, &str) {
    let why = &refused.why;
    assert!(why.text.len() > 10, "{why:?}");
    for value in ["88213", "xample", "9f1c", "E-2"] {
        assert!(!why.text.contains(value), "{why:?}");
    }
    (why.code.as_str(), why.field.as_deref().unwrap())
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}
