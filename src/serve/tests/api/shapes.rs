//! Truto's own paths, and what its programs send.

use super::super::world::{UNMASK, VIEWER};
use super::{ACCOUNTS, OWN, json, texts, world};
use serde_json::json as value;

const ACCOUNT: &str = "integrated_account_id=acme%2Fmain";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_paths_lead_to_the_same_and_one_object_stands_alone_on_trutos() {
    let (world, _) = world().await;
    let own = json(&world.get(&format!("{OWN}/users?limit=3"), VIEWER).await);
    let trutos = format!("/unified/user-directory/users?{ACCOUNT}&limit=3");
    let trutos = json(&world.get(&trutos, VIEWER).await);
    assert_eq!(own["result"], trutos["result"]);
    let own = json(&world.get(&format!("{OWN}/groups/g-vpn"), VIEWER).await);
    let bare = format!("/unified/user-directory/groups/g-vpn?{ACCOUNT}");
    let bare = json(&world.get(&bare, VIEWER).await);
    assert_eq!(own["result"], bare);
    assert_eq!(own["result_count"], 1);
    assert_eq!((&own["next_cursor"], &own["prev_cursor"]), (&value!(null), &value!(null)));
}

/// What the SDK for TypeScript sends: an empty cursor first, and brackets that are not encoded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_sister_in_typescript_sends_is_understood() {
    let (world, _) = world().await;
    let asked = format!("/unified/user-directory/users?{ACCOUNT}&limit=10&next_cursor=");
    let headers = [
        ("authorization", &*format!("Bearer {VIEWER}")),
        ("content-type", "application/json"),
        ("accept", "*/*"),
    ];
    let (mut next, mut ids) = (String::new(), Vec::new());
    loop {
        let page = json(&world.ask("GET", &format!("{asked}{next}"), &headers, "").await);
        ids.extend(texts(&page, "id"));
        match page["next_cursor"].as_str() {
            None | Some("") => break,
            Some(cursor) => cursor.clone_into(&mut next),
        }
    }
    assert_eq!(ids.len(), ACCOUNTS);
    let brackets = format!(
        "/unified/user-directory/users?{ACCOUNT}&truto_exclude_fields[]=groups\
         &created_at[gt]=2026-01-01T00:00:00.000Z&id[in]=u-01,u-02&truto_response_format=unified"
    );
    let page = json(&world.ask("GET", &brackets, &headers, "").await);
    assert_eq!(page["result_count"], 2, "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_offered_is_told() {
    let (world, _) = world().await;
    let own = json(&world.get("/v1/acme/main/capabilities", VIEWER).await);
    for path in [
        "/integrated-account/acme%2Fmain/capabilities",
        "/integrated-account/acme/main/capabilities",
    ] {
        assert_eq!(json(&world.get(path, VIEWER).await), own["result"]);
    }
    assert_eq!(own["result"]["unified"][1]["resource"], "groups");
    assert_eq!(own["result"]["proxy"], value!([]));
    let accounts = json(&world.get("/integrated-account", VIEWER).await);
    assert_eq!(texts(&accounts, "id"), ["acme/main"]);
    let accounts = json(&world.get("/integrated-account", UNMASK).await);
    assert_eq!(texts(&accounts, "id"), ["acme/main", "globex/main"]);
}
