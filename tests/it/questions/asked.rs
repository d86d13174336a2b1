//! The program that is asked, and what is left at Kafka by whoever asks.

use crate::support::World;
use crate::support::replica::PROGRAM;
use crate::support::settings::topic;
use crate::support::world::Plan;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

/// The rules of the tests, but that a quarantine leaves the VPN alone and deletion comes sooner.
pub(super) fn milder_rules(directory: &Path) -> PathBuf {
    let rules = std::fs::read_to_string(&Plan::plain("acme", "enforce").rules[0]).unwrap();
    let mild = rules
        .replace("add: [Quarantine_HighRisk], remove: [VPN_Allowed]", "add: [Quarantine_HighRisk]")
        .replace("after: 30d", "after: 2d");
    assert_eq!(mild.lines().count(), rules.lines().count());
    assert_ne!(mild, rules, "are the rules still what they were?");
    let file = directory.join("milder.yaml");
    std::fs::write(&file, mild).unwrap();
    file
}

/// A program that answers questions about this deployment.
pub(super) struct Asked {
    pub(super) configuration: PathBuf,
}

impl Asked {
    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).arg("--config").arg(&self.configuration);
        tokio::task::block_in_place(|| command.output().unwrap())
    }

    /// What it prints when all is well.
    pub(super) fn text(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(super) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.text(arguments)).unwrap()
    }

    /// Exit code and complaint.
    pub(super) fn refusal(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.run(arguments);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
}

/// The ends of all partitions of all topics of a deployment, and the groups that have its name.
pub(super) fn traces(world: &World) -> (BTreeMap<(String, i32), i64>, Vec<String>) {
    let client: BaseConsumer = world.broker.client().create().unwrap();
    let within = Duration::from_secs(10);
    let mut ends = BTreeMap::new();
    for topic in client.fetch_metadata(None, within).unwrap().topics() {
        if !topic.name().starts_with(&world.name) {
            continue;
        }
        for partition in topic.partitions() {
            let (_, end) = client.fetch_watermarks(topic.name(), partition.id(), within).unwrap();
            ends.insert((topic.name().to_owned(), partition.id()), end);
        }
    }
    let groups = client.fetch_group_list(None, within).unwrap();
    let names = groups.groups().iter().map(|group| group.name().to_owned());
    (ends, names.filter(|name| name.starts_with(&world.name)).collect())
}

/// All that a topic holds is gone, as after its retention.
pub(super) async fn remove_records(world: &World, topic: &str) {
    let admin: AdminClient<DefaultClientContext> = world.broker.client().create().unwrap();
    let (ends, _) = traces(world);
    let mut before = TopicPartitionList::new();
    for ((_, partition), end) in ends.into_iter().filter(|((name, _), _)| name == topic) {
        before.add_partition_offset(topic, partition, Offset::Offset(end)).unwrap();
    }
    admin.delete_records(&before, &AdminOptions::new()).await.unwrap();
}

/// A record of the state that nobody can read.
pub(super) async fn write_garbage(world: &World) {
    let producer: FutureProducer = world.broker.client().create().unwrap();
    let people = topic(&world.name, "people");
    let record = FutureRecord::to(&people).key("acme/p-x").payload("{}").partition(0);
    producer.send(record, Duration::from_secs(10)).await.unwrap();
}
