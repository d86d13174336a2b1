//! Which policies name a group, and when the token of a target ends.

use super::world::{HOSTILE, VIEWER, World, at};
use crate::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

/// What the console of each target has exported.
const EXPORT: &str = "Policy Name,Status,User Group,Action\n\
    block all,Enabled,Locked,Block\nold,Disabled,Quarantine,Block\n";

/// Written at one instant, whenever the test runs: its age is none.
pub(super) fn export_to(directory: &Path) {
    let file = directory.join("real-time.csv");
    std::fs::write(&file, EXPORT).unwrap();
    let file = std::fs::File::options().write(true).open(&file).unwrap();
    let seconds = at("2099-01-01T00:00:00Z").as_second().unsigned_abs();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
}

fn head(token_ends: Option<Timestamp>, grant: &str) -> Value {
    let scopes =
        json!({ "policies": { "grant": grant, "ended": "2026-10-02T06:01:00Z", "rows": 1 } });
    let taken = json!({
        "number": 1, "slot": "a", "parts": 1, "began": "2026-10-02T06:00:00Z",
        "ended": "2026-10-02T06:01:00Z", "accounts": { "rows": 0 }, "active": 0, "groups": { "rows": 1 },
        "scopes": scopes,
    });
    let shown = token_ends.map_or(json!({}), |ends| json!({ "token_ends": ends }));
    let head = json!({ "complete": taken, "shown": shown, "left": [1, 1] });
    json!({ "v": 1, "body": { "tenant": "acme", "target": "main", "head": head } })
}

async fn world(token_ends: Option<Timestamp>) -> World {
    let world = World::hostile().await;
    let policy = json!({
        "name": format!("wiki{HOSTILE}"), "enabled": true, "users": ["somebody@example.com"],
        "groups": ["Lists"], "apps": ["intranet"],
    });
    let rows = json!([
        { "group": { "id": "g-1", "name": "Lists" } },
        { "members": { "group": "g-1", "accounts": [] } },
        { "found": { "policy": policy } },
    ]);
    let part = json!({ "tenant": "acme", "target": "main", "number": 1, "place": 0, "rows": rows });
    let part = json!({ "v": 1, "body": part });
    let key = "part:acme:main:a:000000";
    world.send("usher.inventory", key, Some(part.to_string().as_bytes()), &[]);
    let head = head(token_ends, "granted").to_string();
    world.send("usher.inventory", "head:acme:main", Some(head.as_bytes()), &[]);
    world.until_it_shows("/t/acme/groups.json", VIEWER, "Lists").await;
    world
}

async fn rows(world: &World, path: &str) -> Vec<Value> {
    let body = world.get(path, VIEWER).await.body;
    let body: Value = serde_json::from_str(&body).unwrap();
    body["result"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_usher_fills_and_no_policy_names_is_told_by_shape_and_word() {
    let world = world(None).await;
    let groups = rows(&world, "/t/acme/groups.json").await;
    let of = |name: &str| {
        let is_it = |row: &&Value| row["group"].as_str().unwrap().starts_with(name);
        let row = groups.iter().find(is_it).unwrap();
        (row["policies"].clone(), row["warning"].clone())
    };
    // The one that names it is off.
    assert_eq!(of("Quarantine"), (json!(0), json!("a quarantine that isolates nobody")));
    assert_eq!(of("VPN"), (json!(0), json!("no policy names it")));
    assert_eq!(of("Lists"), (json!(1), Value::Null), "usher does not fill it, and one names it");
    let page = world.get("/t/acme/groups", VIEWER).await.body;
    assert!(page.contains("mark bad\"><span aria-hidden=\"true\">■ </span>a quarantine"), "{page}");
    assert!(page.contains("The export of policies of main is less than an hour old"), "{page}");
    assert!(!page.contains("<script>alert") && !page.contains("somebody@example.com"), "{page}");
    let named = rows(&world, "/t/acme/groups/main/Lists.json?table=policies").await;
    assert_eq!(named.len(), 1, "{named:?}");
    assert_eq!(
        (&named[0]["apps"], &named[0]["source"]),
        (&json!("intranet"), &json!("private access"))
    );
    let all = rows(&world, "/t/acme/groups.json?table=policies").await;
    assert_eq!(all.len(), 3, "{all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_that_cannot_be_read_is_told_and_nobody_is_blamed_by_it() {
    let world = World::hostile().await;
    std::fs::write(world.directory.join("real-time.csv"), "who,what\nx,y\n").unwrap();
    let groups = rows(&world, "/t/acme/groups.json").await;
    let told: Vec<_> = groups.iter().map(|row| (&row["policies"], &row["warning"])).collect();
    assert!(told.iter().all(|it| *it == (&json!("not read"), &Value::Null)), "{told:?}");
    let page = world.get("/t/acme/groups", VIEWER).await.body;
    assert!(page.contains("the exported policies cannot be read"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_warned_of_from_thirty_days_on() {
    let now = Clock::of_this_process().now();
    let world = world(None).await;
    let in_hours = |hours: i64| now.checked_add(SignedDuration::from_hours(hours)).unwrap();
    for (hours, word, days) in [
        (24 * 31 + 1, "valid", 31),
        (24 * 30 - 1, "ends within 30 days", 29),
        (-25, "has ended", -2),
    ] {
        let head = head(Some(in_hours(hours)), "granted").to_string();
        world.send("usher.inventory", "head:acme:main", Some(head.as_bytes()), &[]);
        world.until_it_shows("/t/acme/targets.json", VIEWER, word).await;
        let row = &rows(&world, "/t/acme/targets.json").await[0];
        assert_eq!((&row["token"], &row["token_days"]), (&json!(word), &json!(days)));
    }
}
