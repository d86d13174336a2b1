//! usher's own topics, looked at again while it runs: what somebody changes in a console is told at
//! once, and not at the next start.

use crate::model::code::Code;
use std::collections::BTreeMap;

use super::check::{Severity, judge};
use super::facts::Cluster;
use super::{Error, Problem, Problems, own_topics};
use crate::config::kafka::KafkaSettings;

/// Looks at the topics of a running replica.
pub struct Watch {
    kafka: KafkaSettings,
    cluster: Cluster,
    /// The number that this replica works by.
    shards: i32,
    /// What was told already.
    told: Vec<Problem>,
}

impl Watch {
    pub fn open(kafka: &KafkaSettings, shards: i32) -> Result<Self, Error> {
        let cluster = Cluster::connect(kafka)?;
        Ok(Self { kafka: kafka.clone(), cluster, shards, told: Vec::new() })
    }

    /// Whether Kafka still hands out the shards that there are. `Unfit` says that it does not, and
    /// nobody may go on; other errors, that it could not be asked.
    pub async fn look_at_number(&self) -> Result<(), Error> {
        let topic = &self.kafka.topics.control;
        let failed =
            |cause| Error::Ask { brokers: self.kafka.brokers.clone(), topic: topic.clone(), cause };
        let found = self.cluster.partitions(topic).await.map_err(failed)?;
        // One that was deleted is made anew by `init`, with the right number.
        match found {
            Some(found) if found != self.shards => {
                Err(Error::Unfit(Problems(vec![other_number(topic, found, self.shards)])))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Tells what has come to be wrong since it was last looked, and how many problems are there that
    /// no start would accept.
    pub async fn look_at_settings(&mut self) -> Result<usize, Error> {
        let own = self.cluster.facts(&own_topics(&self.kafka)).await?;
        let problems = judge(&self.kafka, &own, Some(self.shards), &BTreeMap::new(), &[]);
        for problem in problems.iter().filter(|problem| !self.told.contains(problem)) {
            let code = Code::TopicsUnfit.as_str();
            let topic = &problem.topic;
            if problem.severity == Severity::Fatal {
                tracing::error!(code, kafka.topic = topic, "a topic was changed: {problem}");
            } else {
                tracing::warn!(code, kafka.topic = topic, "a topic was changed: {problem}");
            }
        }
        for mended in self.told.iter().filter(|problem| !problems.contains(problem)) {
            tracing::info!(kafka.topic = mended.topic, "a topic is as it should be again");
        }
        let fatal = problems.iter().filter(|problem| problem.severity == Severity::Fatal).count();
        self.told = problems;
        Ok(fatal)
    }
}

fn other_number(control: &str, found: i32, shards: i32) -> Problem {
    Problem {
        severity: Severity::Fatal,
        topic: control.to_owned(),
        what: format!(
            "was given {found} partitions, and this deployment was made with {shards} shard(s), for \
             ever"
        ),
        cure: format!(
            "stop all replicas, delete `{control}` and run `usher init`, then send again the commands \
             that were not decided yet"
        ),
    }
}
