//! Whose each name of a tenant is.
//!
//! A name that HR gave to several people leads to nobody; one that more than a few share is no name at
//! all. What sensors call somebody leads only where HR has given the name to nobody. Rebuilt from the
//! people's own names by every new owner, so it cannot disagree with them.
//!
//! HR corrects a name, or gives somebody another one: the one of before leads to them for as long as it
//! is nobody else's, and takes part in no contest.

use crate::engine::state::Person;
use crate::model::account::AttributeName;
use crate::model::ids::PersonId;
use crate::model::{Alias, AliasKind};
use std::collections::{BTreeMap, BTreeSet};

/// The index of one tenant.
#[derive(Debug, Default)]
pub struct Names {
    /// By HR's word.
    claimed: BTreeMap<Alias, Claimed>,
    /// By a sensor's.
    reported: BTreeMap<Alias, Claimed>,
    /// Whose each was, by HR's word, and is no more.
    former: BTreeMap<Alias, BTreeSet<PersonId>>,
    /// Who leaves it to another of those who claim it, by operators' word.
    yielded: BTreeMap<Alias, BTreeSet<PersonId>>,
    /// Of names that were somebody's, or are left to another: whose they are now, or, if nobody's, all whose
    /// they were.
    leads_to: BTreeMap<Alias, Vec<PersonId>>,
    /// More people than these share no name.
    bearers_most: usize,
}

#[derive(Debug)]
enum Claimed {
    By(PersonId),
    /// At least two, without repetition.
    ByMany(Vec<PersonId>),
    /// It tells nobody from anybody.
    Shared(BTreeSet<PersonId>),
}

/// What it changed that somebody claims a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    Known,
    New,
    /// From now on it is no name any more.
    NowShared,
}

impl Names {
    pub fn new(bearers_most: usize) -> Self {
        Self { bearers_most: bearers_most.max(1), ..Self::default() }
    }

    /// Everybody who claims the name, unless it is shared by more than a few.
    pub fn claimants(&self, name: &Alias) -> &[PersonId] {
        self.leads_to.get(name).map_or_else(|| self.everybody(name), Vec::as_slice)
    }

    /// Everybody whom sensors call by the name.
    pub fn reported(&self, name: &Alias) -> &[PersonId] {
        self.reported.get(name).map_or(&[], Claimed::people)
    }

    /// The one person whose name it is.
    pub fn owner(&self, name: &Alias) -> Option<&PersonId> {
        match self.claimed.get(name) {
            Some(_) => match self.claimants(name) {
                [only] => Some(only),
                _ => None,
            },
            None => match self.reported(name) {
                [only] => Some(only),
                _ => None,
            },
        }
    }

    pub fn is_contested(&self, name: &Alias) -> bool {
        self.claimants(name).len() > 1
    }

    /// Whether so many claim it that it is nobody's name.
    pub fn is_shared(&self, name: &Alias) -> bool {
        matches!(self.claimed.get(name), Some(Claimed::Shared(_)))
    }

    /// All that the person is known by.
    pub fn index(&mut self, person: &Person) {
        for name in &person.aliases {
            if person.is_known_to_hr() {
                self.claim(name, &person.id);
            } else {
                self.report(name, &person.id);
            }
        }
        for name in &person.reported {
            self.report(name, &person.id);
        }
        for name in person.parted.yields() {
            self.leave_to_another(name, &person.id);
        }
        self.note_former(person);
    }

    /// HR has given the person another name in place of some. Says who else claims, or claimed, one of
    /// those whose standing has changed.
    pub fn note_former(&mut self, person: &Person) -> BTreeSet<PersonId> {
        let mut touched = BTreeSet::new();
        for name in person.aliases.iter().filter(|_| person.is_known_to_hr()) {
            let is_former = has_another_since(person, name);
            let marked = self.is_former(name, &person.id);
            if is_former == marked {
                continue;
            }
            touched.extend(self.claimants(name).iter().cloned());
            if is_former {
                self.former.entry(name.clone()).or_default().insert(person.id.clone());
                self.settle(name);
            } else {
                self.unmark(name, &person.id);
            }
            touched.extend(self.claimants(name).iter().cloned());
        }
        touched.remove(&person.id);
        touched
    }

    /// Whether HR has given `person` another name in its place.
    pub fn is_former(&self, name: &Alias, person: &PersonId) -> bool {
        self.former.get(name).is_some_and(|all| all.contains(person))
    }

    /// Whose the name is now, after claims or marks of it have changed.
    fn settle(&mut self, name: &Alias) {
        let (former, yielded) = (self.former.get(name), self.yielded.get(name));
        if former.is_none() && yielded.is_none() {
            self.leads_to.remove(name);
            return;
        }
        let now = without(self.everybody(name), former);
        // Whoever left it to somebody who has it no more has it again.
        let leads_to = without(&now, yielded);
        self.leads_to.insert(name.clone(), leads_to);
    }

    /// Operators have said that it is another's who claims it, too.
    pub fn leave_to_another(&mut self, name: &Alias, person: &PersonId) {
        self.yielded.entry(name.clone()).or_default().insert(person.clone());
        self.settle(name);
    }

    /// It is left to nobody any more.
    pub fn take_back(&mut self, name: &Alias, person: &PersonId) {
        if let Some(all) = self.yielded.get_mut(name) {
            all.remove(person);
            if all.is_empty() {
                self.yielded.remove(name);
            }
        }
        self.settle(name);
    }

    /// Whether `person` leaves the name to another, who has it.
    pub fn is_left_to_another(&self, name: &Alias, person: &PersonId) -> bool {
        let yields = self.yielded.get(name).is_some_and(|all| all.contains(person));
        yields && !self.claimants(name).contains(person)
    }

    /// Everybody whom HR has ever called so, unless it is shared by more than a few.
    pub fn everybody(&self, name: &Alias) -> &[PersonId] {
        self.claimed.get(name).map_or([].as_slice(), Claimed::people)
    }

    fn unmark(&mut self, name: &Alias, person: &PersonId) {
        if let Some(all) = self.former.get_mut(name) {
            all.remove(person);
            if all.is_empty() {
                self.former.remove(name);
            }
        }
        self.settle(name);
    }

    /// None of it leads to the person any more.
    pub fn forget(&mut self, person: &Person) {
        for name in person.aliases.iter().chain(&person.reported) {
            release(&mut self.claimed, name, &person.id);
            release(&mut self.reported, name, &person.id);
            self.take_back(name, &person.id);
            self.unmark(name, &person.id);
        }
    }

    /// HR says that it is `person`'s name.
    pub fn claim(&mut self, name: &Alias, person: &PersonId) -> Claim {
        let claim = claim(&mut self.claimed, name, person, self.bearers_most);
        self.settle(name);
        claim
    }

    /// A sensor calls `person` so.
    pub fn report(&mut self, name: &Alias, person: &PersonId) {
        claim(&mut self.reported, name, person, self.bearers_most);
    }

    /// What a sensor called `person` is over.
    pub fn unreport(&mut self, name: &Alias, person: &PersonId) {
        release(&mut self.reported, name, person);
    }
}

/// `people` without these, if anybody is left then.
fn without(people: &[PersonId], these: Option<&BTreeSet<PersonId>>) -> Vec<PersonId> {
    let is_one = |it: &&PersonId| these.is_none_or(|these| !these.contains(*it));
    let left: Vec<PersonId> = people.iter().filter(is_one).cloned().collect();
    if left.is_empty() { people.to_vec() } else { left }
}

/// Whether HR last said another name of the person's in place of this one. The profile is what HR last
/// said; rules may make something else of names there, so only what is a name of theirs counts.
fn has_another_since(person: &Person, name: &Alias) -> bool {
    if name.kind().is_strong() || name.kind() == AliasKind::External {
        return false;
    }
    let marks = [AttributeName::USER_NAME, AttributeName::WORK_EMAIL]
        .into_iter()
        .filter_map(|attribute| person.profile.get(&attribute))
        .flatten();
    let said: BTreeSet<Alias> = marks
        .filter_map(|mark| Alias::parse(name.kind(), &mark.value.value()?.to_text()))
        .collect();
    !said.contains(name) && said.iter().any(|other| person.aliases.contains(other))
}

impl Claimed {
    fn people(&self) -> &[PersonId] {
        match self {
            Self::By(person) => std::slice::from_ref(person),
            Self::ByMany(people) => people,
            Self::Shared(_) => &[],
        }
    }
}

fn claim(
    all: &mut BTreeMap<Alias, Claimed>,
    name: &Alias,
    person: &PersonId,
    most: usize,
) -> Claim {
    let Some(claimed) = all.get_mut(name) else {
        all.insert(name.clone(), Claimed::By(person.clone()));
        return Claim::New;
    };
    let people = match claimed {
        Claimed::Shared(people) => {
            let is_new = people.insert(person.clone());
            return if is_new { Claim::New } else { Claim::Known };
        }
        Claimed::By(only) => vec![only.clone()],
        Claimed::ByMany(people) => std::mem::take(people),
    };
    let is_new = !people.contains(person);
    let mut people = people;
    if is_new {
        people.push(person.clone());
    }
    let is_shared = people.len() > most;
    *claimed = match <[PersonId; 1]>::try_from(people) {
        Ok([only]) => Claimed::By(only),
        Err(people) if is_shared => Claimed::Shared(people.into_iter().collect()),
        Err(people) => Claimed::ByMany(people),
    };
    match (is_new, is_shared) {
        (false, _) => Claim::Known,
        (true, false) => Claim::New,
        (true, true) => Claim::NowShared,
    }
}

fn release(all: &mut BTreeMap<Alias, Claimed>, name: &Alias, person: &PersonId) {
    let Some(claimed) = all.get_mut(name) else { return };
    let left: Vec<PersonId> = match claimed {
        Claimed::By(only) if only == person => Vec::new(),
        Claimed::By(_) => return,
        Claimed::ByMany(people) => {
            people.retain(|other| other != person);
            if people.len() > 1 {
                return;
            }
            std::mem::take(people)
        }
        // So many stay shared as long as this owner lives.
        Claimed::Shared(people) => {
            people.remove(person);
            return;
        }
    };
    match <[PersonId; 1]>::try_from(left) {
        Ok([only]) => *claimed = Claimed::By(only),
        Err(_) => {
            all.remove(name);
        }
    }
}
