//! `usher init`: makes the topics that are missing, and those anew that are empty and wrong.
//!
//! A Kafka as it comes makes any topic that somebody asks for, with one partition and settings that
//! forget. Nothing of usher's asks so, but others may have.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminOptions, NewTopic, TopicReplication};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::facts::{Cluster, Facts};
use super::{
    CONTROL_BYTES, Error, PARKED_BYTES, Problem, check, id_of_before, own_topics, recorded,
};
use crate::config::kafka::KafkaSettings;
use crate::kafka::clients::{ANSWER_WITHIN, reach};
use crate::model::Deployment;

/// How soon is looked again for a topic that was just made.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// What `init` did.
#[derive(Debug)]
pub struct InitReport {
    pub shards: i32,
    pub created: Vec<String>,
    /// They were there, empty and not as they must be.
    pub made_anew: Vec<String>,
    /// They were there already and were left as they are.
    pub existing: Vec<String>,
    /// What is wrong with those that were there.
    pub problems: Vec<Problem>,
    /// The deployment's id, which commands of operators name.
    pub deployment: String,
    /// What is right, and worth a word.
    pub doubts: Vec<String>,
}

/// Topics that are being made. The control topic comes last: once it is there, replicas take shards over.
pub struct Making {
    cluster: Cluster,
    control: Option<(Plan, Todo)>,
    replication: i32,
    /// Nobody can own a shard yet, and nothing is written of any: its first record is to be.
    pub wants_first_records: bool,
    pub deployment: Deployment,
    report: InitReport,
}

fn chance() -> Result<[u8; 16], Error> {
    let mut chance = [0; 16];
    openssl::rand::rand_bytes(&mut chance).map_err(|_its_words_help_nobody| Error::NoChance)?;
    Ok(chance)
}

/// What is to be done about a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Todo {
    Make,
    MakeAnew,
    Leave,
}

/// Makes the topics but the last. `shards`: those there are, or 1, if not said.
///
/// `replication` -1 takes the brokers' default.
pub async fn init(
    kafka: &KafkaSettings,
    shards: Option<i32>,
    replication: i32,
) -> Result<Making, Error> {
    reach::reach(kafka).await?;
    let cluster = Cluster::connect(kafka)?;
    let found = cluster.facts(&own_topics(kafka)).await?;
    let written = recorded(kafka, &found).await?;
    let recorded = written.as_ref().map(|it| it.shards);
    let shards = agree_on_shards(kafka, &found, recorded, shards)?;

    let mut report = InitReport {
        shards,
        created: Vec::new(),
        made_anew: Vec::new(),
        existing: Vec::new(),
        problems: Vec::new(),
        deployment: String::new(),
        doubts: Vec::new(),
    };
    let mut plans = plans(kafka, shards);
    let control = plans.pop();
    let mut is_empty = false;
    for plan in &plans {
        let todo = todo_of(plan, found.get(&plan.topic), kafka);
        carry_out(&cluster, plan, todo, replication, &mut report).await?;
        if plan.topic == kafka.topics.people {
            is_empty = todo != Todo::Leave || found.get(&plan.topic).is_some_and(|it| it.is_empty);
        }
    }
    let control = control.map(|plan| {
        let todo = todo_of(&plan, found.get(&plan.topic), kafka);
        (plan, todo)
    });
    let is_closed = control.as_ref().is_none_or(|(_, todo)| *todo != Todo::Leave);
    report.problems = check::judge(kafka, &found, recorded, &BTreeMap::new(), &[])
        .into_iter()
        .filter(|problem| {
            let is_control = problem.topic == kafka.topics.control;
            is_control && !is_closed || report.existing.contains(&problem.topic)
        })
        .collect();
    let wants_first_records = is_empty && is_closed;
    let deployment = match written {
        Some(written) if !wants_first_records => written,
        Some(_) | None if wants_first_records => Deployment::drawn(chance()?, shards),
        Some(_) | None => Deployment::of(&kafka.topics.people, shards),
    };
    report.deployment.clone_from(&deployment.id);
    if !deployment.is_drawn(&kafka.topics.people) {
        report.doubts.push(id_of_before(kafka));
    }
    Ok(Making { cluster, control, replication, wants_first_records, deployment, report })
}

impl Making {
    /// Makes the control topic.
    pub async fn finish(mut self) -> Result<InitReport, Error> {
        if let Some((plan, todo)) = &self.control {
            carry_out(&self.cluster, plan, *todo, self.replication, &mut self.report).await?;
        }
        Ok(self.report)
    }
}

async fn carry_out(
    cluster: &Cluster,
    plan: &Plan,
    todo: Todo,
    replication: i32,
    report: &mut InitReport,
) -> Result<(), Error> {
    let told = match todo {
        Todo::Make => {
            create(cluster, plan, replication).await?;
            &mut report.created
        }
        Todo::MakeAnew => {
            make_anew(cluster, plan, replication).await?;
            &mut report.made_anew
        }
        Todo::Leave => {
            report.existing.push(plan.topic.clone());
            return Ok(());
        }
    };
    told.push(plan.topic.clone());
    wait_until_known(cluster, &[plan]).await
}

/// A topic that holds something is left as it is, and so is one that somebody made on purpose, as long
/// as usher can work with it.
pub(super) fn todo_of(plan: &Plan, found: Option<&Facts>, kafka: &KafkaSettings) -> Todo {
    let Some(facts) = found else { return Todo::Make };
    let lies_by_shard = [&kafka.topics.people, &kafka.topics.control].contains(&&plan.topic);
    let is_wrong = facts.is_by_default
        || lies_by_shard && facts.partitions != plan.partitions
        || plan.settings.iter().any(|(name, value)| {
            *name == "cleanup.policy" && facts.settings.get(*name).is_some_and(|it| it != value)
        });
    if facts.is_empty && is_wrong { Todo::MakeAnew } else { Todo::Leave }
}

/// What the state says; else what a topic of people says that was made on purpose or holds something.
pub(super) fn agree_on_shards(
    kafka: &KafkaSettings,
    found: &BTreeMap<String, Facts>,
    recorded: Option<i32>,
    asked: Option<i32>,
) -> Result<i32, Error> {
    let is_meant = |facts: &&Facts| !(facts.is_empty && facts.is_by_default);
    let people = found.get(&kafka.topics.people).filter(is_meant);
    let control = found.get(&kafka.topics.control).filter(is_meant);
    let existing = recorded.or_else(|| people.or(control).map(|facts| facts.partitions));
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
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) topic: String,
    pub(super) partitions: i32,
    pub(super) settings: Vec<(&'static str, String)>,
}

pub(super) fn plans(kafka: &KafkaSettings, shards: i32) -> Vec<Plan> {
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
    // Read whole by whoever shows it, and written anew every few hours.
    let mut inventory = Plan { topic: topics.inventory.clone(), ..people.clone() };
    inventory.settings.retain(|(name, _)| *name != "max.compaction.lag.ms");
    vec![
        people,
        plan(&topics.audit, shards, &[("retention.ms", 365 * DAY_MS)], "delete"),
        plan(
            &topics.parked,
            shards,
            &[("retention.ms", 90 * DAY_MS), ("max.message.bytes", PARKED_BYTES as u64)],
            "delete",
        ),
        inventory,
        // Whoever wants to be told of findings reads it; usher itself reads it within seconds.
        plan(&topics.events, shards, &[("retention.ms", 30 * DAY_MS)], "delete"),
        // Last: once it is there, replicas take shards over.
        plan(
            &topics.control,
            shards,
            &[("retention.ms", 7 * DAY_MS), ("max.message.bytes", CONTROL_BYTES as u64)],
            "delete",
        ),
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

/// Deletes a topic that nothing was ever written to, and makes it as it must be.
async fn make_anew(cluster: &Cluster, plan: &Plan, replication: i32) -> Result<(), Error> {
    let topic = plan.topic.as_str();
    let refused = |code: RDKafkaErrorCode, cause| Error::Remake {
        topic: topic.to_owned(),
        advice: match code {
            RDKafkaErrorCode::TopicAuthorizationFailed => {
                "this client may not delete it; delete it and run `usher init` again"
            }
            _ => "delete it and run `usher init` again",
        },
        cause,
    };
    let options = AdminOptions::new().operation_timeout(Some(ANSWER_WITHIN));
    let deleted = cluster.admin().delete_topics(&[topic], &options).await;
    let deleted = deleted.map_err(|cause| refused(RDKafkaErrorCode::Unknown, cause))?;
    if let Some((_, code)) = deleted.into_iter().find_map(Result::err) {
        return Err(refused(code, KafkaError::AdminOp(code)));
    }
    // Its brokers show it for a moment, and its name is free only after that.
    let deadline = Instant::now() + ANSWER_WITHIN;
    loop {
        match create(cluster, plan, replication).await {
            Err(Error::Create { cause: KafkaError::AdminOp(code), .. })
                if code == RDKafkaErrorCode::TopicAlreadyExists && Instant::now() < deadline =>
            {
                tokio::time::sleep(LOOK_AGAIN_AFTER).await;
            }
            outcome => return outcome,
        }
    }
}

/// Kafka says that a topic is made before its brokers show it; whoever comes next must find it.
async fn wait_until_known(cluster: &Cluster, created: &[&Plan]) -> Result<(), Error> {
    let deadline = Instant::now() + ANSWER_WITHIN;
    let is_known = |plan: &Plan, found: &BTreeMap<String, Facts>| {
        found.get(&plan.topic).is_some_and(|facts| facts.partitions == plan.partitions)
    };
    let topics: Vec<String> = created.iter().map(|plan| plan.topic.clone()).collect();
    while Instant::now() < deadline {
        // One that was made anew may be shown as it was, or not at all.
        let found = cluster.facts(&topics).await.unwrap_or_default();
        if created.iter().all(|plan| is_known(plan, &found)) {
            break;
        }
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
