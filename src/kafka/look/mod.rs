//! Topics as somebody sees them who only looks: no group is joined, nothing is written or committed.
//!
//! The end is fixed when it is asked for, so a look ends while others write on.

mod merge;
#[cfg(test)]
mod tests;

use crate::model::code::Code;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::clients::{self, ANSWER_WITHIN, Apart, Reported};
use crate::config::kafka::KafkaSettings;
use crate::model::{RawRecord, ShardNumber};

/// Memory for what was fetched and not taken yet, over all partitions.
const FETCHED_KBYTES: usize = 64 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not set up a reader for Kafka; check `kafka.properties`")]
    SetUp(#[source] KafkaError),
    #[error("could not ask Kafka at `{brokers}` about the topic `{topic}`; trying again may help")]
    Ask {
        brokers: String,
        topic: String,
        #[source]
        cause: KafkaError,
    },
    #[error("there is no topic `{topic}`, or this client may not see it; {advice}")]
    Missing { topic: String, advice: &'static str },
    #[error("could not read `{topic}`; trying again may help")]
    Read {
        topic: String,
        #[source]
        cause: KafkaError,
    },
    #[error("`{topic}` was silent for {seconds} s before its end; trying again may help")]
    Silent { topic: String, seconds: u64 },
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::SetUp(_) => Code::KafkaClient,
            Self::Ask { .. } => Code::TopicsUnanswered,
            Self::Missing { .. } => Code::TopicsMissing,
            Self::Read { .. } | Self::Silent { .. } => Code::TopicsUnread,
        }
    }
}

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Earliest,
    At(Timestamp),
}

/// Where to end: what lies at or behind it is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// What was there when it was asked.
    Now,
    At(Timestamp),
}

/// Part of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub topic: String,
    pub partition: i32,
    /// The oldest that is left.
    pub low: i64,
    pub start: i64,
    /// The first that is not part of it.
    pub end: i64,
    /// Kafka does not look up by time, so the records' own times tell.
    by_time: Option<(Timestamp, Timestamp)>,
}

impl Span {
    /// Records at most; markers of transactions count along.
    pub fn length(&self) -> u64 {
        u64::try_from(self.end - self.start).unwrap_or_default()
    }

    /// Its last `length` offsets.
    #[must_use]
    pub fn tail(&self, length: i64) -> Self {
        let start = self.end.saturating_sub(length).max(self.start);
        Self { start, ..self.clone() }
    }

    /// It begins with the oldest that is left, and something was there before.
    pub fn begins_cut_off(&self) -> bool {
        self.low > 0 && self.start == self.low
    }

    fn holds(&self, record: &RawRecord) -> bool {
        self.by_time.is_none_or(|(from, until)| (from..until).contains(&record.timestamp))
    }
}

/// A client that looks.
pub struct Look {
    kafka: KafkaSettings,
    group: String,
    client: Arc<BaseConsumer<Reported<Apart>>>,
}

impl Look {
    pub fn open(kafka: &KafkaSettings) -> Result<Self, Error> {
        Self::open_as(kafka, format!("{}-look", kafka.group))
    }

    /// The same for whoever owns a shard: they have the rights of its group, and need no more.
    pub fn open_for(kafka: &KafkaSettings, shard: ShardNumber) -> Result<Self, Error> {
        Self::open_as(kafka, clients::shard_group(kafka, shard))
    }

    /// The client wants the name of a group; nobody joins it, and nothing is committed to it. Who may
    /// work and not look has a name that it may use.
    pub(super) fn open_as(kafka: &KafkaSettings, group: String) -> Result<Self, Error> {
        let config = settings(kafka, &group, 1).map_err(Error::SetUp)?;
        let client = client(kafka, &config).map_err(Error::SetUp)?;
        Ok(Self { kafka: kafka.clone(), group, client })
    }

    /// How many partitions `topic` has.
    pub fn partitions(&self, topic: &str, advice: &'static str) -> Result<i32, Error> {
        let failed = |cause| self.unanswered(topic, cause);
        // Tokens are renewed and errors heard.
        while self.client.poll(Duration::ZERO).is_some() {}
        clients::partition_count(self.client.client(), topic)
            .map_err(failed)?
            .ok_or_else(|| Error::Missing { topic: topic.to_owned(), advice })
    }

    /// What a partition holds from `from` to `until`.
    pub fn span(
        &self,
        topic: &str,
        partition: i32,
        from: From,
        until: Until,
    ) -> Result<Span, Error> {
        let (low, high) = self
            .client
            .fetch_watermarks(topic, partition, ANSWER_WITHIN)
            .map_err(|cause| self.unanswered(topic, cause))?;
        let whole =
            Span { topic: topic.to_owned(), partition, low, start: low, end: high, by_time: None };
        if low == high || (from, until) == (From::Earliest, Until::Now) {
            return Ok(whole);
        }
        if self.offset_at(topic, partition, Timestamp::UNIX_EPOCH)?.is_none() {
            let from = if let From::At(at) = from { at } else { Timestamp::MIN };
            let until = if let Until::At(at) = until { at } else { Timestamp::MAX };
            return Ok(Span { by_time: Some((from, until)), ..whole });
        }
        let end = match until {
            Until::Now => high,
            Until::At(at) => self.offset_at(topic, partition, at)?.unwrap_or(high).min(high),
        };
        let start = match from {
            From::Earliest => low,
            From::At(at) => self.offset_at(topic, partition, at)?.unwrap_or(high),
        };
        Ok(Span { start: start.clamp(low, end.max(low)), end: end.max(low), ..whole })
    }

    /// Gives the records of `spans`, each partition in its order, the earlier record first.
    pub fn read<E: std::convert::From<Error>>(
        &self,
        spans: &[Span],
        take: impl FnMut(RawRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        let spans: Vec<&Span> = spans.iter().filter(|span| span.start < span.end).collect();
        if spans.is_empty() {
            return Ok(());
        }
        let set_up = |cause| E::from(Error::SetUp(cause));
        let config = settings(&self.kafka, &self.group, spans.len()).map_err(set_up)?;
        let consumer = client(&self.kafka, &config).map_err(set_up)?;
        merge::read(&consumer, &spans, take)
    }

    /// The first offset whose record is not older than `at`.
    fn offset_at(&self, topic: &str, partition: i32, at: Timestamp) -> Result<Option<i64>, Error> {
        let failed = |cause| self.unanswered(topic, cause);
        let mut asked = TopicPartitionList::new();
        let millis = Offset::Offset(at.as_millisecond().max(0));
        asked.add_partition_offset(topic, partition, millis).map_err(failed)?;
        let answered = self.client.offsets_for_times(asked, ANSWER_WITHIN).map_err(failed)?;
        let Some(answer) = answered.find_partition(topic, partition) else { return Ok(None) };
        answer.error().map_err(failed)?;
        match answer.offset() {
            Offset::Offset(offset) => Ok(Some(offset)),
            Offset::Beginning
            | Offset::End
            | Offset::Stored
            | Offset::Invalid
            | Offset::OffsetTail(_) => Ok(None),
        }
    }

    fn unanswered(&self, topic: &str, cause: KafkaError) -> Error {
        Error::Ask { brokers: self.kafka.brokers.clone(), topic: topic.to_owned(), cause }
    }
}

fn settings(
    kafka: &KafkaSettings,
    group: &str,
    partitions: usize,
) -> Result<ClientConfig, KafkaError> {
    let mut config = clients::reader(kafka, group)?;
    let share = (FETCHED_KBYTES / partitions.max(1)).clamp(256, 16 * 1024);
    config
        .set("enable.partition.eof", "true")
        // The end shows in a fetch that finds nothing, which the broker holds back so long.
        .set("fetch.wait.max.ms", "20")
        .set("queued.max.messages.kbytes", share.to_string());
    Ok(config)
}

fn client(
    kafka: &KafkaSettings,
    config: &ClientConfig,
) -> Result<Arc<BaseConsumer<Reported<Apart>>>, KafkaError> {
    let client = BaseConsumer::from_config_and_context(config, Reported::new(kafka, Apart))?;
    clients::admit(client.client());
    Ok(Arc::new(client))
}
