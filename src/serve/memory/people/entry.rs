//! One person at a glance, in few bytes.

use super::Place;
use super::digests::Digests;
use crate::model::ids::{ScimId, TargetName};
use crate::view::glance::{self, Glance, Standing, Waiting};
use jiff::Timestamp;
use std::collections::HashSet;
use std::sync::Arc;

/// A person as their record says, before what others have alike is shared.
#[derive(Debug)]
pub(super) struct Fresh {
    pub(super) glance: Glance,
    pub(super) place: Place,
    pub(super) changed: Timestamp,
    /// Digests of everything that leads to them.
    pub(super) names: Box<[u64]>,
}

/// One person.
#[derive(Debug)]
pub struct Entry {
    pub id: Arc<str>,
    pub place: Place,
    /// When that was written.
    pub changed: Timestamp,
    pub standing: Arc<Standing>,
    /// What waits for somebody, in the order of the digests.
    pub waiting: Box<[Waiting]>,
    /// The first instant at which something begins or ends for them.
    pub next: Option<Timestamp>,
    accounts: Box<[Option<Box<str>>]>,
    pub(super) names: Box<[u64]>,
}

impl Entry {
    pub(super) fn of(id: &str, fresh: Fresh, standings: &mut Standings) -> Self {
        let Fresh { glance: Glance { standing, accounts, mut waiting, next }, .. } = fresh;
        waiting.sort_by(|one, other| one.digest.cmp(&other.digest));
        let account = |account: ScimId| Box::from(account.as_str());
        Self {
            id: id.into(),
            place: fresh.place,
            changed: fresh.changed,
            standing: standings.share(standing),
            waiting: waiting.into(),
            next,
            accounts: accounts.into_iter().map(|it| it.map(account)).collect(),
            names: fresh.names,
        }
    }

    /// Where they stand, and the account there.
    pub fn places(&self) -> impl Iterator<Item = (&glance::Place, Option<&str>)> {
        self.standing.places.iter().zip(self.accounts.iter().map(Option::as_deref))
    }

    /// Where they stand at a target.
    pub fn place_at(&self, target: &str) -> Option<(&glance::Place, Option<&str>)> {
        self.places().find(|(place, _)| place.target.as_str() == target)
    }

    /// Every account of theirs, and where it is.
    pub(super) fn accounts(&self) -> impl Iterator<Item = (&TargetName, &str)> {
        self.places().filter_map(|(place, account)| Some((&place.target, account?)))
    }

    pub(super) fn has(&self, target: &TargetName, account: &str) -> bool {
        self.accounts().any(|it| it == (target, account))
    }

    pub(super) fn may_be_called(&self, digest: u64) -> bool {
        self.names.contains(&digest)
    }

    /// Whether anything about them waits for somebody.
    pub fn waits(&self, now: Timestamp) -> bool {
        self.standing.waits(&self.waiting, now)
    }

    /// Whether only the list of everybody has them.
    pub(super) fn is_plain(&self) -> bool {
        self.standing.is_plain() && self.waiting.is_empty()
    }
}

/// How people stand, each once.
#[derive(Debug, Default)]
pub(super) struct Standings(HashSet<Arc<Standing>>);

impl Standings {
    fn share(&mut self, standing: Standing) -> Arc<Standing> {
        if let Some(known) = self.0.get(&standing) {
            return Arc::clone(known);
        }
        let fresh = Arc::new(standing);
        self.0.insert(Arc::clone(&fresh));
        fresh
    }

    /// Somebody stands so no more.
    pub(super) fn let_go(&mut self, standing: &Arc<Standing>) {
        // This one, and that in the set.
        if Arc::strong_count(standing) <= 2 {
            self.0.remove(standing);
        }
    }
}

/// Digests of everything that leads to somebody.
pub(super) fn names(kept: &crate::engine::record::Kept, digests: &Digests) -> Box<[u64]> {
    let names = glance::leads_to(kept).filter_map(glance::sought);
    let mut names: Vec<u64> = names.map(|name| digests.of(&name)).collect();
    names.sort_unstable();
    names.dedup();
    names.into()
}
