//! `usher sandbox`: the whole path in one process, used from outside as its guide says.

use crate::support::broker::free_ports;
use crate::support::events::{Event, Person};
use crate::support::replica::PROGRAM;
use crate::support::settings::VPN;
use crate::support::supervised::{Supervised, signal};
use crate::support::{cache, eventually, measured};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SOON: Duration = Duration::from_secs(30);

/// A sandbox that runs.
struct Sandbox {
    process: Supervised,
    kafka: String,
    scim: u16,
    http: u16,
}

impl Sandbox {
    async fn start(name: &str, arguments: &[&str]) -> Self {
        let [kafka, scim, http, pages] = free_ports();
        let directory = directory(name);
        let mut command = Command::new(PROGRAM);
        command.arg("sandbox").arg("--directory").arg(directory.join("files"));
        for (option, port) in [
            ("--kafka-port", kafka),
            ("--scim-port", scim),
            ("--http-port", http),
            ("--pages-port", pages),
        ] {
            command.arg(option).arg(port.to_string());
        }
        command.args(arguments);
        let process = Supervised::start(&command, &directory.join("log"), None);
        let mut sandbox = Self { process, kafka: format!("127.0.0.1:{kafka}"), scim, http };
        eventually("the sandbox says what to type", SOON, async || {
            let ended = sandbox.process.ended();
            assert!(ended.is_none(), "it ended: {ended:?}\n{}", sandbox.process.said());
            sandbox.process.said().contains("curl -s -X DELETE").then_some(())
        })
        .await;
        sandbox
    }

    /// A page of the provider's port.
    async fn page(&self, path: &str) -> Value {
        let body = ask(self.scim, "GET", path, "").await.expect("somebody listens");
        serde_json::from_str(&body).unwrap()
    }

    /// The user, as the sandbox's page shows it.
    async fn user(&self, name: &str) -> Option<Value> {
        let state = self.page("/sandbox/state").await;
        let users = state["users"].as_array().unwrap();
        users.iter().find(|user| user["userName"] == name).cloned()
    }

    /// Writes an event as any program would that knows Kafka's address.
    async fn send(&self, topic: &str, event: &Event) {
        let producer: FutureProducer =
            ClientConfig::new().set("bootstrap.servers", &self.kafka).create().unwrap();
        let record = event.binary();
        let message = FutureRecord::<[u8], [u8]> {
            topic,
            partition: None,
            payload: record.value.as_deref(),
            key: None,
            timestamp: None,
            headers: Some(record.kafka_headers()),
        };
        producer.send(message, SOON).await.map_err(|(error, _)| error).unwrap();
    }

    /// Reads the audit until it has a final result of that event.
    fn audit_until_result_of(&self, event: &Event) -> Vec<Value> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.kafka)
            .set("group.id", "reader-of-the-tests")
            .set("enable.auto.commit", "false")
            .create()
            .unwrap();
        let mut partitions = TopicPartitionList::new();
        partitions.add_partition_offset("usher.audit", 0, Offset::Beginning).unwrap();
        consumer.assign(&partitions).unwrap();
        let mut lines = Vec::new();
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < SOON, "no result of {}: {lines:?}", event.id);
            let Some(message) = consumer.poll(Duration::from_millis(100)) else { continue };
            let line: Value = serde_json::from_slice(message.unwrap().payload().unwrap()).unwrap();
            let is_it = line["metadata"]["original_event_uid"] == event.id.as_str();
            let is_result = line["unmapped"]["kind"] == "result";
            lines.push(line);
            if is_it && is_result {
                return lines;
            }
        }
    }

    async fn stop(mut self) {
        signal(self.process.process(), "TERM");
        let (status, taken) = self.process.end(Duration::from_secs(10)).await;
        measured("SIGTERM to the end of a sandbox", taken);
        assert!(status.success(), "{status}\n{}", self.process.said());
    }
}

/// The body of the answer, if somebody listens. No TLS here, so no client that asks for a provider
/// of it.
async fn ask(port: u16, method: &str, path: &str, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}

fn directory(name: &str) -> PathBuf {
    let directory = cache::run_directory().join(name);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

fn outcomes(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["unmapped"]["outcome"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_from_another_program_becomes_an_account_and_a_line_of_audit() {
    let sandbox = Sandbox::start("sandbox", &[]).await;
    let kim = Person::named("kim");
    let sent = Instant::now();
    let hired = Event::hired(&kim);
    sandbox.send("hr.events", &hired).await;
    let account = eventually("the account is there, and in its group", SOON, async || {
        let user = sandbox.user(&kim.user_name).await?;
        user["groups"].as_array()?.contains(&json!(VPN)).then_some(user)
    })
    .await;
    measured("a record of another program to the account in a sandbox", sent.elapsed());
    assert_eq!(account["active"], json!(true));
    let lines = tokio::task::block_in_place(|| sandbox.audit_until_result_of(&hired));
    assert_eq!(outcomes(&lines), ["asserted", "applied"]);

    // Told to misbehave: the cut is done, and its answer is lost.
    let fault = r#"{"kind":"drop_reply","only":"writes"}"#;
    let told = ask(sandbox.scim, "POST", "/sandbox/faults", fault).await.unwrap();
    assert!(told.contains("drop_reply"), "{told}");
    let terminated = Event::terminated(&kim);
    sandbox.send("hr.events", &terminated).await;
    let lines = tokio::task::block_in_place(|| sandbox.audit_until_result_of(&terminated));
    let account = sandbox.user(&kim.user_name).await.unwrap();
    assert_eq!((&account["active"], &account["groups"]), (&json!(false), &json!([])));
    assert!(outcomes(&lines).ends_with(&["applied"]), "{lines:?}");
    let calls = sandbox.page("/sandbox/calls").await;
    let is_lost = |call: &&Value| call["fault"] == "drop_reply" && call["status"].is_null();
    assert_eq!(calls["calls"].as_array().unwrap().iter().filter(is_lost).count(), 1);

    let metrics = ask(sandbox.http, "GET", "/metrics", "").await.unwrap();
    assert!(metrics.contains("usher_commits_total"));
    assert!(sandbox.process.said().contains("the topics are taken as they are"));
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_worker_there_are_a_kafka_and_a_provider() {
    let sandbox = Sandbox::start("sandbox-bare", &["--no-worker", "--manners", "rfc7644"]).await;
    sandbox.send("hr.events", &Event::hired(&Person::named("kim"))).await;
    let found = sandbox.page("/sandbox/topics/hr.events").await;
    assert_eq!(found["records"].as_array().unwrap().len(), 1);
    let config = sandbox.page("/scim/v2/ServiceProviderConfig").await;
    assert_eq!(config["detail"], json!("Unauthorized"), "a token is needed");
    assert_eq!(ask(sandbox.http, "GET", "/metrics", "").await, None);
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_somebody_else_is_written_over() {
    let directory = directory("sandbox-foreign");
    std::fs::write(directory.join("usher.yaml"), "tenants: []\n").unwrap();
    let (code, said) = refused(&["--directory", directory.to_str().unwrap()]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("name another one"), "{said}");
    let text = std::fs::read_to_string(Path::new(&directory).join("usher.yaml")).unwrap();
    assert_eq!(text, "tenants: []\n");
}

#[test]
fn what_cannot_be_meant_is_told_from_a_failure() {
    for (arguments, cure) in [
        (["--manners", "okta"], "netskope"),
        (["--manner", "put_work=true"], "put_works"),
        (["--fault", "kind=status,share=7"], "0 to 1"),
    ] {
        let (code, said) = refused(&arguments);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(cure), "{said}");
    }
}

/// How a sandbox ends that cannot start, and what it says.
fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let ports = ["--kafka-port", "0", "--scim-port", "0", "--http-port", "0", "--pages-port", "0"];
    let mut command = Command::new(PROGRAM);
    let output = command.arg("sandbox").args(ports).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}
