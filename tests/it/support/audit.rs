//! What a `read_committed` reader finds in usher's output topics.

use super::broker::Broker;
use jsonschema::Validator;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Headers, Message};
use rdkafka::{Offset, TopicPartitionList};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::Duration;
use usher::audit::line::{self, LineKind, Own};
use usher::model::decision::Why;

/// A record as it stands in a topic.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) partition: i32,
    pub(crate) key: Option<String>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Found {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(header, _)| header == name)?;
        std::str::from_utf8(value.as_ref()?).ok()
    }
}

/// Whatever a test reads of the audit keeps to the schema that is printed of it.
fn is_as_the_schema_says(line: &[u8]) {
    static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
        let schema = include_str!("../../../config/schemas/audit.json");
        jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
    });
    let line = serde_json::from_slice(line).unwrap();
    let errors = VALIDATOR.iter_errors(&line);
    let found: Vec<_> = errors.map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(found.is_empty(), "{found:?}\n{line:#}");
}

/// One line of the audit.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) person: Option<String>,
    pub(crate) traceparent: Option<String>,
    told: line::Line,
}

impl Line {
    pub(crate) fn read(found: Found) -> Self {
        let traceparent = found.header("traceparent").map(str::to_owned);
        let value = found.value.expect("an audit record has a value");
        is_as_the_schema_says(&value);
        Self { person: found.key, traceparent, told: serde_json::from_slice(&value).unwrap() }
    }

    /// What it says in words of usher's own.
    pub(crate) fn own(&self) -> &Own {
        &self.told.unmapped
    }

    /// `decision`, `result`, `note` or `reading`.
    pub(crate) fn kind(&self) -> &'static str {
        self.own().kind.word()
    }

    pub(crate) fn outcome(&self) -> &str {
        &self.own().outcome
    }

    /// The reason's code and field, as far as there is one.
    pub(crate) fn why(&self) -> (Option<&str>, Option<&str>) {
        let why = self.own().why.as_ref();
        (why.map(|why| why.code.as_str()), why.and_then(|why| why.field.as_deref()))
    }

    /// The reason, if there is one.
    pub(crate) fn reason(&self) -> Option<Why> {
        self.own().why.clone()
    }

    /// Of a result: whether the account was read back.
    pub(crate) fn is_verified(&self) -> bool {
        self.own().verified.expect("a result says whether it was seen")
    }

    /// The id of the input event.
    pub(crate) fn event(&self) -> Option<&str> {
        self.told.metadata.original_event_uid.as_deref()
    }

    pub(crate) fn place(&self) -> Place {
        let place = self.own().kafka.as_ref().expect("a decision has a position");
        Place {
            topic: place.topic.clone(),
            partition: place.partition.into(),
            offset: place.offset,
            index: place.sub_index.expect("a decision is about one event").into(),
        }
    }

    /// The person, target and revision that a result or note is about.
    pub(crate) fn revision(&self) -> (String, String, u64) {
        let person = self.person.clone().expect("a result has a person");
        let target = self.own().target.clone().expect("a result has a target");
        (person, target, self.own().revision.expect("a result has a revision"))
    }
}

/// An event's place in Kafka.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) topic: String,
    pub(crate) partition: i64,
    pub(crate) offset: i64,
    pub(crate) index: u64,
}

/// The last revision of each person at each target.
pub(crate) type Revisions = BTreeMap<(String, String), u64>;

/// Exactly one decision for each of `events`, and exactly one final result for each revision up to
/// the last.
pub(crate) fn assert_once(lines: &[Line], events: &BTreeSet<Place>, last: &Revisions) {
    let mut decided: BTreeMap<Place, usize> = BTreeMap::new();
    let mut ended: BTreeMap<(String, String), Vec<u64>> = BTreeMap::new();
    for line in lines {
        match line.own().kind {
            LineKind::Decision => *decided.entry(line.place()).or_default() += 1,
            LineKind::Result => {
                let (person, target, revision) = line.revision();
                ended.entry((person, target)).or_default().push(revision);
            }
            LineKind::Note | LineKind::Reading | LineKind::Command => {}
        }
    }
    let doubled: Vec<_> = decided.iter().filter(|(_, count)| **count > 1).collect();
    assert!(doubled.is_empty(), "decided more than once: {doubled:?}");
    let decided: BTreeSet<Place> = decided.into_keys().collect();
    let missing: Vec<_> = events.difference(&decided).collect();
    assert!(missing.is_empty(), "without a decision: {missing:?}");
    let unknown: Vec<_> = decided.difference(events).collect();
    assert!(unknown.is_empty(), "decided, but never sent: {unknown:?}");

    for revisions in ended.values_mut() {
        revisions.sort_unstable();
    }
    let whole = |last: &u64| (1..=*last).collect::<Vec<_>>();
    let expected: BTreeMap<_, _> =
        last.iter().map(|(seat, last)| (seat.clone(), whole(last))).collect();
    assert_eq!(ended, expected, "the revisions that have a final result");
}

/// Reads a topic to its end, again and again; what it has read it keeps.
pub(crate) struct Reader {
    consumer: BaseConsumer,
    topic: String,
    /// By partition, where to go on.
    next: BTreeMap<i32, Offset>,
    found: Vec<Found>,
}

impl Reader {
    pub(crate) fn of(broker: &Broker, topic: &str) -> Self {
        let consumer: BaseConsumer = broker
            .client()
            .set("group.id", "reader-of-the-tests")
            .set("isolation.level", "read_committed")
            .set("enable.partition.eof", "true")
            .set("enable.auto.commit", "false")
            .set("fetch.wait.max.ms", "10")
            .set("fetch.message.max.bytes", "8388608")
            .create()
            .unwrap();
        let partitions = i32::try_from(broker.partitions(topic)).unwrap();
        let next = (0..partitions).map(|partition| (partition, Offset::Beginning)).collect();
        Self { consumer, topic: topic.to_owned(), next, found: Vec::new() }
    }

    /// All that is committed, in the order of each partition.
    pub(crate) fn read_on(&mut self) -> Vec<Found> {
        let mut assignment = TopicPartitionList::new();
        for (partition, next) in &self.next {
            assignment.add_partition_offset(&self.topic, *partition, *next).unwrap();
        }
        // Assigned anew it says again where the end is, even if nothing has come.
        self.consumer.assign(&assignment).unwrap();
        let mut open: BTreeSet<i32> = self.next.keys().copied().collect();
        while !open.is_empty() {
            match self.consumer.poll(Duration::from_secs(10)).expect("Kafka answers within 10 s") {
                Ok(message) => {
                    self.next.insert(message.partition(), Offset::Offset(message.offset() + 1));
                    self.found.push(Found {
                        partition: message.partition(),
                        key: message.key().map(|key| String::from_utf8_lossy(key).into_owned()),
                        value: message.payload().map(<[u8]>::to_vec),
                        headers: message.headers().map(owned).unwrap_or_default(),
                    });
                }
                Err(KafkaError::PartitionEOF(partition)) => {
                    open.remove(&partition);
                }
                Err(error) => panic!("could not read {}: {error}", self.topic),
            }
        }
        self.found.clone()
    }
}

fn owned(headers: &impl Headers) -> Vec<(String, Option<Vec<u8>>)> {
    let pairs = headers.iter();
    pairs.map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec))).collect()
}
