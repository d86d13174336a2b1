//! What operators order for one person here, besides what they say of rows that wait.

use super::{Desk, Turn};
use crate::engine::deeds::step;
use crate::engine::deeds::tell;
use crate::engine::people::Whom;
use crate::engine::state::{Seat, Stage};
use crate::model::decision::{NoteWord, Why};
use crate::model::ids::PersonId;

/// What comes of a reassertion for one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reasserted {
    /// It is read again; what still stands in the way of a correction.
    Begun(Option<String>),
    /// It is worked on already.
    Working,
    /// What is to be done waits for somebody.
    Held,
}

impl Desk {
    /// Whether nothing is done to this person here.
    pub(in crate::engine) fn protects(&self, whom: &Whom<'_>) -> bool {
        let protected = &self.settings.protected;
        let aliases = &whom.person.aliases;
        match self.seats.get(&whom.person.id) {
            Some(seat) => step::protects(protected, aliases, seat, &self.groups),
            None => aliases.iter().any(|alias| protected.people.contains(alias)),
        }
    }

    /// Tells of an override here. Nobody was asked to do anything for a revision by that.
    pub(in crate::engine) fn tell_override(&self, id: &PersonId, why: Why, turn: &mut Turn<'_>) {
        let now = turn.books.now;
        let place = (&self.tenant, &self.settings.name, id);
        let entry = match self.seats.get(id) {
            Some(seat) => tell::note(place, seat, NoteWord::Override, why, now),
            None => tell::note(place, &Seat::new(now), NoteWord::Override, why, now),
        };
        turn.books.tell(entry);
    }

    /// Reads the account anew and brings it to what is wanted, though nothing has changed. `None`: usher
    /// wants nothing of it.
    pub(in crate::engine) fn reassert(
        &mut self,
        id: &PersonId,
        turn: &mut Turn<'_>,
    ) -> Option<Reasserted> {
        let seat = self.seats.get_mut(id)?;
        match seat.stage {
            Stage::AtRest { .. } if seat.wish.is_empty() => return None,
            Stage::AtRest { .. } | Stage::Stuck { .. } => seat.try_at_once(),
            Stage::Working | Stage::Unverified { .. } => return Some(Reasserted::Working),
            Stage::Held => return Some(Reasserted::Held),
        }
        self.correct_drift(id, turn);
        self.consider(id, turn);
        Some(Reasserted::Begun(self.what_stands_in_the_way(turn)))
    }
}
