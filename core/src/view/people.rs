//! Who goes by a name.

use crate::engine::record::Kept;
use crate::engine::state::Person;
use crate::model::{Alias, AliasKind};
use std::collections::{BTreeMap, BTreeSet};

/// Those who go by a name, among everybody of a tenant as they were last committed.
#[derive(Debug)]
pub struct Found {
    name: String,
    by_key: BTreeMap<String, Kept>,
    known: BTreeSet<String>,
    kinds: BTreeSet<AliasKind>,
}

impl Found {
    /// Nobody yet. Whoever has the id `name` goes by it, and whoever has a name that is the same as
    /// `name` in its canonical form.
    pub fn by(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            by_key: BTreeMap::new(),
            known: BTreeSet::new(),
            kinds: BTreeSet::new(),
        }
    }

    /// Takes in what is committed about somebody, oldest first: the last of a key counts. `None`: the
    /// record is gone.
    pub fn take(&mut self, key: String, kept: Option<Kept>) {
        self.by_key.remove(&key);
        self.known.remove(&key);
        let Some(kept) = kept else { return };
        self.kinds.extend(kept.person.aliases.iter().map(Alias::kind));
        if goes_by(&kept.person, &self.name) {
            self.by_key.insert(key.clone(), kept);
        }
        self.known.insert(key);
    }

    /// How many people are known at all.
    pub fn known(&self) -> usize {
        self.known.len()
    }

    /// By which kinds of names they are known.
    pub fn kinds(&self) -> impl Iterator<Item = AliasKind> {
        self.kinds.iter().copied()
    }

    /// Those who go by the name, by key.
    pub fn into_people(self) -> Vec<Kept> {
        self.by_key.into_values().collect()
    }
}

/// Whether the person has the id `name`, or had it, or is known by it.
pub fn goes_by(person: &Person, name: &str) -> bool {
    let is_it = |alias: &Alias| Alias::parse(alias.kind(), name).as_ref() == Some(alias);
    let mut ids = std::iter::once(&person.id).chain(&person.merged);
    ids.any(|id| id.as_str() == name) || person.aliases.iter().any(is_it)
}
