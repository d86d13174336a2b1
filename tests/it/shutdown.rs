//! SIGTERM: in time, whatever is going on.

use crate::support::events::{Event, Person};
use crate::support::settings::VPN;
use crate::support::world::REST;
use crate::support::{Blow, Moment, Strike, World, eventually, measured};
use std::time::Duration;

const IN_TIME: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_replica_ends_in_time() {
    let Some(world) = World::set_up("idle").await else { return };
    let mut usher = world.started("a").await;
    world.send(world.acme(), &Event::hired(&Person::named("kim"))).await;
    world.at_rest().await;
    let (status, taken) = usher.stop().await;
    measured("SIGTERM to the end of an idle replica", taken);
    assert!(status.success(), "{status}\n{}", usher.log());
    assert!(taken < IN_TIME, "{taken:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_call_stays_pending_and_is_made_good_by_the_next() {
    let Some(world) = World::set_up("open-call").await else { return };
    let mut usher = world.started("a").await;
    let acme = world.acme();
    let kim = Person::named("kim");
    world.send(acme, &Event::hired(&kim)).await;
    world.at_rest().await;

    // The cut is done, and its answer comes only after everybody has gone.
    let delay = Blow::Delay(Duration::from_secs(20));
    usher.target(acme).watch.arm(Strike::first("PATCH ", Moment::Answer, delay));
    world.send(acme, &Event::terminated(&kim)).await;
    eventually("the call is open", REST, async || {
        (usher.target(acme).watch.struck() == 1).then_some(())
    })
    .await;
    let (status, taken) = usher.stop().await;
    measured("SIGTERM to the end of a replica with an open call", taken);
    assert!(status.success(), "{status}\n{}", usher.log());
    assert!(taken < IN_TIME, "{taken:?}");

    usher.start().await;
    world.at_rest().await;
    assert_eq!(acme.directory.user(&kim.user_name).await.unwrap().active, Some(false));
    assert!(!acme.directory.is_member(&kim.user_name, VPN).await);
}
