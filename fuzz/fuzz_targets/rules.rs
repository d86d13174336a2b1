//! Rule files, a byte 0, and an event that they are asked about.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use usher_core::decode::{Item, decode};
use usher_core::model::event::Event;
use usher_core::rules::{RuleFile, RuleSet};
use usher_fuzz::{SOURCES, halves, record};

static EVENT: LazyLock<Event> = LazyLock::new(|| {
    let body = r#"{"specversion":"1.0","id":"1","source":"urn:hr","type":"io.usher.worker.terminated.v1",
        "time":"2026-10-01T09:00:00Z","data":{"worker":{"employee_id":"1"},"employment":{"id":"e"},
        "reason":"left","effective_at":"2026-10-01T17:00:00Z"}}"#;
    events(body.as_bytes()).pop().expect("it is an event")
});

fn events(value: &[u8]) -> Vec<Event> {
    let items = decode(&record(value, 0), &SOURCES[0]);
    items
        .into_iter()
        .filter_map(|item| match item {
            Item::Event(event) => Some(*event),
            Item::Skip(_) | Item::Park(_) => None,
        })
        .collect()
}

fuzz_target!(|data: &[u8]| {
    let (rules, value) = halves(data);
    let Ok(text) = std::str::from_utf8(rules) else { return };
    let file = RuleFile { name: "a.yaml".to_owned(), text: text.to_owned() };
    let Ok(rules) = RuleSet::load_or_all(&[file]) else { return };
    for event in events(value).iter().chain([&*EVENT]).take(3) {
        if let Ok(statements) = rules.evaluate(event) {
            assert!(statements.len() < 10_000);
        }
    }
});
