//! Those whom sensors name and HR does not know, and what sensors call those whom it does.
//!
//! A sensor's word counts for whoever HR links the name to. It ends with its claims: nobody is held
//! because of it, and whom HR never speaks of is forgotten.

use super::{People, Roll};
use crate::engine::said::claims::Instance;
use crate::engine::state::Person;
use crate::model::claim::By;
use crate::model::event::{Event, EventClass};
use crate::model::ids::{PersonId, ScimId, TargetName, TenantName};
use crate::model::{Alias, AliasKind};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The accounts of one person, by target.
pub type Accounts<'a> = BTreeMap<&'a TargetName, &'a ScimId>;

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
            EventClass::Security | EventClass::Account | EventClass::Request if !is_known => {
                self.known_to_hr = Some(false);
                self.aliases.extend(taught.cloned());
            }
            EventClass::Security | EventClass::Account | EventClass::Request => {}
        }
        self.settle_as_account();
    }

    /// Whether nothing but an account is known by this record: HR knows nobody who has it.
    pub fn is_an_account(&self) -> bool {
        !self.is_known_to_hr() && self.aliases.iter().any(Alias::is_of_an_account)
    }

    /// An account is known by its id alone: what it is called is hearsay, by which nothing is looked up
    /// and HR's word finds it.
    fn settle_as_account(&mut self) {
        if self.is_an_account() {
            let all = std::mem::take(&mut self.aliases);
            let (own, called) = all.into_iter().partition(Alias::is_of_an_account);
            self.aliases = own;
            self.reported.extend::<BTreeSet<Alias>>(called);
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
        self.settle_as_account();
    }

    /// Whether there is an account or HR's word on more than names.
    pub(super) fn leads_a_life(&self, accounts: &Accounts<'_>) -> bool {
        let is_bound = !accounts.is_empty();
        let is_employed = !self.employments.is_empty();
        let is_spoken_of = self.claims.iter().any(|claim| is_hrs(&claim.by));
        let is_described = self.has_strong_id() && !self.profile.is_empty();
        self.is_known_to_hr() && (is_bound || is_employed || is_spoken_of || is_described)
    }

    /// Whether the two have accounts of their own at one place, or are called differently in every way
    /// and share neither a name nor an employment.
    pub(super) fn is_apart_from(
        &self,
        other: &Self,
        (mine, theirs): (&Accounts<'_>, &Accounts<'_>),
    ) -> bool {
        let has_another_account = mine
            .iter()
            .any(|(target, account)| theirs.get(target).is_some_and(|other| other != account));
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
        let mut spans =
            claims.flat_map(|claim| self.mutes.spans_anywhere(claim, &self.claims, now));
        spans.any(|span| span.until.is_none_or(|until| until > now))
    }

    /// When whom HR does not know may be forgotten; `None`: not by time alone.
    pub fn forgotten_at(&self, horizon: SignedDuration, now: Timestamp) -> Option<Timestamp> {
        if self.is_known_to_hr() {
            return None;
        }
        let claims = self.claims.iter();
        let spans = claims.flat_map(|claim| self.mutes.spans_anywhere(claim, &self.claims, now));
        let ends: Option<Vec<Timestamp>> = spans.map(|span| span.until).collect();
        let last = ends?.into_iter().chain(self.last_heard()).max().unwrap_or(now);
        let at = last.checked_add(horizon).ok()?;
        Some(if at > now { at } else { now.checked_add(LOOK_AGAIN).ok()? })
    }

    /// Whether nothing that was said of somebody whom HR does not know counts any more, and nobody has
    /// ordered anything for them.
    pub fn is_over(&self, now: Timestamp) -> bool {
        !self.is_known_to_hr() && !self.is_spoken_of_by_sensors(now) && self.overrides.is_empty()
    }

    pub fn last_heard(&self) -> Option<Timestamp> {
        let kept = self.claims.iter().filter_map(Instance::last_heard);
        let last_words = self.last_words.iter().map(|last| last.key.time);
        kept.chain(self.forgotten.values().copied()).chain(last_words).max()
    }
}

/// Whether a claim is HR's.
fn is_hrs(by: &By) -> bool {
    matches!(by, By::Person | By::Employment(_))
}

/// Whether there is room for one more whom HR does not know.
#[derive(Debug)]
pub(in crate::engine) enum Room {
    Free,
    /// If this one, of whom nothing is under way, is forgotten.
    Without(PersonId),
    None,
}

impl People {
    /// A sensor has called somebody so who is known, and so far nobody else is.
    pub(super) fn hear_of(&mut self, id: &PersonId, names: &[&Alias]) {
        let Some(person) = self.by_id.get_mut(id) else { return };
        let Some(roll) = self.rolls.get_mut(&person.tenant) else { return };
        for name in names {
            let known = &roll.names;
            let is_free = known.claimants(name).is_empty() && known.reported(name).is_empty();
            if is_free && !known.is_shared(name) && person.reported.len() < REPORTED_MOST {
                person.reported.insert((*name).clone());
                roll.names.report(name, id);
            }
        }
    }

    /// HR has said whose the name is: what sensors called others so is over. Says whose record that
    /// changes.
    pub(super) fn give_name_to(
        &mut self,
        id: &PersonId,
        tenant: &TenantName,
        name: &Alias,
    ) -> Vec<PersonId> {
        let Some(Roll { names, .. }) = self.rolls.get_mut(tenant) else { return Vec::new() };
        let mut others = names.reported(name).to_vec();
        for other in &others {
            names.unreport(name, other);
        }
        others.retain(|other| {
            let known = self.by_id.get_mut(other).filter(|_| other != id);
            known.is_some_and(|known| known.reported.remove(name))
        });
        others
    }

    /// What sensors called a known person ends with what they said. Says whether the record has changed.
    pub fn forget_hearsay(&mut self, id: &PersonId, today: Timestamp) -> bool {
        let Some(person) = self.by_id.get_mut(id) else { return false };
        if person.reported.is_empty() || person.is_spoken_of_by_sensors(today) {
            return false;
        }
        let gone = std::mem::take(&mut person.reported);
        if let Some(Roll { names, .. }) = self.rolls.get_mut(&person.tenant) {
            for name in &gone {
                names.unreport(name, id);
            }
        }
        true
    }

    /// Whether one more stranger can be kept. `rests`: whether nothing is under way for somebody.
    pub(in crate::engine) fn room_for_a_stranger(
        &self,
        tenant: &TenantName,
        today: Timestamp,
        rests: impl Fn(&Person) -> bool,
    ) -> Room {
        let Some(Roll { strangers, .. }) = self.rolls.get(tenant) else { return Room::None };
        if strangers.len() < STRANGERS_MOST {
            return Room::Free;
        }
        let over = strangers.iter().filter_map(|id| self.by_id.get(id));
        let over = over.filter(|person| person.is_over(today) && rests(person));
        let oldest = over.min_by_key(|person| person.last_heard());
        oldest.map_or(Room::None, |person| Room::Without(person.id.clone()))
    }

    /// Forgets somebody for good.
    pub(in crate::engine) fn forget(&mut self, id: &PersonId) -> Option<Person> {
        let gone = self.by_id.remove(id)?;
        if let Some(roll) = self.rolls.get_mut(&gone.tenant) {
            roll.forget(&gone);
        }
        Some(gone)
    }
}
