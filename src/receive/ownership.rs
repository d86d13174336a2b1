//! Which shards this replica owns: the partitions of the control topic that Kafka assigned to it.
//!
//! The rebalance callback does not let go of a shard before its work has stopped, or the time is up:
//! from then on another owner may act. Whoever stops too late is fenced at the next commit.

use crate::model::code::Code;
use std::convert::Infallible;
use std::sync::mpsc as blocking;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaRespErr;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::subscription;
use crate::config::kafka::KafkaSettings;
use crate::kafka::clients::{self, ANSWER_WITHIN, Reported, Role, SESSION};
use crate::model::ShardNumber;

/// How long a shard that moves may take to stop before it is let go all the same.
pub const LET_GO_AFTER: Duration = Duration::from_millis(1_500);

/// How long the group is told that we leave before we are gone without it.
const LEAVE_WITHIN: Duration = Duration::from_millis(500);

/// How often the thread looks whether it should leave.
const POLL: Duration = Duration::from_millis(50);

/// What the group says.
#[derive(Debug)]
pub enum Change {
    /// The group has answered; these shards are ours now too. May be none.
    Assigned(Vec<ShardNumber>),
    /// These shards go to somebody else.
    Revoked {
        shards: Vec<ShardNumber>,
        parting: Parting,
        /// To be kept by each shard until it has stopped; the last drop lets go of them.
        until_stopped: blocking::Sender<()>,
    },
    /// This replica is out of the group for good.
    Failed(Error),
}

/// How a shard is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// It is still ours until it has stopped: what was answered is committed.
    HandOver,
    /// It may be somebody else's already: no commit, no call.
    Lost,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "could not set up the consumer of `{topic}`; check `kafka.brokers` and `kafka.properties`"
    )]
    SetUp {
        topic: String,
        #[source]
        cause: KafkaError,
    },
    #[error("could not start the thread that owns shards")]
    Thread(#[source] std::io::Error),
    #[error(
        "another replica runs under the instance id `{instance}`, and this one has been fenced; \
         give each replica its own `kafka.instance_id`"
    )]
    FencedInstance { instance: String },
    #[error(
        "the group `{group}` is in use for `{topic}` by `{client}` at {host}, and not for `{control}`: \
         that is another deployment; give each its own `kafka.group`"
    )]
    GroupInUse { group: String, control: String, topic: String, client: String, host: String },
    #[error("the group `{group}` has shut this replica out: {reason}; starting it again may help")]
    ShutOut {
        group: String,
        reason: String,
        #[source]
        cause: RDKafkaErrorCode,
    },
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::SetUp { .. } => Code::KafkaClient,
            Self::Thread(_) => Code::InternalThread,
            Self::GroupInUse { .. } => Code::OwnershipGroupInUse,
            Self::FencedInstance { .. } => Code::OwnershipInstanceFenced,
            Self::ShutOut { .. } => Code::OwnershipShutOut,
        }
    }
}

/// Membership in the group of owners.
#[derive(Debug)]
pub struct Ownership {
    leave: CancellationToken,
    left: oneshot::Receiver<Infallible>,
}

impl Ownership {
    /// Joins the group. Changes of ownership come in on the receiver; it closes when we are out.
    pub fn join(
        kafka: &KafkaSettings,
        instance: &str,
    ) -> Result<(Self, mpsc::Receiver<Change>), Error> {
        let (changes, receiver) = mpsc::channel(64);
        let topic = kafka.topics.control.clone();
        let set_up = |cause| Error::SetUp { topic: topic.clone(), cause };
        let context = Reported::new(kafka, Rebalancing { changes: changes.clone() });
        let settings = settings(kafka, instance).map_err(set_up)?;
        let consumer: BaseConsumer<Reported<Rebalancing>> =
            settings.create_with_context(context).map_err(set_up)?;
        consumer.subscribe(&[&kafka.topics.control]).map_err(set_up)?;

        let leave = CancellationToken::new();
        let (has_left, left) = oneshot::channel();
        let member = Member {
            consumer,
            changes,
            leave: leave.clone(),
            group: kafka.group.clone(),
            instance: instance.to_owned(),
        };
        thread::Builder::new()
            .name("ownership".to_owned())
            .spawn(move || {
                member.run();
                // Its end is the word that we are out.
                drop(has_left);
            })
            .map_err(Error::Thread)?;
        Ok((Self { leave, left }, receiver))
    }

    /// Leaves the group at once, so that others need not wait for the session to end.
    ///
    /// Shards must have stopped. Waits no longer than it should; the thread may live a little more.
    pub async fn leave(self) {
        self.leave.cancel();
        let outcome = tokio::time::timeout(LEAVE_WITHIN * 2, self.left).await;
        if outcome.is_err() {
            tracing::warn!("could not leave the group in time; shards move when the session ends");
        }
    }
}

/// Refuses a group that members of another deployment are in. Where the group cannot be looked at,
/// joining it will say why.
pub async fn check_group(kafka: &KafkaSettings) -> Result<(), Error> {
    let kafka = kafka.clone();
    let look = tokio::task::spawn_blocking(move || {
        let strangers = strangers(&kafka);
        strangers.unwrap_or_else(|error| {
            tracing::debug!(error = %error, "could not look at who is in the group");
            None
        })
    });
    match look.await {
        Ok(Some(error)) => Err(error),
        Ok(None) | Err(_) => Ok(()),
    }
}

fn strangers(kafka: &KafkaSettings) -> Result<Option<Error>, KafkaError> {
    let client: BaseConsumer<Reported> =
        clients::client(kafka)?.create_with_context(Reported::new(kafka, ()))?;
    clients::admit(client.client());
    let groups = client.client().fetch_group_list(Some(kafka.group.as_str()), ANSWER_WITHIN)?;
    let control = &kafka.topics.control;
    for member in groups.groups().iter().flat_map(rdkafka::groups::GroupInfo::members) {
        let topics = subscription::topics(member.metadata().unwrap_or_default());
        if let Some(topic) = topics.into_iter().find(|topic| topic != control) {
            return Ok(Some(Error::GroupInUse {
                group: kafka.group.clone(),
                control: control.clone(),
                topic,
                client: member.client_id().to_owned(),
                host: member.client_host().to_owned(),
            }));
        }
    }
    Ok(None)
}

/// What makes a member of the group that Kafka hands shards to.
fn settings(kafka: &KafkaSettings, instance: &str) -> Result<ClientConfig, KafkaError> {
    let mut config = clients::reader(kafka, &kafka.group)?;
    config
        .set("group.instance.id", instance)
        .set("client.id", instance)
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", SESSION.as_millis().to_string())
        .set("heartbeat.interval.ms", "500")
        .set("max.poll.interval.ms", "30000")
        // Partitions that are added must be seen soon: they are a number of shards that is not ours.
        .set("topic.metadata.refresh.interval.ms", "10000")
        .set("auto.offset.reset", "latest");
    Ok(config)
}

/// The thread's side.
struct Member {
    consumer: BaseConsumer<Reported<Rebalancing>>,
    changes: mpsc::Sender<Change>,
    leave: CancellationToken,
    group: String,
    instance: String,
}

impl Member {
    fn run(self) {
        while !self.leave.is_cancelled() {
            if let Some(Err(error)) = self.consumer.poll(POLL) {
                tracing::debug!(error = %error, "the consumer of the control topic has trouble");
            }
            if let Some((code, reason)) = self.consumer.client().fatal_error() {
                let failed = Change::Failed(self.shut_out(code, reason));
                // If nobody listens any more, nobody needs to know.
                drop(self.changes.blocking_send(failed));
                return;
            }
        }
        self.leave_group();
    }

    /// A static member that only closes would be waited for; one that unsubscribes is gone.
    fn leave_group(&self) {
        self.consumer.unsubscribe();
        let deadline = Instant::now() + LEAVE_WITHIN;
        while self.holds_partitions() && Instant::now() < deadline {
            drop(self.consumer.poll(Duration::from_millis(10)));
        }
    }

    fn holds_partitions(&self) -> bool {
        self.consumer.assignment().is_ok_and(|partitions| partitions.count() > 0)
    }

    fn shut_out(&self, code: RDKafkaErrorCode, reason: String) -> Error {
        if code == RDKafkaErrorCode::FencedInstanceId {
            Error::FencedInstance { instance: self.instance.clone() }
        } else {
            Error::ShutOut { group: self.group.clone(), reason, cause: code }
        }
    }
}

/// Carries the group's decisions out and passes them on.
struct Rebalancing {
    changes: mpsc::Sender<Change>,
}

impl Role for Rebalancing {}

impl ConsumerContext for Reported<Rebalancing> {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        decision: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let carried_out = match decision {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                self.role.assign(consumer, partitions)
            }
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS => {
                self.role.revoke(consumer, partitions)
            }
            _ => consumer.unassign(),
        };
        if let Err(error) = carried_out {
            tracing::error!(
                error = %error,
                "could not carry out a change of ownership; the group will decide anew"
            );
        }
    }
}

impl Rebalancing {
    fn assign(
        &self,
        consumer: &BaseConsumer<Reported<Self>>,
        partitions: &mut TopicPartitionList,
    ) -> Result<(), KafkaError> {
        // The shard reads what lies here from the position in its own state; the group only says whose
        // the shard is.
        partitions.set_all_offsets(Offset::End)?;
        consumer.incremental_assign(partitions)?;
        consumer.pause(partitions)?;
        let assigned = Change::Assigned(shards_of(partitions));
        // A worker that is gone has nothing to take over.
        drop(self.changes.blocking_send(assigned));
        Ok(())
    }

    fn revoke(
        &self,
        consumer: &BaseConsumer<Reported<Self>>,
        partitions: &TopicPartitionList,
    ) -> Result<(), KafkaError> {
        let parting = if consumer.assignment_lost() { Parting::Lost } else { Parting::HandOver };
        let shards = shards_of(partitions);
        let (until_stopped, stopped) = blocking::channel();
        let revoked = Change::Revoked { shards: shards.clone(), parting, until_stopped };
        if !shards.is_empty() && self.changes.blocking_send(revoked).is_ok() {
            // Nothing is ever sent: the last shard to stop drops the last sender.
            let waited = stopped.recv_timeout(LET_GO_AFTER);
            if waited == Err(blocking::RecvTimeoutError::Timeout) {
                tracing::warn!(?shards, "shards did not stop in time; they are let go now");
            }
        }
        consumer.incremental_unassign(partitions)
    }
}

fn shards_of(partitions: &TopicPartitionList) -> Vec<ShardNumber> {
    partitions.elements().iter().map(|element| ShardNumber(element.partition())).collect()
}
