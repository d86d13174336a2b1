//! What was tried and has brought nothing yet.

use crate::engine::moment::Moment;
use crate::model::account::AttributeName;
use crate::model::ids::GroupName;
use crate::model::operation::Operation;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What an operation changes: two of one kind are tries of the same thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Create,
    Deactivate,
    Activate,
    Attributes(BTreeSet<AttributeName>),
    Join(GroupName),
    Leave(GroupName),
    CreateGroup(GroupName),
    Delete,
}

impl Kind {
    pub fn of(operation: &Operation) -> Self {
        match operation {
            Operation::Create { .. } => Self::Create,
            Operation::Change { active: Some(true), .. } => Self::Activate,
            Operation::Change { active: Some(false), .. } => Self::Deactivate,
            Operation::Change { active: None, attributes, .. } => {
                Self::Attributes(attributes.keys().cloned().collect())
            }
            Operation::AddMember { group, .. } => Self::Join(group.name.clone()),
            Operation::RemoveMember { group, .. } => Self::Leave(group.name.clone()),
            Operation::CreateGroup { name } => Self::CreateGroup(name.clone()),
            Operation::Delete { .. } => Self::Delete,
        }
    }
}

/// Tries of one kind that have brought nothing yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    pub kind: Kind,
    /// Calls in a row that failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failures: u32,
    /// The last was refused for good: it is no reason for others to wait.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
    /// The target said yes, and so many looks since have not shown it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks: Option<u32>,
    /// The target has only taken it in, and may do it until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comes_until: Option<Timestamp>,
    /// It is not made again before this, nor, after a yes, looked at again.
    pub not_before: Timestamp,
    /// The look that began at or after this moment counts; `None`: none is due.
    #[serde(skip)]
    pub armed: Option<Moment>,
    /// After a yes: it may be made again.
    #[serde(skip)]
    pub may_be_made: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
