//! Steps are taken: calls start, answers are learned from, revisions end.
//!
//! A writing call leaves only if the commit that holds it as pending is in, and only while the
//! lease is fresh.

use super::baseline;
use super::brakes::Permitted;
use super::doubts;
use super::drive::{self, Around, Ending, NotFound, Step};
use super::schedule::gate::Keeps;
use super::schedule::joint::Standing;
use super::schedule::queue::Work;
use super::settle::OpenCall;
use super::shard::{Here, Reserved, Shard, call_of, here};
use super::state::{Baseline, Before, Seat, Stage};
use super::target::{GroupId, Target};
use super::together;
use crate::model::call::{CallId, Request, Urgency};
use crate::model::ids::{GroupName, PersonId, TargetName, TenantName};
use crate::model::operation::Operation;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Steps of one look that need no call; more would be a circle.
const STEPS_PER_LOOK: usize = 8;

/// Where a writing call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ahead {
    /// It may be called.
    Ready,
    /// It goes into the next commit.
    Written,
    /// An older commit is under way.
    Waiting,
}

impl Shard {
    /// Looks what is next for one person at one target, and does what needs no call.
    pub(super) fn consider(&mut self, id: &PersonId, target: &TargetName) {
        self.leave_joining(id, target);
        for _ in 0..STEPS_PER_LOOK {
            // Asked before the look, which takes a last read that nobody can make for made.
            let rested_in_doubt = self.rests_in_doubt(id, target);
            let Some(step) = self.next_step(id, target) else {
                return;
            };
            match step {
                // A writing step at rest is a drift, and begins a revision.
                Step::Write(_) if !self.is_open_revision(id, target) => {
                    self.correct_drift(id, target);
                }
                Step::Ask(Request::ReadAccount { .. }) => return self.line_up_to_look(id, target),
                Step::Ask(_) => return self.line_up(id, target, None),
                Step::Write(permitted) => {
                    if !self.waits_for_commit(id, target, &permitted) {
                        self.line_up(id, target, Some(permitted.operation()));
                    }
                    return;
                }
                Step::AwaitGroups(groups) => return self.await_groups(id, target, groups),
                Step::AwaitAnswer => return,
                Step::Wait(at) => return self.put_off(id, target, at),
                // A late call that cannot be read after is nothing to rest on.
                Step::End(Ending::Failed(_) | Ending::Unverified(NotFound::Unproved(_)))
                    if rested_in_doubt =>
                {
                    self.correct_drift(id, target);
                }
                Step::End(ending) => {
                    let was_open = self.is_open_revision(id, target);
                    self.end(id, target, ending);
                    // Nobody comes back soon to who is stuck, and a call in doubt is read at once.
                    if !(was_open && self.is_stuck_in_doubt(id, target)) {
                        return;
                    }
                }
            }
        }
        // A circle is a bug; the person is looked at again later rather than never.
        self.put_off(
            id,
            target,
            self.now.checked_add(SignedDuration::from_secs(30)).unwrap_or(self.now),
        );
    }

    pub(super) fn next_step(&mut self, id: &PersonId, target: &TargetName) -> Option<Step> {
        self.moment += 1;
        let manager = self.manager_of(id, target);
        let deletion = self.deletion_of(id, target);
        let Here { aliases, names, seat, target, .. } =
            here(&mut self.people, &mut self.tenants, (id, target))?;
        if matches!(seat.stage, Stage::Stuck { .. }) && seat.unanswered.is_empty() {
            return None;
        }
        let around = Around {
            id,
            aliases,
            names,
            deletion,
            manager: manager.as_ref(),
            settings: &target.settings,
            groups: &target.groups,
            no_creation_before: target.creations.pause(self.now),
            now: self.now,
        };
        let is_caught_up = drive::catch_up(seat, &around, self.moment);
        if baseline::found_again(seat, &target.groups) || is_caught_up {
            self.ledger.touch(id);
        }
        Some(drive::next_step(seat, &around))
    }

    pub(super) fn is_open_revision(&self, id: &PersonId, target: &TargetName) -> bool {
        let seat = self.people.get(id).and_then(|person| person.seats.get(target));
        seat.is_some_and(Seat::is_open)
    }

    fn is_stuck_in_doubt(&self, id: &PersonId, target: &TargetName) -> bool {
        let seat = self.people.get(id).and_then(|person| person.seats.get(target));
        seat.is_some_and(|seat| {
            matches!(seat.stage, Stage::Stuck { .. })
                && seat.unanswered.iter().any(|call| !call.read)
        })
    }

    fn rests_in_doubt(&self, id: &PersonId, target: &TargetName) -> bool {
        let seat = self.people.get(id).and_then(|person| person.seats.get(target));
        seat.is_some_and(|seat| {
            matches!(seat.stage, Stage::AtRest { .. }) && !seat.unanswered.is_empty()
        })
    }

    pub(super) fn correct_drift(&mut self, id: &PersonId, target: &TargetName) {
        let seat = self.people.get(id).and_then(|person| person.seats.get(target));
        if let Some(wish) = seat.map(|seat| seat.wish.clone()) {
            self.begin(id, target, wish, None);
        }
    }

    pub(super) fn await_groups(
        &mut self,
        id: &PersonId,
        target: &TargetName,
        groups: BTreeSet<GroupName>,
    ) {
        let Some(Here { seat, target, .. }) =
            here(&mut self.people, &mut self.tenants, (id, target))
        else {
            return;
        };
        for name in groups {
            let group = target.groups.entry(name.clone()).or_default();
            group.waiting.insert(id.clone());
            group.wanted = group.id == GroupId::Missing;
            if group.reading.is_none() {
                match group.not_before.filter(|at| *at > self.now) {
                    Some(at) => target.queue.put_off(Work::Group(name), at),
                    None if group.is_first_read() => {
                        target.queue.put(Work::Group(name), seat.urgency);
                    }
                    None => target.queue.put_look(Work::Group(name), seat.urgency),
                }
            }
        }
    }

    /// Puts one person in line for a call at a target; a revision that has begun to call goes on
    /// before another begins. Who is only to join a group may go along with others.
    fn line_up(&mut self, id: &PersonId, target: &TargetName, next: Option<&Operation>) {
        let found = here(&mut self.people, &mut self.tenants, (id, target));
        let Some(Here { seat, target, .. }) = found else { return };
        let is_ahead = !seat.pending.is_empty() && seat.drive.ahead_in.is_none();
        if let Some(group) = next.and_then(|next| together::joins(next, seat, &target.settings)) {
            let standing = if is_ahead { Standing::Ahead } else { Standing::Planned };
            target.joining.wait(id, group, standing);
        }
        let work = Work::Person(id.clone());
        if is_ahead {
            target.queue.put_first(work, seat.urgency);
        } else {
            target.queue.put(work, seat.urgency);
        }
    }

    fn line_up_to_look(&mut self, id: &PersonId, target: &TargetName) {
        if let Some(Here { seat, target, .. }) =
            here(&mut self.people, &mut self.tenants, (id, target))
        {
            target.queue.put_look(Work::Person(id.clone()), seat.urgency);
        }
    }

    /// Who is urgent is written ahead at once, as far as the commit has room, and not only when there
    /// is a slot. Says whether a commit has to be in first.
    fn waits_for_commit(
        &mut self,
        id: &PersonId,
        target: &TargetName,
        permitted: &Permitted,
    ) -> bool {
        let seat = self.people.get(id).and_then(|person| person.seats.get(target));
        let is_urgent = seat.is_some_and(|seat| seat.urgency == Urgency::Urgent);
        if !is_urgent || self.draining || self.ledger.is_full() {
            return false;
        }
        let standing = self.write_ahead((id, target), permitted, Keeps::Start);
        if standing == Ahead::Written {
            // It comes back with its commit.
            self.leave_line(id, target);
        }
        standing != Ahead::Ready
    }

    fn put_off(&mut self, id: &PersonId, target: &TargetName, at: Timestamp) {
        if let Some(here) = here(&mut self.people, &mut self.tenants, (id, target)) {
            here.target.queue.put_off(Work::Person(id.clone()), at);
        }
    }

    /// Starts what may start, at every target.
    pub(super) fn start_calls(&mut self) {
        let targets: Vec<(TenantName, TargetName)> = self
            .tenants
            .iter()
            .flat_map(|(tenant, known)| {
                known.targets.keys().map(|name| (tenant.clone(), name.clone()))
            })
            .collect();
        for (tenant, target) in targets {
            self.line_up_due(&tenant, &target);
            while !self.draining {
                let Some((urgency, work)) = self.next_work(&tenant, &target) else {
                    break;
                };
                match work {
                    Work::Group(group)
                        if self.waits_for_joiners(&tenant, &target, &group, urgency) => {}
                    Work::Group(group) => self.read_group(&tenant, &target, group),
                    Work::Person(person) => self.take_step(&person, &target),
                }
            }
        }
    }

    fn line_up_due(&mut self, tenant: &TenantName, target: &TargetName) {
        let now = self.now;
        let Some(known) = self.target_mut(tenant, target) else { return };
        let (people, groups): (Vec<Work>, Vec<Work>) =
            known.queue.take_due(now).into_iter().partition(|work| matches!(work, Work::Person(_)));
        for group in groups {
            known.queue.put(group, Urgency::Normal);
        }
        for work in people {
            if let Work::Person(person) = work {
                self.consider(&person, target);
            }
        }
    }

    /// The next work for which there is a slot, quota, and a fresh lease.
    fn next_work(&mut self, tenant: &TenantName, target: &TargetName) -> Option<(Urgency, Work)> {
        let lease = self.ledger.lease_until(self.timing.lease, self.now);
        let known = self.tenants.get_mut(tenant)?.targets.get_mut(target)?;
        let urgency = known.queue.most_urgent()?;
        if !known.gate.is_open(&known.settings, urgency, self.now) {
            return None;
        }
        if lease.is_none() {
            self.ledger.want_commit();
            return None;
        }
        Some((urgency, known.queue.pop()?))
    }

    fn take_step(&mut self, id: &PersonId, target: &TargetName) {
        match self.next_step(id, target) {
            Some(Step::Ask(request)) => self.start(id, target, request),
            Some(Step::Write(permitted)) => self.write(id, target, permitted),
            Some(_) => self.consider(id, target),
            None => {}
        }
    }

    /// Calls an operation if it is written ahead; else writes it ahead and keeps the slot. Others may
    /// go along either way.
    fn write(&mut self, id: &PersonId, target: &TargetName, permitted: Permitted) {
        if !self.is_open_revision(id, target) {
            self.correct_drift(id, target);
            return self.consider(id, target);
        }
        match self.write_ahead((id, target), &permitted, Keeps::Slot) {
            Ahead::Ready => {
                if !self.asks_for_the_name(id, target, permitted.operation()) {
                    self.start_write(id, target, permitted);
                }
            }
            Ahead::Written => self.write_companions_ahead(id, target, permitted.operation()),
            Ahead::Waiting => {}
        }
    }

    /// Notes what goes ahead with the call as pending in the next commit, unless the call is committed
    /// as pending.
    pub(super) fn write_ahead(
        &mut self,
        (id, target): (&PersonId, &TargetName),
        permitted: &Permitted,
        keeps: Keeps,
    ) -> Ahead {
        let operation = permitted.operation();
        let claimed = self.asked(id, target).map(|asked| asked.claimed).unwrap_or_default();
        let next_commit = self.ledger.next_id();
        let Some(Here { seat, target: known, .. }) =
            here(&mut self.people, &mut self.tenants, (id, target))
        else {
            return Ahead::Waiting;
        };
        let before = seat.baseline.clone();
        baseline::remember(seat, &claimed, &known.groups, Some(operation));
        look_before_cut((&before, seat), known, operation);
        let ready = seat.drive.ahead_in.is_none()
            && seat.pending_for == Some(seat.revision)
            && seat.pending.contains(operation);
        if ready && before == seat.baseline {
            return Ahead::Ready;
        }
        if seat.drive.ahead_in.is_some_and(|ahead_in| ahead_in < next_commit) {
            // An older write-ahead is under way; its slot is kept, and it comes back here. No commit
            // holds what was remembered just now, so it is remembered then, and committed.
            seat.baseline = before;
            return Ahead::Waiting;
        }
        let open = match &seat.drive.open {
            Some((_, Request::Write(operation))) => Some(operation.clone()),
            _ => None,
        };
        seat.pending = open.into_iter().chain(permitted.ahead().iter().cloned()).collect();
        if seat.drive.ahead_in.is_none() {
            known.gate.keep(keeps);
            self.reserved.push(Reserved {
                ahead_in: next_commit,
                person: id.clone(),
                target: target.clone(),
                keeps,
            });
        }
        seat.drive.ahead_in = Some(next_commit);
        seat.pending_for = Some(seat.revision);
        self.ledger.touch(id);
        Ahead::Written
    }

    pub(super) fn start(&mut self, id: &PersonId, target: &TargetName, request: Request) {
        self.moment += 1;
        let found = here(&mut self.people, &mut self.tenants, (id, target));
        let Some(Here { tenant, seat, target: known, .. }) = found else { return };
        if let Some((_, Request::Write(operation))) = seat.drive.open.take() {
            // A cut goes out over an open grant: whatever comes of that is in doubt.
            let late_window = self.timing.late_window;
            doubts::doubt(seat, &mut known.groups, operation, self.now, late_window);
        }
        if let Request::Write(operation) = &request
            && let Some((account, group)) = operation.membership()
            && let Some(group) = known.groups.get_mut(&group.name)
        {
            group.cut_leaves(account);
        }
        seat.drive.open = Some((CallId(self.last_call + 1), request.clone()));
        seat.drive.open_for = seat.revision;
        let trace = seat.cause.as_ref().and_then(|cause| cause.trace.clone());
        let open = OpenCall {
            tenant: tenant.clone(),
            target: target.clone(),
            work: Work::Person(id.clone()),
            request,
            moment: self.moment,
            together: Vec::new(),
        };
        self.send(open, trace);
    }

    fn read_group(&mut self, tenant: &TenantName, target: &TargetName, name: GroupName) {
        self.moment += 1;
        let moment = self.moment;
        let Some(known) = self.target_mut(tenant, target) else { return };
        let group = known.groups.entry(name.clone()).or_default();
        if group.reading.is_some() {
            return;
        }
        group.reading = Some(moment);
        let request = match &group.id {
            GroupId::Found(id) if !group.ask_name => {
                let group = crate::model::GroupRef { name: name.clone(), id: id.clone() };
                Request::ReadMembers { group }
            }
            GroupId::ToMake => Request::CreateGroup { name: name.clone() },
            GroupId::Found(_) | GroupId::Unknown | GroupId::Missing | GroupId::Ambiguous => {
                Request::FindGroups { name: name.clone() }
            }
        };
        let (tenant, target) = (tenant.clone(), target.clone());
        let (work, together) = (Work::Group(name), Vec::new());
        self.send(OpenCall { tenant, target, work, request, moment, together }, None);
    }

    pub(super) fn send(&mut self, open: OpenCall, trace: Option<crate::model::TraceContext>) {
        let Some(not_after) = self.ledger.lease_until(self.timing.lease, self.now) else {
            return;
        };
        let now = self.now;
        let Some(known) = self.target_mut(&open.tenant, &open.target) else { return };
        known.gate.taken += 1;
        known.gate.start(&known.settings, now);
        self.last_call += 1;
        let id = CallId(self.last_call);
        self.effects.calls.push(call_of(id, &open, not_after, trace));
        self.calls.insert(id, open);
    }
}

/// A cut does not wait for a look at what was before it; the look goes beside it. A later cut of the
/// same has none: what it would see is what the first has made of it.
fn look_before_cut((before, seat): (&Baseline, &Seat), target: &mut Target, operation: &Operation) {
    let Some((account, group)) = operation.membership() else { return };
    let now = seat.baseline.group(&group.name);
    if before.group(&group.name).is_some() || now != Some(&Before::Unknown) {
        return;
    }
    let known = target.groups.entry(group.name.clone()).or_default();
    known.look_before_cut(account, matches!(operation, Operation::AddMember { .. }));
    if known.reading.is_none() && known.not_before.is_none() {
        target.queue.put(Work::Group(group.name.clone()), seat.urgency);
    }
}
