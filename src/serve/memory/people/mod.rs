//! People at a glance, and where their records lie.

pub(super) mod digests;
mod entry;
mod of_tenant;
mod tally;

pub(super) use digests::Digests;
pub use entry::Entry;
use entry::{Fresh, Standings};
use of_tenant::OfTenant;
pub use tally::{AtTarget, Tally};

use crate::engine::record::{self, Aside, Kept};
use crate::model::RawRecord;
use crate::model::ids::{TargetName, TenantName};
use crate::view::glance::{self, Glance, Waiting};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Where a record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub partition: i32,
    pub offset: i64,
}

/// Everybody, by tenant and id.
#[derive(Debug, Default)]
pub struct People {
    by_tenant: BTreeMap<TenantName, OfTenant>,
    /// Those whose records cannot be read, by key.
    aside: BTreeMap<String, Aside>,
    digests: Digests,
    standings: Standings,
}

/// A record about somebody, as far as it is kept.
#[derive(Debug)]
pub struct Heard {
    tenant: TenantName,
    id: Box<str>,
    said: Said,
}

#[derive(Debug)]
enum Said {
    Here(Box<Fresh>),
    Aside(Box<Aside>),
    Gone,
}

/// Accounts that somebody has got, or has no more.
pub(super) type Touched = (TenantName, Vec<(TargetName, Box<str>)>);

/// Reads the record of a person.
pub(super) fn read(
    key: &str,
    record: &RawRecord,
    digests: &Digests,
    now: Timestamp,
) -> Option<Heard> {
    let (tenant, id) = key.split_once('/')?;
    let said = match record.value.as_deref() {
        None => Said::Gone,
        Some(value) => match record::decode::<Kept>(key, value) {
            Ok(kept) => Said::Here(Box::new(Fresh {
                names: entry::names(&kept, digests),
                glance: Glance::of(&kept, now),
                place: Place { partition: record.partition, offset: record.offset },
                changed: record.timestamp,
            })),
            Err(error) => {
                let Some(aside) = record::aside(value, &error) else {
                    tracing::warn!(partition = record.partition, offset = record.offset, %error,
                        "a record of the state cannot be read; its shard cannot go on either");
                    return None;
                };
                Said::Aside(Box::new(aside))
            }
        },
    };
    Some(Heard { tenant: TenantName::new(tenant), id: id.into(), said })
}

impl People {
    pub(super) fn digests(&self) -> Digests {
        self.digests.clone()
    }

    /// Everybody is read anew. What stands for names stays: others compare with it.
    pub(super) fn forget(&mut self) {
        *self = Self { digests: self.digests(), ..Self::default() };
    }

    pub(super) fn take(&mut self, heard: Heard) -> Touched {
        let Heard { tenant, id, said } = heard;
        let key = format!("{tenant}/{id}");
        self.aside.remove(&key);
        let fresh = match said {
            Said::Here(fresh) => Some(*fresh),
            Said::Aside(aside) => {
                self.aside.insert(key, *aside);
                None
            }
            Said::Gone => None,
        };
        let Self { by_tenant, digests, standings, .. } = self;
        let of = by_tenant.entry(tenant.clone()).or_default();
        let mut touched = Vec::new();
        let mut touches = |entry: &Entry| {
            touched.extend(entry.accounts().map(|(at, account)| (at.clone(), account.into())));
        };
        if let Some(before) = of.remove(&id, digests) {
            touches(&before);
            standings.let_go(&before.standing);
        }
        if let Some(fresh) = fresh {
            let entry = Entry::of(&id, fresh, standings);
            touches(&entry);
            of.add(entry, digests);
        }
        // Most often nothing has changed about them.
        touched.sort_unstable();
        touched.dedup();
        (tenant, touched)
    }

    /// How many a tenant has.
    pub fn count(&self, tenant: &TenantName) -> usize {
        self.by_tenant.get(tenant).map_or(0, OfTenant::count)
    }

    /// All of a tenant behind an id, in the order of their ids.
    pub fn after(&self, tenant: &TenantName, id: Option<&str>) -> impl Iterator<Item = &Entry> {
        let of = self.by_tenant.get(tenant).into_iter();
        of.flat_map(move |of| of.after(id))
    }

    /// All of a tenant.
    pub fn of(&self, tenant: &TenantName) -> impl Iterator<Item = &Entry> {
        self.after(tenant, None)
    }

    /// Those behind an id of whom there is anything to be said but that they are settled.
    pub fn marked(&self, tenant: &TenantName, id: Option<&str>) -> impl Iterator<Item = &Entry> {
        let of = self.by_tenant.get(tenant).into_iter();
        of.flat_map(move |of| of.marked(id))
    }

    /// All rows that are held, the oldest first.
    pub fn held(&self, tenant: &TenantName) -> impl Iterator<Item = (&Entry, &Waiting)> {
        self.by_tenant.get(tenant).into_iter().flat_map(OfTenant::held)
    }

    /// Whose next turn comes within that time, the soonest first.
    pub fn due(
        &self,
        tenant: &TenantName,
        (after, until): (Timestamp, Timestamp),
    ) -> impl Iterator<Item = &Entry> {
        let of = self.by_tenant.get(tenant).into_iter();
        of.flat_map(move |of| of.due(after, until))
    }

    pub fn get(&self, tenant: &TenantName, id: &str) -> Option<&Entry> {
        self.by_tenant.get(tenant)?.get(id)
    }

    /// What is counted of them.
    pub fn tally(&self, tenant: &TenantName) -> Option<&Tally> {
        self.by_tenant.get(tenant).map(|of| &of.tally)
    }

    /// Whose an account is.
    pub fn holder(
        &self,
        tenant: &TenantName,
        target: &TargetName,
        account: &str,
    ) -> Option<&Entry> {
        let of = self.by_tenant.get(tenant)?;
        let mut may = of.tally.at(target)?.may_hold(self.digests.of(account));
        may.find_map(|number| of.numbered(number).filter(|entry| entry.has(target, account)))
    }

    /// Whom a name or an id may lead to. Digests may be alike, so the record has the last word.
    pub fn called(&self, tenant: &TenantName, name: &str) -> Vec<&Entry> {
        let Some(name) = glance::sought(name) else { return Vec::new() };
        let of = self.by_tenant.get(tenant).into_iter();
        let digest = self.digests.of(&name);
        of.flat_map(|of| of.called(digest)).collect()
    }

    /// Those of a tenant whose records cannot be read.
    pub fn aside<'a>(&'a self, tenant: &'a TenantName) -> impl Iterator<Item = &'a Aside> {
        self.aside.values().filter(move |aside| aside.tenant == *tenant)
    }
}
