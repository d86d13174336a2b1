//! How the input topics are read: without a pause, and without a gap that nobody hears of.

use crate::support::audit::Line;
use crate::support::events::{Event, Person};
use crate::support::world::REST;
use crate::support::{World, eventually, measured, never_within};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::{Duration, Instant};

/// As many partitions as a topic of some size has; each looked at costs a question.
const PARTITIONS: usize = 24;

/// Longer than the time between two looks at what the topics hold.
const STREAM: Duration = Duration::from_secs(12);

/// A reader that asks for every partition behind the fetches that Kafka holds back stands still for
/// more than two seconds; what a loaded machine takes lies far below.
const WAIT_AT_MOST: Duration = Duration::from_millis(1_500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looks_at_many_partitions_do_not_stop_the_reader() {
    let Some(world) = World::set_up("stall").await else { return };
    let acme = world.acme();
    world.broker.add_partitions(&acme.topic, PARTITIONS).await;
    let world = world.alone().await;
    let acme = world.acme();
    let usher = world.started("a").await;
    let first = Person::named("first");
    world.send(acme, &Event::hired(&first)).await;
    world.at_rest().await;

    let began = Instant::now();
    let mut sent = Vec::new();
    for number in 0_u32.. {
        if began.elapsed() > STREAM {
            break;
        }
        let person = Person::named(&format!("kim{number}"));
        world.send(acme, &Event::hired(&person)).await;
        sent.push((person.user_name, Instant::now()));
        let due = began + Duration::from_millis(100) * (number + 1);
        never_within(due.saturating_duration_since(Instant::now()), async || None).await;
    }
    let asked = |user_name: &str| {
        let seen = usher.target(acme).watch.seen();
        seen.iter().find(|call| call.body.contains(user_name)).map(|call| call.at)
    };
    let mut longest = Duration::ZERO;
    for (user_name, at) in sent {
        let called =
            eventually("everybody gets an account", REST, async || asked(&user_name)).await;
        longest = longest.max(called.saturating_duration_since(at));
    }
    measured("24 partitions at 10 events a second: the longest wait for a call", longest);
    assert!(longest < WAIT_AT_MOST, "{longest:?}");
}

/// A connector hangs in the middle of a transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_transaction_in_an_input_topic_is_told_within_seconds() {
    let Some(world) = World::set_up("hanging").await else { return };
    let acme = world.acme();
    let usher = world.started("a").await;
    let connector: BaseProducer =
        world.broker.client().set("transactional.id", &world.name).create().unwrap();
    tokio::task::block_in_place(|| connector.init_transactions(REST).unwrap());
    connector.begin_transaction().unwrap();
    for partition in 0..2 {
        let record = BaseRecord::<[u8], [u8]>::to(&acme.topic).partition(partition).payload(b"{}");
        connector.send(record).unwrap();
    }
    eventually("Kafka has what is not committed", REST, async || {
        connector.poll(Duration::ZERO);
        (connector.in_flight_count() == 0).then_some(())
    })
    .await;

    let kim = Person::named("kim");
    world.send(acme, &Event::hired(&kim)).await;
    eventually("it is told", REST, async || {
        let has_row = world.audit().iter().any(|line| line.why().0 == Some("topic.stalled"));
        let stalled = usher.metric("usher_input_stalled_seconds").await?;
        let lag = usher.metric("usher_input_lag_records").await?;
        (has_row && stalled >= 10.0 && lag >= 1.0 && usher.log().contains("find-hanging"))
            .then_some(())
    })
    .await;
    tokio::task::block_in_place(|| connector.abort_transaction(REST).unwrap());
    world.at_rest().await;
}

/// A connector that gives up again and again: what it aborts nobody can read, and its marks stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aborted_records_and_marks_of_transactions_are_no_lag() {
    let Some(world) = World::set_up("aborted").await else { return };
    let acme = world.acme();
    let usher = world.started("a").await;
    let kim = Person::named("kim");
    world.send(acme, &Event::hired(&kim)).await;
    world.at_rest().await;
    let connector: BaseProducer =
        world.broker.client().set("transactional.id", &world.name).create().unwrap();
    tokio::task::block_in_place(|| {
        connector.init_transactions(REST).unwrap();
        for _ in 0..5 {
            connector.begin_transaction().unwrap();
            for partition in 0..2 {
                let record =
                    BaseRecord::<[u8], [u8]>::to(&acme.topic).partition(partition).payload(b"{}");
                connector.send(record).unwrap();
            }
            connector.flush(REST).unwrap();
            connector.abort_transaction(REST).unwrap();
        }
    });
    eventually("the position is at the end, and nothing is behind", REST, async || {
        let is_read = tokio::task::block_in_place(|| is_read_to_the_end(&world, &acme.topic));
        let lag = usher.metric("usher_input_lag_records").await?;
        (is_read && lag == 0.0).then_some(())
    })
    .await;
}

/// Whether the position that is shown to lag tools is the end of each partition.
fn is_read_to_the_end(world: &World, topic: &str) -> bool {
    let within = Duration::from_secs(10);
    let client: BaseConsumer = world.broker.client().create().unwrap();
    let groups = client.fetch_group_list(None, within).unwrap();
    let shards = format!("{}-shard-", world.name);
    let end = |partition| client.fetch_watermarks(topic, partition, within).unwrap().1;
    let names = groups.groups().iter().map(|group| group.name().to_owned());
    names.filter(|name| name.starts_with(&shards)).any(|group| {
        let client: BaseConsumer = world.broker.client().set("group.id", &group).create().unwrap();
        let mut asked = TopicPartitionList::new();
        asked.add_partition_range(topic, 0, 1);
        let told = client.committed_offsets(asked, within).unwrap();
        told.elements().iter().all(|it| it.offset() == Offset::Offset(end(it.partition())))
    })
}

/// Deleted and made again while nobody looks, with more in it than was ever read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topic_made_anew_and_filled_beyond_the_position_is_read_from_its_beginning() {
    let Some(world) = World::set_up("anew").await else { return };
    let acme = world.acme();
    let mut usher = world.started("a").await;
    let kim = Person::named("kim");
    world.send(acme, &Event::hired(&kim)).await;
    world.at_rest().await;
    usher.stop().await;

    world.broker.delete_topic(&acme.topic).await;
    world.broker.create_topic(&acme.topic, 2).await;
    world.send(acme, &Event::terminated(&kim)).await;
    for number in 0..40 {
        world.send(acme, &Event::hired(&Person::named(&format!("new{number}")))).await;
    }
    usher.start().await;
    eventually("Kim is out", REST, async || {
        (acme.directory.user(&kim.user_name).await?.active == Some(false)).then_some(())
    })
    .await;
    let is_told = |line: &Line| line.why().0 == Some("topic.made_anew");
    assert!(world.audit().iter().any(is_told));
}
