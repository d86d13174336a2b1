//! Calls, and answers to them, in a word.

use crate::model::{Call, Failure, Landed, Operation, Outcome, Request, Verdict};

pub(super) fn is_write(call: &Call) -> bool {
    matches!(call.request, Request::Write(_))
}

pub(super) fn is_cut(call: &Call) -> bool {
    matches!(call.request, Request::Write(Operation::Change { active: Some(false), .. }))
}

pub(super) fn is_opening(call: &Call) -> bool {
    matches!(call.request, Request::Write(Operation::Change { active: Some(true), .. }))
}

pub(super) fn is_creation(call: &Call) -> bool {
    matches!(call.request, Request::Write(Operation::Create { .. }))
}

pub(super) fn is_addition(call: &Call) -> bool {
    matches!(call.request, Request::Write(Operation::AddMember { .. }))
}

pub(super) fn is_removal(call: &Call) -> bool {
    matches!(call.request, Request::Write(Operation::RemoveMember { .. }))
}

pub(super) fn is_find(call: &Call) -> bool {
    matches!(call.request, Request::FindAccounts { .. })
}

pub(super) fn is_read(call: &Call) -> bool {
    matches!(call.request, Request::ReadAccount { .. })
}

/// Whether a group's members are read.
pub(super) fn lists(call: &Call, name: &str) -> bool {
    matches!(&call.request, Request::ReadMembers { group } if group.name.as_str() == name)
}

pub(super) fn failed(verdict: Verdict, landed: Landed) -> Outcome {
    Outcome::Failed(Failure { verdict, landed, what: "it went wrong".to_owned() })
}

/// Nobody knows whether it was done.
pub(super) fn unanswered() -> Outcome {
    failed(Verdict::Retry { after: None }, Landed::Maybe)
}

/// HTTP 400.
pub(super) fn refused() -> Outcome {
    failed(Verdict::Stuck, Landed::No)
}
