//! Records by their places: a page reads those that it shows.
//!
//! A few clients are kept open. Each is pointed at a place, waits for the record there, and goes on to the
//! next; what lies behind it is fetched as little as Kafka allows.

use crate::config::KafkaSettings;
use crate::kafka::clients::{self, Apart, Reported};
use crate::kafka::records::raw_record;
use crate::model::RawRecord;
use crate::serve::memory::Place;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// A record that is there comes so soon.
const SOON: Duration = Duration::from_millis(4);

/// How long a page waits for its records.
const WITHIN: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not set up a reader for Kafka; check `kafka.properties`")]
    SetUp(#[source] KafkaError),
    #[error("could not read a record of `{topic}`; Kafka did not give it within {} s", WITHIN.as_secs())]
    Silent { topic: String },
    #[error("could not read a record of `{topic}`")]
    Read {
        topic: String,
        #[source]
        cause: KafkaError,
    },
    #[error("could not read records: the reading thread has crashed")]
    Crashed,
}

/// Readers, as many as are allowed.
#[derive(Clone)]
pub struct Records {
    kafka: Arc<KafkaSettings>,
    idle: Arc<Mutex<Vec<BaseConsumer<Reported<Apart>>>>>,
    permits: Arc<Semaphore>,
    readers: usize,
}

impl fmt::Debug for Records {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Records").field("readers", &self.readers).finish_non_exhaustive()
    }
}

impl Records {
    pub fn new(kafka: KafkaSettings, readers: usize) -> Self {
        Self {
            kafka: Arc::new(kafka),
            idle: Arc::default(),
            permits: Arc::new(Semaphore::new(readers)),
            readers,
        }
    }

    /// The records of `topic` at `places`. One that is gone meanwhile, for a newer one took its place, is
    /// left out.
    pub async fn read(
        &self,
        topic: &str,
        mut places: Vec<Place>,
    ) -> Result<BTreeMap<Place, RawRecord>, Error> {
        places.sort();
        places.dedup();
        let share = places.len().div_ceil(self.readers).max(1);
        let parts: Vec<Vec<Place>> = places.chunks(share).map(<[Place]>::to_vec).collect();
        let wanted = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        let permits = self.permits.acquire_many(wanted).await;
        let _permits = permits.map_err(|_never_closed| Error::Crashed)?;
        // All begin at once, so that a page waits for the slowest alone.
        let reads = parts.into_iter().map(|places| {
            let (this, topic) = (self.clone(), topic.to_owned());
            tokio::task::spawn_blocking(move || this.read_here(&topic, &places))
        });
        let mut found = BTreeMap::new();
        for read in reads.collect::<Vec<_>>() {
            found.extend(read.await.map_err(|_crashed| Error::Crashed)??);
        }
        Ok(found)
    }

    fn read_here(
        &self,
        topic: &str,
        places: &[Place],
    ) -> Result<BTreeMap<Place, RawRecord>, Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let consumer = idle.map_or_else(|| open(&self.kafka), Ok)?;
        let until = Instant::now() + WITHIN;
        let mut found = BTreeMap::new();
        for place in places {
            let record = read_one(&consumer, topic, *place, until)?;
            found.extend(record.map(|record| (*place, record)));
        }
        // One that failed is not used again; this one is.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(consumer);
        Ok(found)
    }
}

fn open(kafka: &KafkaSettings) -> Result<BaseConsumer<Reported<Apart>>, Error> {
    let group = format!("{}-look", kafka.group);
    let mut config = clients::reader(kafka, &group).map_err(Error::SetUp)?;
    config
        .set("enable.partition.eof", "true")
        .set("fetch.wait.max.ms", "5")
        .set("fetch.message.max.bytes", "65536")
        .set("queued.min.messages", "1")
        .set("queued.max.messages.kbytes", "512");
    let context = Reported::new(kafka, Apart);
    let consumer = BaseConsumer::from_config_and_context(&config, context).map_err(Error::SetUp)?;
    clients::admit(consumer.client());
    Ok(consumer)
}

fn read_one(
    consumer: &BaseConsumer<Reported<Apart>>,
    topic: &str,
    place: Place,
    until: Instant,
) -> Result<Option<RawRecord>, Error> {
    let failed = |cause| Error::Read { topic: topic.to_owned(), cause };
    let mut assignment = TopicPartitionList::new();
    let offset = Offset::Offset(place.offset);
    assignment.add_partition_offset(topic, place.partition, offset).map_err(failed)?;
    consumer.assign(&assignment).map_err(failed)?;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::Silent { topic: topic.to_owned() });
        }
        match consumer.poll(left.min(SOON)) {
            Some(Ok(message)) => {
                let is_there = message.partition() == place.partition && message.topic() == topic;
                match message.offset().cmp(&place.offset) {
                    std::cmp::Ordering::Equal if is_there => return Ok(Some(raw_record(&message))),
                    std::cmp::Ordering::Greater if is_there => return Ok(None),
                    // Of the place before.
                    _ => {}
                }
            }
            Some(Err(KafkaError::PartitionEOF(partition))) if partition == place.partition => {
                return Ok(None);
            }
            Some(Err(cause)) if until <= Instant::now() => return Err(failed(cause)),
            Some(Err(_)) => {}
            // The thread that speaks to the broker sleeps for up to a second, and hears of a new place
            // only when it wakes; a question wakes it.
            None => drop(consumer.fetch_watermarks(topic, place.partition, left)),
        }
    }
}
