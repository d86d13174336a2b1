//! What is known of a shard's people: its partition of the people topic, read to its end.
//!
//! The end is what a `read_uncommitted` client sees after `init_transactions` has returned. A
//! `read_committed` client may see less for a moment, while markers of transactions that are
//! already decided are being written, and whoever stops there forgets committed state. The last
//! offsets are markers and never arrive as records, so the end is told by the end-of-partition event.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::config::{ClientConfig, FromClientConfigAndContext};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::config::kafka::KafkaSettings;
use crate::kafka::clients::{self, ANSWER_WITHIN, Reported};
use crate::model::ShardNumber;

/// How long decided transactions may take to become visible.
const STABLE_WITHIN: Duration = Duration::from_secs(20);

/// How long nothing may arrive before the end.
const SILENCE_AT_MOST: Duration = Duration::from_secs(20);

#[derive(Debug, thiserror::Error)]
pub enum Error<E: std::error::Error + 'static> {
    #[error("could not set up a reader of `{topic}`; check `kafka.properties`")]
    SetUp {
        topic: String,
        #[source]
        cause: KafkaError,
    },
    #[error("could not read the state of shard {shard} from `{topic}`; it will be tried again")]
    Read {
        shard: ShardNumber,
        topic: String,
        #[source]
        cause: KafkaError,
    },
    #[error(
        "the end of `{topic}` of shard {shard} did not settle: a transaction of somebody else is \
         open there; it will be tried again"
    )]
    Unsettled { shard: ShardNumber, topic: String },
    #[error(
        "this client may not read `{topic}`, which holds the state of shard {shard}; allow it Read on \
         that topic"
    )]
    Denied {
        shard: ShardNumber,
        topic: String,
        #[source]
        cause: KafkaError,
    },
    #[error("`{topic}` of shard {shard} went silent before its end; it will be tried again")]
    Silent { shard: ShardNumber, topic: String },
    #[error("a record of `{topic}` at offset {offset} of shard {shard} has no key that is text")]
    Key { shard: ShardNumber, topic: String, offset: i64 },
    /// What the taker says of a record it cannot read.
    #[error(transparent)]
    Refused(E),
}

/// Feeds every record of the shard's state to `take`, oldest first. Blocks.
///
/// Must be called after `init_transactions` of the shard's producer has returned: only then is
/// nothing open any more.
pub fn read<E: std::error::Error + 'static>(
    kafka: &KafkaSettings,
    shard: ShardNumber,
    take: impl FnMut(&str, Option<&[u8]>) -> Result<(), E>,
) -> Result<u64, Error<E>> {
    let source = Source::open(kafka, shard)?;
    let outcome = source.feed(take);
    source.close_apart();
    outcome
}

/// The client itself says only that a fetch has failed, and of which broker.
pub(super) fn is_denied(cause: &KafkaError) -> bool {
    cause.rdkafka_error_code() == Some(RDKafkaErrorCode::TopicAuthorizationFailed)
}

/// First and next offset of a partition.
struct Extent {
    low: i64,
    high: i64,
}

/// One shard's partition, seen by two clients.
struct Source {
    topic: String,
    shard: ShardNumber,
    committed: BaseConsumer<Reported>,
    uncommitted: BaseConsumer<Reported>,
}

impl Source {
    fn open<E: std::error::Error + 'static>(
        kafka: &KafkaSettings,
        shard: ShardNumber,
    ) -> Result<Self, Error<E>> {
        let topic = kafka.topics.people.clone();
        let set_up = |cause| Error::SetUp { topic: topic.clone(), cause };
        let mut committed =
            clients::reader(kafka, &clients::shard_group(kafka, shard)).map_err(set_up)?;
        committed
            .set("enable.partition.eof", "true")
            // The end shows in a fetch that finds nothing, which the broker holds back so long.
            .set("fetch.wait.max.ms", "5")
            .set("queued.min.messages", "100000")
            .set("queued.max.messages.kbytes", "65536");
        let mut uncommitted = clients::client(kafka).map_err(set_up)?;
        uncommitted.set("isolation.level", "read_uncommitted");
        let open = |config: &ClientConfig| {
            let context = Reported::new(kafka, ());
            let client = BaseConsumer::from_config_and_context(config, context)?;
            clients::admit(client.client());
            Ok(client)
        };
        Ok(Self {
            committed: open(&committed).map_err(set_up)?,
            uncommitted: open(&uncommitted).map_err(set_up)?,
            topic,
            shard,
        })
    }

    fn feed<E: std::error::Error + 'static>(
        &self,
        mut take: impl FnMut(&str, Option<&[u8]>) -> Result<(), E>,
    ) -> Result<u64, Error<E>> {
        let end = self.end()?;
        if end.low == end.high {
            return Ok(0);
        }
        self.wait_until_stable(end.high)?;
        self.start()?;

        let mut taken = 0;
        let mut heard = Instant::now();
        loop {
            match self.committed.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    heard = Instant::now();
                    take(self.key_of(&message)?, message.payload()).map_err(Error::Refused)?;
                    taken += 1;
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(taken),
                Some(Err(cause)) if is_denied(&cause) => {
                    return Err(Error::Denied {
                        shard: self.shard,
                        topic: self.topic.clone(),
                        cause,
                    });
                }
                Some(Err(cause)) if heard.elapsed() > SILENCE_AT_MOST => {
                    return Err(self.failed(cause));
                }
                // The client tries again by itself; what lasts ends in silence.
                Some(Err(_)) | None if heard.elapsed() > SILENCE_AT_MOST => {
                    return Err(Error::Silent { shard: self.shard, topic: self.topic.clone() });
                }
                Some(Err(_)) | None => {}
            }
        }
    }

    /// Closing takes a tenth of a second, for which no takeover need wait.
    fn close_apart(self) {
        // Without a thread it is dropped, and so closed, here.
        drop(thread::Builder::new().name("restored".to_owned()).spawn(move || drop(self)));
    }

    fn end<E: std::error::Error + 'static>(&self) -> Result<Extent, Error<E>> {
        let (low, high) = self
            .uncommitted
            .fetch_watermarks(&self.topic, self.shard.0, ANSWER_WITHIN)
            .map_err(|cause| self.failed(cause))?;
        Ok(Extent { low, high })
    }

    fn wait_until_stable<E: std::error::Error + 'static>(&self, end: i64) -> Result<(), Error<E>> {
        let deadline = Instant::now() + STABLE_WITHIN;
        loop {
            let (_, stable) = self
                .committed
                .fetch_watermarks(&self.topic, self.shard.0, ANSWER_WITHIN)
                .map_err(|cause| self.failed(cause))?;
            if stable >= end {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(Error::Unsettled { shard: self.shard, topic: self.topic.clone() });
            }
            // Nothing is assigned yet: this only passes a little time, and serves callbacks.
            drop(self.committed.poll(Duration::from_millis(5)));
        }
    }

    fn start<E: std::error::Error + 'static>(&self) -> Result<(), Error<E>> {
        let mut partition = TopicPartitionList::new();
        partition
            .add_partition_offset(&self.topic, self.shard.0, Offset::Beginning)
            .map_err(|cause| self.failed(cause))?;
        self.committed.assign(&partition).map_err(|cause| self.failed(cause))
    }

    fn key_of<'a, E: std::error::Error + 'static>(
        &self,
        message: &'a BorrowedMessage<'_>,
    ) -> Result<&'a str, Error<E>> {
        message.key().and_then(|key| std::str::from_utf8(key).ok()).ok_or_else(|| Error::Key {
            shard: self.shard,
            topic: self.topic.clone(),
            offset: message.offset(),
        })
    }

    fn failed<E: std::error::Error + 'static>(&self, cause: KafkaError) -> Error<E> {
        Error::Read { shard: self.shard, topic: self.topic.clone(), cause }
    }
}
