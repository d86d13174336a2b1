//! A person is looked at again: when something was said of them, and when something of theirs is due.

use super::Shard;
use crate::engine::will::wish;
use crate::model::decision::Cause;
use crate::model::ids::PersonId;

impl Shard {
    /// Looks at the claims of a person again, at every target.
    pub(super) fn reconsider(&mut self, id: &PersonId, cause: Option<&Cause>) {
        self.forget_hearsay(id);
        self.everywhere(id, |desk, turn| desk.reconsider(id, cause, turn));
        self.set_wake(id);
        self.rouse_managers(id);
    }

    /// Somebody of the past is needed, or an operator names them: from now on they are driven like
    /// everybody else.
    pub(super) fn rouse(&mut self, id: &PersonId) {
        if self.people.awaken(id) {
            self.books.touch(id);
            self.books.wakes.set(id, Some(self.books.now));
        }
    }

    /// Whoever is to have a manager's account needs that to be known.
    fn rouse_managers(&mut self, id: &PersonId) {
        let Some(person) = self.people.get(id).filter(|it| it.asleep.is_none()) else { return };
        let named = self.desks.wanted_managers(person);
        let asleep = named.iter().filter_map(|name| self.people.sleeper(&person.tenant, name));
        let managers: Vec<PersonId> = asleep.cloned().collect();
        for manager in managers {
            self.rouse(&manager);
        }
    }

    /// What is to be done for a person may have changed though their claims have not.
    pub(super) fn consider_everywhere(&mut self, id: &PersonId) {
        self.everywhere(id, |desk, turn| desk.consider_seated(id, turn));
        self.set_wake(id);
    }

    /// Who is said once more to be cut is looked at: somebody may have given access back by hand since.
    pub(super) fn look_whether_cut(&mut self, id: &PersonId) {
        self.everywhere(id, |desk, turn| desk.look_whether_cut(id, turn));
        self.set_wake(id);
    }

    /// A person without an account has another name now: what ended without one is looked up anew.
    pub(super) fn look_up_again(&mut self, id: &PersonId, cause: &Cause) {
        self.everywhere(id, |desk, turn| desk.look_up_again(id, cause, turn));
        self.reconsider(id, None);
    }

    /// Those who wait for this person's account are looked at again, if there is one now.
    pub(super) fn serve_reports(&mut self, id: &PersonId) {
        self.everywhere(id, |desk, turn| desk.serve_reports(id, turn));
    }

    /// People whose claims begin, end or reach a stage now, or who are to be looked at again.
    ///
    /// However many there are, a commit must stay one that can be written in its time.
    pub(super) fn wake_due(&mut self) {
        while !self.books.ledger.is_full() {
            let Some(id) = self.books.wakes.pop_due(self.books.now) else { break };
            self.books.at_work = Some(id.clone());
            self.wake(&id);
            self.books.at_work = None;
        }
    }

    fn wake(&mut self, id: &PersonId) {
        self.end_orders(id);
        if self.forget_if_over(id) {
            return;
        }
        if self.people.get(id).is_some_and(|it| it.wakes_by(self.books.today())) {
            self.rouse(id);
        }
        self.everywhere(id, |desk, turn| desk.try_again(id, turn));
        self.reconsider(id, None);
        self.everywhere(id, |desk, turn| desk.tell_waiting(id, turn));
    }

    /// Sets the wakes of those for whom something was done.
    pub(super) fn set_wakes(&mut self) {
        for id in std::mem::take(&mut self.books.to_wake) {
            self.set_wake(&id);
        }
    }

    /// Sets when to look at a person again. A seat at a target that is not configured any more waits for
    /// nothing: whoever woke for it could do nothing, and would wake again at once.
    pub(super) fn set_wake(&mut self, id: &PersonId) {
        let books = &mut self.books;
        // One that is due and waits for a commit with room is still to come.
        if books.wakes.of(id).is_some_and(|due| due <= books.now) {
            return;
        }
        let Some(person) = self.people.get(id) else { return };
        if !self.people.is_served(&person.tenant) {
            return;
        }
        let (now, horizon) = (books.now, books.timing.replay_horizon);
        // While nobody knows what time it is, nothing begins or ends by it.
        let today = (!books.clocks.in_question()).then(|| books.today());
        let forgotten_at = today.and_then(|today| person.forgotten_at(horizon, today));
        let edge = match person.asleep {
            Some(sleep) => sleep.until,
            None => today.and_then(|today| wish::next_edge(person, today)),
        };
        let seats = self.desks.serving(person).filter_map(|(_, seat)| seat.next_due(now));
        let next = seats.chain(edge).chain(forgotten_at).min();
        books.wakes.set(id, next);
    }
}
