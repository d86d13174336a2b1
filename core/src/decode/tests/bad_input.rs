//! What is refused: each with its code and the field at fault.

use super::*;

#[test]
fn record_without_a_value_is_a_tombstone() {
    let mut raw = with_headers(record(""), &[("ce_id", "7"), ("ce_type", "x")]);
    raw.value = None;
    let refused = skipped(decode(&raw, &source()));
    assert_eq!(reason(&refused), ("tombstone", "value"));
    assert_eq!(refused.id.as_deref(), Some("7"));
    raw.headers.clear();
    let refused = skipped(decode(&raw, &source()));
    assert_eq!(reason(&refused), ("tombstone", "value"));
}

#[test]
fn type_of_somebody_else_is_skipped_whatever_else_is_wrong_with_it() {
    let mut body = changed("/type", json!("com.example.invoice.paid"));
    body["specversion"] = json!("0.3");
    body["data"] = json!({"invoice": 17});
    let refused = skipped(decode_body(&body));
    assert_eq!(reason(&refused), ("type.unknown", "type"));
    assert_eq!(refused.kind.as_deref(), Some("com.example.invoice.paid"));
    assert_eq!(refused.id.as_deref(), Some("9f1c"));

    let binary = with_headers(record([0xff]), &[("ce_type", "com.example.worker.fired.v1")]);
    let refused = skipped(decode(&binary, &source()));
    assert_eq!(reason(&refused), ("type.unknown", "header ce_type"));
}

#[test]
fn newer_version_of_a_known_type_is_not_passed_over() {
    let body = changed("/type", json!("io.usher.worker.terminated.v2"));
    let refused = parked(decode_body(&body));
    assert_eq!(reason(&refused), ("type.version_unsupported", "type"));
}

#[test]
fn type_that_the_source_may_not_send_is_parked() {
    let raw = record(termination().to_string());
    let refused = parked(decode(&raw, &settings(&["risk.*", "worker.hired"])));
    assert_eq!(reason(&refused), ("type.not_allowed", "type"));
    assert_eq!(refused.kind.as_deref(), Some("worker.terminated"));
}

#[test]
fn missing_attributes_are_named() {
    for name in ["specversion", "id", "source", "type"] {
        let refused = parked(decode_body(&without(&format!("/{name}"))));
        assert_eq!(reason(&refused), ("attribute.missing", name));
        let null = changed(&format!("/{name}"), Value::Null);
        let refused = parked(decode_body(&null));
        assert_eq!(reason(&refused), ("attribute.missing", name));
    }
}

#[test]
fn missing_and_null_headers_are_named() {
    let all = [
        ("ce_specversion", "1.0"),
        ("ce_id", "9f1c"),
        ("ce_source", "hr"),
        ("ce_type", "io.usher.worker.terminated.v1"),
    ];
    for (missing, _) in all {
        let mut raw = with_headers(record("{}"), &all);
        raw.headers.retain(|(name, _)| name != missing);
        let field = format!("header {missing}");
        let refused = parked(decode(&raw, &source()));
        assert_eq!(reason(&refused), ("attribute.missing", field.as_str()));
        raw.headers.push((missing.to_owned(), None));
        let refused = parked(decode(&raw, &source()));
        assert_eq!(reason(&refused), ("attribute.missing", field.as_str()));
    }
}

#[test]
fn attributes_of_the_wrong_type_are_named() {
    for name in ["specversion", "id", "source", "type", "time", "sequence"] {
        for value in [json!(1), json!(true), json!([]), json!({"a": 1})] {
            let refused = parked(decode_body(&changed(&format!("/{name}"), value)));
            assert_eq!(reason(&refused), ("attribute.wrong_type", name));
        }
    }
    let mut raw = record("{}");
    raw.headers.push(("ce_type".to_owned(), Some(vec![0xc3, 0x28])));
    let refused = parked(decode(&raw, &source()));
    assert_eq!(reason(&refused), ("attribute.wrong_type", "header ce_type"));
}

#[test]
fn empty_and_endless_attributes_are_named() {
    for name in ["id", "source", "type"] {
        let refused = parked(decode_body(&changed(&format!("/{name}"), json!(" "))));
        assert_eq!(reason(&refused), ("attribute.empty", name));
        let endless = json!("x".repeat(1025));
        let refused = parked(decode_body(&changed(&format!("/{name}"), endless)));
        assert_eq!(reason(&refused), ("attribute.too_long", name));
    }
}

#[test]
fn other_versions_of_cloudevents_are_refused() {
    for version in ["0.3", "1.0.2", "1", "2.0"] {
        let refused = parked(decode_body(&changed("/specversion", json!(version))));
        assert_eq!(reason(&refused), ("specversion.unsupported", "specversion"));
    }
}

#[test]
fn times_in_other_forms_are_refused() {
    for text in [
        "",
        "2026-10-01",
        "2026-10-01T17:00:00",
        "2026-10-01 17:00:00Z",
        "2026-10-01T17:00Z",
        "2026-10-01T17:00:00+02",
        "2026-10-01T17:00:00+0200",
        "2026-10-01T17:00:00.Z",
        "2026-10-01T17:00:00,5Z",
        "20261001T170000Z",
        "2026-10-01T17:00:00[Europe/Paris]",
        "2026-10-01T17:00:00+02:00[Europe/Paris]",
        "2026-02-30T17:00:00Z",
        "2026-10-01T25:00:00Z",
        "1790000000",
        "/Date(1790000000000)/",
        "10/01/2026",
        "tomorrow",
        "２026-10-01T17:00:00Z",
    ] {
        let refused = parked(decode_body(&changed("/time", json!(text))));
        assert_eq!(reason(&refused), ("time.invalid", "time"), "{text}");
    }
}

#[test]
fn instants_in_rfc_3339_are_read() {
    for text in [
        "2026-10-01T15:00:00Z",
        "2026-10-01t15:00:00z",
        "2026-10-01T17:00:00.000+02:00",
        "2026-10-01T10:00:00-05:00",
    ] {
        let event = event(decode_body(&changed("/data/effective_at", json!(text))));
        assert_eq!(event.effective_at, Some(instant("2026-10-01T15:00:00Z")));
    }
}

#[test]
fn event_about_nobody_is_parked() {
    let refused = parked(decode_body(&without("/data/worker")));
    assert_eq!(reason(&refused), ("worker.missing", "data.worker"));
    for worker in [
        json!({}),
        json!({"employee_id": null}),
        json!({"employee_id": " ", "work_email": ""}),
        json!({"worker_id": "", "external_ids": {"entra": " "}}),
    ] {
        let refused = parked(decode_body(&changed("/data/worker", worker)));
        assert_eq!(reason(&refused), ("worker.no_identifier", "data.worker"));
    }
}

#[test]
fn members_of_the_wrong_type_are_named() {
    for (pointer, value, field) in [
        ("/data", json!("text"), "data"),
        ("/data", json!([1]), "data"),
        ("/data", Value::Null, "data"),
        ("/data/worker", json!("88213"), "data.worker"),
        ("/data/worker/employee_id", json!(88213), "data.worker.employee_id"),
        ("/data/worker/user_name", json!(["a"]), "data.worker.user_name"),
        ("/data/worker/work_email", json!({}), "data.worker.work_email"),
        ("/data/employment", json!("E-2"), "data.employment"),
        ("/data/employment/id", json!(2), "data.employment.id"),
        ("/data/effective_at", json!(true), "data.effective_at"),
        ("/data/effective_at", json!({"date": "2026-10-01"}), "data.effective_at"),
        ("/data/effective_date", json!(20_261_001), "data.effective_date"),
        ("/data/time_zone", json!(2), "data.time_zone"),
        ("/data/effective_edge", json!(["start_of_day"]), "data.effective_edge"),
        ("/data/last_day_of_work", json!(false), "data.last_day_of_work"),
        ("/data/profile", json!([]), "data.profile"),
        ("/data/risk", json!(7), "data.risk"),
        ("/data/risk", json!({"level": 3}), "data.risk.level"),
        ("/data/risk", json!({"detection_id": 3}), "data.risk.detection_id"),
        ("/data/detection_id", json!(3), "data.detection_id"),
        ("/data/device", json!("laptop"), "data.device"),
        ("/data/legal_hold", json!("yes"), "data.legal_hold"),
    ] {
        let refused = parked(decode_body(&changed(pointer, value)));
        assert_eq!(reason(&refused), ("field.wrong_type", field));
    }
}

#[test]
fn risk_level_that_nobody_knows_is_parked() {
    let body = changed("/data/risk", json!({"level": "severe"}));
    let refused = parked(decode_body(&body));
    assert_eq!(reason(&refused), ("field.unknown_value", "data.risk.level"));
}

#[test]
fn endless_identifiers_are_named() {
    let endless = json!("x".repeat(1025));
    let body = changed("/data/worker/user_name", endless);
    let refused = parked(decode_body(&body));
    assert_eq!(reason(&refused), ("field.too_long", "data.worker.user_name"));
}

#[test]
fn value_that_is_not_json_is_parked() {
    let not_json: [&[u8]; 5] = [b"<event/>", b"{\"a\":", b"{} {}", b"\"\xff\"", b"{'a': 1}"];
    for value in not_json {
        let refused = parked(decode(&record(value), &source()));
        assert_eq!(reason(&refused), ("value.not_json", "value"));
    }
    for value in [b"".as_slice(), b" \n", b"\xef\xbb\xbf"] {
        let refused = parked(decode(&record(value), &source()));
        assert_eq!(reason(&refused), ("value.empty", "value"));
    }
}

#[test]
fn content_type_that_is_not_json_is_blamed() {
    let raw = with_headers(
        record([4, 2]),
        &[
            ("ce_type", "io.usher.worker.hired.v1"),
            ("ce_specversion", "1.0"),
            ("ce_id", "1"),
            ("ce_source", "hr"),
            ("content-type", "application/avro"),
        ],
    );
    let refused = parked(decode(&raw, &source()));
    assert_eq!(reason(&refused), ("content_type.unsupported", "header content-type"));
    assert_eq!(refused.kind.as_deref(), Some("worker.hired"));
}

#[test]
fn json_that_is_no_event_is_parked() {
    for body in [json!({}), json!({"a": 1}), json!("text"), json!(1), json!([7])] {
        let refused = parked(decode_body(&body));
        assert_eq!(reason(&refused), ("value.not_cloudevent", "value"));
    }
}

#[test]
fn deep_nesting_is_parked_wherever_it_stands() {
    let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
    let whole = termination().to_string();
    let inside = whole.replace("\"E-2\"", &deep);
    for value in [&deep, &inside] {
        let refused = parked(decode(&record(value.as_str()), &source()));
        assert_eq!(reason(&refused), ("value.too_deep", "value"));
    }
}

#[test]
fn endless_batch_is_parked_whole() {
    let body = Value::Array(vec![json!({}); 1001]);
    let refused = parked(decode_body(&body));
    assert_eq!(reason(&refused), ("batch.too_long", "value"));
}

#[test]
fn data_that_cannot_be_read_is_named() {
    let refused = parked(decode_body(&without("/data")));
    assert_eq!(reason(&refused), ("data.missing", "data"));

    let refused = parked(decode_body(&changed("/data_base64", json!("e30="))));
    assert_eq!(reason(&refused), ("data.doubled", "data_base64"));

    let mut body = without("/data");
    for (encoded, code) in [
        (json!("***"), "data.not_base64"),
        (json!(17), "data.not_base64"),
        (json!("eA=="), "value.not_json"),
        (json!(""), "value.empty"),
    ] {
        body["data_base64"] = encoded;
        let refused = parked(decode_body(&body));
        assert_eq!(reason(&refused), (code, "data_base64"));
    }
}

#[test]
fn broken_frames_are_parked() {
    for value in [vec![0], vec![0, 1, 2, 3], vec![1; 16]] {
        let refused = parked(decode(&record(value), &source()));
        assert_eq!(reason(&refused), ("value.framing", "value"));
    }
    let mut confluent = source();
    confluent.framing = Framing::Confluent;
    let refused = parked(decode(&record(termination().to_string()), &confluent));
    assert_eq!(reason(&refused), ("value.framing", "value"));
    let mut unframed = source();
    unframed.framing = Framing::None;
    let refused = parked(decode(&record([0, 0, 0, 0, 1, b'{', b'}']), &unframed));
    assert_eq!(reason(&refused), ("value.not_json", "value"));
}
