//! Holding a shard: one life after the other, for as long as it is ours.
//!
//! A life ends when its state can no longer be trusted: fenced, an ambiguous commit, a crash. The
//! next one starts from what was committed.

use crate::model::code::Code;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::World;
use super::life::{self, Ended};
use super::suspects::Culprit;
use crate::kafka::clients::SESSION;
use crate::kafka::topics;
use crate::model::ShardNumber;
use crate::observe::chain;
use crate::observe::metrics::{CommitEnd, RestoreEnd};
use crate::receive::ownership::Parting;

/// The pause after a first failure.
const PAUSE_FIRST: Duration = Duration::from_millis(100);

/// The longest pause, so that a mended cause is noticed.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// A record that cannot be read is not mended in a moment.
const PAUSE_UNREADABLE: Duration = Duration::from_mins(1);

/// A life that lasted longer than this was not one of a row of failures.
const STABLE_AFTER: Duration = Duration::from_mins(1);

/// How the group sees a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Ours,
    /// To be stopped in order.
    HandOver,
    /// Somebody else's already.
    Lost,
}

impl From<Parting> for Standing {
    fn from(parting: Parting) -> Self {
        match parting {
            Parting::HandOver => Self::HandOver,
            Parting::Lost => Self::Lost,
        }
    }
}

/// Keeps `shard` going until the group takes it away.
pub(super) async fn hold(
    world: Arc<World>,
    shard: ShardNumber,
    mut standing: watch::Receiver<Standing>,
) {
    world.metrics.shard_taken();
    if !world.deployment.has(shard) {
        // Somebody added partitions to the control topic. Nothing must be written for them: the number
        // of shards is looked at, and ends this process.
        tracing::error!(%shard, code = Code::TopicsUnfit.as_str(), "this deployment has no such shard");
        until_not_ours(&mut standing).await;
    } else if world.tenants_of(shard).next().is_none() {
        tracing::info!(%shard, "the shard has no tenant; nothing but commands is read for it");
    }
    let mut failures = 0;
    while *standing.borrow() == Standing::Ours {
        let began = Instant::now();
        let life = life::live(Arc::clone(&world), shard, standing.clone());
        // A task of its own, so that a panic ends this life and nothing else.
        let ended = world.shutdown.spawn(life).await.unwrap_or(Ended::Crashed);
        failures = if began.elapsed() > STABLE_AFTER { 1 } else { failures + 1 };
        let Some(pause) = judge(&world, shard, &ended, failures) else {
            break;
        };
        tokio::select! {
            () = until_not_ours(&mut standing) => {}
            () = prepare_next_life(&world, pause) => {}
        }
    }
    for tenant in world.tenants_of(shard) {
        let targets = tenant.settings.targets.iter().map(|target| &target.name);
        world.troubles.leave(&tenant.settings.name, targets);
    }
    let topics: Vec<String> = world.inputs_of(shard).into_iter().map(|it| it.topic).collect();
    world.metrics.shard_left(shard, &topics);
}

/// How long to wait for the next life; `None`: there is none.
fn judge(world: &World, shard: ShardNumber, ended: &Ended, failures: u32) -> Option<Duration> {
    match ended {
        Ended::Left => None,
        Ended::Fenced(error) => {
            world.metrics.commit_ended(CommitEnd::Fenced);
            tracing::warn!(
                %shard,
                code = Code::ShardFenced.as_str(),
                error = chain(error),
                "another owner has the shard; it is dropped, and taken up again only if the group \
                 still says that it is ours"
            );
            Some(SESSION + Duration::from_secs(1))
        }
        Ended::Refused(error) => {
            world.metrics.commit_ended(CommitEnd::Refused);
            let code = Code::ShardCommitRefused.as_str();
            let error = chain(error);
            tracing::warn!(%shard, code, error, "Kafka did not take a commit; nothing of it is in");
            Some(pause_after(failures))
        }
        Ended::Ambiguous(error) => {
            world.metrics.commit_ended(CommitEnd::Ambiguous);
            let code = Code::ShardCommitUnknown.as_str();
            tracing::warn!(%shard, code, error = chain(error), "a commit may be in or not");
            Some(pause_after(failures))
        }
        Ended::NotRestored(error) => {
            world.metrics.restored(RestoreEnd::Failed, Duration::default());
            let code = Code::ShardNotRestored.as_str();
            let error = chain(error.as_ref());
            tracing::error!(%shard, code, error, "could not start on the shard");
            Some(pause_after(failures))
        }
        Ended::Unreadable(error) => {
            world.metrics.restored(RestoreEnd::Failed, Duration::default());
            tracing::error!(
                %shard,
                code = Code::ShardUnreadable.as_str(),
                error = chain(error),
                "the shard stands still: its state cannot be read by this version; run the \
                 version that wrote it. Other shards go on"
            );
            Some(PAUSE_UNREADABLE)
        }
        Ended::Unlike(error) => {
            world.metrics.restored(RestoreEnd::Failed, Duration::default());
            let code = error.code().as_str();
            tracing::error!(%shard, code, "the shard stands still, and others go on: {error}");
            Some(PAUSE_UNREADABLE)
        }
        Ended::ReaderGone => {
            let code = Code::ShardReaderEnded.as_str();
            tracing::error!(%shard, code, "the reader of the input topics has ended; starting again");
            Some(pause_after(failures))
        }
        Ended::Crashed => {
            tell_of_the_culprit(world, shard);
            let code = Code::ShardCrashed.as_str();
            tracing::error!(%shard, code, "the shard crashed; this is a bug. It is restored");
            Some(pause_after(failures))
        }
    }
}

/// If a record or a person is why the shard crashed, it does not so for ever.
fn tell_of_the_culprit(world: &World, shard: ShardNumber) {
    match world.suspects.crashed(shard) {
        None => {}
        Some(Culprit::Record(record)) => tracing::error!(
            %shard,
            code = Code::EventCrashes.as_str(),
            kafka.topic = record.topic,
            kafka.partition = record.partition,
            kafka.offset = record.offset,
            "the shard crashed twice at this record, which is set aside when it is read next"
        ),
        Some(Culprit::Person(person)) => tracing::error!(
            %shard,
            code = Code::PersonCrashes.as_str(),
            %person,
            "the shard crashed twice while it worked for this person, who is set aside from now on"
        ),
    }
}

/// Doubles from the first to the longest.
fn pause_after(failures: u32) -> Duration {
    PAUSE_FIRST.saturating_mul(1_u32 << failures.saturating_sub(1).min(10)).min(PAUSE_MAX)
}

async fn until_not_ours(standing: &mut watch::Receiver<Standing>) {
    // An error says that the worker is gone, which ends a shard like its loss.
    drop(standing.wait_for(|now| *now != Standing::Ours).await);
}

/// What may have been the reason is looked at again.
async fn prepare_next_life(world: &World, pause: Duration) {
    tokio::time::sleep(pause).await;
    if !world.checks_topics {
        return;
    }
    if let Ok(layout) = topics::checked_layout(&world.kafka, &[]).await {
        world.parked_limit_bytes.store(layout.parked_limit_bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
pub(super) mod checks {
    use std::time::Duration;

    pub(in super::super) fn pauses(failures: u32) -> Vec<Duration> {
        (1..=failures).map(super::pause_after).collect()
    }
}
