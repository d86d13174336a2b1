//! How many operators an approval takes.

use crate::engine::settings::Approvals;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// The section `approvals`; one operator for all else.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApprovalSettings {
    /// For a deletion.
    pub deletion: NonZeroUsize,
    /// For a command that approves more rows than this …
    pub over_rows: usize,
    /// … so many.
    pub over: NonZeroUsize,
}

impl Default for ApprovalSettings {
    fn default() -> Self {
        let Approvals { deletion, over_rows, over } = Approvals::default();
        let at_least_one = |count| NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN);
        Self { deletion: at_least_one(deletion), over_rows, over: at_least_one(over) }
    }
}

impl ApprovalSettings {
    /// As the engine takes it.
    pub fn approvals(&self) -> Approvals {
        Approvals {
            deletion: self.deletion.get(),
            over_rows: self.over_rows,
            over: self.over.get(),
        }
    }
}
