//! The thread that looks what the input topics hold: its questions may take seconds while a broker
//! is away, and records of other partitions must not wait for that.
//!
//! What it found may be old news when it is heard: so it says along with it how far was read before
//! it asked, which no honest end can lie below.

use std::collections::BTreeSet;
use std::sync::mpsc as blocking;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};

use super::{Look, Partitions, Reached, Request, Share};
use crate::kafka::clients::{ANSWER_WITHIN, Reported, partition_count, topic_id};
use crate::model::Extent;

/// How often is looked while everything is in place.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// How soon is looked again while something is missing.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(2);

pub(super) struct Scout {
    pub(super) client: BaseConsumer<Reported>,
    pub(super) shares: Vec<Share>,
    /// Whether this Kafka is asked for the ids of topics. One that does not know the question leaves
    /// it without an answer, and each look would wait for that.
    pub(super) asks_ids: bool,
    pub(super) found: blocking::SyncSender<Request>,
    /// Wakes the scout before its time; its end is the scout's end.
    pub(super) wake: blocking::Receiver<()>,
    pub(super) missing: BTreeSet<String>,
    pub(super) reached: Reached,
}

impl Scout {
    pub(super) fn run(mut self) {
        loop {
            // Nothing is read, but tokens are renewed and errors heard.
            while self.client.poll(Duration::ZERO).is_some() {}
            let mut is_complete = true;
            for share in self.shares.clone() {
                match self.look_at(&share) {
                    Ok(whole) => is_complete &= whole,
                    Err(_reader_gone) => return,
                }
            }
            let pause = if is_complete { LOOK_EVERY } else { LOOK_AGAIN_AFTER };
            if self.wake.recv_timeout(pause) == Err(blocking::RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }

    /// `false` if not everything could be seen.
    fn look_at(
        &mut self,
        Share { topic, partitions }: &Share,
    ) -> Result<bool, blocking::SendError<Request>> {
        let count = match partition_count(self.client.client(), topic) {
            Ok(Some(count)) => count,
            Ok(None) => {
                self.note_missing(topic, *partitions);
                self.found.send(Request::Missing(topic.clone()))?;
                return Ok(false);
            }
            Err(error) => {
                tracing::warn!(
                    kafka.topic = topic,
                    error = %error,
                    "could not ask Kafka about an input topic; trying again"
                );
                return Ok(false);
            }
        };
        if self.missing.remove(topic) {
            tracing::info!(kafka.topic = topic, "the input topic is there now");
        }
        let reached = self.reached.of(topic);
        // Before the ends: should it be made anew in between, the next look finds that out.
        let client = self.client.client();
        let id = self.asks_ids.then(|| topic_id(client, topic, ANSWER_WITHIN)).flatten();
        let wanted = partitions.of(count);
        let is_there = !wanted.is_empty();
        let extents: Vec<Extent> = wanted
            .clone()
            .filter_map(|partition| extent_of(&self.client, topic, partition))
            .collect();
        let is_complete = is_there && extents.len() == wanted.len();
        self.found.send(Request::Looked(Look { topic: topic.clone(), id, extents, reached }))?;
        Ok(is_complete)
    }

    fn note_missing(&mut self, topic: &str, partitions: Partitions) {
        if !self.missing.insert(topic.to_owned()) {
            return;
        }
        match partitions {
            Partitions::All => tracing::warn!(
                kafka.topic = topic,
                "the input topic is not there, or this client may not see it: create it, allow \
                 it, or take it out of the configuration; the other topics go on"
            ),
            Partitions::One(_) => tracing::warn!(
                kafka.topic = topic,
                "the control topic is not there, or this client may not see it: run `usher init`, or \
                 allow it; no command is read until then, and the other topics go on"
            ),
        }
    }
}

/// What a partition holds; `None` if nobody answers for it now.
fn extent_of(client: &BaseConsumer<Reported>, topic: &str, partition: i32) -> Option<Extent> {
    let (low, high) = client.fetch_watermarks(topic, partition, ANSWER_WITHIN).ok()?;
    Some(Extent { partition, low, high })
}
