//! Whether anything may be concluded from what was read of a target.
//!
//! Whether a reading was whole is judged where it is read (`inventory`), and nowhere else. Here it is
//! only asked, and what cannot be compared is added.

use crate::inventory;
use crate::model::ids::GroupName;
use serde::Serialize;

/// Whether anything may be concluded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Completeness {
    Complete,
    Incomplete(Vec<Flaw>),
}

/// Why nothing is concluded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    #[error("it is still being read")]
    NotClosed,
    #[error("they were never read as a whole")]
    Never,
    #[error("a part of what was read is missing; it is read again")]
    Torn,
    #[error("their last reading is not believed: {}", .0.text())]
    Read(inventory::Flaw),
    #[error("who is in the group `{0}` is not known, and its members are protected")]
    ProtectedUnknown(GroupName),
    #[error("they are too many to be kept")]
    TooLarge,
}
