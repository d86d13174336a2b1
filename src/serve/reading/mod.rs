//! Reads usher's topics: to their ends first, then whatever comes.
//!
//! No group is joined, nothing is written. Each topic has a client and a thread of its own; what goes wrong
//! with one is told on the pages, and it is begun again.

mod ask;
mod places;
mod tail;

use super::memory::{Memory, Topic};
use crate::config::KafkaSettings;
use crate::kafka::clients::reach;
use crate::observe::health::Health;
use crate::shutdown::Shutdown;
use jiff::SignedDuration;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

pub use places::{Error as RecordsError, Records};

/// Between two tries.
const PAUSE: Duration = Duration::from_secs(5);

/// What all readers share.
#[derive(Clone)]
pub struct Reading {
    pub kafka: KafkaSettings,
    pub memory: Arc<Memory>,
    pub health: Arc<Health>,
    pub shutdown: Shutdown,
    pub audit_back: SignedDuration,
    pub lag_every: SignedDuration,
}

impl Reading {
    /// Begins to read, and returns.
    pub fn start(self) {
        for topic in Topic::ALL {
            let reading = self.clone();
            self.shutdown.spawn_essential(name(topic), async move { reading.read_on(topic).await });
        }
        let reading = self.clone();
        self.shutdown.spawn_essential("asking Kafka", async move { reading.ask_on().await });
    }

    /// The topic's name in Kafka.
    fn topic(&self, topic: Topic) -> &str {
        let topics = &self.kafka.topics;
        match topic {
            Topic::People => &topics.people,
            Topic::Audit => &topics.audit,
            Topic::Parked => &topics.parked,
            Topic::Control => &topics.control,
            Topic::Inventory => &topics.inventory,
        }
    }

    /// Reads a topic until the shutdown, from its beginning again whenever that goes wrong.
    async fn read_on(self, topic: Topic) -> Result<(), Infallible> {
        while !self.shutdown.is_begun() {
            if reach::reach(&self.kafka).await.is_ok() {
                let reading = self.clone();
                let read = tokio::task::spawn_blocking(move || tail::read(&reading, topic)).await;
                let told = match read {
                    Ok(Ok(())) => return Ok(()),
                    Ok(Err(error)) => crate::observe::chain(&error),
                    Err(crashed) => crashed.to_string(),
                };
                let now = crate::clock::Clock::of_this_process().now();
                tracing::warn!(
                    topic = self.topic(topic),
                    error = told,
                    "it is read again from its beginning"
                );
                self.memory.hear(|hearing| hearing.fails(topic, told, now));
            }
            self.pause(PAUSE).await;
        }
        Ok(())
    }

    /// Waits, but not beyond the shutdown.
    async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.shutdown.begun() => {}
        }
    }
}

fn name(topic: Topic) -> &'static str {
    match topic {
        Topic::People => "reading people",
        Topic::Audit => "reading audit",
        Topic::Parked => "reading parked",
        Topic::Control => "reading control",
        Topic::Inventory => "reading inventory",
    }
}
