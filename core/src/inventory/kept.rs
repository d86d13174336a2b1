//! An inventory, put together from its records.

use super::head::{Head, Taken};
use super::row::{Headed, Part, Row, VERSION, Versioned, head_key, part_key};
use super::scope::Found;
use crate::model::ids::{ScimId, TargetName, TenantName};
use crate::model::listing::{ListedAccount, ListedGroup};
use std::collections::BTreeMap;

/// Everything that a target had when it was last read whole.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub tenant: TenantName,
    pub target: TargetName,
    pub taken: Taken,
    pub accounts: Vec<ListedAccount>,
    pub groups: Vec<ListedGroup>,
    /// By group; a group whose members are not shown is not here.
    pub members: BTreeMap<ScimId, Vec<ScimId>>,
    /// What was read besides; `taken.scopes` says whether it is all.
    pub found: Vec<Found>,
}

/// Why there is no inventory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("target `{0}` was never read as a whole")]
    Never(TargetName),
    #[error("a part of the inventory of `{0}` is missing or of another reading; it is read again")]
    Torn(TargetName),
    #[error(
        "an inventory record is of version {0}, and this usher reads {VERSION} and the next; update it"
    )]
    Newer(u8),
    #[error("an inventory record cannot be read: {0}")]
    Unreadable(String),
}

/// Keeps records of `usher.inventory`, the last of each key, as bytes.
#[derive(Clone, Debug, Default)]
pub struct Keeper {
    records: BTreeMap<String, Vec<u8>>,
}

impl Keeper {
    /// Takes a record in, in the order of its partition; no value: it is gone.
    pub fn take(&mut self, key: &str, value: Option<&[u8]>) {
        match value {
            Some(value) => {
                self.records.insert(key.to_owned(), value.to_vec());
            }
            None => {
                self.records.remove(key);
            }
        }
    }

    /// The last record of this key.
    pub(crate) fn record(&self, key: &str) -> Option<&[u8]> {
        self.records.get(key).map(Vec::as_slice)
    }

    #[cfg(test)]
    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        self.records.keys()
    }

    /// Whose inventories there are, and what is known of each.
    pub fn heads(&self) -> Result<Vec<(TenantName, TargetName, Head)>, Unfit> {
        let heads = self.records.range("head:".to_owned().."head;".to_owned());
        heads
            .map(|(_, bytes)| {
                let Headed { tenant, target, head } = read(bytes)?;
                Ok((tenant, target, head))
            })
            .collect()
    }

    /// The last whole reading of a target.
    pub fn inventory(&self, tenant: &TenantName, target: &TargetName) -> Result<Inventory, Unfit> {
        let never = || Unfit::Never(target.clone());
        let bytes = self.records.get(&head_key(tenant, target)).ok_or_else(never)?;
        let headed: Headed = read(bytes)?;
        let taken = headed.head.complete.ok_or_else(never)?;
        let torn = || Unfit::Torn(target.clone());
        let mut inventory = Inventory {
            tenant: tenant.clone(),
            target: target.clone(),
            accounts: Vec::new(),
            groups: Vec::new(),
            members: BTreeMap::new(),
            found: Vec::new(),
            taken,
        };
        for number in 0..inventory.taken.parts {
            let key = part_key(tenant, target, inventory.taken.slot, number);
            let part: Part = read(self.records.get(&key).ok_or_else(torn)?)?;
            if part.number != inventory.taken.number || part.place != number {
                return Err(torn());
            }
            part.rows.into_iter().for_each(|row| inventory.place(row));
        }
        let is_whole = inventory.accounts.len() as u64 == inventory.taken.accounts.rows;
        if is_whole { Ok(inventory) } else { Err(torn()) }
    }
}

impl Inventory {
    fn place(&mut self, row: Row) {
        match row {
            Row::Account(account) => self.accounts.push(account),
            Row::Found(found) => self.found.push(found),
            Row::Group(group) => {
                // Members follow their group; one that nobody is in has an empty list.
                self.members.insert(group.id.clone(), Vec::new());
                self.groups.push(group);
            }
            Row::Members { group, accounts } => {
                self.members.entry(group).or_default().extend(accounts);
            }
            Row::MembersUnknown { group } => {
                self.members.remove(&group);
            }
        }
    }
}

pub(super) fn read<T: for<'de> serde::Deserialize<'de>>(bytes: &[u8]) -> Result<T, Unfit> {
    #[derive(serde::Deserialize)]
    struct VersionOnly {
        v: u8,
    }
    let unreadable =
        |error: serde_json::Error| Unfit::Unreadable(format!("{:?}", error.classify()));
    let version: VersionOnly = serde_json::from_slice(bytes).map_err(unreadable)?;
    if version.v > VERSION + 1 {
        return Err(Unfit::Newer(version.v));
    }
    let whole: Versioned<T> = serde_json::from_slice(bytes).map_err(unreadable)?;
    Ok(whole.body)
}
