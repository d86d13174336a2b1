//! One record, written where it is to stand, by somebody who is no owner of a shard.

use super::clients::{self, ANSWER_WITHIN, Reported, Role};
use super::topics::CONTROL_BYTES;
use crate::config::kafka::KafkaSettings;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use rdkafka::{Message, types::RDKafkaErrorCode};
use std::sync::{Mutex, PoisonError};

/// What became of the record: its offset, or why it is not there.
#[derive(Debug, Default)]
struct Delivered(Mutex<Option<Result<i64, KafkaError>>>);

impl Role for Delivered {}

impl ProducerContext for Reported<Delivered> {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _opaque: ()) {
        let told = match result {
            Ok(message) => Ok(message.offset()),
            Err((error, _)) => Err(error.clone()),
        };
        *self.role.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
    }
}

/// Writes `value` with `headers` into a partition, and waits until Kafka has it. Gives the offset.
///
/// # Errors
///
/// If Kafka does not take it, or does not say within ten seconds that it has; then it may be there.
pub fn send(
    kafka: &KafkaSettings,
    (topic, partition): (&str, i32),
    value: &[u8],
    headers: &[(&str, &[u8])],
) -> Result<i64, KafkaError> {
    let mut config = clients::client(kafka)?;
    config
        .set("enable.idempotence", "true")
        .set("linger.ms", "0")
        // How much a record may take the topic says.
        .set("message.max.bytes", CONTROL_BYTES.to_string())
        .set("message.timeout.ms", ANSWER_WITHIN.as_millis().to_string());
    let context = Reported::new(kafka, Delivered::default());
    let producer: BaseProducer<Reported<Delivered>> = config.create_with_context(context)?;
    clients::admit(producer.client());
    let mut owned = OwnedHeaders::new_with_capacity(headers.len());
    for (key, value) in headers {
        owned = owned.insert(Header { key, value: Some(*value) });
    }
    let record: BaseRecord<'_, [u8], [u8]> =
        BaseRecord::to(topic).partition(partition).payload(value).headers(owned);
    producer.send(record).map_err(|(error, _)| error)?;
    producer.flush(ANSWER_WITHIN)?;
    let told = producer.context().role.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    told.unwrap_or(Err(KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut)))
}
