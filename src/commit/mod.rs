//! One Kafka transaction for each commit: people, audit and parked records, together or not at all.
//!
//! Never resubmits. A commit whose end is unknown is for the next owner of the shard to find out,
//! who fences this one first; that may be this very process.

mod first;
mod messages;
mod producer;
#[cfg(test)]
mod tests;

use crate::model::code::Code;
use std::sync::mpsc as blocking;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::sync::oneshot;

use crate::audit::WriterIdentity;
use crate::config::kafka::KafkaSettings;
use crate::kafka::clients;
use crate::model::{Commit, ShardNumber};
pub use first::write as write_first;
use producer::{Failure, Transactions};

/// How long a takeover may take: an open transaction of the old owner is decided in it.
const TAKE_OVER_WITHIN: Duration = Duration::from_secs(30);

/// How long a commit may take before its end counts as unknown, whatever the thread is doing.
pub const WRITE_WITHIN: Duration = Duration::from_secs(15);

/// What a writer writes by.
#[derive(Clone, Debug)]
pub struct Settings {
    pub kafka: KafkaSettings,
    pub shard: ShardNumber,
    pub instance: String,
    /// What the topic of parked records takes, in bytes.
    pub parked_limit_bytes: usize,
}

impl Settings {
    fn identity(&self) -> WriterIdentity {
        WriterIdentity {
            instance: self.instance.clone(),
            shard: self.shard,
            audit_topic: self.kafka.topics.audit.clone(),
        }
    }
}

/// How a commit ended.
#[derive(Debug)]
#[must_use]
pub enum End {
    Committed,
    /// Another owner has taken the shard over: it is not ours.
    Fenced(Error),
    /// It certainly is not in. The shard is ahead of what is committed, and must be restored.
    Refused(Error),
    /// It may be in or not. The shard must be dropped and restored.
    Ambiguous(Error),
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not start the thread that writes for shard {shard}")]
    Thread {
        shard: ShardNumber,
        #[source]
        cause: std::io::Error,
    },
    #[error("could not set up the producer of shard {shard}; check `kafka.properties`")]
    SetUp {
        shard: ShardNumber,
        #[source]
        cause: KafkaError,
    },
    #[error("could not take over shard {shard}; it will be tried again")]
    TakeOver {
        shard: ShardNumber,
        #[source]
        cause: KafkaError,
    },
    #[error(
        "could not take over shard {shard}: this client may not write with the transactional id \
         `{transactional_id}`; allow it Write and Describe on that id"
    )]
    TakeOverForbidden {
        shard: ShardNumber,
        transactional_id: String,
        #[source]
        cause: KafkaError,
    },
    #[error("the writer of shard {shard} did not take over in time; it will be tried again")]
    TakeOverTooSlow { shard: ShardNumber },
    #[error("could not {step} for shard {shard}; it will be restored")]
    Transaction {
        shard: ShardNumber,
        /// `begin a transaction`
        step: &'static str,
        #[source]
        cause: KafkaError,
    },
    #[error("could not write to `{topic}` for shard {shard}; it will be restored")]
    Delivery {
        shard: ShardNumber,
        topic: String,
        #[source]
        cause: RDKafkaErrorCode,
    },
    #[error("another owner writes for shard {shard} now")]
    Fenced {
        shard: ShardNumber,
        #[source]
        cause: RDKafkaErrorCode,
    },
    #[error("a commit of shard {shard} did not end in time; it will be restored")]
    TooSlow { shard: ShardNumber },
    #[error("the writer of shard {shard} has ended; the shard will be restored")]
    Gone { shard: ShardNumber },
    #[error("could not write the first record of shard {shard} to `{topic}`")]
    First {
        shard: ShardNumber,
        topic: String,
        #[source]
        cause: KafkaError,
    },
    #[error("could not write the first records of the shards to `{topic}`: Kafka did not answer")]
    FirstTooSlow { topic: String },
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`. Of those that end a command.
    pub fn code(&self) -> Code {
        match self {
            Self::First { .. } | Self::FirstTooSlow { .. } => Code::TopicsNotCreated,
            Self::SetUp { .. } => Code::KafkaClient,
            Self::Thread { .. } => Code::InternalThread,
            Self::TakeOver { .. }
            | Self::TakeOverForbidden { .. }
            | Self::TakeOverTooSlow { .. } => Code::ShardNotRestored,
            Self::Fenced { .. } => Code::ShardFenced,
            Self::Transaction { .. }
            | Self::Delivery { .. }
            | Self::TooSlow { .. }
            | Self::Gone { .. } => Code::ShardCommitUnknown,
        }
    }
}

/// The one writer of a shard, with a thread of its own. Ends when it is dropped.
#[derive(Debug)]
pub struct Writer {
    shard: ShardNumber,
    jobs: blocking::SyncSender<Job>,
}

struct Job {
    commit: Commit,
    ended: oneshot::Sender<End>,
}

impl Writer {
    /// Fences whoever wrote for the shard before, and decides what they left open.
    pub async fn take_over(settings: Settings) -> Result<Self, Error> {
        let shard = settings.shard;
        let (jobs, given) = blocking::sync_channel(1);
        let (taken, took) = oneshot::channel();
        thread::Builder::new()
            .name(format!("writer-{shard}"))
            .spawn(move || work(&settings, taken, &given))
            .map_err(|cause| Error::Thread { shard, cause })?;
        tokio::time::timeout(TAKE_OVER_WITHIN, took)
            .await
            .map_err(|_late| Error::TakeOverTooSlow { shard })?
            .map_err(|_gone| Error::Gone { shard })??;
        Ok(Self { shard, jobs })
    }

    /// Writes a commit; the next may be given only after this one has ended.
    ///
    /// The writing has begun when this returns; the future only waits for its end.
    pub fn write(&self, commit: Commit) -> impl Future<Output = End> + Send + use<> {
        let (ended, end) = oneshot::channel();
        let is_given = self.jobs.try_send(Job { commit, ended }).is_ok();
        await_end(self.shard, is_given, end)
    }
}

/// Fences an owner of a version that wrote under another transactional id.
pub async fn fence_earlier(settings: Settings) -> Result<(), Error> {
    let shard = settings.shard;
    let id = clients::earlier_transactional_id(&settings.kafka, shard);
    let fence = move || Transactions::take_over(&settings, &id).map(drop);
    tokio::task::spawn_blocking(fence).await.map_err(|_crashed| Error::Gone { shard })?
}

async fn await_end(shard: ShardNumber, is_given: bool, end: oneshot::Receiver<End>) -> End {
    if !is_given {
        return End::Ambiguous(Error::Gone { shard });
    }
    match tokio::time::timeout(WRITE_WITHIN, end).await {
        Ok(Ok(end)) => end,
        Ok(Err(_gone)) => End::Ambiguous(Error::Gone { shard }),
        Err(_late) => End::Ambiguous(Error::TooSlow { shard }),
    }
}

/// The thread: takes over, then carries out one job at a time until one does not end well.
fn work(
    settings: &Settings,
    taken: oneshot::Sender<Result<(), Error>>,
    jobs: &blocking::Receiver<Job>,
) {
    let id = clients::transactional_id(&settings.kafka, settings.shard);
    let transactions = match Transactions::take_over(settings, &id) {
        Ok(transactions) => transactions,
        Err(error) => {
            // Whoever gave up waiting needs no answer; so below.
            drop(taken.send(Err(error)));
            return;
        }
    };
    if taken.send(Ok(())).is_err() {
        return;
    }
    loop {
        match jobs.recv_timeout(Duration::from_secs(1)) {
            Ok(Job { commit, ended }) => {
                let end = write(settings, &transactions, &commit);
                let is_good = matches!(end, End::Committed);
                drop(ended.send(end));
                if !is_good {
                    return;
                }
            }
            Err(blocking::RecvTimeoutError::Timeout) => transactions.serve(),
            Err(blocking::RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn write(settings: &Settings, transactions: &Transactions, commit: &Commit) -> End {
    let messages = messages::of(commit, settings, &settings.identity());
    match transactions.write(&messages, Instant::now()) {
        Ok(()) => End::Committed,
        Err(Failure::Fenced(error)) => End::Fenced(error),
        Err(Failure::Refused(error)) => End::Refused(error),
        Err(Failure::Unknown(error)) => End::Ambiguous(error),
    }
}
