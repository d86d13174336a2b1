//! What carriers put around events is taken off, and what stands in it twice is still found.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn of(value: impl Into<Vec<u8>>) -> Vec<Item> {
    decode(&record(value), &source())
}

#[test]
fn envelopes_of_connectors_are_taken_off() {
    let event = termination();
    let row =
        json!({"op": "c", "before": null, "after": event, "source": {"db": "hr"}, "ts_ms": 1});
    let schema = json!({"type": "struct", "fields": []});
    for value in [
        json!({"schema": schema, "payload": event}),
        json!({"schema": null, "payload": event}),
        json!({"schema": {"type": "string"}, "payload": event.to_string()}),
        row.clone(),
        json!({"schema": schema, "payload": row}),
    ] {
        assert_eq!(super::event(of(value.to_string())).id, "9f1c", "{value:#}");
    }
}

#[test]
fn lines_are_events_each_at_its_place() {
    let (mut one, mut other) = (termination(), termination());
    one["id"] = json!("1");
    other["id"] = json!("2");
    for text in [format!("{one}\n{other}"), format!("{one}\r\n\n{other}\r\n")] {
        let ids: Vec<_> = of(text)
            .into_iter()
            .map(|item| match item {
                Item::Event(event) => event.id,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(ids, ["1", "2"]);
    }
    let cut = parked(of(format!("{one}\n{{\"specversion\":\"1.")));
    assert_eq!(reason(&cut), ("value.not_json", "value, line 2"));
}

#[test]
fn what_stands_twice_inside_of_an_envelope_is_found() {
    let twice = r#"{"specversion":"1.0","id":"1","source":"hr","type":"io.usher.worker.terminated.v1","type":"com.example.other","data":{"worker":{"employee_id":"1"}}}"#;
    for value in [
        format!(r#"{{"schema":null,"payload":{twice}}}"#),
        format!(r#"{{"op":"u","before":null,"after":{twice}}}"#),
        format!(r#"{{"schema":null,"payload":{{"op":"u","after":{twice}}}}}"#),
    ] {
        let refused = parked(of(value));
        assert_eq!(reason(&refused), ("member.doubled", "type"));
        assert!(refused.takes_access);
    }
    let once = termination();
    let refused = parked(of(format!(r#"{{"schema":null,"payload":{once},"payload":{once}}}"#)));
    assert_eq!(reason(&refused), ("member.doubled", "payload"));
    let second = format!("{once}\n{twice}");
    let items = of(second);
    assert!(matches!(items[0], Item::Event(_)), "{items:?}");
    assert!(matches!(items[1], Item::Park(_)), "{items:?}");
}

#[test]
fn rows_that_are_gone_and_envelopes_without_anything_are_no_events() {
    for value in [
        json!({"op": "d", "before": termination(), "after": null}),
        json!({"schema": null, "payload": {"op": "d", "before": {"id": 7}, "after": null}}),
    ] {
        assert_eq!(reason(&skipped(of(value.to_string()))), ("row.deleted", "value.op"));
    }
    let nothing = json!({"schema": null, "payload": null});
    assert_eq!(reason(&skipped(of(nothing.to_string()))), ("tombstone", "value"));
}

#[test]
fn values_are_unpacked_by_their_header_and_no_further_than_the_limit() {
    let packed = gzip(termination().to_string().as_bytes());
    let said = |value: &[u8], encoding| {
        decode(&with_headers(record(value), &[("content-encoding", encoding)]), &source())
    };
    assert_eq!(event(said(&packed, "gzip")).id, "9f1c");
    assert_eq!(event(said(&packed, "GZIP ")).id, "9f1c");
    let framed = gzip(&[b"\0\0\0\0\x07", termination().to_string().as_bytes()].concat());
    assert_eq!(event(said(&framed, "gzip")).id, "9f1c");

    let bomb = gzip(&vec![b' '; 9 << 20]);
    assert!(bomb.len() < 100_000);
    for items in [
        of(packed.clone()),
        said(&packed, "br"),
        said(termination().to_string().as_bytes(), "gzip"),
        said(&packed[..packed.len() / 2], "gzip"),
        said(&bomb, "gzip"),
    ] {
        assert_eq!(reason(&parked(items)), ("value.compressed", "value"));
    }
}

#[test]
fn what_only_looks_like_an_envelope_is_left_as_it_is() {
    for value in [
        json!({"schema": "v1", "payload": termination()}),
        json!({"schema": null, "payload": termination(), "more": 1}),
        json!({"schema": null, "payload": [termination()]}),
        json!({"op": "x", "after": termination()}),
        json!({"op": "d", "after": termination()}),
    ] {
        let refused = parked(of(value.to_string()));
        assert_eq!(reason(&refused), ("value.not_cloudevent", "value"), "{value}");
    }
}
