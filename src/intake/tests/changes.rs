//! What a program asks for becomes one record of events from its own source, or is refused with the member that
//! is wrong; and what the audit says of it is told.

use super::world::{Answer, World};
use crate::decode::{Item, SourceSettings, decode};
use crate::model::RawRecord;
use crate::model::event::Event;
use serde_json::{Value, json};

const USERS: &str = "/v1/acme/main/unified/user-directory/users";

async fn ask(world: &World, method: &str, path: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {}", super::world::TOKEN);
    world.ask(method, path, &[("authorization", bearer.as_str())], &body.to_string()).await
}

/// What a worker reads in a record.
fn events(record: &RawRecord) -> Vec<Event> {
    let source = json!({ "topic": "asked", "format": "cloudevents", "types": ["access.*", "deletion.*", "membership.*"] });
    let source: SourceSettings = serde_json::from_value(source).unwrap();
    let event = |item| match item {
        Item::Event(event) => *event,
        Item::Skip(refused) | Item::Park(refused) => panic!("no event: {refused:?}"),
    };
    decode(record, &source).into_iter().map(event).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_one_record_of_events_that_a_worker_understands() {
    let world = World::open().await;
    let body =
        json!({ "username": "kim@example.com", "first_name": "Kim", "groups": ["VPN_Allowed"] });
    let answer = ask(&world, "POST", USERS, &body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let told = answer.json();
    assert_eq!((&told["username"], &told["id"]), (&json!("kim@example.com"), &Value::Null));
    assert_eq!(told["usher"]["state"], "taken");
    let follow = told["usher"]["follow"].as_str().unwrap();
    assert!(answer.head.contains(&format!("location: {follow}")), "{}", answer.head);
    let found = ask(&world, "GET", follow, &Value::Null).await;
    assert_eq!((found.status, &found.json()["usher"]["state"]), (200, &json!("taken")));
    let events = events(&world.records("asked", 1)[0]);
    let kinds: Vec<_> = events.iter().map(|event| event.kind.word()).collect();
    assert_eq!(kinds, ["access.requested", "membership.requested"]);
    assert!(events.iter().all(|event| event.source == "urn:usher:client:portal"));
    assert!(events.iter().all(|event| !event.aliases.is_empty() && event.is_timed));
    assert_eq!(events[1].data["request"]["group"], "VPN_Allowed");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_changed_by_its_id_and_a_request_is_known_again_by_its_key() {
    let world = World::open().await;
    let bearer = format!("Bearer {}", super::world::TOKEN);
    let user = format!("{USERS}/u-1");
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k-1")];
    let body = json!({ "status": "inactive", "title": "Clerk" }).to_string();
    for _ in 0..2 {
        let answer = world.ask("PATCH", &user, &headers, &body).await;
        assert_eq!((answer.status, &answer.json()["id"]), (202, &json!("u-1")), "{answer:?}");
    }
    let records = world.records("asked", 2);
    let (first, again) = (events(&records[0]), events(&records[1]));
    assert_eq!(
        first.iter().map(|it| it.kind.word()).collect::<Vec<_>>(),
        ["access.withdrawn", "access.changed"]
    );
    assert_eq!(first[0].id, again[0].id);
    assert_eq!(first[0].asked_of().unwrap().id.as_str(), "u-1");
    assert!(first[0].aliases.is_empty(), "nobody is found by what they are called");
    let none = ask(&world, "DELETE", &user, &Value::Null).await;
    assert_eq!(
        (none.status, none.code().as_str()),
        (403, "request.forbidden"),
        "`delete` is not listed"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_asked_for_with_a_record_for_each_member() {
    let world = World::open().await;
    let groups = "/v1/acme/main/unified/user-directory/groups";
    let body = json!({ "name": "VPN_Allowed", "members": [{ "id": "u-2" }, "u-1", "u-2"] });
    let answer = ask(&world, "POST", groups, &body).await;
    assert_eq!((answer.status, &answer.json()["name"]), (202, &json!("VPN_Allowed")), "{answer:?}");
    let records = world.records("asked", 2);
    let told = records.iter().map(|record| {
        let event = events(record).remove(0);
        let account = event.asked_of().unwrap().id.as_str().to_owned();
        assert_eq!(record.key.as_deref(), Some(account.as_bytes()));
        assert_eq!(event.data["request"]["group"], "VPN_Allowed");
        (event.kind.word(), account)
    });
    let expected = ["u-1", "u-2"].map(|id| ("membership.requested", id.to_owned()));
    assert_eq!(told.collect::<Vec<_>>(), expected);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_read_or_not_allowed_is_refused_and_nothing_is_written() {
    let world = World::open().await;
    let user = format!("{USERS}/u-1");
    let groups = "/v1/acme/main/unified/user-directory/groups";
    let cases: [(&str, &str, Value, (u16, &str)); 12] = [
        ("POST", USERS, json!({ "first_name": "Kim" }), (400, "request.malformed")),
        ("POST", USERS, json!([]), (400, "request.malformed")),
        ("PATCH", user.as_str(), json!({ "stauts": "inactive" }), (400, "request.malformed")),
        (
            "PATCH",
            user.as_str(),
            json!({ "username": "lee@example.com" }),
            (400, "request.malformed"),
        ),
        (
            "PATCH",
            user.as_str(),
            json!({ "groups": [{ "id": "g-1" }] }),
            (400, "request.malformed"),
        ),
        (
            "PATCH",
            user.as_str(),
            json!({ "groups": ["Administrators"] }),
            (403, "request.forbidden"),
        ),
        (
            "PATCH",
            "/v1/other/main/unified/user-directory/users/u-1",
            json!({}),
            (403, "request.forbidden"),
        ),
        ("POST", groups, json!({}), (400, "request.malformed")),
        ("POST", groups, json!({ "name": "VPN_Allowed" }), (422, "request.group_empty")),
        (
            "POST",
            groups,
            json!({ "name": "Administrators", "members": ["u-1"] }),
            (403, "request.forbidden"),
        ),
        ("DELETE", &format!("{groups}/g-1"), json!({}), (405, "request.not_offered")),
        ("GET", "/v1/acme/main/changes/nothing", json!({}), (404, "request.not_known")),
    ];
    for (method, path, body, (status, code)) in cases {
        let answer = ask(&world, method, path, &body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{method} {path} {body}"
        );
    }
    let wrong = world.ask("POST", USERS, &[("authorization", "Bearer wrong")], "{}").await;
    assert_eq!((wrong.status, wrong.code().as_str()), (401, "door.token_wrong"));
    assert_eq!(world.end_of("asked"), 0);
    world.end().await;
}
