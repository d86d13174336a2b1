//! All that the target has, read page by page when nobody else waits.
//!
//! A list is never believed against anybody. Whoever it shows otherwise than they should be, or does not
//! show any more, is read themselves, and what is wrong is then put right like any other drift.

use super::{Desk, Turn};
use crate::engine::books::Books;
use crate::engine::brakes::halt;
use crate::engine::brakes::limits::Denominator;
use crate::engine::deeds::open_call::OpenCall;
use crate::engine::deeds::plan;
use crate::engine::schedule::queue::Work;
use crate::engine::schedule::retry;
use crate::engine::state::{Binding, Seat, Stage};
use crate::inventory::scope::Grant;
use crate::inventory::{Flaw, Head, Next, Reading};
use crate::model::call::{Answer, Outcome, Reply, Request, Urgency, Verdict};
use crate::model::hold::Effect;
use crate::model::ids::{GroupName, PersonId};
use crate::model::listing::ListedAccount;
use crate::model::wish::{Facet, Membership};
use crate::model::{Alias, AliasKind, AttributeName};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// A reading that proved nothing is made once more after this, so that what changed in its midst does
/// not cost the day.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// Failures in a row that end a reading; the next begins when it is due.
const TRIES_MOST: u32 = 12;

/// What was read of all that the target has, and is being read.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) head: Head,
    reading: Option<Reading>,
    /// Failures in a row.
    attempt: u32,
    /// Readings in a row that proved nothing.
    flawed: u32,
}

impl Desk {
    /// What is known of all that the target has.
    pub fn inventory(&self) -> &Head {
        &self.survey.head
    }

    pub(in crate::engine) fn restore_inventory(&mut self, head: Head) {
        self.survey.head = head;
    }

    /// The accounts that percents are of.
    pub(in crate::engine) fn denominator(&self) -> Denominator {
        match &self.survey.head.complete {
            Some(taken) => Denominator {
                accounts: usize::try_from(taken.active).unwrap_or(usize::MAX),
                of: Some(taken.ended),
            },
            None => Denominator { accounts: self.accounts(), of: None },
        }
    }

    /// The next reading is begun when it is due.
    pub(in crate::engine) fn queue_inventory(&mut self, now: Timestamp) {
        let Some(every) = self.settings.inventory_every else { return };
        let last = self.survey.head.last.as_ref().map(|last| last.ended);
        let due = last.and_then(|last| last.checked_add(every).ok()).filter(|due| *due > now);
        match due {
            Some(due) => self.queue.put_off(Work::Inventory, due),
            None => self.queue.put(Work::Inventory, Urgency::Bulk),
        }
    }

    /// Somebody asks for a reading, also where none is made by itself. `false`: one is under way.
    pub(in crate::engine) fn read_inventory_now(&mut self) -> bool {
        let begins = self.survey.reading.is_none();
        if begins {
            self.queue.put(Work::Inventory, Urgency::Bulk);
        }
        begins
    }

    /// Asks for what comes next.
    pub(super) fn read_inventory(&mut self, books: &mut Books) {
        let survey = &mut self.survey;
        let reading = survey.reading.get_or_insert_with(|| {
            Reading::begin(&survey.head, books.now).with_scopes(&self.settings.reads)
        });
        let request = match reading.next() {
            Next::Accounts { received } => Request::ListAccounts { received },
            Next::Groups { received } => Request::ListGroups { received },
            Next::Members(group) => Request::ReadMembers { group },
            Next::Scope { list, received } => Request::ReadScope { list, received },
            Next::Nothing => return,
        };
        let moment = books.next_moment();
        let (work, together) = (Work::Inventory, Vec::new());
        self.send(OpenCall { work, request, moment, together }, None, books);
    }

    /// Learns what an answer has brought. Says who was looked at because of it.
    pub(in crate::engine) fn learn_inventory(
        &mut self,
        (call, answer): (&OpenCall, &Answer),
        turn: &mut Turn<'_>,
    ) -> Vec<PersonId> {
        let shown: &[ListedAccount] = match &answer.outcome {
            Outcome::Done(Reply::AccountPage(page)) => &page.items,
            Outcome::Done(_) | Outcome::Failed(_) | Outcome::NotSent => &[],
        };
        let Some(reading) = self.survey.reading.as_mut() else { return Vec::new() };
        if let Some(pause) = take_in(reading, answer, turn.books.now) {
            self.survey.attempt += u32::from(pause.counts);
            if self.survey.attempt < TRIES_MOST || !pause.counts {
                let timing = &turn.books.timing;
                let wait =
                    retry::interval(self.survey.attempt, timing, self.settings.name.as_str());
                let wait = if pause.counts { wait } else { SignedDuration::ZERO };
                let at = turn.books.now.checked_add(wait).unwrap_or(turn.books.now);
                self.queue.put_off(Work::Inventory, at);
                return Vec::new();
            }
            give_up(reading, turn.books.now);
        }
        self.survey.attempt = 0;
        let parts = reading.take_parts(&self.tenant, &self.settings.name);
        turn.books.ledger.keep_inventory(parts);
        let mut looked_at = self.compare(shown, call, turn);
        if self.survey.reading.as_ref().is_some_and(|reading| reading.next() == Next::Nothing) {
            looked_at.extend(self.close_inventory(turn));
        } else {
            self.queue.put(Work::Inventory, Urgency::Bulk);
        }
        looked_at
    }

    /// Everything was asked for. Says who was looked at because they were not shown.
    fn close_inventory(&mut self, turn: &mut Turn<'_>) -> Vec<PersonId> {
        let Some(reading) = self.survey.reading.take() else { return Vec::new() };
        let began = reading.began();
        let is_bound = |seat: &Seat| seat.account().is_some_and(|it| !reading.has_seen(it));
        let is_old = |seat: &Seat| seat.began_at < began;
        let unseen = self.seats.iter().filter(|(_, seat)| is_bound(seat) && is_old(seat));
        let unseen: Vec<PersonId> = unseen.map(|(id, _)| id.clone()).collect();
        let place = (&self.tenant, &self.settings.name);
        let filled = self.groups_filled();
        let policies = (&filled, self.settings.imported_policies.as_ref());
        let (records, is_whole) =
            reading.close(place, &mut self.survey.head, (turn.books.now, policies));
        turn.books.ledger.keep_inventory(records);
        turn.books.ledger.touch_survey(&self.tenant, &self.settings.name);
        self.survey.flawed = if is_whole { 0 } else { self.survey.flawed + 1 };
        self.queue_inventory(turn.books.now);
        if self.survey.flawed == 1 && self.settings.inventory_every.is_some() {
            let again = turn.books.now.checked_add(AGAIN_AFTER).unwrap_or(turn.books.now);
            self.queue.put_off(Work::Inventory, again);
        }
        if !is_whole {
            return Vec::new();
        }
        unseen.into_iter().filter(|id| self.read_again(id, turn)).collect()
    }

    /// The groups that usher fills: those that take access, and those that somebody should be in.
    fn groups_filled(&self) -> BTreeSet<GroupName> {
        let wished = self.seats.values().flat_map(|seat| &seat.wish.groups);
        let wished = wished.filter(|(_, membership)| **membership == Membership::Member);
        let restricting = self.settings.restricting_groups.iter();
        wished.map(|(group, _)| group).chain(restricting).cloned().collect()
    }

    /// Whoever is shown otherwise than they should be is read. Says who.
    fn compare(
        &mut self,
        shown: &[ListedAccount],
        call: &OpenCall,
        turn: &mut Turn<'_>,
    ) -> Vec<PersonId> {
        let mut looked_at = Vec::new();
        for listed in shown {
            if let Some(id) = self.owners.of(&listed.account.id).cloned() {
                let seat = self.seats.get(&id);
                let is_news = seat.is_some_and(|seat| {
                    seat.drive.read_moment < call.moment && differs(seat, listed)
                });
                if is_news && self.read_again(&id, turn) {
                    looked_at.push(id);
                }
                continue;
            }
            for id in self.whose_it_may_be(listed, turn) {
                if self.look_for_account(&id, turn) {
                    looked_at.push(id);
                }
            }
        }
        looked_at
    }

    /// People who have no account here, and whose names or numbers this one bears.
    fn whose_it_may_be(&self, listed: &ListedAccount, turn: &Turn<'_>) -> Vec<PersonId> {
        let value = |name: &AttributeName| Some(listed.account.attributes.get(name)?.to_text());
        let alias = |kind, name| Alias::parse(kind, &value(name)?);
        let names = [
            alias(AliasKind::EmployeeNumber, &AttributeName::EMPLOYEE_NUMBER),
            alias(AliasKind::UserName, &AttributeName::USER_NAME),
            alias(AliasKind::Email, &AttributeName::WORK_EMAIL),
        ];
        let mut found: Vec<PersonId> = Vec::new();
        for name in names.into_iter().flatten() {
            for id in turn.people.bearers_of(&self.tenant, &name) {
                if !found.contains(id) && self.seats.get(id).is_some_and(is_without_account) {
                    found.push(id.clone());
                }
            }
        }
        found
    }

    /// Somebody's account is read, if nothing is under way for them.
    fn read_again(&mut self, id: &PersonId, turn: &mut Turn<'_>) -> bool {
        let moment = turn.books.next_moment();
        let Some(seat) = self.seats.get_mut(id) else { return false };
        // Whoever waits for somebody's word may wait for weeks, and what is gone waits for nobody.
        let is_still = matches!(seat.stage, Stage::AtRest { .. } | Stage::Held);
        if !is_still || seat.drive.open.is_some() || seat.wish.is_empty() {
            return false;
        }
        seat.need_all(moment);
        self.consider(id, turn);
        true
    }

    /// Somebody's account was not there, and may be there now.
    fn look_for_account(&mut self, id: &PersonId, turn: &mut Turn<'_>) -> bool {
        let Some(seat) = self.seats.get(id) else { return false };
        match seat.stage {
            Stage::Unverified { .. } | Stage::Stuck { .. } => self.retry_now(id, turn),
            Stage::AtRest { .. } => self.read_again(id, turn),
            Stage::Working | Stage::Held => false,
        }
    }
}

/// Whether nothing is bound, and something is wanted.
fn is_without_account(seat: &Seat) -> bool {
    match seat.binding {
        Binding::NoAccount | Binding::Unknown => !seat.wish.is_empty() && seat.strays.is_empty(),
        Binding::Bound(_) => false,
    }
}

/// Whether an account is shown otherwise than it should be, but for what waits for somebody's word. What
/// a list leaves out says nothing.
fn differs(seat: &Seat, listed: &ListedAccount) -> bool {
    let shown = &listed.account;
    let active = seat.wish.active.zip(shown.active);
    let is_other = active.is_some_and(|(wanted, shown)| wanted != shown);
    is_other && !waits(seat, &Facet::Active)
        || seat.wish.attributes.iter().any(|(name, wanted)| {
            let known = shown.attributes.get(name);
            let is_other = known.is_some() && !plan::agrees(name, known, wanted);
            is_other && !waits(seat, &Facet::Attribute(name.clone()))
        })
}

/// Whether a row keeps a facet as it is.
fn waits(seat: &Seat, facet: &Facet) -> bool {
    seat.holds.iter().any(|hold| match &hold.effect {
        Effect::Operation(operation) => halt::facets(operation).contains(facet),
        Effect::WayBack(kept) => kept == facet,
        Effect::Identity => false,
    })
}

/// Asking again may help.
struct Pause {
    /// It is a failure; a call that was not sent is none.
    counts: bool,
}

/// Asking again has not helped.
fn give_up(reading: &mut Reading, now: Timestamp) {
    match reading.next() {
        Next::Scope { .. } => reading.refuse_scope(Grant::Failed, now),
        Next::Accounts { .. } | Next::Groups { .. } | Next::Members(_) | Next::Nothing => {
            reading.fails(Flaw::Failed);
        }
    }
}

/// Takes an answer in; what it was asked for comes next if it has to be asked for again.
fn take_in(reading: &mut Reading, answer: &Answer, now: Timestamp) -> Option<Pause> {
    match &answer.outcome {
        Outcome::Done(Reply::AccountPage(page)) => reading.take_accounts(page.clone()),
        Outcome::Done(Reply::GroupPage(page)) => reading.take_groups(page.clone()),
        Outcome::Done(Reply::Members(members)) => reading.take_members(Some(members.clone())),
        Outcome::Done(Reply::Gone) => reading.group_is_gone(),
        Outcome::Done(Reply::ScopePage(page)) => reading.take_scope(page.clone(), now),
        Outcome::Done(Reply::NoScope(grant)) => reading.refuse_scope(*grant, now),
        Outcome::Done(_) => reading.fails(Flaw::Failed),
        Outcome::NotSent => return Some(Pause { counts: false }),
        Outcome::Failed(failure) => match failure.verdict {
            Verdict::Closed if answer.is_forbidden() => reading.fails(Flaw::Refused),
            Verdict::Retry { .. } | Verdict::Again | Verdict::Closed => {
                return Some(Pause { counts: true });
            }
            Verdict::Stuck => reading.fails(Flaw::Failed),
        },
    }
    None
}
