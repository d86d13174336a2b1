//! How the input topics are read: without a pause, and without a gap that nobody hears of.

use crate::support::events::{Event, Person};
use crate::support::world::REST;
use crate::support::{World, eventually, measured, never_within};
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
