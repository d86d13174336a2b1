//! One replica of usher: the real program, with its own proxies in front of everything it can reach.

use super::broker::free_ports;
use super::eventually::eventually;
use super::proxy::{HttpProxy, KafkaProxy, Victim};
use super::servers::TOKEN;
use super::settings::{self, Place};
use super::supervised::{Supervised, signal};
use super::world::{Tenant, World};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_usher");
const READY_DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct Replica {
    pub(crate) instance: String,
    /// In front of Kafka, if the test asked for one.
    pub(crate) kafka: Option<KafkaProxy>,
    /// The process that runs now, for strikes.
    pub(crate) victim: Victim,
    targets: BTreeMap<String, HttpProxy>,
    directory: PathBuf,
    http_port: u16,
    process: Option<Supervised>,
}

impl Replica {
    /// A replica that does not run yet. `label` names its files, `instance` is its name in Kafka.
    pub(crate) async fn new(
        world: &World,
        label: &str,
        instance: &str,
        kafka: Option<KafkaProxy>,
    ) -> Self {
        let directory = world.directory.join(label);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("token"), TOKEN).unwrap();
        let [http_port] = free_ports();
        let mut targets = BTreeMap::new();
        for tenant in &world.tenants {
            let proxy = HttpProxy::start(tenant.directory.address()).await;
            targets.insert(tenant.name.clone(), proxy);
        }
        let proxied = kafka.as_ref().map(|proxy| proxy.address.to_string());
        let at = |tenant: &Tenant| targets[&tenant.name].address;
        let place = Place {
            deployment: &world.name,
            instance,
            brokers: proxied.as_ref().unwrap_or(&world.broker.address),
            http_port,
            tenants: world.tenants.iter().map(|tenant| (tenant, at(tenant))).collect(),
        };
        settings::write(&place, &directory.join("usher.yaml"));
        let instance = instance.to_owned();
        let victim = Victim::default();
        Self { instance, kafka, victim, targets, directory, http_port, process: None }
    }

    pub(crate) fn configuration(&self) -> PathBuf {
        self.directory.join("usher.yaml")
    }

    /// The proxy in front of a tenant's target.
    pub(crate) fn target(&self, tenant: &Tenant) -> &HttpProxy {
        &self.targets[&tenant.name]
    }

    /// Starts the process and says when.
    pub(crate) fn spawn(&mut self) -> Instant {
        let mut command = Command::new(PROGRAM);
        command.arg("run").arg("--config").arg(self.configuration());
        let started = Instant::now();
        let process = Supervised::start(&command, &self.directory.join("log"), None);
        self.victim.set(process.process());
        self.process = Some(process);
        started
    }

    /// Starts the process and waits until it says that it is ready.
    pub(crate) async fn start(&mut self) -> Instant {
        let started = self.spawn();
        eventually("usher is ready", READY_DEADLINE, async || {
            let ended = self.process().ended();
            assert!(ended.is_none(), "usher ended at its start: {ended:?}\n{}", self.log());
            (self.get("readyz").await?.0 == 200).then_some(())
        })
        .await;
        started
    }

    /// Status and body of `/path`, if somebody listens.
    pub(crate) async fn get(&self, path: &str) -> Option<(u16, String)> {
        let url = format!("http://127.0.0.1:{}/{path}", self.http_port);
        let answer = reqwest::get(url).await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    }

    /// The sum of a metric over its labels; `None` while nobody listens.
    pub(crate) async fn metric(&self, name: &str) -> Option<f64> {
        let (_, text) = self.get("metrics").await?;
        let of_that_name =
            |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
        let value = |line: &str| line.rsplit(' ').next()?.parse::<f64>().ok();
        Some(text.lines().filter(of_that_name).filter_map(value).sum())
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.process.as_ref().expect("it runs").process(), name);
    }

    /// SIGKILL, and waits for the end.
    pub(crate) async fn kill(&mut self) -> Instant {
        let at = Instant::now();
        self.signal("KILL");
        self.process().end(Duration::from_secs(5)).await;
        at
    }

    /// SIGTERM; how it ended and how long that took.
    pub(crate) async fn stop(&mut self) -> (ExitStatus, Duration) {
        self.signal("TERM");
        self.end(Duration::from_secs(10)).await
    }

    /// Waits for an end that something else brings about.
    pub(crate) async fn end(&mut self, deadline: Duration) -> (ExitStatus, Duration) {
        self.process().end(deadline).await
    }

    /// What all its lives have logged.
    pub(crate) fn log(&self) -> String {
        log_of(&self.directory)
    }

    fn process(&mut self) -> &mut Supervised {
        self.process.as_mut().expect("it was started")
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = log_of(&self.directory);
            let lines: Vec<_> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(40)..];
            eprintln!("the last words of replica {}:\n{}", self.instance, last.join("\n"));
        }
    }
}

fn log_of(directory: &Path) -> String {
    fs::read_to_string(directory.join("log")).unwrap_or_default()
}
