//! Answers find their call, and what waits for them goes on.

use super::Shard;
use crate::engine::deeds::open_call::OpenCall;
use crate::engine::deeds::whose;
use crate::engine::desk::is_refused_as_a_whole;
use crate::engine::desk::swapped::{Released, Swap};
use crate::engine::schedule::queue::Work;
use crate::model::call::Answer;
use crate::model::ids::{GroupName, PersonId, TargetName, TenantName};
use crate::model::{Operation, Request};

/// A desk, by name.
type At<'a> = (&'a TenantName, &'a TargetName);

impl Shard {
    /// Learns from an answer. One to a call that was abandoned frees its slot and says no more.
    pub(super) fn learn(&mut self, answer: &Answer) {
        let Some((desk, call)) = self.desks.take_call(answer.call) else { return };
        let (tenant, target) = (desk.tenant().clone(), desk.target().clone());
        let at = (&tenant, &target);
        self.books.next_moment();
        self.at(at, |desk, turn| desk.judge_target(&call, answer, turn));
        match &call.work {
            Work::Group(name) => self.learn_group(at, (&call, answer), name),
            Work::Inventory => self.learn_inventory(at, (&call, answer)),
            Work::Person(_) if !call.together.is_empty() => {
                self.learn_together(at, (&call, answer));
            }
            Work::Person(person) => {
                self.learn_person(at, (&call, answer), person);
                if let Some(group) = call.makes_group() {
                    self.learn_group(at, (&call, answer), group);
                }
                self.look_at(at, person);
            }
        }
    }

    fn look_at(&mut self, at: At<'_>, id: &PersonId) {
        self.at(at, |desk, turn| desk.consider(id, turn));
        self.set_wake(id);
    }

    fn learn_person(&mut self, at: At<'_>, (call, answer): (&OpenCall, &Answer), id: &PersonId) {
        if let Some(account) = whose::met(&answer.outcome) {
            let released = self.at(at, |desk, turn| desk.release_if_replaced(account, id, turn));
            if let Some(Released { owner, swap }) = released.flatten() {
                self.give_back(at, &swap);
                self.look_at(at, &owner);
            }
        }
        let heard = self.at(at, |desk, turn| desk.hear((call, answer), id, turn)).flatten();
        let Some(heard) = heard else { return };
        if heard.is_disproved {
            self.reconsider(id, None);
        }
        if heard.has_new_account {
            self.serve_reports(id);
        }
        for report in &heard.reports {
            self.look_at(at, report);
        }
        if let Some(swap) = &heard.swap {
            self.give_back(at, swap);
        }
    }

    /// Puts right what was done to an account in another person's name.
    fn give_back(&mut self, at: At<'_>, swap: &Swap) {
        for bearer in &swap.bearers {
            let is_theirs = self.at(at, |desk, turn| desk.let_go_of_old_id(bearer, swap, turn));
            if is_theirs == Some(true) {
                self.reconsider(bearer, None);
                self.at(at, |desk, turn| desk.give_back(bearer, turn));
            }
        }
    }

    /// One answer for many: each learns from it as if it had been asked alone.
    fn learn_together(&mut self, at: At<'_>, (call, answer): (&OpenCall, &Answer)) {
        for (person, operation) in &call.together {
            if is_refused_as_a_whole(answer) {
                self.at(at, |desk, _| desk.split(person, call, answer.call));
            } else {
                let own = alone(call, person, operation);
                self.learn_person(at, (&own, answer), person);
            }
            self.look_at(at, person);
        }
    }

    fn learn_inventory(&mut self, at: At<'_>, (call, answer): (&OpenCall, &Answer)) {
        let shown = self.at(at, |desk, turn| desk.learn_inventory((call, answer), turn));
        for id in shown.unwrap_or_default() {
            self.set_wake(&id);
        }
    }

    fn learn_group(&mut self, at: At<'_>, (call, answer): (&OpenCall, &Answer), name: &GroupName) {
        let shown = self.at(at, |desk, turn| desk.learn_group((call, answer), name, turn));
        let Some(shown) = shown.flatten() else { return };
        if let Some(took) = &shown.took {
            self.stop_removals(at, took);
        }
        for id in &shown.known_now {
            self.reconsider(id, None);
        }
        self.at(at, |desk, turn| desk.spread(name, &shown, turn));
    }
}

/// A call for many, as it would have been for one of them.
fn alone(call: &OpenCall, person: &PersonId, operation: &Operation) -> OpenCall {
    OpenCall {
        work: Work::Person(person.clone()),
        request: Request::Write(operation.clone()),
        moment: call.moment,
        together: Vec::new(),
    }
}
