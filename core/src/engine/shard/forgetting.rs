//! Whom HR never spoke of is forgotten, and what sensors called people ends with what they said.

use super::Shard;
use crate::engine::desk::Turn;
use crate::engine::people::stranger::Room;
use crate::engine::state::overrides::GaveWay;
use crate::engine::state::{Person, Seat};
use crate::model::event::EventClass;
use crate::model::ids::{PersonId, TenantName};
use std::collections::BTreeSet;

impl Shard {
    /// What sensors called a known person ends with what they said.
    pub(super) fn forget_hearsay(&mut self, id: &PersonId) {
        let today = self.books.today();
        if !self.books.clocks.in_question() && self.people.forget_hearsay(id, today) {
            self.books.touch(id);
        }
    }

    /// Whether there is room for one more whom HR does not know; makes it, if somebody can go.
    pub(super) fn has_room_for_a_stranger(&mut self, tenant: &TenantName) -> bool {
        let rests = |person: &Person| self.rests(person);
        match self.people.room_for_a_stranger(tenant, self.books.today(), rests) {
            Room::Free => true,
            Room::Without(oldest) => {
                self.forget_stranger(&oldest);
                true
            }
            Room::None => false,
        }
    }

    /// Whether nothing is under way or owed for somebody.
    fn rests(&self, person: &Person) -> bool {
        self.desks.seats_of(person).into_values().all(Seat::rests_for_good)
    }

    /// Forgets whom HR never spoke of, when the last signal is beyond the horizon. Says whether it did.
    pub(super) fn forget_if_over(&mut self, id: &PersonId) -> bool {
        let (today, horizon) = (self.books.today(), self.books.timing.replay_horizon);
        let Some(person) = self.people.get(id) else { return false };
        if !person.is_over(today) || !self.rests(person) {
            return false;
        }
        let heard = person.last_heard().and_then(|heard| heard.checked_add(horizon).ok());
        let is_due = !self.is_time_in_question() && heard.is_some_and(|until| until <= today);
        if is_due {
            self.forget_stranger(id);
        }
        is_due
    }

    fn forget_stranger(&mut self, id: &PersonId) {
        let Some(gone) = self.people.forget(id) else { return };
        self.books.ledger.remove(gone.key());
        self.books.wakes.set(id, None);
        self.desks.forget(id);
    }

    /// Makes `others` part of `home`: their records go, their accounts, and calls that may still land, are
    /// `home`'s. Refuses if they are too much for one record: then nothing has changed.
    pub(super) fn merge(
        &mut self,
        home: &PersonId,
        others: &BTreeSet<PersonId>,
        class: EventClass,
    ) -> Option<Vec<GaveWay>> {
        let is_an_account = |id: &PersonId| self.people.get(id).is_some_and(Person::is_an_account);
        let had_only_an_account = others.iter().any(is_an_account);
        let merged = self.people.merge(home, others, (class, self.books.today()))?;
        for other in merged.gone {
            self.books.ledger.remove(other.key());
            self.books.wakes.set(&other.id, None);
            let Some(person) = self.people.get(home) else { continue };
            let mut turn =
                Turn { people: &self.people, orders: &self.orders, books: &mut self.books };
            self.desks.hand_over(person, &other.id, &mut turn);
        }
        if had_only_an_account {
            self.give_account_to_whom_hr_names(home);
        }
        self.books.touch(home);
        self.tell_gave_way(home, &merged.gave_way);
        Some(merged.gave_way)
    }
}
