//! How often all that a target has is read.

use crate::config::duration;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// The key `inventory` of a target.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Inventory {
    /// From the end of one reading to the beginning of the next.
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub every: SignedDuration,
}

impl Default for Inventory {
    fn default() -> Self {
        Self { every: SignedDuration::from_hours(6) }
    }
}
