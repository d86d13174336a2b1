//! Reading topics of the embedded Kafka: what is there, or all that comes.

use super::{Error, Kafka, WITHIN};
use jiff::Timestamp;
use rdkafka::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::{BTreeSet, VecDeque};
use std::thread;
use std::time::Duration;
use tokio::sync::mpsc;

/// The newest are what matters to somebody who looks.
const RECORDS_MAX: usize = 1_000;

/// How soon a reader notices that nobody listens any more.
const POLL: Duration = Duration::from_millis(50);

/// What goes wrong is told by `poll`; an end that was reached is nothing to log.
struct Quiet;

impl ClientContext for Quiet {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(error = %error, "a reader of the embedded Kafka: {reason}");
    }
}

impl ConsumerContext for Quiet {}

type Reader = BaseConsumer<Quiet>;

/// A record as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    pub partition: i32,
    pub offset: i64,
    pub at: Timestamp,
    pub key: Option<String>,
    /// JSON, or text if it is none.
    pub value: Json,
}

impl Kafka {
    /// The records that are in a topic now, the newest thousand.
    pub async fn read(&self, topic: &str) -> Result<Vec<Record>, Error> {
        let consumer = self.consumer(topic)?;
        let partitions = 0..self.check(topic)?.partitions;
        let failed = |cause| Error::Read { topic: topic.to_owned(), cause };
        tokio::task::spawn_blocking(move || read_to_end(&consumer, partitions.collect()))
            .await
            .map_err(|_crashed| failed(KafkaError::Canceled))?
            .map_err(failed)
    }

    /// The records of a topic from its beginning, and all that come, until nobody listens.
    pub fn follow(&self, topic: &str) -> Result<mpsc::Receiver<Record>, Error> {
        let consumer = self.consumer(topic)?;
        let (found, records) = mpsc::channel(RECORDS_MAX);
        thread::Builder::new()
            .name(format!("follow-{topic}"))
            .spawn(move || follow(&consumer, &found))
            .map_err(|cause| Error::Thread { topic: topic.to_owned(), cause })?;
        Ok(records)
    }

    /// At the beginning of every partition.
    fn consumer(&self, topic: &str) -> Result<Reader, Error> {
        let failed = |cause| Error::Read { topic: topic.to_owned(), cause };
        let mut config = ClientConfig::new();
        for (name, value) in Self::client_properties() {
            config.set(name, value);
        }
        let consumer: Reader = config
            .set("bootstrap.servers", self.broker.to_string())
            .set("group.id", "sandbox")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .create_with_context(Quiet)
            .map_err(failed)?;
        let mut partitions = TopicPartitionList::new();
        for partition in 0..self.check(topic)?.partitions {
            partitions.add_partition_offset(topic, partition, Offset::Beginning).map_err(failed)?;
        }
        consumer.assign(&partitions).map_err(failed)?;
        Ok(consumer)
    }
}

fn read_to_end(consumer: &Reader, mut open: BTreeSet<i32>) -> Result<Vec<Record>, KafkaError> {
    let mut records = VecDeque::new();
    while !open.is_empty() {
        match consumer.poll(WITHIN) {
            Some(Ok(message)) => {
                records.push_back(record(&message));
                if records.len() > RECORDS_MAX {
                    records.pop_front();
                }
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                open.remove(&partition);
            }
            Some(Err(error)) => return Err(error),
            None => return Err(KafkaError::Canceled),
        }
    }
    Ok(records.into())
}

fn follow(consumer: &Reader, found: &mpsc::Sender<Record>) {
    while !found.is_closed() {
        // Its troubles pass, or end with the process.
        if let Some(Ok(message)) = consumer.poll(POLL)
            && found.blocking_send(record(&message)).is_err()
        {
            return;
        }
    }
}

fn record(message: &BorrowedMessage<'_>) -> Record {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let millis = message.timestamp().to_millis().unwrap_or(0);
    let value = message.payload().map(|payload| {
        serde_json::from_slice(payload).unwrap_or_else(|_no_json| Json::from(text(payload)))
    });
    Record {
        partition: message.partition(),
        offset: message.offset(),
        at: Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH),
        key: message.key().map(text),
        value: value.unwrap_or_default(),
    }
}
