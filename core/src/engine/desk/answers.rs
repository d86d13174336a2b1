//! What an answer says of the target as a whole, and what the reading of a group shows.

use super::taken::Took;
use super::waiting;
use super::{Desk, Turn};
use crate::engine::deeds::baseline;
use crate::engine::deeds::groups::{Group, GroupId};
use crate::engine::deeds::membership;
use crate::engine::deeds::open_call::{Judged, OpenCall};
use crate::engine::deeds::plan::Groups;
use crate::engine::schedule::queue::Work;
use crate::engine::schedule::suspicion::Shows;
use crate::engine::state::{Seat, Stage};
use crate::model::call::{Answer, CallId, Outcome, Reply, Request, Urgency, Verdict};
use crate::model::code::Code;
use crate::model::decision::{ResultWord, Why};
use crate::model::hold::Effect;
use crate::model::ids::{GroupName, PersonId, ScimId};
use crate::model::operation::Operation;
use crate::model::wish::Membership;
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// What a reading of a group means for those who sit here.
#[derive(Debug)]
pub(in crate::engine) struct GroupShown {
    /// Of whom it tells what was before a cut: what they were asked about may be known now.
    pub known_now: Vec<PersonId>,
    /// It is there, or it is known at least that it is not.
    is_found: bool,
    concerns_everybody: bool,
    /// Of which something else was believed.
    accounts: BTreeSet<ScimId>,
    /// Whom a removal took besides.
    pub took: Option<Took>,
}

impl Desk {
    /// The call that an answer is to; it is over with this.
    pub(in crate::engine) fn take_call(&mut self, id: CallId) -> Option<OpenCall> {
        self.calls.remove(&id)
    }

    /// What an answer says of the target as a whole.
    pub(in crate::engine) fn judge_target(
        &mut self,
        call: &OpenCall,
        answer: &Answer,
        turn: &mut Turn<'_>,
    ) {
        let (now, timing) = (turn.books.now, turn.books.timing);
        self.gate.taken = self.gate.taken.saturating_sub(1);
        let verdict = match &answer.outcome {
            Outcome::NotSent => return,
            Outcome::Done(_) => &Verdict::Stuck,
            Outcome::Failed(failure) => &failure.verdict,
        };
        if *verdict != Verdict::Stuck || matches!(answer.outcome, Outcome::Done(_)) {
            waiting::note_trouble(&mut self.trouble, &call.request, answer, now);
        }
        let makes_a_group = call.makes_group().is_some();
        let person = match &call.work {
            Work::Person(person) => Some(person).filter(|_| !makes_a_group),
            Work::Group(_) | Work::Inventory => None,
        };
        let mut exceptions = Vec::new();
        let is_creation = matches!(call.request, Request::Write(Operation::Create { .. }));
        if is_creation && matches!(answer.outcome, Outcome::Done(_)) {
            self.creations.went_well();
        }
        match verdict {
            // It answered; whether it liked the request is not the target's fault.
            Verdict::Stuck => {
                self.gate.went_well(now);
                exceptions = self.suspicion.got_through(&call.request, person, call.moment);
            }
            Verdict::Retry { after } => {
                let after = after.and_then(|after| SignedDuration::try_from(after).ok());
                self.gate.went_wrong(after, &timing, now);
            }
            Verdict::Again => {
                if is_creation {
                    self.creations.refused(&timing, now);
                }
                self.gate.went_well(now);
            }
            // One of many may be the reason; they are asked for apart before anybody is judged.
            Verdict::Closed if answer.is_forbidden() && !call.together.is_empty() => {}
            // The next look for the group tells whether that one is meant, or the target.
            Verdict::Closed if answer.is_forbidden() && makes_a_group => {}
            // What may not be listed may still be read one by one.
            Verdict::Closed if answer.is_forbidden() && call.work == Work::Inventory => {}
            Verdict::Closed if answer.is_forbidden() => {
                let moment = turn.books.moment();
                if self.suspicion.refused(&call.request, person, moment) == Shows::TargetIsClosed {
                    self.gate.closed(&timing, now);
                }
            }
            Verdict::Closed => self.gate.closed(&timing, now),
        }
        self.gate.listen(self.settings.quota, answer, now);
        for (person, request) in exceptions {
            self.give_up_for(&person, request, turn);
        }
    }

    /// Others get through: it is this person whom the target protects.
    fn give_up_for(&mut self, id: &PersonId, request: Request, turn: &mut Turn<'_>) {
        let Some(seat) = self.seats.get_mut(id) else { return };
        let why = Why::new(
            Code::TargetForbids,
            None,
            "the target refuses this for this account (403) and does the same for others: it may \
             belong to an administrator, or not be managed by SCIM",
        );
        match request {
            Request::Write(operation) => seat.drive.given_up.push((operation, why)),
            Request::FindAccounts { .. }
            | Request::ReadAccount { .. }
            | Request::FindGroups { .. }
            | Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. }
            | Request::ReadMembers { .. }
            | Request::AddMembers { .. } => seat.drive.refused = Some(why),
        }
        seat.drive.not_before = None;
        self.consider(id, turn);
    }

    /// Learns what a group's reading, or making, has brought; whoever waits for it goes on.
    pub(in crate::engine) fn learn_group(
        &mut self,
        (call, answer): (&OpenCall, &Answer),
        name: &GroupName,
        turn: &mut Turn<'_>,
    ) -> Option<GroupShown> {
        let (now, moment, timing) = (turn.books.now, turn.books.moment(), turn.books.timing);
        let is_well = !self.gate.is_tripped();
        let group = self.groups.get_mut(name)?;
        let judged = Judged { now, moment, timing: &timing, salt: name.as_str() };
        let was_found = matches!(group.id, GroupId::Found(_)) && group.unreadable.is_none();
        let was_read = group.read_moment > 0;
        let was_unreadable = group.unreadable.is_some();
        let seen = match &answer.outcome {
            Outcome::Done(Reply::Members(members)) => group.seen_before_cut(members),
            Outcome::Done(_) | Outcome::Failed(_) | Outcome::NotSent => Vec::new(),
        };
        let news = membership::absorb_group(group, (call, answer), is_well, judged);
        waiting::note_trouble(&mut group.trouble, &call.request, answer, now);
        let is_lacking = news.is_over && group.wanted && group.id == GroupId::Missing;
        if is_lacking && group.why_not_made().is_none() {
            // Looked for just now, and not there: whoever waits for it makes it.
            group.id = GroupId::ToMake;
        }
        let is_shown = group.unreadable.is_none() && matches!(group.id, GroupId::Found(_));
        let is_lost = !is_shown && (was_found || news.is_over);
        let is_told = was_unreadable && group.unreadable.is_none();
        let is_first = !was_read && matches!(call.request, Request::ReadMembers { .. });
        let again = group.not_before.filter(|at| *at > now);
        let refresh_at = group.refresh_at.filter(|at| *at > now);
        let refreshed = refresh_at.or(now.checked_add(timing.group_refresh).ok());
        let refreshed = refreshed.filter(|_| news.is_over);
        match again.or(refreshed) {
            Some(at) => self.queue.put_off(Work::Group(name.clone()), at),
            None => self.queue.put(Work::Group(name.clone()), Urgency::Urgent),
        }
        // A reading that fails keeps no cut waiting that lacked nothing but the group's id.
        let has_failed = is_shown && matches!(answer.outcome, Outcome::Failed(_));
        let waiting = if news.is_over {
            std::mem::take(&mut group.waiting)
        } else if has_failed {
            group.waiting.clone()
        } else {
            BTreeSet::new()
        };
        // Told before those whose removals took too many are done.
        let took = news.missing.and_then(|missing| self.judge_missing(name, missing, turn));
        for person in waiting {
            self.consider(&person, turn);
            turn.books.wake(&person);
        }
        Some(GroupShown {
            took,
            known_now: self.learn_what_was_before(name, seen, turn),
            is_found: !was_found && is_shown || is_told,
            concerns_everybody: is_first || is_lost,
            accounts: news.accounts,
        })
    }

    /// A reading beside a cut has told what there was before it. Says of whom.
    fn learn_what_was_before(
        &mut self,
        group: &GroupName,
        seen: Vec<(ScimId, Membership)>,
        turn: &mut Turn<'_>,
    ) -> Vec<PersonId> {
        let mut known_now = Vec::new();
        for (account, membership) in seen {
            let Some(id) = self.owners.of(&account) else { continue };
            let seat = self.seats.get_mut(id);
            if seat.is_some_and(|seat| baseline::learn(seat, group, membership)) {
                turn.books.touch(id);
                known_now.push(id.clone());
            }
        }
        known_now
    }

    /// A group was read: whoever that is news for is looked at. Read for the first time, or lost, it is
    /// news for all who are asked about it; else for those whom it shows otherwise than was believed.
    pub(in crate::engine) fn spread(
        &mut self,
        group: &GroupName,
        shown: &GroupShown,
        turn: &mut Turn<'_>,
    ) {
        if shown.is_found {
            self.retry_those_who_miss_a_group(turn);
            self.look_at_those_who_wait_to_make(group, turn);
        }
        let concerned: Vec<PersonId> = if shown.concerns_everybody {
            let is_asked = |seat: &Seat| seat.wish.groups.contains_key(group);
            let asked = self.seats.iter().filter(|(_, seat)| is_asked(seat));
            asked.map(|(id, _)| id.clone()).collect()
        } else {
            let owners = shown.accounts.iter().filter_map(|account| self.owners.of(account));
            owners.cloned().collect()
        };
        let is_gone = self.groups.is_missing(group);
        let is_doubled = self.groups.is_ambiguous(group);
        // Whoever is not at rest is looked at, whatever they wait for; whoever is, if it is not what
        // they should have.
        for id in concerned {
            let Some(seat) = self.seats.get(&id) else { continue };
            let Some(wanted) = seat.wish.groups.get(group) else { continue };
            let wanted = *wanted;
            let is_driven = seat.is_open() || !seat.unanswered.is_empty();
            let member = seat.account().and_then(|account| self.groups.is_member(group, account));
            let has_drifted = member.is_some_and(|it| Membership::of(it) != wanted);
            // Whoever is to be in none of them may be in the one that nobody knew.
            let is_lost = is_gone && (is_doubled || wanted == Membership::Member);
            if is_lost && !is_driven && (is_doubled || !self.makes(group)) {
                self.miss_group(&id, turn);
            } else if is_driven || has_drifted || is_lost {
                self.consider(&id, turn);
                turn.books.wake(&id);
            }
        }
    }

    /// Whether a group that is gone is made again.
    fn makes(&self, group: &GroupName) -> bool {
        let known = self.groups.get(group);
        self.settings.create_groups && known.is_none_or(Group::can_be_made)
    }

    /// The group of somebody at rest is gone, and nobody makes it again, or there are several: that is said
    /// of them, or nobody would know that they have lost it, or are in another.
    fn miss_group(&mut self, id: &PersonId, turn: &mut Turn<'_>) {
        let seat = self.seats.get(id);
        let had_it = seat.is_some_and(|seat| {
            let observed = Stage::AtRest { word: ResultWord::Observed };
            seat.account().is_some() && seat.stage != observed
        });
        let rests = seat.is_some_and(|seat| matches!(seat.stage, Stage::AtRest { .. }));
        if rests && had_it {
            self.correct_drift(id, turn);
            self.consider(id, turn);
            turn.books.wake(id);
        }
    }

    /// The group is there: whoever waits for somebody's word to make it waits for nothing.
    fn look_at_those_who_wait_to_make(&mut self, group: &GroupName, turn: &mut Turn<'_>) {
        let makes_it = |effect: &Effect| matches!(effect, Effect::Operation(Operation::CreateGroup { name }) if name == group);
        let waits = |seat: &Seat| seat.holds.iter().any(|hold| makes_it(&hold.effect));
        let waiting = self.seats.iter().filter(|(_, seat)| waits(seat));
        let waiting: Vec<PersonId> = waiting.map(|(id, _)| id.clone()).collect();
        for person in waiting {
            self.consider(&person, turn);
            turn.books.wake(&person);
        }
    }

    fn retry_those_who_miss_a_group(&mut self, turn: &mut Turn<'_>) {
        let misses = |seat: &Seat| match &seat.stage {
            Stage::Stuck { code, .. } => code.known().is_some_and(Code::is_for_want_of_a_group),
            Stage::AtRest { .. } | Stage::Working | Stage::Held | Stage::Unverified { .. } => false,
        };
        let missing = self.seats.iter().filter(|(_, seat)| misses(seat));
        let missing: Vec<PersonId> = missing.map(|(id, _)| id.clone()).collect();
        for person in missing {
            self.correct_drift(&person, turn);
            self.consider(&person, turn);
            turn.books.wake(&person);
        }
    }
}
