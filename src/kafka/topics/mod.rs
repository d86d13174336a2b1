//! usher's own topics: made by `init`, checked at every start.
//!
//! The number of shards is the number of partitions of the control topic and never changes: it
//! decides where each tenant's state lies.

mod check;
mod facts;
mod make;
#[cfg(test)]
mod tests;
mod watch;

use crate::command::instruction::INSTRUCTION_BYTES_MAX;
use crate::model::Deployment;
use crate::model::code::Code;
use std::collections::BTreeMap;
use std::fmt;

use rdkafka::error::KafkaError;

use super::clients::reach;
use super::{look, recorded as state};
use crate::config::kafka::KafkaSettings;
use facts::{Cluster, Facts};

pub use check::{Problem, Severity};
pub use make::{InitReport, Making, init};
pub use watch::Watch;

/// What a parked record may take: twice what Kafka takes by default, and room for its headers.
const PARKED_BYTES: usize = 2 * 1_048_588 + 64 * 1_024;

/// What a command may bring beside its signed bytes: whatever was parked.
pub const BROUGHT_BYTES_MAX: usize = PARKED_BYTES;

/// What a record of the control topic may take.
pub const CONTROL_BYTES: usize = BROUGHT_BYTES_MAX + 2 * INSTRUCTION_BYTES_MAX;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "could not set up a client for Kafka; check `kafka.brokers` and the properties of `kafka`"
    )]
    SetUp(#[source] KafkaError),
    #[error(transparent)]
    Reach(#[from] reach::Error),
    #[error("could not ask Kafka at `{brokers}` about the topic `{topic}`; trying again may help")]
    Ask {
        brokers: String,
        topic: String,
        #[source]
        cause: KafkaError,
    },
    #[error("could not create the topic `{topic}`: {advice}")]
    Create {
        topic: String,
        advice: &'static str,
        #[source]
        cause: KafkaError,
    },
    #[error(
        "`{topic}` is empty and not as usher needs it, most likely because Kafka made it by itself, \
         and could not be made anew: {advice}"
    )]
    Remake {
        topic: String,
        advice: &'static str,
        #[source]
        cause: KafkaError,
    },
    #[error("could not read of the state whose it is and how many shards there are")]
    Recorded(#[source] look::Error),
    #[error("could not wait for Kafka: the waiting thread has crashed")]
    Crashed,
    #[error("could not draw an id for this deployment: the system gives no random bytes")]
    NoChance,
    #[error("a deployment needs at least one shard, not {asked}")]
    NoShard { asked: i32 },
    #[error(
        "this deployment has {existing} shards, fixed when it was made; {asked} were asked for. \
         State lies by shard, so the number cannot change: leave it out, or use other topics"
    )]
    ShardsFixed { existing: i32, asked: i32 },
    #[error("the topics are not as usher needs them: {0}")]
    Unfit(Problems),
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::SetUp(_) => Code::KafkaClient,
            Self::Reach(error) => error.code(),
            Self::Ask { .. } => Code::TopicsUnanswered,
            Self::Create { .. } | Self::Remake { .. } => Code::TopicsNotCreated,
            Self::Recorded(error) => error.code(),
            Self::Crashed | Self::NoChance => Code::InternalCrashed,
            Self::NoShard { .. } => Code::TopicsNoShard,
            Self::ShardsFixed { .. } => Code::TopicsShardsFixed,
            Self::Unfit(_) => Code::TopicsUnfit,
        }
    }
}

/// Several problems as one text.
#[derive(Debug)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(out, "{separator}{problem}")?;
        }
        Ok(())
    }
}

/// What a start must know of the topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub shards: i32,
    /// The deployment's id, as the state has it; `None`: nothing is written of it.
    pub deployment: Option<String>,
    /// What the topic of parked records takes.
    pub parked_limit_bytes: usize,
}

impl Layout {
    /// The deployment that these topics are of, by its id of before if none was drawn for it.
    pub fn deployment(&self, people_topic: &str) -> Deployment {
        let of_before = Deployment::of(people_topic, self.shards);
        match &self.deployment {
            Some(id) => Deployment { id: id.clone(), ..of_before },
            None => of_before,
        }
    }
}

/// What is said of a deployment for which no id was drawn.
pub fn id_of_before(kafka: &KafkaSettings) -> String {
    format!(
        "this deployment has no id of its own, for an earlier usher made it, or its topics were not made by \
         `usher init`: it follows from the name of `{}`, so a command that was signed for another Kafka with \
         a topic of that name counts here, too, if an operator of both signed it; let the operators of a \
         trial sign with other keys",
        kafka.topics.people
    )
}

/// How the topics stand at a start.
#[derive(Debug)]
pub struct Checked {
    /// Absent if the topics are not there.
    pub layout: Option<Layout>,
    pub problems: Vec<Problem>,
}

/// Says what is wrong with usher's topics and with the input topics `inputs`, and the cure.
pub async fn check(kafka: &KafkaSettings, inputs: &[String]) -> Result<Checked, Error> {
    let cluster = Cluster::connect(kafka)?;
    let own = cluster.facts(&own_topics(kafka)).await?;
    let found_inputs = cluster.facts(inputs).await?;
    let deployment = recorded(kafka, &own).await?;
    let recorded = deployment.as_ref().map(|it| it.shards);
    let layout = own.get(&kafka.topics.control).map(|control| Layout {
        shards: recorded.unwrap_or(control.partitions),
        deployment: deployment.map(|it| it.id),
        parked_limit_bytes: own
            .get(&kafka.topics.parked)
            .and_then(Facts::max_message_bytes)
            .unwrap_or(PARKED_BYTES),
    });
    Ok(Checked { layout, problems: check::judge(kafka, &own, recorded, &found_inputs, inputs) })
}

/// The layout of topics that are fit to work with; warnings go to the log.
pub async fn checked_layout(kafka: &KafkaSettings, inputs: &[String]) -> Result<Layout, Error> {
    let checked = check(kafka, inputs).await?;
    let (fatal, warnings): (Vec<_>, Vec<_>) =
        checked.problems.into_iter().partition(|problem| problem.severity == Severity::Fatal);
    for warning in warnings {
        tracing::warn!(kafka.topic = warning.topic, "{warning}");
    }
    match checked.layout {
        Some(layout) if fatal.is_empty() => Ok(layout),
        _ => Err(Error::Unfit(Problems(fatal))),
    }
}

/// What the state says of the deployment; `None`: it says nothing.
async fn recorded(
    kafka: &KafkaSettings,
    own: &BTreeMap<String, Facts>,
) -> Result<Option<Deployment>, Error> {
    let Some(people) = own.get(&kafka.topics.people).filter(|people| !people.is_empty) else {
        return Ok(None);
    };
    let (kafka, partitions) = (kafka.clone(), people.partitions);
    let read = tokio::task::spawn_blocking(move || state::read(&kafka, partitions));
    read.await.map_err(|_crashed| Error::Crashed)?.map_err(Error::Recorded)
}

fn own_topics(kafka: &KafkaSettings) -> Vec<String> {
    let topics = &kafka.topics;
    topics.named().map(|(_, topic)| topic.to_owned()).into()
}
