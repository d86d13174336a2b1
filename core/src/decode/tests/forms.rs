//! What is accepted, in all its forms.

use super::*;
use crate::model::code::Code;
use crate::model::event::EventClass;
use crate::model::event_kind::EventKind;
use crate::model::{Alias, AliasKind};
use base64::Engine;

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const OTHER_TRACE: &str = "00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-00";

#[test]
fn structured_event_is_read_whole() {
    let event = event(decode_body(&termination()));
    assert_eq!(event.kind, EventKind::Terminated);
    assert_eq!(event.kind.class(), EventClass::Hr);
    assert_eq!((event.source.as_str(), event.id.as_str()), ("https://hr.example.com/eu1", "9f1c"));
    assert_eq!(event.time, instant("2026-09-30T15:02:11Z"));
    assert_eq!(event.sequence.as_deref(), Some("0042"));
    assert_eq!(event.correlation_id.as_deref(), Some("case-7"));
    assert_eq!(event.employment_id.as_deref(), Some("E-2"));
    assert_eq!(event.effective_at, Some(instant("2026-10-01T15:00:00Z")));
    let alias = |kind, text| Alias::parse(kind, text).unwrap();
    assert_eq!(
        event.aliases,
        [
            alias(AliasKind::EmployeeNumber, "88213"),
            alias(AliasKind::UserName, "kim@example.com"),
            alias(AliasKind::Email, "kim@example.com"),
        ]
    );
    assert_eq!(event.data["employment"]["type"], "employee");
}

#[test]
fn binary_and_structured_mode_give_the_same_event() {
    let whole = termination();
    let attributes = whole.as_object().unwrap().iter();
    let headers: Vec<(String, String)> = attributes
        .filter(|(name, _)| *name != "data")
        .map(|(name, value)| (format!("ce_{name}"), value.as_str().unwrap().to_owned()))
        .collect();
    let headers: Vec<_> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let binary = with_headers(record(whole["data"].to_string()), &headers);
    assert_eq!(event(decode(&binary, &source())), event(decode_body(&whole)));
}

#[test]
fn structured_content_type_wins_over_repeated_headers() {
    let record = with_headers(
        record(termination().to_string()),
        &[("Content-Type", "APPLICATION/CloudEvents+JSON; charset=UTF-8"), ("ce_id", "repeated")],
    );
    assert_eq!(event(decode(&record, &source())).id, "9f1c");
}

#[test]
fn every_type_of_the_catalogue_is_read() {
    for kind in sent() {
        let body = changed("/type", json!(format!("io.usher.{kind}.v1")));
        let event = event(decode_body(&body));
        assert_eq!(event.kind, *kind);
    }
}

#[test]
fn batch_gives_its_events_in_order_and_refuses_each_on_its_own() {
    let second = without("/data/worker");
    let body = json!([termination(), second, changed("/id", json!("third"))]);
    let batch = with_headers(
        record(body.to_string()),
        &[("content-type", "application/cloudevents-batch+json")],
    );
    for raw in [record(body.to_string()), batch] {
        let items = decode(&raw, &source());
        assert_eq!(items.len(), 3);
        assert!(matches!(&items[0], Item::Event(event) if event.id == "9f1c"));
        assert!(
            matches!(&items[1], Item::Park(refused) if refused.why.code == Code::WorkerMissing)
        );
        assert!(matches!(&items[2], Item::Event(event) if event.id == "third"));
    }
}

#[test]
fn empty_batch_is_said_to_be_one() {
    let refused = skipped(decode_body(&json!([])));
    assert_eq!(reason(&refused), ("batch.empty", "value"));
}

#[test]
fn data_in_base64_is_read() {
    let mut body = without("/data");
    let data = termination()["data"].to_string();
    body["data_base64"] = json!(base64::prelude::BASE64_STANDARD.encode(data));
    assert_eq!(event(decode_body(&body)), event(decode_body(&termination())));
}

#[test]
fn frames_and_byte_order_marks_are_taken_off() {
    let plain = termination().to_string().into_bytes();
    let expected = event(decode_body(&termination()));
    let numbered = [vec![0, 0, 0, 0, 42], plain.clone()].concat();
    let guid = [vec![1], vec![7; 16], plain.clone()].concat();
    let marked = [b"\xef\xbb\xbf".to_vec(), plain.clone()].concat();
    let both = [vec![0, 0, 0, 0, 42], marked.clone()].concat();
    for value in [numbered.clone(), guid, marked, both, plain] {
        assert_eq!(event(decode(&record(value), &source())), expected);
    }
    let mut confluent = source();
    confluent.framing = Framing::Confluent;
    assert_eq!(event(decode(&record(numbered), &confluent)), expected);
}

#[test]
fn null_key_null_header_and_doubled_header_do_no_harm() {
    let mut raw = with_headers(
        record(termination()["data"].to_string()),
        &[
            ("ce_specversion", "1.0"),
            ("ce_id", "first"),
            ("ce_id", "last"),
            ("ce_source", "hr"),
            ("ce_type", "io.usher.worker.terminated.v1"),
        ],
    );
    raw.headers.push(("ce_subject".to_owned(), None));
    raw.headers.push(("ce_time".to_owned(), None));
    raw.headers.push((String::new(), None));
    let event = event(decode(&raw, &source()));
    assert_eq!(event.id, "last");
    assert_eq!(event.time, raw.timestamp);
}

#[test]
fn event_without_a_time_happened_when_it_was_recorded() {
    let event = event(decode_body(&without("/time")));
    assert_eq!(event.time, instant("2026-09-30T15:02:12Z"));
}

#[test]
fn event_without_an_effective_time_has_none() {
    let event = event(decode_body(&without("/data/effective_at")));
    assert_eq!(event.effective_at, None);
}

#[test]
fn revoked_access_does_not_wait_for_an_effective_time() {
    let mut body = changed("/type", json!("io.usher.worker.access.revoked.v1"));
    body["data"]["effective_at"] = json!("2027-01-01");
    assert_eq!(event(decode_body(&body)).effective_at, None);
    body["data"]["effective_at"] = Value::Null;
    body["data"]["last_day_of_work"] = json!("2027-01-01");
    assert_eq!(event(decode_body(&body)).effective_at, None);
}

#[test]
fn detection_is_known_by_the_risk_or_by_the_data() {
    let mut body = changed("/type", json!("io.usher.risk.raised.v1"));
    body["data"]["detection_id"] = json!("outer");
    assert_eq!(event(decode_body(&body)).detection_id.as_deref(), Some("outer"));
    body["data"]["risk"] = json!({"level": "HIGH", "detection_id": "4711"});
    let event = event(decode_body(&body));
    assert_eq!(event.detection_id.as_deref(), Some("4711"));
    assert_eq!(event.kind.class(), EventClass::Security);
    assert_eq!(event.data["risk"]["level"], "high");
}

#[test]
fn blank_and_null_members_are_as_good_as_absent() {
    let mut body = changed("/data/worker/employee_id", json!("  "));
    body["data"]["worker"]["work_email"] = Value::Null;
    body["data"]["employment"] = Value::Null;
    let event = event(decode_body(&body));
    assert_eq!(event.aliases.len(), 1);
    assert_eq!(event.employment_id, None);
}

#[test]
fn trace_of_the_record_goes_before_that_of_the_event() {
    let body = changed("/traceparent", json!(OTHER_TRACE));
    let plain = record(body.to_string());
    let trace = |raw: &RawRecord| event(decode(raw, &source())).trace.unwrap();
    assert_eq!(trace(&plain).traceparent, OTHER_TRACE);
    let headers = [("traceparent", TRACE), ("tracestate", "vendor=1")];
    let traced = trace(&with_headers(plain, &headers));
    assert_eq!(traced.traceparent, TRACE);
    assert_eq!(traced.tracestate.as_deref(), Some("vendor=1"));
}

#[test]
fn invalid_trace_is_left_out_and_harms_nobody() {
    for bad in [
        "",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
    ] {
        let raw = with_headers(record(termination().to_string()), &[("traceparent", bad)]);
        assert_eq!(event(decode(&raw, &source())).trace, None, "{bad}");
    }
    let body = changed("/traceparent", json!(17));
    assert_eq!(event(decode_body(&body)).trace, None);
}

#[test]
fn correlation_that_cannot_be_used_is_left_out() {
    for odd in [json!(4711), json!("x".repeat(5000)), json!("")] {
        let event = event(decode_body(&changed("/correlationid", odd)));
        assert_eq!(event.correlation_id, None);
    }
}

#[test]
fn value_of_a_megabyte_is_read() {
    let body = changed("/data/notes", json!("x".repeat(1 << 20)));
    assert_eq!(event(decode_body(&body)).id, "9f1c");
}

#[test]
fn patterns_match_a_name_a_prefix_or_everything() {
    let pattern = |text| TypePattern::parse(text).unwrap();
    assert!(pattern("worker.*").matches(EventKind::HireCancelled));
    assert!(pattern("worker.hire.*").matches(EventKind::HireCancelled));
    assert!(!pattern("worker.hire.*").matches(EventKind::Hired));
    assert!(!pattern("worker.hired").matches(EventKind::HireCancelled));
    assert!(pattern("*").matches(EventKind::RiskRaised));
}

#[test]
fn misspelt_patterns_and_keys_are_refused() {
    for text in ["workr.*", "worker.fired", "work*", "", "worker.*.cancelled"] {
        assert!(TypePattern::parse(text).is_err(), "{text}");
    }
    let error = |settings: Value| {
        serde_json::from_value::<SourceSettings>(settings).unwrap_err().to_string()
    };
    let message = error(json!({"topic": "t", "format": "cloudevents", "types": ["workr.*"]}));
    assert!(message.starts_with(
        "`workr.*` matches no event type; write `*`, a prefix such as `worker.*`, or one of: \
         worker.hired, "
    ));
    let message = error(json!({"topic": "t", "format": "cloudevents", "types": []}));
    assert!(message.contains("`types` is empty"));
    let message = error(json!({"topic": "t", "format": "cloudevents", "types": ["*"], "typ": 1}));
    assert!(message.contains("unknown field `typ`"));
}
