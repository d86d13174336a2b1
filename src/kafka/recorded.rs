//! What the state itself says of the deployment it belongs to, read without reading the state.
//!
//! Every commit ends with its shard's own record, so the newest stands near the end of a partition.

use serde::Deserialize;

use super::clients;
use super::look::{self, From, Look, Span, Until};
use crate::config::kafka::KafkaSettings;
use crate::model::{Deployment, ShardNumber};

/// The key of a shard's own record; those of people have a slash.
const SHARD_KEY: &[u8] = b"shard";

/// How much of the end is read first. What was aborted takes room, too, so it may be more.
const TAIL: i64 = 64;

/// The deployment that the partitions name; `None`: nothing is written there, or by an earlier version
/// alone. Blocks.
pub fn read(kafka: &KafkaSettings, partitions: i32) -> Result<Option<Deployment>, look::Error> {
    let look = Look::open_as(kafka, clients::shard_group(kafka, ShardNumber(0)))?;
    read_by(&look, &kafka.topics.people, partitions)
}

/// The same, by somebody who looks already. An id that was drawn counts more than one that follows from the
/// name of the topic: where an earlier version wrote last, it knew of no other.
pub fn read_by(
    look: &Look,
    people_topic: &str,
    partitions: i32,
) -> Result<Option<Deployment>, look::Error> {
    let mut earlier = None;
    for partition in 0..partitions {
        let whole = look.span(people_topic, partition, From::Earliest, Until::Now)?;
        match last_of(look, &whole)? {
            Some(found) if found.is_drawn(people_topic) => return Ok(Some(found)),
            found => earlier = earlier.or(found),
        }
    }
    Ok(earlier)
}

/// What the last record of a shard that the partition holds says.
fn last_of(look: &Look, whole: &Span) -> Result<Option<Deployment>, look::Error> {
    let mut length = TAIL;
    loop {
        let tail = whole.tail(length);
        let mut last = None;
        look.read::<look::Error>(std::slice::from_ref(&tail), |record| {
            if record.key.as_deref() == Some(SHARD_KEY) {
                last = record.value;
            }
            Ok(())
        })?;
        if let Some(record) = last {
            return Ok(of_record(&record));
        }
        if tail.start == whole.start {
            return Ok(None);
        }
        length = length.saturating_mul(8);
    }
}

/// What a shard's own record says, whatever else it holds.
fn of_record(record: &[u8]) -> Option<Deployment> {
    #[derive(Deserialize)]
    struct Record {
        body: Body,
    }
    #[derive(Deserialize)]
    struct Body {
        deployment: Option<Deployment>,
    }
    serde_json::from_slice::<Record>(record).ok()?.body.deployment
}

#[cfg(test)]
mod tests {
    use super::of_record;

    #[test]
    fn a_record_of_an_earlier_version_says_nothing() {
        assert_eq!(of_record(br#"{"v":1,"body":{"topics":{},"commits":3}}"#), None);
    }

    #[test]
    fn a_record_says_how_many_shards_there_are() {
        let record = br#"{"v":1,"body":{"topics":{},"deployment":{"id":"ab","shards":4}}}"#;
        assert_eq!(of_record(record).unwrap().shards, 4);
    }
}
