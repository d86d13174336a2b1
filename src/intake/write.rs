//! Records on their way into Kafka. Each is waited for: nobody is told that it is there before it is.

use super::record::Outgoing;
use super::refusal::Refusal;
use crate::config::kafka::KafkaSettings;
use crate::kafka::clients::{self, Reported};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use std::fmt;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Headers and key beside the body.
const BESIDE_THE_BODY: usize = 64 * 1024;

/// Where a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) partition: i32,
    pub(super) offset: i64,
}

/// The producer of all doors.
pub(super) struct Writer {
    producer: FutureProducer<Reported>,
    within: Duration,
    /// The client can do nothing any more; only a new one could.
    worn_out: CancellationToken,
}

impl fmt::Debug for Writer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Writer").field("within", &self.within).finish_non_exhaustive()
    }
}

impl Writer {
    /// Reaches no network yet.
    pub(super) fn start(
        kafka: &KafkaSettings,
        body_bytes_max: usize,
        within: Duration,
    ) -> Result<Self, KafkaError> {
        let milliseconds = within.as_millis().to_string();
        let mut config = clients::client(kafka)?;
        config
            // On every in-sync replica, in order, and not twice when the client tries again.
            .set("enable.idempotence", "true")
            .set("acks", "all")
            // A record waits so long for others that go with it.
            .set("linger.ms", "1")
            .set("message.max.bytes", (body_bytes_max + BESIDE_THE_BODY).to_string())
            .set("message.timeout.ms", &milliseconds)
            .set("request.timeout.ms", &milliseconds);
        let context = Reported::new(kafka, ());
        // Its own thread polls it from the start, and so gets its first token, too.
        let producer = config.create_with_context(context)?;
        Ok(Self { producer, within, worn_out: CancellationToken::new() })
    }

    /// Writes a record, and waits until Kafka has it.
    pub(super) async fn write(&self, out: &Outgoing) -> Result<Place, Refusal> {
        let mut headers = OwnedHeaders::new_with_capacity(out.headers.len());
        for (key, value) in &out.headers {
            headers = headers.insert(Header { key, value: Some(value) });
        }
        let mut record =
            FutureRecord::<str, [u8]>::to(&out.topic).payload(&out.value).headers(headers);
        record.key = out.key.as_deref();
        let sent =
            self.producer.send_result(record).map_err(|(error, _)| self.refusal(&error, out))?;
        // The client's own time ends first, unless it is stuck.
        let most = self.within + Duration::from_secs(1);
        match tokio::time::timeout(most, sent).await {
            Ok(Ok(Ok(at))) => Ok(Place { partition: at.partition, offset: at.offset }),
            Ok(Ok(Err((error, _)))) => Err(self.refusal(&error, out)),
            Ok(Err(_)) | Err(_) => Err(Refusal::KafkaAway),
        }
    }

    /// Until the client can do nothing any more.
    pub(super) fn until_worn_out(&self) -> CancellationToken {
        self.worn_out.clone()
    }

    /// What the client says, as a sender is told. What time does not mend is told to operators.
    fn refusal(&self, error: &KafkaError, out: &Outgoing) -> Refusal {
        use RDKafkaErrorCode as Said;
        let topic = &out.topic;
        match error.rdkafka_error_code() {
            Some(Said::MessageSizeTooLarge | Said::InvalidMessageSize) => {
                tracing::error!(%error, topic, "the topic takes smaller records than `receive.body_bytes_max`");
                Refusal::TooLarge { most: out.value.len().saturating_sub(1) }
            }
            Some(
                Said::UnknownTopicOrPartition
                | Said::UnknownTopic
                | Said::UnknownPartition
                | Said::TopicAuthorizationFailed
                | Said::ClusterAuthorizationFailed
                | Said::InvalidTopic
                | Said::PolicyViolation,
            ) => {
                tracing::error!(%error, topic, "Kafka does not take what comes in; senders are told to wait");
                Refusal::KafkaRefuses
            }
            Some(Said::Fatal) => {
                tracing::error!(%error, topic, "the Kafka client is worn out; usher receive ends, to be started again");
                self.worn_out.cancel();
                Refusal::KafkaAway
            }
            // All others may be over in a moment.
            Some(_) | None => {
                tracing::warn!(%error, topic, "Kafka did not take what came in; the sender is told to come again");
                Refusal::KafkaAway
            }
        }
    }
}
