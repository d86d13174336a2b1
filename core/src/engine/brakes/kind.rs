//! What kind of thing a call does, for the limits.

use crate::model::account::AttributeName;
use crate::model::ids::GroupName;
use crate::model::operation::Operation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// What is counted, and limited, by itself. One person counts once in each kind and window, whatever is
/// called for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// An account is made inactive or put into a restricting group; so are the groups that it leaves with
    /// that.
    Cut,
    /// An account is deleted.
    Delete,
    /// An account is made; so are the groups that it joins with that. Or a group is made.
    Create,
    /// A group is left by somebody who stays.
    Leave,
    /// An account is made active, joins a group, or leaves a restricting one.
    Grant,
    /// An attribute loses its value, or somebody their user name.
    Change,
}

impl LimitKind {
    pub const ALL: [Self; 6] =
        [Self::Cut, Self::Delete, Self::Create, Self::Leave, Self::Grant, Self::Change];

    /// Its word in configuration, rows and metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Delete => "delete",
            Self::Create => "create",
            Self::Leave => "leave",
            Self::Grant => "grant",
            Self::Change => "change",
        }
    }

    /// What was done, of people: `31 people were cut`.
    pub fn done(self) -> &'static str {
        match self {
            Self::Cut => "were cut",
            Self::Delete => "were deleted",
            Self::Create => "were made",
            Self::Leave => "left groups",
            Self::Grant => "were given access",
            Self::Change => "lost a name or a value",
        }
    }
}

impl fmt::Display for LimitKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// What must be known of a person to say of what kind a call for them is.
#[derive(Clone, Copy, Debug)]
pub struct Bearing<'a> {
    pub restricting: &'a BTreeSet<GroupName>,
    /// The account is to be inactive, or not there.
    pub is_to_go: bool,
    /// The account was made by usher within the day.
    pub is_made: bool,
}

/// The kind of a call; `None`: nobody loses or gains anything by it.
pub fn kind_of(operation: &Operation, bearing: Bearing<'_>) -> Option<LimitKind> {
    let given = if bearing.is_made { LimitKind::Create } else { LimitKind::Grant };
    let left = if bearing.is_to_go { LimitKind::Cut } else { LimitKind::Leave };
    match operation {
        Operation::Create { .. } | Operation::CreateGroup { .. } => Some(LimitKind::Create),
        Operation::Delete { .. } => Some(LimitKind::Delete),
        Operation::Change { active: Some(false), .. } => Some(LimitKind::Cut),
        Operation::Change { active: None, attributes, .. } => {
            let is_lost = attributes
                .iter()
                .any(|(name, field)| field.value().is_none() || *name == AttributeName::USER_NAME);
            is_lost.then_some(LimitKind::Change)
        }
        Operation::AddMember { group, .. } if bearing.restricting.contains(&group.name) => {
            Some(LimitKind::Cut)
        }
        Operation::Change { active: Some(true), .. } | Operation::AddMember { .. } => Some(given),
        Operation::RemoveMember { group, .. } if bearing.restricting.contains(&group.name) => {
            Some(LimitKind::Grant)
        }
        Operation::RemoveMember { .. } => Some(left),
    }
}
