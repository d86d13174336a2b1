//! How a life begins: fence, restore, take over.
//!
//! In this order and no other: before the old owner is fenced its state may still change.

use crate::model::code::Code;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Instant;

use jiff::SignedDuration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::super::World;
use super::super::calls::Calls;
use super::super::hold::Standing;
use super::comparing::Comparisons;
use super::held_back::HeldBack;
use super::strangers::Strangers;
use super::{Contents, Ended, Life};
use crate::commit::{self, Writer};
use crate::engine::record::aside::Reason;
use crate::engine::{Shard, Unreadable};
use crate::model::{Answer, ShardNumber};
use crate::observe::metrics::RestoreEnd;
use crate::receive::inputs::Inputs;
use crate::receive::restore;

/// Answers that may wait; more calls than this are never open.
const WAITING_ANSWERS: usize = 4_096;

/// Why a record of the state was not taken.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Unreadable(Unreadable),
    #[error("the shard is no longer wanted")]
    NotWanted,
}

/// How a state is not what it should be.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum Unlike {
    #[error(
        "`{topic}` says that there are {written} shards, and shard {shard} is to be owned as one of \
         {ours}; stop this replica, and see to it that `usher init` finds the topics as they were made"
    )]
    Shards { shard: ShardNumber, topic: String, written: i32, ours: i32 },
    #[error(
        "`{topic}` of shard {shard} holds {found} people, and {written} were written: records were \
         deleted, as a cleanup.policy that is not `compact` does. Bring them back from a copy of the \
         topic; if there is none, `usher errors shard.people_missing` says how all inputs are read anew"
    )]
    People { shard: ShardNumber, topic: String, found: usize, written: usize },
}

impl Unlike {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub(in super::super) fn code(&self) -> Code {
        match self {
            Self::Shards { .. } => Code::TopicsUnfit,
            Self::People { .. } => Code::ShardPeopleMissing,
        }
    }
}

/// Replicas whose clocks are further apart than this should be looked at.
const APART_MOST: SignedDuration = SignedDuration::from_secs(30);

/// What a clock that is behind holds up would otherwise be held up in silence.
fn warn_of_clocks(number: ShardNumber, shard: &Shard) {
    let behind = shard.is_behind();
    if shard.is_time_in_question() {
        tracing::error!(
            shard = %number,
            behind_ms = behind.as_millis(),
            "the clock here and that of the shard's last owner are more than a year apart, so one of \
             them is wrong; nothing begins or ends by time until an input record has a time like ours; \
             set the clocks of the replicas right"
        );
    } else if behind > APART_MOST {
        tracing::warn!(
            shard = %number,
            behind_ms = behind.as_millis(),
            "the clock here is behind that of the shard's last owner; events go on, and nothing begins \
             or ends by time until it has caught up; set the clocks of the replicas right"
        );
    }
}

/// Nothing is done any more at a target that is gone; what is known of people there is kept.
fn warn_of_gone_targets(number: ShardNumber, shard: &Shard) {
    for ((tenant, target), people) in shard.gone_targets() {
        tracing::warn!(
            shard = %number,
            %tenant,
            scim.target = %target,
            people,
            "people are known at a target that is not configured any more; nothing is done there, and \
             claims that stand there do not end; if it has another name now, name this one in the \
             target's `formerly`"
        );
    }
}

/// Nothing is done for them until their records can be worked on.
fn warn_of_set_aside(number: ShardNumber, shard: &Shard) {
    for aside in shard.people_aside() {
        let cure = match aside.reason {
            Reason::Unreadable => "run the version that wrote it",
            Reason::Crashes => "report it, and run a version that is mended",
        };
        tracing::error!(
            shard = %number,
            code = aside.reason.code().as_str(),
            tenant = %aside.tenant,
            person = %aside.person,
            why = aside.why,
            cure,
            "a person's record cannot be worked on, and is kept; nothing is done for them, and what is \
             said of them is parked"
        );
    }
}

/// Lives one life of a shard.
pub(in super::super) async fn live(
    world: Arc<World>,
    number: ShardNumber,
    mut standing: watch::Receiver<Standing>,
) -> Ended {
    let began = Instant::now();
    let seen = standing.clone();
    let life = tokio::select! {
        _ = standing.wait_for(|now| *now != Standing::Ours) => return Ended::Left,
        life = begin(&world, number, seen) => life,
    };
    match life {
        Ok(life) => {
            let took = began.elapsed();
            world.metrics.restored(RestoreEnd::Restored, took);
            tracing::info!(
                shard = %number,
                duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                people = life.shard.figures().people,
                "the shard is taken over"
            );
            Box::pin(life.run()).await
        }
        Err(ended) => ended,
    }
}

async fn begin(
    world: &Arc<World>,
    number: ShardNumber,
    standing: watch::Receiver<Standing>,
) -> Result<Life, Ended> {
    let settings = commit::Settings {
        kafka: world.kafka.clone(),
        shard: number,
        instance: world.instance.clone(),
        parked_limit_bytes: world.parked_limit_bytes.load(Ordering::Relaxed),
    };
    let not_restored = |error: commit::Error| Ended::NotRestored(error.into());
    let writer = Writer::take_over(settings.clone()).await.map_err(not_restored)?;
    let mut fenced_at = world.clock.now();
    let mut shard = restored(world, number).await?;
    if shard.deployment().is_none() {
        // An earlier version wrote last, or nobody. Its transactional id is another, and an owner
        // that goes by it may still write.
        commit::fence_earlier(settings).await.map_err(not_restored)?;
        fenced_at = world.clock.now();
        shard = restored(world, number).await?;
    }
    check(world, number, &shard)?;
    // Where an earlier version wrote last, it knew of no id that was drawn.
    let topic = &world.kafka.topics.people;
    let own = shard.deployment().filter(|it| it.is_drawn(topic)).cloned();
    shard.belongs_to(own.unwrap_or_else(|| world.deployment.clone()));
    world.suspects.watch(number, &mut shard, |shard| shard.take_over(fenced_at));
    warn_of_clocks(number, &shard);
    warn_of_gone_targets(number, &shard);
    warn_of_set_aside(number, &shard);

    // A Kafka whose topics are taken as they are has no ids for them.
    let inputs = Inputs::open(&world.kafka, number, world.inputs_of(number), world.checks_topics)
        .map_err(|error| Ended::NotRestored(error.into()))?;
    let (answered, answers) = mpsc::channel::<Answer>(WAITING_ANSWERS);
    Ok(Life {
        world: Arc::clone(world),
        number,
        shard,
        contents: contents_of(world, number),
        standing,
        local: world.local.clone(),
        writer,
        inputs,
        calls: Calls::new(Arc::clone(world), number, answered),
        comparisons: Comparisons::begin(world, number),
        answers,
        writing: None,
        uncommitted_bytes: 0,
        tick_at: None,
        draining_since: None,
        published: Instant::now(),
        is_waiting: false,
        positions: Vec::new(),
        stalled: BTreeSet::new(),
        strangers: Strangers::default(),
        keys: world.keys.clone(),
        held_back: HeldBack::default(),
        pulse: world.health.pulse(format!("shard {number}")),
    })
}

/// Whether what was restored is what was written, by the deployment that we are.
fn check(world: &World, number: ShardNumber, shard: &Shard) -> Result<(), Ended> {
    let topic = world.kafka.topics.people.clone();
    if let Some(found) = shard.deployment().filter(|it| it.shards != world.deployment.shards) {
        let (written, ours) = (found.shards, world.deployment.shards);
        let error = Unlike::Shards { shard: number, topic, written, ours };
        return Err(Ended::Unlike(error));
    }
    if let Some((found, written)) = shard.missing_people() {
        let error = Unlike::People { shard: number, topic, found, written };
        return Err(Ended::Unlike(error));
    }
    Ok(())
}

fn contents_of(world: &World, number: ShardNumber) -> BTreeMap<String, Contents> {
    let sources = world.sources_of(number);
    let events = sources.map(|(topic, source)| (topic, Contents::Events(source)));
    events.chain([(world.kafka.topics.control.clone(), Contents::Commands)]).collect()
}

/// The shard as it was last committed. Reading blocks, so it has a thread of its own, which stops
/// at the next record once nobody waits any more.
async fn restored(world: &Arc<World>, number: ShardNumber) -> Result<Shard, Ended> {
    let not_wanted = CancellationToken::new();
    let _stop = not_wanted.clone().drop_guard();
    let (done, outcome) = oneshot::channel();
    let reader = Arc::clone(world);
    let thread = thread::Builder::new()
        .name(format!("restore-{number}"))
        .spawn(move || drop(done.send(read(&reader, number, &not_wanted))));
    if let Err(error) = thread {
        return Err(Ended::NotRestored(error.into()));
    }
    match outcome.await {
        Ok(Ok(shard)) => Ok(shard),
        Ok(Err(restore::Error::Refused(Refusal::Unreadable(error)))) => {
            Err(Ended::Unreadable(error))
        }
        Ok(Err(error)) => Err(Ended::NotRestored(error.into())),
        Err(_crashed) => Err(Ended::Crashed),
    }
}

fn read(
    world: &World,
    number: ShardNumber,
    not_wanted: &CancellationToken,
) -> Result<Shard, restore::Error<Refusal>> {
    let mut shard = Shard::new(world.shard_settings(number));
    shard.leave_aside(world.suspects.people(number));
    restore::read(&world.kafka, number, |key, value| {
        if not_wanted.is_cancelled() {
            return Err(Refusal::NotWanted);
        }
        shard.restore(key, value).map_err(Refusal::Unreadable)
    })?;
    Ok(shard)
}
