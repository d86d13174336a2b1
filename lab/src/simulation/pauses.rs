//! No call starts before the pause is over that a failure asks for, or that the provider has asked for.

use super::calls::show;
use super::checks::{Invariant, Violation};
use super::owner::{OpenCall, OwnerNumber};
use super::world::World;
use crate::model::{
    Answer, Call, Operation, Outcome, PersonId, Reply, Request, TargetName, TenantName, Verdict,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// The window in which tries are counted.
const WINDOW: SignedDuration = SignedDuration::from_secs(60);
/// A first try, one at once, six steps from the first pause to the longest, one more for every three
/// quarters of the longest, and some for what was read between.
const TRIES_IN_WINDOW: usize = 22;

type Place = (TenantName, TargetName);

/// What one owner has tried in vain.
#[derive(Debug, Default)]
pub struct Tries {
    failed: BTreeMap<(Place, Option<PersonId>, String), VecDeque<Timestamp>>,
    /// Until when each target has asked to be left alone.
    told: BTreeMap<Place, Timestamp>,
}

impl World {
    pub(super) fn check_pauses(
        &mut self,
        number: OwnerNumber,
        call: &Call,
        person: Option<usize>,
    ) -> Result<(), Violation> {
        let now = self.shown_to(number);
        let Some(owner) = self.owners.get_mut(&number) else { return Ok(()) };
        let place = (call.tenant.clone(), call.target.clone());
        if let Some(until) = owner.tries.told.get(&place)
            && now < *until
        {
            let left = until.duration_since(now);
            let what = format!(
                "{} starts {left:#} before the pause is over that {} asked for",
                show(&call.request),
                call.target
            );
            return Err(Invariant::Pauses.broken(person, what));
        }
        let key = (place, call.person.clone(), name(&call.request));
        let Some(failed) = owner.tries.failed.get_mut(&key) else { return Ok(()) };
        while failed.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
            failed.pop_front();
        }
        if failed.len() >= TRIES_IN_WINDOW {
            let what = format!(
                "{} starts after it failed {} times within a minute",
                show(&call.request),
                failed.len()
            );
            return Err(Invariant::Pauses.broken(person, what));
        }
        Ok(())
    }

    /// An answer has reached the owner that made the call.
    pub(super) fn note_pauses(&mut self, number: OwnerNumber, open: &OpenCall, answer: &Answer) {
        let now = self.shown_to(number);
        let Some(owner) = self.owners.get_mut(&number) else { return };
        let call = &open.call;
        let place = (call.tenant.clone(), call.target.clone());
        if let Outcome::Failed(failure) = &answer.outcome
            && let Verdict::Retry { after: Some(after) } = &failure.verdict
            && let Ok(until) = now.checked_add(*after)
        {
            let told = owner.tries.told.entry(place.clone()).or_insert(until);
            *told = until.max(*told);
        }
        if matches!(answer.outcome, Outcome::Failed(_)) {
            self.waits.failed(place.clone());
        }
        let key = (place, call.person.clone(), name(&call.request));
        match &answer.outcome {
            Outcome::Failed(_) | Outcome::Done(Reply::Gone) => {
                owner.tries.failed.entry(key).or_default().push_back(now);
            }
            Outcome::Done(_) => {
                owner.tries.failed.remove(&key);
            }
            Outcome::NotSent => {}
        }
    }
}

/// What is tried: what goes to many together is one, and so are changes of the same fields.
fn name(request: &Request) -> String {
    match request {
        Request::AddMembers { group, .. } | Request::Write(Operation::AddMember { group, .. }) => {
            format!("add to {}", group.name)
        }
        _ => show(request),
    }
}
