//! People are hired, and then terminated one after the other, each when it is due.

use super::Options;
use crate::support::broker::Broker;
use jiff::Timestamp;
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::{Value, json};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

pub(crate) struct Person {
    pub(crate) user_name: String,
    number: String,
}

impl Person {
    pub(crate) fn numbered(number: usize) -> Self {
        Self { user_name: format!("kim{number}@example.com"), number: format!("E{number}") }
    }
}

pub(crate) struct Load {
    broker: &'static Broker,
    producer: FutureProducer,
    partitions: i32,
    gap: Duration,
    events: AtomicU64,
}

impl Load {
    pub(crate) fn new(broker: &'static Broker, options: &Options) -> Self {
        let producer = broker.client().set("linger.ms", "0").create().unwrap();
        let gap = Duration::from_secs_f64(1.0 / options.rate);
        let partitions = options.partitions;
        Self { broker, producer, partitions, gap, events: AtomicU64::default() }
    }

    pub(crate) fn broker(&self) -> &'static Broker {
        self.broker
    }

    /// A new input topic.
    pub(crate) async fn topic(&self, theme: &str) -> String {
        let name = format!("{theme}-{:016x}", RandomState::new().build_hasher().finish());
        self.broker.create_topic(&name, self.partitions).await;
        name
    }

    pub(crate) async fn hire(&self, topic: &str, people: &[Person]) {
        for person in people {
            self.send(topic, "worker.hired", person).await;
        }
    }

    /// Says when each event was due. Whoever is slow to answer does not hold the next one up.
    pub(crate) async fn terminate(&self, topic: &str, people: &[Person]) -> Vec<Instant> {
        let mut ticks = tokio::time::interval(self.gap);
        let mut due = Vec::new();
        for person in people {
            due.push(ticks.tick().await.into_std());
            self.send(topic, "worker.terminated", person).await;
        }
        due
    }

    async fn send(&self, topic: &str, kind: &str, person: &Person) {
        let event = self.event(kind, person).to_string();
        let record = FutureRecord::to(topic).key(&person.number).payload(&event);
        self.producer.send(record, Duration::from_secs(10)).await.unwrap();
    }

    fn event(&self, kind: &str, person: &Person) -> Value {
        json!({
            "specversion": "1.0",
            "id": format!("event-{}", self.events.fetch_add(1, Ordering::Relaxed)),
            "type": format!("io.usher.{kind}.v1"),
            "source": "https://hr.example.com",
            "time": Timestamp::now().to_string(),
            "datacontenttype": "application/json",
            "data": { "worker": { "employee_id": person.number, "user_name": person.user_name } },
        })
    }
}
