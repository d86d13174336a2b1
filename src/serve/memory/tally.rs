//! What is counted of a tenant's people at each target, kept as they change: pages ask for it often, and
//! there may be a hundred thousand of them.

use super::people::Digests;
use crate::model::ids::{GroupName, ScimId, TargetName};
use crate::view::glance::{Glance, Place, State};
use std::collections::{BTreeMap, HashMap};

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
    /// Whose each account is, by its digest.
    holders: HashMap<u64, Vec<Box<str>>>,
}

impl AtTarget {
    /// How many accounts usher has bound.
    pub fn accounts(&self) -> usize {
        self.holders.len()
    }

    /// Whose an account may be. Digests may be alike, so whoever asks looks at the people themselves.
    pub(super) fn may_hold(&self, digest: u64) -> impl Iterator<Item = &str> {
        self.holders.get(&digest).into_iter().flatten().map(|id| &**id)
    }

    fn count(&mut self, state: State) -> Option<&mut usize> {
        match state {
            State::Held => Some(&mut self.held),
            State::Stuck => Some(&mut self.stuck),
            State::Working | State::Unverified => Some(&mut self.working),
            State::Settled => None,
        }
    }

    fn add(&mut self, id: &str, place: &Place, digests: &Digests) {
        if let Some(count) = self.count(place.state) {
            *count += 1;
        }
        for group in &place.groups {
            *self.groups.entry(group.clone()).or_default() += 1;
        }
        if let Some(account) = &place.account {
            self.holders.entry(digests.of(account.as_str())).or_default().push(id.into());
        }
    }

    fn remove(&mut self, id: &str, place: &Place, digests: &Digests) {
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
        let digest = place.account.as_ref().map(ScimId::as_str).map(|it| digests.of(it));
        if let Some(digest) = digest
            && let Some(holders) = self.holders.get_mut(&digest)
        {
            holders.retain(|holder| **holder != *id);
            if holders.is_empty() {
                self.holders.remove(&digest);
            }
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

    pub(super) fn add(&mut self, id: &str, glance: &Glance, digests: &Digests) {
        for place in &glance.places {
            self.by_target.entry(place.target.clone()).or_default().add(id, place, digests);
        }
    }

    pub(super) fn remove(&mut self, id: &str, glance: &Glance, digests: &Digests) {
        for place in &glance.places {
            if let Some(at) = self.by_target.get_mut(&place.target) {
                at.remove(id, place, digests);
            }
        }
    }
}
