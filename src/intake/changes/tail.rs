//! The audit from an hour ago on, for whoever waits for what comes of a request.
//!
//! Without it requests are taken all the same: nobody is told what came of them here, and the audit keeps it.

use super::outcome::Outcomes;
use crate::audit::line::Line;
use crate::clock::Clock;
use crate::config::kafka::KafkaSettings;
use crate::kafka::clients::{self, Apart, Reported};
use crate::kafka::look::{self, From, Look, Until};
use crate::shutdown::Shutdown;
use jiff::{SignedDuration, Timestamp};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::sync::Arc;
use std::time::Duration;

/// How far back somebody is told what came of a request after a restart.
const BACK: SignedDuration = SignedDuration::from_hours(1);

/// How long one wait for records lasts; so long nobody notices the shutdown.
const POLL: Duration = Duration::from_millis(100);

/// Who could not read tries again after this.
const AGAIN: Duration = Duration::from_secs(5);

const ADVICE: &str = "run `usher init`";

/// Reads until the shutdown, on a thread of its own.
pub(super) fn start(kafka: KafkaSettings, outcomes: Arc<Outcomes>, shutdown: Shutdown) {
    std::thread::spawn(move || {
        while !shutdown.is_begun() {
            if let Err(error) = read(&kafka, &outcomes, &shutdown) {
                let code = error.code().as_str();
                tracing::warn!(code, %error, "what comes of requests cannot be told; it is tried again");
                std::thread::park_timeout(AGAIN);
            }
        }
    });
}

fn read(
    kafka: &KafkaSettings,
    outcomes: &Outcomes,
    shutdown: &Shutdown,
) -> Result<(), look::Error> {
    let topic = kafka.topics.audit.as_str();
    let consumer = open(kafka, topic)?;
    while !shutdown.is_begun() {
        match consumer.poll(POLL) {
            Some(Ok(message)) => {
                if let Some(line) = message.payload().and_then(Line::read) {
                    outcomes.hear(&line);
                }
            }
            None | Some(Err(KafkaError::PartitionEOF(_))) => {}
            Some(Err(cause)) => {
                return Err(look::Error::Read { topic: topic.to_owned(), cause });
            }
        }
    }
    Ok(())
}

fn open(kafka: &KafkaSettings, topic: &str) -> Result<BaseConsumer<Reported<Apart>>, look::Error> {
    let look = Look::open(kafka)?;
    let now = Clock::of_this_process().now();
    let from = From::At(now.checked_sub(BACK).unwrap_or(Timestamp::MIN));
    let failed = |cause| look::Error::Read { topic: topic.to_owned(), cause };
    let mut assignment = TopicPartitionList::new();
    for partition in 0..look.partitions(topic, ADVICE)? {
        let span = look.span(topic, partition, from, Until::Now)?;
        let start = Offset::Offset(span.start);
        assignment.add_partition_offset(topic, partition, start).map_err(failed)?;
    }
    let group = format!("{}-look", kafka.group);
    let config = clients::reader(kafka, &group).map_err(look::Error::SetUp)?;
    let context = Reported::new(kafka, Apart);
    let consumer: BaseConsumer<Reported<Apart>> =
        BaseConsumer::from_config_and_context(&config, context).map_err(look::Error::SetUp)?;
    clients::admit(consumer.client());
    consumer.assign(&assignment).map_err(failed)?;
    Ok(consumer)
}
