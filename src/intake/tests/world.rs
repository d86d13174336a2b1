//! Doors that are open, whoever sends to them, and what then stands in Kafka.

use crate::config;
use crate::intake::Receiving;
use crate::kafka::records::raw_record;
use crate::model::RawRecord;
use crate::observe::health::Health;
use crate::observe::metrics::Metrics;
use crate::serve::tokens::TokenDigest;
use crate::shutdown::Shutdown;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::{Offset, TopicPartitionList};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(super) const TOKEN: &str = "usher_send_the-token-of-hr";
pub(super) const ENDED: &str = "usher_send_the-token-that-has-ended";
pub(super) const SECRET: &str = "the-new-secret";
pub(super) const OLD_SECRET: &str = "the-old-secret";
/// Of the page of Standard Webhooks.
pub(super) const CODED_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const DOORS: &str = "
    - { path: /events, topic: in, source: urn:hr, takes: cloudevents, key: [/data/worker/employee_id, /worker/employee_id], proof: { bearer: { tokens_file: tokens } } }
    - { path: /any-source, topic: in, takes: cloudevents, proof: { bearer: { tokens_file: tokens } } }
    - { path: /leavers, topic: in, source: urn:hr, takes: { data: worker.terminated }, key: [/worker/employee_id], proof: { bearer: { tokens_file: tokens } } }
    - { path: /raw, topic: in, takes: json, key: [/id], proof: { bearer: { tokens_file: tokens } } }
    - { path: /slow, topic: in, takes: json, per_second: 1, proof: { bearer: { tokens_file: tokens } } }
    - { path: /nowhere, topic: nowhere, takes: json, proof: { bearer: { tokens_file: tokens } } }
    - { path: /bamboohr, topic: signed, takes: json, proof: { signature: { secrets_file: secrets, scheme: bamboohr } } }
    - { path: /hibob, topic: signed, takes: json, proof: { signature: { secrets_file: secrets, scheme: hibob } } }
    - { path: /gusto, topic: signed, takes: json, proof: { signature: { secrets_file: secrets, scheme: gusto } } }
    - { path: /standard, topic: signed, takes: json, proof: { signature: { secrets_file: coded, scheme: standard_webhooks, max_age: 36500d } } }
    - { path: /set, topic: sets, takes: set, key: [/sub_id/email], proof: { set: { tokens_file: tokens, issuer: 'https://most-secure.com/', audience: ['https://popular-app.com'] } } }
    - { path: /proved, topic: proved, takes: set, per_second: 10000, proof: { set: { tokens_file: tokens, issuer: 'https://issuer.example.net', audience: ['https://usher.example.com'] } } }
    - path: /general
      topic: signed
      takes: json
      proof: { signature: { secrets_file: secrets, scheme: { general: { header: x-sign, prefix: 'v0=', encoding: hex, hash: sha512,
          time_header: x-time, id_header: x-id, signed: [path, id, { text: ':' }, time, body_hash] } } } }
";

/// Open doors.
pub(super) struct World {
    pub(super) address: SocketAddr,
    pub(super) metrics: Arc<Metrics>,
    pub(super) directory: PathBuf,
    shutdown: Shutdown,
    receiving: Option<Receiving>,
    cluster: Option<MockCluster<'static, DefaultProducerContext>>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub(super) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

fn directory() -> PathBuf {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let directory =
        std::env::temp_dir().join(format!("usher-intake-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let line = |name: &str, token: &str, until: &str| {
        format!(
            "- {{ name: {name}, sha256: {}, until: {until} }}\n",
            TokenDigest::of(token).as_str()
        )
    };
    let tokens =
        line("hr", TOKEN, "2099-01-01T00:00:00Z") + &line("gone", ENDED, "2020-01-01T00:00:00Z");
    std::fs::write(directory.join("tokens"), tokens).unwrap();
    std::fs::write(directory.join("secrets"), format!("{SECRET}\n{OLD_SECRET}\n")).unwrap();
    std::fs::write(directory.join("poll-token"), "the-token-for-polls\n").unwrap();
    std::fs::write(directory.join("coded"), format!("{CODED_SECRET}\n")).unwrap();
    directory
}

impl World {
    pub(super) async fn open() -> Self {
        Self::with_issuer("", "").await
    }

    /// What clients read is asked for there, with the token of polls.
    pub(super) async fn with_reads(at: &str) -> Self {
        Self::with("", "", &format!(", reads_at: '{at}'")).await
    }

    /// A source reads the topic of `/proved`, whose transmitter publishes its keys at `jwks`.
    pub(super) async fn with_issuer(jwks: &str, polls: &str) -> Self {
        Self::with(jwks, polls, "").await
    }

    async fn with(jwks: &str, polls: &str, more: &str) -> Self {
        let cluster = MockCluster::new(1).unwrap();
        for topic in ["in", "signed", "sets", "proved", "asked"] {
            cluster.create_topic(topic, 1, 1).unwrap();
        }
        let brokers = cluster.bootstrap_servers();
        let rest = format!("within: 5s, body_bytes_max: 2000{more}");
        Self::at((&brokers, jwks, polls), Some(cluster), &rest).await
    }

    /// Nobody listens where Kafka should be.
    pub(super) async fn without_kafka(rest: &str) -> Self {
        Self::at(("127.0.0.1:1", "", ""), None, rest).await
    }

    async fn at(
        (brokers, jwks, polls): (&str, &str, &str),
        cluster: Option<MockCluster<'static, DefaultProducerContext>>,
        rest: &str,
    ) -> Self {
        let directory = directory();
        let tokens = if jwks.is_empty() {
            String::new()
        } else {
            format!(
                "\n      - {{ topic: proved, format: set, types: ['session.*'], transmitters: [{{ issuer: \
                 'https://issuer.example.net', audience: ['https://usher.example.com'], jwks: '{jwks}', \
                 algorithms: [RS256, PS256, ES256, EdDSA] }}] }}"
            )
        };
        let reads = if rest.contains("reads_at") { ", reads_token_file: poll-token" } else { "" };
        let text = format!(
            "kafka: {{ brokers: '{brokers}' }}
receive:
  {}
  listen: '127.0.0.1:0'
  polls: [{polls}]
  doors:{DOORS}
  clients:
    - {{ name: portal, tenant: acme, target: main, topic: asked, tokens_file: tokens, may: [create, update, deactivate, join, create_group], groups: [VPN_Allowed]{reads} }}
tenants:
  - name: acme
    rules: [rules.yaml]
    sources:
      - {{ topic: in, format: cloudevents, types: ['*'] }}
      - {{ topic: asked, format: cloudevents, types: ['access.*', 'deletion.*', 'membership.*'] }}{tokens}
    targets: [{{ name: main, url: 'https://example.com/v2', token_file: token, mode: observe, create_groups: true }}]
",
            rest.replace(", ", "\n  ")
        );
        let file = directory.join("usher.yaml");
        std::fs::write(&file, text).unwrap();
        let loaded = config::load_with(&file, []).unwrap();
        let (metrics, health) = (Arc::new(Metrics::new()), Arc::new(Health::new()));
        let shutdown = Shutdown::new();
        let receiving =
            Receiving::start(&loaded, Arc::clone(&metrics), health, &shutdown).await.unwrap();
        let address = receiving.address();
        Self { address, metrics, directory, shutdown, receiving: Some(receiving), cluster }
    }

    /// Sends JSON with a token.
    pub(super) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let bearer = format!("Bearer {TOKEN}");
        let mut all =
            vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
        all.retain(|(name, _)| headers.iter().all(|(it, _)| it != name));
        all.extend(headers);
        all.retain(|(_, value)| !value.is_empty());
        self.ask("POST", path, &all, body).await
    }

    pub(super) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let lines = headers.iter().map(|(name, value)| [*name, ": ", *value, "\r\n"].concat());
        let headers = lines.collect::<Vec<_>>().concat();
        let length = if headers.contains("content-length:") {
            String::new()
        } else {
            format!("content-length: {}\r\n", body.len())
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}{length}\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    /// So many records of a topic, from its beginning.
    pub(super) fn records(&self, topic: &str, count: usize) -> Vec<RawRecord> {
        let brokers = self.cluster.as_ref().unwrap().bootstrap_servers();
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("group.id", "test")
            .set("fetch.wait.max.ms", "10")
            .create()
            .unwrap();
        let mut from = TopicPartitionList::new();
        from.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
        consumer.assign(&from).unwrap();
        let (began, mut records) = (Instant::now(), Vec::new());
        while records.len() < count {
            if let Some(message) = consumer.poll(Duration::from_millis(50)) {
                records.push(raw_record(&message.unwrap()));
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{} of {count}", records.len());
        }
        records
    }

    /// What a topic holds.
    pub(super) fn end_of(&self, topic: &str) -> i64 {
        let brokers = self.cluster.as_ref().unwrap().bootstrap_servers();
        let consumer: BaseConsumer =
            ClientConfig::new().set("bootstrap.servers", brokers).create().unwrap();
        consumer.fetch_watermarks(topic, 0, Duration::from_secs(10)).unwrap().1
    }

    /// Ends as SIGTERM does.
    pub(super) async fn end(mut self) {
        self.shutdown.begin();
        self.receiving.take().unwrap().until_the_end().await.unwrap();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.begin();
        drop(std::fs::remove_dir_all(&self.directory));
    }
}
