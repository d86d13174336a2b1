//! Whose an event is.
//!
//! HR's numbers decide; names only lead to somebody as long as one person claims them. What is
//! answered depends on what was said so far, never on who said it first: a name that two numbered
//! people claim leads to nobody, whoever of them had it before.
//!
//! Only HR links people, and not everybody by one event: two who each have an account or an employment
//! and share nothing are for somebody to look at.

use super::account;
use super::names::Names;
use super::stranger::Accounts;
use super::{People, Roll};
use crate::engine::people::remark;
use crate::engine::state::Person;
use crate::model::Alias;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::{Event, EventClass};
use crate::model::ids::{PersonId, TenantName};
use std::collections::BTreeSet;

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

/// The names of an event: those that are one person's for ever, and the others.
struct Named<'a> {
    strong: Vec<&'a Alias>,
    weak: Vec<&'a Alias>,
}

impl<'a> Named<'a> {
    /// Those that can lead to somebody.
    fn in_event(event: &'a Event, names: &Names) -> Self {
        let counts = |alias: &&Alias| {
            let is_machine = event.kind.class().is_hearsay() && alias.is_of_a_machine();
            !is_machine && !names.is_shared(alias)
        };
        let all = event.aliases.iter().filter(counts);
        let (strong, weak) = all.partition(|alias| alias.kind().is_strong());
        Self { strong, weak }
    }

    fn all(&self) -> impl Iterator<Item = &'a Alias> {
        self.strong.iter().chain(&self.weak).copied()
    }
}

/// What accounts somebody has, as the desks know.
pub type AccountsOf<'a> = &'a dyn Fn(&Person) -> Accounts<'a>;

impl People {
    /// Whom the event's names lead to. An error is for somebody to look at: guessing cuts the wrong
    /// person.
    pub fn identify(
        &self,
        tenant: &TenantName,
        event: &Event,
        accounts: AccountsOf<'_>,
    ) -> Result<Subject, Why> {
        let Some(Roll { names, .. }) = self.rolls.get(tenant) else {
            return Ok(Subject::Nobody);
        };
        let named = Named::in_event(event, names);
        if named.all().next().is_none() {
            return Err(remark::names_nobody());
        }
        let found = match event.kind.class() {
            EventClass::Hr => self.by_hr(names, &named, accounts),
            EventClass::Security | EventClass::Request => self.by_sensor(names, &named),
            EventClass::Account => account::by_account(names, event),
        }?;
        // Whatever an event says: operators have said that they are not one.
        if self.has_parted(&found) {
            return Err(remark::parted());
        }
        Ok(self.united(found, accounts))
    }

    fn by_hr<'a>(
        &'a self,
        names: &'a Names,
        named: &Named<'a>,
        accounts: AccountsOf<'_>,
    ) -> Result<BTreeSet<&'a PersonId>, Why> {
        let mut found: BTreeSet<&PersonId> = if named.strong.is_empty() {
            self.by_names(names, &named.weak)?
        } else {
            let by_strong = named.strong.iter().flat_map(|name| names.claimants(name));
            let by_strong: BTreeSet<&PersonId> = by_strong.collect();
            // Thin events knew them by a name only.
            let by_name = named.weak.iter().flat_map(|name| names.claimants(name));
            let by_name = by_name.filter(|id| !self.is_numbered(id));
            let by_name: Vec<_> =
                by_name.filter(|id| !self.is_parted_from(id, &by_strong)).collect();
            by_strong.into_iter().chain(by_name).collect()
        };
        if self.are_apart(&found, accounts) {
            return Err(remark::apart());
        }
        let unknown = self.unknown_subjects(names, named);
        let unknown: Vec<_> = unknown.filter(|id| !self.is_parted_from(id, &found)).collect();
        found.extend(unknown);
        Ok(found)
    }

    /// A sensor's number counts as HR's does; one that HR never gave makes nobody of a known name.
    /// Whom a sensor names together may be two all the same.
    fn by_sensor<'a>(
        &'a self,
        names: &'a Names,
        named: &Named<'a>,
    ) -> Result<BTreeSet<&'a PersonId>, Why> {
        let by_strong = named.strong.iter().flat_map(|name| names.claimants(name));
        let mut found: BTreeSet<&PersonId> = by_strong.collect();
        if found.is_empty() {
            found = self.by_names(names, &named.weak)?;
            if !named.strong.is_empty() && found.iter().any(|id| self.is_numbered(id)) {
                return Err(ambiguous());
            }
        }
        if found.is_empty() {
            found = self.unknown_subjects(names, named).collect();
        }
        if found.is_empty() {
            // What a sensor has called somebody known leads to them until HR says whose it is.
            found = named.all().flat_map(|name| names.reported(name)).collect();
        }
        let known = found.iter().filter(|id| self.is_known_to_hr(id)).count();
        if known > 1 {
            return Err(ambiguous());
        }
        Ok(found)
    }

    /// Whom HR calls so.
    fn by_names<'a>(
        &self,
        names: &'a Names,
        weak: &[&Alias],
    ) -> Result<BTreeSet<&'a PersonId>, Why> {
        let only = |alias: &&Alias| match names.claimants(alias) {
            [only] => Some(only),
            _ => None,
        };
        let found: BTreeSet<&PersonId> = weak.iter().filter_map(only).collect();
        let numbered = found.iter().filter(|id| self.is_numbered(id)).count();
        let only = found.iter().find(|id| numbered == 0 || self.is_numbered(id));
        let contested = weak.iter().filter(|alias| names.is_contested(alias));
        let disputed = contested.into_iter().any(|alias| {
            let mut claimants = names.claimants(alias).iter();
            !claimants.any(|claimant| only.is_some_and(|only| *only == claimant))
        });
        if numbered > 1 || disputed { Err(ambiguous()) } else { Ok(found) }
    }

    /// Those of whom nothing but signals under one of these names is known.
    fn unknown_subjects<'a>(
        &'a self,
        names: &'a Names,
        named: &Named<'a>,
    ) -> impl Iterator<Item = &'a PersonId> {
        let reported = named.all().flat_map(|name| names.reported(name));
        reported.filter(|id| !self.is_known_to_hr(id)).collect::<Vec<_>>().into_iter()
    }

    /// Whether two of them each lead a life of their own, and nothing but this event says that they
    /// are one.
    fn are_apart(&self, found: &BTreeSet<&PersonId>, accounts: AccountsOf<'_>) -> bool {
        let people = found.iter().filter_map(|id| self.by_id.get(*id));
        let people = people.map(|person| (person, accounts(person)));
        let people: Vec<_> =
            people.filter(|(person, theirs)| person.leads_a_life(theirs)).collect();
        people.iter().enumerate().any(|(place, (one, mine))| {
            let mut others = people.iter().skip(place + 1);
            others.any(|(other, theirs)| one.is_apart_from(other, (mine, theirs)))
        })
    }

    /// The record that stays is one that has an account, a number, and then the smallest id.
    fn united(&self, found: BTreeSet<&PersonId>, accounts: AccountsOf<'_>) -> Subject {
        let rank = |id: &&&PersonId| {
            let person = self.by_id.get(**id);
            let is_bound = person.is_some_and(|person| !accounts(person).is_empty());
            let is_numbered = person.is_some_and(Person::has_strong_id);
            (!is_bound, !is_numbered, (**id).clone())
        };
        if let Some(only) = found.first().filter(|_| found.len() == 1) {
            return Subject::Somebody((*only).clone(), BTreeSet::new());
        }
        let Some(home) = found.iter().min_by_key(rank).copied().cloned() else {
            return Subject::Nobody;
        };
        let others = found.into_iter().filter(|id| **id != home).cloned().collect();
        Subject::Somebody(home, others)
    }

    fn is_numbered(&self, id: &PersonId) -> bool {
        self.by_id.get(id).is_some_and(Person::has_strong_id)
    }

    fn is_known_to_hr(&self, id: &PersonId) -> bool {
        self.by_id.get(id).is_some_and(Person::is_known_to_hr)
    }
}

pub(super) fn ambiguous() -> Why {
    Why::new(
        Code::IdentityAmbiguous,
        Some("data.worker"),
        "the names in this event belong to different people; correct them at the source and send the \
         event again, or send the employee number",
    )
}

/// Nothing of the kind is anybody's: what sensors report of machines and services.
pub fn is_of_a_machine(event: &Event) -> bool {
    // A request that names an account by its id has no names.
    let mut names = event.aliases.iter();
    event.kind.class().is_hearsay()
        && !event.aliases.is_empty()
        && names.all(Alias::is_of_a_machine)
}
