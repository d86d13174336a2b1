//! Whom a look-up that lies has denied, though the account is there.

use super::world::World;
use crate::model::{Call, Outcome, Reply, Request, TargetName};

impl World {
    /// A look-up that lies denies an account that is there, until an answer shows one.
    pub(super) fn note_denial(&mut self, call: &Call, outcome: &Outcome) {
        let Some(id) = &call.person else { return };
        let place = (call.tenant.clone(), call.target.clone());
        match (&call.request, outcome) {
            (Request::FindAccounts { attribute, value }, Outcome::Done(Reply::Accounts(found)))
                if found.is_empty() =>
            {
                let is_a_lie = self.ways.lies_about(attribute);
                let provider = self.providers.get(&place).filter(|_| is_a_lie);
                if provider
                    .is_some_and(|provider| !provider.directory.find(attribute, value).is_empty())
                {
                    self.denied.insert((place, id.clone()));
                }
            }
            (_, Outcome::Done(Reply::Accounts(_) | Reply::Account(_))) => {
                self.denied.remove(&(place, id.clone()));
            }
            _ => {}
        }
    }

    /// Whether the person's account there has been denied, and no answer has shown it since.
    pub(super) fn is_denied(&self, person: usize, target: &TargetName) -> bool {
        let mut denied = self.denied.iter();
        denied.any(|((_, at), id)| at == target && self.audit.person(id) == Some(person))
    }
}
