//! Calls on their way: each in a task of its own, answered exactly once or abandoned with its shard.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::World;
use crate::model::{
    Answer, Call, Failure, Landed, Outcome, ShardNumber, TargetName, TenantName, Verdict,
};
use crate::scim::{self, Provider};

/// Starts calls and passes their answers on.
pub(super) struct Calls {
    world: Arc<World>,
    shard: ShardNumber,
    providers: BTreeMap<(TenantName, TargetName), Arc<Provider>>,
    answered: mpsc::Sender<Answer>,
    abandoned: CancellationToken,
}

/// Dropping a shard drops what it asked: its answers are nobody's any more.
impl Drop for Calls {
    fn drop(&mut self) {
        self.abandon();
    }
}

impl Calls {
    pub(super) fn new(
        world: Arc<World>,
        shard: ShardNumber,
        answered: mpsc::Sender<Answer>,
    ) -> Self {
        let mut providers = BTreeMap::new();
        for tenant in world.tenants_of(shard) {
            for (target, provider) in &tenant.providers {
                let key = (tenant.settings.name.clone(), target.clone());
                providers.insert(key, Arc::clone(provider));
            }
        }
        Self { world, shard, providers, answered, abandoned: CancellationToken::new() }
    }

    /// Gives up on every open call. They may still land.
    pub(super) fn abandon(&self) {
        self.abandoned.cancel();
    }

    pub(super) fn start(&self, call: Call) {
        let key = (call.tenant.clone(), call.target.clone());
        let provider = self.providers.get(&key).cloned();
        let world = Arc::clone(&self.world);
        let answered = self.answered.clone();
        let abandoned = self.abandoned.clone();
        let span = scim::span_of(&call);
        span.record("shard", tracing::field::display(self.shard));
        self.world.shutdown.spawn(
            async move {
                let carried_out = carry_out(&world, provider, call);
                let Some(answer) = abandoned.run_until_cancelled(carried_out).await else {
                    return;
                };
                // A shard that is gone has no use for it.
                drop(answered.send(answer).await);
            }
            .instrument(span),
        );
    }
}

/// Always answers, whatever happens to the call.
async fn carry_out(world: &World, provider: Option<Arc<Provider>>, call: Call) -> Answer {
    let began = Instant::now();
    let answer_with = |outcome| Answer::new(call.id, outcome).with_latency(began.elapsed());
    let answer = match provider {
        None => answer_with(failed(Verdict::Stuck, Landed::No, "the target is not configured")),
        // The last moment at which this process can still know that the lease holds.
        Some(_) if world.clock.now() >= call.not_after => answer_with(Outcome::NotSent),
        Some(provider) => match ask(world, provider, call.clone()).await {
            Ok(answer) => answer,
            Err(outcome) => answer_with(outcome),
        },
    };
    world.metrics.answered(&call.request, &answer);
    world.troubles.hear(&call, &answer);
    answer
}

/// Asks in a task of its own, so that a panic becomes an answer, and for no longer than a call may
/// land late anyway.
async fn ask(world: &World, provider: Arc<Provider>, call: Call) -> Result<Answer, Outcome> {
    let longest = Duration::try_from(world.timing.late_window).unwrap_or(Duration::MAX);
    let asking = async move { provider.answer(&call).await }.in_current_span();
    let asking = AbortOnDropHandle::new(world.shutdown.spawn(asking));
    match tokio::time::timeout(longest, asking).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(crashed)) => {
            tracing::error!(error = %crashed, "a call crashed; this is a bug");
            Err(failed(Verdict::Retry { after: None }, Landed::Maybe, "the call crashed"))
        }
        Err(_late) => Err(failed(
            Verdict::Retry { after: None },
            Landed::Maybe,
            "no answer came within the late window",
        )),
    }
}

fn failed(verdict: Verdict, landed: Landed, what: &str) -> Outcome {
    Outcome::Failed(Failure { verdict, landed, what: what.to_owned() })
}
