//! Whose an account is: by its binding and by exact names alone.

use super::Question;
use super::inventory::{Inventory, Kept};
use crate::roster::{Column, Listed, Roster, Space};

/// How many of a kind were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Found<T> {
    #[default]
    Nobody,
    One(T),
    /// At least these two.
    Several(T, T),
}

impl<T: Copy + PartialEq> Found<T> {
    pub(super) fn one(self) -> Option<T> {
        match self {
            Self::One(one) => Some(one),
            Self::Nobody | Self::Several(_, _) => None,
        }
    }

    fn add(&mut self, other: T) {
        *self = match *self {
            Self::Nobody => Self::One(other),
            Self::One(one) if one != other => Self::Several(one, other),
            same => same,
        };
    }
}

/// What is known of an account's owner.
#[derive(Clone, Debug, Default)]
pub(super) struct Owner {
    /// Whom usher takes it for.
    pub(super) bound: Option<u32>,
    /// Of whom usher knows: by the account's own names, or by those of its rows in lists.
    pub(super) known: Found<u32>,
    /// In each list, and by which names; those of the account first.
    pub(super) listed: Vec<(Found<Listed>, Option<Space>)>,
    pub(super) known_by: Option<Space>,
}

impl Owner {
    /// Whom usher knows, by binding before names.
    pub(super) fn person(&self) -> Option<u32> {
        self.bound.or(self.known.one())
    }

    /// Its names are another's than whose usher takes it for.
    pub(super) fn is_contradicted(&self) -> bool {
        match (self.bound, self.known) {
            (None, _) | (_, Found::Nobody) => false,
            (Some(bound), Found::One(named)) => bound != named,
            (Some(_), Found::Several(_, _)) => true,
        }
    }

    pub(super) fn is_ambiguous(&self) -> bool {
        let is_several = |found: &(Found<Listed>, _)| matches!(found.0, Found::Several(_, _));
        matches!(self.known, Found::Several(_, _)) || self.listed.iter().any(is_several)
    }

    pub(super) fn is_nobody(&self) -> bool {
        self.bound.is_none()
            && self.known == Found::Nobody
            && self.listed.iter().all(|it| it.0 == Found::Nobody)
    }
}

/// Finds the owner of an account.
pub(super) fn of(question: &Question<'_>, inventory: &Inventory, account: &Kept) -> Owner {
    let known = question.known;
    let id = inventory.texts.get(account.id);
    let mut owner = Owner { bound: known.bound_to(&inventory.target, id), ..Owner::default() };
    for (space, name) in inventory.names(account) {
        for person in known.named(space, name) {
            owner.known.add(person);
            owner.known_by.get_or_insert(space);
        }
    }
    for list in question.lists {
        let found = match list.roster {
            Ok(roster) => in_list(question, inventory, account, roster, &mut owner),
            Err(_) => (Found::Nobody, None),
        };
        owner.listed.push(found);
    }
    owner
}

/// Whose the account is in one list: by its own names, and by the numbers of whom usher knows.
fn in_list(
    question: &Question<'_>,
    inventory: &Inventory,
    account: &Kept,
    roster: &Roster,
    owner: &mut Owner,
) -> (Found<Listed>, Option<Space>) {
    let mut found = Found::Nobody;
    let mut by = None;
    for (space, name) in inventory.names(account) {
        for person in roster.named(space, name) {
            found.add(person);
            by.get_or_insert(space);
        }
    }
    // HR's numbers lead further: to somebody whose account has a name of before.
    if let Some(person) = owner.person() {
        match listed(question, roster, person) {
            Found::One(row) => found.add(row),
            Found::Several(one, other) if found == Found::Nobody => {
                found = Found::Several(one, other);
            }
            // Where names of theirs are others', too, those of the account tell whose it is.
            Found::Nobody | Found::Several(_, _) => {}
        }
    }
    // And a row's numbers lead to somebody whom usher knows.
    if let Some(row) = found.one() {
        for (space, column) in NUMBERS {
            for person in question.known.named(space, roster.text(row, column)) {
                owner.known.add(person);
                owner.known_by.get_or_insert(space);
            }
        }
    }
    (found, by)
}

const NUMBERS: [(Space, Column); 2] =
    [(Space::EmployeeNumber, Column::EmployeeNumber), (Space::WorkerId, Column::WorkerId)];

/// Somebody whom usher knows, in a list: by HR's numbers, and only where these are not there by other
/// names.
pub(super) fn listed(question: &Question<'_>, roster: &Roster, person: u32) -> Found<Listed> {
    let mut found = Found::Nobody;
    for is_strong in [true, false] {
        for (space, name) in question.known.names(person) {
            let strong = matches!(space, Space::EmployeeNumber | Space::WorkerId);
            if strong == is_strong {
                for row in roster.named(space, name) {
                    found.add(row);
                }
            }
        }
        if found != Found::Nobody {
            return found;
        }
    }
    found
}

/// Somebody in a list whom usher knows.
pub(super) fn known(question: &Question<'_>, roster: &Roster, person: Listed) -> Found<u32> {
    let mut found = Found::Nobody;
    for column in Column::ALL {
        let Some(space) = column.space() else { continue };
        let name = roster.text(person, *column);
        for one in question.known.named(space, name) {
            found.add(one);
        }
        if found != Found::Nobody && matches!(space, Space::WorkerId) {
            return found;
        }
    }
    found
}
