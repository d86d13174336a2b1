//! What operators have ordered, and who may.
//!
//! Kept under a key of its own: which commands were judged, until nobody could send them again; and what
//! is paused, since when, by whom and why; and which parked records were read again.

use crate::command::Operators;
use crate::command::instruction::{CommandId, Destructive, Scope};
use crate::engine::brakes::halt::{Halt, PauseOrder};
use crate::engine::brakes::removals::RemovalStop;
use crate::engine::record::aside::Aside;
use crate::engine::replays::Replays;
use crate::engine::seconded::{More, Saying, Seconded, Seconds};
use crate::model::commit::CommitId;
use crate::model::hold::Approval;
use crate::model::ids::{TargetName, TenantName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is kept of orders, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrdersRecord {
    /// Commands that were obeyed or refused for what they ask for, and until when each must be remembered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    used: BTreeMap<CommandId, Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pauses: Vec<PauseOrder>,
    /// Targets at which removals are stopped, one entry each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    stops: Vec<RemovalStop>,
    /// Commands that wait for a second operator.
    #[serde(default, skip_serializing_if = "Seconded::is_empty")]
    seconded: Seconded,
    /// Parked records that were read again.
    #[serde(default, skip_serializing_if = "Replays::is_empty")]
    replays: Replays,
    /// People at whom the shard crashes, so that whoever asks what waits hears of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    aside: Vec<Aside>,
}

/// The orders of a shard.
#[derive(Debug, Default)]
pub struct Orders {
    operators: Operators,
    kept: OrdersRecord,
    /// Somebody stopped this replica by a file beside it.
    stopped_here: bool,
    /// What goes on once this commit is in: until then nobody could show who ended the pause.
    ending: Vec<(CommitId, PauseOrder)>,
    /// Targets at which removals go on once this commit is in.
    releasing: Vec<(CommitId, RemovalStop)>,
}

impl Orders {
    pub fn new(operators: Operators) -> Self {
        Self { operators, ..Self::default() }
    }

    pub fn operators(&self) -> &Operators {
        &self.operators
    }

    /// Files of signers were read again.
    pub fn hear_of(&mut self, operators: Operators) {
        self.operators = operators;
    }

    /// Says whether that is new.
    pub fn stop_here(&mut self, is_stopped: bool) -> bool {
        std::mem::replace(&mut self.stopped_here, is_stopped) != is_stopped
    }

    pub fn is_stopped_here(&self) -> bool {
        self.stopped_here
    }

    pub fn restore(&mut self, kept: OrdersRecord) {
        self.kept = kept;
    }

    pub fn kept(&self) -> &OrdersRecord {
        &self.kept
    }

    pub fn is_used(&self, command: CommandId) -> bool {
        self.kept.used.contains_key(&command)
    }

    /// The command is judged, once. What nobody could send again is forgotten.
    pub fn use_up(&mut self, command: CommandId, until: Timestamp, now: Timestamp) {
        self.kept.used.retain(|_, until| *until > now);
        self.kept.used.insert(command, until);
    }

    /// Hears that these operators say a command, and what it comes to: if that is more for the second, the
    /// first has not said it.
    pub fn second(&mut self, saying: Saying<'_>, by: &[Approval], now: Timestamp) -> Seconds {
        self.kept.seconded.hear(saying, by, &self.operators, now)
    }

    /// What is new since others said yes to the same, if these operators are not enough without them.
    pub fn more(&self, saying: Saying<'_>, by: &[Approval], now: Timestamp) -> Option<More> {
        self.kept.seconded.more(saying, by, &self.operators, now)
    }

    /// These people crash the shard, and no others. Says whether that is new.
    pub fn leave_aside(&mut self, aside: Vec<Aside>) -> bool {
        // As it is written, so that what is the same is not written again.
        let written = |it: Aside| Aside { names: BTreeSet::new(), merged: BTreeSet::new(), ..it };
        let aside: Vec<Aside> = aside.into_iter().map(written).collect();
        let is_new = self.kept.aside != aside;
        self.kept.aside = aside;
        is_new
    }

    /// People at whom the shard crashes.
    pub fn aside(&self) -> &[Aside] {
        &self.kept.aside
    }

    /// Which parked records were read again.
    pub fn replays(&self) -> &Replays {
        &self.kept.replays
    }

    pub fn replays_mut(&mut self) -> &mut Replays {
        &mut self.kept.replays
    }

    pub fn pauses(&self) -> &[PauseOrder] {
        &self.kept.pauses
    }

    /// Says whether it was not paused before.
    pub fn pause(&mut self, order: PauseOrder) -> bool {
        let is_new =
            !self.kept.pauses.iter().any(|it| it.is_of(order.tenant.as_ref(), &order.scope));
        if is_new {
            self.kept.pauses.push(order);
        }
        is_new
    }

    /// Ends a pause of exactly this once `commit` is in; what is paused besides stays so. Says whether
    /// there was one.
    pub fn resume(&mut self, tenant: Option<&TenantName>, scope: &Scope, commit: CommitId) -> bool {
        let over = self.kept.pauses.extract_if(.., |it| it.is_of(tenant, scope));
        let before = self.ending.len();
        self.ending.extend(over.map(|order| (commit, order)));
        self.ending.len() > before
    }

    /// This commit is in. Says whether something goes on by it.
    pub fn is_in(&mut self, commit: CommitId) -> bool {
        let before = self.ending.len() + self.releasing.len();
        self.ending.retain(|(by, _)| *by > commit);
        self.releasing.retain(|(by, _)| *by > commit);
        self.ending.len() + self.releasing.len() < before
    }

    pub fn stops(&self) -> &[RemovalStop] {
        &self.kept.stops
    }

    /// Removals are stopped at a target; what stopped them first is kept.
    pub fn stop_removals(&mut self, stop: RemovalStop) {
        if !self.kept.stops.iter().any(|it| it.is_of(&stop.tenant, &stop.target)) {
            self.kept.stops.push(stop);
        }
    }

    /// Removals go on at a target once `commit` is in. Says whether they were stopped.
    pub fn release_removals(
        &mut self,
        tenant: &TenantName,
        target: &TargetName,
        commit: CommitId,
    ) -> bool {
        let over = self.kept.stops.extract_if(.., |it| it.is_of(tenant, target));
        let before = self.releasing.len();
        self.releasing.extend(over.map(|stop| (commit, stop)));
        self.releasing.len() > before
    }

    /// What of all that concerns one target.
    pub fn halt(&self, tenant: &TenantName, target: &TargetName) -> Halt<'_> {
        let stops = self.kept.stops.iter().chain(self.releasing.iter().map(|(_, stop)| stop));
        let removals = stops.into_iter().find(|it| it.is_of(tenant, target));
        let mut halt = Halt { here: self.stopped_here, removals, ..Halt::default() };
        let pauses = self.kept.pauses.iter().chain(self.ending.iter().map(|(_, order)| order));
        for order in pauses.filter(|it| it.tenant.as_ref().is_none_or(|it| it == tenant)) {
            match &order.scope {
                Scope::Everything | Scope::Tenant => halt.all = Some(order),
                Scope::Target(name) if name == target => halt.all = Some(order),
                Scope::Destructive(Destructive::Tenant) => halt.destructive = Some(order),
                Scope::Destructive(Destructive::Target(name)) if name == target => {
                    halt.destructive = Some(order);
                }
                Scope::Target(_) | Scope::Destructive(Destructive::Target(_)) => {}
                Scope::Source(source) => halt.sources.push((source.as_str(), order)),
                Scope::Rule(rule) => halt.rules.push((rule, order)),
            }
        }
        halt
    }
}
