//! Shards move between replicas, in time and without losing an event.

use crate::support::events::{Event, Person};
use crate::support::replica::Replica;
use crate::support::settings::{VPN, topic};
use crate::support::world::{REST, Tenant};
use crate::support::{World, eventually, measured};
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use usher::model::{ShardNumber, TenantName};

const SHARDS: u32 = 3;
/// On three shards these lie as 2, 2 and 1.
const TENANTS: [&str; 5] = ["acme", "globex", "initech", "umbrella", "hooli"];
const SESSION_TIMEOUT: Duration = Duration::from_secs(6);

/// A tenant of each shard.
fn one_of_each_shard(world: &World) -> Vec<&Tenant> {
    let shard = |tenant: &Tenant| {
        let name = TenantName::new(tenant.name.as_str());
        ShardNumber::of(&name, i32::try_from(SHARDS).unwrap())
    };
    let mut seen = BTreeSet::new();
    world.tenants.iter().filter(|tenant| seen.insert(shard(tenant))).collect()
}

/// Two replicas that share three shards.
async fn shared(world: &World) -> (Replica, Replica) {
    let one = world.started("one").await;
    let other = world.started("other").await;
    eventually("both replicas own shards", REST, async || {
        let owned = one.metric("usher_shards_owned").await?;
        let others = other.metric("usher_shards_owned").await?;
        (owned >= 1.0 && others >= 1.0 && owned + others >= 3.0).then_some(())
    })
    .await;
    (one, other)
}

/// Sends a hire to each shard and waits until all of them are decided.
async fn all_shards_commit(world: &World, name: &str) {
    let tenants = one_of_each_shard(world);
    assert_eq!(tenants.len(), 3, "choose other tenant names");
    let mut waiting = BTreeSet::new();
    for tenant in tenants {
        let hired = Event::hired(&Person::named(name));
        world.send(tenant, &hired).await;
        waiting.insert(hired.id);
    }
    eventually("every shard has committed", REST, async || {
        for line in world.audit() {
            if line.kind() == "decision" {
                waiting.remove(line.event()?);
            }
        }
        waiting.is_empty().then_some(())
    })
    .await;
}

async fn assert_nobody_lost(world: &World, names: &[&str]) {
    world.at_rest().await;
    for tenant in one_of_each_shard(world) {
        for name in names {
            let person = Person::named(name);
            let is_member = tenant.directory.is_member(&person.user_name, VPN).await;
            assert!(is_member, "{name} at {}", tenant.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_replica_loses_its_shards_to_the_other() {
    let Some(world) = World::with("killed", &TENANTS, SHARDS).await else { return };
    let world = world.alone().await;
    let (_one, mut other) = shared(&world).await;
    all_shards_commit(&world, "kim").await;

    let killed = other.kill().await;
    all_shards_commit(&world, "lee").await;
    let taken = killed.elapsed();
    measured("kill -9 to the new owner's first commit", taken);
    assert!(taken < SESSION_TIMEOUT + Duration::from_secs(3), "{taken:?}");
    assert_nobody_lost(&world, &["kim", "lee"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped_replica_hands_its_shards_over_at_once() {
    let Some(world) = World::with("stopped", &TENANTS, SHARDS).await else { return };
    let world = world.alone().await;
    let (_one, other) = shared(&world).await;
    all_shards_commit(&world, "kim").await;

    let stopped = Instant::now();
    other.signal("TERM");
    all_shards_commit(&world, "lee").await;
    let taken = stopped.elapsed();
    measured("SIGTERM to the new owner's first commit", taken);
    assert!(taken < Duration::from_secs(2), "{taken:?}");
    assert_nobody_lost(&world, &["kim", "lee"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replica_whose_name_another_takes_stops_and_says_so() {
    let Some(world) = World::set_up("fenced").await else { return };
    let mut first = world.replica_named("first", "twin").await;
    first.start().await;
    let second = world.replica_named("second", "twin").await;
    let mut second = second;
    second.start().await;

    let (status, _) = first.end(REST).await;
    assert!(!status.success(), "{status}");
    let log = first.log();
    assert!(log.contains("twin") && log.contains("kafka.instance_id"), "{log}");
    let kim = Person::named("kim");
    world.send(world.acme(), &Event::hired(&kim)).await;
    world.at_rest().await;
    assert!(world.acme().directory.is_member(&kim.user_name, VPN).await);
}

/// A few clicks in a console: the next replica would look for its tenants on other shards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitions_added_to_the_topics_of_usher_stop_who_starts_and_who_runs() {
    let Some(world) = World::with("added", &["acme"], 4).await else { return };
    let mut running = world.started("running").await;
    let kim = Person::named("kim");
    world.send(world.acme(), &Event::hired(&kim)).await;
    world.at_rest().await;

    let control = topic(&world.name, "control");
    for which in [&control, &topic(&world.name, "people")] {
        world.broker.add_partitions(which, 6).await;
    }
    let mut starting = world.replica("starting").await;
    starting.spawn();
    for replica in [&mut starting, &mut running] {
        let (status, _) = replica.end(Duration::from_secs(30)).await;
        assert!(!status.success(), "{status}");
        let log = replica.log();
        assert!(log.contains(&control) && log.contains("usher init"), "{log}");
    }

    assert!(world.shard_records().keys().all(|shard| *shard < 4), "nothing is written beyond them");

    world.broker.delete_topic(&control).await;
    let init = world.init(&[]).await;
    assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
    running.start().await;
    let lee = Person::named("lee");
    world.send(world.acme(), &Event::hired(&lee)).await;
    world.at_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn group_that_another_deployment_uses_is_refused_by_name() {
    let Some(world) = World::set_up("strangers").await else { return };
    let stranger: BaseConsumer =
        world.broker.client().set("group.id", &world.name).create().unwrap();
    stranger.subscribe(&[&world.acme().topic]).unwrap();
    eventually("the stranger is in the group", REST, async || {
        drop(tokio::task::block_in_place(|| stranger.poll(Duration::from_millis(20))));
        (stranger.assignment().unwrap().count() > 0).then_some(())
    })
    .await;
    let mut usher = world.replica("a").await;
    usher.spawn();
    let (status, _) = usher.end(Duration::from_secs(20)).await;
    assert!(!status.success(), "{status}");
    let log = usher.log();
    assert!(log.contains("ownership.group_in_use") && log.contains(&world.acme().topic), "{log}");
}
