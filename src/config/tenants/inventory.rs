//! How often all that a target has is read.

use crate::config::duration;
use crate::inventory::scope::Scope;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The key `inventory` of a target.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Inventory {
    /// From the end of one reading to the beginning of the next.
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub every: SignedDuration,
    /// What is read besides accounts and groups, as far as the token is granted it.
    pub reads: BTreeSet<Scope>,
}

impl Default for Inventory {
    fn default() -> Self {
        Self { every: SignedDuration::from_hours(6), reads: BTreeSet::new() }
    }
}
