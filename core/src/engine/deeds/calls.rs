//! The calls of a revision in the words of the audit: names, never values.

use crate::engine::state::{CALLS_KEPT, Seat};
use crate::model::call::{Answer, Landed, Outcome, Reply};
use crate::model::call_record::{Action, CallOutcome, CallRecord};
use crate::model::operation::Operation;
use jiff::Timestamp;

/// Keeps the call for the revision's result.
pub fn record(seat: &mut Seat, operation: &Operation, answer: &Answer, now: Timestamp) {
    let outcome = match &answer.outcome {
        Outcome::Done(Reply::Accepted) => CallOutcome::Accepted,
        Outcome::Done(Reply::Exists) => CallOutcome::Exists,
        Outcome::Done(Reply::AlreadySo) => CallOutcome::AlreadySo,
        Outcome::Done(Reply::Gone) => CallOutcome::Gone,
        Outcome::Done(_) => CallOutcome::Done,
        Outcome::Failed(failure) if failure.landed == Landed::Maybe => {
            CallOutcome::Unanswered(failure.what.clone())
        }
        Outcome::Failed(failure) => CallOutcome::Failed(failure.what.clone()),
        Outcome::NotSent => CallOutcome::NotSent,
    };
    let latency_ms = u64::try_from(answer.latency.as_millis()).unwrap_or(u64::MAX);
    let for_revision = Some(seat.drive.open_for).filter(|made_for| *made_for != seat.revision);
    let status = answer.status;
    let call = CallRecord { status, latency_ms, outcome, for_revision, ..describe(operation, now) };
    keep(seat, call);
}

/// Keeps the last calls of a revision; a long outage must not grow the state.
pub fn keep(seat: &mut Seat, call: CallRecord) {
    if seat.calls.len() >= CALLS_KEPT {
        // Whether anything was written decides what the result says.
        let unwritten = seat.calls.iter().position(|call| !call.outcome.may_have_written());
        seat.calls.remove(unwritten.unwrap_or(0));
    }
    seat.calls.push(call);
}

/// Whether a call of this revision may have changed something.
pub fn has_written(seat: &Seat) -> bool {
    seat.calls.iter().any(|call| call.outcome.may_have_written())
}

/// Whether the account went with a call of this revision, as far as anybody knows.
pub fn has_deleted(seat: &Seat) -> bool {
    seat.calls.iter().any(|call| {
        let may_be = call.outcome.may_have_written() || call.outcome == CallOutcome::Gone;
        call.action == Action::Delete && may_be
    })
}

/// An operation in the words of the audit: names, never values.
pub fn describe(operation: &Operation, at: Timestamp) -> CallRecord {
    let touched = match operation {
        Operation::Create { attributes, .. } => {
            attributes.keys().map(ToString::to_string).collect()
        }
        Operation::Change { active, attributes, .. } => active
            .map(|_| "active".to_owned())
            .into_iter()
            .chain(attributes.keys().map(ToString::to_string))
            .collect(),
        Operation::AddMember { group, .. } | Operation::RemoveMember { group, .. } => {
            vec![group.name.to_string()]
        }
        Operation::CreateGroup { name } => vec![name.to_string()],
        Operation::Delete { .. } => Vec::new(),
    };
    let cleared = match operation {
        Operation::Change { attributes, .. } => {
            let cleared = attributes.iter().filter(|(_, field)| field.value().is_none());
            cleared.map(|(name, _)| name.to_string()).collect()
        }
        Operation::Create { .. }
        | Operation::AddMember { .. }
        | Operation::RemoveMember { .. }
        | Operation::CreateGroup { .. }
        | Operation::Delete { .. } => Vec::new(),
    };
    CallRecord {
        action: Action::of(operation),
        account: operation.account().cloned(),
        touched,
        cleared,
        status: None,
        latency_ms: 0,
        outcome: CallOutcome::Planned,
        at,
        for_revision: None,
    }
}
