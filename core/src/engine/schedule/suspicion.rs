//! A 403: is it this person that the target protects, or does it refuse everybody?
//!
//! Nobody can ask for a permission as such, so others' calls of the same kind are the probe: one that
//! succeeds later shows that the person is the exception; one that is refused too closes the target.

use crate::engine::moment::Moment;
use crate::model::call::Request;
use crate::model::ids::PersonId;
use crate::model::operation::Operation;
use std::collections::BTreeMap;

/// What providers give permissions for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    ReadUsers,
    WriteUsers,
    ReadGroups,
    /// Nobody is the exception of a list; what is refused there is refused nowhere else.
    ListAll,
    WriteGroups,
}

impl Kind {
    fn of(request: &Request) -> Self {
        match request {
            Request::FindAccounts { .. } | Request::ReadAccount { .. } => Self::ReadUsers,
            Request::FindGroups { .. } | Request::ReadMembers { .. } => Self::ReadGroups,
            Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. } => Self::ListAll,
            Request::AddMembers { .. } => Self::WriteGroups,
            Request::Write(operation) => match operation {
                Operation::Create { .. } | Operation::Change { .. } | Operation::Delete { .. } => {
                    Self::WriteUsers
                }
                Operation::AddMember { .. }
                | Operation::RemoveMember { .. }
                | Operation::CreateGroup { .. } => Self::WriteGroups,
            },
        }
    }
}

/// Who was refused, while it is not known why.
#[derive(Debug, Default)]
pub struct Suspicion {
    refused: BTreeMap<Kind, BTreeMap<PersonId, Refused>>,
}

/// What was refused, and when.
#[derive(Clone, Debug)]
struct Refused {
    request: Request,
    moment: Moment,
}

/// What a refusal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// Nothing yet: nobody else was refused.
    Nothing,
    /// Two people were refused and nobody got through between them.
    TargetIsClosed,
}

impl Suspicion {
    /// `person` (`None`: the reading of a group) was refused `request`.
    pub fn refused(
        &mut self,
        request: &Request,
        person: Option<&PersonId>,
        moment: Moment,
    ) -> Shows {
        let refused = self.refused.entry(Kind::of(request)).or_default();
        let Some(person) = person else {
            refused.clear();
            return Shows::TargetIsClosed;
        };
        refused.insert(person.clone(), Refused { request: request.clone(), moment });
        if refused.len() < 2 {
            return Shows::Nothing;
        }
        refused.clear();
        Shows::TargetIsClosed
    }

    /// `request`, which began at `began`, got through for `person`. Gives the exceptions: who was
    /// refused the like before it began, and what that was.
    pub fn got_through(
        &mut self,
        request: &Request,
        person: Option<&PersonId>,
        began: Moment,
    ) -> Vec<(PersonId, Request)> {
        let Some(refused) = self.refused.get_mut(&Kind::of(request)) else { return Vec::new() };
        if let Some(person) = person {
            refused.remove(person);
        }
        let (exceptions, later) = std::mem::take(refused)
            .into_iter()
            .partition(|(_, refused): &(PersonId, Refused)| refused.moment < began);
        *refused = later;
        let exceptions: BTreeMap<PersonId, Refused> = exceptions;
        exceptions.into_iter().map(|(person, refused)| (person, refused.request)).collect()
    }
}
