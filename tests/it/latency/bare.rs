//! The floor: consume, one transaction, one call. It decides nothing and keeps nothing.

use crate::support::broker::Broker;
use crate::support::directory::client;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

const WITHIN: Duration = Duration::from_secs(10);

pub(crate) struct Bare {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<()>,
}

impl Bare {
    /// Runs and has read to the end of the topic.
    pub(crate) async fn start(broker: &Broker, topic: &str, url: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (called, mut calls) = mpsc::unbounded_channel::<String>();
        let (ready, is_ready) = tokio::sync::oneshot::channel();
        let (url, topic) = (url.to_owned(), topic.to_owned());
        tokio::spawn(async move {
            let client = client();
            while let Some(name) = calls.recv().await {
                let patch = client.patch(format!("{url}/Users/{name}"));
                let body = json!({ "active": false }).to_string();
                let patch = patch.header("content-type", "application/json").body(body);
                tokio::spawn(patch.send());
            }
        });
        let (told, client) = (Arc::clone(&stop), broker.client());
        let out = format!("{topic}.out");
        broker.create_topic(&out, 1).await;
        let thread = std::thread::spawn(move || {
            let mut consumer = client.clone();
            consumer.set("group.id", &topic).set("auto.offset.reset", "earliest");
            consumer.set("isolation.level", "read_committed").set("fetch.wait.max.ms", "100");
            let consumer: BaseConsumer = consumer.create().unwrap();
            let mut producer = client;
            producer.set("transactional.id", &topic).set("linger.ms", "0");
            let producer: BaseProducer = producer.create().unwrap();
            producer.init_transactions(WITHIN).unwrap();
            consumer.subscribe(&[&topic]).unwrap();
            let mut ready = Some(ready);
            while !told.load(Ordering::Relaxed) {
                let message = consumer.poll(Duration::from_millis(100));
                if consumer.assignment().is_ok_and(|all| all.count() > 0)
                    && let Some(ready) = ready.take()
                {
                    ready.send(()).unwrap();
                }
                let Some(message) = message else { continue };
                let message = message.unwrap();
                let event: Value = serde_json::from_slice(message.payload().unwrap()).unwrap();
                commit(&producer, &out, message.payload().unwrap());
                called.send(event["data"]["worker"]["user_name"].as_str().unwrap().into()).unwrap();
            }
        });
        is_ready.await.unwrap();
        Self { stop, thread }
    }

    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

fn commit(producer: &BaseProducer, out: &str, payload: &[u8]) {
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::<(), [u8]>::to(out).payload(payload)).unwrap();
    // The wrapper's own flush waits in steps of 100 ms.
    while producer.in_flight_count() > 0 {
        producer.poll(Duration::from_millis(1));
    }
    producer.commit_transaction(WITHIN).unwrap();
}
