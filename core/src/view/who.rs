//! Who somebody is, as operators see it before they say who is who.

use super::difference::known_as;
use crate::engine::people::parted;
use crate::engine::record::Kept;
use crate::engine::state::Person;
use crate::engine::state::overrides::GaveWay;
use crate::model::Alias;
use crate::model::ids::{PersonId, ScimId, TargetName};
use jiff::Timestamp;

/// A person, by what tells them from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    pub person: PersonId,
    pub known_as: String,
    /// By HR's word, and by the sensors'.
    pub names: Vec<Alias>,
    /// Accounts that are bound, or hidden.
    pub accounts: Vec<(TargetName, ScimId)>,
    pub on_legal_hold: bool,
    /// When a source last spoke of them.
    pub last_heard: Option<Timestamp>,
}

/// A name that several have, and who has it once they are parted; `None`: nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Led {
    pub name: Alias,
    pub to: Option<PersonId>,
}

/// Whether `id` means this person: it is theirs, or was of a record that became part of theirs.
pub fn is_meant(kept: &Kept, id: &PersonId) -> bool {
    kept.person.has_been(id)
}

/// What an operator should see of somebody.
pub fn introduce(kept: &Kept) -> Who {
    let Kept { person, seats } = kept;
    let accounts = seats.iter();
    let accounts =
        accounts.filter_map(|(target, seat)| Some((target.clone(), seat.own_account()?.clone())));
    Who {
        person: person.id.clone(),
        known_as: known_as(person),
        names: person.aliases.iter().chain(&person.reported).cloned().collect(),
        accounts: accounts.collect(),
        on_legal_hold: person.is_on_legal_hold(),
        last_heard: person.last_heard(),
    }
}

/// The overrides that would give way if all of these were one.
pub fn gives_way(all: &[Kept], now: Timestamp) -> Vec<GaveWay> {
    let mut people = all.iter().map(|kept| &kept.person.overrides);
    let mut kept = people.next().cloned().unwrap_or_default();
    people.flat_map(|other| kept.unite(other, now)).collect()
}

/// Where the names that several of these have lead to once they are parted.
pub fn names_led(all: &[Kept]) -> Vec<Led> {
    let people: Vec<&Person> = all.iter().map(|kept| &kept.person).collect();
    let led = |name: &Alias| {
        let is_claimant = |it: &&Person| it.is_known_to_hr() && it.aliases.contains(name);
        let claimants: Vec<&Person> = people.iter().copied().filter(is_claimant).collect();
        Led { name: name.clone(), to: parted::last_given(name, &claimants).cloned() }
    };
    parted::shared_names(&people).into_iter().map(led).collect()
}
