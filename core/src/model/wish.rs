//! The account a person should have now, and the facets that it is made of.

use super::account::{AttributeName, UnknownAttribute, Value};
use super::ids::GroupName;
use super::operation::{Field, bare_by_name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// One part of an account that a claim can speak about.
///
/// As text, in state and audit: `account`, `active`, `group VPN`, `attribute title`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Facet {
    /// Whether there is one.
    Account,
    Active,
    Group(GroupName),
    Attribute(AttributeName),
}

/// What a facet should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Account(Presence),
    Active(bool),
    Group(Membership),
    Attribute(Field),
}

/// Whether there should be an account at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    Present,
    Absent,
}

/// Whether the account should be in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Membership {
    Member,
    Outside,
}

impl Membership {
    pub fn of(is_member: bool) -> Self {
        if is_member { Self::Member } else { Self::Outside }
    }
}

/// What is wanted of one account. What it does not mention is unmanaged and left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Presence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "bare_by_name")]
    pub attributes: BTreeMap<AttributeName, Field>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<GroupName, Membership>,
}

impl Wish {
    /// The value that an attribute should have, if the wish gives it one.
    pub fn value(&self, name: &AttributeName) -> Option<&Value> {
        self.attributes.get(name)?.value()
    }

    /// What is wanted of `facet`; `None`: it is left alone.
    pub fn wanted(&self, facet: &Facet) -> Option<Wanted> {
        match facet {
            Facet::Account => self.account.map(Wanted::Account),
            Facet::Active => self.active.map(Wanted::Active),
            Facet::Group(group) => self.groups.get(group).copied().map(Wanted::Group),
            Facet::Attribute(name) => self.attributes.get(name).cloned().map(Wanted::Attribute),
        }
    }

    /// The facets that it speaks about.
    pub fn facets(&self) -> impl Iterator<Item = Facet> {
        let account = self.account.map(|_| Facet::Account);
        let active = self.active.map(|_| Facet::Active);
        let groups = self.groups.keys().cloned().map(Facet::Group);
        let attributes = self.attributes.keys().cloned().map(Facet::Attribute);
        account.into_iter().chain(active).chain(groups).chain(attributes)
    }

    /// From now on it wants this of `facet`; a word that fits another facet changes nothing.
    pub fn want(&mut self, facet: &Facet, wanted: Wanted) {
        match (facet, wanted) {
            (Facet::Account, Wanted::Account(presence)) => self.account = Some(presence),
            (Facet::Active, Wanted::Active(active)) => self.active = Some(active),
            (Facet::Group(group), Wanted::Group(membership)) => {
                self.groups.insert(group.clone(), membership);
            }
            (Facet::Attribute(name), Wanted::Attribute(field)) => {
                self.attributes.insert(name.clone(), field);
            }
            (
                Facet::Account | Facet::Active | Facet::Group(_) | Facet::Attribute(_),
                Wanted::Account(_) | Wanted::Active(_) | Wanted::Group(_) | Wanted::Attribute(_),
            ) => {}
        }
    }

    /// From now on it leaves `facet` alone.
    pub fn leave(&mut self, facet: &Facet) {
        match facet {
            Facet::Account => self.account = None,
            Facet::Active => self.active = None,
            Facet::Group(group) => drop(self.groups.remove(group)),
            Facet::Attribute(name) => drop(self.attributes.remove(name)),
        }
    }

    /// Nothing is wanted: the account is unmanaged.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Facet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => out.write_str("account"),
            Self::Active => out.write_str("active"),
            Self::Group(group) => write!(out, "group {group}"),
            Self::Attribute(name) => write!(out, "attribute {name}"),
        }
    }
}

impl From<Facet> for String {
    fn from(facet: Facet) -> Self {
        facet.to_string()
    }
}

impl TryFrom<String> for Facet {
    type Error = UnknownAttribute;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match (text.as_str(), text.split_once(' ')) {
            ("account", _) => Ok(Self::Account),
            ("active", _) => Ok(Self::Active),
            (_, Some(("group", name))) => Ok(Self::Group(GroupName::new(name))),
            (_, Some(("attribute", name))) => AttributeName::parse(name).map(Self::Attribute),
            (_, Some(_) | None) => Err(UnknownAttribute(text)),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(Presence::Present) => out.write_str("present"),
            Self::Account(Presence::Absent) => out.write_str("absent"),
            Self::Active(true) => out.write_str("yes"),
            Self::Active(false) => out.write_str("no"),
            Self::Group(Membership::Member) => out.write_str("member"),
            Self::Group(Membership::Outside) => out.write_str("outside"),
            Self::Attribute(Field::Set(value)) => out.write_str(&value.to_text()),
            Self::Attribute(Field::Clear) => out.write_str("no value"),
        }
    }
}
