//! One topic, from where it counts to its end, and on.

use super::Reading;
use crate::clock::Clock;
use crate::kafka::clients::{self, Apart, Reported};
use crate::kafka::look::{self, From, Look, Until};
use crate::kafka::records::raw_record;
use crate::model::RawRecord;
use crate::serve::memory::{Heard, Topic};
use jiff::Timestamp;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::BTreeSet;
use std::time::Duration;

const ADVICE: &str = "run `usher init`";

/// How long one wait for records lasts; so long nobody notices the shutdown.
const POLL: Duration = Duration::from_millis(100);

/// Records that are taken in at once; pages wait meanwhile.
const BATCH: usize = 256;

/// Reads until the shutdown.
pub(super) fn read(reading: &Reading, topic: Topic) -> Result<(), look::Error> {
    let mut tail = Tail::open(reading, topic)?;
    let pulse = reading.health.pulse(format!("reading {}", topic.word()));
    while !reading.shutdown.is_begun() {
        pulse.beat();
        tail.turn()?;
    }
    Ok(())
}

struct Tail<'a> {
    reading: &'a Reading,
    topic: Topic,
    name: &'a str,
    consumer: BaseConsumer<Reported<Apart>>,
    /// Partitions that were not read to their ends yet.
    behind: BTreeSet<i32>,
    batch: Vec<Heard>,
    read: u64,
}

impl<'a> Tail<'a> {
    fn open(reading: &'a Reading, topic: Topic) -> Result<Self, look::Error> {
        let name = reading.topic(topic);
        let look = Look::open(&reading.kafka)?;
        let count = look.partitions(name, ADVICE)?;
        let now = Clock::of_this_process().now();
        let from = match topic {
            Topic::People | Topic::Parked | Topic::Inventory => From::Earliest,
            Topic::Audit | Topic::Control => {
                From::At(now.checked_sub(reading.audit_back).unwrap_or(Timestamp::MIN))
            }
        };
        let failed = |cause| look::Error::Read { topic: name.to_owned(), cause };
        let (mut assignment, mut behind) = (TopicPartitionList::new(), BTreeSet::new());
        for partition in 0..count {
            let span = look.span(name, partition, from, Until::Now)?;
            let start = Offset::Offset(span.start);
            assignment.add_partition_offset(name, partition, start).map_err(failed)?;
            if span.start < span.end {
                behind.insert(partition);
            }
        }
        let group = format!("{}-look", reading.kafka.group);
        let mut config = clients::reader(&reading.kafka, &group).map_err(look::Error::SetUp)?;
        config
            .set("enable.partition.eof", "true")
            // What was fetched and not taken in yet lies in memory beside all that is known.
            .set("queued.max.messages.kbytes", "2048")
            .set("fetch.max.bytes", "2097152");
        let context = Reported::new(&reading.kafka, Apart);
        let consumer: BaseConsumer<Reported<Apart>> =
            BaseConsumer::from_config_and_context(&config, context).map_err(look::Error::SetUp)?;
        clients::admit(consumer.client());
        consumer.assign(&assignment).map_err(failed)?;
        reading.memory.forget(topic);
        reading.memory.hear(|hearing| {
            hearing.reads(topic, 0, behind.is_empty());
            hearing.answers(now);
            if topic == Topic::People {
                hearing.shards = Some(count);
            }
        });
        Ok(Self { reading, topic, name, consumer, behind, batch: Vec::new(), read: 0 })
    }

    /// Waits for what comes, and takes in what there is no more of at once.
    fn turn(&mut self) -> Result<(), look::Error> {
        // Nobody waits for more while something lies here.
        let wait = if self.read == 0 { POLL } else { Duration::ZERO };
        let heard = match self.consumer.poll(wait) {
            Some(Ok(message)) => Ok(Some(raw_record(&message))),
            Some(Err(error)) => Err(error),
            None => Ok(None),
        };
        match heard {
            Ok(Some(record)) => self.take(record),
            Ok(None) => self.flush(),
            Err(KafkaError::PartitionEOF(partition)) => {
                self.flush();
                self.behind.remove(&partition);
                let (topic, at_end) = (self.topic, self.behind.is_empty());
                self.reading.memory.hear(|hearing| hearing.reads(topic, 0, at_end));
            }
            Err(cause) if is_passing(&cause) => {}
            Err(cause) => return Err(look::Error::Read { topic: self.name.to_owned(), cause }),
        }
        Ok(())
    }

    fn take(&mut self, record: RawRecord) {
        self.read += 1;
        let now = Clock::of_this_process().now();
        self.batch.extend(self.reading.memory.read(self.topic, record, now));
        if self.batch.len() >= BATCH || self.topic == Topic::Inventory {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.read == 0 {
            return;
        }
        self.reading.memory.take(self.batch.drain(..));
        let (topic, read) = (self.topic, std::mem::take(&mut self.read));
        self.reading.memory.hear(|hearing| hearing.reads(topic, read, false));
    }
}

/// The client goes on by itself.
fn is_passing(error: &KafkaError) -> bool {
    use rdkafka::error::RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::Resolve
                | Code::OperationTimedOut
                | Code::RequestTimedOut
                | Code::NetworkException
                | Code::LeaderNotAvailable
                | Code::NotLeaderForPartition
                // The group is a name alone.
                | Code::GroupAuthorizationFailed
        )
    )
}
