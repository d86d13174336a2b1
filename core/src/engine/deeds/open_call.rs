//! A call that is on its way, and by what its answer is judged.

use crate::engine::moment::Moment;
use crate::engine::schedule::queue::Work;
use crate::engine::settings::Timing;
use crate::model::call::Request;
use crate::model::ids::{GroupName, PersonId};
use crate::model::operation::Operation;
use jiff::Timestamp;

/// A call that is on its way from a desk.
#[derive(Clone, Debug)]
pub struct OpenCall {
    pub work: Work,
    pub request: Request,
    pub moment: Moment,
    /// Whose additions go in this call, if it is for many.
    pub together: Vec<(PersonId, Operation)>,
}

impl OpenCall {
    /// The group that it makes, if it does.
    pub fn makes_group(&self) -> Option<&GroupName> {
        match &self.request {
            Request::Write(Operation::CreateGroup { name }) => Some(name),
            Request::Write(
                Operation::Create { .. }
                | Operation::Change { .. }
                | Operation::AddMember { .. }
                | Operation::RemoveMember { .. }
                | Operation::Delete { .. },
            )
            | Request::FindAccounts { .. }
            | Request::ReadAccount { .. }
            | Request::FindGroups { .. }
            | Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. }
            | Request::ReadMembers { .. }
            | Request::AddMembers { .. } => None,
        }
    }
}

/// When and by what lengths of time an answer is judged.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    pub now: Timestamp,
    /// Later than the start of every read so far.
    pub moment: Moment,
    pub timing: &'a Timing,
    pub salt: &'a str,
}
