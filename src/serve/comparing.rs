//! Lists, accounts and what usher knows, compared for the pages: the same as `usher reconcile` prints.
//!
//! A comparison reads everybody's record, so it is made when a page asks and the last is old, one at a
//! time. What is kept of it names nobody: ids, kinds and reasons.

use super::Site;
use super::memory::{Known, Place, Topic};
use super::pages::listing;
use crate::comparison::lists::{Taken, lists_of};
use crate::comparison::{inventories_of, targets_of, zone_of};
use crate::config::{KafkaSettings, Loaded};
use crate::engine::record::Kept;
use crate::engine::will::wish;
use crate::inventory::{self, Keeper};
use crate::kafka::look::{self, From, Look, Until};
use crate::model::RawRecord;
use crate::model::code::Code;
use crate::model::ids::{PersonId, ScimId, ShardNumber, TargetName, TenantName};
use crate::model::wish::Presence;
use crate::reconcile::{
    Amount, Exceptions, ExceptionsRefused, Findings, Kind, KnownPeople, List, Memory, Per,
    Proposed, Question, Row, SeatsUsed, compare,
};
use crate::tenants;
use crate::view::because::because;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;

/// Findings that are kept of a tenant.
const ROWS_MOST: usize = 5_000;

/// So many turns of somebody are followed to see when their account goes.
const TURNS_MOST: usize = 16;

const ADVICE: &str = "run `usher init`";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Look(#[from] look::Error),
    #[error(transparent)]
    Tenants(#[from] tenants::Error),
    #[error(transparent)]
    Inventory(#[from] inventory::Unfit),
    #[error("the comparing thread has crashed")]
    Crashed,
}

/// What was found, without names.
#[derive(Debug)]
pub struct Compared {
    pub at: Timestamp,
    pub rows: Vec<Found>,
    /// Further ones that there was no room for.
    pub more: usize,
    pub seats: Vec<SeatsUsed>,
    /// Why about something nothing is concluded.
    pub unconcluded: Vec<(Code, String)>,
    /// How many accounts go on which day, if nothing changes, by target.
    pub frees: BTreeMap<TargetName, BTreeMap<Date, usize>>,
}

/// Policies of a file, or why they cannot be read.
pub type Exported = Result<tenants::Imported, tenants::Error>;

/// One finding.
#[derive(Debug)]
pub struct Found {
    pub target: Option<TargetName>,
    pub kind: Kind,
    pub account: Option<ScimId>,
    pub active: Option<bool>,
    pub person: Option<PersonId>,
    pub because: String,
    pub first_seen: Timestamp,
    pub misses: u16,
    pub excepted_until: Option<Date>,
    /// Of one seat, if it takes one.
    pub cost: Option<(Amount, String, Per)>,
    pub proposed: Proposed,
}

/// The last comparison of each tenant.
pub struct Comparing {
    loaded: Loaded,
    every: SignedDuration,
    last: Mutex<BTreeMap<TenantName, Last>>,
    one_at_a_time: Arc<Semaphore>,
}

/// How far one is.
#[derive(Clone, Debug, Default)]
pub struct Last {
    pub compared: Option<Arc<Compared>>,
    pub is_under_way: bool,
    /// Why the last one came to nothing.
    pub failed: Option<(Timestamp, String)>,
}

impl fmt::Debug for Comparing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Comparing").field("every", &self.every).finish_non_exhaustive()
    }
}

impl Comparing {
    pub fn of(loaded: Loaded, every: SignedDuration) -> Self {
        let one_at_a_time = Arc::new(Semaphore::new(1));
        Self { loaded, every, last: Mutex::default(), one_at_a_time }
    }

    /// The policies that were exported to the file of a target, read anew; `None`: it names none.
    pub fn imported(&self, tenant: &TenantName, target: &TargetName) -> Option<Exported> {
        let mut tenants = self.loaded.settings.tenants.iter();
        let tenant = tenants.find(|it| it.name == tenant.as_str())?;
        let target = tenant.targets.iter().find(|it| it.name == target.as_str())?;
        tenants::policies_of(&self.loaded, tenant, target).transpose()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<TenantName, Last>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether another one is due, which it is until somebody says how it went.
    fn begins(&self, tenant: &TenantName, now: Timestamp) -> bool {
        let mut all = self.all();
        let last = all.entry(tenant.clone()).or_default();
        let tried = last.failed.as_ref().map(|(at, _)| *at);
        let tried = tried.max(last.compared.as_ref().map(|it| it.at));
        let is_due = tried.is_none_or(|at| now.duration_since(at) >= self.every);
        let begins = is_due && !last.is_under_way;
        last.is_under_way |= begins;
        begins
    }

    fn ended(&self, tenant: &TenantName, how: Result<Compared, Error>, now: Timestamp) {
        let mut all = self.all();
        let last = all.entry(tenant.clone()).or_default();
        last.is_under_way = false;
        match how {
            Ok(compared) => {
                last.compared = Some(Arc::new(compared));
                last.failed = None;
            }
            Err(error) => last.failed = Some((now, crate::observe::chain(&error))),
        }
    }
}

impl Site {
    /// The last comparison; another one begins if that is old, and pages are told when it is there.
    pub fn compared(self: &Arc<Self>, tenant: &TenantName, now: Timestamp) -> Last {
        let known = self.memory.known();
        // Where everybody's record lies is gathered for a comparison that begins, and for no other.
        let is_heard = Everybody::are_heard(&known).is_some();
        let begins = is_heard && self.comparing.begins(tenant, now);
        let everybody = if begins { Everybody::of(&known, tenant) } else { None };
        drop(known);
        if let Some(everybody) = everybody {
            let (site, tenant) = (Arc::clone(self), tenant.clone());
            self.shutdown.spawn(async move {
                let _permit = Arc::clone(&site.comparing.one_at_a_time).acquire_owned().await;
                let (this, name) = (Arc::clone(&site), tenant.clone());
                let made = tokio::task::spawn_blocking(move || {
                    let kafka = &this.deployment.kafka;
                    of_tenant(&this.comparing.loaded, kafka, (&name, everybody), now)
                });
                let made = made.await.unwrap_or(Err(Error::Crashed));
                site.comparing.ended(&tenant, made, site.clock.now());
                site.memory.hear(|_something_is_new| {});
            });
        }
        self.comparing.all().get(tenant).cloned().unwrap_or_default()
    }
}

/// Reads all that is compared, and compares it. Blocks.
fn of_tenant(
    loaded: &Loaded,
    kafka: &KafkaSettings,
    (name, everybody): (&TenantName, Everybody),
    now: Timestamp,
) -> Result<Compared, Error> {
    let mut tenants = loaded.settings.tenants.iter();
    let tenant = tenants.find(|it| it.name == name.as_str()).ok_or(Error::Crashed)?;
    let zone = zone_of(tenant);
    let today = zone.to_datetime(now).date();
    let look = Look::open(kafka)?;
    let (known, frees) = people(&look, kafka, (everybody, &zone), now)?;
    let keeper = inventory_of(&look, kafka)?;
    let inventories = inventories_of(&keeper, name, &targets_of(tenant), now)?;
    let memory = Memory::of(&keeper, name)?;
    let taken = lists_of(loaded, tenant, now, |name| memory.census.get(name))?;
    let lists: Vec<List<'_>> = taken.iter().map(Taken::lent).collect();
    let exceptions = tenants::exceptions_of(loaded, tenant, today)?;
    let exceptions: Result<&Exceptions, &ExceptionsRefused> = exceptions.as_ref();
    let settings = tenant.comparison();
    let findings = compare(&Question {
        now,
        today,
        lists: &lists,
        known: &known,
        inventories: &inventories,
        exceptions,
        history: &memory.history,
        settings: &settings,
    });
    Ok(Compared::of(&findings, frees, now))
}

impl Compared {
    fn of(
        findings: &Findings<'_>,
        frees: BTreeMap<TargetName, BTreeMap<Date, usize>>,
        now: Timestamp,
    ) -> Self {
        let rows = findings.all.iter().take(ROWS_MOST);
        Self {
            at: now,
            rows: rows.map(|finding| Found::of(&findings.row(finding))).collect(),
            more: findings.all.len().saturating_sub(ROWS_MOST),
            seats: findings.seats.clone(),
            unconcluded: findings
                .unconcluded
                .iter()
                .map(|why| (why.code(), why.to_string()))
                .collect(),
            frees,
        }
    }
}

impl Found {
    fn of(row: &Row<'_>) -> Self {
        let cost = row.cost.zip(row.currency).zip(row.per);
        Self {
            target: row.target.cloned(),
            kind: row.finding,
            account: row.account.map(ScimId::new),
            active: row.active,
            person: row.person.cloned(),
            because: because(row.evidence, &row.lists),
            first_seen: row.first_seen,
            misses: row.misses,
            excepted_until: row.exception.map(|it| it.until),
            cost: cost.map(|((cost, currency), per)| (cost, currency.to_owned(), per)),
            proposed: row.proposed,
        }
    }
}

type Frees = BTreeMap<TargetName, BTreeMap<Date, usize>>;

/// Where everybody's record lies.
struct Everybody {
    shard: ShardNumber,
    places: BTreeSet<Place>,
    /// Of how many nobody can read theirs.
    aside: usize,
}

impl Everybody {
    /// In how many shards; `None`: not all of them were heard yet.
    fn are_heard(known: &Known) -> Option<i32> {
        known.hearing.shards.filter(|_| known.hearing.is_whole(Topic::People))
    }

    fn of(known: &Known, tenant: &TenantName) -> Option<Self> {
        Some(Self {
            shard: ShardNumber::of(tenant, Self::are_heard(known)?),
            places: known.people.of(tenant).map(|entry| entry.place).collect(),
            aside: known.people.aside(tenant).count(),
        })
    }
}

/// Everybody of the tenant, and on which days their accounts go.
fn people(
    look: &Look,
    kafka: &KafkaSettings,
    (everybody, zone): (Everybody, &TimeZone),
    now: Timestamp,
) -> Result<(KnownPeople, Frees), Error> {
    let topic = &kafka.topics.people;
    let span = look.span(topic, everybody.shard.0, From::Earliest, Until::Now)?;
    let (mut known, mut frees) = (KnownPeople::default(), Frees::new());
    let mut left = everybody.places;
    look.read::<Error>(&[span], |record: RawRecord| {
        // Of each key only the last counts, and where that lies is known.
        let place = Place { partition: record.partition, offset: record.offset };
        if left.remove(&place) {
            match listing::kept(&record) {
                Some(kept) => {
                    known.add_kept(&kept, now);
                    for (target, at) in goes(&kept, now) {
                        let day = zone.to_datetime(at).date();
                        *frees.entry(target).or_default().entry(day).or_default() += 1;
                    }
                }
                None => known.add_unread(),
            }
        }
        Ok(())
    })?;
    // Whoever has changed meanwhile is not read: then nobody is blamed, and the next comparison tells.
    for _ in 0..left.len() + everybody.aside {
        known.add_unread();
    }
    Ok((known, frees))
}

/// When each account of somebody goes, by what is known today.
fn goes(kept: &Kept, now: Timestamp) -> Vec<(TargetName, Timestamp)> {
    let mut goes = Vec::new();
    for (target, seat) in &kept.seats {
        if seat.account().is_none() {
            continue;
        }
        let is_gone = |at| {
            let nothing = BTreeSet::new();
            let asked = wish::asked(&kept.person, target, &nothing, &seat.baseline, at);
            asked.wish.account == Some(Presence::Absent)
        };
        let turns = std::iter::successors(Some(now), |at| wish::next_edge(&kept.person, *at));
        goes.extend(turns.take(TURNS_MOST).find(|at| is_gone(*at)).map(|at| (target.clone(), at)));
    }
    goes
}

/// What the topic of inventories holds.
fn inventory_of(look: &Look, kafka: &KafkaSettings) -> Result<Keeper, Error> {
    let topic = &kafka.topics.inventory;
    let count = look.partitions(topic, ADVICE)?;
    let span = |partition| look.span(topic, partition, From::Earliest, Until::Now);
    let spans = (0..count).map(span).collect::<Result<Vec<_>, _>>()?;
    let mut keeper = Keeper::default();
    look.read::<Error>(&spans, |record: RawRecord| {
        if let Some(key) = record.key.as_deref() {
            keeper.take(&String::from_utf8_lossy(key), record.value.as_deref());
        }
        Ok(())
    })?;
    Ok(keeper)
}
