//! A deployment of one's own: tenants with their input topics and directories, usher's topics, and
//! a record of all that was sent.

use super::audit::{self, Found, Line, Place, Reader, Revisions};
use super::broker::{Broker, broker};
use super::cache;
use super::directory::Directory;
use super::events::{Event, Record};
use super::eventually::eventually;
use super::proxy::KafkaProxy;
use super::replica::{PROGRAM, Replica};
use super::servers::Peer;
use super::settings::{QUARANTINE, VPN, topic};
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// How long everything may take to come to rest when nothing is in its way.
pub(crate) const REST: Duration = Duration::from_mins(1);

pub(crate) struct World {
    /// The deployment's name; no other test has it.
    pub(crate) name: String,
    pub(crate) broker: &'static Broker,
    pub(crate) tenants: Vec<Tenant>,
    pub(crate) directory: PathBuf,
    machine: Option<Machine>,
    producer: FutureProducer,
    sent: Mutex<BTreeSet<Place>>,
    /// By topic.
    readers: Mutex<BTreeMap<String, Reader>>,
}

/// A test that measures has the machine for itself; the others share it.
enum Machine {
    Shared { _with: RwLockReadGuard<'static, ()> },
    Alone { _as: RwLockWriteGuard<'static, ()> },
}

static MACHINE: RwLock<()> = RwLock::const_new(());

/// For a test without a world: kept, it keeps those that measure from starting.
pub(crate) async fn beside_others() -> impl Drop {
    MACHINE.read().await
}

/// For a test that measures without a world: kept, it keeps the others from starting.
pub(crate) async fn alone() -> impl Drop {
    MACHINE.write().await
}

/// A customer of this deployment, with one input topic and one target.
pub(crate) struct Tenant {
    pub(crate) name: String,
    pub(crate) topic: String,
    pub(crate) directory: Directory,
    pub(crate) mode: &'static str,
    /// Rule files, and what its topic may bring.
    pub(crate) rules: Vec<PathBuf>,
    pub(crate) types: &'static [&'static str],
}

/// Where a person stands at a target, as usher keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) person: String,
    pub(crate) target: String,
    /// `at_rest`, `working`, `held`, …
    pub(crate) stage: String,
    pub(crate) revision: u64,
}

/// What a tenant is to be.
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) mode: &'static str,
    pub(crate) rules: Vec<PathBuf>,
    pub(crate) types: &'static [&'static str],
    /// Groups that its directory has from the beginning.
    pub(crate) groups: &'static [&'static str],
}

impl Plan {
    /// With the rules of the tests.
    pub(crate) fn plain(name: &'static str, mode: &'static str) -> Self {
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/rules.yaml");
        let types = &["worker.*", "risk.*"];
        Self { name, mode, rules: vec![rules], types, groups: &[VPN, QUARANTINE] }
    }
}

impl Tenant {
    /// With its groups and its topic; `None` if there is no server of that kind.
    async fn make(plan: Plan, deployment: &str, broker: &Broker, peer: Peer) -> Option<Self> {
        let Plan { name, mode, rules, types, groups } = plan;
        let directory_name = format!("{deployment}-{name}");
        let directory = tokio::task::block_in_place(|| peer.directory(&directory_name))?;
        for group in groups {
            directory.create_group(group).await;
        }
        let topic = format!("{deployment}.{name}.events");
        broker.create_topic(&topic, 2).await;
        Some(Self { name: name.to_owned(), topic, directory, mode, rules, types })
    }
}

impl World {
    /// A deployment with the groups of the rules at each target, and its topics not yet made.
    ///
    /// `None` if Kafka or the SCIM server cannot be had; that has been said then.
    pub(crate) async fn bare(
        theme: &str,
        tenants: &[&'static str],
        mode: &'static str,
    ) -> Option<Self> {
        let plans = tenants.iter().map(|name| Plan::plain(name, mode)).collect();
        Self::at(Peer::Scim2Server, theme, plans).await
    }

    /// The same, with these tenants, at the server of that kind.
    pub(crate) async fn at(peer: Peer, theme: &str, plans: Vec<Plan>) -> Option<Self> {
        let broker = tokio::task::block_in_place(broker)?;
        let machine = Some(Machine::Shared { _with: MACHINE.read().await });
        let name = format!("{theme}-{:08x}", RandomState::new().build_hasher().finish() >> 32);
        let directory = cache::run_directory().join(&name);
        fs::create_dir_all(&directory).unwrap();
        let mut tenants = Vec::new();
        for plan in plans {
            tenants.push(Tenant::make(plan, &name, broker, peer).await?);
        }
        let mut client = broker.client();
        client.set("message.max.bytes", "4000000").set("linger.ms", "0");
        let producer = client.create().unwrap();
        let (sent, readers) = (Mutex::default(), Mutex::default());
        Some(Self { name, broker, tenants, directory, machine, producer, sent, readers })
    }

    /// A deployment as `usher init` makes it.
    pub(crate) async fn with(theme: &str, tenants: &[&'static str], shards: u32) -> Option<Self> {
        let world = Self::bare(theme, tenants, "enforce").await?;
        let init = world.init(&["--shards", &shards.to_string()]).await;
        assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
        Some(world)
    }

    /// One tenant, one shard.
    pub(crate) async fn set_up(theme: &str) -> Option<Self> {
        Self::with(theme, &["acme"], 1).await
    }

    /// Waits until no other test runs, and keeps them from starting: for tests that measure.
    pub(crate) async fn alone(mut self) -> Self {
        // First given back: two that wait for each other would wait for ever.
        self.machine = None;
        self.machine = Some(Machine::Alone { _as: MACHINE.write().await });
        self
    }

    /// Runs `usher init` with these arguments to its end.
    pub(crate) async fn init(&self, arguments: &[&str]) -> Output {
        let configuration = self.replica("init").await.configuration();
        let mut init = Command::new(PROGRAM);
        init.arg("init").arg("--config").arg(configuration).args(arguments);
        tokio::task::block_in_place(|| init.output().unwrap())
    }

    pub(crate) fn tenant(&self, name: &str) -> &Tenant {
        self.tenants.iter().find(|tenant| tenant.name == name).expect("a tenant of this world")
    }

    /// The first tenant.
    pub(crate) fn acme(&self) -> &Tenant {
        &self.tenants[0]
    }

    /// A replica that does not run yet.
    pub(crate) async fn replica(&self, instance: &str) -> Replica {
        Replica::new(self, instance, instance, None).await
    }

    /// A replica that goes by a name that another may have, too.
    pub(crate) async fn replica_named(&self, label: &str, instance: &str) -> Replica {
        Replica::new(self, label, instance, None).await
    }

    /// A replica that runs and is ready.
    pub(crate) async fn started(&self, instance: &str) -> Replica {
        let mut replica = self.replica(instance).await;
        replica.start().await;
        replica
    }

    /// A replica that does not run yet and reaches Kafka only through a proxy. `None` if there can
    /// be none; that has been said then.
    pub(crate) async fn replica_behind_proxy(&self, instance: &str) -> Option<Replica> {
        let proxy = KafkaProxy::start(self.broker.door()?);
        Some(Replica::new(self, instance, instance, Some(proxy)).await)
    }

    /// Sends an event in binary mode, and waits until Kafka has it.
    pub(crate) async fn send(&self, tenant: &Tenant, event: &Event) -> Place {
        self.send_record(tenant, &event.binary(), 1).await
    }

    /// Sends a record that holds `events` events (one at least: a refused record is one, too).
    pub(crate) async fn send_record(&self, tenant: &Tenant, record: &Record, events: u64) -> Place {
        self.send_record_to(&tenant.topic, record, events).await
    }

    /// The same, to a topic that is not the tenant's first.
    pub(crate) async fn send_record_to(&self, topic: &str, record: &Record, events: u64) -> Place {
        let message = FutureRecord::<[u8], [u8]> {
            topic,
            partition: None,
            payload: record.value.as_deref(),
            key: record.key.as_deref(),
            timestamp: None,
            headers: Some(record.kafka_headers()),
        };
        let delivery = self.producer.send(message, Duration::from_secs(10)).await;
        let delivery = delivery.map_err(|(error, _)| error).unwrap();
        let first = Place {
            topic: topic.to_owned(),
            partition: delivery.partition.into(),
            offset: delivery.offset,
            index: 0,
        };
        let places = (0..events).map(|index| Place { index, ..first.clone() });
        self.sent.lock().unwrap().extend(places);
        first
    }

    /// The audit, as far as it is committed.
    pub(crate) fn audit(&self) -> Vec<Line> {
        self.read("audit").into_iter().map(Line::read).collect()
    }

    pub(crate) fn parked(&self) -> Vec<Found> {
        self.read("parked")
    }

    fn read(&self, which: &str) -> Vec<Found> {
        tokio::task::block_in_place(|| {
            let mut readers = self.readers.lock().unwrap();
            let topic = topic(&self.name, which);
            let reader = readers.entry(topic);
            reader.or_insert_with_key(|topic| Reader::of(self.broker, topic)).read_on()
        })
    }

    /// Waits until every event sent has its decision and every revision its end, and checks that
    /// all of it is there once. Gives the audit.
    pub(crate) async fn at_rest(&self) -> Vec<Line> {
        let revisions = eventually("everything is decided, and at rest", REST, async || {
            // In this order: an event's decision and its new revision are in one transaction.
            let decided = self.audit().iter().filter(|line| line.kind() == "decision").count();
            (decided >= self.sent.lock().unwrap().len()).then_some(())?;
            self.revisions_at_rest()
        })
        .await;
        let lines = self.audit();
        self.assert_once(&lines, &revisions);
        lines
    }

    /// By person and target the last revision, from what usher keeps; `None` while one is worked on.
    fn revisions_at_rest(&self) -> Option<Revisions> {
        let seats = self.seats();
        let is_at_rest = |seat: &Seat| seat.stage == "at_rest";
        seats.iter().all(is_at_rest).then(|| {
            seats.into_iter().map(|seat| ((seat.person, seat.target), seat.revision)).collect()
        })
    }

    /// What each shard last said of itself, by its partition.
    pub(crate) fn shard_records(&self) -> BTreeMap<i32, Value> {
        let records = self.read("people").into_iter();
        let of_shards = records.filter(|found| found.key.as_deref() == Some("shard"));
        of_shards
            .map(|found| (found.partition, serde_json::from_slice(&found.value.unwrap()).unwrap()))
            .collect()
    }

    /// Where everybody stands at each target, from what usher keeps.
    pub(crate) fn seats(&self) -> Vec<Seat> {
        let mut last_of_key = BTreeMap::new();
        for found in self.read("people") {
            let Some(key) = found.key.filter(|key| key.contains('/')) else { continue };
            last_of_key.insert((key, found.partition), found.value);
        }
        let mut seats = Vec::new();
        for person in last_of_key.into_values().flatten() {
            let person: Value = serde_json::from_slice(&person).unwrap();
            let id = person["body"]["id"].as_str().unwrap();
            for (target, seat) in person["body"]["seats"].as_object().unwrap() {
                seats.push(Seat {
                    person: id.to_owned(),
                    target: target.clone(),
                    stage: seat["stage"]["stage"].as_str().unwrap().to_owned(),
                    revision: seat["revision"].as_u64().unwrap(),
                });
            }
        }
        seats
    }

    /// Checks that each event has one decision, and each of the revisions one final result.
    pub(crate) fn assert_once(&self, lines: &[Line], revisions: &Revisions) {
        audit::assert_once(lines, &self.sent.lock().unwrap(), revisions);
    }
}
