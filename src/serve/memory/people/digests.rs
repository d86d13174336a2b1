//! What stands for a name; another key in each process.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};

#[derive(Clone, Debug, Default)]
pub(in crate::serve::memory) struct Digests(RandomState);

impl Digests {
    pub(in crate::serve::memory) fn of(&self, text: &str) -> u64 {
        self.0.hash_one(text)
    }
}

/// The half of a digest that is kept beside the number of whoever it leads to.
const UPPER: u64 = 0xFFFF_FFFF_0000_0000;

/// A digest and a number in one. Halves of digests may be alike, so whoever asks looks further.
pub(in crate::serve::memory) fn joined(digest: u64, number: u32) -> u64 {
    digest & UPPER | u64::from(number)
}

/// The number in it.
pub(in crate::serve::memory) fn number_in(joined: u64) -> u32 {
    u32::try_from(joined & !UPPER).unwrap_or(u32::MAX)
}

/// Whom digests lead to.
#[derive(Debug, Default)]
pub(super) struct Leads(BTreeSet<u64>);

impl Leads {
    pub(super) fn add(&mut self, digest: u64, number: u32) {
        self.0.insert(joined(digest, number));
    }

    pub(super) fn remove(&mut self, digest: u64, number: u32) {
        self.0.remove(&joined(digest, number));
    }

    pub(super) fn to(&self, digest: u64) -> impl Iterator<Item = u32> {
        let all = joined(digest, 0)..=joined(digest, u32::MAX);
        self.0.range(all).map(|it| number_in(*it))
    }
}
