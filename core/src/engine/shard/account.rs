//! What usher has found of an account by comparing lists: it acts on an account that is nobody's, by its
//! id, and on nobody whom HR knows.

use super::Shard;
use super::decide::{Place, Verdict};
use crate::engine::people::identify::Subject;
use crate::engine::people::remark;
use crate::engine::said::claims::Instance;
use crate::engine::said::employment;
use crate::engine::state::Seat;
use crate::model::decision::{Decision, Why};
use crate::model::event::{AccountRef, Event, EventClass};
use crate::model::event_kind::EventKind;
use crate::model::ids::PersonId;
use std::collections::BTreeSet;

impl Shard {
    /// Nobody is known by the account alone: it may be bound to somebody, or be called like somebody whom HR
    /// knows.
    pub(super) fn or_owner(&self, subject: Subject, place: &Place<'_>, event: &Event) -> Subject {
        let (Subject::Nobody, Some(account)) = (&subject, event.account()) else { return subject };
        let desk = self.desks.get(&place.tenant, &account.target);
        let owner = desk.and_then(|desk| desk.owner_of(&account.id));
        let namesake = || self.people.namesake(&place.tenant, event);
        match owner.or_else(namesake) {
            Some(id) => Subject::Somebody(id.clone(), BTreeSet::new()),
            None => subject,
        }
    }

    /// What becomes of an event of an account, if it is not folded.
    pub(super) fn of_an_account(
        &self,
        place: &Place<'_>,
        event: &Event,
        subject: &Subject,
    ) -> Option<Verdict> {
        match event.kind.class() {
            EventClass::Hr | EventClass::Security | EventClass::Request => return None,
            EventClass::Account => {}
        }
        let nobody = Verdict::of_nobody;
        let account = event.account();
        let desk = account.as_ref().and_then(|it| self.desks.get(&place.tenant, &it.target));
        if event.kind.only_informs() {
            return Some(nobody(Decision::Skipped(remark::only_informs())));
        }
        if desk.is_none() {
            return Some(nobody(Decision::Skipped(remark::account_of_no_target())));
        }
        match subject {
            Subject::Nobody if event.kind == EventKind::AccountCleared => {
                Some(nobody(Decision::Skipped(remark::account_not_known())))
            }
            Subject::Nobody => None,
            Subject::Somebody(id, _) => {
                let decision = self.of_an_owner(id, event, account.as_ref())?;
                Some(Verdict::of(id, decision))
            }
        }
    }

    /// What becomes of it where somebody has the account; `None`: it is folded, for nothing but the account is
    /// known of them, or something was done to it as nobody's before HR named them.
    fn of_an_owner(
        &self,
        id: &PersonId,
        event: &Event,
        account: Option<&AccountRef>,
    ) -> Option<Decision> {
        let person = self.people.get(id).filter(|person| !person.is_an_account())?;
        let skipped = |why: Why| Some(Decision::Skipped(why));
        if event.kind == EventKind::AccountCleared
            && person.claims.iter().any(Instance::is_of_account)
        {
            return None;
        }
        let today = self.books.today();
        let is_employed = !employment::going_on(person, today).is_empty()
            || employment::begins_later(person, today)
            || self.desks.seats_of(person).into_values().any(Seat::wants_in);
        // Whom HR has ended is out by HR's word, at the account that is bound.
        let is_bound = account.is_some_and(|account| {
            let seat = self.desks.seat(person, &account.target);
            seat.and_then(|seat| seat.own_account()) == Some(&account.id)
        });
        let is_ended = is_bound && employment::has_ended(person, today);
        if !event.kind.takes_access() || is_employed || is_ended {
            return skipped(remark::account_of_somebody());
        }
        Some(Decision::Parked(remark::account_of_unclear()))
    }

    /// If HR knows them now: that the account is theirs is proved by what it says itself, as anybody's is.
    pub(super) fn give_account_to_whom_hr_names(&mut self, id: &PersonId) {
        let Some(person) = self.people.get(id).filter(|person| person.is_known_to_hr()) else {
            return;
        };
        let (tenant, names) = (person.tenant.clone(), person.reported.clone());
        self.desks.of_mut(&tenant).for_each(|desk| desk.is_somebodys_now(id, &names));
    }

    /// Whoever is known by an account alone has that account and no other: it is read by its id before
    /// anything is done.
    pub(super) fn take_up_account(&mut self, id: &PersonId, event: &Event) {
        let Some(account) = event.account() else { return };
        let Some(person) = self.people.get(id).filter(|person| person.is_an_account()) else {
            return;
        };
        let tenant = person.tenant.clone();
        let now = self.books.now;
        if let Some(desk) = self.desks.get_mut(&tenant, &account.target) {
            desk.take_up(id, &account.id, now);
        }
    }
}
