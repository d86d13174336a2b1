//! Another writer takes back at once what usher has done, and usher must see that when it reads.

use super::Protection;
use super::manners::Manner;
use super::seen::Place;
use super::world::World;
use crate::model::{Account, Call, Operation, Outcome, Reply, Request, ScimId};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Of a thousand deactivations so many are taken back.
const TAKEN_BACK: u64 = 300;
/// One more, and the two would contest it.
const MOST_OF_ONE: u32 = 2;

/// Whoever waits for an answer waits for so long at the most.
const LATE: SignedDuration = SignedDuration::from_secs(10);

/// What usher has written, and how often somebody took it back.
#[derive(Debug, Default)]
pub struct Meddling {
    written: BTreeMap<(Place, ScimId), bool>,
    taken_back: BTreeMap<(Place, ScimId), u32>,
}

impl World {
    /// A call has landed: somebody else may undo what it did. Gives what the provider says of the call.
    pub(super) fn meddle(&mut self, call: &Call, sent_at: Timestamp, outcome: Outcome) -> Outcome {
        let place = (call.tenant.clone(), call.target.clone());
        match &call.request {
            Request::Write(Operation::Change { account, active: Some(active), .. })
                if matches!(outcome, Outcome::Done(_)) =>
            {
                let key = (place, account.clone());
                self.meddling.written.insert(key.clone(), *active);
                // Of what lands so late that nobody looks any more, only a list of all accounts would show it.
                if !active && self.now.duration_since(sent_at) <= LATE {
                    self.take_back(&key);
                }
                outcome
            }
            _ if self.settings.without == Some(Protection::Drift) => {
                self.meddling.as_written(&place, outcome)
            }
            _ => outcome,
        }
    }

    fn take_back(&mut self, key: &(Place, ScimId)) {
        let is_over = self.now >= self.settings.faults_end;
        if is_over
            || !self.manners.has(Manner::Meddling)
            || !self.manners.chance.happens(TAKEN_BACK)
        {
            return;
        }
        let times = self.meddling.taken_back.entry(key.clone()).or_default();
        *times += 1;
        let Some(provider) = self.providers.get_mut(&key.0).filter(|_| *times <= MOST_OF_ONE)
        else {
            return;
        };
        let (account, attributes) = (key.1.clone(), BTreeMap::new());
        let back = Operation::Change { account, active: Some(true), attributes };
        let _outcome = provider.apply(&Request::Write(back));
        self.history.note(self.now, None, || {
            format!("provider {}'s {} is activated by somebody else", key.0.1, key.1)
        });
    }
}

impl Meddling {
    /// Accounts as usher has written them: what one would believe who does not look.
    fn as_written(&self, place: &Place, outcome: Outcome) -> Outcome {
        let believed = |mut account: Account| {
            let key = (place.clone(), account.id.clone());
            account.active = self.written.get(&key).copied().or(account.active);
            account
        };
        match outcome {
            Outcome::Done(Reply::Account(account)) => {
                Outcome::Done(Reply::Account(believed(account)))
            }
            Outcome::Done(Reply::Accounts(accounts)) => {
                Outcome::Done(Reply::Accounts(accounts.into_iter().map(believed).collect()))
            }
            other => other,
        }
    }
}
