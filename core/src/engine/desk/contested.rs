//! Somebody else has changed what usher had seen to be as it is wanted.

use super::{Desk, Turn};
use crate::engine::deeds::contests;
use crate::engine::state::Stage;
use crate::model::decision::{NoteWord, ResultWord};
use crate::model::ids::PersonId;
use crate::model::operation::Operation;

impl Desk {
    /// Puts right, as a new revision, what was found changed at rest; `operations` do that. What is changed
    /// back again and again is contested, and told once.
    pub(super) fn correct_change(
        &mut self,
        id: &PersonId,
        operations: &[Operation],
        turn: &mut Turn<'_>,
    ) {
        let now = turn.books.now;
        let restricting = &self.settings.restricting_groups;
        let Some(seat) = self.seats.get_mut(id) else { return };
        let verified = [ResultWord::Applied, ResultWord::AlreadySo];
        let was_seen = verified.iter().any(|word| seat.stage == Stage::AtRest { word: *word });
        // A call of usher's own may have landed late.
        let is_theirs = was_seen && seat.unanswered.is_empty();
        let operations = if is_theirs { operations } else { &[] };
        let news = contests::found(seat, operations, restricting, now);
        self.correct_drift(id, turn);
        let Some(seat) = self.seats.get_mut(id).filter(|_| !news.is_empty()) else { return };
        let place = (&self.tenant, &self.settings.name, id);
        let note = (NoteWord::Contested, contests::why(seat, &news));
        turn.books.ledger.note_once(place, seat, note, now);
    }
}
