//! The shell: carries the engine's effects out and feeds the answers back.
//!
//! Kafka says which shards are ours. Each lives in a task of its own, and nothing that happens to
//! one shard, a panic included, touches the people of another.

mod calls;
mod hold;
mod life;
mod local;
mod owned;
mod asks;
mod fitness;
mod suspects;
mod troubles;
#[cfg(test)]
mod tests;

use crate::model::code::Code;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::clock::Clock;
use crate::comparison::Comparison;
use crate::config::kafka::KafkaSettings;
use crate::decode::SourceSettings;
use crate::engine::settings::{Approvals, ShardSettings, TenantSettings, Timing};
use crate::kafka::clients::reach;
use crate::kafka::topics::{self, Layout};
use crate::keys::KeyRing;
use crate::model::{Deployment, ShardNumber, TargetName};
use crate::observe::health::{Health, Pulse};
use crate::observe::metrics::Metrics;
use crate::operators;
use crate::receive::inputs::{Partitions, Share};
use crate::receive::ownership::{self, Change, Ownership, Parting};
use crate::scim::Provider;
use crate::shutdown::{Shutdown, TaskFailed};
use local::{Beside, Local};
use owned::Owned;
use suspects::Suspects;
use troubles::Troubles;

/// How often the loop shows that it is alive.
const BEAT: Duration = Duration::from_secs(5);

/// Everything a worker works by.
#[derive(Debug)]
pub struct Settings {
    pub kafka: KafkaSettings,
    /// This replica's name, unique among those of the group.
    pub instance: String,
    pub tenants: Vec<Tenant>,
    /// Who may send commands; their files are read again when they change.
    pub operators: operators::Files,
    /// How many operators an approval takes.
    pub approvals: Approvals,
    /// While it is there, nothing is written to targets.
    pub pause_file: Option<PathBuf>,
    pub timing: Timing,
    /// How the topics are, where Kafka cannot be asked; nothing about them is checked then.
    pub layout: Option<Layout>,
    pub shutdown: Shutdown,
    pub metrics: Arc<Metrics>,
    pub health: Arc<Health>,
}

/// One tenant and what reaches it.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub settings: TenantSettings,
    pub sources: Vec<SourceSettings>,
    pub providers: BTreeMap<TargetName, Arc<Provider>>,
    /// What is compared now and then; `None`: nothing is.
    pub comparison: Option<Arc<Comparison>>,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Topics(#[from] topics::Error),
    #[error(transparent)]
    Ownership(#[from] ownership::Error),
    #[error("the thread that owns shards has ended; start this replica again")]
    OwnershipEnded,
    #[error(transparent)]
    Task(#[from] TaskFailed),
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::Topics(error) => error.code(),
            Self::Ownership(error) => error.code(),
            Self::OwnershipEnded | Self::Task(_) => Code::InternalTaskEnded,
        }
    }
}

/// What every shard of this process shares.
#[derive(Debug)]
struct World {
    kafka: KafkaSettings,
    instance: String,
    shards: i32,
    /// What every state record of this process says of whose it is.
    deployment: Deployment,
    /// What the topic of parked records takes; read again when something went wrong.
    parked_limit_bytes: AtomicUsize,
    /// Kafka can be asked how the topics are.
    checks_topics: bool,
    tenants: Vec<Tenant>,
    /// What this replica is told by files beside it.
    local: watch::Receiver<Local>,
    /// Of those who sign what comes in.
    keys: KeyRing,
    approvals: Approvals,
    timing: Timing,
    clock: &'static Clock,
    shutdown: Shutdown,
    troubles: Troubles,
    /// Records at which shards of this process crashed.
    suspects: Suspects,
    metrics: Arc<Metrics>,
    health: Arc<Health>,
}

impl World {
    fn new(settings: Settings, layout: &Layout, local: watch::Receiver<Local>) -> Self {
        Self {
            deployment: layout.deployment(&settings.kafka.topics.people),
            kafka: settings.kafka,
            instance: settings.instance,
            shards: layout.shards,
            checks_topics: settings.layout.is_none(),
            parked_limit_bytes: AtomicUsize::new(layout.parked_limit_bytes),
            keys: KeyRing::keep(
                settings.tenants.iter().flat_map(|tenant| &tenant.sources),
                &settings.shutdown,
            ),
            tenants: settings.tenants,
            local,
            approvals: settings.approvals,
            timing: settings.timing,
            clock: Clock::of_this_process(),
            shutdown: settings.shutdown,
            suspects: Suspects::default(),
            troubles: Troubles::new(Arc::clone(&settings.metrics)),
            metrics: settings.metrics,
            health: settings.health,
        }
    }

    /// The tenants whose people live on `shard`.
    fn tenants_of(&self, shard: ShardNumber) -> impl Iterator<Item = &Tenant> {
        self.tenants
            .iter()
            .filter(move |tenant| ShardNumber::of(&tenant.settings.name, self.shards) == shard)
    }

    /// What `shard` reads: its tenants' topics, and its partition of the control topic.
    fn inputs_of(&self, shard: ShardNumber) -> Vec<Share> {
        let topics = self.tenants_of(shard).flat_map(|tenant| &tenant.settings.topics);
        let topics =
            topics.map(|topic| Share { topic: topic.clone(), partitions: Partitions::All });
        let control = self.kafka.topics.control.clone();
        let commands = Share { topic: control, partitions: Partitions::One(shard.0) };
        let events = self.kafka.topics.events.clone();
        let findings = Share { topic: events, partitions: Partitions::One(shard.0) };
        topics.chain([commands, findings]).collect()
    }

    /// What the records of the shard's input topics are read as, by topic.
    fn sources_of(
        &self,
        shard: ShardNumber,
    ) -> impl Iterator<Item = (String, SourceSettings)> + use<'_> {
        let sources = self.tenants_of(shard).flat_map(|tenant| &tenant.sources);
        let events = &self.kafka.topics.events;
        let findings = (events.clone(), SourceSettings::of_findings(events));
        sources.map(|source| (source.topic.clone(), source.clone())).chain([findings])
    }

    fn shard_settings(&self, shard: ShardNumber) -> ShardSettings {
        ShardSettings {
            number: shard,
            tenants: self.tenants_of(shard).map(|tenant| tenant.settings.clone()).collect(),
            control: Some(self.kafka.topics.control.clone()),
            findings: Some(self.kafka.topics.events.clone()),
            sources: self.sources_of(shard).collect(),
            operators: self.local.borrow().operators.clone(),
            approvals: self.approvals,
            timing: self.timing,
        }
    }
}

/// Works until told to stop, or until it cannot go on.
pub async fn run(settings: Settings) -> Result<(), Error> {
    let Some(layout) = layout(&settings).await? else { return Ok(()) };
    if settings.layout.is_none() {
        ownership::check_group(&settings.kafka).await?;
    }
    let (ownership, mut changes) = Ownership::join(&settings.kafka, &settings.instance)?;
    let (beside, local) = Beside::of(&settings);
    let world = Arc::new(World::new(settings, &layout, local));
    let mut owned = Owned::new(Arc::clone(&world));

    let outcome = tokio::select! {
        outcome = serve(&world, &mut owned, &mut changes) => outcome,
        error = fitness::until_unfit(&world) => Err(error.into()),
        () = beside.look_for_ever() => Ok(()),
    };

    world.health.draining();
    let parting = match outcome {
        Ok(()) => Parting::HandOver,
        Err(_) => Parting::Lost,
    };
    owned.leave_all(parting).await;
    // From here on nobody need be asked before a shard is let go.
    drop(changes);
    ownership.leave().await;
    match world.shutdown.take_failure() {
        Some(failure) => outcome.and(Err(failure.into())),
        None => outcome,
    }
}

/// `None`: told to stop before Kafka could be reached.
async fn layout(settings: &Settings) -> Result<Option<Layout>, Error> {
    if let Some(layout) = settings.layout.clone() {
        tracing::warn!("the topics are taken as they are; their settings are not checked");
        return Ok(Some(layout));
    }
    let topics = settings.tenants.iter().flat_map(|tenant| tenant.settings.topics.iter().cloned());
    let inputs: Vec<String> = topics.collect();
    tokio::select! {
        () = settings.shutdown.begun() => return Ok(None),
        () = reach::wait_for(&settings.kafka) => {}
    }
    let layout = topics::checked_layout(&settings.kafka, &inputs).await?;
    if !layout.deployment(&settings.kafka.topics.people).is_drawn(&settings.kafka.topics.people) {
        tracing::warn!("{}", topics::id_of_before(&settings.kafka));
    }
    Ok(Some(layout))
}

/// Takes and leaves shards as the group decides.
async fn serve(
    world: &World,
    owned: &mut Owned,
    changes: &mut mpsc::Receiver<Change>,
) -> Result<(), Error> {
    let pulse: Pulse = world.health.pulse("ownership");
    loop {
        pulse.beat();
        let change = tokio::select! {
            () = world.shutdown.begun() => return Ok(()),
            change = changes.recv() => change.ok_or(Error::OwnershipEnded)?,
            () = tokio::time::sleep(BEAT) => continue,
        };
        match change {
            Change::Assigned(shards) => {
                world.health.joined();
                owned.take(&shards);
            }
            Change::Revoked { shards, parting, until_stopped } => {
                owned.leave(&shards, parting, &until_stopped);
            }
            Change::Failed(error) => return Err(error.into()),
        }
    }
}
