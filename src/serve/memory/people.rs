//! People at a glance, and where their records lie.

use crate::engine::record::{self, Aside, Kept};
use crate::model::RawRecord;
use crate::model::ids::TenantName;
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
    by_tenant: BTreeMap<TenantName, BTreeMap<Box<str>, Entry>>,
    /// Those whose records cannot be read, by key.
    aside: BTreeMap<String, Aside>,
    digests: Digests,
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
    fn of(&self, text: &str) -> u64 {
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

    pub(super) fn take(&mut self, heard: Heard) {
        let Heard { tenant, id, said } = heard;
        let key = format!("{tenant}/{id}");
        self.aside.remove(&key);
        match said {
            Said::Here(entry) => {
                self.by_tenant.entry(tenant).or_default().insert(id, *entry);
            }
            Said::Aside(aside) => {
                self.remove(&tenant, &id);
                self.aside.insert(key, *aside);
            }
            Said::Gone => self.remove(&tenant, &id),
        }
    }

    fn remove(&mut self, tenant: &TenantName, id: &str) {
        if let Some(people) = self.by_tenant.get_mut(tenant) {
            people.remove(id);
        }
    }

    /// How many a tenant has.
    pub fn count(&self, tenant: &TenantName) -> usize {
        self.by_tenant.get(tenant).map_or(0, BTreeMap::len)
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
        people.flat_map(move |it| it.range::<str, _>((from, Unbounded))).map(|(id, it)| (&**id, it))
    }

    /// All of a tenant.
    pub fn of(&self, tenant: &TenantName) -> impl Iterator<Item = (&str, &Entry)> {
        self.after(tenant, None)
    }

    pub fn get(&self, tenant: &TenantName, id: &str) -> Option<&Entry> {
        self.by_tenant.get(tenant)?.get(id)
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
