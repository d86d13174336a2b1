//! A person's manager: HR gives a name or a number, the target wants the SCIM id of an account.
//!
//! A manager who is not known yet, or has no account yet, is left out of the plan and sent later, by
//! itself: nobody waits for another person's account.

use super::{Desk, Turn};
use crate::engine::people::{People, Whom};
use crate::model::account::{AttributeName, Value};
use crate::model::ids::{PersonId, ScimId};
use crate::model::operation::Field;
use crate::model::wish::Wish;
use crate::model::{Alias, AliasKind};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The kinds of names that HR gives a manager.
const KINDS: [AliasKind; 3] = [AliasKind::EmployeeNumber, AliasKind::UserName, AliasKind::Email];

/// Who waits for their manager's account at one target, by the manager's name.
#[derive(Debug, Default)]
pub struct Reports {
    waiting: BTreeMap<Alias, BTreeSet<PersonId>>,
    /// Whose manager has this account.
    served: BTreeMap<ScimId, BTreeSet<PersonId>>,
}

impl Reports {
    fn wait(&mut self, manager: &str, report: &PersonId) {
        for alias in KINDS.iter().filter_map(|kind| Alias::parse(*kind, manager)) {
            self.waiting.entry(alias).or_default().insert(report.clone());
        }
    }

    fn take(&mut self, manager: &Alias) -> BTreeSet<PersonId> {
        self.waiting.remove(manager).unwrap_or_default()
    }

    fn is_served(&mut self, manager: &ScimId, report: &PersonId) {
        if let Some(reports) = self.served.get_mut(manager) {
            if !reports.contains(report) {
                reports.insert(report.clone());
            }
        } else {
            self.served.insert(manager.clone(), [report.clone()].into());
        }
    }

    /// Everybody whose manager had this account.
    pub(super) fn lose(&mut self, manager: &ScimId) -> BTreeSet<PersonId> {
        self.served.remove(manager).unwrap_or_default()
    }
}

/// The wish with the manager as the target knows them, or without one.
pub fn resolved<'a>(wish: &'a Wish, manager: Option<&ScimId>) -> Cow<'a, Wish> {
    if wish.value(&AttributeName::MANAGER).is_none() {
        return Cow::Borrowed(wish);
    }
    let mut wish = wish.clone();
    match manager {
        Some(account) => {
            let value = Value::Text(account.as_str().to_owned());
            wish.attributes.insert(AttributeName::MANAGER, Field::Set(value));
        }
        None => {
            wish.attributes.remove(&AttributeName::MANAGER);
        }
    }
    Cow::Owned(wish)
}

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
