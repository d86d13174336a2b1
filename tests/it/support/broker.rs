//! The Apache Kafka of this run: fetched once, started once, shared by all tests.
//!
//! Besides its own listener it has doors: listeners that are advertised at the address of a proxy.
//! A client that comes in by a door never learns another address, so all it does goes through.

use super::guarded::{self, Guarded};
use super::supervised::Supervised;
use super::{cache, missing};
use rdkafka::ClientConfig;
use rdkafka::admin::{
    AdminClient, AdminOptions, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, Producer};
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

const DOORS: usize = 25;
const START_DEADLINE: Duration = Duration::from_mins(1);

pub(crate) struct Broker {
    pub(crate) address: String,
    guarded: Option<Guarded>,
    doors: Mutex<Vec<Door>>,
    process: Option<Mutex<Supervised>>,
}

/// A listener of the broker, and the address by which the broker's clients know it.
pub(crate) struct Door {
    pub(crate) advertised: TcpListener,
    pub(crate) listener: SocketAddr,
}

/// The broker, or `None` after saying what is left out.
pub(crate) fn broker() -> Option<&'static Broker> {
    static BROKER: OnceLock<Result<Broker, String>> = OnceLock::new();
    BROKER.get_or_init(|| match std::env::var("USHER_TEST_KAFKA") {
        Ok(address) => {
            Ok(Broker { address, guarded: None, doors: Mutex::default(), process: None })
        }
        Err(_) => start(),
    });
    missing::or_say(&BROKER, "the tests with a real Kafka")
}

impl Broker {
    /// A door of one's own, or `None` after saying what is left out: another's Kafka has no doors.
    pub(crate) fn door(&self) -> Option<Door> {
        let door = self.doors.lock().unwrap().pop();
        if door.is_none() {
            assert!(self.process.is_none(), "more tests than doors: raise DOORS");
            let why = "USHER_TEST_KAFKA names a Kafka whose advertised address is not ours";
            missing::leave_out("the tests with a proxy in front of Kafka", why);
        }
        door
    }

    /// The listeners that ask who comes in, or `None` after saying what is left out.
    pub(crate) fn guarded(&self) -> Option<Guarded> {
        if self.guarded.is_none() {
            let why = "USHER_TEST_KAFKA names a Kafka whose users and certificates are not ours";
            missing::leave_out("the tests of TLS and SASL", why);
        }
        self.guarded
    }

    /// An input topic; it takes records larger than those usher must be able to park whole.
    pub(crate) async fn create_topic(&self, name: &str, partitions: i32) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1))
            .set("max.message.bytes", "5000000");
        let outcomes = admin.create_topics([&topic], &AdminOptions::new()).await.unwrap();
        outcomes[0].as_ref().unwrap();
    }

    /// Gives a topic more partitions, as a few clicks in a console do.
    pub(crate) async fn add_partitions(&self, topic: &str, count: usize) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let more = NewPartitions::new(topic, count);
        let outcomes = admin.create_partitions([&more], &AdminOptions::new()).await.unwrap();
        outcomes[0].as_ref().unwrap();
    }

    /// Asks for a topic as producers do, so that Kafka makes it as it likes.
    pub(crate) async fn ask_for(&self, topic: &str) {
        let asker: BaseProducer = self.client().create().unwrap();
        super::eventually("Kafka has made the topic", Duration::from_secs(20), async || {
            let ask = || asker.client().fetch_metadata(Some(topic), Duration::from_secs(10));
            let answer = tokio::task::block_in_place(ask).unwrap();
            (answer.topics()[0].partitions().len() == 1).then_some(())
        })
        .await;
    }

    /// Whether somebody has made a topic; nobody does by this.
    pub(crate) fn has(&self, topic: &str) -> bool {
        let client: BaseConsumer = self.client().create().unwrap();
        let all = client.fetch_metadata(None, Duration::from_secs(10)).unwrap();
        all.topics().iter().any(|found| found.name() == topic)
    }

    pub(crate) async fn delete_topic(&self, topic: &str) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let outcomes = admin.delete_topics(&[topic], &AdminOptions::new()).await.unwrap();
        outcomes[0].as_ref().unwrap();
        super::eventually("the topic is gone", Duration::from_secs(20), async || {
            (!tokio::task::block_in_place(|| self.has(topic))).then_some(())
        })
        .await;
    }

    /// What the broker says that a topic's setting is.
    pub(crate) async fn topic_setting(&self, topic: &str, setting: &str) -> String {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let which = ResourceSpecifier::Topic(topic);
        let described = admin.describe_configs([&which], &AdminOptions::new()).await.unwrap();
        let settings = described[0].as_ref().unwrap();
        settings.get(setting).and_then(|entry| entry.value.clone()).expect("it has a value")
    }

    pub(crate) fn partitions(&self, topic: &str) -> usize {
        let client: BaseConsumer = self.client().create().unwrap();
        let metadata = client.fetch_metadata(Some(topic), Duration::from_secs(10)).unwrap();
        metadata.topics()[0].partitions().len()
    }

    /// Lets a user do these to topics, as Kafka's own tool does it.
    pub(crate) fn allow(&self, user: &str, operations: &[&str], topics: &[String]) {
        let libraries = libraries().unwrap();
        let mut tool = Command::new("java");
        tool.args(["-XX:TieredStopAtLevel=1", "-cp"]).arg(format!("{}/*", libraries.display()));
        tool.args(["org.apache.kafka.tools.AclCommand", "--bootstrap-server", &self.address]);
        tool.args(["--add", "--allow-principal", &format!("User:{user}")]);
        tool.args(operations.iter().flat_map(|operation| ["--operation", operation]));
        tool.args(topics.iter().flat_map(|topic| ["--topic", topic]));
        cache::run(&mut tool).unwrap();
    }

    pub(crate) fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &self.address);
        client
    }
}

fn start() -> Result<Broker, String> {
    for program in ["java", "mvn"] {
        cache::run(Command::new(program).arg("-version"))?;
    }
    Ok(start_from(&libraries()?))
}

/// What was fetched must start; that it does not is a failure, and nothing to leave out.
fn start_from(libraries: &Path) -> Broker {
    let directory = cache::run_directory().join("kafka");
    fs::create_dir_all(&directory).unwrap();
    let ports: [u16; DOORS + 6] = free_ports();
    let (first, doors) = ports.split_first_chunk().unwrap();
    let [broker, controller, password, certificate, token, expired] = *first;
    let guarded = Guarded { password, certificate, token, expired };
    let advertised: Vec<_> = doors.iter().map(|_| listen()).collect();
    let properties = directory.join("server.properties");
    let mut listeners = Listeners::default();
    listeners.add("PLAINTEXT", broker, broker, "PLAINTEXT");
    for (name, port, protocol) in guarded.listeners() {
        listeners.add(name, port, port, protocol);
    }
    for (number, (door, proxy)) in doors.iter().zip(&advertised).enumerate() {
        let proxy = proxy.local_addr().unwrap().port();
        listeners.add(&format!("DOOR{number}"), *door, proxy, "PLAINTEXT");
    }
    fs::write(&properties, server_properties(&directory, controller, listeners)).unwrap();

    let mut command = Command::new("sh");
    command.arg(cache::scripts().join("kafka/start.sh")).arg(libraries).arg(properties);
    command.arg(cache::scripts().join("kafka/log4j2.properties")).args(guarded::scram_users());
    let log = cache::run_directory().join("kafka.log");
    let mut process = Supervised::start(&command, &log, Some(&directory));

    let address = format!("127.0.0.1:{broker}");
    await_answer(&address, &mut process);
    Broker {
        address,
        guarded: Some(guarded),
        doors: Mutex::new(
            doors
                .iter()
                .zip(advertised)
                .map(|(port, advertised)| Door {
                    advertised,
                    listener: (Ipv4Addr::LOCALHOST, *port).into(),
                })
                .collect(),
        ),
        process: Some(Mutex::new(process)),
    }
}

fn libraries() -> Result<std::path::PathBuf, String> {
    let project = cache::scripts().join("kafka/pom.xml");
    let recipe = fs::read_to_string(&project).unwrap();
    cache::fetched("kafka", &recipe, |directory| {
        let mut maven = Command::new("mvn");
        maven.args(["-q", "-B", "dependency:copy-dependencies", "-f"]).arg(&project);
        maven.arg(format!("-DoutputDirectory={}", directory.display()));
        cache::run(&mut maven)
    })
}

/// Waits until the broker answers; this happens once a run, before any test's runtime is needed.
fn await_answer(address: &str, process: &mut Supervised) {
    let client: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", address).create().unwrap();
    let start = Instant::now();
    while client.fetch_metadata(None, Duration::from_millis(200)).is_err() {
        let is_hopeless = process.ended().is_some() || start.elapsed() > START_DEADLINE;
        assert!(!is_hopeless, "Kafka did not start: {}", process.said());
    }
}

/// Where the broker listens, and where its clients are told that it does.
#[derive(Default)]
struct Listeners {
    bound: Vec<String>,
    advertised: Vec<String>,
    protocols: Vec<String>,
}

impl Listeners {
    fn add(&mut self, name: &str, port: u16, advertised: u16, protocol: &str) {
        self.bound.push(format!("{name}://127.0.0.1:{port}"));
        self.advertised.push(format!("{name}://127.0.0.1:{advertised}"));
        self.protocols.push(format!("{name}:{protocol}"));
    }
}

fn server_properties(directory: &Path, controller: u16, mut listeners: Listeners) -> String {
    let addresses = listeners.advertised.join(",");
    // Nobody is told of it.
    listeners.add("CONTROLLER", controller, controller, "PLAINTEXT");
    format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.voters=1@127.0.0.1:{controller}\n\
         controller.listener.names=CONTROLLER\n\
         inter.broker.listener.name=PLAINTEXT\n\
         listeners={listeners}\n\
         advertised.listeners={addresses}\n\
         listener.security.protocol.map={protocols}\n\
         log.dirs={data}\n\
         offsets.topic.replication.factor=1\n\
         offsets.topic.num.partitions=5\n\
         transaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\n\
         transaction.state.log.num.partitions=5\n\
         share.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\n\
         share.coordinator.state.topic.num.partitions=5\n\
         group.initial.rebalance.delay.ms=0\n\
         auto.create.topics.enable=true\n\
         {guarded}",
        listeners = listeners.bound.join(","),
        protocols = listeners.protocols.join(","),
        data = directory.join("data").display(),
        guarded = guarded::properties(),
    )
}

fn listen() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()
}

/// Ports that were free a moment ago, all different. None that the system gives to clients: one of
/// them could be taken before its server starts.
pub(crate) fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let listeners: [TcpListener; COUNT] = std::array::from_fn(|_| {
        loop {
            let port = 10_000 + RandomState::new().build_hasher().finish() % 20_000;
            let address = (Ipv4Addr::LOCALHOST, u16::try_from(port).unwrap());
            if let Ok(listener) = TcpListener::bind(address) {
                return listener;
            }
        }
    });
    listeners.map(|listener| listener.local_addr().unwrap().port())
}
