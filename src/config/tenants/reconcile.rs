//! How lists, accounts and what usher knows are compared.

use super::{Target, Tenant};
use crate::config::duration;
use crate::engine::brakes::protect::Pattern;
use crate::model::ids::TargetName;
use crate::reconcile::{self, Signs};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The key `reconcile` of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Reconcile {
    /// From one comparison that the worker makes to the next, where there is a `roster`; `none`: it makes
    /// none, and nobody is told of findings.
    #[serde(with = "duration::or_none")]
    #[schemars(with = "duration::or_none::Text")]
    pub every: Option<SignedDuration>,
    /// So many lists, one after the other, make a leaver of whom they miss; at least two.
    pub misses: u16,
    /// Between two such lists.
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub misses_apart: SignedDuration,
    /// Starters of so many days should have their accounts.
    pub starters_days: u16,
    /// An account is unused after so many days.
    pub unused_days: u16,
    /// What targets have, read longer ago, is not compared.
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub inventory_age: SignedDuration,
    /// What shows that an account is a machine's.
    pub services: Services,
}

impl Default for Reconcile {
    fn default() -> Self {
        let usual = reconcile::Settings::default();
        Self {
            every: Some(SignedDuration::from_hours(6)),
            misses: usual.misses_least,
            misses_apart: usual.between,
            starters_days: usual.starters_days,
            unused_days: usual.unused_days,
            inventory_age: usual.inventory_age_most,
            services: Services::default(),
        }
    }
}

/// What shows that an account is a machine's: it is never taken for an orphan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Services {
    /// What stands in `userType`, whole; letters are alike in both cases.
    pub user_types: BTreeSet<String>,
    /// The user name or the address that the target shows; `*` stands for any signs.
    pub accounts: BTreeSet<String>,
}

impl Default for Services {
    fn default() -> Self {
        let types = ["Service", "Service Account", "ServiceAccount"];
        Self { user_types: types.map(str::to_owned).into(), accounts: BTreeSet::new() }
    }
}

/// What `externalId` holds at a target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExternalId {
    /// Nothing that people are told apart by.
    #[default]
    Nothing,
    EmployeeNumber,
    WorkerId,
    /// The id that this system gives: `entra`.
    Of(String),
}

impl Reconcile {
    /// Everything that is wrong with it; each begins with the key and ends with the cure.
    pub(super) fn problems(&self, key: &str) -> Vec<String> {
        let mut problems = Vec::new();
        if self.misses < 2 {
            problems.push(format!(
                "{key}.misses: is {}; one list alone makes nobody a leaver, so say 2 or more",
                self.misses
            ));
        }
        let everybody = |text: &&String| text.chars().all(|sign| sign == '*');
        for text in self.services.accounts.iter().filter(everybody) {
            problems.push(format!(
                "{key}.services.accounts: `{text}` takes everybody for a machine, or nobody; say whom, or take \
                 it out"
            ));
        }
        if self.services.user_types.iter().any(|text| text.trim().is_empty()) {
            problems.push(format!("{key}.services.user_types: one is empty; take it out"));
        }
        problems
    }
}

impl Tenant {
    /// How its accounts are compared with its lists.
    pub fn comparison(&self) -> reconcile::Settings {
        let Reconcile { misses, misses_apart, starters_days, unused_days, inventory_age, .. } =
            self.reconcile;
        let name = |target: &Target| TargetName::new(&target.name);
        let of_all = self.targets.iter().filter(|target| target.everybody);
        let priced = self.targets.iter();
        let priced = priced.filter_map(|target| Some((name(target), target.seats.clone()?)));
        reconcile::Settings {
            misses_least: misses,
            between: misses_apart,
            starters_days,
            unused_days,
            inventory_age_most: inventory_age,
            everybody: of_all.map(name).collect(),
            seats: priced.collect(),
        }
    }

    /// By what the accounts of one of its targets are told apart.
    pub fn signs(&self, target: &Target) -> Signs {
        let protected = self.protected.settings();
        let small = |text: &String| text.trim().to_lowercase();
        let Services { user_types, accounts } = &self.reconcile.services;
        Signs {
            external: match &target.external_id {
                ExternalId::Nothing => reconcile::ExternalId::Nothing,
                ExternalId::EmployeeNumber => reconcile::ExternalId::EmployeeNumber,
                ExternalId::WorkerId => reconcile::ExternalId::WorkerId,
                ExternalId::Of(system) => reconcile::ExternalId::Of(system.clone()),
            },
            service_types: user_types.iter().map(small).collect(),
            service_names: accounts.iter().map(|text| Pattern::new(text)).collect(),
            protected_groups: protected.groups_to_read().cloned().collect(),
            administrator_types: protected.administrators,
            protected_names: protected.patterns,
        }
    }
}
