//! The labels of the metrics and every value they can have.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;

use super::{CommitEnd, RestoreEnd};
use crate::model::{Answer, Operation, Outcome, Request};

pub(super) const DECISIONS: [&str; 7] =
    ["asserted", "extended", "withdrew", "stale", "duplicate", "skipped", "parked"];

pub(super) const RESULTS: [&str; 6] =
    ["applied", "already_so", "superseded", "failed", "rejected", "observed"];

pub(super) const NOTES: [&str; 7] =
    ["held", "accepted", "contested", "paused", "protected", "unverified", "waiting"];

pub(super) const OPERATIONS: [&str; 9] = [
    "find_accounts",
    "read_account",
    "find_groups",
    "read_members",
    "create",
    "change",
    "add_member",
    "remove_member",
    "delete",
];

pub(super) const CALL_STATUSES: [&str; 6] = ["2xx", "3xx", "4xx", "5xx", "none", "not_sent"];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct DecisionLabels {
    pub(super) decision: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ResultLabels {
    pub(super) result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct NoteLabels {
    pub(super) note: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct CommitLabels {
    outcome: &'static str,
}

impl CommitLabels {
    pub(super) fn of(end: CommitEnd) -> Self {
        let outcome = match end {
            CommitEnd::Committed => "committed",
            CommitEnd::Fenced => "fenced",
            CommitEnd::Refused => "refused",
            CommitEnd::Ambiguous => "ambiguous",
        };
        Self { outcome }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RestoreLabels {
    outcome: &'static str,
}

impl RestoreLabels {
    pub(super) fn of(end: RestoreEnd) -> Self {
        let outcome = match end {
            RestoreEnd::Restored => "restored",
            RestoreEnd::Failed => "failed",
        };
        Self { outcome }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct CallLabels {
    pub(super) operation: &'static str,
    pub(super) status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OperationLabels {
    pub(super) operation: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ShardLabels {
    pub(super) shard: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct TopicLabels {
    pub(super) topic: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet, PartialOrd, Ord)]
pub(super) struct TargetLabels {
    pub(super) tenant: String,
    pub(super) target: String,
}

/// `door` is its path, as configured.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct DoorLabels {
    pub(super) door: String,
    pub(super) outcome: &'static str,
}

/// `poll` is its name, as configured.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct PollLabels {
    pub(super) poll: String,
    pub(super) outcome: &'static str,
}

/// What can come of a command.
pub(super) const COMMAND_OUTCOMES: [&str; 3] = ["obeyed", "nothing", "refused"];

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
pub(super) struct HeldLabels {
    pub(super) tenant: String,
    pub(super) target: String,
    pub(super) code: String,
    pub(super) verdict: &'static str,
}

/// `tenant` is empty for all of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
pub(super) struct PauseLabels {
    pub(super) shard: i32,
    pub(super) tenant: String,
    pub(super) scope: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
pub(super) struct LimitLabels {
    pub(super) tenant: String,
    pub(super) target: String,
    pub(super) kind: &'static str,
    pub(super) window: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
pub(super) struct TenantLabels {
    pub(super) tenant: String,
}

/// `command` is its word once it is believed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct CommandLabels {
    pub(super) command: &'static str,
    pub(super) outcome: &'static str,
}

impl CommandLabels {
    /// Of a command of which nothing is believed.
    pub(super) const NOBODYS: &str = "unknown";
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ReasonLabels {
    pub(super) code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct MemberLabels {
    pub(super) topic: String,
    pub(super) member: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct TypeLabels {
    pub(super) event_type: String,
}

/// Types of somebody else's events that were seen, so that there are not more labels than these.
#[derive(Debug, Default)]
pub(super) struct TypesKnown(Mutex<BTreeSet<String>>);

impl TypesKnown {
    /// `word`, if it may be one; else `other`.
    pub(super) fn word_for(&self, word: &str) -> String {
        const TYPES_MOST: usize = 100;
        const BYTES_MOST: usize = 100;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:".contains(&byte);
        let fits = word.len() <= BYTES_MOST && word.bytes().all(is_plain);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if fits && (known.contains(word) || known.len() < TYPES_MOST) {
            known.insert(word.to_owned());
            return word.to_owned();
        }
        "other".to_owned()
    }
}

pub(super) fn operation_word(request: &Request) -> &'static str {
    match request {
        Request::FindAccounts { .. } => "find_accounts",
        Request::ReadAccount { .. } => "read_account",
        Request::FindGroups { .. } => "find_groups",
        Request::ListAccounts { .. } => "list_accounts",
        Request::ListGroups { .. } => "list_groups",
        Request::ReadScope { .. } => "read_scope",
        Request::ReadMembers { .. } => "read_members",
        Request::AddMembers { .. } => "add_members",
        Request::Write(Operation::Create { .. }) => "create",
        Request::Write(Operation::Change { .. }) => "change",
        Request::Write(Operation::AddMember { .. }) => "add_member",
        Request::Write(Operation::RemoveMember { .. }) => "remove_member",
        Request::Write(Operation::CreateGroup { .. }) => "create_group",
        Request::Write(Operation::Delete { .. }) => "delete",
    }
}

pub(super) fn status_class(answer: &Answer) -> &'static str {
    match (&answer.outcome, answer.status) {
        (Outcome::NotSent, _) => "not_sent",
        (_, Some(200..=299)) => "2xx",
        (_, Some(300..=399)) => "3xx",
        (_, Some(400..=499)) => "4xx",
        (_, Some(_)) => "5xx",
        (_, None) => "none",
    }
}
