//! The first version of a record, where it differs from what the engine works with.
//!
//! All else is kept as its own type says. When a type must change and the record must not, its form of
//! before moves here, with the way to it and back.

use crate::engine::claims::Instance;
use crate::engine::desks::Seats;
use crate::engine::forget::LastWord;
use crate::engine::people::seen::Seen;
use crate::engine::state::{self, Before, LegalHold, Person, ProfileMark, Seat};
use crate::model::Alias;
use crate::model::account::{AttributeName, Value};
use crate::model::claim::ClaimName;
use crate::model::ids::{GroupName, PersonId, TargetName, TenantName};
use crate::model::wish::{Facet, Membership, Wanted};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A person's record: all that is kept of them, and their seats beside it.
#[derive(Debug, Deserialize)]
pub struct Kept {
    id: PersonId,
    tenant: TenantName,
    #[serde(default)]
    merged: BTreeSet<PersonId>,
    aliases: BTreeSet<Alias>,
    #[serde(default)]
    reported: BTreeSet<Alias>,
    #[serde(default)]
    known_to_hr: Option<bool>,
    #[serde(default)]
    canonical: u8,
    claims: Vec<Instance>,
    #[serde(default)]
    employments: Vec<Instance>,
    #[serde(default)]
    legal_holds: Vec<LegalHold>,
    #[serde(default)]
    forgotten: BTreeMap<ClaimName, Timestamp>,
    #[serde(default)]
    last_words: Vec<LastWord>,
    profile: BTreeMap<AttributeName, Vec<ProfileMark>>,
    recent: VecDeque<Seen>,
    seats: BTreeMap<TargetName, Seat>,
}

/// The same, as it is written.
#[derive(Serialize)]
pub struct Written<'a> {
    #[serde(flatten)]
    pub person: &'a Person,
    pub seats: &'a Seats<'a>,
}

impl From<Kept> for state::Kept {
    fn from(form: Kept) -> Self {
        let person = Person {
            id: form.id,
            tenant: form.tenant,
            merged: form.merged,
            aliases: form.aliases,
            reported: form.reported,
            known_to_hr: form.known_to_hr,
            canonical: form.canonical,
            claims: form.claims,
            employments: form.employments,
            legal_holds: form.legal_holds,
            forgotten: form.forgotten,
            last_words: form.last_words,
            profile: form.profile,
            recent: form.recent,
        };
        Self { person, seats: form.seats }
    }
}

/// A way back: one member for each kind of facet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Baseline {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    active: Option<Before<bool>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    groups: BTreeMap<GroupName, Before<Membership>>,
    /// `Was(None)`: the attribute had no value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<AttributeName, Before<Option<Value>>>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    given: BTreeSet<Facet>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    unlisted: BTreeSet<GroupName>,
}

impl<T> Before<T> {
    pub fn map<U>(self, read: impl FnOnce(T) -> U) -> Before<U> {
        match self {
            Self::Unknown => Before::Unknown,
            Self::Was(value) => Before::Was(read(value)),
        }
    }
}

impl From<Baseline> for state::Baseline {
    fn from(form: Baseline) -> Self {
        let Baseline { active, groups, attributes, given, unlisted } = form;
        let active = active.map(|it| (Facet::Active, it.map(Wanted::Active)));
        let groups = groups
            .into_iter()
            .map(|(group, before)| (Facet::Group(group), before.map(Wanted::Group)));
        let attributes = attributes.into_iter().map(|(name, before)| {
            (Facet::Attribute(name), before.map(|value| Wanted::Attribute(value.into())))
        });
        let before = active.into_iter().chain(groups).chain(attributes).collect();
        Self { before, given, unlisted }
    }
}

impl From<state::Baseline> for Baseline {
    fn from(baseline: state::Baseline) -> Self {
        let state::Baseline { before, given, unlisted } = baseline;
        let mut form = Self { given, unlisted, ..Self::default() };
        for (facet, before) in before {
            match (facet, before) {
                (Facet::Active, Before::Unknown) => form.active = Some(Before::Unknown),
                (Facet::Group(group), Before::Unknown) => {
                    form.groups.insert(group, Before::Unknown);
                }
                (Facet::Attribute(name), Before::Unknown) => {
                    form.attributes.insert(name, Before::Unknown);
                }
                (Facet::Active, Before::Was(Wanted::Active(was))) => {
                    form.active = Some(Before::Was(was));
                }
                (Facet::Group(group), Before::Was(Wanted::Group(was))) => {
                    form.groups.insert(group, Before::Was(was));
                }
                (Facet::Attribute(name), Before::Was(Wanted::Attribute(was))) => {
                    form.attributes.insert(name, Before::Was(was.into()));
                }
                (Facet::Account, _) | (_, Before::Was(_)) => {}
            }
        }
        form
    }
}
