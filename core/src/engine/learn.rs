//! Answers are learned from: about the target, a group, a person.

use super::baseline;
use super::membership;
use super::plan::Groups;
use super::schedule::queue::Work;
use super::schedule::suspicion::Shows;
use super::settle::{self, Judged, OpenCall};
use super::shard::{Here, Shard, here};
use super::state::{Person, Seat, Stage};
use super::swapped::Swap;
use super::target::GroupId;
use super::tell;
use super::waiting;
use super::whose::{self, Asker, Facts};
use crate::model::call::{Answer, Outcome, Reply, Request, Urgency, Verdict};
use crate::model::decision::{NoteWord, Why};
use crate::model::ids::{GroupName, PersonId, ScimId, TargetName, TenantName};
use crate::model::operation::Operation;
use crate::model::wish::Membership;
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
        let is_creation = matches!(call.request, Request::Write(Operation::Create { .. }));
        if is_creation && matches!(answer.outcome, Outcome::Done(_)) {
            known.creations.went_well();
        }
        match verdict {
            // It answered; whether it liked the request is not the target's fault.
            Verdict::Stuck => {
                known.gate.went_well(now);
                exceptions = known.suspicion.got_through(&call.request, person, call.moment);
            }
            Verdict::Retry { after } => {
                let after = after.and_then(|after| SignedDuration::try_from(after).ok());
                known.gate.went_wrong(after, &timing, now);
            }
            Verdict::Again => {
                if is_creation {
                    known.creations.refused(&timing, now);
                }
                known.gate.went_well(now);
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
        known.gate.listen(known.settings.quota, answer, now);
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
        if let Some(account) = whose::met(&answer.outcome) {
            self.release_if_replaced(account, id, call);
        }
        let found = here(&mut self.people, &mut self.tenants, (id, &call.target));
        let Some(Here { aliases, names, seat, target: known, .. }) = found else { return };
        if seat.drive.open.as_ref().is_none_or(|(open, _)| *open != answer.call) {
            return;
        }
        let judged =
            Judged { now: self.now, moment: self.moment, timing: &self.timing, salt: id.as_str() };
        let before = seat.account().cloned();
        let place = (&call.tenant, &call.target, id);
        let met = whose::met(&answer.outcome);
        let asker = Asker { id, aliases, names, seat, settings: &known.settings };
        let another = met.and_then(|account| whose::contradiction(account, &call.request, &asker));
        let led_to = met.and_then(|account| whose::led_to(account, &call.request, &asker));
        let is_swapped = another.is_some() && before.is_some();
        let swap = met.filter(|_| is_swapped).map(|account| Swap::of(account, seat, names));
        if let Some(why) = another {
            let was_unproved = seat.facts.as_ref().is_some_and(Facts::is_unproved);
            if is_swapped {
                let note = (NoteWord::Unverified, why.clone());
                tell::note_once(&mut self.ledger, place, seat, note, self.now);
            }
            settle::met_another(seat, call, why);
            if is_swapped && was_unproved {
                (seat.facts, seat.drive.let_go_of) = (None, before.clone());
            }
        } else {
            settle::absorb(seat, &mut known.groups, (call, answer), judged);
            let is_read =
                matches!(call.request, Request::FindAccounts { .. } | Request::ReadAccount { .. });
            if let Some(facts) = seat.facts.as_mut().filter(|_| is_read && met.is_some()) {
                facts.was_led_to(led_to);
            }
        }
        waiting::note_trouble(&mut seat.trouble, &call.request, answer, self.now);
        known.note_owner(id, seat, before.as_ref());
        seat.doubt_way_back();
        let is_disproved = seat.drive.is_disproved;
        let new = seat.account().filter(|account| before.as_ref() != Some(account));
        let has_new_account = new.is_some();
        let is_look_up = matches!(call.request, Request::FindAccounts { .. });
        if let Some(account) = new.filter(|_| is_look_up) {
            known.groups.values_mut().for_each(|group| group.was_read_before(account));
        }
        let lost = before.filter(|before| seat.account() != Some(before));
        // Their manager's account is another now, or will be: they wait for it, or have it sent.
        let reports = lost.map(|lost| known.reports.lose(&lost)).unwrap_or_default();
        if answer.outcome == Outcome::Done(Reply::Accepted) {
            let text = "the target took the change in and has not done it yet";
            let why = Why::new("target.accepted", None, text);
            tell::note_once(&mut self.ledger, place, seat, (NoteWord::Accepted, why), self.now);
        }
        if is_disproved {
            self.reconsider(id, None);
        }
        if has_new_account {
            self.serve_reports(id);
        }
        for report in reports {
            self.consider(&report, &call.target);
            self.set_wake(&report);
        }
        if let Some(swap) = swap {
            self.give_back(&swap, call);
        }
    }

    fn learn_group(&mut self, call: &OpenCall, answer: &Answer, name: &GroupName) {
        let (now, moment, timing) = (self.now, self.moment, self.timing);
        let Some(known) = self.target_mut(&call.tenant, &call.target) else { return };
        let is_well = !known.gate.is_tripped();
        let Some(group) = known.groups.get_mut(name) else { return };
        let judged = Judged { now, moment, timing: &timing, salt: name.as_str() };
        let was_found = matches!(group.id, GroupId::Found(_)) && group.unreadable.is_none();
        let was_read = group.read_moment > 0;
        let seen = match &answer.outcome {
            Outcome::Done(Reply::Members(members)) => group.seen_before_cut(members),
            Outcome::Done(_) | Outcome::Failed(_) | Outcome::NotSent => Vec::new(),
        };
        let mut news = membership::absorb_group(group, (call, answer), is_well, judged);
        waiting::note_trouble(&mut group.trouble, &call.request, answer, now);
        if news.is_over && group.wanted && group.id == GroupId::Missing && !group.unmakeable {
            // Looked for just now, and not there.
            group.id = GroupId::ToMake;
            news.is_over = false;
        }
        let is_shown = group.unreadable.is_none() && matches!(group.id, GroupId::Found(_));
        let is_found = !was_found && is_shown;
        let is_lost = !is_shown && (was_found || news.is_over);
        let is_first = !was_read && matches!(call.request, Request::ReadMembers { .. });
        let again = group.not_before.filter(|at| *at > now);
        let refresh_at = group.refresh_at.filter(|at| *at > now);
        let refreshed = refresh_at.or(now.checked_add(timing.group_refresh).ok());
        let refreshed = refreshed.filter(|_| news.is_over);
        match again.or(refreshed) {
            Some(at) => known.queue.put_off(Work::Group(name.clone()), at),
            None => known.queue.put(Work::Group(name.clone()), Urgency::Urgent),
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
        for person in waiting {
            self.consider(&person, &call.target);
            self.set_wake(&person);
        }
        self.learn_what_was_before(&call.target, name, (&call.tenant, seen));
        if is_found {
            self.retry_those_who_miss_a_group(call);
        }
        if is_first || is_lost {
            self.tell_everybody(call, name);
        } else {
            self.tell_owners(call, name, &news.accounts);
        }
    }

    /// A reading beside a cut has told what there was before it.
    fn learn_what_was_before(
        &mut self,
        target: &TargetName,
        group: &GroupName,
        (tenant, seen): (&TenantName, Vec<(ScimId, Membership)>),
    ) {
        for (account, membership) in seen {
            let owner = self.target_mut(tenant, target).and_then(|it| it.owners.get(&account));
            let Some(id) = owner.cloned() else { continue };
            let person = self.people.get_mut(&id);
            let seat = person.and_then(|person| person.seats.get_mut(target));
            if seat.is_some_and(|seat| baseline::learn(seat, group, membership)) {
                self.ledger.touch(&id);
                // What somebody was asked about may be known now.
                self.reconsider(&id, None);
            }
        }
    }

    /// A group was read for the first time, or could not be: who is to be cut by it waits no longer,
    /// and who is not where they should be is put right.
    fn tell_everybody(&mut self, call: &OpenCall, group: &GroupName) {
        let is_asked = |person: &&Person| {
            let seat = person.seats.get(&call.target).filter(|_| person.tenant == call.tenant);
            seat.is_some_and(|seat| seat.wish.groups.contains_key(group))
        };
        let asked = self.people.values().filter(is_asked);
        let asked: Vec<PersonId> = asked.map(|person| person.id.clone()).collect();
        self.tell_news(call, group, asked);
    }

    /// A reading has shown something else of these accounts than was believed.
    fn tell_owners(&mut self, call: &OpenCall, group: &GroupName, accounts: &BTreeSet<ScimId>) {
        let Some(known) = self.target_mut(&call.tenant, &call.target) else { return };
        let owners = accounts.iter().filter_map(|account| known.owners.get(account).cloned());
        let owners: Vec<PersonId> = owners.collect();
        self.tell_news(call, group, owners);
    }

    /// Whoever is not at rest is looked at when there is news of them, whatever they wait for; and
    /// whoever is, if it is not what they should have.
    fn tell_news(&mut self, call: &OpenCall, group: &GroupName, people: Vec<PersonId>) {
        for id in people {
            let tenant = self.tenants.get(&call.tenant);
            let known = tenant.and_then(|tenant| tenant.targets.get(&call.target));
            let seat = self.people.get(&id).and_then(|person| person.seats.get(&call.target));
            let (Some(known), Some(seat)) = (known, seat) else { continue };
            let Some(wanted) = seat.wish.groups.get(group) else { continue };
            let is_driven = seat.is_open() || !seat.unanswered.is_empty();
            let member = seat.account().and_then(|account| known.groups.is_member(group, account));
            let has_drifted = member.is_some_and(|it| it != (*wanted == Membership::Member));
            if is_driven || has_drifted {
                self.consider(&id, &call.target);
                self.set_wake(&id);
            }
        }
    }

    fn retry_those_who_miss_a_group(&mut self, call: &OpenCall) {
        let misses = |seat: &Seat| matches!(&seat.stage, Stage::Stuck { code, .. } if code.starts_with("group."));
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
