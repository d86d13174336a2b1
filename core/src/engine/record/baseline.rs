//! The way back as it is written: one member for each kind of facet.

use crate::engine::state::way_back::{Baseline as WayBack, Before};
use crate::model::account::{AttributeName, Value};
use crate::model::ids::GroupName;
use crate::model::wish::{Facet, Membership, Wanted};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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

impl From<Baseline> for WayBack {
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

impl From<WayBack> for Baseline {
    fn from(baseline: WayBack) -> Self {
        let WayBack { before, given, unlisted } = baseline;
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
