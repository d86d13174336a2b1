//! What a foreign server has, as the worker has read it, compared with a roster: who is nobody's, and what
//! that costs.

use crate::support::events::{Event, Person};
use crate::support::office::Office;
use crate::support::replica::Replica;
use crate::support::world::REST;
use crate::support::{World, eventually};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

/// Employees whom HR's list has.
const STAFF: usize = 40;
pub(crate) const ORPHANS: usize = 10;
/// A machine's, an administrator's, and one that is excepted.
pub(crate) const OTHERS: [&str; 3] =
    ["svc-scanner@example.com", "root@example.com", "kept@example.com"];

pub(crate) fn orphan(number: usize) -> String {
    format!("gone{number}@example.com")
}

/// HR's export of some time ago.
pub(crate) fn roster(file: &Path, staff: impl Iterator<Item = String>, ago: SignedDuration) {
    let text: Vec<String> = staff.map(|name| format!("{name},Research\n")).collect();
    let text = text.concat();
    fs::write(file, format!("Email,Department\n{text}")).unwrap();
    let made = Timestamp::now() - ago;
    File::options()
        .write(true)
        .open(file)
        .unwrap()
        .set_modified(
            SystemTime::UNIX_EPOCH + made.duration_since(Timestamp::UNIX_EPOCH).unsigned_abs(),
        )
        .unwrap();
}

pub(crate) fn settings(usher: &Replica, change: impl FnOnce(&mut Value)) {
    let file = usher.configuration();
    let mut settings: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    change(&mut settings["tenants"][0]);
    fs::write(&file, settings.to_string()).unwrap();
}

fn told(office: &Office, words: &[&str]) -> (Option<i32>, Value) {
    let output = office.run(&[words, &["--json"]].concat());
    let said = serde_json::from_slice(&output.stdout);
    (output.status.code(), said.unwrap_or_else(|_| panic!("{output:?}")))
}

fn names(document: &Value) -> BTreeSet<String> {
    let rows = document["rows"].as_array().unwrap().iter();
    rows.map(|row| row["user_name"].as_str().unwrap().to_owned()).collect()
}

/// The lists, an exception, what shows a machine or an administrator, and what seats cost.
pub(crate) fn configure(usher: &Replica, office: &Office) {
    let until = Timestamp::now() + SignedDuration::from_hours(24 * 30);
    let until = until.strftime("%Y-%m-%d");
    fs::write(
        office.directory.join("exceptions.yaml"),
        format!(
            "exceptions: [{{ target: main, account: kept@example.com, by: Ann, reason: a test, until: {until} }}]"
        ),
    )
    .unwrap();
    settings(usher, |tenant| {
        tenant["roster"] = json!({ "file": "people.csv", "expect": { "rows_least": 10 } });
        tenant["exceptions"] = json!("exceptions.yaml");
        tenant["reconcile"] = json!({ "every": "none", "services": { "accounts": ["svc-*"] } });
        tenant["protected"] = json!({ "accounts": ["root@*"] });
        tenant["targets"][0]["inventory"] = json!({ "every": "6h" });
        tenant["targets"][0]["seats"] = json!({
            "bought": 100, "cost": 9.95, "currency": "EUR", "per": "month", "counts": "provisioned",
        });
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orphans_are_found_and_counted_and_nobody_else_is() {
    let Some(world) = World::set_up("reconcile").await else { return };
    let acme = world.acme();
    let staff: Vec<String> = (0..STAFF).map(|it| format!("staff{it}@example.com")).collect();
    let gone: BTreeSet<String> = (0..ORPHANS).map(orphan).collect();
    for name in staff.iter().chain(&gone).map(String::as_str).chain(OTHERS) {
        acme.directory.create_user(name).await;
    }
    let mut usher = world.replica("a").await;
    let office = Office::at(&usher, &json!("none"));
    let people = office.directory.join("people.csv");
    let before = office.directory.join("before.csv");
    // Kim is of HR's events alone: whoever has an employment is no orphan, whatever a list says.
    let kim = Person::named("kim");
    roster(&before, staff.iter().cloned(), SignedDuration::from_hours(30));
    roster(
        &people,
        staff.iter().cloned().chain(["new@example.com".to_owned()]),
        SignedDuration::ZERO,
    );
    configure(&usher, &office);
    let checked = office.run(&["config", "check"]);
    assert!(checked.status.success(), "{checked:?}");

    // Nothing was read: nothing is concluded, and why is said.
    let (code, document) = told(&office, &["orphans"]);
    assert_eq!((code, &document["concluded"]), (Some(1), &json!(false)), "{document}");
    assert_eq!(document["unconcluded"][0]["code"], "inventory.incomplete", "{document}");

    usher.start().await;
    world.send(acme, &Event::hired(&kim)).await;
    world.at_rest().await;
    eventually("the accounts are read", REST, async || {
        told(&office, &["orphans"]).1["concluded"].as_bool().filter(|is| *is)
    })
    .await;

    let (code, document) = told(&office, &["orphans"]);
    assert_eq!(code, Some(3), "{document}");
    assert_eq!(names(&document), gone, "{document}");
    let proposed = |document: &Value| -> BTreeSet<String> {
        let rows = document["rows"].as_array().unwrap().iter();
        rows.map(|row| row["proposed"].as_str().unwrap().to_owned()).collect()
    };
    // One list alone makes nobody a leaver; two, hours apart, do.
    assert_eq!(proposed(&document), ["await_list".to_owned()].into());
    let earlier = before.to_str().unwrap();
    let (_, document) = told(&office, &["orphans", "--before", earlier]);
    assert_eq!(names(&document), gone, "{document}");
    assert_eq!(proposed(&document), ["disable".to_owned()].into());

    seats_add_up(&office);

    let csv = office.run(&["reconcile", "--csv"]);
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert!(csv.starts_with("tenant,target,finding,account,user_name"), "{csv}");
    let of = |kind: &str| csv.lines().filter(|line| line.contains(kind)).count();
    assert_eq!((of(",service,"), of(",administrator,")), (1, 1), "{csv}");

    // A list that lost half of its rows is not believed, and nobody is an orphan by it.
    roster(&people, staff.iter().take(STAFF / 2).cloned(), SignedDuration::ZERO);
    let (code, document) = told(&office, &["orphans", "--before", earlier]);
    assert_eq!((code, &document["rows"]), (Some(1), &json!([])), "{document}");
    assert_eq!(document["unconcluded"][0]["code"], "roster.shrunk", "{document}");
}

fn seats_add_up(office: &Office) {
    let (code, document) = told(office, &["seats"]);
    let seats = &document["seats"][0];
    let many = STAFF + ORPHANS + OTHERS.len();
    assert_eq!(code, Some(0), "{document}");
    assert!(seats["provisioned"] == many || seats["provisioned"] == many + 1, "{seats}");
    let left = 100 - seats["provisioned"].as_i64().unwrap();
    assert_eq!(seats["left"], left, "{seats}");
    assert_eq!(seats["orphans"]["accounts"], ORPHANS, "{seats}");
    assert_eq!(seats["orphans"]["amount"], "99.50", "{seats}");
}
