//! `usher init`, and what `usher run` says when it was forgotten.

use crate::support::World;
use crate::support::settings::topic;
use std::process::Output;
use std::time::Duration;

fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn number_of_shards_is_fixed_for_ever() {
    let Some(world) = World::bare("init", &["acme"], "enforce").await else { return };
    let first = world.init(&["--shards", "3"]).await;
    assert!(first.status.success(), "{}", text(&first));
    for again in [&["--shards", "3"][..], &[]] {
        let again = world.init(again).await;
        assert!(again.status.success(), "{}", text(&again));
    }
    for other in ["1", "4"] {
        let refused = world.init(&["--shards", other]).await;
        assert!(!refused.status.success(), "{}", text(&refused));
        let said = text(&refused);
        assert!(said.contains('3') && said.contains("shards"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_are_made_as_they_must_be() {
    let Some(world) = World::bare("topics", &["acme"], "enforce").await else { return };
    let init = world.init(&["--shards", "3"]).await;
    assert!(init.status.success(), "{}", text(&init));
    for (which, policy) in
        [("control", "delete"), ("people", "compact"), ("audit", "delete"), ("parked", "delete")]
    {
        let topic = topic(&world.name, which);
        let found = world.broker.topic_setting(&topic, "cleanup.policy").await;
        assert_eq!(found, policy, "{which}");
    }
    for which in ["control", "people"] {
        assert_eq!(world.broker.partitions(&topic(&world.name, which)), 3, "{which}");
    }
    let parked = topic(&world.name, "parked");
    let takes = world.broker.topic_setting(&parked, "max.message.bytes").await;
    assert!(takes.parse::<usize>().unwrap() >= 2 * 1024 * 1024, "{takes}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn run_without_init_says_what_to_do() {
    let Some(world) = World::bare("forgot", &["acme"], "enforce").await else { return };
    let mut usher = world.replica("a").await;
    usher.spawn();
    let (status, _) = usher.end(Duration::from_secs(20)).await;
    assert!(!status.success());
    let said = usher.log();
    assert!(said.contains("usher init"), "{said}");
    for which in ["control", "people", "audit", "parked"] {
        assert!(!world.broker.has(&topic(&world.name, which)), "{which} was made by asking for it");
    }
    let init = world.init(&["--shards", "4"]).await;
    assert!(init.status.success(), "{}", text(&init));
    assert_eq!(world.broker.partitions(&topic(&world.name, "people")), 4);
}

/// `auto.create.topics.enable` is on where nobody turned it off.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_that_kafka_made_by_itself_are_made_anew() {
    let Some(world) = World::bare("stock", &["acme"], "enforce").await else { return };
    for which in ["control", "people", "audit"] {
        world.broker.ask_for(&topic(&world.name, which)).await;
    }
    let init = world.init(&["--shards", "3"]).await;
    assert!(init.status.success(), "{}", text(&init));
    assert!(text(&init).contains("made anew"), "{}", text(&init));
    for which in ["control", "people"] {
        assert_eq!(world.broker.partitions(&topic(&world.name, which)), 3, "{which}");
    }
    let people = topic(&world.name, "people");
    assert_eq!(world.broker.topic_setting(&people, "cleanup.policy").await, "compact");
}

/// A command that was signed for one Kafka counts nowhere else, though the topics have the same names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_id_of_a_deployment_is_drawn_and_stays() {
    let Some(world) = World::bare("drawn", &["acme"], "enforce").await else { return };
    let id = |output: &Output| {
        let said = text(output);
        let (_, id) = said.rsplit_once("the id ").unwrap_or_else(|| panic!("{said}"));
        id.trim().to_owned()
    };
    let drawn = id(&world.init(&["--shards", "2"]).await);
    assert_eq!(drawn.len(), 32, "{drawn}");
    assert_eq!(id(&world.init(&[]).await), drawn);
    let mut usher = world.replica("a").await;
    usher.start().await;
    usher.stop().await;
    for (shard, record) in world.shard_records() {
        assert_eq!(record["body"]["deployment"]["id"], drawn, "shard {shard}");
    }
    assert_eq!(id(&world.init(&[]).await), drawn);
}
