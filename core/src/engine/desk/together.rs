//! Additions of many people to one group, as one call.
//!
//! Only what is not urgent, and only for those who wait in line anyway. Each addition is written ahead
//! and settled as if it had been called alone; a call that is refused as a whole is made again in
//! halves, so that one dead account keeps nobody else out.

use super::writes::{Ahead, soon};
use super::{Desk, Turn};
use crate::engine::books::Books;
use crate::engine::brakes::Permitted;
use crate::engine::deeds::groups::GroupId;
use crate::engine::deeds::open_call::OpenCall;
use crate::engine::deeds::step::Step;
use crate::engine::schedule::gate::Keeps;
use crate::engine::schedule::joint::Standing;
use crate::engine::schedule::queue::Work;
use crate::engine::settings::TargetSettings;
use crate::engine::state::Seat;
use crate::model::call::{Answer, CallId, Outcome, Reply, Request, Urgency, Verdict};
use crate::model::ids::{GroupName, PersonId};
use crate::model::operation::Operation;
use jiff::{SignedDuration, Timestamp};

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
        | Operation::CreateGroup { .. }
        | Operation::Delete { .. } => None,
    }
}

impl Desk {
    /// Those who wait to join the same group are written ahead with the first of them. They need no
    /// slot: they go in its call.
    pub(super) fn write_companions_ahead(
        &mut self,
        id: &PersonId,
        operation: &Operation,
        turn: &mut Turn<'_>,
    ) {
        for companion in self.companions(id, operation, Standing::Planned, turn) {
            let Companion { person, permitted } = &companion;
            match self.write_ahead(person, permitted, Keeps::Nothing, turn) {
                Ahead::Ready => {}
                Ahead::Written | Ahead::Waiting => self.leave_line(person),
                Ahead::NoRoom => self.put_off(person, soon(turn.books.now)),
            }
        }
    }

    /// Starts a call that is written ahead, with all who can go along.
    pub(super) fn start_write(&mut self, id: &PersonId, permitted: Permitted, turn: &mut Turn<'_>) {
        let companions = self.companions(id, permitted.operation(), Standing::Ahead, turn);
        let mut together = vec![(id.clone(), permitted.into_operation())];
        for Companion { person, permitted } in companions {
            match self.write_ahead(&person, &permitted, Keeps::Nothing, turn) {
                Ahead::Ready => together.push((person, permitted.into_operation())),
                Ahead::Written | Ahead::Waiting => self.leave_line(&person),
                Ahead::NoRoom => self.put_off(&person, soon(turn.books.now)),
            }
        }
        match <[(PersonId, Operation); 1]>::try_from(together) {
            Ok([(person, operation)]) => self.start(&person, Request::Write(operation), turn.books),
            Err(together) => self.start_together(together, turn.books),
        }
    }

    /// Who waits for the same as `id`, and for nothing else first.
    fn companions(
        &mut self,
        id: &PersonId,
        operation: &Operation,
        standing: Standing,
        turn: &mut Turn<'_>,
    ) -> Vec<Companion> {
        let Some(seat) = self.seats.get(id) else { return Vec::new() };
        let Some(group) = joins(operation, seat, &self.settings).cloned() else {
            return Vec::new();
        };
        let most =
            seat.drive.together_most.unwrap_or(usize::MAX).min(self.settings.members_per_call);
        let waiting = self.joining.some(&group, standing, most.saturating_add(1));
        let others = waiting.into_iter().filter(|person| person != id);
        let companions: Vec<Companion> =
            others.filter_map(|person| self.companion(person, &group, most, turn)).collect();
        companions.into_iter().take(most.saturating_sub(1)).collect()
    }

    fn companion(
        &mut self,
        person: PersonId,
        joined: &GroupName,
        most: usize,
        turn: &mut Turn<'_>,
    ) -> Option<Companion> {
        let Step::Write(permitted) = self.look(&person, turn)?.step else { return None };
        let is_like = matches!(permitted.operation(), Operation::AddMember { group, .. } if group.name == *joined);
        let seat = self.seats.get(&person).filter(|seat| is_like && seat.is_open())?;
        let goes_along = seat.drive.together_most.is_none_or(|own| own >= most);
        goes_along.then_some(Companion { person, permitted })
    }

    fn start_together(&mut self, together: Vec<(PersonId, Operation)>, books: &mut Books) {
        let moment = books.next_moment();
        let call = books.next_call();
        let mut first = None;
        let mut accounts = Vec::new();
        for (person, operation) in &together {
            self.leave_line(person);
            self.spend(person, operation, books.now);
            let Some(seat) = self.seats.get_mut(person) else { continue };
            seat.drive.open = Some((call, Request::Write(operation.clone())));
            seat.drive.open_for = seat.revision;
            if let Operation::AddMember { account, group } = operation {
                accounts.push(account.clone());
                let trace = seat.cause.as_ref().and_then(|cause| cause.trace.clone());
                first.get_or_insert_with(|| (person.clone(), group.clone(), trace));
            }
        }
        let Some((leader, group, trace)) = first else { return };
        let (work, request) = (Work::Person(leader), Request::AddMembers { group, accounts });
        self.send(OpenCall { work, request, moment, together }, trace, books);
    }

    /// After a call for many that was refused as a whole: half as many go together the next time, down
    /// to each alone.
    pub(in crate::engine) fn split(&mut self, person: &PersonId, call: &OpenCall, id: CallId) {
        let Some(seat) = self.seats.get_mut(person) else { return };
        if seat.drive.open.as_ref().is_some_and(|(open, _)| *open == id) {
            seat.drive.open = None;
            seat.drive.together_most = Some((call.together.len() / 2).max(1));
        }
    }

    /// Puts a read of a group off while others are about to join it: one read then serves them all.
    pub(super) fn waits_for_joiners(
        &mut self,
        name: &GroupName,
        urgency: Urgency,
        now: Timestamp,
    ) -> bool {
        let is_joined = |call: &OpenCall| matches!(&call.request, Request::AddMembers { group, .. } if group.name == *name);
        let is_awaited = self.calls.values().any(is_joined)
            || self.reserved.iter().any(|waiting| waiting.keeps == Keeps::Nothing)
            || self.joining.is_awaited(name);
        let Some(group) = self.groups.get_mut(name) else { return false };
        let can_wait = urgency != Urgency::Urgent
            && !group.ask_name
            && matches!(group.id, GroupId::Found(_))
            && group.read_moment > 0
            && group.put_off < PUT_OFF_MOST;
        if !(is_awaited && can_wait) {
            return false;
        }
        group.put_off += 1;
        let later = now.checked_add(SignedDuration::from_secs(1)).unwrap_or(now);
        self.queue.put_off(Work::Group(name.clone()), later);
        true
    }
}

/// Whether one of many may be the reason: then nothing was done for any (RFC 7644 §3.5.2).
pub(in crate::engine) fn is_refused_as_a_whole(answer: &Answer) -> bool {
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
