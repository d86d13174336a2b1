//! What was so before the first claim touched it.

use crate::engine::record::baseline as form;
use crate::model::ids::GroupName;
use crate::model::wish::{Facet, Wanted};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a facet was before the first claim touched it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Before<T> {
    /// The cut went first; nobody looked.
    Unknown,
    Was(T),
}

/// The way back, for as long as claims stand in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "form::Baseline", into = "form::Baseline")]
pub struct Baseline {
    /// An attribute that had no value was `Clear`.
    pub before: BTreeMap<Facet, Before<Wanted>>,
    /// What usher gave because a claim asked for it, though nobody knows what was before. That it is
    /// there says nothing of what was before.
    pub given: BTreeSet<Facet>,
    /// Groups that account is to be out of, and that did not list it when that was planned. Their list
    /// may be newer than its id: only if a later read finds it by that id were they right.
    pub unlisted: BTreeSet<GroupName>,
}

impl Baseline {
    /// What the account's membership was.
    pub fn group(&self, group: &GroupName) -> Option<&Before<Wanted>> {
        self.before.get(&Facet::Group(group.clone()))
    }
}
