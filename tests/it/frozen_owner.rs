//! An owner that stands still past its session and then goes on where it was.

use crate::support::events::{Event, Person};
use crate::support::replica::Replica;
use crate::support::settings::VPN;
use crate::support::world::REST;
use crate::support::{Blow, Moment, Strike, World, eventually, measured, never_within};
use std::time::{Duration, Instant};

/// Longer than the lease and than a group's settling; a thawed owner that acts does so at once.
const WATCHED: Duration = Duration::from_secs(5);

/// The commit that allows the cut has been made, and the owner learns of it when it thaws.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owner_frozen_in_its_commit_makes_no_call_and_no_commit() {
    let Some(world) = World::set_up("frozen").await else { return };
    let Some(mut old) = world.replica_behind_proxy("old").await else { return };
    old.start().await;
    let kim = hired_kim(&world).await;
    let _new = world.started("new").await;

    let kafka = &old.kafka.as_ref().expect("it is behind a proxy").watch;
    let freeze = Blow::Freeze(old.victim.clone());
    kafka.arm(Strike::first("EndTxn", Moment::Answer, freeze));
    world.send(world.acme(), &Event::terminated(&kim)).await;
    eventually("the old owner is frozen", REST, async || (kafka.struck() == 1).then_some(())).await;
    assert_outlived(&world, &old, &kim).await;
}

/// The cut was allowed and tried in vain; when the owner thaws, it is due again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owner_frozen_between_two_tries_makes_no_call_and_no_commit() {
    let Some(world) = World::set_up("thawed").await else { return };
    let acme = world.acme();
    let Some(mut old) = world.replica_behind_proxy("old").await else { return };
    old.start().await;
    let kim = hired_kim(&world).await;
    let _new = world.started("new").await;

    old.target(acme).set_out_of_service(true);
    let called = old.target(acme).watch.seen().len();
    world.send(acme, &Event::terminated(&kim)).await;
    eventually("the cut is tried twice", REST, async || {
        (old.target(acme).watch.seen().len() >= called + 2).then_some(())
    })
    .await;
    old.signal("STOP");
    old.target(acme).set_out_of_service(false);
    assert_outlived(&world, &old, &kim).await;
}

async fn hired_kim(world: &World) -> Person {
    let kim = Person::named("kim");
    world.send(world.acme(), &Event::hired(&kim)).await;
    world.at_rest().await;
    kim
}

/// While `old` is frozen another owner carries Kim's termination out and takes it back. Thawed,
/// `old` neither calls nor commits.
async fn assert_outlived(world: &World, old: &Replica, kim: &Person) {
    let acme = world.acme();
    let frozen = Instant::now();
    eventually("the new owner cuts Kim off", REST, async || {
        (acme.directory.user(&kim.user_name).await?.active == Some(false)).then_some(())
    })
    .await;
    measured("owner frozen to its shard's next cut by another", frozen.elapsed());
    world.send(acme, &Event::termination_cancelled(kim)).await;
    eventually("Kim is back in VPN", REST, async || {
        acme.directory.is_member(&kim.user_name, VPN).await.then_some(())
    })
    .await;

    let called = old.target(acme).watch.seen().len();
    let kafka = &old.kafka.as_ref().expect("it is behind a proxy").watch;
    let ended = kafka.seen().iter().filter(|request| request.what == "EndTxn").count();
    old.signal("CONT");
    never_within(WATCHED, async || {
        let calls = old.target(acme).watch.seen();
        calls.get(called).map(|call| format!("the thawed owner called {}", call.what))
    })
    .await;
    let lee = Person::named("lee");
    world.send(acme, &Event::hired(&lee)).await;
    world.at_rest().await;
    // What was asked for before the freeze may be heard of after it.
    assert!(committed_by(old).await <= ended, "a commit of the thawed owner went through");
    assert_eq!(old.target(acme).watch.seen().len(), called);
    assert_eq!(acme.directory.user(&kim.user_name).await.unwrap().active, Some(true));
    for person in [kim, &lee] {
        assert!(acme.directory.is_member(&person.user_name, VPN).await, "{}", person.user_name);
    }
}

/// The commits that went through, as the replica counts them.
async fn committed_by(replica: &Replica) -> usize {
    let (_, text) = replica.get("metrics").await.expect("it answers");
    let line = text.lines().find(|line| {
        line.starts_with("usher_commits_total") && line.contains("outcome=\"committed\"")
    });
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).expect("it is counted")
}
