//! How many accounts a target had on each day, kept for a bounded time: a small record a day.

use super::head::Head;
use super::row::write;
use super::scope::{Found, Scope};
use super::scopes::ScopeTaken;
use crate::model::ids::{TargetName, TenantName};
use crate::model::listing::ListedAccount;
use crate::model::{AttributeName, StateWrite, Value};
use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// So many days are kept, the last among them.
pub const DAYS_KEPT: i64 = 400;

/// As contracts count who was seen.
const SEEN_WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What the last whole reading of a day has counted; days are those of UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Day {
    pub tenant: TenantName,
    pub target: TargetName,
    #[serde(rename = "day")]
    #[schemars(with = "String")]
    pub on: Date,
    pub provisioned: u64,
    /// Of which the target does not say that they are inactive.
    pub active: u64,
    /// Of which the target says that they were used within 30 days; `None`: it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<u64>,
}

impl Day {
    /// The day on which something was read.
    pub(super) fn of(now: Timestamp) -> Date {
        Offset::UTC.to_datetime(now).date()
    }

    /// The record that keeps it, and what takes those away that are too old now.
    pub(super) fn records(&self, head: &mut Head) -> Vec<StateWrite> {
        let mut records = vec![write(day_key(&self.tenant, &self.target, self.on), self)];
        let before = head.last_day.replace(self.on).unwrap_or(self.on);
        let first_kept = |last: Date| last.saturating_sub((DAYS_KEPT - 1).days());
        // After a long pause none of the old ones is left.
        let over = first_kept(before).series(1.day());
        let over = over.take_while(|day| *day < first_kept(self.on).min(self.on));
        let over = over.take(usize::try_from(DAYS_KEPT).unwrap_or(usize::MAX));
        records.extend(
            over.map(|day| StateWrite {
                key: day_key(&self.tenant, &self.target, day),
                value: None,
            }),
        );
        records
    }
}

/// The key of a day.
pub fn day_key(tenant: &TenantName, target: &TargetName, day: Date) -> String {
    format!("day:{tenant}:{target}:{day}")
}

/// Which accounts were used lately, by digests of their names: the rows themselves are written and let go.
#[derive(Debug, Default)]
pub(super) struct Used {
    accounts: Vec<[u64; 2]>,
    seen: Option<u64>,
}

impl Used {
    /// An account, by the two names that devices know.
    pub(super) fn note(&mut self, listed: &ListedAccount) {
        let name = |name: &AttributeName| {
            let value = listed.account.attributes.get(name);
            digest(&value.map(Value::to_text).unwrap_or_default())
        };
        self.accounts.push([name(&AttributeName::USER_NAME), name(&AttributeName::WORK_EMAIL)]);
    }

    /// All that devices tell has come.
    pub(super) fn count(&mut self, rows: &[super::Row], now: Timestamp) {
        let devices = rows.iter().filter_map(|row| match row {
            super::Row::Found(Found::Device(device)) => Some(device),
            _no_device => None,
        });
        let (mut all, mut lately) = (HashSet::new(), HashSet::new());
        for device in devices {
            all.insert(digest(&device.user));
            if now.duration_since(device.seen) <= SEEN_WITHIN {
                lately.insert(digest(&device.user));
            }
        }
        let names: HashSet<u64> = self.accounts.iter().flatten().copied().collect();
        // A tenant may hide who its users are: then nobody would seem to have been seen.
        let known = all.intersection(&names).count();
        let is_told = !all.is_empty() && known * 2 >= all.len();
        let is_seen = |names: &&[u64; 2]| names.iter().any(|name| lately.contains(name));
        let seen = self.accounts.iter().filter(is_seen).count() as u64;
        self.seen = is_told.then_some(seen);
    }

    /// How many, if the list of devices was read whole.
    pub(super) fn seen(
        &self,
        taken: &std::collections::BTreeMap<Scope, ScopeTaken>,
    ) -> Option<u64> {
        let is_whole = taken.get(&Scope::Devices).is_some_and(ScopeTaken::is_whole);
        self.seen.filter(|_| is_whole)
    }
}

/// Of a name as people read it; of none, one that no device has.
fn digest(name: &str) -> u64 {
    let name = name.trim().to_lowercase();
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
