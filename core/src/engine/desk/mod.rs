//! One target, and everybody's place at it: what is known there, who waits, and what is called.
//!
//! A desk knows its seats, its groups, and whose its accounts are. It looks people up, and writes what it
//! does into the shard's books; no other desk, and no person, is changed from here.

mod answers;
mod begin;
mod bound;
mod charging;
mod contested;
mod deletion;
mod end;
mod heard;
mod holds;
mod inherit;
mod inventory;
mod manager;
mod protecting;
pub mod ordered;
mod observed;
mod reason;
pub mod released;
mod steps;
pub mod swapped;
pub mod taken;
mod together;
mod undone;
pub mod waiting;
mod warrant;
mod writes;

use crate::engine::books::Books;
use crate::engine::brakes::counters::Counters;
use crate::engine::deeds::groups::Group;
use crate::engine::deeds::manager::Reports;
use crate::engine::deeds::open_call::OpenCall;
use crate::engine::deeds::whose::Asker;
use crate::engine::orders::Orders;
use crate::engine::people::{People, Whom};
use crate::engine::schedule::creations::Creations;
use crate::engine::schedule::gate::{Gate, Keeps};
use crate::engine::schedule::joint::Joining;
use crate::engine::schedule::queue::{Queue, Work};
use crate::engine::schedule::suspicion::Suspicion;
use crate::engine::settings::TargetSettings;
use crate::engine::state::{Baseline, Binding, Seat, Trouble};
use crate::engine::will::wish::{self, Asked};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::{GroupName, PersonId, ScimId, TargetName, TenantName};
use crate::model::wish::Facet;
use crate::model::{CallId, CommitId, Urgency};
#[cfg(test)]
pub(super) use inherit::take_over_account;
use inventory::Survey;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
pub(super) use together::is_refused_as_a_whole;

/// A target of a tenant, while a shard owns it.
#[derive(Debug)]
pub struct Desk {
    tenant: TenantName,
    settings: TargetSettings,
    seats: BTreeMap<PersonId, Seat>,
    groups: BTreeMap<GroupName, Group>,
    owners: Owners,
    queue: Queue,
    gate: Gate,
    joining: Joining,
    suspicion: Suspicion,
    reports: Reports,
    /// Whether new accounts are made now.
    creations: Creations,
    /// The last call that failed for the target's sake, until one succeeds.
    trouble: Option<Trouble>,
    /// Calls that are on their way.
    calls: BTreeMap<CallId, OpenCall>,
    /// Slots kept for writes that wait for their commit.
    reserved: Vec<Reserved>,
    /// Who was changed here lately.
    counters: Counters,
    /// What was read of all that the target has, and is being read.
    survey: Survey,
}

/// What a desk works with besides what is its own.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub people: &'a People,
    pub orders: &'a Orders,
    pub books: &'a mut Books,
}

/// A write that waits for the commit it is written ahead in.
#[derive(Clone, Debug)]
struct Reserved {
    ahead_in: CommitId,
    person: PersonId,
    keeps: Keeps,
}

/// Whose each bound account is: no account serves two people.
#[derive(Debug, Default)]
struct Owners(BTreeMap<ScimId, PersonId>);

/// Whose revision it is, for the audit.
pub(super) type Place<'a> = (&'a TenantName, &'a TargetName, &'a PersonId);

impl Owners {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn of(&self, account: &ScimId) -> Option<&PersonId> {
        self.0.get(account)
    }

    fn set(&mut self, account: ScimId, person: PersonId) {
        self.0.insert(account, person);
    }

    fn forget(&mut self, account: &ScimId, person: &PersonId) {
        if self.of(account) == Some(person) {
            self.0.remove(account);
        }
    }

    /// Keeps an account with the first person bound to it. A second one is refused: nobody knows
    /// which of the two is meant, and cutting the wrong one is worse than saying so.
    fn note(&mut self, person: &PersonId, seat: &mut Seat, before: Option<&ScimId>) {
        let after = seat.account().cloned();
        if after.as_ref() == before {
            return;
        }
        if let Some(before) = before {
            self.forget(before, person);
        }
        let Some(account) = after else { return };
        let owner = self.0.entry(account).or_insert_with(|| person.clone());
        if owner != person {
            seat.binding = Binding::Unknown;
            seat.known = None;
            seat.drive.refused = Some(Why::new(
                Code::LookupTaken,
                Some("userName"),
                "the account that matches belongs to another person; \
                 give the two the same employee number at the source, or other names; or say by \
                 `usher link`, `unbind` or `bind` who is who",
            ));
        }
    }
}

impl Desk {
    pub fn new(tenant: TenantName, settings: TargetSettings) -> Self {
        Self {
            tenant,
            settings,
            seats: BTreeMap::new(),
            groups: BTreeMap::new(),
            owners: Owners::default(),
            queue: Queue::default(),
            gate: Gate::default(),
            joining: Joining::default(),
            suspicion: Suspicion::default(),
            reports: Reports::default(),
            creations: Creations::default(),
            trouble: None,
            calls: BTreeMap::new(),
            reserved: Vec::new(),
            counters: Counters::default(),
            survey: Survey::default(),
        }
    }

    pub fn tenant(&self) -> &TenantName {
        &self.tenant
    }

    pub fn target(&self) -> &TargetName {
        &self.settings.name
    }

    pub fn settings(&self) -> &TargetSettings {
        &self.settings
    }

    pub fn seat(&self, id: &PersonId) -> Option<&Seat> {
        self.seats.get(id)
    }

    pub fn seats(&self) -> impl Iterator<Item = (&PersonId, &Seat)> {
        self.seats.iter()
    }

    /// Whose an account is, as far as it is bound.
    pub fn owner_of(&self, account: &ScimId) -> Option<&PersonId> {
        self.owners.of(account)
    }

    pub fn calls_open(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn seat_mut(&mut self, id: &PersonId) -> Option<&mut Seat> {
        self.seats.get_mut(id)
    }

    /// Somebody sits here from now on, with what is known of them.
    pub(super) fn place(&mut self, id: PersonId, seat: Seat) {
        self.seats.insert(id, seat);
    }

    /// Somebody sits here no more.
    pub(super) fn take(&mut self, id: &PersonId) -> Option<Seat> {
        self.seats.remove(id)
    }

    /// Whether a revision has no final result yet.
    pub(super) fn is_open(&self, id: &PersonId) -> bool {
        self.seats.get(id).is_some_and(Seat::is_open)
    }

    pub(super) fn has_call(&self, call: CallId) -> bool {
        self.calls.contains_key(&call)
    }

    /// When something is due here, or there is a slot for who waits.
    pub(super) fn next_tick(&mut self, books: &Books) -> Option<Timestamp> {
        let due = self.queue.next_due();
        let first = self.queue.most_urgent().filter(|_| !books.draining);
        let gate = first.and_then(|urgency| self.gate.opens_at(&self.settings, urgency, books.now));
        due.into_iter().chain(gate).min()
    }

    /// A group that rules name is read at the start, so that the way back is known.
    pub(super) fn queue_group(&mut self, group: &GroupName) {
        self.groups.entry(group.clone()).or_default();
        self.queue.put(Work::Group(group.clone()), Urgency::Normal);
    }

    /// What claims speak of, as of the last time that they were asked: that is so at every change and at
    /// every edge.
    fn claimed(&self, whom: &Whom<'_>, today: Timestamp) -> BTreeSet<Facet> {
        let known = self.seats.get(&whom.person.id).and_then(|seat| seat.drive.claimed.clone());
        known.unwrap_or_else(|| self.asked(whom, today).claimed)
    }

    /// What the claims of a person ask of this target now.
    fn asked(&self, whom: &Whom<'_>, today: Timestamp) -> Asked {
        let nothing = Baseline::default();
        let baseline = self.seats.get(&whom.person.id).map_or(&nothing, |seat| &seat.baseline);
        let restricting = &self.settings.restricting_groups;
        wish::asked(whom.person, self.target(), restricting, baseline, today)
    }
}

/// Whose an account is, as asked by whoever sits here.
fn asker<'a>(whom: &Whom<'a>, seat: &'a Seat, settings: &'a TargetSettings) -> Asker<'a> {
    Asker { id: &whom.person.id, aliases: &whom.person.aliases, names: whom.names, seat, settings }
}
