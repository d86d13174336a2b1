//! Figures of `usher receive`: what came to each door, and how long Kafka took for it.

use super::labels::{DoorLabels, PollLabels};
use super::{Metrics, durations};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoorEnd {
    /// It is in Kafka.
    Taken,
    /// A vendor asked whether somebody is there.
    Knock,
    /// Whose it is was not shown.
    Unproven,
    /// It is not what the door takes.
    Refused,
    /// More came than are let in.
    TooMany,
    /// Kafka did not take it.
    Kafka,
    /// The keys that prove it could not be read.
    Keys,
}

impl DoorEnd {
    const ALL: [Self; 7] = [
        Self::Taken,
        Self::Knock,
        Self::Unproven,
        Self::Refused,
        Self::TooMany,
        Self::Kafka,
        Self::Keys,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Knock => "knock",
            Self::Unproven => "unproven",
            Self::Refused => "refused",
            Self::TooMany => "too_many",
            Self::Kafka => "kafka",
            Self::Keys => "keys",
        }
    }
}

const POLL_OUTCOMES: [&str; 2] = ["answered", "failed"];

/// The figures.
#[derive(Debug)]
pub(super) struct DoorFigures {
    door_requests: Family<DoorLabels, Counter>,
    door_writes: Histogram,
    polls: Family<PollLabels, Counter>,
}

impl Default for DoorFigures {
    fn default() -> Self {
        Self {
            door_requests: Family::default(),
            door_writes: durations(),
            polls: Family::default(),
        }
    }
}

impl DoorFigures {
    pub(super) fn register(&self, list: &mut Registry) {
        list.register(
            "door_requests",
            "Requests at the doors of `usher receive`, by door and by what became of them",
            self.door_requests.clone(),
        );
        list.register_with_unit(
            "door_write",
            "From handing a record to the Kafka client until Kafka has it",
            Unit::Seconds,
            self.door_writes.clone(),
        );
        list.register(
            "polls",
            "Questions of `usher receive` to transmitters that are polled, by poll and by whether they were answered",
            self.polls.clone(),
        );
    }
}

impl Metrics {
    /// A door is open: all that can become of a request there stands at zero.
    pub fn door_is_there(&self, door: &str) {
        for end in DoorEnd::ALL {
            let labels = DoorLabels { door: door.to_owned(), outcome: end.word() };
            drop(self.doors.door_requests.get_or_create(&labels));
        }
    }

    /// A request has its answer.
    pub fn door_request(&self, door: &str, end: DoorEnd) {
        let labels = DoorLabels { door: door.to_owned(), outcome: end.word() };
        self.doors.door_requests.get_or_create(&labels).inc();
    }

    /// A transmitter is going to be asked: both outcomes stand at zero.
    pub fn poll_is_there(&self, poll: &str) {
        for outcome in POLL_OUTCOMES {
            let labels = PollLabels { poll: poll.to_owned(), outcome };
            drop(self.doors.polls.get_or_create(&labels));
        }
    }

    /// A transmitter was asked, and has answered as it should, or not.
    pub fn polled(&self, poll: &str, is_answered: bool) {
        let [answered, failed] = POLL_OUTCOMES;
        let outcome = if is_answered { answered } else { failed };
        let labels = PollLabels { poll: poll.to_owned(), outcome };
        self.doors.polls.get_or_create(&labels).inc();
    }

    /// A record is in Kafka.
    pub fn door_written(&self, took: Duration) {
        self.doors.door_writes.observe(took.as_secs_f64());
    }
}
