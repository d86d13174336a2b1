//! Whose report a person is, as this target knows them.

use super::{Desk, Turn};
use crate::engine::deeds::manager::KINDS;
use crate::engine::people::{People, Whom};
use crate::model::Alias;
use crate::model::account::AttributeName;
use crate::model::ids::{PersonId, ScimId};
use std::collections::BTreeSet;

impl Desk {
    /// The account of the manager whom a person should have here; one who is not found is waited for.
    pub(super) fn manager_of(&mut self, whom: &Whom<'_>) -> Option<ScimId> {
        let seat = self.seats.get(&whom.person.id)?;
        let named = seat.wish.value(&AttributeName::MANAGER)?.to_text();
        let found = self.known_manager(whom);
        match &found {
            Some(account) => self.reports.is_served(account, &whom.person.id),
            None => self.reports.wait(&named, &whom.person.id),
        }
        found
    }

    /// A new owner learns who waits for a manager.
    pub(in crate::engine) fn note_manager(&mut self, id: &PersonId, people: &People) {
        if let Some(whom) = people.whom(id) {
            self.manager_of(&whom);
        }
    }

    /// The account of the manager whom a person should have here, if it is known.
    pub(super) fn known_manager(&self, whom: &Whom<'_>) -> Option<ScimId> {
        let named = self.seats.get(&whom.person.id)?.wish.value(&AttributeName::MANAGER)?;
        let named = named.to_text();
        let account = |alias: Alias| {
            let manager = whom.names.owner(&alias)?;
            self.seats.get(manager)?.account().cloned()
        };
        let found = KINDS.iter().filter_map(|kind| Alias::parse(*kind, &named)).find_map(account);
        // The way back to what was before is an id already.
        found.or_else(|| {
            let as_id = ScimId::new(named.as_str());
            self.owners.of(&as_id).is_some().then_some(as_id)
        })
    }

    /// Those who wait for this person's account are looked at again, if there is one now.
    pub(in crate::engine) fn serve_reports(&mut self, id: &PersonId, turn: &mut Turn<'_>) {
        let Some(whom) = turn.people.whom(id) else { return };
        if self.seats.get(id).is_none_or(|seat| seat.account().is_none()) {
            return;
        }
        let aliases = whom.person.aliases.iter();
        let served: BTreeSet<PersonId> =
            aliases.flat_map(|alias| self.reports.take(alias)).collect();
        for report in served {
            self.consider(&report, turn);
            turn.books.wake(&report);
        }
    }
}
