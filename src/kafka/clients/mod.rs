//! How Kafka clients are set up, and what becomes of their complaints.
//!
//! What usher's promises rest on is set here and cannot be changed by `kafka.properties`.

mod certificate;
mod context;
pub mod credentials;
mod describe;
pub mod reach;
#[cfg(test)]
mod tests;
mod trouble;

use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::client::Client;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::config::kafka::KafkaSettings;
use crate::model::{Deployment, ShardNumber};
use crate::observe;

pub use context::{Apart, Reported, Role, admit};
pub use describe::topic_id;

/// How long one question to Kafka may take.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Without a sign of life for so long, an owner has lost its shards. Kafka's default minimum.
pub const SESSION: Duration = Duration::from_secs(6);

/// Settings that usher makes itself, with the reason an operator gets to read.
const RESERVED: &[(&str, &str)] = &[
    ("acks", "a commit must be on every in-sync replica"),
    ("allow.auto.create.topics", "a topic that is missing must not appear as Kafka would make it"),
    ("auto.offset.reset", "usher decides where to read from its own state"),
    ("bootstrap.servers", "set `kafka.brokers` instead"),
    ("enable.auto.commit", "positions are kept in usher's own state"),
    ("enable.auto.offset.store", "positions are kept in usher's own state"),
    ("enable.idempotence", "commits are transactions"),
    ("enable.partition.eof", "restoring ends at it"),
    ("group.id", "set `kafka.group` instead"),
    ("group.instance.id", "set `kafka.instance_id` instead"),
    ("group.protocol", "ownership rests on the classic protocol"),
    ("isolation.level", "what was not committed must not be seen"),
    ("metadata.broker.list", "set `kafka.brokers` instead"),
    ("partition.assignment.strategy", "shards move one by one, without a stop of the others"),
    ("session.timeout.ms", "the time of a takeover rests on it"),
    ("transaction.timeout.ms", "the time of a takeover rests on it"),
    ("transactional.id", "each shard has its own"),
];

/// The properties of the configuration that usher does not let anybody change, and why.
pub fn reserved(kafka: &KafkaSettings) -> Vec<(&str, &'static str)> {
    RESERVED
        .iter()
        .filter_map(|(name, why)| {
            let (given, _) = kafka.properties.get_key_value(*name)?;
            Some((given.as_str(), *why))
        })
        .collect()
}

/// The group under which a shard's positions can be seen by lag tools.
pub fn shard_group(kafka: &KafkaSettings, shard: ShardNumber) -> String {
    format!("{}-shard-{shard}", kafka.group)
}

/// Under which transactional id a shard is written. It names the deployment, so that two of them that
/// go by the same group do not fence each other.
pub fn transactional_id(kafka: &KafkaSettings, shard: ShardNumber) -> String {
    let deployment = Deployment::of(&kafka.topics.people, 0);
    format!("{}-{}", shard_group(kafka, shard), deployment.id)
}

/// The same in earlier versions: who takes a shard over from one of them must fence it, too.
pub fn earlier_transactional_id(kafka: &KafkaSettings, shard: ShardNumber) -> String {
    shard_group(kafka, shard)
}

/// What every client has; fails if a file of `kafka.security` cannot be read.
pub fn client(kafka: &KafkaSettings) -> Result<ClientConfig, KafkaError> {
    let mut config = ClientConfig::new();
    let is_debugged = kafka.properties.contains_key("debug");
    config.set_log_level(if is_debugged { RDKafkaLogLevel::Debug } else { RDKafkaLogLevel::Info });
    for (name, value) in &kafka.properties {
        config.set(name, value);
    }
    credentials::add(&kafka.security, &mut config)
        .map_err(|error| KafkaError::ClientCreation(observe::chain(&error)))?;
    config
        .set("bootstrap.servers", &kafka.brokers)
        // A producer asks for it by default, and so does who only looks by means of one.
        .set("allow.auto.create.topics", "false")
        .set("reconnect.backoff.ms", "50")
        .set("reconnect.backoff.max.ms", "1000")
        .set("socket.nagle.disable", "true");
    Ok(config)
}

/// A consumer that is told what to read and commits nothing by itself.
pub fn reader(kafka: &KafkaSettings, group: &str) -> Result<ClientConfig, KafkaError> {
    let mut config = client(kafka)?;
    config
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("isolation.level", "read_committed")
        // Whoever comes to a position that is gone must hear of it, not be put somewhere else.
        .set("auto.offset.reset", "error")
        // A full queue otherwise stops fetching for a second.
        .set("fetch.queue.backoff.ms", "10")
        .set("fetch.error.backoff.ms", "100")
        .set("queued.min.messages", "5000")
        .set("queued.max.messages.kbytes", "8192");
    Ok(config)
}

/// How many partitions a topic has; `None` if it is not there.
pub fn partition_count<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
) -> Result<Option<i32>, KafkaError> {
    let metadata = client.fetch_metadata(Some(topic), ANSWER_WITHIN)?;
    let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else {
        return Ok(None);
    };
    match found.error().map(RDKafkaErrorCode::from) {
        None => Ok(i32::try_from(found.partitions().len()).ok()),
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
            Ok(None)
        }
        Some(code) => Err(KafkaError::MetadataFetch(code)),
    }
}
