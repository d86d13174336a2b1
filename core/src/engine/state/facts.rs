//! What an account says of whose it is.

use crate::model::account::AttributeName;
use crate::model::ids::ScimId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What an account says of whose it is, in canonical form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub id: ScimId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::engine) user_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::engine) email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::engine) number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::engine) external: Option<String>,
    /// What led to it, if nothing has proved since that it is the person's: what is learned of them
    /// later may show that it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::engine) found_by: Option<AttributeName>,
}

/// Masked: they are personal data.
impl fmt::Debug for Facts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Facts({})", self.id)
    }
}
