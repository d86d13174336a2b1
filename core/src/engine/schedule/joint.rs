//! Who waits to be added to which group, so that many can go in one call.

use crate::model::ids::{GroupName, PersonId};
use std::collections::{BTreeMap, BTreeSet};

/// How far an addition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// To be written ahead.
    Planned,
    /// Written ahead and committed: to be called.
    Ahead,
}

/// Those who wait, at one target.
#[derive(Debug, Default)]
pub struct Joining {
    waiting: BTreeMap<(GroupName, Standing), BTreeSet<PersonId>>,
    place_of: BTreeMap<PersonId, (GroupName, Standing)>,
}

impl Joining {
    /// `person` waits to be added to `group` next.
    pub fn wait(&mut self, person: &PersonId, group: &GroupName, standing: Standing) {
        self.forget(person);
        let place = (group.clone(), standing);
        self.waiting.entry(place.clone()).or_default().insert(person.clone());
        self.place_of.insert(person.clone(), place);
    }

    /// `person` waits for something else, or not at all.
    pub fn forget(&mut self, person: &PersonId) {
        let Some(place) = self.place_of.remove(person) else { return };
        if let Some(waiting) = self.waiting.get_mut(&place) {
            waiting.remove(person);
            if waiting.is_empty() {
                self.waiting.remove(&place);
            }
        }
    }

    /// Up to `most` of those who wait for `group`.
    pub fn some(&self, group: &GroupName, standing: Standing, most: usize) -> Vec<PersonId> {
        let waiting = self.waiting.get(&(group.clone(), standing));
        waiting.into_iter().flatten().take(most).cloned().collect()
    }

    pub fn is_awaited(&self, group: &GroupName) -> bool {
        [Standing::Planned, Standing::Ahead]
            .iter()
            .any(|standing| self.waiting.contains_key(&(group.clone(), *standing)))
    }
}
