//! What programs are given, asked for by HTTP.

mod asked;
mod document;
mod hostile;
mod lists;
mod provider;
mod proxied;
mod refused;
mod shapes;

use super::target::{Target, account, group};
use super::world::{Answer, HOSTILE, World};
use serde_json::Value;

/// Accounts at `acme/main`.
const ACCOUNTS: usize = 23;

/// Requests are counted; tests make many.
const MANY: &str = ", requests_per_minute: 1000000";

const OWN: &str = "/v1/acme/main/unified/user-directory";

/// A target with people whose names are in no order, and one who attacks.
fn target() -> Target {
    let mut target = Target::new("acme", "main");
    for number in 0..ACCOUNTS - 1 {
        let turned = (number * 7) % 22;
        let name = format!("Person{turned:02}@Example.com");
        let values = [
            ("userName", name.as_str()),
            ("displayName", &format!("Person {turned:02}")),
            ("name.givenName", "Person"),
            ("name.familyName", if number.is_multiple_of(2) { "Even" } else { "Odd" }),
            ("emails.work", &name.to_lowercase()),
            ("enterprise.organization", "Acme"),
            ("enterprise.employeeNumber", &format!("{number:05}")),
        ];
        target.accounts.push(account(
            &format!("u-{number:02}"),
            !number.is_multiple_of(5),
            &values,
        ));
    }
    let attack = HOSTILE;
    let values = [("userName", attack), ("displayName", attack), ("title", attack)];
    target.accounts.push(account("u-attack", true, &values));
    target.groups = vec![
        group("g-vpn", "VPN", &["u-00", "u-03", "u-attack"]),
        group("g-staff", "Staff", &["u-00", "u-01", "u-02"]),
    ];
    target
}

/// Pages of a Kafka that has read the target.
async fn world() -> (World, Target) {
    let world = World::empty(MANY).await;
    let mut target = target();
    write(&world, &mut target);
    world.until_it_shows("/about", super::world::UNMASK, "Topics read to their ends: 5 of 5").await;
    until_there_are(&world, ACCOUNTS).await;
    (world, target)
}

fn write(world: &World, target: &mut Target) {
    for record in target.read() {
        world.send("usher.inventory", &record.key, record.value.as_deref(), &[]);
    }
}

async fn until_there_are(world: &World, count: usize) {
    let path = format!("{OWN}/users?limit=500");
    let told = format!("\"result_count\":{count}");
    world.until_it_shows(&path, super::world::UNMASK, &told).await;
}

fn json(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), Some("application/json"), "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

fn texts(document: &Value, member: &str) -> Vec<String> {
    let objects = document["result"].as_array().unwrap().iter();
    objects.map(|object| object[member].as_str().unwrap_or("-").to_owned()).collect()
}
