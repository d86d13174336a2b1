//! What operators have said of who somebody is not.

use crate::model::Alias;
use crate::model::ids::PersonId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// From how many a person can be parted. What does not fit is refused, for what was said must stand.
pub const PARTED_MOST: usize = 64;

/// Others whom operators have said not to be this person, and which names are theirs therefore.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parted {
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    from: BTreeSet<PersonId>,
    /// Names that HR gave to one of those later. They lead to that one while HR calls both so.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    yields: BTreeSet<Alias>,
}

impl Parted {
    pub fn is_empty(&self) -> bool {
        self.from.is_empty() && self.yields.is_empty()
    }

    pub fn is_from(&self, other: &PersonId) -> bool {
        self.from.contains(other)
    }

    /// Names that the person leaves to another.
    pub fn yields(&self) -> &BTreeSet<Alias> {
        &self.yields
    }

    /// Whether there is room for these, too.
    pub fn has_room_for<'a>(&self, others: impl IntoIterator<Item = &'a PersonId>) -> bool {
        let new = others.into_iter().filter(|other| !self.from.contains(*other));
        self.from.len() + new.count() <= PARTED_MOST
    }

    pub(in crate::engine) fn part_from(&mut self, other: &PersonId) {
        self.from.insert(other.clone());
    }

    /// A name is another's, or is no longer.
    pub(in crate::engine) fn set_yield(&mut self, name: &Alias, is_anothers: bool) {
        if is_anothers {
            self.yields.insert(name.clone());
        } else {
            self.yields.remove(name);
        }
    }

    /// Names that an earlier version compared otherwise are compared as today.
    pub(in crate::engine) fn make_names_anew(&mut self) {
        self.yields = self.yields.iter().map(Alias::made_anew).collect();
    }

    /// Takes in what was said of another record of the same person, each with the names that it claims.
    /// Of two the whole yields what neither keeps.
    pub(in crate::engine) fn unite(
        &mut self,
        (own, other): (&BTreeSet<Alias>, &BTreeSet<Alias>),
        gone: &Self,
        ids: &[&PersonId],
    ) {
        let keeps = |names: &BTreeSet<Alias>, parted: &Self, name: &Alias| {
            names.contains(name) && !parted.yields.contains(name)
        };
        let yields = self.yields.union(&gone.yields);
        let yields =
            yields.filter(|name| !keeps(own, self, name) && !keeps(other, gone, name)).cloned();
        self.yields = yields.collect();
        self.from.extend(gone.from.iter().cloned());
        self.from.retain(|from| !ids.contains(&from));
        while self.from.len() > PARTED_MOST {
            self.from.pop_first();
        }
    }
}
