//! Those whom sensors name and HR does not know, and what sensors call those whom it does.
//!
//! A sensor's word counts for whoever HR links the name to. It ends with its claims: nobody is held
//! because of it, and whom HR never speaks of is forgotten.

use super::claims::Instance;
use super::schedule::queue::Work;
use super::shard::{Shard, Tenant};
use super::state::{Baseline, Person, Seat, Stage};
use crate::model::claim::By;
use crate::model::event::{Event, EventClass};
use crate::model::ids::{PersonId, TenantName};
use crate::model::{Alias, AliasKind};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;

/// Whom HR does not know, kept per tenant at the most.
pub const STRANGERS_MOST: usize = 2_000;
/// What sensors call a known person, kept at the most.
const REPORTED_MOST: usize = 16;
/// Who cannot be forgotten yet is looked at again after this.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(24);

impl Person {
    /// Whether HR has ever spoken of the person. Earlier versions did not note it.
    pub fn is_known_to_hr(&self) -> bool {
        self.known_to_hr.unwrap_or_else(|| {
            self.has_strong_id()
                || !self.employments.is_empty()
                || !self.profile.is_empty()
                || !self.legal_holds.is_empty()
                || self.claims.iter().any(|claim| is_hrs(&claim.by))
        })
    }

    /// Learns the names in an event. HR's stand above what sensors have called the person.
    pub fn learn<'a>(&mut self, event: &Event, taught: impl Iterator<Item = &'a Alias>) {
        let is_known = self.is_known_to_hr();
        match event.kind.class() {
            EventClass::Hr => {
                if !is_known {
                    self.reported.append(&mut self.aliases);
                }
                self.known_to_hr = Some(true);
                self.aliases.extend(taught.cloned());
                self.reported.retain(|name| !self.aliases.contains(name));
            }
            EventClass::Security if !is_known => {
                self.known_to_hr = Some(false);
                self.aliases.extend(taught.cloned());
            }
            EventClass::Security => {}
        }
    }

    /// Takes in what another record of the same person is known by.
    pub fn unite_names(&mut self, other: &Self) {
        match (self.is_known_to_hr(), other.is_known_to_hr()) {
            (true, false) => self.reported.extend(other.aliases.iter().cloned()),
            (false, true) => {
                self.reported.append(&mut self.aliases);
                self.aliases.clone_from(&other.aliases);
            }
            (true, true) | (false, false) => self.aliases.extend(other.aliases.iter().cloned()),
        }
        self.known_to_hr = Some(self.is_known_to_hr() || other.is_known_to_hr());
        self.reported.extend(other.reported.iter().cloned());
        self.reported.retain(|name| !self.aliases.contains(name));
    }

    /// Whether there is an account or HR's word on more than names.
    pub fn leads_a_life(&self) -> bool {
        let is_bound = self.seats.values().any(|seat| seat.account().is_some());
        let is_employed = !self.employments.is_empty();
        let is_spoken_of = self.claims.iter().any(|claim| is_hrs(&claim.by));
        let is_described = self.has_strong_id() && !self.profile.is_empty();
        self.is_known_to_hr() && (is_bound || is_employed || is_spoken_of || is_described)
    }

    /// Whether the two have accounts of their own at one place, or are called differently in every way
    /// and share neither a name nor an employment.
    pub fn is_apart_from(&self, other: &Self) -> bool {
        let has_another_account = self.seats.iter().any(|(target, seat)| {
            let theirs = other.seats.get(target).and_then(Seat::account);
            seat.account().zip(theirs).is_some_and(|(mine, theirs)| mine != theirs)
        });
        let mut employments = self.employments.iter().filter(|one| one.by != By::Person);
        let shares_employment =
            employments.any(|one| other.employments.iter().any(|theirs| theirs.by == one.by));
        let shares_name = !self.aliases.is_disjoint(&other.aliases);
        has_another_account || !shares_employment && !shares_name && self.is_called_unlike(other)
    }

    fn is_called_unlike(&self, other: &Self) -> bool {
        let has = |person: &Self, kind| person.aliases.iter().any(|name| name.kind() == kind);
        [AliasKind::EmployeeNumber, AliasKind::WorkerId, AliasKind::UserName, AliasKind::Email]
            .into_iter()
            .any(|kind| has(self, kind) && has(other, kind))
    }

    /// Whether something that a sensor said still counts, or will.
    fn is_spoken_of_by_sensors(&self, now: Timestamp) -> bool {
        let claims = self.claims.iter().filter(|claim| !is_hrs(&claim.by));
        let mut spans = claims.flat_map(|claim| claim.spans(&self.claims));
        spans.any(|span| span.until.is_none_or(|until| until > now))
    }

    /// When whom HR does not know may be forgotten; `None`: not by time alone.
    pub fn forgotten_at(&self, horizon: SignedDuration, now: Timestamp) -> Option<Timestamp> {
        if self.is_known_to_hr() {
            return None;
        }
        let spans = self.claims.iter().flat_map(|claim| claim.spans(&self.claims));
        let ends: Option<Vec<Timestamp>> = spans.map(|span| span.until).collect();
        let last = ends?.into_iter().chain(self.last_heard()).max().unwrap_or(now);
        let at = last.checked_add(horizon).ok()?;
        Some(if at > now { at } else { now.checked_add(LOOK_AGAIN).ok()? })
    }

    /// Whether nothing is under way or owed for whom HR does not know.
    fn is_over(&self, now: Timestamp) -> bool {
        let rests = |seat: &Seat| {
            matches!(seat.stage, Stage::AtRest { .. })
                && seat.unanswered.is_empty()
                && seat.baseline == Baseline::default()
                && seat.drive.open.is_none()
        };
        !self.is_known_to_hr()
            && !self.is_spoken_of_by_sensors(now)
            && self.seats.values().all(rests)
    }

    fn last_heard(&self) -> Option<Timestamp> {
        let kept = self.claims.iter().filter_map(Instance::last_heard);
        let last_words = self.last_words.iter().map(|last| last.key.time);
        kept.chain(self.forgotten.values().copied()).chain(last_words).max()
    }
}

/// Whether a claim is HR's.
fn is_hrs(by: &By) -> bool {
    matches!(by, By::Person | By::Employment(_))
}

impl Shard {
    /// A sensor has called somebody so who is known, and so far nobody else is.
    pub(super) fn hear_of(&mut self, id: &PersonId, names: &[&Alias]) {
        let Some(person) = self.people.get_mut(id) else { return };
        let Some(tenant) = self.tenants.get_mut(&person.tenant) else { return };
        for name in names {
            let known = &tenant.names;
            let is_free = known.claimants(name).is_empty() && known.reported(name).is_empty();
            if is_free && !known.is_shared(name) && person.reported.len() < REPORTED_MOST {
                person.reported.insert((*name).clone());
                tenant.names.report(name, id);
            }
        }
    }

    /// HR has said whose the name is: what sensors called others so is over.
    pub(super) fn give_name_to(&mut self, id: &PersonId, tenant: &TenantName, name: &Alias) {
        let Some(Tenant { names, .. }) = self.tenants.get_mut(tenant) else { return };
        for other in names.reported(name).to_vec() {
            names.unreport(name, &other);
            let known = self.people.get_mut(&other).filter(|_| other != *id);
            if known.is_some_and(|known| known.reported.remove(name)) {
                self.ledger.touch(&other);
            }
        }
    }

    /// What sensors called a known person ends with what they said.
    pub(super) fn forget_hearsay(&mut self, id: &PersonId) {
        if self.is_time_in_question() {
            return;
        }
        let now = self.today();
        let Some(person) = self.people.get_mut(id) else { return };
        if person.reported.is_empty() || person.is_spoken_of_by_sensors(now) {
            return;
        }
        let gone = std::mem::take(&mut person.reported);
        if let Some(Tenant { names, .. }) = self.tenants.get_mut(&person.tenant) {
            for name in &gone {
                names.unreport(name, id);
            }
        }
        self.ledger.touch(id);
    }

    /// Whether there is room for one more whom HR does not know; makes it, if somebody can go.
    pub(super) fn has_room_for_a_stranger(&mut self, tenant: &TenantName) -> bool {
        let now = self.today();
        let Some(Tenant { strangers, .. }) = self.tenants.get(tenant) else { return false };
        if strangers.len() < STRANGERS_MOST {
            return true;
        }
        let over = strangers.iter().filter_map(|id| self.people.get(id));
        let over = over.filter(|person| person.is_over(now));
        let oldest = over.min_by_key(|person| person.last_heard()).map(|person| person.id.clone());
        oldest.inspect(|id| self.forget_stranger(id)).is_some()
    }

    /// Forgets whom HR never spoke of, when the last signal is beyond the horizon. Says whether it did.
    pub(super) fn forget_if_over(&mut self, id: &PersonId) -> bool {
        let (now, horizon) = (self.today(), self.timing.replay_horizon);
        let Some(person) = self.people.get(id).filter(|person| person.is_over(now)) else {
            return false;
        };
        let heard = person.last_heard().and_then(|heard| heard.checked_add(horizon).ok());
        let is_due = !self.is_time_in_question() && heard.is_some_and(|until| until <= now);
        if is_due {
            self.forget_stranger(id);
        }
        is_due
    }

    fn forget_stranger(&mut self, id: &PersonId) {
        let Some(gone) = self.people.remove(id) else { return };
        self.ledger.remove(gone.key());
        self.wakes.set(id, None);
        let Some(tenant) = self.tenants.get_mut(&gone.tenant) else { return };
        tenant.forget(&gone);
        for (name, seat) in &gone.seats {
            let Some(target) = tenant.targets.get_mut(name) else { continue };
            if let Some(account) = seat.account().filter(|it| target.owners.get(it) == Some(id)) {
                target.owners.remove(account);
            }
            target.joining.forget(id);
            target.queue.remove(&Work::Person(id.clone()));
        }
    }
}

impl Tenant {
    /// Knows the person by all that is kept of them.
    pub(super) fn index(&mut self, person: &Person) {
        self.names.index(person);
        self.note_stranger(person);
        self.seen.replace(&VecDeque::new(), &person.recent);
    }

    pub(super) fn note_stranger(&mut self, person: &Person) {
        if person.is_known_to_hr() {
            self.strangers.remove(&person.id);
        } else {
            self.strangers.insert(person.id.clone());
        }
    }

    fn forget(&mut self, gone: &Person) {
        self.names.forget(gone);
        self.strangers.remove(&gone.id);
        self.seen.replace(&gone.recent, &VecDeque::new());
    }
}
