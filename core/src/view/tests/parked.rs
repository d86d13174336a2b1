//! What was set aside, read back from what was written of it.

use super::at;
use crate::audit::line::Line;
use crate::audit::{Message, WriterIdentity, park, park_again, render};
use crate::decode::SourceSettings;
use crate::model::code::Code;
use crate::model::decision::{AuditEntry, Decision, DecisionRecord, Why};
use crate::model::ids::{PersonId, ShardNumber, TenantName};
use crate::model::position::{EventPosition, Position};
use crate::model::{Parked as Written, RawRecord};
use crate::view::masked::masked;
use crate::view::mended::{Becomes, becomes, changed, says_its_time};
use crate::view::parked::{Filter, Found, Named, Parked, Part, Row};
use serde_json::{Value, json};
use std::sync::Arc;

fn writer() -> WriterIdentity {
    let (instance, audit_topic) = ("usher-0".to_owned(), "usher.audit".to_owned());
    WriterIdentity { instance, shard: ShardNumber(0), audit_topic }
}

fn hr() -> SourceSettings {
    serde_json::from_value(json!({
        "topic": "hr", "format": "cloudevents", "types": ["worker.*"], "time_zone": "UTC",
    }))
    .unwrap()
}

fn event(id: &str) -> Value {
    json!({
        "specversion": "1.0", "source": "urn:hr", "id": id, "type": "io.usher.worker.terminated.v1",
        "time": "2026-10-01T08:00:00Z",
        "data": { "worker": { "user_name": "kim", "badge": 7 }, "effective_at": "soon" },
    })
}

fn place(offset: i64, index: u32) -> EventPosition {
    let record = Position { topic: "hr".to_owned(), generation: 0, partition: 3, offset };
    EventPosition { record, index }
}

fn written(offset: i64, index: u32, value: &Value) -> Written {
    Written {
        tenant: Some(TenantName::new("acme")),
        position: place(offset, index),
        person: Some(PersonId::new("p-1")),
        why: Why::new(
            Code::FieldWrongType,
            Some("data.effective_at"),
            "a text, where a date stands",
        ),
        raw: Arc::new(RawRecord {
            topic: "hr".to_owned(),
            partition: 3,
            offset,
            timestamp: at("2026-10-01T08:00:01Z"),
            key: Some(b"k".to_vec()),
            value: Some(value.to_string().into_bytes()),
            headers: vec![
                ("usher-tenant".to_owned(), Some(b"other".to_vec())),
                ("x".to_owned(), None),
            ],
        }),
        takes_access: true,
        at: at("2026-10-01T08:00:02Z"),
    }
}

/// As it lies in the topic of parked records.
fn lies(message: Message) -> RawRecord {
    RawRecord {
        topic: "usher.parked".to_owned(),
        partition: 0,
        offset: 0,
        timestamp: at("2026-10-01T08:00:03Z"),
        key: message.key,
        value: message.value,
        headers: message.headers,
    }
}

fn found(parked: &Written) -> Found {
    Found::read(&lies(park(parked, &writer(), 1 << 20))).unwrap()
}

fn rows(all: &[Found], filter: &Filter) -> Vec<Row> {
    let mut parked = Parked::default();
    for found in all {
        parked.take(found, Some(&hr()));
    }
    parked.rows(filter)
}

#[test]
fn what_was_parked_is_read_back_whole_with_its_own_time_and_without_what_usher_added() {
    let parked = written(7, 0, &event("e-1"));
    let found = found(&parked);
    assert_eq!(found.raw, *parked.raw);
    assert!(found.is_timed);
    assert_eq!((&found.position, &found.tenant), (&parked.position, &parked.tenant));
    assert_eq!((&found.person, found.takes_access), (&parked.person, true));
    assert_eq!((found.part, found.since), (Part::Whole, parked.at));
    assert!(Found::read(&parked.raw).is_none(), "what usher did not park is nothing");
}

#[test]
fn what_is_no_tenants_stays_so_whatever_its_headers_say() {
    let parked = Written { tenant: None, ..written(7, 0, &event("e-1")) };
    let found = found(&parked);
    assert_eq!((&found.tenant, &found.raw), (&None, &*parked.raw));
}

#[test]
fn a_row_says_where_which_event_why_and_of_whom() {
    let rows = rows(&[found(&written(7, 0, &event("e-1")))], &Filter::default());
    insta::assert_snapshot!(format!("{:#}", json!(rows)), @r#"
    [
      {
        "position": "hr/3@7#0",
        "since": "2026-10-01T08:00:02Z",
        "tenant": "acme",
        "event": {
          "type": "worker.terminated",
          "source": "urn:hr",
          "id": "e-1"
        },
        "code": "field.wrong_type",
        "field": "data.effective_at",
        "text": "a text, where a date stands",
        "person": "p-1",
        "takes_access": true,
        "part": "whole"
      }
    ]
    "#);
}

/// The record of several events lies whole with one of them alone.
#[test]
fn each_event_of_a_record_is_a_row_that_knows_its_own() {
    let both = json!([event("e-1"), event("e-2")]);
    let first = written(7, 0, &both);
    let again = lies(park_again(&written(7, 1, &both), &writer(), 0));
    let again = Found::read(&again).unwrap();
    assert_eq!(again.part, Part::OneOfSeveral);
    let rows = rows(&[again, found(&first)], &Filter::default());
    let ids: Vec<_> = rows.iter().map(|row| row.event.clone().unwrap().id.unwrap()).collect();
    assert_eq!(ids, ["e-1", "e-2"]);
}

#[test]
fn a_row_is_open_until_a_replay_counts() {
    let line = |decision: Decision, at_: &str| {
        let entry = AuditEntry::Decision(DecisionRecord {
            tenant: None,
            position: place(7, 0),
            decision,
            person: None,
            cause: None,
            event_time: None,
            effective_at: None,
            effects: Vec::new(),
            remarks: Vec::new(),
            raw_sha256: None,
            replayed_by: Some("c-1".to_owned()),
            at: at(at_),
        });
        Line::read(&render(&entry, &writer()).value.unwrap()).unwrap()
    };
    let mut parked = Parked::default();
    parked.take(&found(&written(7, 0, &event("e-1"))), Some(&hr()));
    let why = Why::new(Code::FieldWrongType, None, "");
    parked.hear(&line(Decision::Parked(why), "2026-10-02T08:00:00Z"));
    let mut later = Parked::default();
    later.take(&found(&written(7, 0, &event("e-1"))), Some(&hr()));
    later.hear(&line(Decision::Asserted, "2026-10-03T08:00:00Z"));
    let open = parked.rows(&Filter::default()).remove(0);
    assert!(open.is_open());
    assert_eq!(open.replayed.unwrap().decision, "parked");
    assert!(!later.rows(&Filter::default())[0].is_open());
}

#[test]
fn filters_choose_rows() {
    let all = [found(&written(7, 0, &event("e-1"))), found(&written(8, 0, &json!("no event")))];
    let offsets = |filter: Filter| {
        rows(&all, &filter).iter().map(|row| row.at.record.offset).collect::<Vec<_>>()
    };
    let named = |text: &str| Some(text.parse::<Named>().unwrap());
    let source = |text: &str| Some(text.to_owned());
    assert_eq!(offsets(Filter::default()), [7, 8]);
    assert_eq!(offsets(Filter { source: source("urn:hr"), ..Filter::default() }), [7]);
    assert_eq!(offsets(Filter { source: source("hr"), ..Filter::default() }), [7, 8]);
    assert_eq!(offsets(Filter { position: named("hr/3@8"), ..Filter::default() }), [8]);
    assert_eq!(offsets(Filter { position: named("hr/3@8#1"), ..Filter::default() }), [0; 0]);
    assert_eq!(offsets(Filter { code: Some(Code::ValueEmpty), ..Filter::default() }), [0; 0]);
    let tenants = Some(vec![TenantName::new("other")]);
    assert_eq!(offsets(Filter { tenants, ..Filter::default() }), [0; 0]);
    let since = Some(at("2026-10-02T00:00:00Z"));
    assert_eq!(offsets(Filter { since, ..Filter::default() }), [0; 0]);
    for text in ["hr", "hr/3", "hr/x@1", "hr/3@1#x", "3@1"] {
        assert!(text.parse::<Named>().is_err(), "{text}");
    }
}

/// The audit of years is not read for one record of today.
#[test]
fn the_audit_is_asked_only_while_what_is_meant_can_be_replayed() {
    let mut late = written(9, 0, &event("e-2"));
    late.at = at("2026-10-20T08:00:00Z");
    let mut parked = Parked::default();
    for written in [written(7, 0, &event("e-1")), written(8, 0, &event("e-3")), late] {
        parked.take(&found(&written), Some(&hr()));
    }
    let horizon = jiff::SignedDuration::from_hours(24);
    let mut asked = |position: Option<&str>| {
        let position = position.map(|text| text.parse::<Named>().unwrap());
        parked.spans(&Filter { position, ..Filter::default() }, horizon)
    };
    let first = (at("2026-10-01T08:00:02Z"), at("2026-10-02T09:00:02Z"));
    let last = (at("2026-10-20T08:00:00Z"), at("2026-10-21T09:00:00Z"));
    assert_eq!(asked(None), [first, last], "not what lies between");
    assert_eq!(asked(Some("hr/3@9")), [last]);
    assert_eq!(asked(Some("hr/3@1")), []);
}

#[test]
fn what_is_shown_of_an_event_says_nothing_of_people() {
    insta::assert_snapshot!(format!("{:#}", masked(&event("e-1"))), @r#"
    {
      "specversion": "1.0",
      "source": "urn:hr",
      "id": "e-1",
      "type": "io.usher.worker.terminated.v1",
      "time": "2026-10-01T08:00:00Z",
      "data": {
        "worker": {
          "user_name": "(text of 3)",
          "badge": "(number)"
        },
        "effective_at": "soon"
      }
    }
    "#);
}

#[test]
fn what_was_mended_is_told_by_the_names_of_what_differs() {
    let mut mended = event("e-1");
    mended["data"]["effective_at"] = json!("2026-10-01");
    mended["data"]["worker"]["email"] = json!("kim@example.com");
    let names: Vec<_> = changed(&event("e-1"), &mended).into_iter().collect();
    assert_eq!(names, ["data.effective_at", "data.worker.email"]);
    assert!(changed(&mended, &mended).is_empty());
}

#[test]
fn it_is_told_what_a_record_would_become_and_by_which_rule() {
    let rules = super::rules(
        "rules: [{ name: leaver, on: [worker.terminated], assert: { claim: terminated, precedence: \
         leaver, want: { active: false } } }]",
    );
    let raw = |value: &Value| (*written(7, 0, value).raw).clone();
    let parked = &becomes(&raw(&event("e-1")), &hr(), &rules)[0];
    assert!(matches!(parked, Becomes::Parked(_)) && parked.words().starts_with("parked again"));
    let mut mended = event("e-1");
    mended["data"]["effective_at"] = json!("2026-10-01");
    let told = becomes(&raw(&mended), &hr(), &rules);
    assert_eq!(told[0].words(), "worker.terminated `e-1`, by rule leaver");
    assert!(says_its_time(&raw(&mended), &hr()));
    mended.as_object_mut().unwrap().remove("time");
    assert!(!says_its_time(&raw(&mended), &hr()));
}
