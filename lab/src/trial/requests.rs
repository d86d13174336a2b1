//! What requests are about, and what their answers show.

use crate::model::operation::Operation;
use crate::model::{Outcome, Reply, Request, ScimId};
use crate::story::Method;

/// By which method usher's client makes such a request, unless the dialect has it otherwise.
pub(super) fn method(request: &Request) -> Method {
    match request {
        Request::FindAccounts { .. }
        | Request::ReadAccount { .. }
        | Request::FindGroups { .. }
        | Request::ListAccounts { .. }
        | Request::ListGroups { .. }
        | Request::ReadScope { .. }
        | Request::ReadMembers { .. } => Method::Get,
        Request::Write(Operation::Create { .. } | Operation::CreateGroup { .. }) => Method::Post,
        Request::Write(Operation::Delete { .. }) => Method::Delete,
        Request::AddMembers { .. }
        | Request::Write(
            Operation::Change { .. } | Operation::AddMember { .. } | Operation::RemoveMember { .. },
        ) => Method::Patch,
    }
}

/// What a request changes, person by person.
pub(super) fn operations(request: &Request) -> Vec<Operation> {
    match request {
        Request::Write(operation) => vec![operation.clone()],
        Request::AddMembers { group, accounts } => accounts
            .iter()
            .map(|account| Operation::AddMember { account: account.clone(), group: group.clone() })
            .collect(),
        Request::FindAccounts { .. }
        | Request::ReadAccount { .. }
        | Request::FindGroups { .. }
        | Request::ListAccounts { .. }
        | Request::ListGroups { .. }
        | Request::ReadScope { .. }
        | Request::ReadMembers { .. } => Vec::new(),
    }
}

pub(super) fn account_named(operation: &Operation) -> Option<&ScimId> {
    match operation {
        Operation::Create { .. } | Operation::CreateGroup { .. } => None,
        Operation::Change { account, .. }
        | Operation::AddMember { account, .. }
        | Operation::RemoveMember { account, .. }
        | Operation::Delete { account } => Some(account),
    }
}

/// The account that a call about one person turned out to be about.
pub(super) fn account_of(request: &Request, outcome: &Outcome) -> Option<ScimId> {
    match (request, outcome) {
        (_, Outcome::Done(Reply::Account(account))) => Some(account.id.clone()),
        (Request::FindAccounts { .. }, Outcome::Done(Reply::Accounts(found))) => {
            match found.as_slice() {
                [only] => Some(only.id.clone()),
                _ => None,
            }
        }
        _ => None,
    }
}
