//! Looks whether the records that stand before our positions are still those that were read.
//!
//! Asked rarely, by a client and on a thread of its own: nobody waits for it but the partitions that
//! are in doubt.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::Arrival;
use crate::config::kafka::KafkaSettings;
use crate::kafka::clients::{self, ANSWER_WITHIN, Reported};
use crate::kafka::records::raw_record;
use crate::model::{Extent, Found, Mark, ShardNumber, Sight};
use tokio::sync::mpsc;

/// How long nobody may answer before it is asked anew.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// What is to be looked at of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubtful {
    pub partition: i32,
    /// Newest first.
    pub marks: Vec<Mark>,
    /// All of them, even if the newest is as it was.
    pub in_full: bool,
}

/// How long is waited before that.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Verify {
    pub(super) kafka: KafkaSettings,
    pub(super) shard: ShardNumber,
    pub(super) found: Found,
    pub(super) doubts: Vec<Doubtful>,
    /// Where the answer goes; gone with whoever would read it.
    pub(super) arrived: mpsc::WeakSender<Arrival>,
}

impl Verify {
    /// Asks until there is an answer: without one nobody knows where to read on.
    pub(super) fn run(mut self) {
        loop {
            match self.look() {
                Ok(sights) => self.found.sights = sights,
                Err(error) => {
                    if self.arrived.upgrade().is_none() {
                        return;
                    }
                    tracing::warn!(
                        kafka.topic = self.found.topic,
                        error = %error,
                        "could not look at what was read of an input topic; trying again"
                    );
                    std::thread::park_timeout(PAUSE);
                    continue;
                }
            }
            if let Some(arrived) = self.arrived.upgrade() {
                // Whoever gave up needs no answer.
                drop(arrived.blocking_send(Arrival::Verified(self.found)));
            }
            return;
        }
    }

    fn look(&mut self) -> Result<Vec<Sight>, KafkaError> {
        let mut config =
            clients::reader(&self.kafka, &clients::shard_group(&self.kafka, self.shard))?;
        config.set("enable.partition.eof", "true").set("fetch.wait.max.ms", "5");
        let consumer: BaseConsumer<Reported> =
            config.create_with_context(Reported::new(&self.kafka, ()))?;
        clients::admit(consumer.client());
        self.look_at_extents(&consumer)?;
        let mut sights = Vec::new();
        let deepest = self.doubts.iter().map(|doubt| doubt.marks.len()).max().unwrap_or(0);
        for depth in 0..deepest {
            let asked = self.asked_at(depth, &sights);
            if !asked.is_empty() {
                sights.extend(look_at(&consumer, &self.found.topic, &asked)?);
            }
        }
        Ok(sights)
    }

    /// What was deleted meanwhile cannot be asked for.
    fn look_at_extents(&mut self, consumer: &BaseConsumer<Reported>) -> Result<(), KafkaError> {
        for extent in &mut self.found.extents {
            let partition = extent.partition;
            let topic = &self.found.topic;
            (extent.low, extent.high) =
                consumer.fetch_watermarks(topic, partition, ANSWER_WITHIN)?;
        }
        Ok(())
    }

    /// The marks of that depth, of those partitions that are not clear yet.
    fn asked_at(&self, depth: usize, sights: &[Sight]) -> BTreeMap<i32, i64> {
        let is_clear = |doubt: &Doubtful| {
            let newest = doubt.marks.first();
            !doubt.in_full && newest.is_some_and(|mark| sights.contains(&as_it_was(doubt, *mark)))
        };
        let is_there = |doubt: &Doubtful, mark: &Mark| {
            let of_it = |extent: &&Extent| extent.partition == doubt.partition;
            let extent = self.found.extents.iter().find(of_it);
            extent.is_some_and(|extent| (extent.low..extent.high).contains(&mark.offset))
        };
        let mark = |doubt: &Doubtful| {
            let mark = doubt.marks.get(depth).filter(|mark| is_there(doubt, mark))?;
            Some((doubt.partition, mark.offset))
        };
        self.doubts.iter().filter(|doubt| !is_clear(doubt)).filter_map(mark).collect()
    }
}

fn as_it_was(doubt: &Doubtful, mark: Mark) -> Sight {
    Sight { partition: doubt.partition, offset: mark.offset, digest: Some(mark.digest) }
}

/// What stands at each of these offsets.
fn look_at(
    consumer: &BaseConsumer<Reported>,
    topic: &str,
    asked: &BTreeMap<i32, i64>,
) -> Result<Vec<Sight>, KafkaError> {
    let mut partitions = TopicPartitionList::new();
    for (partition, offset) in asked {
        partitions.add_partition_offset(topic, *partition, Offset::Offset(*offset))?;
    }
    consumer.assign(&partitions)?;
    let mut open: BTreeSet<i32> = asked.keys().copied().collect();
    let mut sights = Vec::new();
    let deadline = Instant::now() + ANSWERS_WITHIN;
    while !open.is_empty() {
        if Instant::now() > deadline {
            return Err(KafkaError::Canceled);
        }
        let (partition, mark) = match consumer.poll(Duration::from_millis(50)) {
            None => continue,
            Some(Ok(message)) => {
                let record = raw_record(&message);
                let sha256 = record.value_sha256();
                (record.partition, Some(record.mark(sha256.as_deref())))
            }
            // Nothing stands there or behind it.
            Some(Err(KafkaError::PartitionEOF(partition))) => (partition, None),
            Some(Err(error)) => return Err(error),
        };
        if open.remove(&partition)
            && let Some(offset) = asked.get(&partition).copied()
        {
            // Another offset is that of the next record: here there is none.
            let here = mark.filter(|mark| mark.offset == offset);
            sights.push(Sight { partition, offset, digest: here.map(|mark| mark.digest) });
        }
    }
    Ok(sights)
}
