//! A worker that knows the history alone meets the accounts as they are, and must change none.

use super::calls::{is_grant, show};
use super::checks::{Invariant, Violation};
use super::provider::Provider;
use super::world::World;
use crate::engine::{Effects, Input, Shard};
use crate::model::{Answer, Call, CommitId, TargetName, TenantName};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// Longer than this it may not take to look at everybody once, at the slowest quota.
const PATIENCE: SignedDuration = SignedDuration::from_mins(4);
/// More steps than this, and it does not come to rest.
const STEPS: usize = 20_000;

type Providers = BTreeMap<(TenantName, TargetName), Provider>;

/// The worker, alone with providers that answer at once.
struct Rerun {
    shard: Shard,
    providers: Providers,
    now: Timestamp,
    inputs: VecDeque<Input>,
}

impl World {
    /// Planning again on the result is empty: nothing is granted, and nothing ends different.
    ///
    /// A cut may be called though it is already so: cuts do not wait for knowledge.
    pub(super) fn finds_all_as_it_should_be(&self, shard: Shard) -> Result<(), Violation> {
        let now = self.people_time_now();
        let providers = self.providers.clone();
        let mut rerun = Rerun { shard, providers, now, inputs: VecDeque::new() };
        // The commit that was handed out first is in; from then on there is a lease.
        rerun.inputs.push_back(Input::Committed(CommitId(1)));
        rerun.go_on(now + PATIENCE)?;
        for (key, before) in &self.providers {
            let after = rerun.providers.get(key).map(Provider::picture);
            if after.as_ref() != Some(&before.picture()) {
                let what = format!("planning again changes accounts at {}", key.1);
                return Err(Invariant::OrderFree.broken(None, what));
            }
        }
        Ok(())
    }
}

impl Rerun {
    /// Lets it do all it wants to do until then.
    fn go_on(&mut self, end: Timestamp) -> Result<(), Violation> {
        let mut tick = None;
        for _ in 0..STEPS {
            let input = match (self.inputs.pop_front(), tick) {
                (Some(input), _) => input,
                (None, Some(at)) if at <= end => {
                    self.now = self.now.max(at);
                    Input::Tick
                }
                (None, _) => return Ok(()),
            };
            let effects = self.shard.step(self.now, input);
            tick = effects.next_tick;
            self.carry_out(effects)?;
        }
        Err(Invariant::OrderFree.broken(None, "planning again does not come to rest"))
    }

    fn carry_out(&mut self, effects: Effects) -> Result<(), Violation> {
        if let Some(commit) = effects.commit {
            self.inputs.push_back(Input::Committed(commit.id));
        }
        for call in effects.calls {
            if is_grant(&call.request) {
                let what = format!("planning again grants: {}", show(&call.request));
                return Err(Invariant::OrderFree.broken(None, what));
            }
            self.answer(&call);
        }
        Ok(())
    }

    fn answer(&mut self, call: &Call) {
        let key = (call.tenant.clone(), call.target.clone());
        if let Some(provider) = self.providers.get_mut(&key) {
            let outcome = provider.apply(&call.request);
            self.inputs.push_back(Input::Answer(Answer::new(call.id, outcome)));
        }
    }
}
