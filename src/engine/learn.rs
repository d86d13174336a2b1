//! Answers are learned from: about the target, a group, a person.

use super::schedule::queue::Work;
use super::schedule::suspicion::Shows;
use super::settle::{self, Judged, OpenCall};
use super::shard::{Here, Shard, here};
use super::state::{Seat, Stage};
use super::target::GroupId;
use super::tell;
use super::waiting;
use crate::model::call::{Answer, Outcome, Reply, Request, Urgency, Verdict};
use crate::model::decision::{NoteWord, Why};
use crate::model::ids::{GroupName, PersonId, TargetName};
use jiff::SignedDuration;
use std::collections::BTreeSet;

impl Shard {
    /// Learns from an answer. One to a call that was abandoned frees its slot and says no more.
    pub(super) fn learn(&mut self, answer: &Answer) {
        let Some(call) = self.calls.remove(&answer.call) else {
            return;
        };
        self.moment += 1;
        self.judge_target(&call, answer);
        match call.work.clone() {
            Work::Group(name) => self.learn_group(&call, answer, &name),
            Work::Person(_) if !call.together.is_empty() => self.learn_together(&call, answer),
            Work::Person(person) => {
                self.learn_person(&call, answer, &person);
                self.consider(&person, &call.target);
                self.set_wake(&person);
            }
        }
    }

    /// What an answer says of the target as a whole.
    fn judge_target(&mut self, call: &OpenCall, answer: &Answer) {
        let (now, moment, timing) = (self.now, self.moment, self.timing);
        let Some(known) = self.target_mut(&call.tenant, &call.target) else { return };
        known.gate.taken = known.gate.taken.saturating_sub(1);
        let verdict = match &answer.outcome {
            Outcome::NotSent => return,
            Outcome::Done(_) => &Verdict::Stuck,
            Outcome::Failed(failure) => &failure.verdict,
        };
        if *verdict != Verdict::Stuck || matches!(answer.outcome, Outcome::Done(_)) {
            waiting::note_trouble(&mut known.trouble, &call.request, answer, now);
        }
        let person = match &call.work {
            Work::Person(person) => Some(person),
            Work::Group(_) => None,
        };
        let mut exceptions = Vec::new();
        match verdict {
            // It answered; whether it liked the request is not the target's fault.
            Verdict::Stuck => {
                known.gate.went_well();
                exceptions = known.suspicion.got_through(&call.request, person, call.moment);
            }
            Verdict::Retry { after } => {
                let after = after.and_then(|after| SignedDuration::try_from(after).ok());
                known.gate.went_wrong(after, &timing, now);
            }
            // One of many may be the reason; they are asked for apart before anybody is judged.
            Verdict::Closed if answer.is_forbidden() && !call.together.is_empty() => {}
            Verdict::Closed if answer.is_forbidden() => {
                if known.suspicion.refused(&call.request, person, moment) == Shows::TargetIsClosed {
                    known.gate.closed(&timing, now);
                }
            }
            Verdict::Closed => known.gate.closed(&timing, now),
        }
        if let Some(limits) = answer.limits {
            known.gate.hear(known.settings.quota, limits, now);
        }
        for (person, request) in exceptions {
            self.give_up_for(&person, &call.target, request);
        }
    }

    /// Others get through: it is this person whom the target protects.
    fn give_up_for(&mut self, id: &PersonId, target: &TargetName, request: Request) {
        let found = here(&mut self.people, &mut self.tenants, (id, target));
        let Some(Here { seat, .. }) = found else { return };
        let why = Why::new(
            "target.forbids",
            None,
            "the target refuses this for this account (403) and does the same for others: it may \
             belong to an administrator, or not be managed by SCIM",
        );
        match request {
            Request::Write(operation) => seat.drive.given_up.push((operation, why)),
            Request::FindAccounts { .. }
            | Request::ReadAccount { .. }
            | Request::FindGroups { .. }
            | Request::ReadMembers { .. }
            | Request::CreateGroup { .. }
            | Request::AddMembers { .. } => seat.drive.refused = Some(why),
        }
        seat.drive.not_before = None;
        self.consider(id, target);
    }

    pub(super) fn learn_person(&mut self, call: &OpenCall, answer: &Answer, id: &PersonId) {
        let found = here(&mut self.people, &mut self.tenants, (id, &call.target));
        let Some(Here { seat, target: known, .. }) = found else { return };
        if seat.drive.open.as_ref().is_none_or(|(open, _)| *open != answer.call) {
            return;
        }
        let judged =
            Judged { now: self.now, moment: self.moment, timing: &self.timing, salt: id.as_str() };
        let before = seat.account().cloned();
        settle::absorb(seat, &mut known.groups, (call, answer), judged);
        waiting::note_trouble(&mut seat.trouble, &call.request, answer, self.now);
        known.note_owner(id, seat, before.as_ref());
        let has_new_account = seat.account().is_some() && seat.account() != before.as_ref();
        if answer.outcome == Outcome::Done(Reply::Accepted) {
            let text = "the target took the change in and has not done it yet";
            let why = Why::new("target.accepted", None, text);
            if seat.note(NoteWord::Accepted, &why.code) {
                let place = (&call.tenant, &call.target, id);
                self.ledger.tell(tell::note(place, seat, NoteWord::Accepted, why, self.now));
                self.ledger.touch(id);
            }
        }
        if has_new_account {
            self.serve_reports(id);
        }
    }

    fn learn_group(&mut self, call: &OpenCall, answer: &Answer, name: &GroupName) {
        let (now, moment, timing) = (self.now, self.moment, self.timing);
        let Some(known) = self.target_mut(&call.tenant, &call.target) else { return };
        let Some(group) = known.groups.get_mut(name) else { return };
        let judged = Judged { now, moment, timing: &timing, salt: name.as_str() };
        let was_missing = group.id == GroupId::Missing;
        let was_read = group.read_moment > 0;
        let mut is_read = settle::absorb_group(group, (call, answer), judged);
        waiting::note_trouble(&mut group.trouble, &call.request, answer, now);
        if is_read && group.wanted && group.id == GroupId::Missing && !group.unmakeable {
            // Looked for just now, and not there.
            group.id = GroupId::ToMake;
            is_read = false;
        }
        let is_found = was_missing && matches!(group.id, GroupId::Found(_));
        let can_cut = !was_read && matches!(call.request, Request::ReadMembers { .. });
        if !is_read {
            let again = group.not_before.filter(|at| *at > now);
            match again {
                Some(at) => known.queue.put_off(Work::Group(name.clone()), at),
                None => known.queue.put(Work::Group(name.clone()), Urgency::Urgent),
            }
        } else if let Ok(at) = now.checked_add(timing.group_refresh) {
            known.queue.put_off(Work::Group(name.clone()), at);
        }
        let waiting = if is_read { std::mem::take(&mut group.waiting) } else { BTreeSet::new() };
        for person in waiting {
            self.consider(&person, &call.target);
            self.set_wake(&person);
        }
        if is_found {
            self.retry_those_who_miss_a_group(call);
        }
        if can_cut {
            self.let_cuts_go(call, name);
        }
    }

    /// A group was read for the first time, or could not be: who is to be cut by it waits no longer.
    fn let_cuts_go(&mut self, call: &OpenCall, group: &GroupName) {
        let concerned = self.people.values().filter_map(|person| {
            let seat = person.seats.get(&call.target).filter(|_| person.tenant == call.tenant)?;
            let is_driven = seat.is_open() || !seat.unanswered.is_empty();
            let may_be_cut = is_driven && seat.wish.groups.contains_key(group);
            may_be_cut.then(|| person.id.clone())
        });
        for person in concerned.collect::<Vec<_>>() {
            self.consider(&person, &call.target);
            self.set_wake(&person);
        }
    }

    fn retry_those_who_miss_a_group(&mut self, call: &OpenCall) {
        let misses = |seat: &Seat| matches!(&seat.stage, Stage::Stuck { code, .. } if code == "group.missing");
        let missing = self.people.values().filter_map(|person| {
            let seat = person.seats.get(&call.target).filter(|seat| misses(seat))?;
            (person.tenant == call.tenant).then(|| (person.id.clone(), seat.wish.clone()))
        });
        for (person, wish) in missing.collect::<Vec<_>>() {
            self.begin(&person, &call.target, wish, None);
            self.consider(&person, &call.target);
            self.set_wake(&person);
        }
    }
}
