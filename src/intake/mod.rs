//! `usher receive`: what others send by HTTP becomes records in Kafka.
//!
//! It keeps nothing: whoever is answered 202 finds the record in Kafka, and whoever is answered otherwise
//! is told why and sends again. It reads nothing from Kafka but the audit, for programs that ask for changes and
//! wait; it calls no target, and decides nothing about people: what a body means is the worker's to say, and what the worker cannot act on is a row there.

/// Why nothing was taken, as a sender is told.
pub mod refusal;
/// Why a security event token is not taken.
pub mod flaw;
/// What programs ask for, and what they are told of it.
mod changes;
/// By what transmitters are asked.
pub mod bearer;
/// One door, ready for senders.
mod door;
/// Files that are read again when they change.
mod watched;
/// Tokens that are fetched.
pub mod poll;
/// How fast senders may come.
mod pace;
/// Who a sender is.
pub mod proof;
/// A request as a record.
mod record;
/// Security event tokens, as they are pushed.
mod set;
/// Whether tokens are signed by whom they say.
mod verify;
/// The management API of whoever sends security events.
pub mod transmitter;
/// Requests and their answers.
mod web;
/// Records on their way into Kafka.
mod write;
#[cfg(test)]
mod tests;

use crate::clock::Clock;
use crate::config::Loaded;
use crate::keys::KeyRing;
use crate::model::code::Code;
use crate::observe::health::Health;
use crate::observe::metrics::Metrics;
use crate::shutdown::{Shutdown, TaskFailed};
use changes::Changes;
use door::Door;
use poll::Poller;
use rdkafka::error::KafkaError;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use verify::Verifier;
use write::Writer;

/// How often files of tokens and secrets are looked at.
const FILES_EVERY: Duration = Duration::from_secs(2);

/// Why nothing can be received.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not listen on {address}; `receive.listen` says where senders come")]
    NotListening {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error(
        "`receive.doors`, `receive.polls` and `receive.clients` are empty, so nothing could come in; \
         name a door"
    )]
    NoDoors,
    #[error(transparent)]
    File(#[from] watched::Error),
    #[error("could not make a Kafka client")]
    Kafka(#[source] KafkaError),
    #[error(transparent)]
    Task(#[from] TaskFailed),
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::NotListening { .. } => Code::DoorNotListening,
            Self::NoDoors => Code::DoorNone,
            Self::File(_) => Code::DoorFile,
            Self::Kafka(_) => Code::KafkaClient,
            Self::Task(_) => Code::InternalTaskEnded,
        }
    }
}

/// What all requests share.
#[derive(Debug)]
struct House {
    doors: BTreeMap<String, Door>,
    changes: Changes,
    writer: Writer,
    /// As many are let in at once.
    seats: Semaphore,
    body_bytes_max: usize,
    within: Duration,
    metrics: Arc<Metrics>,
    clock: &'static Clock,
}

/// Doors that are open.
#[derive(Debug)]
pub struct Receiving {
    address: SocketAddr,
    /// Tells when the last request is answered.
    ended: oneshot::Receiver<()>,
    within: Duration,
    health: Arc<Health>,
    shutdown: Shutdown,
}

impl Receiving {
    /// Reads what must be right, and begins to listen, whether or not Kafka answers.
    pub async fn start(
        loaded: &Loaded,
        metrics: Arc<Metrics>,
        health: Arc<Health>,
        shutdown: &Shutdown,
    ) -> Result<Self, Error> {
        let settings = &loaded.settings.receive;
        let is_empty =
            settings.doors.is_empty() && settings.polls.is_empty() && settings.clients.is_empty();
        if is_empty {
            return Err(Error::NoDoors);
        }
        let within = Duration::try_from(settings.within).unwrap_or(Duration::from_secs(5));
        let body_bytes_max = settings.body_bytes_max.get();
        let verified: Vec<_> =
            settings.doors.iter().map(|door| door::sources_of(door, loaded)).collect();
        let fetched: Vec<_> = settings
            .polls
            .iter()
            .map(|poll| verify::sources_of(loaded, &poll.topic, &poll.issuer))
            .collect();
        let ring = KeyRing::keep(verified.iter().chain(&fetched).flatten(), shutdown);
        let opened = settings.doors.iter().zip(verified).map(|(door, sources)| {
            metrics.door_is_there(&door.path);
            let verifier = Verifier::new(sources, ring.clone());
            Ok((door.path.clone(), Door::open(door, loaded, verifier)?))
        });
        let house = Arc::new(House {
            doors: opened.collect::<Result<_, watched::Error>>()?,
            changes: Changes::open(loaded, &metrics, shutdown)?,
            writer: Writer::start(&loaded.kafka(), body_bytes_max, within).map_err(Error::Kafka)?,
            seats: Semaphore::new(settings.requests_at_once.get()),
            body_bytes_max,
            within,
            metrics,
            clock: Clock::of_this_process(),
        });
        let pollers = settings.polls.iter().zip(fetched).map(|(poll, sources)| {
            let verifier = Verifier::new(sources, ring.clone());
            Poller::new(poll, loaded, (&house, verifier))
        });
        let pollers = pollers.collect::<Result<Vec<_>, watched::Error>>()?;
        let address = settings.listen;
        let listen = |source| Error::NotListening { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let ended = web::serve(&house, listener, shutdown);
        let (worn_out, ends) = (house.writer.until_worn_out(), shutdown.clone());
        shutdown.spawn_essential("Kafka client", async move {
            tokio::select! {
                () = worn_out.cancelled() => {}
                () = ends.begun() => {}
            }
            Ok::<_, Infallible>(())
        });
        // Ready at once: that Kafka is away is told to whoever sends, and no restart mends it.
        health.joined();
        for poller in pollers {
            let ends = shutdown.clone();
            shutdown.spawn_essential("poll", async move {
                poller.go_on(ends).await;
                Ok::<_, Infallible>(())
            });
        }
        shutdown.spawn(watch_files(Arc::clone(&house), shutdown.clone()));
        Ok(Self { address, ended, within, health, shutdown: shutdown.clone() })
    }

    /// Where the doors are.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the shutdown, and then until every request that was let in is answered.
    pub async fn until_the_end(self) -> Result<(), Error> {
        self.shutdown.begun().await;
        self.health.draining();
        // Read, written, and a moment for the answer to leave.
        let most = self.within * 2 + Duration::from_secs(1);
        if tokio::time::timeout(most, self.ended).await.is_err() {
            tracing::warn!("some senders were still being answered; they will send again");
        }
        match self.shutdown.take_failure() {
            Some(failure) => Err(failure.into()),
            None => Ok(()),
        }
    }
}

async fn watch_files(house: Arc<House>, shutdown: Shutdown) {
    while !shutdown.is_begun() {
        tokio::select! {
            () = tokio::time::sleep(FILES_EVERY) => {
                house.doors.values().for_each(Door::read_files_again);
                house.changes.read_files_again();
            }
            () = shutdown.begun() => {}
        }
    }
}
