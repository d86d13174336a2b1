//! The first record of each shard, written by `usher init` before any replica can own one.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};

use super::Error;
use super::producer::pause;
use crate::config::kafka::KafkaSettings;
use crate::kafka::clients::{self, ANSWER_WITHIN, Reported, Role};
use crate::model::{ShardNumber, StateWrite};

/// What became of the records; the first that failed is kept.
#[derive(Debug, Default)]
struct Fates(Mutex<Option<(i32, KafkaError)>>);

impl Fates {
    fn failed(&self) -> MutexGuard<'_, Option<(i32, KafkaError)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Role for Fates {}

impl ProducerContext for Reported<Fates> {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _opaque: ()) {
        if let Err((cause, message)) = result {
            self.role.failed().get_or_insert((message.partition(), cause.clone()));
        }
    }
}

/// Writes `record` to each of the partitions `0..shards` of the people topic. Blocks.
pub fn write(kafka: &KafkaSettings, shards: i32, record: &StateWrite) -> Result<(), Error> {
    let topic = &kafka.topics.people;
    let failed_at =
        |shard: i32, cause| Error::First { shard: ShardNumber(shard), topic: topic.clone(), cause };
    let mut config = clients::client(kafka).map_err(|cause| failed_at(0, cause))?;
    config.set("acks", "all").set("enable.idempotence", "true").set("linger.ms", "0");
    let producer: BaseProducer<Reported<Fates>> = config
        .create_with_context(Reported::new(kafka, Fates::default()))
        .map_err(|cause| failed_at(0, cause))?;
    clients::admit(producer.client());
    for shard in 0..shards {
        let mut message: BaseRecord<'_, [u8], [u8]> =
            BaseRecord::to(topic).partition(shard).key(record.key.as_bytes());
        message.payload = record.value.as_deref();
        producer.send(message).map_err(|(cause, _)| failed_at(shard, cause))?;
    }
    let deadline = Instant::now() + ANSWER_WITHIN;
    while producer.in_flight_count() > 0 {
        if Instant::now() > deadline {
            return Err(Error::FirstTooSlow { topic: topic.clone() });
        }
        producer.poll(Duration::ZERO);
        pause(Duration::from_millis(1));
    }
    let failure = producer.context().role.failed().take();
    match failure {
        None => Ok(()),
        Some((shard, cause)) => Err(failed_at(shard, cause)),
    }
}
