//! Why a person is not settled at a target: exactly one reason, whatever the state.
//!
//! Read from the seat alone, as the next look would see it, on a copy. What will in truth bring the
//! person back stands in lines, wakes and open calls: `Awaited`. Where the two disagree somebody
//! waits for nothing; the simulation compares them.

use crate::engine::deeds::doubts;
use crate::engine::deeds::drive;
use crate::engine::deeds::step::{Around, Ending, Step};
use crate::engine::moment::Moment;
use crate::engine::schedule::queue::InLine;
use crate::engine::state::{Seat, Stage};
use crate::model::call::CallId;
use crate::model::commit::CommitId;
use crate::model::ids::{GroupName, PersonId, TargetName};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What somebody who is not settled waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The answer to this call.
    Answer(CallId),
    /// The commit in which the next call is written ahead.
    Commit(CommitId),
    /// Their turn: a slot, quota, a fresh lease, whoever is more urgent.
    Turn,
    /// These groups are read first.
    Groups(BTreeSet<GroupName>),
    /// Until then nothing is called: a pause after a failure, or a read that would prove nothing yet.
    Retry(Timestamp),
    /// A cut found no account; it is looked up again then.
    LookAgain(Timestamp),
    /// A call without an answer may land until then, and is read after.
    LateCall(Timestamp),
    /// Somebody has to release what is left.
    Held,
    /// It failed, and is tried again then.
    Stuck(Timestamp),
    /// The target is not configured any more; nothing is done there.
    TargetGone,
    /// Nothing: the last look should have ended the revision. A bug.
    Overlooked,
}

impl Reason {
    /// The word for lists and metrics.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Answer(_) => "answer",
            Self::Commit(_) => "commit",
            Self::Turn => "turn",
            Self::Groups(_) => "groups",
            Self::Retry(_) => "retry",
            Self::LookAgain(_) => "look_again",
            Self::LateCall(_) => "late_call",
            Self::Held => "held",
            Self::Stuck(_) => "stuck",
            Self::TargetGone => "target_gone",
            Self::Overlooked => "overlooked",
        }
    }
}

/// Somebody who is not settled at a target, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    pub person: PersonId,
    pub target: TargetName,
    pub reason: Reason,
}

/// What will bring a person back to a target, as the schedule has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Awaited {
    pub call: Option<CallId>,
    pub commit: Option<CommitId>,
    pub line: Option<InLine>,
    /// Groups that are being read, or are in line to be, and that tell this person.
    pub groups: BTreeSet<GroupName>,
    pub wake: Option<Timestamp>,
}

/// Why a seat is not settled; `None`: it is.
pub fn reason(seat: &Seat, around: &Around<'_>, moment: Moment) -> Option<Reason> {
    match seat.stage {
        Stage::AtRest { .. } if seat.unanswered.is_empty() => return None,
        Stage::Stuck { again_at, .. } if seat.unanswered.is_empty() => {
            return Some(Reason::Stuck(again_at));
        }
        Stage::AtRest { .. } | Stage::Stuck { .. } if sleeps(seat, around.now) => {
            return doubts::next_due(seat).map(Reason::LateCall);
        }
        Stage::AtRest { .. }
        | Stage::Stuck { .. }
        | Stage::Working
        | Stage::Held
        | Stage::Unverified { .. } => {}
    }
    let due = doubts::next_due(seat);
    let mut seat = seat.clone();
    drive::catch_up(&mut seat, around, moment);
    Some(match drive::look(&seat, around).step {
        Step::AwaitAnswer => {
            let open = seat.drive.open.as_ref();
            open.map_or(Reason::Overlooked, |(call, _)| Reason::Answer(*call))
        }
        Step::Ask(_) | Step::Write(_) => match seat.drive.ahead_in {
            Some(commit) => Reason::Commit(commit),
            None => Reason::Turn,
        },
        Step::AwaitGroups(groups) => Reason::Groups(groups),
        Step::Wait(at) => Reason::Retry(at),
        Step::End(ending) => after(&seat.stage, &ending, due),
    })
}

/// Nobody looks at a seat at rest until a read of a late call is due.
fn sleeps(seat: &Seat, now: Timestamp) -> bool {
    seat.drive.open.is_none()
        && seat.unanswered.iter().all(|call| call.armed.is_none())
        && doubts::next_due(seat).is_some_and(|due| due > now)
}

/// There is nothing to call: then time or somebody must come. `due`: the next read of a late call.
fn after(stage: &Stage, ending: &Ending, due: Option<Timestamp>) -> Reason {
    match (stage, ending) {
        (Stage::Held, Ending::Held(..)) => Reason::Held,
        (Stage::Unverified { again_at, .. }, Ending::Unverified(_)) => Reason::LookAgain(*again_at),
        (Stage::Stuck { again_at, .. }, _) => {
            due.filter(|due| due < again_at).map_or(Reason::Stuck(*again_at), Reason::LateCall)
        }
        (Stage::AtRest { .. }, _) => due.map_or(Reason::Overlooked, Reason::LateCall),
        (Stage::Working | Stage::Held | Stage::Unverified { .. }, _) => Reason::Overlooked,
    }
}
