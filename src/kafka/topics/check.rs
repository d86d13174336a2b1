//! Whether the topics are as usher needs them; what is wrong, and how to mend it.

use std::collections::BTreeMap;
use std::fmt;

use super::facts::Facts;
use crate::config::kafka::KafkaSettings;
use crate::kafka::clients;

/// What every topic that usher writes must take in one batch; the producer makes smaller ones.
const BATCH_BYTES: usize = 1_000_000;

/// Whether usher can work with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Warning,
    Fatal,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    /// The topic, or the name of the property.
    pub topic: String,
    pub what: String,
    pub cure: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` {}; {}", self.topic, self.what, self.cure)
    }
}

fn fatal(topic: &str, what: impl Into<String>, cure: impl Into<String>) -> Problem {
    problem(Severity::Fatal, topic, what, cure)
}

fn warning(topic: &str, what: impl Into<String>, cure: impl Into<String>) -> Problem {
    problem(Severity::Warning, topic, what, cure)
}

fn problem(
    severity: Severity,
    topic: &str,
    what: impl Into<String>,
    cure: impl Into<String>,
) -> Problem {
    Problem { severity, topic: topic.to_owned(), what: what.into(), cure: cure.into() }
}

/// Everything that is wrong. `recorded`: how many shards the state says there are; `inputs`: the
/// input topics that are configured.
pub(super) fn judge(
    kafka: &KafkaSettings,
    own: &BTreeMap<String, Facts>,
    recorded: Option<i32>,
    found_inputs: &BTreeMap<String, Facts>,
    inputs: &[String],
) -> Vec<Problem> {
    let topics = &kafka.topics;
    let mut problems: Vec<Problem> = clients::reserved(kafka)
        .into_iter()
        .map(|(name, why)| {
            fatal(
                name,
                format!("is set by usher itself ({why})"),
                "take it out of `kafka.properties`",
            )
        })
        .collect();

    for topic in topics.named().map(|(_, topic)| topic) {
        match own.get(topic) {
            None => problems.push(fatal(topic, "is not there", "run `usher init`")),
            Some(facts) => problems.extend(judge_batches(topic, facts)),
        }
    }
    if let Some(people) = own.get(&topics.people) {
        problems.extend(judge_people(kafka, people));
    }
    if let Some(inventory) = own.get(&topics.inventory) {
        problems.extend(judge_inventory(&topics.inventory, inventory));
    }
    if let (Some(people), Some(control)) = (own.get(&topics.people), own.get(&topics.control)) {
        problems.extend(judge_number(kafka, people.partitions, control.partitions, recorded));
    }
    for topic in [&topics.audit, &topics.parked, &topics.control, &topics.events] {
        problems.extend(own.get(topic).and_then(|facts| judge_history(topic, facts)));
    }
    for input in inputs {
        match found_inputs.get(input) {
            None => problems.push(warning(
                input,
                "is not there, or this client may not see it",
                "create it, allow it, or take it out of the configuration; it is read once it is \
                 there",
            )),
            Some(facts) => {
                problems.extend(judge_parking(kafka, input, facts, own.get(&topics.parked)));
            }
        }
    }
    problems
}

/// A commit must never fail because a topic takes less than the producer puts together.
fn judge_batches(topic: &str, facts: &Facts) -> Option<Problem> {
    let takes = facts.max_message_bytes()?;
    (takes < BATCH_BYTES).then(|| {
        fatal(
            topic,
            format!("takes only {takes} bytes at once (max.message.bytes)"),
            format!("set it to {BATCH_BYTES} or more"),
        )
    })
}

fn judge_people(kafka: &KafkaSettings, people: &Facts) -> Option<Problem> {
    let policy = people.cleanup_policy();
    (policy != "compact").then(|| {
        fatal(
            &kafka.topics.people,
            format!(
                "has cleanup.policy `{policy}`, which forgets people who have not changed lately"
            ),
            "set it to `compact`",
        )
    })
}

/// Who shows it reads it whole, and a partition of it stands for each shard.
fn judge_inventory(topic: &str, inventory: &Facts) -> Option<Problem> {
    let policy = inventory.cleanup_policy();
    (policy != "compact").then(|| {
        fatal(
            topic,
            format!("has cleanup.policy `{policy}`, which forgets or heaps up what targets have"),
            "set it to `compact`",
        )
    })
}

/// Where a tenant's state lies rests on the number of shards; another one would have it read anew
/// somewhere else, and decided twice.
fn judge_number(
    kafka: &KafkaSettings,
    people: i32,
    control: i32,
    recorded: Option<i32>,
) -> Option<Problem> {
    let topics = &kafka.topics;
    let cure = format!(
        "delete `{}` and run `usher init`, then send again the commands that were not decided yet",
        topics.control
    );
    let Some(shards) = recorded else {
        return (control != people).then(|| {
            fatal(
                &topics.people,
                format!(
                    "has {people} partitions and `{}` has {control}; both must be the number of \
                     shards",
                    topics.control
                ),
                cure,
            )
        });
    };
    let made = format!("this deployment was made with {shards} shard(s), for ever");
    if control != shards {
        Some(fatal(&topics.control, format!("has {control} partitions, and {made}"), cure))
    } else if people < shards {
        Some(fatal(
            &topics.people,
            format!("has only {people} partitions, and {made}"),
            "bring the topic back as it was; what it held is the only memory there is",
        ))
    } else if people > shards {
        Some(warning(
            &topics.people,
            format!("has {people} partitions, and {made}"),
            "leave those that were added: they hold nothing, and are not used",
        ))
    } else {
        None
    }
}

/// What is a history must not lose records to later ones with the same key.
fn judge_history(topic: &str, facts: &Facts) -> Option<Problem> {
    facts.is_compacted().then(|| {
        fatal(
            topic,
            "is compacted, which forgets all but the last record of each key",
            "set its cleanup.policy to `delete`",
        )
    })
}

/// A larger record is still parked, but only its head.
fn judge_parking(
    kafka: &KafkaSettings,
    input: &str,
    facts: &Facts,
    parked: Option<&Facts>,
) -> Option<Problem> {
    let largest = facts.max_message_bytes()?;
    let takes = parked?.max_message_bytes()?;
    let needed = largest.saturating_mul(2);
    (takes < needed).then(|| {
        warning(
            &kafka.topics.parked,
            format!(
                "takes {takes} bytes at once (max.message.bytes), and records of `{input}` may \
                 have {largest}; those that do not fit are parked without their tail"
            ),
            format!("set it to {needed} or more"),
        )
    })
}
