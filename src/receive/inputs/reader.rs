//! The thread that reads: it starts partitions where it is told, and passes records on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc as blocking;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList, TopicPartitionListElem};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Arrival, Ends, Look, Reached, Request, Start, WAITING_BYTES, size_of_record};
use crate::kafka::clients::Reported;
use crate::kafka::records::raw_record;
use crate::model::{Extent, Found, Passed, RawRecord};

/// How long one wait for records lasts, and so how late a request is heard.
const POLL: Duration = Duration::from_millis(50);

/// How long to wait before looking whether there is room again.
const FULL_FOR: Duration = Duration::from_millis(2);

/// How long a question may take for which records wait. Only at the start of a topic is one asked: it
/// waits behind the fetches that the broker holds back.
const ASK_WITHIN: Duration = Duration::from_secs(2);

/// How often is looked what the client has passed without handing anything on. Longer than it takes to
/// let a partition go, whose old place shows until then.
const PASS_EVERY: Duration = Duration::from_secs(1);

/// A partition that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Partition {
    /// Announced; nobody has said yet where to start.
    Found,
    /// The next offset that is expected.
    Reading { next: i64 },
}

impl Partition {
    /// Whether it is read, and not as far as that.
    fn is_before(self, next: i64) -> bool {
        match self {
            Self::Found => false,
            Self::Reading { next: known } => known < next,
        }
    }
}

/// Nobody takes records any more.
struct NobodyListens;

/// What joins the thread with those who take records.
pub(super) struct Line {
    pub(super) arrived: mpsc::Sender<Arrival>,
    pub(super) requested: blocking::Receiver<Request>,
    /// Of records that were passed on and not taken yet.
    pub(super) waiting_bytes: Arc<AtomicUsize>,
    /// Wakes the scout.
    pub(super) wake: blocking::SyncSender<()>,
    pub(super) stop: CancellationToken,
    /// Shows the scout how far is read.
    pub(super) reached: Reached,
}

/// Makes a consumer that reads nothing yet.
pub(super) type MakeConsumer =
    Box<dyn Fn() -> Result<BaseConsumer<Reported<Ends>>, KafkaError> + Send>;

pub(super) struct Reader {
    make_consumer: MakeConsumer,
    consumer: BaseConsumer<Reported<Ends>>,
    line: Line,
    partitions: BTreeMap<(String, i32), Partition>,
    /// What Kafka called each topic when its reading began.
    ids: BTreeMap<String, String>,
    /// Topics of which a partition may have lost its place, and no error says which one.
    doubted: BTreeSet<String>,
    /// When was last looked what was passed, or a partition was started.
    passed_at: Instant,
}

impl Reader {
    pub(super) fn new(make_consumer: MakeConsumer, line: Line) -> Result<Self, KafkaError> {
        let consumer = make_consumer()?;
        Ok(Self {
            make_consumer,
            consumer,
            line,
            partitions: BTreeMap::new(),
            ids: BTreeMap::new(),
            doubted: BTreeSet::new(),
            passed_at: Instant::now(),
        })
    }

    pub(super) fn run(mut self) {
        while !self.line.stop.is_cancelled() {
            if self.turn().is_err() {
                return;
            }
        }
    }

    fn turn(&mut self) -> Result<(), NobodyListens> {
        while let Ok(request) = self.line.requested.try_recv() {
            self.carry_out(request)?;
        }
        if !self.partitions.values().any(|partition| matches!(partition, Partition::Reading { .. }))
        {
            return self.wait_for_request(POLL);
        }
        if self.line.waiting_bytes.load(Ordering::Relaxed) > WAITING_BYTES {
            return self.wait_for_request(FULL_FOR);
        }
        match self.consumer.poll(POLL) {
            Some(Ok(message)) => {
                let record = raw_record(&message);
                drop(message);
                self.pass_on(record)?;
            }
            Some(Err(error)) => self.note_trouble(&error),
            None => {}
        }
        self.pass()
    }

    /// What was aborted and what marks the end of a transaction is never handed on, but the client's
    /// own place moves over it. All that can be read before that place has been handed on.
    fn pass(&mut self) -> Result<(), NobodyListens> {
        if self.passed_at.elapsed() < PASS_EVERY {
            return Ok(());
        }
        self.passed_at = Instant::now();
        let places = match self.consumer.position() {
            Ok(places) => places,
            Err(error) => {
                tracing::debug!(error = %error, "the client does not say where it is");
                return Ok(());
            }
        };
        for passed in places.elements().iter().filter_map(place_in_client) {
            let Passed { topic, partition, next } = &passed;
            let known = self.partitions.get_mut(&(topic.clone(), *partition));
            let Some(known) = known.filter(|known| known.is_before(*next)) else { continue };
            *known = Partition::Reading { next: *next };
            self.line.reached.note(topic, *partition, *next);
            let arrival = Arrival::Passed(passed);
            self.line.arrived.blocking_send(arrival).map_err(|_closed| NobodyListens)?;
        }
        Ok(())
    }

    fn wait_for_request(&mut self, at_most: Duration) -> Result<(), NobodyListens> {
        match self.line.requested.recv_timeout(at_most) {
            Ok(request) => self.carry_out(request),
            Err(blocking::RecvTimeoutError::Timeout) => Ok(()),
            Err(blocking::RecvTimeoutError::Disconnected) => Err(NobodyListens),
        }
    }

    fn pass_on(&mut self, record: RawRecord) -> Result<(), NobodyListens> {
        let key = (record.topic.clone(), record.partition);
        if let Some(partition @ Partition::Reading { .. }) = self.partitions.get_mut(&key) {
            *partition = Partition::Reading { next: record.offset + 1 };
            self.line.reached.note(&record.topic, record.partition, record.offset + 1);
        }
        self.line.waiting_bytes.fetch_add(size_of_record(&record), Ordering::Relaxed);
        self.line.arrived.blocking_send(Arrival::Record(record)).map_err(|_closed| NobodyListens)
    }

    fn carry_out(&mut self, request: Request) -> Result<(), NobodyListens> {
        let outcome = match request {
            Request::Start(start) => self.start(&start),
            Request::Publish(positions) => self.publish(&positions),
            Request::Looked(look) => return self.announce(look),
            Request::Missing(topic) => self.forget(&topic),
        };
        if let Err(error) = outcome {
            tracing::warn!(error = %error, "could not tell Kafka about positions; trying again");
            self.look_soon();
        }
        Ok(())
    }

    fn start(&mut self, Start { topic, at }: &Start) -> Result<(), KafkaError> {
        let is_new_topic = !self.is_reading(topic);
        let mut partitions = TopicPartitionList::new();
        for (partition, offset) in at {
            // Forgotten until it has worked, so that the next look finds it again.
            self.partitions.remove(&(topic.clone(), *partition));
            partitions.add_partition_offset(topic, *partition, Offset::Offset(*offset))?;
        }
        self.consumer.incremental_assign(&partitions)?;
        self.passed_at = Instant::now();
        for (partition, next) in at.iter().copied() {
            self.partitions.insert((topic.clone(), partition), Partition::Reading { next });
            self.line.reached.note(topic, partition, next);
            tracing::debug!(
                kafka.topic = topic,
                kafka.partition = partition,
                kafka.offset = next,
                "reading a partition"
            );
        }
        if is_new_topic {
            // The client looks once a second for the leaders of a topic that it has only just met;
            // asked from outside, it has them at once.
            drop(self.consumer.fetch_metadata(Some(topic), ASK_WITHIN));
        }
        Ok(())
    }

    fn is_reading(&self, topic: &str) -> bool {
        self.partitions.iter().any(|((name, _), partition)| {
            name == topic && matches!(partition, Partition::Reading { .. })
        })
    }

    fn publish(&self, positions: &[(String, i32, i64)]) -> Result<(), KafkaError> {
        let mut offsets = TopicPartitionList::new();
        for (topic, partition, position) in positions {
            offsets.add_partition_offset(topic, *partition, Offset::Offset(*position))?;
        }
        if offsets.count() == 0 {
            return Ok(());
        }
        self.consumer.commit(&offsets, CommitMode::Async)
    }

    /// Passes on what cannot go on where it is. A topic that was made anew starts again as a whole,
    /// even where a partition by chance holds enough again.
    fn announce(&mut self, look: Look) -> Result<(), NobodyListens> {
        let Look { topic, id, mut extents, reached } = look;
        let place = |extent: &Extent| {
            let known = self.partitions.get(&(topic.clone(), extent.partition)).copied();
            place_of(known, reached.get(&extent.partition).copied(), *extent)
        };
        let is_renamed =
            id.is_some() && self.ids.get(&topic).is_some_and(|it| Some(it) != id.as_ref());
        let is_anew = is_renamed
            || self.doubted.contains(&topic)
            || extents.iter().any(|extent| place(extent) == Place::BehindTheEnd);
        if !is_anew {
            extents.retain(|extent| place(extent) != Place::In);
        }
        if extents.is_empty() {
            return Ok(());
        }
        if is_anew && let Err(error) = self.forget(&topic) {
            tracing::warn!(error = %error, "could not set up a reader anew; trying again");
            return Ok(());
        }
        self.doubted.remove(&topic);
        if let Some(id) = &id {
            self.ids.insert(topic.clone(), id.clone());
        }
        for extent in &extents {
            let key = (topic.clone(), extent.partition);
            if self.partitions.contains_key(&key) {
                self.let_go(&key);
            }
            self.partitions.insert(key, Partition::Found);
        }
        self.line
            .arrived
            .blocking_send(Arrival::Found(Found { topic, id, extents, sights: Vec::new() }))
            .map_err(|_closed| NobodyListens)
    }

    /// The topic is gone; should it come back, it is found like a new one.
    ///
    /// A client that has read a topic goes on asking for the one it knew, in vain and in silence,
    /// when the new one's leader epoch is lower; so another client takes over.
    fn forget(&mut self, topic: &str) -> Result<(), KafkaError> {
        if !self.partitions.keys().any(|(name, _)| name == topic) {
            return Ok(());
        }
        let consumer = (self.make_consumer)()?;
        let mut others = TopicPartitionList::new();
        for ((name, partition), known) in &self.partitions {
            if let Partition::Reading { next } = known
                && name != topic
            {
                others.add_partition_offset(name, *partition, Offset::Offset(*next))?;
            }
        }
        consumer.assign(&others)?;
        self.consumer = consumer;
        self.partitions.retain(|(name, _), _| name != topic);
        Ok(())
    }

    /// Stops reading a partition; what was fetched of it and not taken is thrown away.
    fn let_go(&mut self, key: &(String, i32)) {
        self.partitions.remove(key);
        let mut partition = TopicPartitionList::new();
        partition.add_partition(&key.0, key.1);
        if let Err(error) = self.consumer.incremental_unassign(&partition) {
            tracing::debug!(error = %error, "a partition was not being read");
        }
    }

    fn note_trouble(&mut self, error: &KafkaError) {
        match error.rdkafka_error_code() {
            Some(
                RDKafkaErrorCode::AutoOffsetReset
                | RDKafkaErrorCode::OffsetOutOfRange
                | RDKafkaErrorCode::LogTruncation,
            ) => {
                // The client reads that partition no more, wherever it may lie, and does not name it.
                tracing::warn!(error = %error, "an input partition has lost its place; looking");
                self.doubted.extend(self.partitions.keys().map(|(topic, _)| topic.clone()));
                self.look_soon();
            }
            Some(
                RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownPartition,
            ) => {
                tracing::warn!(error = %error, "an input partition is not where it was; looking");
                self.look_soon();
            }
            _ => {
                // The client reports it as well, and copes.
                tracing::debug!(error = %error, "reading the input topics has trouble; going on");
            }
        }
    }

    fn look_soon(&self) {
        if self.line.wake.try_send(()).is_err() {
            tracing::trace!("the scout has been woken already");
        }
    }
}

/// How a partition lies to what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It can go on where it is, or waits for its start.
    In,
    /// Nobody knew it.
    New,
    /// What comes next was deleted.
    BeforeTheStart,
    /// It ends before what was read of it.
    BehindTheEnd,
}

/// `reached`: what was read before anybody asked how far the partition goes. Whatever has come in
/// since, the end cannot lie below that, unless this is no longer what was read.
pub(super) fn place_of(known: Option<Partition>, reached: Option<i64>, extent: Extent) -> Place {
    let next = match known {
        None => return Place::New,
        Some(Partition::Found) => return Place::In,
        Some(Partition::Reading { next }) => next,
    };
    if next < extent.low {
        Place::BeforeTheStart
    } else if reached.is_some_and(|reached| reached.min(next) > extent.high) {
        Place::BehindTheEnd
    } else {
        Place::In
    }
}

/// Where the client stands in a partition; `None` before it has met anything there.
fn place_in_client(place: &TopicPartitionListElem<'_>) -> Option<Passed> {
    match place.offset() {
        Offset::Offset(next) => {
            Some(Passed { topic: place.topic().to_owned(), partition: place.partition(), next })
        }
        Offset::Beginning
        | Offset::End
        | Offset::Stored
        | Offset::Invalid
        | Offset::OffsetTail(_) => None,
    }
}

#[cfg(test)]
pub(super) mod checks {
    use super::{Partition, Place, place_of};
    use crate::model::Extent;

    /// `reached` before it was asked, `next` when the answer `low..high` is heard.
    pub(in super::super) fn reading_at(reached: i64, next: i64, (low, high): (i64, i64)) -> Place {
        let extent = Extent { partition: 0, low, high };
        place_of(Some(Partition::Reading { next }), Some(reached), extent)
    }
}
