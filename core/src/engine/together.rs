//! Additions of many people to one group, as one call.
//!
//! Only what is not urgent, and only for those who wait in line anyway. Each addition is written ahead
//! and settled as if it had been called alone; a call that is refused as a whole is made again in
//! halves, so that one dead account keeps nobody else out.

use super::brakes::Permitted;
use super::pursue::Ahead;
use super::schedule::gate::Keeps;
use super::schedule::joint::Standing;
use super::schedule::queue::Work;
use super::settings::TargetSettings;
use super::settle::OpenCall;
use super::shard::{Here, Shard, here};
use super::state::Seat;
use super::target::GroupId;
use crate::engine::drive::Step;
use crate::model::call::{Answer, CallId, Outcome, Reply, Request, Urgency, Verdict};
use crate::model::ids::{GroupName, PersonId, TargetName, TenantName};
use crate::model::operation::Operation;
use jiff::SignedDuration;

/// How often a read of a group is put off by a second for those who are about to join it.
const PUT_OFF_MOST: u8 = 20;

/// An addition, and all that is written ahead with it.
struct Companion {
    person: PersonId,
    permitted: Permitted,
}

/// The group that `operation` joins, if it can go along with others.
pub(super) fn joins<'a>(
    operation: &'a Operation,
    seat: &Seat,
    settings: &TargetSettings,
) -> Option<&'a GroupName> {
    match operation {
        Operation::AddMember { group, .. }
            if seat.urgency != Urgency::Urgent
                && seat.drive.together_most != Some(1)
                && !settings.restricting_groups.contains(&group.name) =>
        {
            Some(&group.name)
        }
        Operation::AddMember { .. }
        | Operation::Create { .. }
        | Operation::Change { .. }
        | Operation::RemoveMember { .. }
        | Operation::Delete { .. } => None,
    }
}

impl Shard {
    pub(super) fn leave_joining(&mut self, id: &PersonId, target: &TargetName) {
        if let Some(here) = here(&mut self.people, &mut self.tenants, (id, target)) {
            here.target.joining.forget(id);
        }
    }

    /// Those who wait to join the same group are written ahead with the first of them. They need no
    /// slot: they go in its call.
    pub(super) fn write_companions_ahead(
        &mut self,
        id: &PersonId,
        target: &TargetName,
        operation: &Operation,
    ) {
        for companion in self.companions(id, target, operation, Standing::Planned) {
            let place = (&companion.person, target);
            let ahead = self.write_ahead(place, &companion.permitted, Keeps::Nothing);
            if ahead != Ahead::Ready {
                self.leave_line(&companion.person, target);
            }
        }
    }

    /// Starts a call that is written ahead, with all who can go along.
    pub(super) fn start_write(&mut self, id: &PersonId, target: &TargetName, permitted: Permitted) {
        let companions = self.companions(id, target, permitted.operation(), Standing::Ahead);
        let mut together = vec![(id.clone(), permitted.into_operation())];
        for companion in companions {
            let place = (&companion.person, target);
            match self.write_ahead(place, &companion.permitted, Keeps::Nothing) {
                Ahead::Ready => {
                    together.push((companion.person, companion.permitted.into_operation()));
                }
                Ahead::Written | Ahead::Waiting => self.leave_line(&companion.person, target),
            }
        }
        match <[(PersonId, Operation); 1]>::try_from(together) {
            Ok([(person, operation)]) => self.start(&person, target, Request::Write(operation)),
            Err(together) => self.start_together(target, together),
        }
    }

    /// Who waits for the same as `id`, and for nothing else first.
    fn companions(
        &mut self,
        id: &PersonId,
        target: &TargetName,
        operation: &Operation,
        standing: Standing,
    ) -> Vec<Companion> {
        let Some(Here { seat, target: known, .. }) =
            here(&mut self.people, &mut self.tenants, (id, target))
        else {
            return Vec::new();
        };
        let Some(group) = joins(operation, seat, &known.settings).cloned() else {
            return Vec::new();
        };
        let most =
            seat.drive.together_most.unwrap_or(usize::MAX).min(known.settings.members_per_call);
        let waiting = known.joining.some(&group, standing, most.saturating_add(1));
        let others = waiting.into_iter().filter(|person| person != id);
        let companions: Vec<Companion> =
            others.filter_map(|person| self.companion(person, target, &group, most)).collect();
        companions.into_iter().take(most.saturating_sub(1)).collect()
    }

    fn companion(
        &mut self,
        person: PersonId,
        target: &TargetName,
        joined: &GroupName,
        most: usize,
    ) -> Option<Companion> {
        let Some(Step::Write(permitted)) = self.next_step(&person, target) else {
            return None;
        };
        let is_like = matches!(permitted.operation(), Operation::AddMember { group, .. } if group.name == *joined);
        if !is_like || !self.is_open_revision(&person, target) {
            return None;
        }
        let found = here(&mut self.people, &mut self.tenants, (&person, target))?;
        let goes_along = found.seat.drive.together_most.is_none_or(|own| own >= most);
        goes_along.then_some(Companion { person, permitted })
    }

    pub(super) fn leave_line(&mut self, id: &PersonId, target: &TargetName) {
        if let Some(here) = here(&mut self.people, &mut self.tenants, (id, target)) {
            here.target.joining.forget(id);
            here.target.queue.remove(&Work::Person(id.clone()));
        }
    }

    fn start_together(&mut self, target: &TargetName, together: Vec<(PersonId, Operation)>) {
        self.moment += 1;
        let mut first = None;
        let mut accounts = Vec::new();
        for (person, operation) in &together {
            self.leave_line(person, target);
            let found = here(&mut self.people, &mut self.tenants, (person, target));
            let Some(Here { tenant, seat, .. }) = found else { continue };
            seat.drive.open = Some((CallId(self.last_call + 1), Request::Write(operation.clone())));
            seat.drive.open_for = seat.revision;
            if let Operation::AddMember { account, group } = operation {
                accounts.push(account.clone());
                let trace = seat.cause.as_ref().and_then(|cause| cause.trace.clone());
                first.get_or_insert_with(|| (tenant.clone(), person.clone(), group.clone(), trace));
            }
        }
        let Some((tenant, leader, group, trace)) = first else { return };
        let open = OpenCall {
            tenant,
            target: target.clone(),
            work: Work::Person(leader),
            request: Request::AddMembers { group, accounts },
            moment: self.moment,
            together,
        };
        self.send(open, trace);
    }

    /// One answer for many: each learns from it as if it had been asked alone.
    pub(super) fn learn_together(&mut self, call: &OpenCall, answer: &Answer) {
        for (person, operation) in &call.together {
            if is_refused_as_a_whole(answer) {
                self.split(person, call, answer.call);
            } else {
                let own = OpenCall {
                    work: Work::Person(person.clone()),
                    request: Request::Write(operation.clone()),
                    together: Vec::new(),
                    ..call.clone()
                };
                self.learn_person(&own, answer, person);
            }
            self.consider(person, &call.target);
            self.set_wake(person);
        }
    }

    /// Half as many go together the next time, down to each alone.
    fn split(&mut self, person: &PersonId, call: &OpenCall, id: CallId) {
        let found = here(&mut self.people, &mut self.tenants, (person, &call.target));
        let Some(Here { seat, .. }) = found else { return };
        if seat.drive.open.as_ref().is_some_and(|(open, _)| *open == id) {
            seat.drive.open = None;
            seat.drive.together_most = Some((call.together.len() / 2).max(1));
        }
    }

    /// Puts a read of a group off while others are about to join it: one read then serves them all.
    pub(super) fn waits_for_joiners(
        &mut self,
        tenant: &TenantName,
        target: &TargetName,
        name: &GroupName,
        urgency: Urgency,
    ) -> bool {
        let is_joined = |call: &OpenCall| {
            call.target == *target
                && call.tenant == *tenant
                && matches!(&call.request, Request::AddMembers { group, .. } if group.name == *name)
        };
        let on_the_way = self.calls.values().any(is_joined)
            || self.reserved.iter().any(|waiting| {
                let theirs = self.people.get(&waiting.person).map(|person| &person.tenant);
                waiting.keeps == Keeps::Nothing
                    && waiting.target == *target
                    && theirs == Some(tenant)
            });
        let later = self.now.checked_add(SignedDuration::from_secs(1)).unwrap_or(self.now);
        let Some(known) = self.target_mut(tenant, target) else { return false };
        let is_awaited = on_the_way || known.joining.is_awaited(name);
        let Some(group) = known.groups.get_mut(name) else { return false };
        let can_wait = urgency != Urgency::Urgent
            && !group.ask_name
            && matches!(group.id, GroupId::Found(_))
            && group.read_moment > 0
            && group.put_off < PUT_OFF_MOST;
        if !(is_awaited && can_wait) {
            return false;
        }
        group.put_off += 1;
        known.queue.put_off(Work::Group(name.clone()), later);
        true
    }
}

/// Whether one of many may be the reason: then nothing was done for any (RFC 7644 §3.5.2).
fn is_refused_as_a_whole(answer: &Answer) -> bool {
    match &answer.outcome {
        Outcome::Done(reply) => *reply == Reply::Gone,
        Outcome::Failed(failure) => match failure.verdict {
            Verdict::Stuck => true,
            Verdict::Closed => answer.is_forbidden(),
            Verdict::Retry { .. } | Verdict::Again => false,
        },
        Outcome::NotSent => false,
    }
}
