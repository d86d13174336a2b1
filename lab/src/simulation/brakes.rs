//! What no call may break, whatever is wanted: modes, slots, quota, one call at a time for an account.

use super::calls::{Effect, effect, show};
use super::checks::{Invariant, Violation};
use super::owner::OwnerNumber;
use super::settings::OBSERVED;
use super::world::World;
use crate::model::{Call, Operation, Request};
use jiff::SignedDuration;

/// The window that the simulated targets count in.
const WINDOW: SignedDuration = SignedDuration::from_secs(1);

impl World {
    pub(super) fn check_brakes(
        &mut self,
        number: OwnerNumber,
        call: &Call,
        person: Option<usize>,
    ) -> Result<(), Violation> {
        let writes = matches!(call.request, Request::Write(_) | Request::AddMembers { .. });
        if writes && call.target.as_str() == OBSERVED {
            let what = format!("{} is called at an observed target", show(&call.request));
            return Err(Invariant::Brakes.broken(person, what));
        }
        let is_deletion = matches!(call.request, Request::Write(Operation::Delete { .. }));
        if is_deletion && !self.orders.are_sent() {
            let what = "an account is deleted, and nobody released it";
            return Err(Invariant::Brakes.broken(person, what));
        }
        self.check_quota(number, call)?;
        let Some(owner) = self.owners.get_mut(&number) else {
            return Ok(());
        };
        let cuts = effect(&call.request) == Effect::Cut;
        let mut busy = 0;
        let mut abandoned = Vec::new();
        for open in owner.open.values_mut().filter(|open| !open.abandoned) {
            if open.call.tenant != call.tenant || open.call.target != call.target {
                continue;
            }
            busy += 1;
            if call.person.is_none() || open.call.person != call.person {
                continue;
            }
            if cuts && effect(&open.call.request) != Effect::Cut {
                open.abandoned = true;
                abandoned.push(open.clone());
                busy -= 1;
                continue;
            }
            let what = format!(
                "{} starts while {} is open for the same account",
                show(&call.request),
                show(&open.call.request)
            );
            return Err(Invariant::Brakes.broken(person, what));
        }
        if busy >= self.settings.concurrency {
            let what = format!("{} calls are open at {}", busy + 1, call.target);
            return Err(Invariant::Brakes.broken(person, what));
        }
        self.doubt_abandoned(&abandoned);
        Ok(())
    }

    /// No window of an owner holds more starts than the target takes.
    fn check_quota(&mut self, number: OwnerNumber, call: &Call) -> Result<(), Violation> {
        let now = self.shown_to(number);
        let Some(owner) = self.owners.get_mut(&number) else {
            return Ok(());
        };
        let key = (call.tenant.clone(), call.target.clone());
        let started = owner.started.entry(key).or_default();
        started.push_back(now);
        while started.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
            started.pop_front();
        }
        let in_window = started.len();
        if u32::try_from(in_window).map_or(f64::MAX, f64::from) > self.settings.calls_per_second {
            let what = format!("{in_window} calls start in a second at {}", call.target);
            return Err(Invariant::Brakes.broken(None, what));
        }
        Ok(())
    }
}
