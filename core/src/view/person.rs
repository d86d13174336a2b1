//! The answer about one person: seats, what decides each facet, what comes, and what was told.

use super::history::{Event, Line};
use super::words;
use crate::command::instruction::CommandId;
use crate::engine::state::Before;
use crate::engine::will::explain::Turn;
use crate::model::AliasKind;
use crate::model::call::Urgency;
use crate::model::claim::{By, ClaimName, Precedence};
use crate::model::code::WrittenCode;
use crate::model::decision::ResultWord;
use crate::model::ids::{PersonId, RuleName, ScimId, TargetName, TenantName};
use crate::model::operation::Field;
use crate::model::wish::{Facet, Wanted};
use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// A person, judged at an instant. How far usher is at a target is always told as of now.
#[derive(Debug, Serialize)]
pub struct Person {
    pub tenant: TenantName,
    #[serde(rename = "person")]
    pub id: PersonId,
    /// Ids under which earlier lines of the audit may stand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<PersonId>,
    pub names: Vec<Name>,
    /// Employments that have begun and not ended: they set the end of another aside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub employments: Vec<By>,
    /// The account is not deleted meanwhile.
    pub on_legal_hold: bool,
    /// Only events of the past are known: nothing is called for them yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub asleep: bool,
    pub judged_at: Timestamp,
    /// If not, it is judged as of then by what is known now.
    pub is_now: bool,
    pub targets: Vec<At>,
    pub claims: Vec<Claim>,
    /// Claims of today's rules that this person never had.
    pub never_claimed: Vec<ClaimName>,
    pub next: Vec<Next>,
    /// Before the first of these an employment begins or ends, or an announced attribute comes to hold.
    #[serde(rename = "next_of_person", skip_serializing_if = "Option::is_none")]
    pub next_besides: Option<Timestamp>,
    pub audit: Audit,
}

/// A name that the person goes by.
#[derive(Debug, Serialize)]
pub struct Name {
    #[serde(serialize_with = "words::as_text")]
    pub kind: AliasKind,
    pub value: String,
}

/// A person's account at one target.
#[derive(Debug, Serialize)]
pub struct At {
    pub target: TargetName,
    pub configured: bool,
    /// Absent if nothing was ever wanted here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat: Option<Seat>,
    pub fields: Vec<Judged>,
}

/// How far usher is with an account.
#[derive(Debug, Serialize)]
pub struct Seat {
    #[serde(flatten)]
    pub account: Account,
    pub revision: u64,
    pub began_at: Timestamp,
    #[serde(flatten)]
    pub stage: Stage,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Event>,
    /// Calls that may be under way, and calls that may still land.
    pub pending: usize,
    pub unanswered: usize,
    /// What another writer keeps changing back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contested: Vec<Contested>,
    /// The last call that failed, if none of its kind has succeeded since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<LastFailure>,
}

/// Whether the person has an account.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "account", content = "scim_id")]
pub enum Account {
    Bound(ScimId),
    None,
    /// It is not looked up yet.
    Unknown,
}

/// How far a revision is, and what it waits for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "stage")]
pub enum Stage {
    AtRest {
        /// How the last revision ended.
        result: ResultWord,
    },
    Working,
    /// Somebody has to release the rest.
    Held {
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<WrittenCode>,
        /// The sentence, as the audit tells it.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// It failed, and is tried again.
    Stuck {
        code: WrittenCode,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        again_at: Timestamp,
    },
    /// A cut found no account; it is looked up again.
    Unverified {
        again_at: Timestamp,
    },
}

/// A field that another writer keeps changing back.
#[derive(Debug, Serialize)]
pub struct Contested {
    pub field: Facet,
    pub since: Timestamp,
    /// How often it was changed back since then.
    pub times: u32,
    pub last: Timestamp,
    /// Who it was, as far as the target shows that.
    pub by: String,
}

#[derive(Debug, Serialize)]
pub struct LastFailure {
    pub at: Timestamp,
    pub what: String,
}

/// A facet of the account, and whose word on it counts.
#[derive(Debug, Serialize)]
pub struct Judged {
    pub field: Facet,
    /// `null`: left alone.
    #[serde(serialize_with = "words::as_text_or_null")]
    pub wanted: Option<Wanted>,
    #[serde(flatten)]
    pub decided: Decided,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Other>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profile: Vec<ProfileWord>,
    /// What it was before the first claim, and will be again.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_way")]
    pub before: Option<Before<Wanted>>,
}

/// Whose word counts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "decided_by")]
pub enum Decided {
    Claim { winner: Box<Said> },
    Profile,
    Override { order: Box<KeptOut> },
    WayBack,
    NoWayBack,
    Nobody,
}

/// What a claim says of a facet.
#[derive(Debug, Serialize)]
pub struct Said {
    #[serde(serialize_with = "words::as_text")]
    pub wants: Wanted,
    pub claim: ClaimName,
    pub by: By,
    pub precedence: Precedence,
    pub urgency: Urgency,
    pub since: Timestamp,
    pub until: Option<Timestamp>,
    pub rule: Rule,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Event>,
}

/// A claim whose word does not count.
#[derive(Debug, Serialize)]
pub struct Other {
    #[serde(flatten)]
    pub said: Said,
    pub loses: Loses,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted: Option<Muted>,
}

/// By whose order the person is kept out.
#[derive(Debug, Serialize)]
pub struct KeptOut {
    pub by: String,
    pub since: Timestamp,
    pub until: Timestamp,
    /// The operator's own words.
    pub reason: String,
    pub command: CommandId,
}

/// By whose order a claim does not count for now.
#[derive(Debug, Serialize)]
pub struct Muted {
    /// Only there; absent: at each target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetName>,
    pub by: String,
    pub since: Timestamp,
    /// `null`: until it is lifted.
    pub until: Option<Timestamp>,
    /// The operator's own words.
    pub reason: String,
    pub command: CommandId,
}

/// Why it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Loses {
    LowerPrecedence,
    GivesAccess,
    Older,
    ByName,
    Same,
    Overridden,
    #[serde(untagged)]
    NotInForce(Standing),
}

/// Where a claim stands at the instant that is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    InForce,
    NotYet,
    Over,
    /// A later stage that the claim's end forestalls.
    Forestalled,
    /// The end of an employment, while another of the person's goes on.
    SetAside,
    /// Operators have said that it does not count for now.
    Muted,
    /// Its rule is only observed.
    Observed,
}

/// The rule behind a claim, by its name and the digest of its text.
#[derive(Debug, Serialize)]
pub struct Rule {
    pub name: RuleName,
    pub hash: String,
    pub today: Today,
}

/// What became of the rule since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Today {
    AsItIs,
    Changed,
    Gone,
}

/// What a source says of an attribute.
#[derive(Debug, Serialize)]
pub struct ProfileWord {
    #[serde(serialize_with = "words::as_text")]
    pub value: Wanted,
    pub event: Event,
}

/// A claim and all its times.
#[derive(Debug, Serialize)]
pub struct Claim {
    #[serde(rename = "claim")]
    pub name: ClaimName,
    pub by: By,
    /// If not, it was only ever withdrawn.
    pub asserted: bool,
    pub in_force: bool,
    pub times: Vec<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn_by: Option<Event>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub muted: Vec<Muted>,
}

/// A time during which a claim is, was or will be in force.
#[derive(Debug, Serialize)]
pub struct Time {
    pub from: Timestamp,
    pub until: Option<Timestamp>,
    pub standing: Standing,
    pub precedence: Precedence,
    pub rule: Rule,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<Event>,
}

/// What a claim will do.
#[derive(Debug, Serialize)]
pub struct Next {
    pub at: Timestamp,
    pub claim: ClaimName,
    pub by: By,
    #[serde(serialize_with = "as_turn")]
    pub turn: Turn,
}

/// What the audit says.
#[derive(Debug, Serialize)]
pub struct Audit {
    /// Oldest first.
    pub lines: Vec<Line>,
    /// Older lines that are not shown.
    pub earlier: u64,
    /// Older lines were removed by the topic's retention.
    pub cut_off: bool,
}

fn as_turn<S: Serializer>(turn: &Turn, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&words::turn(*turn))
}

/// `value` is null with `known` where there was none.
#[derive(Serialize)]
struct Way {
    known: bool,
    value: Option<String>,
}

#[expect(clippy::ref_option, reason = "serde hands over a reference to the member")]
fn as_way<S: Serializer>(before: &Option<Before<Wanted>>, out: S) -> Result<S::Ok, S::Error> {
    let way = |before: &Before<Wanted>| match before {
        Before::Unknown => Way { known: false, value: None },
        Before::Was(Wanted::Attribute(Field::Clear)) => Way { known: true, value: None },
        Before::Was(was) => Way { known: true, value: Some(was.to_string()) },
    };
    before.as_ref().map(way).serialize(out)
}
