//! A person's manager: HR gives a name or a number, the target wants the SCIM id of an account.
//!
//! A manager who is not known yet, or has no account yet, is left out of the plan and sent later, by
//! itself: nobody waits for another person's account.

use crate::model::account::{AttributeName, Value};
use crate::model::ids::{PersonId, ScimId};
use crate::model::operation::Field;
use crate::model::wish::Wish;
use crate::model::{Alias, AliasKind};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The kinds of names that HR gives a manager.
pub const KINDS: [AliasKind; 3] =
    [AliasKind::EmployeeNumber, AliasKind::UserName, AliasKind::Email];

/// Who waits for their manager's account at one target, by the manager's name.
#[derive(Debug, Default)]
pub struct Reports {
    waiting: BTreeMap<Alias, BTreeSet<PersonId>>,
    /// Whose manager has this account.
    served: BTreeMap<ScimId, BTreeSet<PersonId>>,
}

impl Reports {
    pub fn wait(&mut self, manager: &str, report: &PersonId) {
        for alias in KINDS.iter().filter_map(|kind| Alias::parse(*kind, manager)) {
            self.waiting.entry(alias).or_default().insert(report.clone());
        }
    }

    pub fn take(&mut self, manager: &Alias) -> BTreeSet<PersonId> {
        self.waiting.remove(manager).unwrap_or_default()
    }

    pub fn is_served(&mut self, manager: &ScimId, report: &PersonId) {
        if let Some(reports) = self.served.get_mut(manager) {
            if !reports.contains(report) {
                reports.insert(report.clone());
            }
        } else {
            self.served.insert(manager.clone(), [report.clone()].into());
        }
    }

    /// Everybody whose manager had this account.
    pub fn lose(&mut self, manager: &ScimId) -> BTreeSet<PersonId> {
        self.served.remove(manager).unwrap_or_default()
    }
}

/// What the manager may be called whom a wish speaks of.
pub fn names_in(wish: &Wish) -> impl Iterator<Item = Alias> {
    let named = wish.value(&AttributeName::MANAGER).map(Value::to_text);
    named
        .into_iter()
        .flat_map(|named| KINDS.into_iter().filter_map(move |kind| Alias::parse(kind, &named)))
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
