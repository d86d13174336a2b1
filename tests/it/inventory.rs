//! All that a foreign server has, read by the worker, kept in Kafka, and shown; and what was changed there
//! by hand is put right.

use crate::support::events::{Event, Person};
use crate::support::office::Office;
use crate::support::world::REST;
use crate::support::{World, eventually};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// More than one page of any server's.
const OTHERS: usize = 130;

fn listed(office: &Office, what: &str) -> Option<Vec<Value>> {
    let output = office.run(&["inventory", what, "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    told["rows"].as_array().cloned().filter(|rows| !rows.is_empty())
}

fn number(office: &Office) -> u64 {
    let output = office.run(&["inventory", "--json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    told["targets"][0]["complete"]["number"].as_u64().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_target_has_is_shown_and_what_was_changed_by_hand_is_put_right() {
    let Some(world) = World::set_up("inventory").await else { return };
    let acme = world.acme();
    for number in 0..OTHERS {
        acme.directory.create_user(&format!("other{number}@example.com")).await;
    }
    let mut usher = world.replica("a").await;
    let office = Office::at(&usher, &json!("none"));
    let text = std::fs::read_to_string(usher.configuration()).unwrap();
    let mut settings: Value = serde_json::from_str(&text).unwrap();
    settings["tenants"][0]["targets"][0]["inventory"] =
        json!({ "every": "6h", "reads": ["policies", "tokens"] });
    std::fs::write(usher.configuration(), settings.to_string()).unwrap();
    usher.start().await;

    let rows = eventually("everybody is listed", REST, async || listed(&office, "accounts")).await;
    let names: BTreeSet<String> =
        rows.iter().map(|row| row["user_name"].as_str().unwrap().to_owned()).collect();
    let there: BTreeSet<String> = acme.directory.users().await.into_keys().collect();
    assert_eq!((rows.len(), &names), (there.len(), &there));
    let groups = listed(&office, "groups").unwrap();
    assert_eq!(groups.len(), acme.directory.groups().await.len());
    assert!(groups.iter().all(|group| group["members"] == "0"), "{groups:?}");
    let csv = office.run(&["inventory", "accounts", "--csv"]);
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert_eq!(csv.lines().count(), 1 + OTHERS, "{csv}");
    let page = String::from_utf8(office.run(&["inventory"]).stdout).unwrap();
    assert!(page.contains("acme/main") && page.contains("130"), "{page}");
    // This server has nothing beside SCIM, which is told and spoils nothing.
    assert!(page.contains("policies: not") && page.contains("tokens: not"), "{page}");

    let kim = Person::named("kim");
    world.send(acme, &Event::hired(&kim)).await;
    world.at_rest().await;
    world.send(acme, &Event::terminated(&kim)).await;
    let is_active = async || acme.directory.user(&kim.user_name).await?.active;
    eventually("Kim is out", REST, async || is_active().await.filter(|active| !active)).await;
    world.at_rest().await;
    acme.directory.set_active(&kim.user_name, true).await;

    let (code, told) = office.say("ann", &["inventory", "refresh", "main"]);
    assert_eq!(code, Some(0), "{told}");
    eventually("Kim is out again", REST, async || is_active().await.filter(|active| !active)).await;
    eventually("the second reading is whole", REST, async || (number(&office) == 2).then_some(()))
        .await;
    assert_eq!(listed(&office, "accounts").unwrap().len(), OTHERS + 1);
}
