//! A target that has another name than before: what is known of people there moves along.
//!
//! Under the new name nobody would know the way back of somebody on leave, nor whose account is whose.

use super::merge::united_baseline;
use super::shard::Shard;
use super::state::{Person, Seat};
use crate::model::ids::{TargetName, TenantName};
use std::collections::BTreeMap;

impl Shard {
    /// At a takeover: gives the targets that say so what is kept under their former names.
    pub(super) fn rename_targets(&mut self) {
        for person in self.people.values_mut() {
            let Some(tenant) = self.tenants.get(&person.tenant) else { continue };
            let mut has_moved = false;
            for (name, target) in &tenant.targets {
                for former in &target.settings.formerly {
                    has_moved |= move_seat(person, former, name);
                }
            }
            if has_moved {
                self.ledger.touch(&person.id);
            }
        }
    }

    /// Targets that are not configured any more, and of how many people something is kept there.
    pub fn gone_targets(&self) -> BTreeMap<(TenantName, TargetName), usize> {
        let mut gone = BTreeMap::new();
        for person in self.people.values() {
            let Some(tenant) = self.tenants.get(&person.tenant) else { continue };
            for name in person.seats.keys().filter(|name| !tenant.targets.contains_key(*name)) {
                *gone.entry((person.tenant.clone(), name.clone())).or_default() += 1;
            }
        }
        gone
    }
}

/// Says whether anything moved. Of two that know different accounts each keeps its own.
fn move_seat(person: &mut Person, former: &TargetName, name: &TargetName) -> bool {
    let Some(old) = person.seats.remove(former) else { return false };
    let is_same = |new: &Seat| new.account().is_none() || new.account() == old.account();
    match person.seats.remove(name) {
        Some(new) if !is_same(&new) => {
            person.seats.insert(former.clone(), old);
            person.seats.insert(name.clone(), new);
            return false;
        }
        Some(mut new) if new.account().is_some() => {
            // What was before the first claim is what was seen first.
            new.baseline = united_baseline(old.baseline, new.baseline);
            person.seats.insert(name.clone(), new);
        }
        Some(_) | None => {
            person.seats.insert(name.clone(), old);
        }
    }
    true
}
