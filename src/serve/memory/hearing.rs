//! Whether Kafka answers, and how far it is read.

use jiff::Timestamp;
use std::collections::BTreeMap;

/// A topic of usher's that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    People,
    Audit,
    Parked,
    Control,
    Inventory,
}

impl Topic {
    pub const ALL: [Self; 5] =
        [Self::People, Self::Audit, Self::Parked, Self::Control, Self::Inventory];

    pub fn word(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Audit => "audit",
            Self::Parked => "parked",
            Self::Control => "control",
            Self::Inventory => "inventory",
        }
    }
}

/// Why something is not heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub since: Timestamp,
    pub what: String,
}

/// How far a topic is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// It was read to its end once, as it was then.
    pub is_caught_up: bool,
    /// Records that were read.
    pub records: u64,
}

/// What is known of Kafka itself.
#[derive(Debug, Default)]
pub struct Hearing {
    /// When Kafka answered last; `None`: it never did.
    pub answered: Option<Timestamp>,
    /// Kafka as a whole does not answer.
    pub silent: Option<Trouble>,
    /// Topics that cannot be read.
    pub troubles: BTreeMap<Topic, Trouble>,
    pub progress: BTreeMap<Topic, Progress>,
    /// Where input topics end, by partition; the first offset that is not there yet.
    pub ends: BTreeMap<String, BTreeMap<i32, i64>>,
    /// How many shards there are.
    pub shards: Option<i32>,
}

impl Hearing {
    /// Kafka has answered.
    pub fn answers(&mut self, now: Timestamp) {
        self.answered = Some(now);
        self.silent = None;
    }

    /// It has not.
    pub fn is_silent(&mut self, what: String, now: Timestamp) {
        let since = self.answered.unwrap_or(now);
        let since = self.silent.as_ref().map_or(since, |trouble| trouble.since);
        self.silent = Some(Trouble { since, what });
    }

    /// A topic cannot be read.
    pub fn fails(&mut self, topic: Topic, what: String, now: Timestamp) {
        let since = self.troubles.get(&topic).map_or(now, |trouble| trouble.since);
        self.troubles.insert(topic, Trouble { since, what });
    }

    /// So much more of a topic was read; `at_end`: to its end.
    pub fn reads(&mut self, topic: Topic, records: u64, at_end: bool) {
        self.troubles.remove(&topic);
        let progress = self.progress.entry(topic).or_default();
        progress.records += records;
        progress.is_caught_up |= at_end;
    }

    /// Whether all topics were read to their ends once.
    pub fn is_caught_up(&self) -> bool {
        Topic::ALL.into_iter().all(|topic| self.is_whole(topic))
    }

    /// Whether a topic was.
    pub fn is_whole(&self, topic: Topic) -> bool {
        self.progress.get(&topic).is_some_and(|it| it.is_caught_up)
    }
}
