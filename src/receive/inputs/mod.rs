//! The records of a shard's input topics, each partition in its order.
//!
//! Where to start is asked of whoever receives: a partition that was found is read only after
//! `Inputs::start`. Backpressure is not polling; pausing would throw away what was fetched.

mod ends;
mod reader;
mod scout;
#[cfg(test)]
mod tests;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc as blocking;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::kafka::KafkaSettings;
use crate::kafka::clients::{self, Reported};
use crate::model::{Extent, Found, Passed, RawRecord, ShardNumber};
use ends::Ends;
pub use ends::Stall;
use reader::{Line, Reader};
use scout::Scout;
pub use verify::Doubtful;
use verify::Verify;

/// Records that may wait for the shard.
const WAITING_RECORDS: usize = 1_000;

/// Requests that may wait for the reading thread: the starts of as many partitions.
const WAITING_REQUESTS: usize = 10_000;

/// Bytes that may wait for the shard.
const WAITING_BYTES: usize = 16 * 1024 * 1024;

/// Where to read partitions of one topic from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    pub topic: String,
    /// Partition and next offset.
    pub at: Vec<(i32, i64)>,
}

/// A topic, and what of it is the shard's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub topic: String,
    pub partitions: Partitions,
}

/// Which partitions of a topic are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partitions {
    All,
    /// The others are other shards'.
    One(i32),
}

impl Partitions {
    /// Those that there are, of a topic that has `count`.
    fn of(self, count: i32) -> Range<i32> {
        match self {
            Self::All => 0..count,
            Self::One(partition) => partition..count.min(partition + 1),
        }
    }
}

/// What comes in.
#[derive(Debug)]
pub enum Arrival {
    Record(RawRecord),
    /// Nothing was there to be read.
    Passed(Passed),
    /// Partitions of one topic that are not read yet, or no longer where they were. Answer with
    /// `Inputs::start` for all of them, or with `Inputs::verify` if what they hold is in doubt.
    Found(Found),
    /// What was in doubt has been looked at. Answer with `Inputs::start`.
    Verified(Found),
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "could not set up the reader of the input topics of shard {shard}; check `kafka.properties`"
    )]
    SetUp {
        shard: ShardNumber,
        #[source]
        cause: KafkaError,
    },
    #[error("could not start the thread that reads the input topics of shard {shard}")]
    Thread {
        shard: ShardNumber,
        #[source]
        cause: std::io::Error,
    },
}

/// Reads a shard's input topics until it is dropped.
#[derive(Debug)]
pub struct Inputs {
    arrivals: mpsc::Receiver<Arrival>,
    requests: blocking::SyncSender<Request>,
    waiting_bytes: Arc<AtomicUsize>,
    ends: Ends,
    kafka: KafkaSettings,
    shard: ShardNumber,
    arrived: mpsc::WeakSender<Arrival>,
    _stop: DropGuard,
}

/// What is asked of the reading thread.
enum Request {
    Start(Start),
    Publish(Vec<(String, i32, i64)>),
    /// What a topic held a moment ago.
    Looked(Look),
    /// A topic is not there.
    Missing(String),
}

/// What a topic held, and how far it had been read before that was asked.
#[derive(Clone, Debug, Default)]
struct Look {
    topic: String,
    id: Option<String>,
    extents: Vec<Extent>,
    reached: BTreeMap<i32, i64>,
}

/// By topic and partition, up to where is read: what the scout sees of the reader.
#[derive(Clone, Debug, Default)]
struct Reached(Arc<Mutex<BTreeMap<String, BTreeMap<i32, i64>>>>);

impl Reached {
    fn note(&self, topic: &str, partition: i32, next: i64) {
        let mut topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(partitions) = topics.get_mut(topic) {
            partitions.insert(partition, next);
        } else {
            topics.insert(topic.to_owned(), BTreeMap::from([(partition, next)]));
        }
    }

    fn of(&self, topic: &str) -> BTreeMap<i32, i64> {
        let topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        topics.get(topic).cloned().unwrap_or_default()
    }
}

impl Inputs {
    /// Starts to look for the partitions of `shares`; `asks_ids`: this Kafka tells the ids of topics.
    pub fn open(
        kafka: &KafkaSettings,
        shard: ShardNumber,
        shares: Vec<Share>,
        asks_ids: bool,
    ) -> Result<Self, Error> {
        let ends = Ends::default();
        let set_up = |cause| Error::SetUp { shard, cause };
        let watched = ends.clone();
        let reached = kafka.clone();
        let make_consumer = move || {
            let context = Reported::new(&reached, watched.clone());
            settings(&reached, shard)?.create_with_context(context)
        };
        let client: BaseConsumer<Reported> = scout_settings(kafka)
            .and_then(|settings| settings.create_with_context(Reported::new(kafka, ())))
            .map_err(set_up)?;
        clients::admit(client.client());

        let (arrived, arrivals) = mpsc::channel(WAITING_RECORDS);
        let weak = arrived.downgrade();
        let (requests, requested) = blocking::sync_channel(WAITING_REQUESTS);
        let (wake, woken) = blocking::sync_channel(1);
        let waiting_bytes = Arc::new(AtomicUsize::new(0));
        let stop = CancellationToken::new();
        let line = Line {
            arrived,
            requested,
            waiting_bytes: Arc::clone(&waiting_bytes),
            wake,
            stop: stop.clone(),
            reached: Reached::default(),
        };
        let reached = line.reached.clone();
        let reader = Reader::new(Box::new(make_consumer), line).map_err(set_up)?;
        let scout = Scout {
            client,
            shares,
            asks_ids,
            found: requests.clone(),
            wake: woken,
            missing: BTreeSet::new(),
            reached,
        };
        start_thread(format!("inputs-{shard}"), move || reader.run())
            .and_then(|()| start_thread(format!("scout-{shard}"), move || scout.run()))
            .map_err(|cause| Error::Thread { shard, cause })?;
        Ok(Self {
            arrivals,
            requests,
            waiting_bytes,
            ends,
            kafka: kafka.clone(),
            shard,
            arrived: weak,
            _stop: stop.drop_guard(),
        })
    }

    /// Waits for what comes next. `None`: the reader has ended, and cannot go on.
    pub async fn next(&mut self) -> Option<Arrival> {
        let arrival = self.arrivals.recv().await?;
        self.taken(&arrival);
        Some(arrival)
    }

    /// What is there already.
    pub fn next_if_there(&mut self) -> Option<Arrival> {
        let arrival = self.arrivals.try_recv().ok()?;
        self.taken(&arrival);
        Some(arrival)
    }

    /// Reads these partitions from here on.
    pub fn start(&self, start: Start) {
        // A reader that has ended is noticed by `next`.
        drop(self.requests.try_send(Request::Start(start)));
    }

    /// Looks at what is in doubt; `Arrival::Verified` brings what was seen.
    pub fn verify(&self, found: Found, doubts: Vec<Doubtful>) -> Result<(), Error> {
        let shard = self.shard;
        let arrived = self.arrived.clone();
        let verify = Verify { kafka: self.kafka.clone(), shard, found, doubts, arrived };
        start_thread(format!("verify-{shard}"), move || verify.run())
            .map_err(|cause| Error::Thread { shard, cause })
    }

    /// Shows the positions to lag tools; nothing rests on it.
    pub fn publish(&self, positions: Vec<(String, i32, i64)>) {
        drop(self.requests.try_send(Request::Publish(positions)));
    }

    /// How many records of each topic lie behind `positions`, as far as known; those that cannot be
    /// read yet count, too.
    pub fn lag(&self, positions: &[(String, i32, i64)]) -> BTreeMap<String, i64> {
        lag_behind(&self.ends.highs(), positions)
    }

    /// Partitions of which nothing new can be read, because a transaction is open in them.
    pub fn stalls(&self) -> Vec<Stall> {
        self.ends.stalls(Instant::now())
    }

    fn taken(&self, arrival: &Arrival) {
        if let Arrival::Record(record) = arrival {
            self.waiting_bytes.fetch_sub(size_of_record(record), Ordering::Relaxed);
        }
    }
}

fn start_thread(name: String, body: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    thread::Builder::new().name(name).spawn(body).map(drop)
}

/// Sees what the reader sees: the end is where the last decided transaction ends.
fn scout_settings(kafka: &KafkaSettings) -> Result<ClientConfig, KafkaError> {
    let mut config = clients::client(kafka)?;
    config.set("isolation.level", "read_committed");
    Ok(config)
}

const FETCH_WAIT: &str = "fetch.wait.max.ms";

fn settings(kafka: &KafkaSettings, shard: ShardNumber) -> Result<ClientConfig, KafkaError> {
    let mut config = clients::reader(kafka, &clients::shard_group(kafka, shard))?;
    config.set("statistics.interval.ms", "2000");
    // A topic that joins waits for the fetch of those that are read already and have nothing. A Kafka
    // that does not wake such a fetch wants less.
    if !kafka.properties.contains_key(FETCH_WAIT) {
        config.set(FETCH_WAIT, "100");
    }
    Ok(config)
}

/// The memory that a waiting record holds, roughly.
fn size_of_record(record: &RawRecord) -> usize {
    let headers: usize = record
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.as_ref().map_or(0, Vec::len))
        .sum();
    let key = record.key.as_ref().map_or(0, Vec::len);
    let value = record.value.as_ref().map_or(0, Vec::len);
    key + value + headers
}

fn lag_behind(
    ends: &BTreeMap<(String, i32), i64>,
    positions: &[(String, i32, i64)],
) -> BTreeMap<String, i64> {
    let positions: BTreeMap<(&str, i32), i64> = positions
        .iter()
        .map(|(topic, partition, position)| ((topic.as_str(), *partition), *position))
        .collect();
    let mut lag = BTreeMap::new();
    for ((topic, partition), end) in ends {
        let position = positions.get(&(topic.as_str(), *partition)).copied();
        let behind = (end - position.unwrap_or(0)).max(0);
        *lag.entry(topic.clone()).or_insert(0) += behind;
    }
    lag
}

impl ConsumerContext for Reported<Ends> {}
