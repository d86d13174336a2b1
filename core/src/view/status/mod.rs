//! Whether anything waits for somebody, on one screen.
//!
//! Records come in as they were committed, each partition in its order, and the last of a key counts. What is
//! said here is what every operator would be told, whichever replica is asked.

mod lately;
mod tokens;

use super::held::{Filter, Row};
use super::tries::{Unsettled, unsettled};
use crate::engine::Unreadable;
use crate::engine::brakes::counters::{Counters, Window};
use crate::engine::brakes::figures::VerdictWord;
use crate::engine::brakes::halt::PauseOrder;
use crate::engine::brakes::kind::LimitKind;
use crate::engine::brakes::limits::Limits;
use crate::engine::orders::{Orders, OrdersRecord};
use crate::engine::record::{
    self, COUNTERS_KEY, Counted, Kept, ORDERS_KEY, SHARD_KEY, SURVEY_KEY, Surveyed,
};
use crate::engine::state::ShardRecord;
use crate::inventory::Head;
use crate::model::code::WrittenCode;
use crate::model::ids::{ScimId, ShardNumber, TargetName, TenantName};
use jiff::Timestamp;
pub use lately::{Lately, Recurring, Told};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
pub use tokens::TokenEnd;

/// A target as it is configured.
#[derive(Clone, Debug)]
pub struct Place {
    pub tenant: TenantName,
    pub target: TargetName,
    /// Names that it had before.
    pub formerly: Vec<TargetName>,
    pub limits: Limits,
    /// When its token ends, where that is configured.
    pub token_expires: Option<Timestamp>,
}

/// What a deployment has committed, as far as it tells who is waited for.
#[derive(Debug)]
pub struct Gathered {
    now: Timestamp,
    places: Vec<Place>,
    tenants: BTreeSet<TenantName>,
    people: BTreeMap<String, Of>,
    counters: BTreeMap<(TenantName, TargetName), Counters>,
    pauses: BTreeMap<ShardNumber, Vec<PauseOrder>>,
    shards: BTreeMap<ShardNumber, ShardRecord>,
    /// How many there are, if that is known.
    count: Option<i32>,
    heads: BTreeMap<(TenantName, TargetName), Head>,
}

/// What is kept of one person.
#[derive(Debug, Default)]
struct Of {
    rows: Vec<Row>,
    unsettled: Vec<(TenantName, Unsettled)>,
    accounts: Vec<(TenantName, TargetName, ScimId)>,
}

/// One screen.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    pub at: Timestamp,
    /// Whether anything waits for somebody.
    pub waits: bool,
    /// What is held, gathered.
    pub held: Vec<HeldRows>,
    /// Pauses in force.
    pub pauses: Vec<PauseOrder>,
    /// People who cannot be done as things are.
    pub stuck: Vec<Stuck>,
    /// What of each limit is spent.
    pub limits: Vec<LimitSpent>,
    /// When tokens end, as far as that is known.
    pub tokens: Vec<TokenEnd>,
    /// What the audit and the parked records say of late.
    pub lately: Told,
    /// How far the shards have read, and when each wrote last.
    pub shards: Vec<ShardLine>,
    /// Shards of these tenants in which nothing was ever written. That nothing waits there says nothing:
    /// perhaps no worker has ever read their events.
    pub never_written: Vec<i32>,
}

/// Held rows that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldRows {
    pub tenant: TenantName,
    pub target: TargetName,
    pub code: WrittenCode,
    pub verdict: VerdictWord,
    /// Whether they wait for somebody: what is approved goes, what is rejected is asked about again when
    /// its time is over, and a legal hold ends at its source.
    pub waits: bool,
    pub rows: usize,
    pub people: usize,
    /// Since when the oldest of them waits.
    pub since: Timestamp,
    /// Of rejected ones: when the first of them is asked about again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// People who are stuck alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stuck {
    pub tenant: TenantName,
    pub target: TargetName,
    pub code: WrittenCode,
    pub people: usize,
    /// When the first of them is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again_at: Option<Timestamp>,
}

/// What of a limit is spent within one window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LimitSpent {
    pub tenant: TenantName,
    pub target: TargetName,
    pub kind: LimitKind,
    pub window: Window,
    pub spent: usize,
    /// Absent: there is no such limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// How many accounts usher has bound there, of which a percentage is taken.
    pub accounts: usize,
}

/// How a shard stands, as it was last committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShardLine {
    pub shard: i32,
    /// When it wrote last; a quiet one writes once a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<usize>,
    /// The next offset to decide, by topic and partition.
    pub next: BTreeMap<String, BTreeMap<i32, i64>>,
    /// How many records wait to be decided, at most, where that could be seen.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub behind: BTreeMap<String, i64>,
}

impl Gathered {
    /// Nothing yet of what these places are about. `tenants`: whose people are meant.
    pub fn of(tenants: &[TenantName], places: Vec<Place>, now: Timestamp) -> Self {
        Self {
            now,
            places,
            tenants: tenants.iter().cloned().collect(),
            people: BTreeMap::new(),
            counters: BTreeMap::new(),
            pauses: BTreeMap::new(),
            shards: BTreeMap::new(),
            count: None,
            heads: BTreeMap::new(),
        }
    }

    /// There are so many shards, whether or not each has written anything.
    #[must_use]
    pub fn of_shards(mut self, count: i32) -> Self {
        self.count = Some(count);
        self
    }

    /// Takes in a record of the state topic; `None`: it is gone.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn take(
        &mut self,
        shard: ShardNumber,
        key: &str,
        value: Option<&[u8]>,
    ) -> Result<(), Unreadable> {
        if key.contains('/') {
            let whose = key.split('/').next().unwrap_or_default();
            if !self.tenants.iter().any(|tenant| tenant.as_str() == whose) {
                return Ok(());
            }
            self.people.remove(key);
            if let Some(value) = value {
                let of = self.of_person(&record::decode(key, value)?);
                self.people.insert(key.to_owned(), of);
            }
            return Ok(());
        }
        let Some(value) = value else { return Ok(()) };
        if key == ORDERS_KEY {
            let kept: OrdersRecord = record::decode(key, value)?;
            let mut orders = Orders::default();
            orders.restore(kept);
            self.pauses.insert(shard, orders.pauses().to_vec());
        } else if key == SHARD_KEY {
            self.shards.insert(shard, record::decode(key, value)?);
        } else if key.starts_with(COUNTERS_KEY) {
            let Counted { tenant, target, counters } = record::decode(key, value)?;
            self.counters.insert((tenant, target), counters);
        } else if key.starts_with(SURVEY_KEY) {
            let Surveyed { tenant, target, head } = record::decode(key, value)?;
            self.heads.insert((tenant, target), head);
        }
        Ok(())
    }

    fn of_person(&self, kept: &Kept) -> Of {
        let tenant = &kept.person.tenant;
        let bound = kept.seats.iter().filter_map(|(target, seat)| {
            Some((tenant.clone(), target.clone(), seat.account()?.clone()))
        });
        let unsettled = unsettled(kept).into_iter().map(|one| (tenant.clone(), one));
        Of {
            rows: Filter::default().rows(kept, self.now),
            unsettled: unsettled.collect(),
            accounts: bound.collect(),
        }
    }

    /// What all that comes to.
    pub fn status(self, lately: Told) -> Status {
        let held = self.held();
        let stuck = self.stuck();
        let limits = self.places.iter().flat_map(|place| self.spent(place)).collect();
        let pauses = super::held::Held::new(Vec::new(), self.pauses_meant()).pauses().to_vec();
        let never_written = self.never_written();
        let tokens = tokens::ends(&self.places, &self.heads, self.now);
        let waits = !never_written.is_empty()
            || !pauses.is_empty()
            || tokens.iter().any(|token| token.is_near)
            || !stuck.is_empty()
            || !lately.parked.is_empty()
            || held.iter().any(|rows| rows.waits);
        let shards = self.shards.iter().map(|(number, record)| ShardLine::of(*number, record));
        let shards = shards.collect();
        Status {
            at: self.now,
            waits,
            held,
            pauses,
            stuck,
            limits,
            tokens,
            lately,
            shards,
            never_written,
        }
    }

    /// Every commit holds the record of its shard.
    fn never_written(&self) -> Vec<i32> {
        let Some(count) = self.count else { return Vec::new() };
        let meant = self.tenants.iter().map(|tenant| ShardNumber::of(tenant, count));
        let meant: BTreeSet<ShardNumber> = meant.collect();
        let is_silent = |number: &ShardNumber| !self.shards.contains_key(number);
        meant.into_iter().filter(is_silent).map(|number| number.0).collect()
    }

    fn pauses_meant(&self) -> impl Iterator<Item = PauseOrder> + '_ {
        let is_meant = |order: &&PauseOrder| {
            order.tenant.as_ref().is_none_or(|tenant| self.tenants.contains(tenant))
        };
        self.pauses.values().flatten().filter(is_meant).cloned()
    }

    fn held(&self) -> Vec<HeldRows> {
        let mut alike: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
        for row in self.people.values().flat_map(|of| &of.rows) {
            let key = (&row.tenant, &row.target, &row.code, row.verdict.word());
            alike.entry(key).or_default().push(row);
        }
        let gather = |((tenant, target, code, verdict), rows): (_, Vec<&Row>)| {
            let until = rows.iter().filter_map(|row| row.verdict.until()).min();
            let people: BTreeSet<_> = rows.iter().map(|row| &row.person).collect();
            let since = rows.iter().map(|row| row.since).min().unwrap_or(self.now);
            let (tenant, target): (&TenantName, &TargetName) = (tenant, target);
            HeldRows {
                tenant: tenant.clone(),
                target: target.clone(),
                code: WrittenCode::clone(code),
                verdict,
                waits: verdict.waits() && rows.iter().any(|row| row.released_by.is_by_somebody()),
                rows: rows.len(),
                people: people.len(),
                since,
                until,
            }
        };
        alike.into_iter().map(gather).collect()
    }

    fn stuck(&self) -> Vec<Stuck> {
        let mut alike: BTreeMap<_, (usize, Option<Timestamp>)> = BTreeMap::new();
        for (tenant, one) in self.people.values().flat_map(|of| &of.unsettled) {
            let Some(code) = &one.failed else { continue };
            let (people, again_at) = alike.entry((tenant, &one.target, code)).or_default();
            *people += 1;
            *again_at = again_at.iter().chain(&one.again_at).min().copied();
        }
        let gather = |((tenant, target, code), (people, again_at)): (_, _)| {
            let (tenant, target): (&TenantName, &TargetName) = (tenant, target);
            let code = WrittenCode::clone(code);
            Stuck { tenant: tenant.clone(), target: target.clone(), code, people, again_at }
        };
        alike.into_iter().map(gather).collect()
    }

    fn spent(&self, place: &Place) -> Vec<LimitSpent> {
        let names: Vec<&TargetName> =
            std::iter::once(&place.target).chain(&place.formerly).collect();
        let is_here = |tenant: &TenantName, target: &TargetName| {
            *tenant == place.tenant && names.contains(&target)
        };
        let bound = self.people.values().flat_map(|of| &of.accounts);
        let bound = bound.filter(|(tenant, target, _)| is_here(tenant, target));
        let accounts = bound.map(|(_, _, account)| account).collect::<BTreeSet<_>>().len();
        // What it was counted under last stands for it, as after a takeover.
        let counted =
            names.iter().find_map(|it| self.counters.get(&(place.tenant.clone(), (*it).clone())));
        let nothing = Counters::default();
        let counters = counted.unwrap_or(&nothing);
        let of_kind = |kind: LimitKind| {
            let limit = place.limits.kinds.get(&kind);
            let (in_hour, in_day) = counters.done(kind, self.now);
            [(Window::Hour, in_hour), (Window::Day, in_day)].map(|(window, spent)| LimitSpent {
                tenant: place.tenant.clone(),
                target: place.target.clone(),
                kind,
                window,
                spent,
                limit: limit.and_then(|it| it.within(window).of(kind, accounts)),
                accounts,
            })
        };
        LimitKind::ALL.into_iter().flat_map(of_kind).collect()
    }
}

impl Status {
    /// Whether nothing was ever written in any shard that was meant.
    pub fn is_untouched(&self) -> bool {
        self.shards.is_empty() && !self.never_written.is_empty()
    }
}

impl ShardLine {
    fn of(number: ShardNumber, record: &ShardRecord) -> Self {
        let topics = record.topics.iter();
        Self {
            shard: number.0,
            written_at: record.at,
            people: record.people,
            next: topics.map(|(topic, read)| (topic.clone(), read.next.clone())).collect(),
            behind: BTreeMap::new(),
        }
    }
}
