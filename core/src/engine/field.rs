//! The facets of an account, as one kind of thing, and what each should be.

use super::state::{Baseline, Before};
use super::wish::Saying;
use crate::model::account::{AttributeName, Value};
use crate::model::ids::GroupName;
use crate::model::operation;
use crate::model::wish::{Membership, Presence, Wish};

/// One facet of an account that a claim can speak about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Account,
    Active,
    Group(GroupName),
    Attribute(AttributeName),
}

/// What a field should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Account(Presence),
    Active(bool),
    Group(Membership),
    Attribute(Value),
    /// The attribute has no value.
    NoValue,
}

/// What a claim says, and of which field.
pub(super) fn read(saying: Saying<'_>) -> (Field, Wanted) {
    match saying {
        Saying::Account(presence) => (Field::Account, Wanted::Account(presence)),
        Saying::Active(active) => (Field::Active, Wanted::Active(active)),
        Saying::Group(group, membership) => {
            (Field::Group(group.clone()), Wanted::Group(membership))
        }
        Saying::Attribute(name, value) => {
            (Field::Attribute(name.clone()), Wanted::Attribute(value.clone()))
        }
    }
}

/// The fields that `wish` speaks about.
pub(super) fn fields_of(wish: &Wish) -> Vec<Field> {
    let account = wish.account.map(|_| Field::Account);
    let active = wish.active.map(|_| Field::Active);
    let groups = wish.groups.keys().cloned().map(Field::Group);
    let attributes = wish.attributes.keys().cloned().map(Field::Attribute);
    account.into_iter().chain(active).chain(groups).chain(attributes).collect()
}

/// The fields whose way back is kept.
pub(super) fn fields_before(baseline: &Baseline) -> Vec<Field> {
    let active = baseline.active.as_ref().map(|_| Field::Active);
    let groups = baseline.groups.keys().cloned().map(Field::Group);
    let attributes = baseline.attributes.keys().cloned().map(Field::Attribute);
    active.into_iter().chain(groups).chain(attributes).collect()
}

/// What `wish` wants of `field`.
pub(super) fn wanted_of(wish: &Wish, field: &Field) -> Option<Wanted> {
    match field {
        Field::Account => wish.account.map(Wanted::Account),
        Field::Active => wish.active.map(Wanted::Active),
        Field::Group(group) => wish.groups.get(group).copied().map(Wanted::Group),
        Field::Attribute(name) => wish.attributes.get(name).map(wanted_attribute),
    }
}

/// What is wanted of an attribute.
pub fn wanted_attribute(held: &operation::Field) -> Wanted {
    held.value().cloned().map_or(Wanted::NoValue, Wanted::Attribute)
}

/// What `field` was before the first claim.
pub(super) fn before(baseline: &Baseline, field: &Field) -> Option<Before<Option<Wanted>>> {
    fn known<T>(before: &Before<T>, read: impl Fn(&T) -> Option<Wanted>) -> Before<Option<Wanted>> {
        match before {
            Before::Unknown => Before::Unknown,
            Before::Was(value) => Before::Was(read(value)),
        }
    }
    match field {
        Field::Account => None,
        Field::Active => baseline
            .active
            .as_ref()
            .map(|before| known(before, |active| Some(Wanted::Active(*active)))),
        Field::Group(group) => baseline
            .groups
            .get(group)
            .map(|before| known(before, |membership| Some(Wanted::Group(*membership)))),
        Field::Attribute(name) => baseline
            .attributes
            .get(name)
            .map(|before| known(before, |value| value.clone().map(Wanted::Attribute))),
    }
}

/// As the state calls fields that have no way back.
impl std::fmt::Display for Field {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account => out.write_str("account"),
            Self::Active => out.write_str("active"),
            Self::Group(group) => write!(out, "group {group}"),
            Self::Attribute(name) => write!(out, "attribute {name}"),
        }
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account(Presence::Present) => out.write_str("present"),
            Self::Account(Presence::Absent) => out.write_str("absent"),
            Self::Active(true) => out.write_str("yes"),
            Self::Active(false) => out.write_str("no"),
            Self::Group(Membership::Member) => out.write_str("member"),
            Self::Group(Membership::Outside) => out.write_str("outside"),
            Self::Attribute(value) => out.write_str(&value.to_text()),
            Self::NoValue => out.write_str("no value"),
        }
    }
}
