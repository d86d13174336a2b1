//! `usher receive` before a Kafka that goes away and comes back: what was answered 202 is there, what was
//! refused is not, and nothing is there twice but what its sender was told to send again, under the same id.

use crate::support::audit::Reader;
use crate::support::broker::{Broker, Door, broker, free_ports};
use crate::support::doors::sender_token;
use crate::support::replica::PROGRAM;
use crate::support::supervised::{Supervised, signal};
use crate::support::{cache, directory, eventually, measured};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const SOON: Duration = Duration::from_secs(30);
const TOPIC: &str = "receive.hr";
const SENDERS: usize = 4;
/// So many are taken before Kafka goes, and so many more once it is back.
const ENOUGH: usize = 50;

/// Lets a client through to Kafka while it is open; closed, connections break and none is made.
async fn gate(door: Door, open: watch::Receiver<bool>) {
    door.advertised.set_nonblocking(true).unwrap();
    let listener = TcpListener::from_std(door.advertised).unwrap();
    while let Ok((mut client, _)) = listener.accept().await {
        let mut open = open.clone();
        tokio::spawn(async move {
            if !*open.borrow_and_update() {
                return;
            }
            let Ok(mut broker) = TcpStream::connect(door.listener).await else { return };
            tokio::select! {
                _ = copy_bidirectional(&mut client, &mut broker) => {}
                _ = open.wait_for(|open| !open) => {}
            }
        });
    }
}

fn configuration(directory: &Path, brokers: &str, [doors, http]: [u16; 2]) {
    let settings = json!({
        "kafka": { "brokers": brokers },
        "http": { "listen": format!("127.0.0.1:{http}") },
        "receive": {
            "listen": format!("127.0.0.1:{doors}"), "within": "2s",
            "doors": [{
                "path": "/hr", "topic": TOPIC, "source": "urn:hr", "takes": "cloudevents",
                "per_second": 10_000, "key": ["/data/worker/employee_id"],
                "proof": { "bearer": { "tokens_file": "tokens.yaml" } },
            }],
        },
        "tenants": [{
            "name": "acme", "rules": ["rules.yaml"],
            "sources": [{ "topic": TOPIC, "format": "cloudevents", "types": ["worker.*"] }],
            "targets": [{
                "name": "main", "url": "https://example.com/v2", "token_file": "t", "mode": "observe",
            }],
        }],
    });
    std::fs::write(directory.join("usher.yaml"), settings.to_string()).unwrap();
}

/// What senders have seen.
#[derive(Default)]
struct Seen {
    taken: Mutex<BTreeSet<String>>,
    /// What was answered 503 before it was taken.
    again: Mutex<BTreeSet<String>>,
    told_to_come_again: AtomicUsize,
    is_enough: AtomicBool,
}

impl Seen {
    fn taken(&self) -> usize {
        self.taken.lock().unwrap().len()
    }
}

fn event(id: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "urn:hr", "type": "io.usher.worker.updated.v1",
        "data": { "worker": { "employee_id": id } },
    })
}

/// Sends one event after the other, each until it is taken.
async fn send(address: String, token: String, sender: usize, seen: Arc<Seen>) {
    let client = directory::client();
    for number in 0_usize.. {
        let id = format!("{sender}-{number}");
        loop {
            if seen.is_enough.load(Ordering::Relaxed) {
                return;
            }
            let request = client.post(&address).bearer_auth(&token).json(&event(&id));
            match request.send().await.map(|answer| answer.status().as_u16()) {
                Ok(202) => break,
                Ok(503) => {
                    seen.again.lock().unwrap().insert(id.clone());
                    seen.told_to_come_again.fetch_add(1, Ordering::Relaxed)
                }
                Ok(other) => panic!("{id} was answered {other}"),
                // The process ends.
                Err(_) => return,
            };
        }
        seen.taken.lock().unwrap().insert(id);
    }
}

async fn start(broker: &Broker, address: &str) -> (Supervised, String, u16, String) {
    broker.create_topic(TOPIC, 3).await;
    let directory = cache::run_directory().join("receive");
    std::fs::create_dir_all(&directory).unwrap();
    let ports = free_ports();
    configuration(&directory, address, ports);
    let (token, line) = sender_token();
    std::fs::write(directory.join("tokens.yaml"), line).unwrap();
    let mut command = Command::new(PROGRAM);
    command.arg("receive").arg("--config").arg(directory.join("usher.yaml"));
    let process = Supervised::start(&command, &directory.join("log"), None);
    let http = ports[1];
    eventually("the doors are open", SOON, async || {
        let asked = directory::client().get(format!("http://127.0.0.1:{http}/readyz")).send().await;
        asked.ok().filter(|answer| answer.status().is_success()).map(|_| ())
    })
    .await;
    (process, format!("http://127.0.0.1:{}/hr", ports[0]), http, token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_202_is_in_kafka_whatever_became_of_kafka() {
    let Some(broker) = broker() else { return };
    let Some(door) = broker.door() else { return };
    let brokers = door.advertised.local_addr().unwrap().to_string();
    let (open, is_open) = watch::channel(true);
    tokio::spawn(gate(door, is_open));
    let (mut process, address, http, token) = start(broker, &brokers).await;

    let refused = directory::client().post(&address).bearer_auth("usher_send_another");
    let refused = refused.json(&event("refused")).send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 401);

    let (seen, began) = (Arc::new(Seen::default()), Instant::now());
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| tokio::spawn(send(address.clone(), token.clone(), sender, Arc::clone(&seen))))
        .collect();
    let until = |what: &'static str, taken: usize| {
        let seen = Arc::clone(&seen);
        async move {
            eventually(what, SOON, async || (seen.taken() >= taken).then_some(())).await;
        }
    };
    until("events are taken", ENOUGH).await;
    open.send(false).unwrap();
    eventually("senders are told to come again", SOON, async || {
        (seen.told_to_come_again.load(Ordering::Relaxed) >= SENDERS).then_some(())
    })
    .await;
    let ready = directory::client().get(format!("http://127.0.0.1:{http}/readyz")).send().await;
    assert!(ready.unwrap().status().is_success(), "no restart brings Kafka back");
    let back = Instant::now();
    open.send(true).unwrap();
    until("events are taken again", seen.taken() + ENOUGH).await;
    measured("Kafka back to the next 50 events taken", back.elapsed());

    // In the middle of it: who was let in is answered first.
    signal(process.process(), "TERM");
    let (status, took) = process.end(Duration::from_secs(10)).await;
    assert!(status.success(), "{}", process.said());
    measured("SIGTERM to the end of usher receive", took);
    seen.is_enough.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await.unwrap();
    }
    measured("events sent over an outage", began.elapsed());

    let mut reader = Reader::of(broker, TOPIC);
    let ids = reader.read_on().into_iter().map(|found| {
        let value: Value = serde_json::from_slice(&found.value.unwrap()).unwrap();
        assert_eq!(found.key.as_deref(), value["id"].as_str());
        value["id"].as_str().unwrap().to_owned()
    });
    let all: Vec<_> = ids.collect();
    let mut ids = BTreeSet::new();
    let doubled: BTreeSet<_> = all.into_iter().filter(|id| !ids.insert(id.clone())).collect();
    let again = seen.again.lock().unwrap().clone();
    assert!(doubled.is_subset(&again), "there twice, and sent once: {doubled:?}");
    let missing: Vec<_> = seen.taken.lock().unwrap().difference(&ids).cloned().collect();
    assert!(missing.is_empty(), "answered 202, and not in Kafka: {missing:?}");
    assert!(!ids.contains("refused"), "what is refused leaves nothing");
    let said = process.said();
    assert!(!said.contains(&token) && !said.contains("0-1\""), "{said}");
}
