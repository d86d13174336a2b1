//! What usher knows of people, as values that are handed in, kept in few bytes.

use crate::model::ids::{PersonId, ScimId, TargetName};
use crate::model::{Alias, AliasKind, AttributeName};
use crate::roster::Space;
use crate::roster::keys::Keys;
use crate::roster::texts::{Text, Texts};
use jiff::Timestamp;
use std::fmt;

/// Somebody whom usher knows, as they are handed in.
#[derive(Clone, Copy, Debug)]
pub struct KnownPerson<'a> {
    pub id: &'a PersonId,
    /// Those that lead to them now.
    pub names: &'a [Alias],
    pub employment: Employment,
    pub seats: &'a [KnownSeat<'a>],
}

/// What HR's events have told of somebody's employments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Employment {
    /// Nothing.
    #[default]
    Untold,
    /// One has begun, and has not ended.
    Open,
    /// One begins later.
    Future,
    /// All have ended.
    Ended,
}

/// Their place at a target.
#[derive(Clone, Copy, Debug)]
pub struct KnownSeat<'a> {
    pub target: &'a TargetName,
    pub bound: Option<&'a ScimId>,
    /// When usher last wanted something else of it, or counted a call there.
    pub since: Option<Timestamp>,
    pub wants: Wanted<'a>,
}

/// What usher wants of an account now; what it does not mention is left alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Whether there should be one.
    pub account: Option<bool>,
    pub active: Option<bool>,
    pub attributes: &'a [(AttributeName, &'a str)],
    pub groups_in: &'a [&'a str],
    pub groups_out: &'a [&'a str],
}

pub(super) struct Known {
    pub(super) id: PersonId,
    pub(super) employment: Employment,
    names: (u32, u32),
    seats: (u32, u32),
}

pub(super) struct Seat {
    pub(super) target: u16,
    pub(super) bound: Text,
    since: Option<Timestamp>,
    pub(super) account: Option<bool>,
    pub(super) active: Option<bool>,
    attributes: (u32, u32),
    groups_in: (u32, u32),
    groups_out: (u32, u32),
}

/// Everybody whom usher knows in a tenant.
#[derive(Default)]
pub struct KnownPeople {
    pub(super) texts: Texts,
    pub(super) people: Vec<Known>,
    names: Vec<(Space, Text)>,
    seats: Vec<Seat>,
    attributes: Vec<(AttributeName, Text)>,
    groups: Vec<Text>,
    targets: Vec<TargetName>,
    keys: Keys,
    /// People by the ids of their accounts.
    bound: Keys,
    /// How many are known whose records cannot be read: an account might be theirs.
    pub(super) unread: u64,
}

impl Seat {
    /// Whether usher has wanted or called anything there since: what was read at that time may be what was
    /// before.
    pub(super) fn is_younger_than(&self, read: Timestamp) -> bool {
        self.since.is_some_and(|since| since >= read)
    }
}

impl KnownPeople {
    /// Another person.
    pub fn add(&mut self, person: &KnownPerson<'_>) {
        let number = count(self.people.len());
        let names = count(self.names.len());
        for name in person.names {
            let text = self.texts.add(name.value());
            self.names.push((space(name.kind()), text));
            self.keys.add(space(name.kind()), name.value(), number);
        }
        let seats = count(self.seats.len());
        for seat in person.seats {
            if let Some(bound) = seat.bound {
                self.bound.add(Space::External, bound.as_str(), number);
            }
            self.keep_seat(seat);
        }
        self.people.push(Known {
            id: person.id.clone(),
            employment: person.employment,
            names: (names, count(self.names.len())),
            seats: (seats, count(self.seats.len())),
        });
    }

    /// Somebody is known, and their record cannot be read: nobody is blamed while that is so.
    pub fn add_unread(&mut self) {
        self.unread += 1;
    }

    fn keep_seat(&mut self, seat: &KnownSeat<'_>) {
        let target = self.targets.iter().position(|it| it == seat.target).unwrap_or_else(|| {
            self.targets.push(seat.target.clone());
            self.targets.len() - 1
        });
        let attributes = count(self.attributes.len());
        for (name, value) in seat.wants.attributes {
            let text = self.texts.intern(value);
            self.attributes.push((name.clone(), text));
        }
        let groups_in = self.keep_groups(seat.wants.groups_in);
        let groups_out = self.keep_groups(seat.wants.groups_out);
        self.seats.push(Seat {
            target: u16::try_from(target).unwrap_or(u16::MAX),
            bound: seat.bound.map_or(Text::NONE, |id| self.texts.add(id.as_str())),
            since: seat.since,
            account: seat.wants.account,
            active: seat.wants.active,
            attributes: (attributes, count(self.attributes.len())),
            groups_in,
            groups_out,
        });
    }

    fn keep_groups(&mut self, groups: &[&str]) -> (u32, u32) {
        let from = count(self.groups.len());
        for group in groups {
            let text = self.texts.intern(group);
            self.groups.push(text);
        }
        (from, count(self.groups.len()))
    }

    pub(super) fn person(&self, number: u32) -> Option<&Known> {
        self.people.get(number as usize)
    }

    pub(super) fn names(&self, number: u32) -> impl Iterator<Item = (Space, &str)> + Clone {
        let names = self.person(number).map(|it| slice(&self.names, it.names)).unwrap_or_default();
        names.iter().map(|(space, text)| (*space, self.texts.get(*text)))
    }

    pub(super) fn seat(&self, number: u32, target: &TargetName) -> Option<&Seat> {
        let place = self.targets.iter().position(|it| it == target)?;
        let seats = slice(&self.seats, self.person(number)?.seats);
        seats.iter().find(|seat| usize::from(seat.target) == place)
    }

    pub(super) fn wanted_attributes(
        &self,
        seat: &Seat,
    ) -> impl Iterator<Item = (&AttributeName, &str)> {
        slice(&self.attributes, seat.attributes)
            .iter()
            .map(|(name, text)| (name, self.texts.get(*text)))
    }

    pub(super) fn groups_in(&self, seat: &Seat) -> impl Iterator<Item = &str> {
        slice(&self.groups, seat.groups_in).iter().map(|text| self.texts.get(*text))
    }

    pub(super) fn groups_out(&self, seat: &Seat) -> impl Iterator<Item = &str> {
        slice(&self.groups, seat.groups_out).iter().map(|text| self.texts.get(*text))
    }

    /// Everybody who goes by a canonical name.
    pub(super) fn named<'a>(
        &'a self,
        space: Space,
        name: &'a str,
    ) -> impl Iterator<Item = u32> + 'a {
        let is_theirs = move |number: u32| self.names(number).any(|it| it == (space, name));
        self.keys.owners(space, name, is_theirs)
    }

    /// Whose account usher takes it for.
    pub(super) fn bound_to(&self, target: &TargetName, id: &str) -> Option<u32> {
        let (asked, target) = (id.to_owned(), target.clone());
        let is_theirs = move |number: u32| {
            self.seat(number, &target).is_some_and(|seat| self.texts.get(seat.bound) == asked)
        };
        self.bound.owners(Space::External, id, is_theirs).next()
    }
}

pub(super) fn space(kind: AliasKind) -> Space {
    match kind {
        AliasKind::EmployeeNumber => Space::EmployeeNumber,
        AliasKind::WorkerId => Space::WorkerId,
        AliasKind::UserName | AliasKind::Email => Space::Name,
        AliasKind::External => Space::External,
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

fn slice<T>(all: &[T], (from, to): (u32, u32)) -> &[T] {
    all.get(from as usize..to as usize).unwrap_or_default()
}

/// Without what it says of people.
impl fmt::Debug for KnownPeople {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("KnownPeople").field("people", &self.people.len()).finish_non_exhaustive()
    }
}
