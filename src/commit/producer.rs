//! The transactional producer of one shard.
//!
//! Waits in short steps until every delivery is reported and only then commits: the wrapper's own
//! flush waits in steps of 100 ms while anything is outstanding. A step is a sleep and never a poll
//! with a time, which the wrapper spends spinning.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};

use super::messages::Outgoing;
use super::{Error, Settings, TAKE_OVER_WITHIN};
use crate::kafka::clients::{self, ANSWER_WITHIN, Reported, Role};
use crate::model::ShardNumber;

/// Kafka aborts a transaction that is open for longer.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one write may take in all; less than the above.
const WRITE_WITHIN: Duration = Duration::from_secs(9);

/// Why a write did not end well.
#[derive(Debug)]
pub(super) enum Failure {
    Fenced(Error),
    /// Its end was never asked for, so nothing of it can ever be seen.
    Refused(Error),
    Unknown(Error),
}

/// How long the client is waited for before it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// How long is slept between two looks at what is in flight.
const DELIVERY_STEP: Duration = Duration::from_micros(100);

/// How soon Kafka is asked again for what it cannot give yet.
const NOT_YET_FOR: Duration = Duration::from_millis(20);

/// What the client calls its request for a producer id in its log.
const ASKED_FOR_ID: &str = "GETPID";

/// What the client has said and nobody has looked at yet.
#[derive(Debug, Default)]
struct Deliveries {
    /// The first delivery that failed in the transaction at hand.
    failed: Mutex<Option<(String, RDKafkaErrorCode)>>,
    /// Kafka cannot give a producer id yet, and the client will ask again.
    not_yet: AtomicBool,
}

impl Role for Deliveries {
    fn overhears(&self, facility: &str, line: &str) -> bool {
        if facility == ASKED_FOR_ID {
            self.not_yet.store(true, Ordering::Relaxed);
            tracing::debug!(target: "usher::kafka", facility, "the Kafka client says: {line}");
        }
        facility == ASKED_FOR_ID
    }
}

impl ProducerContext for Reported<Deliveries> {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _opaque: ()) {
        if let Err((error, message)) = result {
            let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown);
            self.role
                .failed
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert_with(|| (message.topic().to_owned(), code));
        }
    }
}

/// The shard's transactions, one after the other.
pub(super) struct Transactions {
    shard: ShardNumber,
    producer: BaseProducer<Reported<Deliveries>>,
}

impl Transactions {
    /// Takes the shard over from whoever writes under this transactional id.
    pub(super) fn take_over(settings: &Settings, transactional_id: &str) -> Result<Self, Error> {
        let shard = settings.shard;
        let deadline = Instant::now() + TAKE_OVER_WITHIN;
        loop {
            let context = Reported::new(&settings.kafka, Deliveries::default());
            let producer: BaseProducer<Reported<Deliveries>> =
                producer_settings(settings, transactional_id)
                    .and_then(|config| config.create_with_context(context))
                    .map_err(|cause| Error::SetUp { shard, cause })?;
            clients::admit(producer.client());
            // Connected by then, it does not ask before there is somebody to ask, and again only
            // half a second later. A failure here shows below as well.
            let people = Some(settings.kafka.topics.people.as_str());
            drop(producer.client().fetch_metadata(people, ANSWER_WITHIN));
            let fenced = fence(&producer, deadline)
                .map_err(|cause| not_taken(shard, transactional_id, cause))?;
            match fenced {
                Fenced::Yes => return Ok(Self { shard, producer }),
                // The next client asks at once; this one would wait for half a second.
                Fenced::NotYet => {
                    drop(producer);
                    pause(NOT_YET_FOR);
                }
            }
        }
    }

    /// Serves what waits while there is nothing to write.
    pub(super) fn serve(&self) {
        self.producer.poll(Duration::ZERO);
    }

    /// Writes all of `messages` in one transaction.
    pub(super) fn write(&self, messages: &[Outgoing], started: Instant) -> Result<(), Failure> {
        let deadline = started + WRITE_WITHIN;
        self.producer
            .begin_transaction()
            .map_err(|cause| self.refused("begin a transaction", cause))?;
        for message in messages {
            self.send(message, deadline)?;
        }
        self.await_deliveries(deadline)?;
        let rest = deadline.saturating_duration_since(Instant::now());
        self.producer
            .commit_transaction(rest)
            .map_err(|cause| self.failed("commit a transaction", cause))
    }

    /// Lets a little time pass in which deliveries are heard of.
    fn step(&self) {
        self.producer.poll(Duration::ZERO);
        pause(DELIVERY_STEP);
    }

    fn send(&self, message: &Outgoing, deadline: Instant) -> Result<(), Failure> {
        loop {
            let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&message.topic);
            record.partition = message.partition;
            record.key = message.key.as_deref();
            record.payload = message.value.as_deref();
            record.headers = headers_of(message);
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _))
                    if Instant::now() < deadline =>
                {
                    self.step();
                }
                Err((cause, _)) => return Err(self.refused("write a record", cause)),
            }
        }
    }

    fn await_deliveries(&self, deadline: Instant) -> Result<(), Failure> {
        while self.producer.in_flight_count() > 0 {
            if Instant::now() >= deadline {
                return Err(Failure::Refused(Error::TooSlow { shard: self.shard }));
            }
            self.step();
        }
        let failed = self
            .producer
            .context()
            .role
            .failed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some((topic, cause)) = failed else {
            return Ok(());
        };
        let error = Error::Delivery { shard: self.shard, topic, cause };
        Err(self.fenced(cause).unwrap_or(Failure::Refused(error)))
    }

    /// Before the end of the transaction was asked for.
    fn refused(&self, step: &'static str, cause: KafkaError) -> Failure {
        let code = code_of(&cause);
        let error = Error::Transaction { shard: self.shard, step, cause };
        self.fenced(code).unwrap_or(Failure::Refused(error))
    }

    /// The end of the transaction was asked for.
    fn failed(&self, step: &'static str, cause: KafkaError) -> Failure {
        let code = code_of(&cause);
        let error = Error::Transaction { shard: self.shard, step, cause };
        let end = if is_refusal(code) { Failure::Refused } else { Failure::Unknown };
        self.fenced(code).unwrap_or_else(|| end(error))
    }

    /// The first fatal error of a producer is what ended it; later ones only follow from it.
    fn fenced(&self, code: RDKafkaErrorCode) -> Option<Failure> {
        let first = self.producer.client().fatal_error().map_or(code, |(first, _)| first);
        is_fencing(first)
            .then_some(Failure::Fenced(Error::Fenced { shard: self.shard, cause: first }))
    }
}

#[expect(clippy::disallowed_methods, reason = "whoever writes has a thread of its own")]
pub(super) fn pause(span: Duration) {
    thread::sleep(span);
}

fn code_of(cause: &KafkaError) -> RDKafkaErrorCode {
    cause.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown)
}

/// Whether what the end of a transaction met says that it certainly is not in: something of it had
/// failed before, or Kafka no longer knows the producer that asks.
pub(super) fn is_refusal(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::Inconsistent
            | RDKafkaErrorCode::InvalidProducerIdMapping
            | RDKafkaErrorCode::UnknownProducerId
    )
}

fn not_taken(shard: ShardNumber, transactional_id: &str, cause: KafkaError) -> Error {
    if is_for_want_of_rights(code_of(&cause)) {
        let transactional_id = transactional_id.to_owned();
        Error::TakeOverForbidden { shard, transactional_id, cause }
    } else {
        Error::TakeOver { shard, cause }
    }
}

/// Whether the old owner can write no more.
enum Fenced {
    Yes,
    /// Kafka is still ending what the old owner left open.
    NotYet,
}

/// Asks for the transactional id, whose old owner is fenced when it is given.
///
/// While Kafka ends a transaction that the old owner left open, which takes it a few milliseconds, it
/// says "not yet", and the client waits for half a second before it asks again. Its log alone tells.
fn fence(
    producer: &BaseProducer<Reported<Deliveries>>,
    deadline: Instant,
) -> Result<Fenced, KafkaError> {
    loop {
        match producer.init_transactions(LOOK_EVERY) {
            Ok(()) => return Ok(Fenced::Yes),
            Err(cause) if Instant::now() >= deadline => return Err(cause),
            Err(cause) if says_not_yet(code_of(&cause)) => return Ok(Fenced::NotYet),
            Err(cause) if !is_time_out(&cause) => return Err(cause),
            Err(_in_time) => {
                producer.poll(Duration::ZERO);
                if producer.context().role.not_yet.load(Ordering::Relaxed) {
                    return Ok(Fenced::NotYet);
                }
            }
        }
    }
}

fn is_time_out(cause: &KafkaError) -> bool {
    cause.rdkafka_error_code() == Some(RDKafkaErrorCode::OperationTimedOut)
}

/// Whether a refusal of the transactional id is one that ends by itself and soon: what the old owner
/// left open is being ended, or the coordinator is new to it, or was just moved.
pub(super) fn says_not_yet(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::ConcurrentTransactions
            | RDKafkaErrorCode::NotCoordinator
            | RDKafkaErrorCode::CoordinatorNotAvailable
            | RDKafkaErrorCode::CoordinatorLoadInProgress
            | RDKafkaErrorCode::WaitingForCoordinator
            | RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::AllBrokersDown
            | RDKafkaErrorCode::RequestTimedOut
    )
}

/// Whether it lies with what this client may do, and not with Kafka's state.
pub(super) fn is_for_want_of_rights(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::TransactionalIdAuthorizationFailed
            | RDKafkaErrorCode::ClusterAuthorizationFailed
    )
}

/// Whether an error says that somebody else writes under our transactional id now.
pub(super) fn is_fencing(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::Fenced
            | RDKafkaErrorCode::ProducerFenced
            | RDKafkaErrorCode::InvalidProducerEpoch
    )
}

fn headers_of(message: &Outgoing) -> Option<OwnedHeaders> {
    if message.headers.is_empty() {
        return None;
    }
    let mut headers = OwnedHeaders::new_with_capacity(message.headers.len());
    for (name, value) in &message.headers {
        headers = headers.insert(Header { key: name, value: value.as_deref() });
    }
    Some(headers)
}

/// Settings under which commits are quick, and end.
pub(super) fn producer_settings(
    settings: &Settings,
    transactional_id: &str,
) -> Result<ClientConfig, KafkaError> {
    let mut config = clients::client(&settings.kafka)?;
    let largest = settings.parked_limit_bytes.max(1024 * 1024) + 64 * 1024;
    let millis = |duration: Duration| duration.as_millis().to_string();
    config
        .set("transactional.id", transactional_id)
        .set("transaction.timeout.ms", millis(TRANSACTION_TIMEOUT))
        // Must be below the time-out of the transaction, or the client refuses to start.
        .set("message.timeout.ms", "8000")
        .set("socket.timeout.ms", "8000")
        .set("acks", "all")
        .set("linger.ms", "0")
        // The coordinator still writes the last markers when the next transaction begins.
        .set("retry.backoff.ms", "2")
        .set("retry.backoff.max.ms", "100")
        .set("compression.type", "lz4")
        .set("message.max.bytes", largest.to_string())
        // Below what every topic of ours takes at once, which the start checks.
        .set("batch.size", "900000")
        // As every other Kafka client does, so that a person's records share a partition.
        .set("partitioner", "murmur2_random");
    Ok(config)
}
