//! What waits for keys: topics of which no key was ever had are not read, and a record that names a
//! key which is not there waits until its issuer has been asked.
//!
//! Behind such a record everything of its topic waits, for positions move in order.

use super::{Contents, Life};
use crate::decode;
use crate::engine::Input;
use crate::model::Found;
use crate::receive::inputs::Arrival;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

/// Arrivals that may wait; above it nothing more is read.
const WAITING_MOST: usize = 1_000;

/// What waits, by topic.
#[derive(Debug, Default)]
pub(super) struct HeldBack {
    arrivals: BTreeMap<String, VecDeque<(Arrival, Instant)>>,
    /// Partitions that are not read yet.
    unread: Vec<Found>,
    /// Topics of which that was told.
    told: BTreeSet<String>,
}

impl HeldBack {
    pub(super) fn is_full(&self) -> bool {
        self.arrivals.values().map(VecDeque::len).sum::<usize>() >= WAITING_MOST
    }

    fn waits(&self, topic: &str) -> bool {
        self.arrivals.contains_key(topic)
    }

    fn push(&mut self, arrival: Arrival, at: Instant) {
        let topic = topic_of(&arrival).to_owned();
        self.arrivals.entry(topic).or_default().push_back((arrival, at));
    }

    /// A partition that was found again is where it was found last.
    fn leave_unread(&mut self, found: Found) {
        for before in self.unread.iter_mut().filter(|it| it.topic == found.topic) {
            let is_again = |partition| found.extents.iter().any(|it| it.partition == partition);
            before.extents.retain(|extent| !is_again(extent.partition));
        }
        self.unread.push(found);
        self.unread.retain(|it| !it.extents.is_empty());
    }
}

impl Life {
    /// Takes the arrival in, or lets it wait for its turn.
    pub(super) fn take_in_turn(&mut self, arrival: Arrival) {
        let now = Instant::now();
        if self.held_back.waits(topic_of(&arrival)) || self.wants_keys(&arrival, now) {
            self.held_back.push(arrival, now);
        } else {
            self.take_in(arrival);
        }
    }

    /// Whether its issuer is still to be asked for the key that it names, which is done then.
    fn wants_keys(&self, arrival: &Arrival, came: Instant) -> bool {
        let Arrival::Record(raw) = arrival else { return false };
        let Some(Contents::Events(source)) = self.contents.get(&raw.topic) else { return false };
        let wanted = decode::wants_key_of(raw, source);
        wanted.is_some_and(|transmitter| !self.keys.was_asked_since(transmitter, came))
    }

    /// The keys as they are now; what waited for them goes on.
    pub(super) fn follow_keys(&mut self) {
        let mut changed = Vec::new();
        for (topic, contents) in &mut self.contents {
            let Contents::Events(source) = contents else { continue };
            let keys = self.keys.of(source);
            if keys != source.keys {
                source.keys.clone_from(&keys);
                changed.push((topic.clone(), keys));
            }
        }
        for (topic, keys) in changed {
            self.step(Input::Keys { topic, keys });
        }
        for found in std::mem::take(&mut self.held_back.unread) {
            self.start_reading(&found);
        }
        let topics: Vec<String> = self.held_back.arrivals.keys().cloned().collect();
        for topic in topics {
            self.go_on_with(&topic);
        }
    }

    fn go_on_with(&mut self, topic: &str) {
        let Some(mut waiting) = self.held_back.arrivals.remove(topic) else { return };
        while let Some((arrival, came)) = waiting.pop_front() {
            if self.wants_keys(&arrival, came) {
                waiting.push_front((arrival, came));
                self.held_back.arrivals.insert(topic.to_owned(), waiting);
                return;
            }
            self.take_in(arrival);
        }
    }

    /// Whether the topic can be read; if not, what was found of it waits.
    pub(super) fn has_keys_for(&mut self, found: &Found) -> bool {
        let Some(Contents::Events(source)) = self.contents.get(&found.topic) else { return true };
        if source.without_keys().next().is_none() {
            return true;
        }
        if self.held_back.told.insert(found.topic.clone()) {
            tracing::warn!(
                kafka.topic = found.topic,
                "the topic is not read before the keys of all its transmitters have been read"
            );
        }
        self.held_back.leave_unread(found.clone());
        false
    }
}

fn topic_of(arrival: &Arrival) -> &str {
    match arrival {
        Arrival::Record(raw) => &raw.topic,
        Arrival::Passed(passed) => &passed.topic,
        Arrival::Found(found) | Arrival::Verified(found) => &found.topic,
    }
}
