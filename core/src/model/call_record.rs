//! A writing call as the audit tells it: names, never values.

use super::ids::ScimId;
use super::operation::Operation;
use super::schema;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A writing call of a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CallRecord {
    pub action: Action,
    /// Whose account was called for, by its id then; none for one that was to be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<ScimId>,
    /// Attribute names, or the group's name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub touched: Vec<String>,
    /// Those of them that lost their value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cleared: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    pub latency_ms: u64,
    pub outcome: CallOutcome,
    #[schemars(with = "schema::Instant")]
    pub at: Timestamp,
    /// The earlier revision that it was made for, if its answer came after that was superseded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_revision: Option<u64>,
}

/// What is done to an account, gravest first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Delete,
    Create,
    Deactivate,
    Activate,
    RemoveMember,
    AddMember,
    CreateGroup,
    /// Attributes alone.
    Change,
}

impl Action {
    pub fn of(operation: &Operation) -> Self {
        match operation {
            Operation::Create { .. } => Self::Create,
            Operation::Change { active: Some(false), .. } => Self::Deactivate,
            Operation::Change { active: Some(true), .. } => Self::Activate,
            Operation::Change { active: None, .. } => Self::Change,
            Operation::AddMember { .. } => Self::AddMember,
            Operation::CreateGroup { .. } => Self::CreateGroup,
            Operation::RemoveMember { .. } => Self::RemoveMember,
            Operation::Delete { .. } => Self::Delete,
        }
    }

    /// Its word in audit and logs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Create => "create",
            Self::Deactivate => "deactivate",
            Self::Activate => "activate",
            Self::RemoveMember => "remove_member",
            Self::AddMember => "add_member",
            Self::CreateGroup => "create_group",
            Self::Change => "change",
        }
    }

    /// Takes access away.
    pub fn is_cut(self) -> bool {
        match self {
            Self::Delete | Self::Deactivate | Self::RemoveMember => true,
            Self::Create | Self::Activate | Self::AddMember | Self::CreateGroup | Self::Change => {
                false
            }
        }
    }
}

/// What came of a call. As text: `done`, `failed: HTTP 400`, `unanswered: time-out`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(into = "String", from = "String")]
pub enum CallOutcome {
    /// It would be made, if the target were not only observed.
    Planned,
    Done,
    /// Taken in; whether it is done must be read.
    Accepted,
    AlreadySo,
    /// There is one already.
    Exists,
    Gone,
    NotSent,
    Failed(String),
    /// It may have landed.
    Unanswered(String),
}

impl CallOutcome {
    /// Whether it may have changed something.
    pub fn may_have_written(&self) -> bool {
        match self {
            Self::Done | Self::Accepted | Self::Unanswered(_) => true,
            Self::Planned
            | Self::AlreadySo
            | Self::Exists
            | Self::Gone
            | Self::NotSent
            | Self::Failed(_) => false,
        }
    }
}

impl fmt::Display for CallOutcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planned => out.write_str("planned"),
            Self::Done => out.write_str("done"),
            Self::Accepted => out.write_str("accepted"),
            Self::AlreadySo => out.write_str("already_so"),
            Self::Exists => out.write_str("exists"),
            Self::Gone => out.write_str("gone"),
            Self::NotSent => out.write_str("not_sent"),
            Self::Failed(what) => write!(out, "failed: {what}"),
            Self::Unanswered(what) => write!(out, "unanswered: {what}"),
        }
    }
}

impl From<CallOutcome> for String {
    fn from(outcome: CallOutcome) -> Self {
        outcome.to_string()
    }
}

/// A word of a later version counts as a call that may have landed.
impl From<String> for CallOutcome {
    fn from(text: String) -> Self {
        let words = [
            Self::Planned,
            Self::Done,
            Self::Accepted,
            Self::AlreadySo,
            Self::Exists,
            Self::Gone,
            Self::NotSent,
        ];
        if let Some(known) = words.into_iter().find(|word| word.to_string() == text) {
            return known;
        }
        match text.split_once(": ") {
            Some(("failed", what)) => Self::Failed(what.to_owned()),
            Some(("unanswered", what)) => Self::Unanswered(what.to_owned()),
            Some(_) | None => Self::Unanswered(text),
        }
    }
}
