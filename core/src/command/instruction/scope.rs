//! What a command reaches: scopes, rows, and what can be undone.

use super::values::{self, CommandId, PersonRef, Text};
use crate::model::ids::{RuleName, TargetName};
use crate::model::position::Position;
use crate::model::schema;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is paused or resumed, within the tenant of the command.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All tenants; such a command names none.
    Everything,
    Tenant,
    Target(TargetName),
    /// What one source says: the `source` of its events.
    Source(Text<1000>),
    Rule(RuleName),
    /// Only what takes away for good.
    Destructive(Destructive),
}

/// Where destructive work is paused.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Destructive {
    Tenant,
    Target(TargetName),
}

/// Whether an overridden person has access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    In,
    Out,
}

/// Who, or what, is tried again at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Retried {
    Person(PersonRef),
    Target(TargetName),
}

/// One person at one target.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub person: PersonRef,
    pub target: TargetName,
}

/// Whose work is undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Undone {
    /// That of the decision on one event.
    Decision {
        #[serde(with = "values::position")]
        #[schemars(with = "values::position::At")]
        record: Position,
        /// Which of the record's events, from 0 on.
        #[serde(default)]
        index: u32,
    },
    /// That of an event, by its `source` and `id`.
    Event { source: Text<1000>, id: Text<1000> },
    /// What a rule has done since then.
    Rule {
        rule: RuleName,
        #[serde(with = "values::instant")]
        #[schemars(with = "schema::Instant")]
        since: Timestamp,
    },
    /// That of an earlier command, another undo, too.
    Command { id: CommandId },
}
