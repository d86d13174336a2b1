//! The shards that this process owns, each in its task.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc as blocking;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::World;
use super::hold::{Standing, hold};
use crate::model::ShardNumber;
use crate::receive::ownership::{LET_GO_AFTER, Parting};

/// How long a shard that comes back waits for its own last life to end; then fencing ends it.
const LAST_LIFE_AT_MOST: Duration = Duration::from_secs(10);

pub(super) struct Owned {
    world: Arc<World>,
    held: BTreeMap<ShardNumber, Held>,
    /// Told to stop, not stopped yet.
    leaving: BTreeMap<ShardNumber, JoinHandle<()>>,
}

struct Held {
    standing: watch::Sender<Standing>,
    task: JoinHandle<()>,
}

impl Owned {
    pub(super) fn new(world: Arc<World>) -> Self {
        Self { world, held: BTreeMap::new(), leaving: BTreeMap::new() }
    }

    /// These are ours now.
    pub(super) fn take(&mut self, shards: &[ShardNumber]) {
        for shard in shards {
            if self.held.contains_key(shard) {
                continue;
            }
            let (standing, seen) = watch::channel(Standing::Ours);
            let last_life = self.leaving.remove(shard);
            let life = hold(Arc::clone(&self.world), *shard, seen);
            let task = self.world.shutdown.spawn(async move {
                if let Some(last_life) = last_life {
                    // Either way it cannot do harm: its writer is fenced by the next.
                    drop(tokio::time::timeout(LAST_LIFE_AT_MOST, last_life).await);
                }
                life.await;
            });
            self.held.insert(*shard, Held { standing, task });
        }
        if !shards.is_empty() {
            tracing::info!(shards = list(shards), "shards are ours");
        }
    }

    /// These go; `until_stopped` is kept until they have stopped.
    pub(super) fn leave(
        &mut self,
        shards: &[ShardNumber],
        parting: Parting,
        until_stopped: &blocking::Sender<()>,
    ) {
        for shard in shards {
            let Some(held) = self.held.remove(shard) else {
                continue;
            };
            held.standing.send_replace(Standing::from(parting));
            let until_stopped = until_stopped.clone();
            let stopped = self.world.shutdown.spawn(async move {
                report_crash(held.task.await);
                drop(until_stopped);
            });
            self.leaving.insert(*shard, stopped);
        }
        tracing::info!(shards = list(shards), ?parting, "shards go");
    }

    /// Stops everything, waiting no longer than a moving shard may take.
    pub(super) async fn leave_all(&mut self, parting: Parting) {
        for held in self.held.values() {
            held.standing.send_replace(Standing::from(parting));
        }
        let held = std::mem::take(&mut self.held).into_values();
        let leaving = std::mem::take(&mut self.leaving).into_values();
        let all_stopped = async {
            for task in held.map(|held| held.task).chain(leaving) {
                report_crash(task.await);
            }
        };
        if tokio::time::timeout(LET_GO_AFTER, all_stopped).await.is_err() {
            tracing::warn!("shards did not stop in time; what they had open stays pending");
        }
    }
}

fn report_crash(ended: Result<(), tokio::task::JoinError>) {
    if let Err(crashed) = ended {
        tracing::error!(error = %crashed, "the keeper of a shard crashed; this is a bug");
    }
}

fn list(shards: &[ShardNumber]) -> String {
    let numbers: Vec<String> = shards.iter().map(ShardNumber::to_string).collect();
    numbers.join(", ")
}
