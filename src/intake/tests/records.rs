//! What was answered 202 stands in Kafka, says where it came from, and is an event to a worker.

use super::world::World;
use crate::decode::{Item, SourceSettings, decode};
use crate::model::RawRecord;
use serde_json::json;

/// What a worker reads in a record.
fn events(record: &RawRecord) -> Vec<(String, String, String)> {
    let source = json!({ "topic": "in", "format": "cloudevents", "types": ["*"] });
    let source: SourceSettings = serde_json::from_value(source).unwrap();
    let items = decode(record, &source).into_iter();
    items
        .map(|item| match item {
            Item::Event(event) => (event.source.clone(), event.id.clone(), event.kind.to_string()),
            Item::Skip(refused) | Item::Park(refused) => panic!("no event: {refused:?}"),
        })
        .collect()
}

fn text(record: &RawRecord, header: &str) -> String {
    String::from_utf8_lossy(record.header(header).unwrap_or_default()).into_owned()
}

fn event(id: &str) -> serde_json::Value {
    json!({
        "specversion": "1.0", "id": id, "source": "urn:hr", "type": "io.usher.worker.terminated.v1",
        "data": { "worker": { "employee_id": "88213" } },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_written_as_it_came_and_says_where_it_came_from() {
    let world = World::open().await;
    let structured = ("content-type", "application/cloudevents+json; charset=utf-8");
    let body = event("e-1").to_string();
    let answer = world.post("/events", &[structured], &body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let told = answer.json();
    assert_eq!(told["record"], json!({ "topic": "in", "partition": 0, "offset": 0 }));
    assert_eq!(told["event"], json!({ "source": "urn:hr", "id": "e-1" }));
    let record = &world.records("in", 1)[0];
    assert_eq!(record.value.as_deref(), Some(body.as_bytes()));
    assert_eq!(record.key.as_deref(), Some(b"88213".as_slice()));
    assert_eq!(text(record, "content-type"), structured.1);
    assert_eq!(text(record, "usher-door"), "/events");
    assert_eq!(text(record, "usher-sender"), "hr");
    assert_eq!(text(record, "usher-request"), told["request"].as_str().unwrap());
    let at: jiff::Timestamp = text(record, "usher-received-at").parse().unwrap();
    assert!(at.duration_since(record.timestamp).abs() < jiff::SignedDuration::from_secs(10));
    assert_eq!(
        events(record),
        [("urn:hr".to_owned(), "e-1".to_owned(), "worker.terminated".to_owned())]
    );
    let metrics = world.metrics.render();
    assert!(metrics.contains("usher_door_requests_total{door=\"/events\",outcome=\"taken\"} 1"));
    assert!(metrics.contains("usher_door_write_seconds_count 1"), "{metrics}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_of_sending_an_event_is_one_to_a_worker() {
    let world = World::open().await;
    let worker = json!({ "worker": { "employee_id": "88213" } }).to_string();
    let list = json!([event("l-1"), event("l-2")]).to_string();
    let batch = ("content-type", "application/cloudevents-batch+json");
    let of_binary = [
        ("ce-id", "b-1"),
        ("ce-type", "io.usher.worker.hired.v1"),
        ("ce-subject", "J%C3%BCrgen%20K"),
    ];
    let keyed = ("idempotency-key", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"");
    let of_key = [("ce-type", "io.usher.worker.updated.v1"), keyed];
    let sent = [
        world.post("/events", &[], &event("s-1").to_string()).await,
        world.post("/events", &[batch], &list).await,
        world.post("/events", &of_binary, &worker).await,
        world.post("/events", &of_key, &worker).await,
        world.post("/leavers", &[keyed], &worker).await,
        world.post("/leavers", &[], &worker).await,
        world
            .post("/any-source", &[], &event("s-2").to_string().replace("urn:hr", "urn:xdr"))
            .await,
    ];
    assert!(sent.iter().all(|answer| answer.status == 202), "{sent:?}");
    let records = world.records("in", sent.len());
    let found: Vec<_> = records.iter().flat_map(events).collect();
    let request = sent[5].json()["request"].as_str().unwrap().to_owned();
    let key = "8e03978e-40d5-43dd-bc93-6894a57f9324";
    let wanted = [
        ("urn:hr", "s-1", "worker.terminated"),
        ("urn:hr", "l-1", "worker.terminated"),
        ("urn:hr", "l-2", "worker.terminated"),
        ("urn:hr", "b-1", "worker.hired"),
        ("urn:hr", key, "worker.updated"),
        ("urn:hr", key, "worker.terminated"),
        ("urn:hr", &request, "worker.terminated"),
        ("urn:xdr", "s-2", "worker.terminated"),
    ];
    let wanted =
        wanted.map(|(source, id, kind)| (source.to_owned(), id.to_owned(), kind.to_owned()));
    assert_eq!(found, wanted);
    assert_eq!(text(&records[2], "ce_subject"), "Jürgen K");
    assert_eq!(records[4].key.as_deref(), Some(b"88213".as_slice()));
    assert_eq!(text(&records[4], "idempotency-key"), key);
    assert_eq!(records[1].key, None, "a list is of nobody in particular");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_of_another_form_goes_on_to_the_byte() {
    let world = World::open().await;
    let bodies = ["{\"id\" : 88213,\n \"a\": \"ü\"}", "[1]", "{\"id\":\" 7 \"}", "{\"id\":1.5}"];
    for body in bodies {
        let answer = world.post("/raw", &[("content-type", "application/hr+json")], body).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        assert_eq!(answer.json()["event"], serde_json::Value::Null);
    }
    let records = world.records("in", bodies.len());
    let values: Vec<_> = records.iter().map(|it| it.value.clone().unwrap()).collect();
    assert_eq!(values, bodies.map(|body| body.as_bytes().to_vec()));
    let keys: Vec<_> = records.iter().map(|it| it.key.as_deref()).collect();
    assert_eq!(keys, [Some(b"88213".as_slice()), None, Some(b"7".as_slice()), None]);
}
