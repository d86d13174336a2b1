//! How pieces become a directory.

use super::column::{Column, Entry};
use super::directory::{Account, Directory, NEVER};
use super::members::{self, Members};
use super::piece::{Packed, Piece};
use super::texts::{Sorted, in_order};
use crate::inventory::Taken;
use crate::model::account::AttributeName;
use crate::serve::memory::people::digests::{Digests, joined};
use crate::view::glance;
use std::collections::BTreeMap;

/// Everything but the id that leads to an account.
const NAMES: [AttributeName; 4] = [
    AttributeName::USER_NAME,
    AttributeName::EXTERNAL_ID,
    AttributeName::WORK_EMAIL,
    AttributeName::EMPLOYEE_NUMBER,
];

/// Everything that leads to an account: its id, and what it is called.
pub(super) fn names(account: Account<'_>) -> impl Iterator<Item = &str> {
    let called = NAMES.into_iter().filter_map(move |name| account.text(&name));
    std::iter::once(account.id()).chain(called)
}

impl Directory {
    /// Puts pieces together; `None`: there are not as many accounts as were read.
    pub(super) fn of(taken: Taken, pieces: &[Piece], digests: &Digests) -> Option<Self> {
        let mut accounts: Vec<Packed<'_>> = pieces.iter().flat_map(Piece::accounts).collect();
        if accounts.len() as u64 != taken.accounts.rows || u32::try_from(accounts.len()).is_err() {
            return None;
        }
        accounts.sort_unstable_by(|one, other| in_order(one.id(), other.id()));
        let ids = Sorted::of(accounts.iter().map(|account| account.id()))?;
        let groups = members::groups(pieces, &ids)?;
        let seconds = |at: Option<i64>| at.unwrap_or(NEVER);
        let mut directory = Self {
            taken,
            policies: pieces.iter().flat_map(|piece| piece.policies.iter().cloned()).collect(),
            ids,
            active: accounts.iter().map(|account| account.head().active).collect(),
            created: accounts.iter().map(|account| seconds(account.head().created)).collect(),
            changed: accounts.iter().map(|account| seconds(account.head().changed)).collect(),
            columns: columns(&accounts)?,
            called: Box::default(),
            members: Members::of(&groups, accounts.len()),
            groups,
        };
        directory.called = directory.name_digests(digests);
        Some(directory)
    }

    fn name_digests(&self, digests: &Digests) -> Box<[u64]> {
        let mut all = Vec::with_capacity(self.len() * 3);
        for (number, account) in self.accounts() {
            for name in names(account).filter_map(glance::sought) {
                all.push(joined(digests.of(&name), number.0));
            }
        }
        all.sort_unstable();
        all.dedup();
        all.into()
    }
}

fn columns(accounts: &[Packed<'_>]) -> Option<Box<[(AttributeName, Column)]>> {
    let mut entries: BTreeMap<&AttributeName, Vec<Entry<'_>>> = BTreeMap::new();
    for (number, account) in (0_u32..).zip(accounts) {
        for (name, kind, text) in account.attributes() {
            entries.entry(name).or_default().push((number, kind, text));
        }
    }
    let column = |(name, entries): (&AttributeName, Vec<Entry<'_>>)| {
        Some((name.clone(), Column::of(accounts.len(), entries)?))
    };
    entries.into_iter().map(column).collect()
}
