//! What the next commit holds, and how fresh the last one is.
//!
//! One commit is under way at a time; what happens meanwhile goes into the next. A call may start
//! only while the last good commit is fresh (`docs/design.md`, "The commit and the lease").

use crate::engine::Compared;
use crate::engine::deeds::tell;
use crate::engine::record::encode_shard;
use crate::engine::state::{Seat, ShardRecord};
use crate::model::decision::{AuditEntry, NoteWord, Why};
use crate::model::ids::{PersonId, TargetName, TenantName};
use crate::model::{Commit, CommitId, Parked, StateWrite};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Kafka forgets a transactional id after a week without a transaction; what a shard then wants to
/// commit is refused. So a quiet one commits its own record every day.
const COMMITS_AT_LEAST: SignedDuration = SignedDuration::from_hours(24);

/// How soon it is committed that nothing was there to be read: each transaction of a source ends with
/// such an offset, and most go along with the commit of what comes next.
const PASSED_AFTER: SignedDuration = SignedDuration::from_secs(10);

/// Less than what the shell reads up to, so that events are read meanwhile.
const FULL: usize = 1_000;

#[derive(Debug, Default)]
pub struct Ledger {
    people: BTreeSet<PersonId>,
    /// Targets whose counts have changed.
    counters: BTreeSet<(TenantName, TargetName)>,
    /// Targets of which a reading has ended.
    surveys: BTreeSet<(TenantName, TargetName)>,
    /// Whether what operators ordered has changed.
    orders: bool,
    /// Keys of records that are to go.
    removed: BTreeSet<String>,
    audit: Vec<AuditEntry>,
    parked: Vec<Parked>,
    inventory: Vec<StateWrite>,
    events: Vec<StateWrite>,
    /// Positions moved, or a call waits for a fresh lease.
    due: bool,
    /// Positions moved, and nothing was there to be decided.
    has_passed: bool,
    last: u64,
    under_way: Option<UnderWay>,
    lease_from: Option<Timestamp>,
    committed: ShardRecord,
    /// Whose records could not be written as they were.
    set_aside: Vec<PersonId>,
    /// Everybody who is written, once the commit at hand is in.
    written: BTreeSet<PersonId>,
}

/// What is written, as it stands when the commit is put together.
pub trait Records {
    /// A person's record, and what must be told of it if it could not be written as it was.
    fn person(&mut self, id: &PersonId) -> Option<(StateWrite, Vec<AuditEntry>)>;
    /// Who was changed at a target lately.
    fn counters(&mut self, tenant: &TenantName, target: &TargetName) -> Option<StateWrite>;
    /// What is known of all that a target has.
    fn survey(&mut self, tenant: &TenantName, target: &TargetName) -> Option<StateWrite>;
    /// What operators have ordered.
    fn orders(&mut self) -> StateWrite;
}

#[derive(Debug)]
struct UnderWay {
    id: CommitId,
    started_at: Timestamp,
    record: ShardRecord,
}

impl Ledger {
    /// What was committed before this ownership.
    pub fn restored(&mut self, record: ShardRecord, people: BTreeSet<PersonId>) {
        self.committed = record;
        self.written = people;
    }

    /// Whether the last good commit is so long ago that Kafka may soon forget who writes here, or that
    /// what was passed since should be known to the next owner.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        let longest = if self.has_passed { PASSED_AFTER } else { COMMITS_AT_LEAST };
        self.lease_from.is_some_and(|from| now.duration_since(from) >= longest)
    }

    /// Nothing was there to be decided.
    pub fn passed(&mut self) {
        self.has_passed = true;
    }

    /// Whoever reads on must not take for lost what nobody could read.
    pub fn want_what_was_passed(&mut self) {
        self.due |= self.has_passed;
    }

    /// The person's state goes into the next commit.
    pub fn touch(&mut self, person: &PersonId) {
        if !self.people.contains(person) {
            self.people.insert(person.clone());
        }
    }

    /// The target's counts go into the next commit.
    pub fn touch_counters(&mut self, tenant: &TenantName, target: &TargetName) {
        self.counters.insert((tenant.clone(), target.clone()));
    }

    /// What is known of all that a target has goes into the next commit.
    pub fn touch_survey(&mut self, tenant: &TenantName, target: &TargetName) {
        self.surveys.insert((tenant.clone(), target.clone()));
    }

    /// What operators ordered goes into the next commit.
    pub fn touch_orders(&mut self) {
        self.orders = true;
    }

    /// The state under this key goes with the next commit.
    pub fn remove(&mut self, key: String) {
        self.removed.insert(key);
    }

    pub fn tell(&mut self, entry: AuditEntry) {
        self.audit.push(entry);
    }

    /// Tells of a revision once what is new to it.
    pub fn note_once(
        &mut self,
        place: (&TenantName, &TargetName, &PersonId),
        seat: &mut Seat,
        (word, why): (NoteWord, Why),
        at: Timestamp,
    ) {
        if seat.note(word, &why.code) {
            self.tell(tell::note(place, seat, word, why, at));
            self.touch(place.2);
        }
    }

    /// Records of what a target has.
    pub fn keep_inventory(&mut self, records: impl IntoIterator<Item = StateWrite>) {
        self.inventory.extend(records);
    }

    /// What was found by comparing is told and remembered together.
    pub fn keep_comparison(&mut self, compared: Compared) {
        self.inventory.extend(compared.memory);
        self.events.extend(compared.events);
    }

    pub fn park(&mut self, parked: Parked) {
        self.parked.push(parked);
    }

    /// A commit is wanted even if nothing but the shard's own record changed.
    pub fn want_commit(&mut self) {
        self.due = true;
    }

    /// The commit that will hold what is staged now.
    pub fn next_id(&self) -> CommitId {
        CommitId(self.last + 1)
    }

    /// Until when calls may start; `None` if none may.
    pub fn lease_until(&self, lease: SignedDuration, now: Timestamp) -> Option<Timestamp> {
        let until = self.lease_from?.checked_add(lease).ok()?;
        (now < until).then_some(until)
    }

    /// Records that are not committed yet.
    pub fn staged(&self) -> usize {
        let orders = usize::from(self.orders);
        let targets = self.counters.len() + self.surveys.len();
        let state = self.people.len() + targets + orders + self.removed.len();
        state + self.audit.len() + self.parked.len() + self.inventory.len() + self.events.len()
    }

    /// Enough for one transaction; what time alone asks for waits for the next.
    pub fn is_full(&self) -> bool {
        self.staged() >= FULL
    }

    pub fn is_quiet(&self) -> bool {
        self.under_way.is_none() && self.staged() == 0 && !self.due
    }

    pub fn committed(&self) -> &ShardRecord {
        &self.committed
    }

    /// Whether a transaction is written next.
    pub fn is_due(&self) -> bool {
        self.under_way.is_none() && (self.staged() > 0 || self.due)
    }

    /// The transaction to write now, if one is due and none is under way.
    pub fn take(
        &mut self,
        mut records: impl Records,
        record: &mut ShardRecord,
        now: Timestamp,
    ) -> Option<Commit> {
        if !self.is_due() {
            return None;
        }
        self.last += 1;
        self.due = false;
        self.has_passed = false;
        record.commits += 1;
        let id = CommitId(self.last);
        let touched = std::mem::take(&mut self.people);
        let mut state = Vec::with_capacity(touched.len() + 1);
        // Whoever went and is met again is written after they went.
        for key in std::mem::take(&mut self.removed) {
            self.written.remove(&PersonId::new(key.rsplit('/').next().unwrap_or(&key)));
            state.push(StateWrite { key, value: None });
        }
        for id in touched {
            let Some((write, told)) = records.person(&id) else { continue };
            state.push(write);
            self.written.insert(id.clone());
            if !told.is_empty() {
                self.audit.extend(told);
                self.set_aside.push(id);
            }
        }
        for (tenant, target) in std::mem::take(&mut self.counters) {
            state.extend(records.counters(&tenant, &target));
        }
        for (tenant, target) in std::mem::take(&mut self.surveys) {
            state.extend(records.survey(&tenant, &target));
        }
        if std::mem::take(&mut self.orders) {
            state.push(records.orders());
        }
        record.people = Some(self.written.len());
        state.push(encode_shard(record));
        self.under_way = Some(UnderWay { id, started_at: now, record: record.clone() });
        Some(Commit {
            id,
            started_at: now,
            state,
            audit: std::mem::take(&mut self.audit),
            parked: std::mem::take(&mut self.parked),
            inventory: std::mem::take(&mut self.inventory),
            events: std::mem::take(&mut self.events),
        })
    }

    /// Whose records could not be written as they were, since this was last asked.
    pub fn take_set_aside(&mut self) -> Vec<PersonId> {
        std::mem::take(&mut self.set_aside)
    }

    /// The transaction is in. `false` if it is not the one under way.
    pub fn is_in(&mut self, id: CommitId) -> bool {
        match self.under_way.take_if(|under_way| under_way.id == id) {
            Some(done) => {
                self.lease_from = Some(done.started_at);
                self.committed = done.record;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
impl<F: FnMut(&PersonId) -> Option<(StateWrite, Vec<AuditEntry>)>> Records for F {
    fn person(&mut self, id: &PersonId) -> Option<(StateWrite, Vec<AuditEntry>)> {
        self(id)
    }

    fn counters(&mut self, _: &TenantName, _: &TargetName) -> Option<StateWrite> {
        None
    }

    fn survey(&mut self, _: &TenantName, _: &TargetName) -> Option<StateWrite> {
        None
    }

    fn orders(&mut self) -> StateWrite {
        StateWrite { key: String::new(), value: None }
    }
}
