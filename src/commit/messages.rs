//! A commit as Kafka messages, each with its topic and partition.

use crate::audit::{self, WriterIdentity};
use crate::model::{Commit, EventPosition, Parked};

use super::Settings;

/// Room that a record batch takes around a message, with plenty to spare.
const BATCH_OVERHEAD_BYTES: usize = 1_024;

/// A message and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) topic: String,
    /// `None`: by the hash of its key.
    pub(super) partition: Option<i32>,
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) headers: Vec<(String, Option<Vec<u8>>)>,
}

/// Everything that `commit` writes.
pub(super) fn of(commit: &Commit, settings: &Settings, writer: &WriterIdentity) -> Vec<Outgoing> {
    let topics = &settings.kafka.topics;
    let limit_bytes = settings.parked_limit_bytes.saturating_sub(BATCH_OVERHEAD_BYTES);
    let state = commit.state.iter().map(|write| Outgoing {
        topic: topics.people.clone(),
        partition: Some(settings.shard.0),
        key: Some(write.key.clone().into_bytes()),
        value: write.value.clone(),
        headers: Vec::new(),
    });
    let audit =
        commit.audit.iter().map(|entry| by_key(&topics.audit, audit::render(entry, writer)));
    let parked = parked(&commit.parked, writer, limit_bytes);
    let parked = parked.map(|message| by_key(&topics.parked, message));
    let inventory = commit.inventory.iter().map(|write| Outgoing {
        topic: topics.inventory.clone(),
        partition: Some(settings.shard.0),
        key: Some(write.key.clone().into_bytes()),
        value: write.value.clone(),
        headers: Vec::new(),
    });
    let events = commit.events.iter().map(|write| Outgoing {
        topic: topics.events.clone(),
        partition: Some(settings.shard.0),
        key: Some(write.key.clone().into_bytes()),
        value: write.value.clone(),
        headers: Vec::new(),
    });
    state.chain(audit).chain(parked).chain(inventory).chain(events).collect()
}

/// All events of a record are decided at once, so they stand side by side, and the first brings it.
fn parked(
    parked: &[Parked],
    writer: &WriterIdentity,
    limit_bytes: usize,
) -> impl Iterator<Item = audit::Message> {
    let mut whole: Option<&EventPosition> = None;
    parked.iter().map(move |event| match whole {
        Some(first) if first.record == event.position.record => {
            audit::park_again(event, writer, first.index)
        }
        _ => {
            whole = Some(&event.position);
            audit::park(event, writer, limit_bytes)
        }
    })
}

fn by_key(topic: &str, message: audit::Message) -> Outgoing {
    Outgoing {
        topic: topic.to_owned(),
        partition: None,
        key: message.key,
        value: message.value,
        headers: message.headers,
    }
}
