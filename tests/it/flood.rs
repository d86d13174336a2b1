//! A faulty feed terminates everybody within a minute, and one of them has really left. usher is killed
//! every two seconds, and still cuts no more people than the limit says; the rest waits for operators.

use crate::support::events::{Event, Person};
use crate::support::office::Office;
use crate::support::proxy::Seen;
use crate::support::replica::Replica;
use crate::support::world::Tenant;
use crate::support::{World, eventually, measured};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const STAFF: usize = 300;
/// So many may be cut within an hour.
const LIMIT: usize = 25;
/// They come in this order; whoever has really left is in the middle of it.
const LEAVER: usize = STAFF / 2;
const KILLS: usize = 6;
const LIFE: Duration = Duration::from_secs(2);
const LONG: Duration = Duration::from_mins(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn false_terminations_stop_at_the_limit_and_the_real_one_is_let_through() {
    let Some(world) = World::set_up("flood").await else { return };
    let acme = world.acme();
    let mut usher = world.replica("a").await;
    let of_cuts = json!({ "hour": { "count": LIMIT, "percent": "none" }, "day": "none" });
    let others = "none";
    let office = Office::at(
        &usher,
        &json!({ "cut": of_cuts, "create": others, "grant": others, "group": others }),
    );
    usher.start().await;
    let staff: Vec<Person> =
        (0..=STAFF).map(|number| Person::named(&format!("p{number:03}"))).collect();
    for person in &staff {
        world.send(acme, &Event::hired(person)).await;
    }
    eventually("everybody is in", LONG, async || {
        (acme.directory.users().await.len() > STAFF).then_some(())
    })
    .await;

    for person in &staff {
        world.send(acme, &Event::terminated(person)).await;
    }
    for _ in 0..KILLS {
        // That it lives so long is what is tried, and nothing is waited for.
        tokio::time::sleep(LIFE).await;
        usher.kill().await;
        usher.spawn();
    }
    eventually("all but the limit is held", LONG, async || {
        let people: BTreeSet<_> =
            office.rows().iter().map(|row| row["person"].to_string()).collect();
        (people.len() == staff.len() - LIMIT && cut_off(acme).await.len() == LIMIT).then_some(())
    })
    .await;
    assert_eq!(ever_cut(&usher, acme).len(), LIMIT, "whom a call has ever cut");

    the_leaver_is_let_through(&office, (&world, &usher), &staff[LEAVER]).await;
    the_rest_is_rejected(&office);
    assert_eq!(cut_off(acme).await.len(), LIMIT + 1);
}

/// Who is inactive at the target, by user name.
async fn cut_off(acme: &Tenant) -> BTreeSet<String> {
    let users = acme.directory.users().await.into_iter();
    users.filter(|(_, user)| user.active == Some(false)).map(|(name, _)| name).collect()
}

fn cuts(usher: &Replica, acme: &Tenant) -> Vec<Seen> {
    let mut writes = usher.target(acme).writes();
    writes.retain(|seen| {
        seen.what.starts_with("PATCH ")
            && seen.what.contains("/Users/")
            && seen.body.contains("false")
    });
    writes
}

fn ever_cut(usher: &Replica, acme: &Tenant) -> BTreeSet<String> {
    cuts(usher, acme).into_iter().map(|seen| seen.what).collect()
}

async fn the_leaver_is_let_through(
    office: &Office,
    (world, usher): (&World, &Replica),
    leaver: &Person,
) {
    let acme = world.acme();
    let rows = office.rows().into_iter().filter(|row| row["known_as"] == leaver.user_name.as_str());
    let digests: Vec<String> = rows.map(|row| row["digest"].as_str().unwrap().to_owned()).collect();
    assert!(!digests.is_empty(), "the leaver is held, too");
    let digests: Vec<&str> = digests.iter().map(String::as_str).collect();
    let (code, told) = office.say("ann", &[&["approve"][..], &digests].concat());
    let obeyed = Instant::now();
    assert_eq!(code, Some(0), "{told}");
    let id = acme.directory.user(&leaver.user_name).await.unwrap().id;
    let cut = eventually("the leaver is cut", Duration::from_secs(10), async || {
        cuts(usher, acme).into_iter().find(|seen| seen.what.ends_with(&id))
    })
    .await;
    let taken = cut.at.saturating_duration_since(obeyed);
    measured("approved to cut", taken);
    assert!(taken < Duration::from_secs(1), "it took {taken:?}");
    eventually("the leaver is out", LONG, async || {
        cut_off(acme).await.contains(&leaver.user_name).then_some(())
    })
    .await;
}

/// To let nothing happen takes one operator, however many rows there are.
fn the_rest_is_rejected(office: &Office) {
    let (code, told) = office.say("ann", &["reject", "--all-of", "--code", "limit.reached"]);
    assert_eq!(code, Some(0), "{told}");
    let rows = office.rows();
    assert!(rows.iter().all(|row| row["verdict"]["word"] == "rejected"), "{:?}", rows.first());
}
