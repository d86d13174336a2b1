//! A target that is down for long, with many people waiting.

use crate::support::audit::Line;
use crate::support::events::{Event, Person};
use crate::support::settings::VPN;
use crate::support::world::REST;
use crate::support::{World, eventually, measured, never_within};
use std::time::{Duration, Instant};

const PEOPLE: usize = 100;
const EVENTS_EACH: usize = 5;

/// How long the target answers 503.
fn outage() -> Duration {
    let is_long = std::env::var("USHER_TEST_LONG").is_ok_and(|long| long == "1");
    Duration::from_secs(if is_long { 120 } else { 15 })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outage_parks_nobody_and_everything_settles_after_it() {
    let Some(world) = World::with("outage", &["acme", "globex"], 1).await else { return };
    let usher = world.started("a").await;
    let (acme, globex) = (world.tenant("acme"), world.tenant("globex"));
    let began = Instant::now();
    usher.target(acme).set_out_of_service(true);
    let people: Vec<_> = (0..PEOPLE).map(|number| Person::named(&format!("kim{number}"))).collect();
    for person in &people {
        world.send(acme, &Event::hired(person)).await;
    }
    for turn in 1..EVENTS_EACH {
        for person in &people {
            world.send(acme, &Event::updated(person, &format!("Department {turn}"))).await;
        }
    }

    let lee = Person::named("lee");
    let sent = Instant::now();
    world.send(globex, &Event::hired(&lee)).await;
    eventually("the other tenant goes on", Duration::from_secs(10), async || {
        globex.directory.is_member(&lee.user_name, VPN).await.then_some(())
    })
    .await;
    measured("a hire at another tenant during the outage", sent.elapsed());
    let rest = outage().saturating_sub(began.elapsed());
    never_within(rest, async || {
        let is_ready = usher.get("readyz").await?.0 == 200;
        (!is_ready).then(|| "usher is not ready any more".to_owned())
    })
    .await;
    assert!(world.parked().is_empty());
    assert!(acme.directory.users().await.is_empty());

    usher.target(acme).set_out_of_service(false);
    let back = Instant::now();
    eventually("everybody has an account", REST, async || {
        (acme.directory.members(VPN).await.len() == PEOPLE).then_some(())
    })
    .await;
    let lines = world.at_rest().await;
    measured("outage over to all 500 events settled", back.elapsed());
    assert!(world.parked().is_empty());
    assert!(!lines.iter().any(|line: &Line| line.outcome() == "failed"));
    let last = format!("Department {}", EVENTS_EACH - 1);
    for (name, user) in acme.directory.users().await {
        let enterprise = &user.json["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"];
        assert_eq!(enterprise["department"], last.as_str(), "{name}");
    }
}
