//! What `usher explain` answers, as values: printed as it is with `--json`, else put into a page.
//!
//! Names of fields are a promise to whoever reads the JSON; new ones may come.

use super::history::{Event, Line};
use crate::model::call::Urgency;
use crate::model::claim::{By, Precedence};
use jiff::Timestamp;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Document {
    pub(super) tenant: String,
    pub(super) person: String,
    /// Ids under which earlier lines of the audit may stand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) merged: Vec<String>,
    pub(super) names: Vec<Name>,
    /// Employments that have begun and not ended: they set the end of another aside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) employments: Vec<By>,
    /// The account is not deleted meanwhile.
    pub(super) on_legal_hold: bool,
    pub(super) judged_at: Timestamp,
    /// If not, it is judged as of then by what is known now.
    pub(super) is_now: bool,
    pub(super) targets: Vec<At>,
    pub(super) claims: Vec<ClaimTimes>,
    /// Claims of today's rules that this person never had.
    pub(super) never_claimed: Vec<String>,
    pub(super) next: Vec<Next>,
    /// Before the first of these an employment begins or ends, or an announced attribute comes to hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_of_person: Option<Timestamp>,
    pub(super) audit: Audit,
}

#[derive(Debug, Serialize)]
pub(super) struct Name {
    pub(super) kind: String,
    pub(super) value: String,
}

/// A person's account at one target.
#[derive(Debug, Serialize)]
pub(super) struct At {
    pub(super) target: String,
    pub(super) configured: bool,
    /// Absent if nothing was ever wanted here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seat: Option<Place>,
    pub(super) fields: Vec<FieldView>,
}

/// Whether the person has an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Binding {
    Bound,
    None,
    /// It is not looked up yet.
    Unknown,
}

/// How far a revision is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    AtRest,
    Working,
    Held,
    Stuck,
    Unverified,
}

/// Whose word on a facet counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DecidedBy {
    Claim,
    Profile,
    WayBack,
    NoWayBack,
    Nobody,
}

impl DecidedBy {
    /// As in JSON and CSV.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Profile => "profile",
            Self::WayBack => "way_back",
            Self::NoWayBack => "no_way_back",
            Self::Nobody => "nobody",
        }
    }
}

/// Why a claim's word does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Loses {
    LowerPrecedence,
    GivesAccess,
    Older,
    ByName,
    Same,
    #[serde(untagged)]
    NotInForce(Standing),
}

/// Where a claim stands at the instant that is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    InForce,
    NotYet,
    Over,
    /// A later stage that the claim's end forestalls.
    Forestalled,
    /// The end of an employment, while another of the person's goes on.
    SetAside,
}

/// What became of the rule since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Today {
    AsItIs,
    Changed,
    Gone,
}

/// How far usher is with an account. Always as of now.
#[derive(Debug, Serialize)]
pub(super) struct Place {
    pub(super) account: Binding,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scim_id: Option<String>,
    pub(super) revision: u64,
    pub(super) began_at: Timestamp,
    pub(super) stage: Stage,
    /// How the last revision ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    /// The reason as the audit tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) again_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<Event>,
    /// Calls that may be under way, and calls that may still land.
    pub(super) pending: usize,
    pub(super) unanswered: usize,
    /// The last call that failed, if none of its kind has succeeded since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_failure: Option<LastFailure>,
}

#[derive(Debug, Serialize)]
pub(super) struct LastFailure {
    pub(super) at: Timestamp,
    pub(super) what: String,
}

#[derive(Debug, Serialize)]
pub(super) struct FieldView {
    pub(super) field: String,
    /// `null`: left alone.
    pub(super) wanted: Option<String>,
    pub(super) decided_by: DecidedBy,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) winner: Option<Said>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) others: Vec<Other>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) profile: Vec<ProfileWord>,
    /// What it was before the first claim, and will be again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<Way>,
}

#[derive(Debug, Serialize)]
pub(super) struct Way {
    pub(super) known: bool,
    /// `null` with `known`: it had no value.
    pub(super) value: Option<String>,
}

/// What a claim says of a field.
#[derive(Debug, Serialize)]
pub(super) struct Said {
    pub(super) wants: String,
    pub(super) claim: String,
    pub(super) by: By,
    pub(super) precedence: Precedence,
    pub(super) urgency: Urgency,
    pub(super) since: Timestamp,
    pub(super) until: Option<Timestamp>,
    pub(super) rule: RuleView,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<Event>,
}

#[derive(Debug, Serialize)]
pub(super) struct Other {
    #[serde(flatten)]
    pub(super) said: Said,
    pub(super) loses: Loses,
}

#[derive(Debug, Serialize)]
pub(super) struct RuleView {
    pub(super) name: String,
    pub(super) hash: String,
    pub(super) today: Today,
}

#[derive(Debug, Serialize)]
pub(super) struct ProfileWord {
    pub(super) value: String,
    pub(super) event: Event,
}

#[derive(Debug, Serialize)]
pub(super) struct ClaimTimes {
    pub(super) claim: String,
    pub(super) by: By,
    /// If not, it was only ever withdrawn.
    pub(super) asserted: bool,
    pub(super) in_force: bool,
    pub(super) times: Vec<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) withdrawn_by: Option<Event>,
}

#[derive(Debug, Serialize)]
pub(super) struct Time {
    pub(super) from: Timestamp,
    pub(super) until: Option<Timestamp>,
    pub(super) standing: Standing,
    pub(super) precedence: Precedence,
    pub(super) rule: RuleView,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ended_by: Option<Event>,
}

/// What comes.
#[derive(Debug, Serialize)]
pub(super) struct Next {
    pub(super) at: Timestamp,
    pub(super) claim: String,
    pub(super) by: By,
    /// `begins`, `ends` or `reaches stage 2`
    pub(super) turn: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Audit {
    /// Oldest first.
    pub(super) lines: Vec<Line>,
    /// Older lines that are not shown.
    pub(super) earlier: u64,
    /// Older lines were removed by the topic's retention.
    pub(super) cut_off: bool,
}
