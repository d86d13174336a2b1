//! What a target shows of accounts beside SCIM: who made them, when they were used, and who has charge of it.

use super::inventory::LastSeen;
use crate::inventory::scope::{AdministratorKind, Found, Managed, Scope};
use crate::inventory::{self, Head};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// By the names of accounts, in small letters.
#[derive(Debug, Default)]
pub struct Beside<'a> {
    administrators: BTreeSet<String>,
    services: BTreeSet<String>,
    devices: BTreeMap<String, Timestamp>,
    /// Whoever has no device has never had one.
    devices_are_whole: bool,
    managed: BTreeMap<String, &'a Managed>,
}

impl<'a> Beside<'a> {
    /// What a whole reading tells, and what is still known of earlier ones.
    pub fn of(listed: &'a inventory::Inventory, head: Option<&Head>) -> Self {
        let mut shown = Self::default();
        for found in &listed.found {
            shown.take(found);
        }
        // Whoever was an administrator stays one until the list is read whole again.
        let kept = head.map(|head| &head.shown.administrators);
        shown.administrators.extend(kept.into_iter().flatten().cloned());
        let is_whole =
            |scope| listed.taken.scopes.get(&scope).is_some_and(inventory::ScopeTaken::is_whole);
        shown.devices_are_whole = is_whole(Scope::Devices) && shown.knows_half(listed);
        shown
    }

    fn take(&mut self, found: &'a Found) {
        match found {
            Found::Administrator(it) => {
                let names = [&it.name].into_iter().chain(&it.emails).map(|name| small(name));
                match it.kind {
                    AdministratorKind::Administrator => self.administrators.extend(names),
                    AdministratorKind::ServiceAccount => self.services.extend(names),
                }
            }
            Found::Device(it) => {
                let seen = self.devices.entry(small(&it.user)).or_insert(it.seen);
                *seen = it.seen.max(*seen);
            }
            Found::User(it) => {
                self.managed.insert(small(&it.name), it);
                if let Some(id) = &it.id {
                    self.managed.insert(small(id), it);
                }
            }
            Found::Group(_) | Found::Policy(_) | Found::Token(_) => {}
        }
    }

    /// Whether at least half of those who have a device are accounts: a tenant may hide who its users are,
    /// and then nobody would seem ever to have been seen.
    fn knows_half(&self, listed: &inventory::Inventory) -> bool {
        let mut names = BTreeSet::new();
        for account in &listed.accounts {
            let shown = account.account.attributes.values().map(crate::model::Value::to_text);
            names.extend(shown.map(|text| small(&text)));
        }
        let known = self.devices.keys().filter(|user| names.contains(*user)).count();
        !self.devices.is_empty() && known * 2 >= self.devices.len()
    }

    /// Whether one of these names is an administrator's of the console.
    pub fn is_administrator(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.administrators.contains(&small(name)) && !name.is_empty())
    }

    /// Whether one of these names is a service account's.
    pub fn is_service(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.services.contains(&small(name)) && !name.is_empty())
    }

    /// When the account of these names was used last.
    pub fn seen(&self, names: &[&str]) -> LastSeen {
        let last = names.iter().filter_map(|name| self.devices.get(&small(name))).max();
        match last {
            Some(at) => LastSeen::At(*at),
            None if self.devices_are_whole => LastSeen::Never,
            None => LastSeen::Untold,
        }
    }

    /// Who made the account; empty: not told.
    pub fn provisioner(&self, id: &str, user_name: &str) -> &'a str {
        let managed = self.managed.get(&small(id)).or_else(|| self.managed.get(&small(user_name)));
        managed.and_then(|it| it.provisioner.as_deref()).unwrap_or_default()
    }
}

fn small(name: &str) -> String {
    name.trim().to_lowercase()
}
