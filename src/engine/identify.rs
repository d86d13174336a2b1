//! Whose an event is.
//!
//! HR's numbers decide; names only lead to somebody as long as one person claims them. What is
//! answered depends on what was said so far, never on who said it first: a name that two numbered
//! people claim leads to nobody, whoever of them had it before.

use super::names::Names;
use super::shard::{Shard, Tenant};
use super::state::Person;
use crate::model::Alias;
use crate::model::decision::Why;
use crate::model::event::{Event, EventClass};
use crate::model::ids::{PersonId, TenantName};
use std::collections::{BTreeMap, BTreeSet};

/// Whom an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Nobody,
    /// Several records of one person become the first of them.
    Somebody(PersonId, BTreeSet<PersonId>),
}

impl Subject {
    pub fn person(self) -> Option<PersonId> {
        match self {
            Self::Nobody => None,
            Self::Somebody(id, _) => Some(id),
        }
    }
}

impl Shard {
    /// Whom the event's names lead to. An error is for somebody to look at: guessing cuts the wrong
    /// person.
    pub(super) fn identify(&self, tenant: &TenantName, event: &Event) -> Result<Subject, Why> {
        let Some(Tenant { names, .. }) = self.tenants.get(tenant) else {
            return Ok(Subject::Nobody);
        };
        let counts = |alias: &&Alias| event.class == EventClass::Hr || !alias.is_of_a_machine();
        let (strong, weak): (Vec<&Alias>, Vec<&Alias>) =
            event.aliases.iter().filter(counts).partition(|alias| alias.kind().is_strong());
        let by_strong: BTreeSet<&PersonId> =
            strong.iter().flat_map(|alias| names.claimants(alias)).collect();
        if strong.is_empty() {
            return self.by_names(names, &weak);
        }
        if event.class == EventClass::Security {
            return self.by_sensor(names, by_strong, &weak);
        }
        let mut all = by_strong;
        // Signals and thin events that knew them by a name only.
        let unnumbered = weak.iter().flat_map(|alias| names.claimants(alias));
        all.extend(unnumbered.filter(|id| !self.is_numbered(id)));
        Ok(if all.is_empty() { Subject::Nobody } else { united(&self.people, all) })
    }

    /// A sensor's number counts as HR's does; one that HR never gave makes nobody of a known name.
    fn by_sensor(
        &self,
        names: &Names,
        by_strong: BTreeSet<&PersonId>,
        weak: &[&Alias],
    ) -> Result<Subject, Why> {
        if !by_strong.is_empty() {
            return Ok(united(&self.people, by_strong));
        }
        match self.by_names(names, weak)? {
            Subject::Somebody(id, _) if self.is_numbered(&id) => Err(ambiguous()),
            subject @ (Subject::Nobody | Subject::Somebody(..)) => Ok(subject),
        }
    }

    fn by_names(&self, names: &Names, weak: &[&Alias]) -> Result<Subject, Why> {
        let found: BTreeSet<&PersonId> =
            weak.iter().filter_map(|alias| names.owner(alias)).collect();
        let contested = || weak.iter().filter(|alias| names.is_contested(alias));
        let numbered = found.iter().filter(|id| self.is_numbered(id)).count();
        let only = found.iter().find(|id| numbered == 0 || self.is_numbered(id));
        let disputed = contested().any(|alias| {
            !names
                .claimants(alias)
                .iter()
                .any(|claimant| only.is_some_and(|only| *only == claimant))
        });
        if numbered > 1 || disputed {
            return Err(ambiguous());
        }
        Ok(if found.is_empty() { Subject::Nobody } else { united(&self.people, found) })
    }

    fn is_numbered(&self, id: &PersonId) -> bool {
        self.people.get(id).is_some_and(Person::has_strong_id)
    }
}

fn ambiguous() -> Why {
    Why::new(
        "identity.ambiguous",
        Some("data.worker"),
        "the names in this event belong to different people; correct them at the source and send the \
         event again, or send the employee number",
    )
}

/// The record that stays is one that has an account, a number, and then the smallest id.
fn united(people: &BTreeMap<PersonId, Person>, found: BTreeSet<&PersonId>) -> Subject {
    let rank = |id: &&&PersonId| {
        let person = people.get(**id);
        let is_bound =
            person.is_some_and(|person| person.seats.values().any(|seat| seat.account().is_some()));
        let is_numbered = person.is_some_and(Person::has_strong_id);
        (!is_bound, !is_numbered, (**id).clone())
    };
    let Some(home) = found.iter().min_by_key(rank).copied().cloned() else {
        return Subject::Nobody;
    };
    let others = found.into_iter().filter(|id| **id != home).cloned().collect();
    Subject::Somebody(home, others)
}

/// Nothing of the kind is anybody's: what sensors report of machines and services.
pub(super) fn is_of_a_machine(event: &Event) -> bool {
    event.class == EventClass::Security && event.aliases.iter().all(Alias::is_of_a_machine)
}
