//! People at a glance, and where their records lie.

use super::tally::Tally;
use crate::engine::record::{self, Aside, Kept};
use crate::model::RawRecord;
use crate::model::ids::{ScimId, TargetName, TenantName};
use crate::view::glance::{self, Glance};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

/// Where a record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub partition: i32,
    pub offset: i64,
}

/// One person.
#[derive(Debug)]
pub struct Entry {
    pub glance: Glance,
    pub place: Place,
    /// When that was written.
    pub changed: Timestamp,
    /// Digests of everything that leads to them.
    names: Box<[u64]>,
}

/// Everybody, by tenant and id.
#[derive(Debug, Default)]
pub struct People {
    by_tenant: BTreeMap<TenantName, OfTenant>,
    /// Those whose records cannot be read, by key.
    aside: BTreeMap<String, Aside>,
    digests: Digests,
}

/// Everybody of one tenant, by id, and what is counted of them.
#[derive(Debug, Default)]
struct OfTenant {
    people: BTreeMap<Box<str>, Entry>,
    tally: Tally,
}

/// What stands for a name; another key in each process.
#[derive(Clone, Debug, Default)]
pub(super) struct Digests(RandomState);

/// A record about somebody, as far as it is kept.
#[derive(Debug)]
pub struct Heard {
    tenant: TenantName,
    id: Box<str>,
    said: Said,
}

#[derive(Debug)]
enum Said {
    Here(Box<Entry>),
    Aside(Box<Aside>),
    Gone,
}

impl Digests {
    pub(super) fn of(&self, text: &str) -> u64 {
        self.0.hash_one(text)
    }
}

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
            Ok(kept) => {
                let names = glance::leads_to(&kept).filter_map(glance::sought);
                Said::Here(Box::new(Entry {
                    names: names.map(|name| digests.of(&name)).collect(),
                    glance: Glance::of(&kept, now),
                    place: Place { partition: record.partition, offset: record.offset },
                    changed: record.timestamp,
                }))
            }
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

    /// What stands for a name as it is compared.
    pub fn digest(&self, name: &str) -> u64 {
        self.digests.of(name)
    }

    pub(super) fn take(&mut self, heard: Heard) {
        let Heard { tenant, id, said } = heard;
        let key = format!("{tenant}/{id}");
        self.aside.remove(&key);
        match said {
            Said::Here(entry) => {
                let of = self.by_tenant.entry(tenant).or_default();
                if let Some(before) = of.people.get(&id) {
                    of.tally.remove(&id, &before.glance, &self.digests);
                }
                of.tally.add(&id, &entry.glance, &self.digests);
                of.people.insert(id, *entry);
            }
            Said::Aside(aside) => {
                self.remove(&tenant, &id);
                self.aside.insert(key, *aside);
            }
            Said::Gone => self.remove(&tenant, &id),
        }
    }

    fn remove(&mut self, tenant: &TenantName, id: &str) {
        let Some(of) = self.by_tenant.get_mut(tenant) else { return };
        if let Some(before) = of.people.remove(id) {
            of.tally.remove(id, &before.glance, &self.digests);
        }
    }

    /// How many a tenant has.
    pub fn count(&self, tenant: &TenantName) -> usize {
        self.by_tenant.get(tenant).map_or(0, |of| of.people.len())
    }

    /// All of a tenant behind an id, in the order of their ids.
    pub fn after(
        &self,
        tenant: &TenantName,
        id: Option<&str>,
    ) -> impl Iterator<Item = (&str, &Entry)> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = id.map_or(Unbounded, Excluded);
        let people = self.by_tenant.get(tenant).into_iter();
        let people = people.flat_map(move |of| of.people.range::<str, _>((from, Unbounded)));
        people.map(|(id, entry)| (&**id, entry))
    }

    /// All of a tenant.
    pub fn of(&self, tenant: &TenantName) -> impl Iterator<Item = (&str, &Entry)> {
        self.after(tenant, None)
    }

    pub fn get(&self, tenant: &TenantName, id: &str) -> Option<&Entry> {
        self.by_tenant.get(tenant)?.people.get(id)
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
        account: &ScimId,
    ) -> Option<&str> {
        let of = self.by_tenant.get(tenant)?;
        let mut may = of.tally.at(target)?.may_hold(self.digests.of(account.as_str()));
        may.find(|id| {
            let places = of.people.get(*id).map(|entry| entry.glance.places.as_slice());
            let mut places = places.unwrap_or_default().iter();
            places.any(|it| it.target == *target && it.account.as_ref() == Some(account))
        })
    }

    /// Whom a name or an id may lead to. Digests may be alike, so the record has the last word.
    pub fn called<'a>(&'a self, tenant: &TenantName, name: &str) -> Vec<(&'a str, &'a Entry)> {
        let Some(name) = glance::sought(name) else { return Vec::new() };
        let digest = self.digests.of(&name);
        self.of(tenant).filter(|(_, entry)| entry.names.contains(&digest)).collect()
    }

    /// Those of a tenant whose records cannot be read.
    pub fn aside<'a>(&'a self, tenant: &'a TenantName) -> impl Iterator<Item = &'a Aside> {
        self.aside.values().filter(move |aside| aside.tenant == *tenant)
    }
}
