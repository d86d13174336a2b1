//! Calls leave: what writes is written ahead first, and waits for that commit.
//!
//! A writing call leaves only if the commit that holds it as pending is in, and only while the lease is
//! fresh.

use super::{Desk, Reserved, Turn};
use crate::engine::books::Books;
use crate::engine::brakes::Permitted;
use crate::engine::brakes::kind::kind_of;
use crate::engine::brakes::limits::Limits;
use crate::engine::deeds::baseline;
use crate::engine::deeds::doubts;
use crate::engine::deeds::groups::{Group, GroupId};
use crate::engine::deeds::open_call::OpenCall;
use crate::engine::deeds::step::bearing;
use crate::engine::schedule::gate::Keeps;
use crate::engine::schedule::queue::{Queue, Work};
use crate::engine::settings::TargetSettings;
use crate::engine::state::{Baseline, Before, Seat};
use crate::model::call::{Request, Urgency};
use crate::model::ids::{GroupName, PersonId};
use crate::model::operation::{GroupRef, Operation};
use crate::model::{Call, CallId, CommitId, TraceContext};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How long a call may be counted before it leaves.
const COUNTED_FOR: SignedDuration = SignedDuration::from_mins(1);

/// Where a writing call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ahead {
    /// It may be called.
    Ready,
    /// It goes into the next commit.
    Written,
    /// An older commit is under way.
    Waiting,
    /// Others have taken what was left of a limit since it was looked at.
    NoRoom,
}

impl Desk {
    /// What was written ahead in this commit may be called.
    pub(in crate::engine) fn release(&mut self, commit: CommitId, turn: &mut Turn<'_>) {
        for waiting in std::mem::take(&mut self.reserved) {
            if waiting.ahead_in > commit {
                self.reserved.push(waiting);
                continue;
            }
            if let Some(seat) = self.seats.get_mut(&waiting.person) {
                seat.drive.ahead_in = None;
                self.gate.release(waiting.keeps);
            }
            self.consider(&waiting.person, turn);
        }
    }

    /// An urgent call is written ahead at once, as far as the commit has room, and not only when there
    /// is a slot. Says whether a commit has to be in first.
    pub(super) fn waits_for_commit(
        &mut self,
        id: &PersonId,
        permitted: &Permitted,
        turn: &mut Turn<'_>,
    ) -> bool {
        let is_urgent = self.seats.get(id).is_some_and(|seat| seat.urgency == Urgency::Urgent);
        if !is_urgent || turn.books.draining || turn.books.ledger.is_full() {
            return false;
        }
        let standing = self.write_ahead(id, permitted, Keeps::Start, turn);
        match standing {
            // It comes back with its commit.
            Ahead::Written => self.leave_line(id),
            Ahead::Ready | Ahead::Waiting | Ahead::NoRoom => {}
        }
        // Whoever has no room is looked at again at their turn, and becomes a row.
        matches!(standing, Ahead::Written | Ahead::Waiting)
    }

    /// Calls an operation if it is written ahead; else writes it ahead and keeps the slot. Others may
    /// go along either way.
    pub(super) fn write(&mut self, id: &PersonId, permitted: Permitted, turn: &mut Turn<'_>) {
        if !self.is_open(id) {
            self.correct_change(id, permitted.ahead(), turn);
            return self.consider(id, turn);
        }
        match self.write_ahead(id, &permitted, Keeps::Slot, turn) {
            Ahead::Ready => {
                if !self.asks_for_the_name(id, &permitted, turn.books.now) {
                    self.start_write(id, permitted, turn);
                }
            }
            Ahead::Written => self.write_companions_ahead(id, permitted.operation(), turn),
            Ahead::Waiting => {}
            Ahead::NoRoom => self.put_off(id, soon(turn.books.now)),
        }
    }

    /// Notes what goes ahead with the call as pending in the next commit, unless the call is committed
    /// as pending.
    pub(super) fn write_ahead(
        &mut self,
        id: &PersonId,
        permitted: &Permitted,
        keeps: Keeps,
        turn: &mut Turn<'_>,
    ) -> Ahead {
        let operation = permitted.operation();
        let next_commit = turn.books.ledger.next_id();
        let Some(whom) = turn.people.whom(id) else { return Ahead::Waiting };
        let claimed = self.claimed(&whom, turn.books.today());
        let Some(seat) = self.seats.get_mut(id) else { return Ahead::Waiting };
        let before = seat.baseline.clone();
        baseline::remember(seat, &claimed, &self.groups, Some(operation));
        look_before_cut((&before, seat), (&mut self.groups, &mut self.queue), operation);
        let ready = seat.drive.ahead_in.is_none()
            && seat.pending_for == Some(seat.revision)
            && seat.pending.contains(operation);
        let ready = ready && is_counted(seat, operation, (&self.settings, turn.books.now));
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
        if !self.has_room(id, permitted, turn) {
            if let Some(seat) = self.seats.get_mut(id) {
                seat.baseline = before;
            }
            return Ahead::NoRoom;
        }
        let pending = open.into_iter().chain(permitted.ahead().iter().cloned()).collect();
        self.charge(id, permitted, turn);
        let Some(seat) = self.seats.get_mut(id) else { return Ahead::Waiting };
        seat.pending = pending;
        if seat.drive.ahead_in.is_none() {
            self.gate.keep(keeps);
            let person = id.clone();
            self.reserved.push(Reserved { ahead_in: next_commit, person, keeps });
        }
        seat.drive.ahead_in = Some(next_commit);
        seat.pending_for = Some(seat.revision);
        turn.books.touch(id);
        Ahead::Written
    }

    pub(super) fn start(&mut self, id: &PersonId, request: Request, books: &mut Books) {
        let moment = books.next_moment();
        let Some(seat) = self.seats.get_mut(id) else { return };
        if let Some((_, Request::Write(operation))) = seat.drive.open.take() {
            // A cut goes out over an open grant: whatever comes of that is in doubt.
            let late_window = books.timing.late_window;
            doubts::doubt(seat, &mut self.groups, operation, books.now, late_window);
        }
        if let Request::Write(operation) = &request {
            self.spend(id, operation, books.now);
            if let Some((account, group)) = operation.membership()
                && let Some(group) = self.groups.get_mut(&group.name)
            {
                group.cut_leaves(account);
                if matches!(operation, Operation::RemoveMember { .. }) {
                    group.asks_out(account, moment, books.now);
                }
            }
            if let Operation::Delete { account } = operation {
                self.groups.values_mut().for_each(|group| group.loses_account(account, moment));
            }
            if let Operation::CreateGroup { name } = operation {
                // Nobody else looks for it meanwhile, or makes another.
                self.groups.entry(name.clone()).or_default().reading = Some(moment);
            }
        }
        let Some(seat) = self.seats.get_mut(id) else { return };
        seat.drive.open = Some((books.next_call(), request.clone()));
        seat.drive.open_for = seat.revision;
        let trace = seat.cause.as_ref().and_then(|cause| cause.trace.clone());
        let (work, together) = (Work::Person(id.clone()), Vec::new());
        self.send(OpenCall { work, request, moment, together }, trace, books);
    }

    pub(super) fn read_group(&mut self, name: GroupName, books: &mut Books) {
        let moment = books.next_moment();
        let group = self.groups.entry(name.clone()).or_default();
        if group.reading.is_some() {
            return;
        }
        group.reading = Some(moment);
        group.asked_at = Some(books.now);
        let looks = group.is_to_be_looked_for(books.timing.group_refresh, books.now);
        let request = match &group.id {
            GroupId::Found(id) if !group.ask_name && !looks => {
                Request::ReadMembers { group: GroupRef { name: name.clone(), id: id.clone() } }
            }
            GroupId::Found(_)
            | GroupId::Unknown
            | GroupId::Missing
            | GroupId::ToMake
            | GroupId::Ambiguous => Request::FindGroups { name: name.clone() },
        };
        let (work, together) = (Work::Group(name), Vec::new());
        self.send(OpenCall { work, request, moment, together }, None, books);
    }

    pub(super) fn send(&mut self, open: OpenCall, trace: Option<TraceContext>, books: &mut Books) {
        let Some(not_after) = books.lease_until() else {
            return;
        };
        self.gate.taken += 1;
        self.gate.start(&self.settings, books.now);
        let id = books.take_call();
        books.calls.push(self.call_of(id, &open, not_after, trace));
        self.calls.insert(id, open);
    }

    /// A call as it leaves, with the lease's end.
    fn call_of(
        &self,
        id: CallId,
        open: &OpenCall,
        not_after: Timestamp,
        trace: Option<TraceContext>,
    ) -> Call {
        let person = match &open.work {
            Work::Person(person) if open.together.is_empty() => Some(person.clone()),
            Work::Person(_) | Work::Group(_) | Work::Inventory => None,
        };
        let (tenant, target) = (self.tenant.clone(), self.settings.name.clone());
        Call { id, tenant, target, person, request: open.request.clone(), not_after, trace }
    }
}

/// What has no room is looked at again after this.
pub(super) fn soon(now: Timestamp) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(1)).unwrap_or(now)
}

/// Whether a call is counted for about now. One that was written ahead long ago, or is made once more, is
/// written ahead and counted again: the window counts what leaves within it.
fn is_counted(
    seat: &Seat,
    operation: &Operation,
    (settings, now): (&TargetSettings, Timestamp),
) -> bool {
    let is_free = settings.limits == Limits::default()
        || seat.is_approved(operation)
        || matches!(operation, Operation::CreateGroup { .. });
    let Some(kind) = kind_of(operation, bearing(seat, settings, now)).filter(|_| !is_free) else {
        return true;
    };
    let is_fresh = |at: Timestamp| now.duration_since(at) <= COUNTED_FOR;
    !settings.limits.kinds.contains_key(&kind)
        || seat.charges.get(&kind).is_some_and(|charge| is_fresh(charge.at))
}

/// A cut does not wait for a look at what was before it; the look goes beside it. A later cut of the
/// same has none: what it would see is what the first has made of it.
fn look_before_cut(
    (before, seat): (&Baseline, &Seat),
    (groups, queue): (&mut BTreeMap<GroupName, Group>, &mut Queue),
    operation: &Operation,
) {
    let Some((account, group)) = operation.membership() else { return };
    let now = seat.baseline.group(&group.name);
    if before.group(&group.name).is_some() || now != Some(&Before::Unknown) {
        return;
    }
    let known = groups.entry(group.name.clone()).or_default();
    known.look_before_cut(account, matches!(operation, Operation::AddMember { .. }));
    if known.reading.is_none() && known.not_before.is_none() {
        queue.put(Work::Group(group.name.clone()), seat.urgency);
    }
}
