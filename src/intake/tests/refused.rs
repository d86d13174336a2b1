//! What is refused: the status, the code, and that nothing of it is in Kafka.

use super::world::{ENDED, TOKEN, World};
use serde_json::json;
use std::time::Instant;

const GOOD: &str =
    r#"{"specversion":"1.0","id":"1","source":"urn:hr","type":"io.usher.worker.hired.v1"}"#;

/// Path, headers, body; status and code.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, u16, &'a str);

/// What is wrong with who sends it, where, and how.
fn cases(long: &str) -> Vec<Case<'_>> {
    let none = &[][..];
    vec![
        ("/", none, GOOD, 404, "door.not_there"),
        ("/events/", none, GOOD, 404, "door.not_there"),
        ("/events", &[("authorization", "")], GOOD, 401, "door.token_wrong"),
        ("/events", &[("authorization", "Bearer")], GOOD, 401, "door.token_wrong"),
        ("/events", &[("authorization", "Basic aHI6aHI=")], GOOD, 401, "door.token_wrong"),
        ("/events", &[("authorization", "Bearer another")], GOOD, 401, "door.token_wrong"),
        ("/events", &[("content-type", "text/plain")], GOOD, 415, "door.content_type"),
        ("/events", &[("content-type", "")], GOOD, 415, "door.content_type"),
        (
            "/events",
            &[("content-type", "application/x-www-form-urlencoded")],
            "a=b",
            415,
            "door.content_type",
        ),
        ("/raw", &[("content-type", "application/xml")], GOOD, 415, "door.content_type"),
        (
            "/leavers",
            &[("content-type", "application/cloudevents+json")],
            GOOD,
            415,
            "door.content_type",
        ),
        ("/events", none, long, 413, "door.too_large"),
    ]
}

/// What is wrong with what is sent.
fn cases_of_bodies() -> Vec<Case<'static>> {
    let none = &[][..];
    vec![
        ("/events", none, "", 400, "door.not_json"),
        ("/events", none, "{", 400, "door.not_json"),
        ("/events", none, "{\"a\":\"\u{0}\"}", 400, "door.not_json"),
        ("/raw", none, "Ping test", 400, "door.not_json"),
        ("/events", none, "{}", 400, "door.no_event"),
        ("/events", none, "null", 400, "door.no_event"),
        ("/events", none, "[]", 400, "door.no_event"),
        ("/events", none, "[1]", 400, "door.no_event"),
        ("/events", &[("ce-type", "a")], "{}", 400, "door.no_event"),
        (
            "/events",
            &[("ce-id", "1"), ("ce-id", "2"), ("ce-type", "a")],
            "{}",
            400,
            "door.no_event",
        ),
        ("/events", &[("ce-id", "%ff"), ("ce-type", "a")], "{}", 400, "door.no_event"),
        ("/events", &[("ce-id", "%0a"), ("ce-type", "a")], "{}", 400, "door.no_event"),
        ("/leavers", none, "[]", 400, "door.no_event"),
        (
            "/events",
            &[("ce-id", "1"), ("ce-type", "a"), ("ce-source", "urn:it")],
            "{}",
            400,
            "door.other_source",
        ),
        ("/events", &[("idempotency-key", "a b")], GOOD, 400, "door.idempotency_key"),
        ("/events", &[("idempotency-key", "\"\"")], GOOD, 400, "door.idempotency_key"),
        (
            "/events",
            &[("idempotency-key", "1"), ("idempotency-key", "2")],
            GOOD,
            400,
            "door.idempotency_key",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_door_does_not_take_is_refused_and_leaves_nothing() {
    let world = World::open().await;
    let long = json!({ "a": "x".repeat(2_000) }).to_string();
    for (path, headers, body, status, code) in cases(&long).into_iter().chain(cases_of_bodies()) {
        let answer = world.post(path, headers, body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{path} {headers:?} {body}"
        );
        let told = answer.json();
        assert_eq!(told["statusCode"], status);
        let message = told["message"].as_str().unwrap();
        assert!(message.contains(';') && !message.contains(TOKEN), "{message}");
        assert!(answer.head.contains("cache-control: no-store"), "{}", answer.head);
    }
    let gone = format!("Bearer {ENDED}");
    let answer = world.post("/events", &[("authorization", &gone)], GOOD).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "door.token_wrong"));
    let get = world.ask("GET", "/events", &[], "").await;
    assert_eq!((get.status, get.code().as_str()), (405, "door.method"));
    assert!(get.head.contains("allow: post"), "{}", get.head);
    let other = GOOD.replace("urn:hr", "urn:it");
    let answer = world.post("/events", &[], &other).await;
    assert_eq!(answer.code(), "door.other_source");
    // Headers that would pass, and a body that is the event and would not.
    let passing = [
        ("content-type", "Application/CloudEvents+json"),
        ("ce-id", "1"),
        ("ce-type", "io.usher.worker.hired.v1"),
        ("ce-source", "urn:hr"),
    ];
    let answer = world.post("/events", &passing, &other).await;
    assert_eq!(answer.code(), "door.other_source");
    assert_eq!(world.end_of("in"), 0);
    let metrics = world.metrics.render();
    assert!(metrics.contains("{door=\"/events\",outcome=\"taken\"} 0"), "{metrics}");
    assert!(metrics.contains("{door=\"/events\",outcome=\"unproven\"} 5"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_a_door_takes_is_told_when_to_come_again() {
    let world = World::open().await;
    let mut taken = 0;
    let began = Instant::now();
    let refused = loop {
        let answer = world.post("/slow", &[], "{}").await;
        if answer.status != 202 {
            break answer;
        }
        taken += 1;
        assert!(began.elapsed().as_secs() < 60, "all are taken");
    };
    assert_eq!((refused.status, refused.code().as_str()), (429, "door.too_fast"));
    assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
    assert!(taken >= 10, "{taken}");
    assert_eq!(world.post("/raw", &[], "{}").await.status, 202, "other doors are as they were");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_kafka_does_not_take_is_not_said_to_be_there() {
    let world = World::without_kafka("within: 200ms, requests_at_once: 1").await;
    let answer = world.post("/raw", &[], "{}").await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "door.kafka_away"));
    assert!(answer.head.contains("retry-after: 5"), "{}", answer.head);
    // One waits for Kafka, and there is no place for another.
    let (first, second) =
        tokio::join!(world.post("/raw", &[], "{}"), world.post("/raw", &[], "{}"));
    let mut codes = [first.code(), second.code()];
    codes.sort();
    assert_eq!(codes, ["door.full", "door.kafka_away"]);
    let unfinished = [("content-length", "10")];
    let answer = world.post("/raw", &unfinished, "{").await;
    assert_eq!((answer.status, answer.code().as_str()), (408, "door.too_slow"));
    assert!(answer.head.contains("connection: close"), "{}", answer.head);
    world.end().await;
}
