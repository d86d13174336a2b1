//! Who is in which group, both ways.

use super::directory::Group;
use super::piece::Piece;
use super::texts::{Sorted, Texts};
use crate::model::ids::ScimId;
use std::collections::BTreeMap;

/// The groups of each account.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// Those of the account `n` stand from `first[n]` to `first[n + 1]`.
    first: Box<[u32]>,
    groups: Box<[u32]>,
}

/// What pieces say of one group; `None`: its members are not shown.
type Said<'a> = Option<Vec<&'a Texts>>;

/// All groups, in the order in which they were read.
pub(super) fn groups(pieces: &[Piece], ids: &Sorted) -> Option<Box<[Group]>> {
    let mut said: BTreeMap<&ScimId, Said<'_>> = BTreeMap::new();
    for (group, members) in pieces.iter().flat_map(|piece| &piece.members) {
        // A large group's members come in several rows.
        let all = said.entry(group).or_insert_with(|| Some(Vec::new()));
        match (members, all) {
            (Some(members), Some(all)) => all.push(members),
            (None, all) => *all = None,
            (Some(_), None) => {}
        }
    }
    let mut groups = Vec::new();
    for listed in pieces.iter().flat_map(|piece| &piece.groups) {
        // One that nobody is in has no row of members.
        let (members, others) = match said.get(&listed.id) {
            None => (Some(Box::default()), Texts::default()),
            Some(None) => (None, Texts::default()),
            Some(Some(all)) => {
                let (members, others) = found(all, ids)?;
                (Some(members), others)
            }
        };
        groups.push(Group { listed: listed.clone(), members, others });
    }
    Some(groups.into())
}

/// Members that are accounts, by their numbers, and those that are none.
fn found(all: &[&Texts], ids: &Sorted) -> Option<(Box<[u32]>, Texts)> {
    let (mut inside, mut others) = (Vec::new(), Vec::new());
    for id in all.iter().flat_map(|texts| texts.iter()) {
        match ids.find(id).and_then(|at| u32::try_from(at).ok()) {
            Some(number) => inside.push(number),
            None => others.push(id),
        }
    }
    inside.sort_unstable();
    inside.dedup();
    Some((inside.into(), Texts::of(others.into_iter())?))
}

impl Members {
    /// The same from the side of accounts.
    pub(super) fn of(groups: &[Group], accounts: usize) -> Self {
        let mut counts = vec![0_u32; accounts + 1];
        let members = || groups.iter().map(|group| group.members.as_deref().unwrap_or_default());
        for number in members().flatten() {
            if let Some(count) = counts.get_mut(*number as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for count in &mut counts {
            sum += *count;
            *count = sum;
        }
        let mut next = counts.clone();
        let mut groups_of = vec![0_u32; sum as usize];
        for (group, members) in members().enumerate() {
            for number in members {
                let Some(at) = next.get_mut(*number as usize) else { continue };
                if let Some(place) = groups_of.get_mut(*at as usize) {
                    *place = u32::try_from(group).unwrap_or(u32::MAX);
                }
                *at += 1;
            }
        }
        Self { first: counts.into(), groups: groups_of.into() }
    }

    /// The numbers of the groups that an account is in.
    pub(super) fn groups_of(&self, account: usize) -> &[u32] {
        let bound = |at: usize| self.first.get(at).map_or(0, |first| *first as usize);
        self.groups.get(bound(account)..bound(account + 1)).unwrap_or_default()
    }
}
