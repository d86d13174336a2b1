//! One step after another for one person at one target, and who is next.

use super::charging::sensors_of;
use super::{Desk, Turn, together};
use crate::engine::brakes::halt::Demands;
use crate::engine::brakes::{Permitted, Withheld};
use crate::engine::deeds::ageing;
use crate::engine::deeds::baseline;
use crate::engine::deeds::drive;
use crate::engine::deeds::groups::GroupId;
use crate::engine::deeds::step::{Around, Ending, Look, NotFound, Step};
use crate::engine::schedule::joint::Standing;
use crate::engine::schedule::queue::Work;
use crate::engine::state::{Seat, Stage};
use crate::model::call::{Request, Urgency};
use crate::model::hold::Effect;
use crate::model::ids::{GroupName, PersonId};
use crate::model::operation::Operation;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Steps of one look that need no call; more would be a circle.
const STEPS_PER_LOOK: usize = 8;

impl Desk {
    /// Looks what is next for one person, and does what needs no call.
    pub(in crate::engine) fn consider(&mut self, id: &PersonId, turn: &mut Turn<'_>) {
        let before = turn.books.at_work.replace(id.clone());
        self.consider_steps(id, turn);
        turn.books.at_work = before;
    }

    fn consider_steps(&mut self, id: &PersonId, turn: &mut Turn<'_>) {
        #[cfg(test)]
        assert_ne!(turn.books.crash_at.as_ref(), Some(id), "a test lets it crash here");
        self.joining.forget(id);
        for _ in 0..STEPS_PER_LOOK {
            // Asked before the look, which takes a last read that nobody can make for made.
            let rested_in_doubt = self.rests_in_doubt(id);
            let Some(Look { step, withheld, besides }) = self.look(id, turn) else {
                return;
            };
            if let Step::End(ending) = &step
                && self.is_read_first(id, ending, turn)
            {
                continue;
            }
            let is_whole = matches!(step, Step::End(_));
            self.keep_rows(id, (&withheld, &besides, is_whole), turn);
            match step {
                // A writing step at rest is a drift, and begins a revision.
                Step::Write(permitted) if !self.is_open(id) => {
                    self.correct_change(id, permitted.ahead(), turn);
                }
                // So is one that a brake keeps.
                Step::End(Ending::Held(..)) if !self.is_open(id) && is_drift(&withheld) => {
                    self.correct_drift(id, turn);
                }
                Step::Ask(Request::ReadAccount { .. }) => return self.line_up_to_look(id),
                Step::Ask(_) => return self.line_up(id, None),
                Step::Write(permitted) => {
                    if !self.waits_for_commit(id, &permitted, turn) {
                        self.line_up(id, Some(permitted.operation()));
                    }
                    return;
                }
                Step::AwaitGroups(groups) => return self.await_groups(id, groups, turn.books.now),
                Step::AwaitAnswer => return,
                Step::Wait(at) => return self.put_off(id, at),
                // A late call that cannot be read after is nothing to rest on; nor is an account that
                // is there no more, while one is there that may be the same.
                Step::End(Ending::Failed(_) | Ending::Unverified(NotFound::Unproved(_)))
                    if rested_in_doubt || self.rests_without_account(id) =>
                {
                    self.correct_drift(id, turn);
                }
                Step::End(ending) => {
                    let was_open = self.is_open(id);
                    self.end(id, ending, turn);
                    // Nobody comes back soon to a stuck person, and a call in doubt is read at once.
                    if !(was_open && self.is_stuck_in_doubt(id)) {
                        return;
                    }
                }
            }
        }
        // A circle is a bug; the person is looked at again later rather than never.
        let later = turn.books.now.checked_add(SignedDuration::from_secs(30));
        self.put_off(id, later.unwrap_or(turn.books.now));
    }

    /// The same, if the person sits here.
    pub(in crate::engine) fn consider_seated(&mut self, id: &PersonId, turn: &mut Turn<'_>) {
        if self.seats.contains_key(id) {
            self.consider(id, turn);
        }
    }

    pub(super) fn look(&mut self, id: &PersonId, turn: &mut Turn<'_>) -> Option<Look> {
        let moment = turn.books.next_moment();
        let (now, today) = (turn.books.now, turn.books.today());
        let whom = turn.people.whom(id)?;
        let manager = self.manager_of(&whom);
        if self.supersede(&whom, today) {
            turn.books.touch(id);
        }
        let seat = self.seats.get(id)?;
        let deletion = self.deletion_of((&whom, seat), today);
        let rejected = self.still_rejected((&whom, seat), today);
        let stays = self.stays(seat);
        let halt = turn.orders.halt(&self.tenant, &self.settings.name);
        let demands =
            if halt.asks_who() { self.demands_of(&whom, today) } else { Demands::default() };
        let accounts = self.denominator();
        let seat = self.seats.get_mut(id)?;
        if matches!(seat.stage, Stage::Stuck { .. }) && seat.unanswered.is_empty() {
            return None;
        }
        let around = Around {
            id,
            aliases: &whom.person.aliases,
            names: whom.names,
            deletion,
            manager: manager.as_ref(),
            settings: &self.settings,
            groups: &self.groups,
            stays,
            administrators: &self.survey.head.shown.administrators,
            no_creation_before: self.creations.pause(now),
            read_since: self.gate.read_since(now),
            counters: &self.counters,
            accounts,
            sensors: sensors_of(whom.person, &self.settings, today),
            halt,
            demands,
            rejected,
            now,
        };
        let is_caught_up = drive::catch_up(seat, &around, moment);
        if baseline::found_again(seat, &self.groups) || is_caught_up {
            turn.books.touch(id);
        }
        Some(drive::look(seat, &around))
    }

    /// Whether something would end by an old reading of the account: then it is read first.
    fn is_read_first(&mut self, id: &PersonId, ending: &Ending, turn: &mut Turn<'_>) -> bool {
        let now = turn.books.now;
        let seat = self.seats.get_mut(id);
        let Some(seat) = seat.filter(|seat| ageing::rests_on_old(seat, ending, now)) else {
            return false;
        };
        seat.drive.account_need = turn.books.next_moment();
        true
    }

    fn is_stuck_in_doubt(&self, id: &PersonId) -> bool {
        self.seats.get(id).is_some_and(|seat| {
            matches!(seat.stage, Stage::Stuck { .. })
                && seat.unanswered.iter().any(|call| !call.read)
        })
    }

    fn rests_in_doubt(&self, id: &PersonId) -> bool {
        self.seats.get(id).is_some_and(|seat| {
            matches!(seat.stage, Stage::AtRest { .. }) && !seat.unanswered.is_empty()
        })
    }

    fn rests_without_account(&self, id: &PersonId) -> bool {
        self.seats.get(id).is_some_and(|seat| {
            matches!(seat.stage, Stage::AtRest { .. }) && seat.account().is_none()
        })
    }

    pub(super) fn await_groups(
        &mut self,
        id: &PersonId,
        groups: BTreeSet<GroupName>,
        now: Timestamp,
    ) {
        let Some(urgency) = self.seats.get(id).map(|seat| seat.urgency) else { return };
        for name in groups {
            let group = self.groups.entry(name.clone()).or_default();
            group.waiting.insert(id.clone());
            group.wanted = matches!(group.id, GroupId::Missing | GroupId::ToMake);
            if group.reading.is_none() {
                match group.not_before.filter(|at| *at > now) {
                    Some(at) => self.queue.put_off(Work::Group(name), at),
                    None if group.is_first_read() => self.queue.put(Work::Group(name), urgency),
                    None => self.queue.put_look(Work::Group(name), urgency),
                }
            }
        }
    }

    /// Puts one person in line for a call; a revision that has begun to call goes on before another
    /// begins. Who is only to join a group may go along with others.
    fn line_up(&mut self, id: &PersonId, next: Option<&Operation>) {
        let Some(seat) = self.seats.get(id) else { return };
        let is_ahead = !seat.pending.is_empty() && seat.drive.ahead_in.is_none();
        if let Some(group) = next.and_then(|next| together::joins(next, seat, &self.settings)) {
            let standing = if is_ahead { Standing::Ahead } else { Standing::Planned };
            self.joining.wait(id, group, standing);
        }
        let work = Work::Person(id.clone());
        if is_ahead {
            self.queue.put_first(work, seat.urgency);
        } else {
            self.queue.put(work, seat.urgency);
        }
    }

    fn line_up_to_look(&mut self, id: &PersonId) {
        if let Some(seat) = self.seats.get(id) {
            self.queue.put_look(Work::Person(id.clone()), seat.urgency);
        }
    }

    pub(super) fn leave_line(&mut self, id: &PersonId) {
        self.joining.forget(id);
        self.queue.remove(&Work::Person(id.clone()));
    }

    pub(super) fn put_off(&mut self, id: &PersonId, at: Timestamp) {
        if self.seats.contains_key(id) {
            self.queue.put_off(Work::Person(id.clone()), at);
        }
    }

    /// Starts what may start here.
    pub(in crate::engine) fn start_calls(&mut self, turn: &mut Turn<'_>) {
        self.line_up_due(turn);
        while !turn.books.draining {
            let Some((urgency, work)) = self.next_work(turn) else {
                break;
            };
            match work {
                Work::Group(group) if self.waits_for_joiners(&group, urgency, turn.books.now) => {}
                Work::Group(group) => self.read_group(group, turn.books),
                Work::Inventory => self.read_inventory(turn.books),
                Work::Person(person) => {
                    turn.books.at_work = Some(person.clone());
                    self.take_step(&person, turn);
                    turn.books.at_work = None;
                }
            }
        }
    }

    fn line_up_due(&mut self, turn: &mut Turn<'_>) {
        let due = self.queue.take_due(turn.books.now);
        let mut people = Vec::new();
        for work in due {
            match work {
                Work::Group(_) => self.queue.put(work, Urgency::Normal),
                Work::Inventory => self.queue.put(work, Urgency::Bulk),
                Work::Person(person) => people.push(person),
            }
        }
        for person in people {
            self.consider(&person, turn);
        }
    }

    /// The next work for which there is a slot, quota, and a fresh lease.
    fn next_work(&mut self, turn: &mut Turn<'_>) -> Option<(Urgency, Work)> {
        let urgency = self.queue.most_urgent()?;
        if !self.gate.is_open(&self.settings, urgency, turn.books.now) {
            return None;
        }
        if turn.books.lease_until().is_none() {
            turn.books.ledger.want_commit();
            return None;
        }
        Some((urgency, self.queue.pop()?))
    }

    fn take_step(&mut self, id: &PersonId, turn: &mut Turn<'_>) {
        match self.look(id, turn).map(|look| look.step) {
            Some(Step::Ask(request)) => self.start(id, request, turn.books),
            Some(Step::Write(permitted)) => self.write(id, permitted, turn),
            Some(Step::AwaitGroups(_) | Step::AwaitAnswer | Step::Wait(_) | Step::End(_)) => {
                self.consider(id, turn);
            }
            None => {}
        }
    }

    /// Somebody may have given a group another name since it was found: nobody is let in before it is
    /// known that this is not so. Who is written ahead already comes back as the first.
    pub(super) fn asks_for_the_name(
        &mut self,
        id: &PersonId,
        permitted: &Permitted,
        now: Timestamp,
    ) -> bool {
        let Operation::AddMember { group, .. } = permitted.operation() else { return false };
        let name = group.name.clone();
        if self.settings.restricting_groups.contains(&name) {
            return false;
        }
        let Some(group) = self.groups.get_mut(&name) else { return false };
        group.ask_name = group.unreadable.is_none() && !group.was_just_named(now);
        let asks = group.ask_name;
        if asks {
            self.await_groups(id, BTreeSet::from([name]), now);
        }
        asks
    }

    pub(in crate::engine) fn correct_drift(&mut self, id: &PersonId, turn: &mut Turn<'_>) {
        if let Some(wish) = self.seats.get(id).map(|seat: &Seat| seat.wish.clone()) {
            self.begin(id, wish, None, turn);
        }
    }
}

/// Whether what waits is a call, and not a question.
fn is_drift(withheld: &[Withheld]) -> bool {
    withheld.iter().any(|it| match it.effect {
        Effect::Operation(_) => true,
        Effect::WayBack(_) | Effect::Identity => false,
    })
}
