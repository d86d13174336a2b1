//! What the brakes keep, and what is left of the limits.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::commit::CommitFigures;
use super::labels::{
    COMMAND_OUTCOMES, CommandLabels, HeldLabels, LimitLabels, PauseLabels, ReasonLabels,
    TargetLabels, TenantLabels,
};
use crate::command::instruction::CommandKind;
use crate::engine::brakes::figures::BrakeFigures;
use crate::model::ShardNumber;

/// Figures of the brakes of this process's shards.
#[derive(Debug, Default)]
pub(super) struct BrakeGauges {
    held_rows: Family<HeldLabels, Gauge>,
    held_cuts: Family<HeldLabels, Gauge>,
    oldest_held_seconds: Family<HeldLabels, Gauge>,
    paused: Family<PauseLabels, Gauge>,
    paused_seconds: Family<PauseLabels, Gauge>,
    limit_spent: Family<LimitLabels, Gauge>,
    limit: Family<LimitLabels, Gauge>,
    approvers: Family<TenantLabels, Gauge>,
    commands: Family<CommandLabels, Counter>,
    commands_refused: Family<ReasonLabels, Counter>,
    protected_attempts: Family<TargetLabels, Counter>,
    token_expires_timestamp_seconds: Family<TargetLabels, Gauge>,
    groups_without_policy: Family<TargetLabels, Gauge>,
    /// By shard, what was shown last: what is over is not shown any more.
    shown: Mutex<BTreeMap<ShardNumber, Shown>>,
}

/// The labels under which a shard shows something.
#[derive(Debug, Default)]
struct Shown {
    held: BTreeSet<HeldLabels>,
    pauses: BTreeSet<PauseLabels>,
    limits: BTreeSet<LimitLabels>,
    tenants: BTreeSet<TenantLabels>,
    tokens: BTreeSet<TargetLabels>,
    policies: BTreeSet<TargetLabels>,
}

impl BrakeGauges {
    pub(super) fn register(&self, list: &mut Registry) {
        list.register(
            "held",
            "Rows that wait, by why and by what was said",
            self.held_rows.clone(),
        );
        list.register(
            "held_cuts",
            "Rows that wait and would take somebody's access",
            self.held_cuts.clone(),
        );
        list.register_with_unit(
            "oldest_held",
            "For how long the oldest of these rows has waited",
            Unit::Seconds,
            self.oldest_held_seconds.clone(),
        );
        list.register("paused", "Pauses in force, by what they reach", self.paused.clone());
        list.register_with_unit(
            "paused",
            "For how long the oldest of these pauses has been in force",
            Unit::Seconds,
            self.paused_seconds.clone(),
        );
        list.register(
            "limit_spent",
            "People who count against a limit within its window",
            self.limit_spent.clone(),
        );
        list.register("limit", "How many people a limit lets through", self.limit.clone());
        list.register("approvers", "People who may approve what is held", self.approvers.clone());
        list.register(
            "commands",
            "Commands of operators, by what came of them",
            self.commands.clone(),
        );
        list.register(
            "commands_refused",
            "Commands that were refused, by the reason",
            self.commands_refused.clone(),
        );
        list.register(
            "protected_attempts",
            "Times that whom or what the configuration protects would have been touched",
            self.protected_attempts.clone(),
        );
        list.register_with_unit(
            "token_expires_timestamp",
            "When the token of a target ends, in seconds since 1970",
            Unit::Seconds,
            self.token_expires_timestamp_seconds.clone(),
        );
        list.register(
            "groups_without_policy",
            "Groups that usher fills and that no policy of the target names",
            self.groups_without_policy.clone(),
        );
    }

    pub(super) fn start_at_zero(&self) {
        for outcome in COMMAND_OUTCOMES {
            for command in CommandKind::ALL {
                let labels = CommandLabels { command: command.word(), outcome };
                drop(self.commands.get_or_create(&labels));
            }
        }
        let labels = CommandLabels { command: CommandLabels::NOBODYS, outcome: "refused" };
        drop(self.commands.get_or_create(&labels));
    }

    /// How a shard's brakes stand now.
    pub(super) fn set(&self, shard: ShardNumber, figures: &BrakeFigures, now: Timestamp) {
        let mut fresh = Shown::default();
        for it in &figures.held {
            let labels = HeldLabels {
                tenant: it.tenant.to_string(),
                target: it.target.to_string(),
                code: it.code.to_string(),
                verdict: it.verdict.word(),
            };
            set(&self.held_rows, &labels, it.rows);
            set(&self.held_cuts, &labels, it.cuts);
            self.oldest_held_seconds.get_or_create(&labels).set(seconds_since(it.oldest, now));
            fresh.held.insert(labels);
        }
        self.set_pauses(shard, figures, now, &mut fresh);
        for it in &figures.limits {
            let labels = LimitLabels {
                tenant: it.tenant.to_string(),
                target: it.target.to_string(),
                kind: it.kind.word(),
                window: it.window.word(),
            };
            set(&self.limit_spent, &labels, it.spent);
            match it.most {
                Some(most) => set(&self.limit, &labels, most),
                None => drop(self.limit.remove(&labels)),
            }
            fresh.limits.insert(labels);
        }
        for (tenant, people) in &figures.approvers {
            let labels = TenantLabels { tenant: tenant.to_string() };
            set(&self.approvers, &labels, *people);
            fresh.tenants.insert(labels);
        }
        self.set_targets(figures, &mut fresh);
        self.show(shard, Some(fresh));
    }

    fn set_targets(&self, figures: &BrakeFigures, fresh: &mut Shown) {
        for it in &figures.targets {
            let labels =
                TargetLabels { tenant: it.tenant.to_string(), target: it.target.to_string() };
            if let Some(ends) = it.token_ends {
                let gauge = self.token_expires_timestamp_seconds.get_or_create(&labels);
                gauge.set(ends.as_second());
                fresh.tokens.insert(labels.clone());
            }
            if let Some(groups) = it.unnamed_groups {
                set(&self.groups_without_policy, &labels, groups);
                fresh.policies.insert(labels);
            }
        }
    }

    fn set_pauses(
        &self,
        shard: ShardNumber,
        figures: &BrakeFigures,
        now: Timestamp,
        fresh: &mut Shown,
    ) {
        let mut alike: BTreeMap<PauseLabels, (usize, i64)> = BTreeMap::new();
        for it in &figures.pauses {
            let labels = PauseLabels {
                shard: shard.0,
                tenant: it.tenant.as_ref().map(ToString::to_string).unwrap_or_default(),
                scope: it.scope.word(),
            };
            let (pauses, longest) = alike.entry(labels).or_default();
            *pauses += 1;
            *longest = it.since.map_or(0, |since| seconds_since(since, now)).max(*longest);
        }
        for (labels, (pauses, longest)) in alike {
            set(&self.paused, &labels, pauses);
            self.paused_seconds.get_or_create(&labels).set(longest);
            fresh.pauses.insert(labels);
        }
    }

    /// Its figures are somebody else's.
    pub(super) fn leave(&self, shard: ShardNumber) {
        self.show(shard, None);
    }

    fn show(&self, shard: ShardNumber, fresh: Option<Shown>) {
        let mut all = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.remove(&shard).unwrap_or_default();
        let now = fresh.unwrap_or_default();
        for family in [&self.held_rows, &self.held_cuts, &self.oldest_held_seconds] {
            forget(family, &before.held, &now.held);
        }
        for family in [&self.paused, &self.paused_seconds] {
            forget(family, &before.pauses, &now.pauses);
        }
        for family in [&self.limit_spent, &self.limit] {
            forget(family, &before.limits, &now.limits);
        }
        forget(&self.approvers, &before.tenants, &now.tenants);
        forget(&self.token_expires_timestamp_seconds, &before.tokens, &now.tokens);
        forget(&self.groups_without_policy, &before.policies, &now.policies);
        all.insert(shard, now);
    }

    /// A commit ended well: what operators said, and what was kept from the protected, happened.
    pub(super) fn committed(&self, commit: &CommitFigures) {
        for labels in &commit.commands {
            self.commands.get_or_create(labels).inc();
        }
        for code in &commit.refused {
            self.commands_refused.get_or_create(&ReasonLabels { code: code.clone() }).inc();
        }
        for labels in &commit.protected {
            self.protected_attempts.get_or_create(labels).inc();
        }
    }
}

fn set<L: Clone + Hash + Eq + EncodeLabelSet>(family: &Family<L, Gauge>, labels: &L, value: usize) {
    family.get_or_create(labels).set(i64::try_from(value).unwrap_or(i64::MAX));
}

fn forget<L: Clone + Hash + Ord + EncodeLabelSet>(
    family: &Family<L, Gauge>,
    before: &BTreeSet<L>,
    now: &BTreeSet<L>,
) {
    for labels in before.difference(now) {
        family.remove(labels);
    }
}

fn seconds_since(since: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(since).as_secs().max(0)
}
