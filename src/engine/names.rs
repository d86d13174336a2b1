//! Whose each name of a tenant is.
//!
//! A name may be claimed by several people; then it leads to nobody. Rebuilt from the people's own
//! names by every new owner, so it cannot disagree with them.

use crate::model::Alias;
use crate::model::ids::PersonId;
use std::collections::BTreeMap;

/// The index of one tenant.
#[derive(Debug, Default)]
pub struct Names {
    claimed: BTreeMap<Alias, Claimed>,
}

#[derive(Debug)]
enum Claimed {
    By(PersonId),
    /// At least two, without repetition.
    ByMany(Vec<PersonId>),
}

impl Names {
    /// Everybody who claims the name.
    pub fn claimants(&self, name: &Alias) -> &[PersonId] {
        match self.claimed.get(name) {
            None => &[],
            Some(Claimed::By(person)) => std::slice::from_ref(person),
            Some(Claimed::ByMany(people)) => people,
        }
    }

    /// The one person whose name it is.
    pub fn owner(&self, name: &Alias) -> Option<&PersonId> {
        match self.claimed.get(name) {
            Some(Claimed::By(person)) => Some(person),
            Some(Claimed::ByMany(_)) | None => None,
        }
    }

    pub fn is_contested(&self, name: &Alias) -> bool {
        matches!(self.claimed.get(name), Some(Claimed::ByMany(_)))
    }

    /// `person` claims the name; says whether that is new.
    pub fn claim(&mut self, name: &Alias, person: &PersonId) -> bool {
        let Some(claimed) = self.claimed.get_mut(name) else {
            self.claimed.insert(name.clone(), Claimed::By(person.clone()));
            return true;
        };
        match claimed {
            Claimed::By(only) if only == person => false,
            Claimed::By(only) => {
                *claimed = Claimed::ByMany(vec![only.clone(), person.clone()]);
                true
            }
            Claimed::ByMany(people) if people.contains(person) => false,
            Claimed::ByMany(people) => {
                people.push(person.clone());
                true
            }
        }
    }

    /// `person` claims the name no more.
    pub fn release(&mut self, name: &Alias, person: &PersonId) {
        let Some(claimed) = self.claimed.get_mut(name) else { return };
        match claimed {
            Claimed::By(only) if only == person => {
                self.claimed.remove(name);
            }
            Claimed::By(_) => {}
            Claimed::ByMany(people) => {
                people.retain(|other| other != person);
                if let [only] = people.as_slice() {
                    *claimed = Claimed::By(only.clone());
                }
            }
        }
    }
}
