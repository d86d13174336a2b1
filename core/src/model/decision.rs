//! What events did and how revisions ended: the audit's matter, before it gets a wire form.

use super::call_record::CallRecord;
use super::code::{Code, WrittenCode};
use super::event::TraceContext;
use super::hold::HoldDigest;
use super::ids::{PersonId, RuleName, TargetName, TenantName};
use super::ordered::CommandRecord;
use super::position::{EventPosition, Position};
use super::schema;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why something was refused or set aside: a stable code, the field at fault, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Why {
    /// Stable and machine-readable: `field.wrong_type`.
    pub code: WrittenCode,
    /// The field at fault: `data.effective_at`, `header ce_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// For people: what is wrong and what to do. No personal data.
    pub text: String,
}

impl Why {
    /// A reason of this version.
    pub fn new(code: Code, field: Option<&str>, text: impl Into<String>) -> Self {
        Self { code: code.into(), field: field.map(str::to_owned), text: text.into() }
    }

    /// Whether somebody should look at what it is said of, though nothing was set aside: somebody may
    /// be in who should be out, or out who should be in.
    pub fn wants_a_look(&self) -> bool {
        self.code.known().is_some_and(Code::wants_a_look)
    }
}

/// What one event did. Exactly one for each event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// A claim is new, or replaced.
    Asserted,
    /// A claim that was in force lasts longer.
    Extended,
    Withdrew,
    /// A later word of the same or another source already counts.
    Stale,
    /// The same (source, id) was decided at another position.
    Duplicate,
    Skipped(Why),
    Parked(Why),
}

impl Decision {
    /// The word of the glossary.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Asserted => "asserted",
            Self::Extended => "extended",
            Self::Withdrew => "withdrew",
            Self::Stale => "stale",
            Self::Duplicate => "duplicate",
            Self::Skipped(_) => "skipped",
            Self::Parked(_) => "parked",
        }
    }

    /// Why nothing came of the event, if it was refused.
    pub fn why(&self) -> Option<&Why> {
        match self {
            Self::Skipped(why) | Self::Parked(why) => Some(why),
            Self::Asserted | Self::Extended | Self::Withdrew | Self::Stale | Self::Duplicate => {
                None
            }
        }
    }
}

/// How a revision ended. Exactly one for each revision at rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultWord {
    Applied,
    AlreadySo,
    Superseded,
    Failed,
    Rejected,
    Observed,
}

impl ResultWord {
    /// The word of the glossary.
    pub fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::AlreadySo => "already_so",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Observed => "observed",
        }
    }
}

/// What may be said of a revision before its final result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteWord {
    Held,
    Accepted,
    Contested,
    Paused,
    Protected,
    Unverified,
    /// It takes longer than somebody would expect; the reason says what for.
    Waiting,
    /// An operator's override ends, or will soon.
    Override,
    /// A rule that is only observed would do something; it waits for nobody.
    Observed,
}

impl NoteWord {
    /// The word of the glossary.
    pub fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Accepted => "accepted",
            Self::Contested => "contested",
            Self::Paused => "paused",
            Self::Protected => "protected",
            Self::Unverified => "unverified",
            Self::Waiting => "waiting",
            Self::Override => "override",
            Self::Observed => "observed",
        }
    }
}

/// The event behind a record of the audit, or the command of an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    pub position: EventPosition,
    /// Of a command the operator who says it.
    pub source: String,
    pub event_id: String,
    /// `worker.terminated`, `command.override`
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceContext>,
}

/// One line of the audit.
#[derive(Clone, Debug, PartialEq)]
pub enum AuditEntry {
    Decision(DecisionRecord),
    Result(ResultRecord),
    Note(NoteRecord),
    Reading(ReadingRecord),
    Command(CommandRecord),
}

/// What an event did. `position` is always known; the rest only if the record could be decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionRecord {
    /// None of what operators send and nobody can read.
    pub tenant: Option<TenantName>,
    pub position: EventPosition,
    pub decision: Decision,
    pub person: Option<PersonId>,
    pub cause: Option<Cause>,
    /// The event's own time, if there is an event.
    pub event_time: Option<Timestamp>,
    pub effective_at: Option<Timestamp>,
    /// The rules that spoke, and what came of each: `quarantine: asserted quarantine`.
    pub effects: Vec<RuleEffect>,
    /// What somebody should know besides: two people turned out to be one, a name is claimed twice.
    pub remarks: Vec<Why>,
    /// SHA-256 of the record's value, hex; ties the line to the bytes without repeating them.
    pub raw_sha256: Option<String>,
    /// The id of the command that had a parked record read again.
    pub replayed_by: Option<String>,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleEffect {
    pub rule: RuleName,
    pub rule_hash: Option<String>,
    pub claim: String,
    pub decision: Decision,
}

/// How one revision ended.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultRecord {
    pub tenant: TenantName,
    pub target: TargetName,
    pub person: PersonId,
    pub revision: u64,
    pub word: ResultWord,
    /// The SCIM id, if the account is bound.
    pub account: Option<String>,
    pub why: Option<Why>,
    /// What was called for it, oldest first; for `observed`, what would have been.
    pub calls: Vec<CallRecord>,
    /// Whether what cuts or restores access was read back.
    pub verified: bool,
    /// The event or command that began the revision; none for timers and drift.
    pub cause: Option<Cause>,
    /// Why the account should be as it should; empty if superseded.
    pub warrants: Vec<Warrant>,
    pub began_at: Timestamp,
    pub at: Timestamp,
}

/// What decides some fields of the account, and the event that said so. No values, only names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Warrant {
    /// `active`, `group VPN_Allowed`
    pub fields: Vec<String>,
    #[serde(flatten)]
    pub by: WarrantedBy,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum WarrantedBy {
    Claim {
        claim: String,
        rule: RuleName,
        rule_hash: String,
        /// When the claim, or the stage of it that decides, began to count.
        #[schemars(with = "schema::Instant")]
        since: Timestamp,
        #[serde(default, rename = "event", skip_serializing_if = "Option::is_none")]
        said: Option<Said>,
    },
    /// The attributes of a source, as it last gave them.
    Profile {
        #[serde(rename = "event")]
        said: Said,
    },
    /// An operator keeps the person out until then.
    Override {
        operator: String,
        /// The command's id.
        command: String,
        #[schemars(with = "schema::Instant")]
        until: Timestamp,
    },
    /// Nobody speaks about the fields any more: they go back to what they were, or, if that is not
    /// known, are left as they are.
    WayBack,
}

/// The event behind a claim or an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Said {
    pub source: String,
    #[serde(rename = "id")]
    pub event_id: String,
    /// The event's own.
    #[schemars(with = "schema::Instant")]
    pub time: Timestamp,
}

/// What is said of a revision before it ends.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteRecord {
    pub tenant: TenantName,
    pub target: TargetName,
    pub person: PersonId,
    pub revision: u64,
    pub word: NoteWord,
    pub account: Option<String>,
    pub why: Why,
    pub cause: Option<Cause>,
    /// Why the account should be as it should, where the revision waits.
    pub warrants: Vec<Warrant>,
    /// Of `held`: all that waits for somebody, row by row.
    pub holds: Vec<HeldRow>,
    pub at: Timestamp,
}

/// What waits for somebody, in the words of the audit: names, never values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct HeldRow {
    /// What an approval or a reject binds.
    pub digest: HoldDigest,
    /// `remove_member VPN_Allowed`, `delete`, `way back of group VPN_Allowed`, `identity`
    pub what: String,
    pub code: WrittenCode,
}

/// An input topic is not what it was when it was last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingRecord {
    /// None of the control topic, which is every tenant's.
    pub tenant: Option<TenantName>,
    /// `topic.made_anew`: a new generation is read from its beginning. `topic.gap`: records were
    /// deleted before they were read.
    pub why: Why,
    /// Where reading goes on.
    pub position: Position,
    /// Where it would have gone on.
    pub expected_offset: i64,
    pub at: Timestamp,
}
