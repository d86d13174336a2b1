//! Whoever is not settled waits for one thing, and that thing will come.
//!
//! The engine says the reason; whether the call is open, the commit under way and the timer set, this
//! world knows by itself.

use super::checks::{Invariant, Violation};
use super::owner::{Owner, OwnerNumber};
use super::world::World;
use crate::engine::deeds::reason::{Awaited, Reason, Unsettled};
use crate::engine::schedule::queue::InLine;
use jiff::{SignedDuration, Timestamp};

/// Every so many steps everybody is asked; a prime, so that no rhythm of the engine hides anything.
const EVERY: u64 = 17;
/// How long after its window what a call has done may be looked for (docs/design.md).
const SHOWS_WITHIN: SignedDuration = SignedDuration::from_secs(90);

impl World {
    /// Asks everybody who is not settled why, now and then.
    pub(super) fn check_reasons(&mut self, number: OwnerNumber) -> Result<(), Violation> {
        if !self.tally.steps.is_multiple_of(EVERY) {
            return Ok(());
        }
        self.check_waits(number)?;
        let Some(owner) = self.owners.get(&number) else {
            return Ok(());
        };
        let latest = self.shown_to(number) + self.settings.timing.late_window * 2 + SHOWS_WITHIN;
        for unsettled in owner.host.shard().unsettled() {
            if let Reason::Retry(at) = unsettled.reason
                && at > latest
            {
                let what = format!("at {} nothing is done before {at}", unsettled.target);
                let person = self.audit.person(&unsettled.person);
                return Err(Invariant::Bounded.broken(person, what));
            }
            let awaited = owner.host.shard().awaited(&unsettled.person, &unsettled.target);
            if let Err(why) = is_real((owner, self.orders.are_sent()), &unsettled, &awaited) {
                let what = format!(
                    "at {} {:?} is said, and {why}; in truth: {awaited:?}",
                    unsettled.target, unsettled.reason
                );
                let person = self.audit.person(&unsettled.person);
                return Err(Invariant::Bounded.broken(person, what));
            }
        }
        Ok(())
    }
}

impl World {
    /// At rest nothing is done about anybody, but that an account is looked for until tomorrow.
    pub(super) fn nobody_is_dirty(&self, owner: &Owner) -> Result<(), Violation> {
        let shard = owner.host.shard();
        let now = self.people_time_now();
        for person in shard.people() {
            for (target, seat) in shard.seats_of(person) {
                let key = (person.id.clone(), target.clone());
                if seat.is_dirty() && !self.audit.is_looked_for_until_tomorrow(&key, now) {
                    let what = format!("revision {} at {target} is still worked on", seat.revision);
                    let person = self.audit.person(&person.id);
                    return Err(Invariant::Convergence.broken(person, what));
                }
            }
        }
        Ok(())
    }

    /// At rest whoever waits for somebody's word is said to in the audit, or nobody would know.
    pub(super) fn held_are_told(&self, owner: &Owner) -> Result<(), Violation> {
        for unsettled in owner.host.shard().unsettled() {
            let person = self.audit.person(&unsettled.person);
            let told = person.and_then(|person| self.audit.held(person, &unsettled.target));
            if unsettled.reason == Reason::Held && told.is_none() {
                let what =
                    format!("is held at {}, and the audit does not say so", unsettled.target);
                return Err(Invariant::Bounded.broken(person, what));
            }
        }
        Ok(())
    }
}

/// Whether what is waited for will come.
fn is_real(
    (owner, may_pause): (&Owner, bool),
    unsettled: &Unsettled,
    awaited: &Awaited,
) -> Result<(), &'static str> {
    let in_line_by = |at: Timestamp| match awaited.line {
        Some(InLine::Now) => true,
        Some(InLine::NotBefore(due)) => due <= at,
        None => false,
    };
    let wakes_by = |at: Timestamp| awaited.wake.is_some_and(|wake| wake <= at);
    let must = |holds: bool, why| if holds { Ok(()) } else { Err(why) };
    match &unsettled.reason {
        Reason::Answer(call) => {
            must(awaited.call == Some(*call), "the shard has no such call open")?;
            must(owner.open.contains_key(call), "no such call is on its way")
        }
        Reason::Commit(commit) => {
            must(awaited.commit == Some(*commit), "the shard keeps no slot for it")?;
            let under_way = owner.commit.as_ref().map(|commit| commit.id);
            let comes = under_way.is_some_and(|id| id <= *commit);
            must(comes, "no commit is under way")
        }
        // Whom a pause finds at rest is looked at when their wake comes.
        Reason::Turn => must(
            awaited.line == Some(InLine::Now) || may_pause && awaited.wake.is_some(),
            "the person is in no line",
        ),
        Reason::Groups(groups) => {
            must(!groups.is_empty(), "there is no group to wait for")?;
            must(groups.is_subset(&awaited.groups), "a group will not be read, or tells nobody")
        }
        Reason::Retry(at) => {
            must(in_line_by(*at) || wakes_by(*at), "nobody will come back by then")
        }
        Reason::LookAgain(at) | Reason::LateCall(at) | Reason::Stuck(at) => {
            must(wakes_by(*at), "nobody wakes by then")
        }
        Reason::Held => Ok(()),
        Reason::TargetGone => Err("all targets are configured"),
        Reason::Overlooked => Err("nothing will come"),
    }
}
