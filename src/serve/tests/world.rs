//! A configuration, a Kafka with what usher would have written, and the pages about it.

use crate::config::{self, Loaded};
use crate::engine::record;
use crate::engine::state::{Person, Seat, ShardRecord, Stage};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::hold::{Effect, Hold, HoldDigest, Verdict};
use crate::model::ids::{PersonId, ScimId, TargetName, TenantName};
use crate::model::operation::Operation;
use crate::model::{Alias, AliasKind};
use crate::observe::health::Health;
use crate::observe::metrics::Metrics;
use crate::serve::Serving;
use crate::serve::tokens::TokenDigest;
use crate::shutdown::Shutdown;
use jiff::Timestamp;
use rdkafka::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What nobody's name may do to a page, a spreadsheet or a terminal.
pub(super) const HOSTILE: &str =
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u{202e}";

pub(super) const VIEWER: &str = "the-viewers-token";
pub(super) const UNMASK: &str = "the-token-that-unmasks";
/// That of proxies, for reading alone.
pub(super) const PROXY_TOKEN: &str = "the-token-of-the-proxy";
pub(super) const OF_GLOBEX: &str = "the-token-for-globex";

const RULES: &str = "
rules:
  - name: hired
    on: [worker.hired]
    assert: { claim: employed, precedence: profile, want: { account: present, groups: { add: [VPN] } } }
";

/// Pages that are served.
pub(super) struct World {
    pub address: SocketAddr,
    /// None: nobody listens where Kafka should be.
    kafka: Option<(MockCluster<'static, DefaultProducerContext>, BaseProducer)>,
    pub directory: PathBuf,
    pub shutdown: Shutdown,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The value of a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn directory() -> PathBuf {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("usher-serve-{}-{number}", std::process::id());
    let directory = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

fn logins() -> String {
    let line = |name: &str, token: &str, rest: &str| {
        format!(
            "- {{ name: {name}, sha256: {}, until: 2099-01-01T00:00:00Z, {rest} }}\n",
            TokenDigest::of(token).as_str()
        )
    };
    line("vera", VIEWER, "role: viewer, tenants: [acme]")
        + &line("una", UNMASK, "role: unmask")
        + &line("glen", OF_GLOBEX, "role: viewer, tenants: [globex]")
}

/// A configuration for two tenants, with logins.
pub(super) fn configuration(brokers: &str, serve: &str) -> (Loaded, PathBuf) {
    let target = "url: 'https://example.com/v2', policies: { file: real-time.csv }";
    configuration_at(brokers, serve, target)
}

/// The same; `target`: where the targets are, and what else is said of them.
fn configuration_at(brokers: &str, serve: &str, target: &str) -> (Loaded, PathBuf) {
    let directory = directory();
    std::fs::write(directory.join("rules.yaml"), RULES).unwrap();
    super::policies::export_to(&directory);
    std::fs::write(directory.join("logins.yaml"), logins()).unwrap();
    std::fs::write(directory.join("proxy-token"), PROXY_TOKEN).unwrap();
    let tenant = |name: &str| {
        format!(
            "
  - name: {name}
    time_zone: Europe/Berlin
    rules: [rules.yaml]
    sources: [{{ topic: {name}.hr, format: cloudevents, types: ['*'] }}]
    targets: [{{ name: main, {target}, token_file: absent, mode: enforce,
                restricting_groups: [Quarantine] }}]"
        )
    };
    let text = format!(
        "kafka: {{ brokers: '{brokers}' }}\nserve: {{ listen: '127.0.0.1:0', tokens_file: logins.yaml{serve} }}\n\
         tenants:{}{}\n",
        tenant("acme"),
        tenant("globex")
    );
    let file = directory.join("usher.yaml");
    std::fs::write(&file, text).unwrap();
    (config::load_with(&file, []).unwrap(), directory)
}

impl World {
    /// With nothing in it.
    pub(super) async fn empty(serve: &str) -> Self {
        Self::of(2, serve).await
    }

    /// With so many partitions.
    pub(super) async fn of(partitions: i32, serve: &str) -> Self {
        let cluster = MockCluster::new(1).unwrap();
        for topic in ["people", "audit", "parked", "control", "inventory"] {
            cluster.create_topic(&format!("usher.{topic}"), partitions, 1).unwrap();
        }
        let brokers = cluster.bootstrap_servers();
        let producer = ClientConfig::new().set("bootstrap.servers", &brokers).create().unwrap();
        let mut world = Self::started(&brokers, serve).await;
        world.kafka = Some((cluster, producer));
        world
    }

    /// Pages about a Kafka that is somewhere.
    pub(super) async fn started(brokers: &str, serve: &str) -> Self {
        Self::begun(configuration(brokers, serve)).await
    }

    /// Without a Kafka, before a target that is somewhere.
    pub(super) async fn before(target: &str) -> Self {
        let serve = ", requests_per_minute: 1000000";
        Self::begun(configuration_at("127.0.0.1:1", serve, target)).await
    }

    async fn begun((loaded, directory): (Loaded, PathBuf)) -> Self {
        let (metrics, health) = (Arc::new(Metrics::new()), Arc::new(Health::new()));
        let shutdown = Shutdown::new();
        let serving = Serving::start(&loaded, metrics, health, &shutdown).await.unwrap();
        Self::at(serving.address(), directory, shutdown)
    }

    /// Where the Kafka is.
    pub(super) fn brokers(&self) -> String {
        self.kafka.as_ref().unwrap().0.bootstrap_servers()
    }

    /// Further pages about the same Kafka.
    pub(super) async fn again(&self) -> Self {
        Self::started(&self.brokers(), ", requests_per_minute: 1000000").await
    }

    /// Pages that have no Kafka.
    pub(super) fn at(address: SocketAddr, directory: PathBuf, shutdown: Shutdown) -> Self {
        Self { address, kafka: None, directory, shutdown }
    }

    /// With people, lines and parked records that try everything.
    pub(super) async fn hostile() -> Self {
        let world = Self::empty("").await;
        world.write(&kim(), BTreeMap::from([("main", held())]));
        world.write(
            &person("acme", "p-lee", "lee@example.com"),
            BTreeMap::from([("main", stuck())]),
        );
        world.write(&person("globex", "p-gus", "gus@example.com"), BTreeMap::new());
        let shard = ShardRecord { at: Some(at("2026-10-02T07:59:00Z")), ..ShardRecord::default() };
        let shard = record::encode_shard(&shard);
        for partition in 0..2 {
            world.queue("usher.people", partition, &shard.key, shard.value.as_deref());
        }
        world.flush();
        for line in super::pages::lines() {
            world.send("usher.audit", "p-kim", Some(line.to_string().as_bytes()), &[]);
        }
        super::pages::park(&world);
        world.until_it_shows("/t/acme/people.json", UNMASK, "p-lee").await;
        world.until_it_shows("/t/acme/people.json", UNMASK, "p-kim").await;
        world.until_it_shows("/t/acme/parked.json", UNMASK, "hr.events").await;
        // The last of the lines: the others are there with it.
        world.until_it_shows("/t/acme/overview.json?table=lines", UNMASK, "obeyed").await;
        world.until_it_shows("/about", UNMASK, "Topics read to their ends: 5 of 5").await;
        world
    }

    /// Writes a record, to partition 0, and waits until it is there.
    pub(super) fn send(
        &self,
        topic: &str,
        key: &str,
        value: Option<&[u8]>,
        headers: &[(&str, &str)],
    ) {
        use rdkafka::message::{Header, OwnedHeaders};
        let headers = headers.iter().fold(OwnedHeaders::new(), |all, (key, value)| {
            all.insert(Header { key, value: Some(*value) })
        });
        let mut record = BaseRecord::<str, [u8]>::to(topic).partition(0).key(key).headers(headers);
        record.payload = value;
        record.timestamp = Some(at("2026-10-02T08:00:00Z").as_millisecond());
        let (_, producer) = self.kafka.as_ref().unwrap();
        producer.send(record).map_err(|(error, _)| error).unwrap();
        producer.flush(Duration::from_secs(10)).unwrap();
    }

    /// Writes a record, some time before `flush` returns.
    pub(super) fn queue(&self, topic: &str, partition: i32, key: &str, value: Option<&[u8]>) {
        let (_, producer) = self.kafka.as_ref().unwrap();
        let mut record = BaseRecord::<str, [u8]>::to(topic).partition(partition).key(key);
        record.payload = value;
        while let Err((_, again)) = producer.send(record) {
            producer.poll(Duration::from_millis(10));
            record = again;
        }
    }

    pub(super) fn flush(&self) {
        let (_, producer) = self.kafka.as_ref().unwrap();
        producer.flush(Duration::from_mins(1)).unwrap();
    }

    pub(super) fn write(&self, person: &Person, seats: BTreeMap<&str, Seat>) {
        let named: BTreeMap<TargetName, Seat> =
            seats.into_iter().map(|(name, seat)| (TargetName::new(name), seat)).collect();
        let write = record::encode_person(person, &named.iter().collect());
        self.send("usher.people", &write.key, write.value.as_deref(), &[]);
    }

    /// Asks as a program that sends its token.
    pub(super) async fn get(&self, path: &str, token: &str) -> Answer {
        self.ask("GET", path, &[("authorization", &format!("Bearer {token}"))], "").await
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
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Asks until the answer has `text` in it.
    pub(super) async fn until_it_shows(&self, path: &str, token: &str, text: &str) -> Answer {
        self.until_it_shows_within(Duration::from_secs(20), path, token, text).await
    }

    pub(super) async fn until_it_shows_within(
        &self,
        most: Duration,
        path: &str,
        token: &str,
        text: &str,
    ) -> Answer {
        let began = Instant::now();
        loop {
            let answer = self.get(path, token).await;
            if answer.body.contains(text) {
                return answer;
            }
            let told = &answer.body;
            assert!(began.elapsed() < most, "{path} has no {text}: {told}");
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.begin();
        drop(std::fs::remove_dir_all(&self.directory));
    }
}

pub(super) fn person(tenant: &str, id: &str, name: &str) -> Person {
    let mut person = Person::new(PersonId::new(id), TenantName::new(tenant));
    person.aliases.extend(Alias::parse(AliasKind::UserName, name));
    person
}

/// Every name of Kim is an attack.
fn kim() -> Person {
    let mut kim = person("acme", "p-kim", &format!("kim{HOSTILE}"));
    kim.aliases.extend(Alias::parse(AliasKind::EmployeeNumber, &format!("=1+1{HOSTILE}")));
    kim.aliases.extend(Alias::external("<b>entra", HOSTILE));
    kim
}

fn held() -> Seat {
    let account = ScimId::new(format!("u-1{HOSTILE}"));
    let hold = Hold {
        as_heard: None,
        digest: HoldDigest::of([b"kim".as_slice()]),
        effect: Effect::Operation(Operation::Delete { account: account.clone() }),
        why: Why::new(Code::Deletion, None, format!("a deletion cannot be undone {HOSTILE}")),
        since: at("2026-10-01T08:00:00Z"),
        cause: None,
        verdict: Verdict::Open,
    };
    let mut seat = Seat { holds: vec![hold], ..Seat::new(at("2026-10-01T08:00:00Z")) };
    seat.stage = Stage::Held;
    seat.binding = crate::engine::state::Binding::Bound(account);
    let attribute = crate::model::account::AttributeName::parse("title").unwrap();
    let value = crate::model::account::Value::Text(format!("=Title{HOSTILE}"));
    seat.wish.attributes.insert(attribute, crate::model::operation::Field::Set(value));
    let group = crate::model::ids::GroupName::new(format!("VPN{HOSTILE}"));
    seat.wish.groups.insert(group, crate::model::wish::Membership::Member);
    seat
}

fn stuck() -> Seat {
    let mut seat = Seat::new(at("2026-10-01T08:00:00Z"));
    seat.stage =
        Stage::Stuck { code: Code::GroupMissing.into(), again_at: at("2026-10-03T08:00:00Z") };
    seat
}
