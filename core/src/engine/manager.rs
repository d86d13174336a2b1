//! A person's manager: HR gives a name or a number, the target wants the SCIM id of an account.
//!
//! A manager who is not known yet, or has no account yet, is left out of the plan and sent later, by
//! itself: nobody waits for another person's account.

use super::shard::{Shard, here};
use crate::model::account::{AttributeName, Value};
use crate::model::ids::{PersonId, ScimId, TargetName};
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

impl Shard {
    /// The account of the manager whom `id` should have at `target`; who is not found is waited for.
    pub(super) fn manager_of(&mut self, id: &PersonId, target: &TargetName) -> Option<ScimId> {
        let seat = self.people.get(id)?.seats.get(target)?;
        let named = seat.wish.value(&AttributeName::MANAGER)?.to_text();
        let found = self.known_manager(id, target);
        if let Some(here) = here(&mut self.people, &mut self.tenants, (id, target)) {
            match &found {
                Some(account) => here.target.reports.is_served(account, id),
                None => here.target.reports.wait(&named, id),
            }
        }
        found
    }

    /// The account of the manager whom `id` should have at `target`, if it is known.
    pub(super) fn known_manager(&self, id: &PersonId, target: &TargetName) -> Option<ScimId> {
        let person = self.people.get(id)?;
        let named = person.seats.get(target)?.wish.value(&AttributeName::MANAGER)?;
        let named = named.to_text();
        let tenant = self.tenants.get(&person.tenant)?;
        let account = |alias: Alias| {
            let manager = self.people.get(tenant.names.owner(&alias)?)?;
            manager.seats.get(target)?.account().cloned()
        };
        let found = KINDS.iter().filter_map(|kind| Alias::parse(*kind, &named)).find_map(account);
        // The way back to what was before is an id already.
        let is_account = |id: &ScimId| tenant.targets.get(target)?.owners.get(id).map(drop);
        found.or_else(|| {
            let as_id = ScimId::new(named.as_str());
            is_account(&as_id).map(|()| as_id)
        })
    }

    /// Those who wait for this person's account are looked at again, if there is one now.
    pub(super) fn serve_reports(&mut self, id: &PersonId) {
        let Some(person) = self.people.get(id) else { return };
        let Some(tenant) = self.tenants.get_mut(&person.tenant) else { return };
        let mut served = BTreeSet::new();
        for (name, seat) in &person.seats {
            let Some(target) = tenant.targets.get_mut(name) else { continue };
            if seat.account().is_some() {
                let reports = person.aliases.iter().flat_map(|alias| target.reports.take(alias));
                served.extend(reports.map(|report| (report, name.clone())));
            }
        }
        for (report, target) in served {
            self.consider(&report, &target);
            self.set_wake(&report);
        }
    }

    /// A new owner learns who waits for a manager.
    pub(super) fn note_manager(&mut self, id: &PersonId) {
        let targets: Vec<TargetName> = self
            .people
            .get(id)
            .map(|person| person.seats.keys().cloned().collect())
            .unwrap_or_default();
        for target in &targets {
            self.manager_of(id, target);
        }
    }
}
