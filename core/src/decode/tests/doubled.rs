//! What stands there twice: nobody knows which of the two counts.

use super::*;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

const TYPE: &str = r#""type":"io.usher.worker.terminated.v1""#;
const REST: &str = r#""specversion":"1.0","id":"1","source":"hr""#;

/// A termination with this for its data.
fn about(data: &str) -> String {
    format!("{{{REST},{TYPE},\"data\":{data}}}")
}

fn parked_text(text: &str) -> Refused {
    parked(decode(&record(text), &source()))
}

#[test]
fn members_of_data_that_stand_twice_park_the_event_wherever_they_are() {
    for (data, field) in [
        (r#"{"worker":{"employee_id":"1"},"worker":{"employee_id":"2"}}"#, "data.worker"),
        (r#"{"worker":{"employee_id":"1","employee_id":"2"}}"#, "data.worker.employee_id"),
        (
            r#"{"worker":{"employee_id":"1"},"effective_at":"2026-10-01T00:00:00Z","effective_at":"2026-12-01T00:00:00Z"}"#,
            "data.effective_at",
        ),
        (r#"{"worker":{"employee_id":"1"},"own":[0,{"a":{"b":1,"b":1}}]}"#, "data.own[1].a.b"),
        (
            r#"{"worker":{"employee_id":"1"},"own":{"kim@example.com":1,"kim@example.com":2}}"#,
            "data.own.…",
        ),
        (r#"{"worker":{"employee_id":"1","employee\u005fid":"2"}}"#, "data.worker.employee_id"),
        (r#"{"worker":{"employee_id":null,"employee_id":"2"}}"#, "data.worker.employee_id"),
    ] {
        let refused = parked_text(&about(data));
        assert_eq!(reason(&refused), ("member.doubled", field));
        assert_eq!(refused.kind.as_deref(), Some("worker.terminated"));
        assert_eq!(refused.id.as_deref(), Some("1"));
        assert!(refused.takes_access, "{field}");
    }
}

#[test]
fn members_of_the_envelope_that_stand_twice_park_the_event() {
    let data = r#""data":{"worker":{"employee_id":"1"}}"#;
    for (twice, field) in [
        (r#""time":"2026-09-30T15:02:11Z","time":"2026-09-30T15:02:12Z""#, "time"),
        (r#""id":"2""#, "id"),
        (r#""data":{"worker":{"employee_id":"2"}}"#, "data"),
        (r#""own":1,"own":2"#, "own"),
    ] {
        let refused = parked_text(&format!("{{{REST},{TYPE},{data},{twice}}}"));
        assert_eq!(reason(&refused), ("member.doubled", field));
        assert!(refused.takes_access);
    }
}

#[test]
fn event_of_two_types_is_parked_as_the_one_that_takes_access() {
    let data = r#""data":{"worker":{"employee_id":"1"}}"#;
    let hired = r#""type":"io.usher.worker.hired.v1""#;
    let foreign = r#""type":"com.example.invoice.paid""#;
    for (one, other, takes_access) in [
        (TYPE, hired, true),
        (hired, TYPE, true),
        (TYPE, foreign, true),
        (foreign, TYPE, true),
        (hired, foreign, false),
    ] {
        let refused = parked_text(&format!("{{{REST},{one},{data},{other}}}"));
        assert_eq!(reason(&refused), ("member.doubled", "type"), "{one} {other}");
        assert_eq!(refused.takes_access, takes_access, "{one} {other}");
    }
}

#[test]
fn what_takes_nothing_is_not_parked_as_a_cut() {
    let hired = about(r#"{"worker":{"employee_id":"1","employee_id":"2"}}"#)
        .replace("worker.terminated", "worker.hired");
    assert!(!parked_text(&hired).takes_access);
}

#[test]
fn event_of_somebody_else_may_say_what_it_likes_twice() {
    let text = about(r#"{"invoice":1,"invoice":2}"#)
        .replace("io.usher.worker.terminated.v1", "com.example.invoice.paid");
    assert_eq!(reason(&skipped(decode(&record(text), &source()))), ("type.unknown", "type"));
}

/// Ours may lie in it all the same, and is set aside as ever.
#[test]
fn event_that_is_wrapped_is_found_though_something_stands_there_twice() {
    let wrapped = format!(r#"{{"own":1,"own":2,"payload":{}}}"#, termination());
    let raw = with_headers(record(wrapped), &[("ce_type", "com.example.relay")]);
    assert_eq!(reason(&parked(decode(&raw, &source()))), ("event.wrapped", "data"));
}

#[test]
fn one_bad_event_of_a_batch_is_parked_alone() {
    let good = termination().to_string();
    let bad = about(r#"{"worker":{"employee_id":"1"},"worker":{"employee_id":"2"}}"#);
    let items = decode(&record(format!("[{good},{bad},{good}]")), &source());
    let [Item::Event(_), Item::Park(refused), Item::Event(_)] = items.as_slice() else {
        panic!("{items:?}")
    };
    assert_eq!(reason(refused), ("member.doubled", "data.worker"));
    assert!(refused.takes_access);
}

#[test]
fn data_apart_from_the_envelope_may_not_say_it_twice_either() {
    let data = r#"{"worker":{"employee_id":"1"},"worker":{"employee_id":"2"}}"#;
    let encoded = BASE64_STANDARD.encode(data);
    let refused = parked_text(&format!("{{{REST},{TYPE},\"data_base64\":\"{encoded}\"}}"));
    assert_eq!(reason(&refused), ("member.doubled", "data.worker"));

    let headers = [
        ("ce_specversion", "1.0"),
        ("ce_id", "1"),
        ("ce_source", "hr"),
        ("ce_type", "io.usher.worker.terminated.v1"),
    ];
    let refused = parked(decode(&with_headers(record(data), &headers), &source()));
    assert_eq!(reason(&refused), ("member.doubled", "data.worker"));
    assert!(refused.takes_access);
}

#[test]
fn names_that_differ_in_capitals_are_two_names() {
    let data = r#"{"worker":{"employee_id":"1"},"Own":1,"own":2}"#;
    let event = event(decode(&record(about(data)), &source()));
    assert_eq!((&event.data["Own"], &event.data["own"]), (&json!(1), &json!(2)));
}

#[test]
fn json_is_read_as_it_ever_was() {
    let text = r#"{"a":[1,-2,1.5,1e300,18446744073709551615,123456789012345678901234567890,true,null,"x\n\u00e9"],"b":{"c":{}}}"#;
    let wanted: Value = serde_json::from_str(text).unwrap();
    let whole = about(&format!(r#"{{"worker":{{"employee_id":"1"}},"own":{text}}}"#));
    assert_eq!(event(decode(&record(whole), &source())).data["own"], wanted);
}
