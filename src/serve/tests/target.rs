//! A target that is read, and the records of that.

use crate::inventory::{Head, Next, Reading};
use crate::model::StateWrite;
use crate::model::account::{Account, AttributeName, Changed, Value};
use crate::model::ids::{GroupName, ScimId, TargetName, TenantName};
use crate::model::listing::{ListedAccount, ListedGroup, Page};
use crate::serve::memory::inventory::{Directory, Inventories};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// What there is at a target.
pub(in crate::serve) struct Target {
    pub(in crate::serve) tenant: TenantName,
    pub(in crate::serve) name: TargetName,
    pub(in crate::serve) accounts: Vec<ListedAccount>,
    /// With the ids of their members; `None`: not shown.
    pub(in crate::serve) groups: Vec<(ListedGroup, Option<Vec<ScimId>>)>,
    head: Head,
    now: Timestamp,
}

pub(in crate::serve) fn account(id: &str, active: bool, values: &[(&str, &str)]) -> ListedAccount {
    let attributes = values.iter().map(|(name, value)| {
        (AttributeName::parse(name).unwrap(), Value::Text((*value).to_owned()))
    });
    let at = |text: &str| text.parse().ok();
    let changed = Changed { at: at("2026-09-02T08:00:00Z"), by: None };
    ListedAccount {
        account: Account {
            id: ScimId::new(id),
            active: Some(active),
            attributes: attributes.collect(),
            groups: None,
            changed: Some(Box::new(changed)),
        },
        created: at("2026-09-01T08:00:00Z"),
    }
}

pub(in crate::serve) fn group(
    id: &str,
    name: &str,
    members: &[&str],
) -> (ListedGroup, Option<Vec<ScimId>>) {
    let (id, name) = (ScimId::new(id), GroupName::new(name));
    let listed = ListedGroup { id, name, created: None, changed: None };
    (listed, Some(members.iter().map(|id| ScimId::new(*id)).collect()))
}

impl Target {
    pub(in crate::serve) fn new(tenant: &str, target: &str) -> Self {
        Self {
            tenant: TenantName::new(tenant),
            name: TargetName::new(target),
            accounts: Vec::new(),
            groups: Vec::new(),
            head: Head::default(),
            now: "2026-10-02T08:00:00Z".parse().unwrap(),
        }
    }

    /// Reads all of it, six hours after the last time: the records that the worker would write.
    pub(in crate::serve) fn read(&mut self) -> Vec<StateWrite> {
        self.now += SignedDuration::from_hours(6);
        let mut reading = Reading::begin(&self.head, self.now);
        let mut written = Vec::new();
        loop {
            match reading.next() {
                Next::Accounts { received } => {
                    reading.take_accounts(page(&self.accounts, received));
                }
                Next::Groups { received } => {
                    let groups: Vec<_> = self.groups.iter().map(|it| it.0.clone()).collect();
                    reading.take_groups(page(&groups, received));
                }
                Next::Members(of) => {
                    let mut groups = self.groups.iter();
                    let group = groups.find(|(group, _)| group.id == of.id).unwrap();
                    reading.take_members(group.1.clone());
                }
                Next::Scope { .. } | Next::Nothing => break,
            }
            written.extend(reading.take_parts(&self.tenant, &self.name));
        }
        let place = (&self.tenant, &self.name);
        let (last, is_whole) =
            reading.close(place, &mut self.head, (self.now, (&BTreeSet::new(), None)));
        assert!(is_whole, "{:?}", self.head.last);
        written.extend(last);
        written
    }
}

/// What is kept of it when it was read.
pub(in crate::serve) fn directory_of(target: &mut Target) -> Directory {
    let mut inventories = Inventories::default();
    for record in target.read() {
        inventories.hear(record);
    }
    let whole = inventories.of(&target.tenant, &target.name).unwrap().directory;
    drop(inventories);
    std::sync::Arc::into_inner(whole).unwrap()
}

fn page<T: Clone>(all: &[T], received: u64) -> Page<T> {
    let skip = usize::try_from(received).unwrap();
    let items: Vec<T> = all.iter().skip(skip).take(101).cloned().collect();
    Page { received: items.len() as u64, items, total: Some(all.len() as u64), goes_on: false }
}
