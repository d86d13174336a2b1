//! What producers get wrong: each ends in a decision or a parked record that names the field, and
//! nothing keeps the next event from being done.

use crate::support::World;
use crate::support::audit::{Found, Line, Place};
use crate::support::events::{Event, Person, Record};
use crate::support::settings::VPN;
use serde_json::{Value, json};

/// What is to become of a record.
struct Fate {
    outcome: &'static str,
    code: Option<&'static str>,
    field: Option<&'static str>,
}

fn asserted() -> Fate {
    Fate { outcome: "asserted", code: None, field: None }
}

fn skipped(code: &'static str, field: &'static str) -> Fate {
    Fate { outcome: "skipped", code: Some(code), field: Some(field) }
}

fn parked(code: &'static str, field: &'static str) -> Fate {
    Fate { outcome: "parked", code: Some(code), field: Some(field) }
}

/// The hire of a person of that name, with `value` at `pointer` of the envelope.
fn changed(name: &str, pointer: &str, value: Value) -> Record {
    let mut envelope = Event::hired(&Person::named(name)).envelope();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    envelope.pointer_mut(parent).unwrap()[member] = value;
    Record::new(envelope.to_string())
}

fn without(name: &str, member: &str) -> Record {
    let mut envelope = Event::hired(&Person::named(name)).envelope();
    envelope.as_object_mut().unwrap().remove(member);
    Record::new(envelope.to_string())
}

fn nulls() -> Vec<(&'static str, Record, Fate)> {
    let hired = |name| Event::hired(&Person::named(name)).binary();
    let mut tombstone = hired("null-value");
    tombstone.value = None;
    let empty = Record { key: None, value: None, headers: Vec::new() };
    let null_id = Record {
        headers: hired("x").headers.into_iter().filter(|(name, _)| name != "ce_id").collect(),
        ..hired("null-id")
    };
    vec![
        ("null key", hired("null-key"), asserted()),
        ("key", Record { key: Some(b"k".to_vec()), ..hired("key") }, asserted()),
        ("null header", hired("null-header").null_header("x-anything"), asserted()),
        ("null value", tombstone, skipped("tombstone", "value")),
        ("nothing at all", empty, skipped("tombstone", "value")),
        ("null id", null_id.null_header("ce_id"), parked("attribute.missing", "header ce_id")),
    ]
}

fn frames() -> Vec<(&'static str, Record, Fate)> {
    let envelope = Event::hired(&Person::named("framed")).envelope().to_string();
    let by_number = [&[0, 0, 0, 0, 7][..], envelope.as_bytes()].concat();
    let envelope = Event::hired(&Person::named("framed-by-guid")).envelope().to_string();
    let by_guid = [&[1][..], &[9; 16], envelope.as_bytes()].concat();
    vec![
        ("Confluent's frame", Record::new(by_number), asserted()),
        ("Confluent's frame with a GUID", Record::new(by_guid), asserted()),
        ("half a frame", Record::new([0, 0, 1]), parked("value.framing", "value")),
    ]
}

fn types() -> Vec<(&'static str, Record, Fate)> {
    let compromised = Event::new("credential.compromised", "https://xdr.example.com", json!({}));
    let no_level = Event::new(
        "risk.raised",
        "https://xdr.example.com",
        json!({ "worker": { "employee_id": "E-no-level" } }),
    );
    let foreign = json!("com.example.invoice.paid");
    let data_of_ours = changed("invoice", "/type", foreign.clone());
    let invoice =
        json!({ "specversion": "1.0", "id": "17", "source": "/billing", "type": foreign });
    let misspelt = |name| changed(name, "/type", json!("io.usher.worker.hire.v1"));
    let number = json!(88213);
    vec![
        ("another's type", Record::new(invoice.to_string()), skipped("type.unknown", "type")),
        ("data of ours of another's type", data_of_ours, parked("type.misspelt", "type")),
        ("a type near to ours", misspelt("near"), parked("type.misspelt", "type")),
        (
            "a date near to ours",
            changed("late", "/data/effectiveAt", json!("2030-01-01T09:00:00Z")),
            parked("field.misspelt", "data.effectiveAt"),
        ),
        (
            "words for no name",
            changed("none", "/data/worker", json!({ "employee_id": "N/A" })),
            parked("worker.no_identifier", "data.worker"),
        ),
        ("no type", without("no-type", "type"), parked("attribute.missing", "type")),
        (
            "a type that the source may not send",
            compromised.structured(),
            parked("type.not_allowed", "type"),
        ),
        (
            "a number for a text",
            changed("number", "/data/worker/employee_id", number),
            parked("field.wrong_type", "data.worker.employee_id"),
        ),
        (
            "nobody",
            changed("nobody", "/data/worker", json!({})),
            parked("worker.no_identifier", "data.worker"),
        ),
        (
            "a date without a zone",
            changed("date", "/data/effective_date", json!("2026-10-01")),
            parked("effective_at.no_zone", "data.effective_date"),
        ),
        (
            "a condition that fails",
            no_level.binary(),
            parked("condition.failed", "data.risk.level"),
        ),
    ]
}

fn shapes() -> Vec<(&'static str, Record, Fate)> {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let megabyte = "x".repeat(1_000_000);
    let of_a_megabyte = Record::new(format!("<event>{megabyte}</event>"));
    let of_four = Record::new(format!("<event>{}</event>", megabyte.repeat(3)));
    vec![
        ("no JSON", Record::new("<event/>"), parked("value.not_json", "value")),
        ("an empty value", Record::new(""), parked("value.empty", "value")),
        ("an empty batch", Record::new("[]"), skipped("batch.empty", "value")),
        ("deep nesting", Record::new(deep), parked("value.too_deep", "value")),
        (
            "1 MB of good sense",
            changed("large", "/data/raw_ref", json!({"x": megabyte})),
            asserted(),
        ),
        ("1 MB of nonsense", of_a_megabyte, parked("value.not_json", "value")),
        ("more than a parked record holds", of_four, parked("value.not_json", "value")),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bad_input_has_its_decision_and_its_reason() {
    let Some(world) = World::set_up("bad-input").await else { return };
    let usher = world.started("a").await;
    let acme = world.acme();
    let mut sent = Vec::new();
    for (what, record, fate) in [nulls(), frames(), types(), shapes()].into_iter().flatten() {
        let place = world.send_record(acme, &record, 1).await;
        sent.push((what, place, record, fate));
    }
    let last = Person::named("last");
    world.send(acme, &Event::hired(&last)).await;

    let lines = world.at_rest().await;
    let aside = world.parked();
    for (what, place, record, fate) in &sent {
        let line = decision(&lines, place);
        let why = (fate.code, fate.field);
        assert_eq!((line.outcome(), line.why()), (fate.outcome, why), "{what}");
        let kept = aside.iter().filter(|found| is_from(found, place)).collect::<Vec<_>>();
        if fate.outcome == "parked" {
            let [kept] = kept[..] else { panic!("{what}: parked {} times", kept.len()) };
            assert_kept(what, kept, record, fate);
        } else {
            assert!(kept.is_empty(), "{what} is parked");
        }
    }
    assert!(acme.directory.is_member(&last.user_name, VPN).await);
    assert!(usher.log().lines().all(|line| !line.contains("panicked")), "{}", usher.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn record_of_several_events_has_a_decision_for_each() {
    let Some(world) = World::set_up("batch").await else { return };
    let _usher = world.started("a").await;
    let hired = |name| Event::hired(&Person::named(name)).envelope();
    let batch = json!([hired("kim"), { "specversion": "1.0" }, hired("lee")]);
    let record =
        Record::new(batch.to_string()).header("content-type", "application/cloudevents-batch+json");
    let first = world.send_record(world.acme(), &record, 3).await;

    let lines = world.at_rest().await;
    let outcomes =
        [0, 1, 2].map(|index| decision(&lines, &Place { index, ..first.clone() }).outcome());
    assert_eq!(outcomes, ["asserted", "parked", "asserted"]);
    let accounts: Vec<_> = world.acme().directory.users().await.into_keys().collect();
    assert_eq!(accounts, ["kim@example.com", "lee@example.com"]);
}

fn decision<'a>(lines: &'a [Line], place: &Place) -> &'a Line {
    let is_it = |line: &&Line| line.kind() == "decision" && line.place() == *place;
    lines.iter().find(is_it).expect("every record has its decision")
}

fn is_from(found: &Found, place: &Place) -> bool {
    found.header("usher-topic") == Some(&place.topic)
        && found.header("usher-partition") == Some(&place.partition.to_string())
        && found.header("usher-offset") == Some(&place.offset.to_string())
}

/// Key, value and headers are the record's own; too large a value says that it was cut.
fn assert_kept(what: &str, kept: &Found, record: &Record, fate: &Fate) {
    assert_eq!(kept.header("usher-reason-code"), fate.code, "{what}");
    assert_eq!(kept.header("usher-reason-field"), fate.field, "{what}");
    let value = record.value.as_deref().unwrap_or_default();
    let found = kept.value.as_deref().unwrap_or_default();
    if kept.header("usher-truncated").is_some() {
        assert!(value.len() > 2_000_000, "{what} was cut without need");
        assert!(!found.is_empty() && value.starts_with(found), "{what}");
    } else {
        assert!(value == found, "{what}: other bytes");
        for header in &record.headers {
            assert!(kept.headers.contains(header), "{what}: without header {}", header.0);
        }
    }
}
