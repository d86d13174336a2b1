//! What rules assert about a person, and what an event does to that.

use super::account::{AttributeName, Value};
use super::call::Urgency;
use super::ids::{GroupName, RuleName, TargetName};
use super::operation::Field;
use super::schema;
use super::wish::Presence;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A claim's name, `quarantine`.
pub type ClaimName = String;

/// What tells two claims of one name apart.
///
/// `Person` and `Source` are wide: a mark on them also counts for every narrower instance of the
/// same name (`Source`: of that source), whether it came before or comes after.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// HR without an employment id.
    Person,
    /// HR, this employment.
    Employment(String),
    /// Security without a detection id: this source.
    Source(String),
    /// Security: this detection of this source.
    Detection { source: String, id: String },
}

/// Who wins when claims disagree. Greater wins.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Precedence {
    Profile,
    Leave,
    Leaver,
    Security,
}

/// What a claim asks of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Want {
    /// Only this target; all of the tenant's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Presence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    #[serde(default, skip_serializing_if = "WantGroups::is_empty")]
    pub groups: WantGroups,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("propertyNames" = schema::attribute_names()))]
    pub attributes: BTreeMap<AttributeName, Value>,
}

/// Groups to be in and to be out of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WantGroups {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<GroupName>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<GroupName>,
}

impl WantGroups {
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }
}

/// A later stage of a claim: `want` joins in `after` the claim's start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    pub after: SignedDuration,
    pub want: Want,
}

/// A claim by value: what is wanted, from when until when, by which rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assertion {
    pub precedence: Precedence,
    pub from: Timestamp,
    /// The first instant at which it is no longer in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    pub want: Want,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Stage>,
    pub urgency: Urgency,
    /// Access was revoked: no date and no employment that goes on takes anything from it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_once: bool,
    pub rule: RuleName,
    /// Hex digest of the rule's text, so that an edited rule is seen.
    pub rule_hash: String,
}

/// What one rule makes of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// A claim instance is in force for a span of time.
    Assert { claim: ClaimName, by: By, assertion: Assertion },
    /// A claim instance ends at `at`.
    Withdraw { claim: ClaimName, by: By, at: Timestamp, rule: RuleName },
    /// The person's attributes, last writer by source time each. What the event does not speak of is
    /// left out; what it says to be empty is to be cleared.
    Profile { attributes: BTreeMap<AttributeName, Field>, rule: RuleName },
}
