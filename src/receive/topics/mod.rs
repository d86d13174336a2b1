//! usher's own topics: made by `init`, checked at every start.
//!
//! The number of shards is the number of partitions of the control topic and never changes: it
//! decides where each tenant's state lies.

mod check;
mod facts;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminOptions, NewTopic, TopicReplication};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::cluster::{ANSWER_WITHIN, reach};
use crate::config::kafka::KafkaSettings;
use facts::{Cluster, Facts};

pub use check::{Problem, Severity};

/// What a parked record may take: twice what Kafka takes by default, and room for its headers.
const PARKED_BYTES: usize = 2 * 1_048_588 + 64 * 1_024;

/// How soon is looked again for a topic that was just made.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(50);

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
    pub fn code(&self) -> &'static str {
        match self {
            Self::SetUp(_) => "kafka.client",
            Self::Reach(error) => error.code(),
            Self::Ask { .. } => "topics.unanswered",
            Self::Create { .. } => "topics.not_created",
            Self::NoShard { .. } => "topics.no_shard",
            Self::ShardsFixed { .. } => "topics.shards_fixed",
            Self::Unfit(_) => "topics.unfit",
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

/// What `init` did.
#[derive(Debug)]
pub struct InitReport {
    pub shards: i32,
    pub created: Vec<String>,
    /// They were there already and were left as they are.
    pub existing: Vec<String>,
    /// What is wrong with those that were there.
    pub problems: Vec<Problem>,
}

/// What a start must know of the topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    pub shards: i32,
    /// What the topic of parked records takes.
    pub parked_limit_bytes: usize,
}

/// How the topics stand at a start.
#[derive(Debug)]
pub struct Checked {
    /// Absent if the topics are not there.
    pub layout: Option<Layout>,
    pub problems: Vec<Problem>,
}

/// Creates the topics that are missing. `shards`: those there are, or 1, if not said.
///
/// `replication` -1 takes the brokers' default.
pub async fn init(
    kafka: &KafkaSettings,
    shards: Option<i32>,
    replication: i32,
) -> Result<InitReport, Error> {
    reach::reach(kafka).await?;
    let cluster = Cluster::connect(kafka)?;
    let found = cluster.facts(&own_topics(kafka)).await?;
    let shards = agree_on_shards(kafka, &found, shards)?;

    let mut created = Vec::new();
    for plan in plans(kafka, shards) {
        if !found.contains_key(&plan.topic) {
            create(&cluster, &plan, replication).await?;
            created.push(plan.topic);
        }
    }
    wait_until_known(&cluster, &created).await?;
    let existing: Vec<String> = found.keys().cloned().collect();
    let problems = check::judge(kafka, &found, &BTreeMap::new(), &[])
        .into_iter()
        .filter(|problem| found.contains_key(&problem.topic))
        .collect();
    Ok(InitReport { shards, created, existing, problems })
}

/// Says what is wrong with usher's topics and with the input topics `inputs`, and the cure.
pub async fn check(kafka: &KafkaSettings, inputs: &[String]) -> Result<Checked, Error> {
    let cluster = Cluster::connect(kafka)?;
    let own = cluster.facts(&own_topics(kafka)).await?;
    let found_inputs = cluster.facts(inputs).await?;
    let layout = own.get(&kafka.topics.control).map(|control| Layout {
        shards: control.partitions,
        parked_limit_bytes: own
            .get(&kafka.topics.parked)
            .and_then(Facts::max_message_bytes)
            .unwrap_or(PARKED_BYTES),
    });
    Ok(Checked { layout, problems: check::judge(kafka, &own, &found_inputs, inputs) })
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

fn own_topics(kafka: &KafkaSettings) -> Vec<String> {
    let topics = &kafka.topics;
    vec![topics.control.clone(), topics.people.clone(), topics.audit.clone(), topics.parked.clone()]
}

fn agree_on_shards(
    kafka: &KafkaSettings,
    found: &BTreeMap<String, Facts>,
    asked: Option<i32>,
) -> Result<i32, Error> {
    let existing = found
        .get(&kafka.topics.people)
        .or_else(|| found.get(&kafka.topics.control))
        .map(|facts| facts.partitions);
    match (existing, asked) {
        (Some(existing), Some(asked)) if existing != asked => {
            Err(Error::ShardsFixed { existing, asked })
        }
        (Some(existing), _) => Ok(existing),
        (None, Some(asked)) if asked < 1 => Err(Error::NoShard { asked }),
        (None, Some(asked)) => Ok(asked),
        (None, None) => Ok(1),
    }
}

/// A topic to make.
#[derive(Debug)]
struct Plan {
    topic: String,
    partitions: i32,
    settings: Vec<(&'static str, String)>,
}

fn plans(kafka: &KafkaSettings, shards: i32) -> Vec<Plan> {
    const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
    let topics = &kafka.topics;
    let plan = |topic: &str, partitions: i32, settings: &[(&'static str, u64)], policy: &str| {
        let mut all = vec![("cleanup.policy", policy.to_owned())];
        all.extend(settings.iter().map(|(name, value)| (*name, value.to_string())));
        Plan { topic: topic.to_owned(), partitions, settings: all }
    };
    let mut people = plan(
        &topics.people,
        shards,
        &[
            ("segment.bytes", 64 * 1_024 * 1_024),
            ("segment.ms", 60 * 60 * 1_000),
            ("max.compaction.lag.ms", DAY_MS),
        ],
        "compact",
    );
    people.settings.push(("min.cleanable.dirty.ratio", "0.1".to_owned()));
    vec![
        people,
        plan(&topics.audit, shards, &[("retention.ms", 365 * DAY_MS)], "delete"),
        plan(
            &topics.parked,
            shards,
            &[("retention.ms", 90 * DAY_MS), ("max.message.bytes", PARKED_BYTES as u64)],
            "delete",
        ),
        // Last: once it is there, replicas take shards over.
        plan(&topics.control, shards, &[("retention.ms", 7 * DAY_MS)], "delete"),
    ]
}

async fn create(cluster: &Cluster, plan: &Plan, replication: i32) -> Result<(), Error> {
    let mut topic =
        NewTopic::new(&plan.topic, plan.partitions, TopicReplication::Fixed(replication));
    for (name, value) in &plan.settings {
        topic = topic.set(name, value);
    }
    let options = AdminOptions::new()
        .request_timeout(Some(ANSWER_WITHIN))
        .operation_timeout(Some(ANSWER_WITHIN));
    let outcome = cluster.admin().create_topics([&topic], &options).await;
    let code = match outcome {
        Ok(results) => results.into_iter().find_map(Result::err),
        Err(cause) => {
            return Err(Error::Create {
                topic: plan.topic.clone(),
                advice: "trying again may help",
                cause,
            });
        }
    };
    match code {
        None => Ok(()),
        Some((_, code)) => Err(Error::Create {
            topic: plan.topic.clone(),
            advice: advice_on(code),
            cause: KafkaError::AdminOp(code),
        }),
    }
}

/// Kafka says that a topic is made before its brokers show it; whoever comes next must find it.
async fn wait_until_known(cluster: &Cluster, created: &[String]) -> Result<(), Error> {
    let deadline = Instant::now() + ANSWER_WITHIN;
    while cluster.facts(created).await?.len() < created.len() && Instant::now() < deadline {
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
    }
    Ok(())
}

fn advice_on(code: RDKafkaErrorCode) -> &'static str {
    match code {
        RDKafkaErrorCode::InvalidReplicationFactor => {
            "there are fewer brokers than copies; ask for a smaller replication factor"
        }
        RDKafkaErrorCode::TopicAuthorizationFailed
        | RDKafkaErrorCode::ClusterAuthorizationFailed => {
            "this client may not create topics; let somebody who may run `usher init`"
        }
        RDKafkaErrorCode::TopicAlreadyExists => {
            "somebody else just made it; run `usher init` again"
        }
        _ => "trying again may help",
    }
}
