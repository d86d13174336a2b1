//! Comparisons of a shard's tenants, each beside the shard: it goes on meanwhile, and writes what came of
//! them in its own transaction.

use super::super::World;
use super::Life;
use crate::comparison::{Comparison, Outcome};
use crate::engine::Input;
use crate::model::ShardNumber;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// After a takeover a shard has more urgent things to do.
const FIRST_AFTER: Duration = Duration::from_mins(1);

/// Those of one shard; they end with it.
pub(super) struct Comparisons {
    made: mpsc::Receiver<Outcome>,
    /// Kept so that the channel never ends.
    _made: mpsc::Sender<Outcome>,
    _tasks: Vec<AbortOnDropHandle<()>>,
}

impl Comparisons {
    pub(super) fn begin(world: &Arc<World>, shard: ShardNumber) -> Self {
        let (sender, made) = mpsc::channel(1);
        let configured = world.tenants_of(shard).filter_map(|it| it.comparison.clone());
        let tasks = configured.map(|comparison| {
            let (world, sender) = (Arc::clone(world), sender.clone());
            let around = Arc::clone(&world);
            let task = now_and_then(around, shard, comparison, sender);
            AbortOnDropHandle::new(world.shutdown.spawn(task))
        });
        Self { made, _tasks: tasks.collect(), _made: sender }
    }

    pub(super) async fn next(&mut self) -> Option<Outcome> {
        self.made.recv().await
    }
}

async fn now_and_then(
    world: Arc<World>,
    shard: ShardNumber,
    comparison: Arc<Comparison>,
    made: mpsc::Sender<Outcome>,
) {
    let every = Duration::try_from(comparison.every).unwrap_or(FIRST_AFTER);
    tokio::time::sleep(every.min(FIRST_AFTER)).await;
    loop {
        let (around, asked) = (Arc::clone(&world), Arc::clone(&comparison));
        let now = world.clock.now();
        let compare = move || asked.make(&around.kafka, shard, now);
        match tokio::task::spawn_blocking(compare).await {
            Ok(Ok(outcome)) => {
                if made.send(outcome).await.is_err() {
                    return;
                }
            }
            Ok(Err(error)) => {
                world.metrics.comparison_failed(&comparison.tenant);
                tracing::warn!(
                    code = error.code().as_str(),
                    tenant = %comparison.tenant,
                    error = %error,
                    "nothing was compared, and nobody is told to be an orphan or a leaver by it; it is tried \
                     again when the next comparison is due"
                );
            }
            Err(crashed) => {
                world.metrics.comparison_failed(&comparison.tenant);
                tracing::error!(
                    tenant = %comparison.tenant,
                    error = %crashed,
                    "a comparison crashed; this is a bug"
                );
            }
        }
        tokio::time::sleep(every).await;
    }
}

impl Life {
    /// What was found goes into the next commit.
    pub(super) fn take_comparison(&mut self, outcome: Outcome) {
        self.world.metrics.compared(&outcome);
        for (code, why) in &outcome.unconcluded {
            tracing::warn!(
                code = code.as_str(),
                tenant = %outcome.tenant,
                "something was not compared: {why}"
            );
        }
        let told = outcome.compared.events.len();
        tracing::info!(tenant = %outcome.tenant, told, "lists and accounts were compared");
        self.step(Input::Compared(outcome.compared));
    }
}
