//! What is counted of a tenant's people at each target, kept as they change: pages ask for it often, and
//! there may be a hundred thousand of them.

use super::digests::Digests;
use super::entry::Entry;
use crate::model::ids::{GroupName, TargetName};
use crate::view::glance::{Place, State};
use std::collections::{BTreeMap, BTreeSet};

/// Of one tenant.
#[derive(Debug, Default)]
pub struct Tally {
    by_target: BTreeMap<TargetName, AtTarget>,
}

/// How people stand at one target.
#[derive(Debug, Default)]
pub struct AtTarget {
    pub held: usize,
    pub stuck: usize,
    /// Those of whom it is not certain that there is an account are among them.
    pub working: usize,
    /// How many are to be in each group.
    pub groups: BTreeMap<GroupName, usize>,
    /// Digests of accounts, and the numbers of those whose they are.
    holders: BTreeSet<(u64, u32)>,
    accounts: usize,
}

impl AtTarget {
    /// How many accounts usher has bound.
    pub fn accounts(&self) -> usize {
        self.accounts
    }

    /// Whose an account may be. Digests may be alike, so whoever asks looks at the people themselves.
    pub(super) fn may_hold(&self, digest: u64) -> impl Iterator<Item = u32> {
        self.holders.range((digest, 0)..=(digest, u32::MAX)).map(|(_, number)| *number)
    }

    fn count(&mut self, state: State) -> Option<&mut usize> {
        match state {
            State::Held => Some(&mut self.held),
            State::Stuck => Some(&mut self.stuck),
            State::Working | State::Unverified => Some(&mut self.working),
            State::Settled => None,
        }
    }

    fn add(&mut self, number: u32, place: &Place, account: Option<u64>) {
        if let Some(count) = self.count(place.state) {
            *count += 1;
        }
        for group in &place.groups {
            match self.groups.get_mut(group) {
                Some(count) => *count += 1,
                None => drop(self.groups.insert(group.clone(), 1)),
            }
        }
        if let Some(digest) = account {
            let is_first = self.may_hold(digest).next().is_none();
            self.accounts += usize::from(is_first);
            self.holders.insert((digest, number));
        }
    }

    fn remove(&mut self, number: u32, place: &Place, account: Option<u64>) {
        if let Some(count) = self.count(place.state) {
            *count = count.saturating_sub(1);
        }
        for group in &place.groups {
            if let Some(count) = self.groups.get_mut(group) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.groups.remove(group);
                }
            }
        }
        if let Some(digest) = account
            && self.holders.remove(&(digest, number))
            && self.may_hold(digest).next().is_none()
        {
            self.accounts = self.accounts.saturating_sub(1);
        }
    }
}

impl Tally {
    pub fn at(&self, target: &TargetName) -> Option<&AtTarget> {
        self.by_target.get(target)
    }

    pub fn targets(&self) -> impl Iterator<Item = (&TargetName, &AtTarget)> {
        self.by_target.iter()
    }

    pub(super) fn add(&mut self, number: u32, entry: &Entry, digests: &Digests) {
        for (place, account) in entry.places() {
            let account = account.map(|account| digests.of(account));
            if !self.by_target.contains_key(&place.target) {
                self.by_target.insert(place.target.clone(), AtTarget::default());
            }
            if let Some(at) = self.by_target.get_mut(&place.target) {
                at.add(number, place, account);
            }
        }
    }

    pub(super) fn remove(&mut self, number: u32, entry: &Entry, digests: &Digests) {
        for (place, account) in entry.places() {
            if let Some(at) = self.by_target.get_mut(&place.target) {
                at.remove(number, place, account.map(|account| digests.of(account)));
            }
        }
    }
}
