//! Operators say who is who: who is somebody else, whatever name both have, and who has the name.
//!
//! A name that two claim leads to the one to whom HR gave it last, from the command on, and stays there:
//! if each event moved it, a signal would meet now the one and now the other.

use super::People;
use super::names::Names;
use crate::engine::state::Person;
use crate::engine::state::overrides::GaveWay;
use crate::model::Alias;
use crate::model::account::{AttributeName, Value};
use crate::model::event::EventClass;
use crate::model::ids::{PersonId, TenantName};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What it changed that people are somebody else.
#[derive(Debug, Default)]
pub(in crate::engine) struct Division {
    /// How many of the names that several of them claim lead to whom; `None`: to nobody.
    pub led: BTreeMap<Option<PersonId>, usize>,
    /// Others who claim one of their names.
    pub rivals: BTreeSet<PersonId>,
}

/// When HR last called the person so, and when it last spoke of an employment of theirs.
type Given = (Option<Timestamp>, Option<Timestamp>);

/// The one of several people to whom HR gave a name last; `None`: nobody knows.
///
/// HR's word on the name counts, and where the profile does not keep it, its word on employments.
pub fn last_given<'a>(name: &Alias, people: &[&'a Person]) -> Option<&'a PersonId> {
    let given = |person: &Person| given_at(name, person);
    let last = people.iter().max_by_key(|person| given(person))?;
    let is_as_late = |person: &&&Person| given(person) == given(last);
    let is_known = given(last) != (None, None);
    (is_known && people.iter().filter(is_as_late).count() == 1).then_some(&last.id)
}

fn given_at(name: &Alias, person: &Person) -> Given {
    let attributes = [AttributeName::USER_NAME, AttributeName::WORK_EMAIL].into_iter();
    let marks = attributes.filter_map(|attribute| person.profile.get(&attribute)).flatten();
    let of_name = marks.filter(|mark| {
        let said = mark.value.value().map(Value::to_text);
        said.and_then(|said| Alias::parse(name.kind(), &said)).as_ref() == Some(name)
    });
    let employments = person.employments.iter().flat_map(|one| &one.marks);
    (of_name.map(|mark| mark.key.time).max(), employments.map(|mark| mark.key.time).max())
}

/// The names that several of these people have.
pub fn shared_names<'a>(people: &[&'a Person]) -> BTreeSet<&'a Alias> {
    let mut seen = BTreeSet::new();
    let names = people.iter().flat_map(|person| &person.aliases);
    names.filter(|name| !seen.insert(*name)).collect()
}

impl People {
    /// Whom an operator means: by an id of somebody's record, or of one that became part of it.
    pub(in crate::engine) fn of_tenant(
        &self,
        tenant: &TenantName,
        id: &PersonId,
    ) -> Option<&Person> {
        let is_part = |person: &&Person| person.has_been(id);
        let known = self.by_id.get(id).or_else(|| self.by_id.values().find(is_part));
        known.filter(|person| person.tenant == *tenant)
    }

    /// Whether operators have said that two of these are not one.
    pub(super) fn has_parted(&self, people: &BTreeSet<&PersonId>) -> bool {
        people.iter().any(|id| self.is_parted_from(id, people))
    }

    /// Whether operators have said that somebody is none of these.
    pub(super) fn is_parted_from(&self, id: &PersonId, others: &BTreeSet<&PersonId>) -> bool {
        let Some(person) = self.by_id.get(id) else { return false };
        let mut others = others.iter().filter_map(|other| self.by_id.get(*other));
        others.any(|other| {
            names_of(person).any(|id| other.parted.is_from(id))
                || names_of(other).any(|id| person.parted.is_from(id))
        })
    }

    /// Each of these is somebody else from now on.
    pub(in crate::engine) fn part(&mut self, ids: &BTreeSet<PersonId>) -> Division {
        let mut division = Division::default();
        for id in ids {
            let Some(person) = self.by_id.get_mut(id) else { continue };
            ids.iter()
                .filter(|other| *other != id)
                .for_each(|other| person.parted.part_from(other));
        }
        let people: Vec<&Person> = ids.iter().filter_map(|id| self.by_id.get(id)).collect();
        let names: BTreeSet<Alias> = shared_names(&people).into_iter().cloned().collect();
        for name in &names {
            let owner = self.settle_name(name, ids);
            *division.led.entry(owner).or_default() += 1;
        }
        division.rivals = ids.iter().flat_map(|id| self.rivals(id)).collect();
        division.rivals.retain(|rival| !ids.contains(rival));
        division
    }

    /// Gives a name to one of these who claim it. If nobody knows to whom, it leads to nobody as before.
    fn settle_name(&mut self, name: &Alias, ids: &BTreeSet<PersonId>) -> Option<PersonId> {
        let people = ids.iter().filter_map(|id| self.by_id.get(id));
        let known = people.filter(|it| it.is_known_to_hr() && it.aliases.contains(name));
        let claimants: Vec<&Person> = known.collect();
        let owner = last_given(name, &claimants)?.clone();
        let claimants: Vec<PersonId> = claimants.iter().map(|it| it.id.clone()).collect();
        for id in claimants {
            let Some(person) = self.by_id.get_mut(&id) else { continue };
            let Some(roll) = self.rolls.get_mut(&person.tenant) else { continue };
            person.parted.set_yield(name, id != owner);
            if id == owner {
                roll.names.take_back(name, &id);
            } else {
                roll.names.leave_to_another(name, &id);
            }
        }
        Some(owner)
    }

    /// Others whom HR has ever called as this person.
    pub(in crate::engine) fn rivals(&self, id: &PersonId) -> BTreeSet<PersonId> {
        let Some(person) = self.by_id.get(id) else { return BTreeSet::new() };
        let Some(roll) = self.rolls.get(&person.tenant) else { return BTreeSet::new() };
        let everybody = |name: &'_ Alias| Names::everybody(&roll.names, name).to_vec();
        person.aliases.iter().flat_map(everybody).filter(|other| other != id).collect()
    }

    /// Which of these records stays if they are one, what it would be then, and which overrides would give
    /// way; `None`: they are too much for one. `has_account`: whether somebody has an account.
    pub(in crate::engine) fn foresee_union(
        &self,
        ids: &BTreeSet<PersonId>,
        has_account: impl Fn(&Person) -> bool,
        today: Timestamp,
    ) -> Option<(Person, Vec<GaveWay>)> {
        let people = ids.iter().filter_map(|id| self.by_id.get(id));
        let home = people.min_by_key(|person| {
            (!has_account(person), !person.has_strong_id(), person.id.clone())
        })?;
        let others = ids.iter().filter(|id| **id != home.id).cloned().collect();
        self.union(&home.id, &others, (EventClass::Hr, today))
    }
}

/// Every id by which operators may have named somebody.
fn names_of(person: &Person) -> impl Iterator<Item = &PersonId> {
    std::iter::once(&person.id).chain(&person.merged)
}
