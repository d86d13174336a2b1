//! What rules assert about a person, and what an event does to that.

use super::account::{AttributeName, Value};
use super::call::Urgency;
use super::ids::{GroupName, RuleName, TargetName};
use super::operation::Field;
use super::text;
use super::wish::{Facet, Membership, Presence, Wanted};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

/// A claim's name, `quarantine`.
pub type ClaimName = String;

/// The name under which a claim of a rule that is only observed is kept: beside the enforced one of its
/// name, so that no word on the one takes the place of a word on the other.
pub fn observed_name(claim: &str) -> ClaimName {
    format!("{claim} (observed)")
}

/// What tells two claims of one name apart.
///
/// `Person` and `Source` are wide: a mark on them also counts for every narrower instance of the
/// same name (`Source`: of that source), whether it came before or comes after.
///
/// Ids of employments are compared as names are, `E2` with `e2`, and kept as they were first sent:
/// versions that compare them exactly can read what this one writes.
#[derive(Clone, Debug, Serialize, Deserialize)]
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

impl By {
    /// Whether it is the same under an id that is written otherwise. Earlier versions have kept such
    /// claims apart.
    pub fn is_spelled_unlike(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Employment(mine), Self::Employment(theirs))
            if mine != theirs && text::is_same_name(mine, theirs))
    }

    /// The source whose word alone it is.
    pub fn source(&self) -> Option<&str> {
        match self {
            Self::Source(source) | Self::Detection { source, .. } => Some(source),
            Self::Person | Self::Employment(_) => None,
        }
    }

    /// What it is compared by.
    fn rank(&self) -> (u8, Cow<'_, str>, &str) {
        match self {
            Self::Person => (0, Cow::Borrowed(""), ""),
            Self::Employment(id) => (1, Cow::Owned(text::canonical(id)), ""),
            Self::Source(source) => (2, Cow::Borrowed(source), ""),
            Self::Detection { source, id } => (3, Cow::Borrowed(source), id),
        }
    }
}

impl PartialEq for By {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Person, Self::Person) => true,
            (Self::Employment(mine), Self::Employment(theirs)) => text::is_same_name(mine, theirs),
            (Self::Source(mine), Self::Source(theirs)) => mine == theirs,
            (
                Self::Detection { source, id },
                Self::Detection { source: other_source, id: other_id },
            ) => source == other_source && id == other_id,
            _ => false,
        }
    }
}

impl Eq for By {}

impl Ord for By {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for By {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for By {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
    }
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
///
/// Kept by value in each person's record. One that holds a word which this usher does not know is
/// refused by that name, for to leave it out would decide otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    pub attributes: BTreeMap<AttributeName, Value>,
}

impl Want {
    /// What of it is meant for that target, and is not for any other.
    #[must_use]
    pub fn kept_to(self, target: &TargetName) -> Self {
        match &self.target {
            Some(other) if other != target => Self { target: self.target, ..Self::default() },
            Some(_) | None => Self { target: Some(target.clone()), ..self },
        }
    }

    /// All that it says, facet by facet.
    pub fn sayings(&self) -> impl Iterator<Item = (Facet, Wanted)> {
        let account = self.account.map(|it| (Facet::Account, Wanted::Account(it)));
        let active = self.active.map(|it| (Facet::Active, Wanted::Active(it)));
        let of = |group: &GroupName, it| (Facet::Group(group.clone()), Wanted::Group(it));
        let joins = self.groups.add.iter().map(move |group| of(group, Membership::Member));
        let leaves = self.groups.remove.iter().map(move |group| of(group, Membership::Outside));
        let attributes = self.attributes.iter().map(|(name, value)| {
            (Facet::Attribute(name.clone()), Wanted::Attribute(Field::Set(value.clone())))
        });
        account.into_iter().chain(active).chain(joins).chain(leaves).chain(attributes)
    }
}

/// Groups to be in and to be out of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Its rule is only observed: it is kept and told, and asks for nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub observed: bool,
    /// It was said of an account at this target that nobody is known to have: it counts there alone, and
    /// ends when HR knows somebody who has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_account: Option<TargetName>,
    pub rule: RuleName,
    /// Hex digest of the rule's text, so that an edited rule is seen.
    pub rule_hash: String,
}

/// What one rule makes of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there are a few at a time, and none is kept")]
pub enum Statement {
    /// A claim instance is in force for a span of time.
    Assert { claim: ClaimName, by: By, assertion: Assertion },
    /// A claim instance ends at `at`.
    Withdraw { claim: ClaimName, by: By, at: Timestamp, rule: RuleName },
    /// The person's attributes, last writer by source time each. What the event does not speak of is
    /// left out; what it says to be empty is to be cleared.
    Profile { attributes: BTreeMap<AttributeName, Field>, rule: RuleName },
}

impl Statement {
    /// The rule that makes it.
    pub fn rule(&self) -> &RuleName {
        match self {
            Self::Assert { assertion, .. } => &assertion.rule,
            Self::Withdraw { rule, .. } | Self::Profile { rule, .. } => rule,
        }
    }
}
