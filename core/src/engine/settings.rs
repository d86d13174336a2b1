//! What a shard must be told of its tenants; values only, no files.

use crate::command::Operators;
use crate::decode::SourceSettings;
use crate::engine::brakes::limits::Limits;
use crate::engine::brakes::protect::Protected;
use crate::inventory::Wanted;
use crate::model::account::{AttributeName, CustomLimits};
use crate::model::ids::{GroupName, ShardNumber, TargetName, TenantName};
use crate::rules::RuleSet;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Everything one shard works by.
#[derive(Clone, Debug)]
pub struct ShardSettings {
    pub number: ShardNumber,
    /// The tenants of this shard, and no others.
    pub tenants: Vec<TenantSettings>,
    /// The topic that brings operators' commands; of its partitions the one with the shard's number
    /// is read. `None`: nobody sends any, as on paper.
    pub control: Option<String>,
    /// The topic of what usher has found of accounts; of its partitions the one with the shard's number
    /// is read, and each record's key says whose it is. `None`: nobody compares anything.
    pub findings: Option<String>,
    /// What the records of input topics are read as, by topic: a parked one may be read again.
    pub sources: BTreeMap<String, SourceSettings>,
    /// Who may say what there.
    pub operators: Operators,
    /// How many operators an approval takes.
    pub approvals: Approvals,
    pub timing: Timing,
}

impl ShardSettings {
    /// Of a shard that nobody sends commands to.
    pub fn on_paper(tenant: TenantSettings, timing: Timing) -> Self {
        Self {
            number: ShardNumber(0),
            tenants: vec![tenant],
            control: None,
            findings: None,
            sources: BTreeMap::new(),
            operators: Operators::default(),
            approvals: Approvals::default(),
            timing,
        }
    }
}

/// How many operators an approval takes; one for all else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approvals {
    /// For a deletion.
    pub deletion: usize,
    /// For a command that approves more rows than this.
    pub over_rows: usize,
    /// Then so many.
    pub over: usize,
}

impl Default for Approvals {
    fn default() -> Self {
        Self { deletion: 2, over_rows: 25, over: 2 }
    }
}

#[derive(Clone, Debug)]
pub struct TenantSettings {
    pub name: TenantName,
    pub rules: Arc<RuleSet>,
    /// Input topics; each belongs to this tenant alone.
    pub topics: Vec<String>,
    pub targets: Vec<TargetSettings>,
}

/// Whether a target is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Plans and audits, writes nothing.
    Observe,
    Enforce,
}

#[derive(Clone, Debug)]
pub struct TargetSettings {
    pub name: TargetName,
    pub mode: Mode,
    /// Joining one of these is a cut, leaving it a grant.
    pub restricting_groups: BTreeSet<GroupName>,
    /// The dialect's look-up attributes, in order.
    pub lookup: Vec<AttributeName>,
    /// What it takes of its tenant's own attributes; `None`: it takes none.
    pub custom_attributes: Option<CustomLimits>,
    /// Calls open at once.
    pub concurrency: usize,
    /// What the provider takes in a window of time.
    pub quota: Quota,
    /// Members that one call may add to a group.
    pub members_per_call: usize,
    /// Whether usher may make a group that somebody is to join and that is not there.
    pub create_groups: bool,
    /// Names that it had before: what is kept under them is its own.
    pub formerly: Vec<TargetName>,
    /// How many people it may be changed for in any hour and any day.
    pub limits: Limits,
    /// Whom and what it never touches.
    pub protected: Protected,
    /// How often all that it has is read; `None`: never.
    pub inventory_every: Option<SignedDuration>,
    /// What is read with it, as far as the token is granted it.
    pub reads: Wanted,
    /// The groups that policies name which were imported from a file; `None`: none were.
    pub imported_policies: Option<BTreeSet<String>>,
}

/// So many calls in any window of that length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// At least one.
    pub calls: usize,
    pub window: SignedDuration,
}

impl Quota {
    /// A rate below one a second stretches the window.
    pub fn per_second(rate: f64) -> Self {
        let rate = rate.clamp(0.01, 100_000.0);
        if rate < 1.0 {
            return Self { calls: 1, window: SignedDuration::from_secs_f64(1.0 / rate) };
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 1..=100,000 above"
        )]
        let calls = rate.floor() as usize;
        Self { calls, window: SignedDuration::from_secs(1) }
    }

    /// The time from one call to the next where they are spread evenly.
    pub fn slot(self) -> SignedDuration {
        self.window / i32::try_from(self.calls.max(1)).unwrap_or(i32::MAX)
    }

    /// How many calls an even spread has in `time`.
    pub fn calls_in(self, time: SignedDuration) -> usize {
        let slot = self.slot().as_nanos().max(1);
        usize::try_from(time.as_nanos() / slot).unwrap_or(usize::MAX)
    }
}

/// Lengths of time, and a number, that the guarantees rest on.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// A call starts only within this of the start of the last good commit (`docs/design.md`,
    /// "The commit and the lease").
    pub lease: SignedDuration,
    /// How long a call without an answer may still land.
    pub late_window: SignedDuration,
    pub retry_first: SignedDuration,
    pub retry_max: SignedDuration,
    /// How often the members of the groups that rules name are read again.
    pub group_refresh: SignedDuration,
    /// How long traces of withdrawn claims are kept; at least the inputs' retention.
    pub replay_horizon: SignedDuration,
    /// What stood in a topic before it was first read and is older than this asks for no calls; `None`:
    /// however old it is, it counts like what happens today.
    pub max_event_age: Option<SignedDuration>,
    /// How many people may share a name; what more share tells nobody from anybody.
    pub name_bearers_most: usize,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease: SignedDuration::from_secs(2),
            late_window: SignedDuration::from_mins(5),
            retry_first: SignedDuration::from_millis(200),
            retry_max: SignedDuration::from_secs(30),
            group_refresh: SignedDuration::from_mins(10),
            replay_horizon: SignedDuration::from_hours(24 * 30),
            max_event_age: None,
            name_bearers_most: 5,
        }
    }
}
