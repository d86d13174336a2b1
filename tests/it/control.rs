//! The owner of a shard reads the shard's partition of the control topic like any other input.

use crate::support::audit::{Line, Place};
use crate::support::events::{Event, Person};
use crate::support::settings::topic;
use crate::support::world::REST;
use crate::support::{World, eventually};
use rdkafka::producer::{FutureProducer, FutureRecord};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One of them has no tenant.
const SHARDS: u32 = 2;

/// Writes to the shard's partition what anybody might: an event, which must not be taken for one.
async fn send(world: &World, shard: i32) -> Place {
    let producer: FutureProducer = world.broker.client().create().unwrap();
    let control = topic(&world.name, "control");
    let hired = Event::hired(&Person::named("kim")).binary();
    let record = FutureRecord::<[u8], [u8]> {
        topic: &control,
        partition: Some(shard),
        payload: hired.value.as_deref(),
        key: None,
        timestamp: None,
        headers: Some(hired.kafka_headers()),
    };
    let delivery = producer.send(record, Duration::from_secs(10)).await.unwrap();
    let (partition, offset) = (delivery.partition.into(), delivery.offset);
    Place { topic: control, partition, offset, index: 0 }
}

/// How often each record of the control topic was decided.
fn decided(world: &World) -> BTreeMap<Place, usize> {
    let mut decided = BTreeMap::new();
    for line in world.audit().iter().filter(|line| line.kind() == "decision") {
        assert_eq!((line.outcome(), line.why().0), ("parked", Some("command.unknown")));
        *decided.entry(line.place()).or_default() += 1;
    }
    decided
}

async fn are_decided(world: &World, sent: &BTreeSet<Place>) {
    eventually("every command is decided", REST, async || {
        let decided: BTreeSet<Place> = decided(world).into_keys().collect();
        decided.is_superset(sent).then_some(())
    })
    .await;
}

/// Waits until both shards have a place from which they listen.
async fn listens(world: &World) {
    let control = topic(&world.name, "control");
    eventually("both shards listen", REST, async || {
        let records = world.shard_records();
        let listens = |shard: i32| {
            let place = &records.get(&shard)?["body"]["topics"][&control]["next"];
            place[shard.to_string()].as_i64()
        };
        (0..2).all(|shard| listens(shard).is_some()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_command_is_decided_once_whoever_owns_the_shard_and_whenever_it_was_sent() {
    let Some(world) = World::with("control", &["acme"], SHARDS).await else { return };
    send(&world, 0).await;
    let mut first = world.started("first").await;
    listens(&world).await;
    let mut sent = BTreeSet::from([send(&world, 0).await, send(&world, 1).await]);
    are_decided(&world, &sent).await;

    first.kill().await;
    for shard in [0, 1, 0] {
        sent.insert(send(&world, shard).await);
    }
    let _second = world.started("second").await;
    are_decided(&world, &sent).await;
    sent.insert(send(&world, 0).await);
    are_decided(&world, &sent).await;

    let expected: BTreeMap<Place, usize> = sent.into_iter().map(|place| (place, 1)).collect();
    assert_eq!(decided(&world), expected);
    let audit = world.audit();
    let is_early = |line: &&Line| line.why().0 == Some("command.too_early");
    assert_eq!(audit.iter().filter(is_early).count(), 1, "of the shard to which it was sent");
    assert_eq!(world.parked().len(), expected.len());
    assert!(world.seats().is_empty(), "nobody was hired by it");
}
