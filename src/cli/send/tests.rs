use crate::cli::Cli;
use crate::cli::send::{Send, check};
use crate::decode::SourceSettings;
use crate::model::event_kind::EventKind;
use clap::Parser;
use jiff::Timestamp;
use serde_json::{Value, json};

#[derive(Debug, Parser)]
struct Typed {
    #[command(flatten)]
    send: Send,
}

fn typed(words: &[&str]) -> Send {
    Typed::try_parse_from([&["send"], words].concat()).unwrap().send
}

fn now() -> Timestamp {
    "2026-11-30T08:00:00Z".parse().unwrap()
}

fn event(words: &[&str]) -> Value {
    let send = typed(words);
    send.event(EventKind::parse(&send.kind).unwrap(), "id-1", now()).unwrap()
}

fn source() -> SourceSettings {
    let source = json!({ "topic": "hr.events", "format": "cloudevents", "types": ["worker.*"] });
    serde_json::from_value(source).unwrap()
}

#[test]
fn what_is_built_is_an_event_that_usher_acts_on() {
    let words = ["worker.terminated", "--user-name", "kim@example.com", "--employee-id", "88213"];
    let more = ["--effective-at", "2026-12-01T17:00:00+01:00", "--data", r#"{"reason":"end"}"#];
    let event = event(&[&words[..], &more].concat());
    assert_eq!(
        event,
        json!({
            "specversion": "1.0",
            "id": "id-1",
            "source": "urn:usher:send",
            "type": "io.usher.worker.terminated.v1",
            "time": "2026-11-30T08:00:00Z",
            "datacontenttype": "application/json",
            "data": {
                "reason": "end",
                "worker": { "user_name": "kim@example.com", "employee_id": "88213" },
                "effective_at": "2026-12-01T16:00:00Z",
            },
        })
    );
    check(event.to_string().as_bytes(), &source(), now()).unwrap();
}

#[test]
fn what_would_not_be_acted_on_is_refused_with_the_reason() {
    let refusal = |words: &[&str]| {
        let event = event(words).to_string();
        check(event.as_bytes(), &source(), now()).unwrap_err().to_string()
    };
    let misspelt = r#"{"efective_at":"2026-12-01T17:00:00Z"}"#;
    let told = refusal(&["worker.terminated", "--user-name", "kim", "--data", misspelt]);
    assert!(told.contains("field.misspelt"), "{told}");
    let told = refusal(&["worker.terminated"]);
    assert!(told.contains("usher would not act on it"), "{told}");
    let told = refusal(&["risk.raised", "--user-name", "kim"]);
    assert!(told.contains("type.not_allowed"), "{told}");
}

#[test]
fn one_person_has_one_partition() {
    let of = |name: &str| typed(&["worker.updated", "--user-name", name]).partition(7);
    assert_eq!(of("kim@example.com"), of("kim@example.com"));
    let all: std::collections::BTreeSet<i32> =
        (0..100).map(|number| of(&format!("p{number}@example.com"))).collect();
    assert!(all.len() > 3 && all.iter().all(|it| (0..7).contains(it)), "{all:?}");
}

/// A type that nobody may send, or that does not exist, is found out without Kafka.
#[test]
fn mistakes_are_told_before_kafka_is_asked() {
    let directory = std::env::temp_dir().join(format!("usher-send-{}", std::process::id()));
    let file = directory.join("usher.yaml");
    let new = ["usher", "new", directory.to_str().unwrap()];
    Cli::try_parse_from(new).unwrap().run().unwrap();
    let run = |kind: &str, more: &[&str]| {
        let words = ["usher", "send", kind, "--config", file.to_str().unwrap()];
        Cli::try_parse_from([&words[..], more].concat()).unwrap().run()
    };
    let told = run("worker.terminted", &[]).unwrap_err();
    assert!(told.to_string().contains("worker.terminated"), "{told}");
    let told = run("risk.raised", &["--topic", "hr.events"]).unwrap_err();
    assert!(told.to_string().contains("may send"), "{told}");
    run("worker.terminated", &["--user-name", "kim@example.com", "--print"]).unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
}
