//! The worker compares by itself: accounts at a foreign server that nobody has are disabled after the second
//! list, and deleted by somebody's word; all others stay, and so does one for whom HR turns up.

use crate::reconcile::{ORPHANS, OTHERS, configure, orphan, roster, settings};
use crate::support::directory::Directory;
use crate::support::events::{Event, Person};
use crate::support::office::Office;
use crate::support::replica::Replica;
use crate::support::world::REST;
use crate::support::{World, eventually};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::fs;

/// With the orphans and the others, five hundred accounts.
const STAFF: usize = 487;

/// Eight at a time.
async fn create(directory: &Directory, names: &[String]) {
    let lanes = names.len().div_ceil(8);
    let lane = async |number: usize| {
        for name in names.chunks(lanes).nth(number).unwrap_or_default() {
            directory.create_user(name).await;
        }
    };
    tokio::join!(lane(0), lane(1), lane(2), lane(3), lane(4), lane(5), lane(6), lane(7));
}

/// How many of them can be used; those that are gone cannot.
async fn active(directory: &Directory, names: &[String]) -> usize {
    let users = directory.users().await;
    let is_active = |name: &&String| users.get(*name).is_some_and(|user| user.active == Some(true));
    names.iter().filter(is_active).count()
}

/// The comparison that began last, as the metrics have it.
async fn compared_at(usher: &Replica) -> Option<f64> {
    usher.metric("usher_reconcile_last_timestamp_seconds").await.filter(|at| *at > 0.0)
}

/// Comparisons every second, and rules of which the deletion is due at once.
fn acts(usher: &Replica, office: &Office) {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/config/rules/orphans.yaml");
    let rules = fs::read_to_string(shipped).unwrap();
    assert!(rules.contains("after: 30d"));
    fs::write(office.directory.join("orphans.yaml"), rules.replace("after: 30d", "after: 3s"))
        .unwrap();
    settings(usher, |tenant| {
        tenant["rules"].as_array_mut().unwrap().push(json!("orphans.yaml"));
        tenant["reconcile"]["every"] = json!("1s");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orphans_are_disabled_after_two_lists_and_deleted_by_somebodys_word() {
    let Some(world) = World::set_up("orphans").await else { return };
    let acme = world.acme();
    let staff: Vec<String> = (0..STAFF).map(|it| format!("staff{it}@example.com")).collect();
    let gone: Vec<String> = (0..ORPHANS).map(orphan).collect();
    let others = OTHERS.map(str::to_owned).to_vec();
    create(&acme.directory, &[&staff[..], &gone, &others].concat()).await;
    let mut usher = world.replica("a").await;
    let office = Office::at(&usher, &json!("none"));
    let people = office.directory.join("people.csv");
    roster(&people, staff.iter().cloned(), SignedDuration::from_hours(30));
    configure(&usher, &office);
    acts(&usher, &office);
    usher.start().await;

    // One list alone, however often it is read, makes nobody an orphan.
    eventually("the orphans are found", REST, async || {
        let (_, text) = usher.get("metrics").await?;
        text.lines().find(|line| {
            line.contains("finding=\"orphaned\"") && line.ends_with(&format!(" {ORPHANS}"))
        })?;
        Some(())
    })
    .await;
    let first = compared_at(&usher).await.unwrap();
    eventually("it is compared again", REST, async || {
        compared_at(&usher).await.filter(|at| *at > first)
    })
    .await;
    assert_eq!(active(&acme.directory, &gone).await, ORPHANS);
    assert_eq!(usher.metric("usher_reconcile_events_total").await, Some(0.0));

    let newcomer = "new@example.com".to_owned();
    roster(&people, staff.iter().cloned().chain([newcomer]), SignedDuration::ZERO);
    eventually("they are disabled", REST, async || {
        (active(&acme.directory, &gone).await == 0).then_some(())
    })
    .await;
    assert_eq!(active(&acme.directory, &staff).await, STAFF);
    assert_eq!(active(&acme.directory, &others).await, OTHERS.len());

    // HR turns up for one of them: they are let in, and nothing of theirs is deleted.
    world.send(acme, &Event::hired(&Person::named("gone0"))).await;
    eventually("the one of them is let in", REST, async || {
        (active(&acme.directory, &gone[..1]).await == 1).then_some(())
    })
    .await;
    let rows = eventually("the deletions of the others wait", REST, async || {
        Some(office.rows()).filter(|rows| rows.len() == ORPHANS - 1)
    })
    .await;
    assert!(rows.iter().all(|row| row["code"] == "deletion"), "{rows:?}");
    released(&office, &rows);
    eventually("they are gone", REST, async || {
        let users = acme.directory.users().await;
        gone[1..].iter().all(|name| !users.contains_key(name)).then_some(())
    })
    .await;
    let users = acme.directory.users().await;
    assert_eq!(users.len(), STAFF + OTHERS.len() + 1, "nobody else is gone");
    assert_eq!(active(&acme.directory, &gone[..1]).await, 1);
}

/// Deletions take two.
fn released(office: &Office, rows: &[Value]) {
    let digests = rows.iter().map(|row| row["digest"].as_str().unwrap());
    let approve: Vec<&str> = ["approve"].into_iter().chain(digests).collect();
    let (_, told) = office.say("ann", &approve);
    let (code, seconded) = office.bob_says(&approve);
    assert_eq!(code, Some(0), "{told}\n{seconded}");
}
