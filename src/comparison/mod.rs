//! Lists, accounts and what usher knows of a tenant, compared by the owner of its shard now and then.
//!
//! It reads files and Kafka, and writes nothing itself: what is to be told and remembered is handed to the
//! shard, which writes it in its own transaction. No target is called.

pub mod lists;

use crate::config::tenants::people_list::PeopleList;
use crate::config::{KafkaSettings, Loaded, Tenant};
use crate::engine::record::{self, Kept};
use crate::engine::{Compared, Unreadable};
use crate::inventory::{Keeper, Unfit};
use crate::kafka::look::{self, From, Look, Span, Until};
use crate::model::code::Code;
use crate::model::ids::{ShardNumber, TargetName, TenantName};
use crate::model::{RawRecord, Zone};
use crate::reconcile::{
    self, Authority, Inventory, Kind, KnownPeople, List, Memory, Question, Settings, Signs,
};
use crate::tenants;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::path::PathBuf;

use lists::Taken;

const ADVICE: &str = "run `usher init`";

/// What is compared for a tenant, and how often.
#[derive(Debug)]
pub struct Comparison {
    pub tenant: TenantName,
    pub every: SignedDuration,
    lists: Vec<ListFile>,
    exceptions: Option<PathBuf>,
    zone: TimeZone,
    settings: Settings,
    targets: Vec<(TargetName, Signs)>,
}

#[derive(Debug)]
struct ListFile {
    name: &'static str,
    of: Authority,
    list: PeopleList,
    file: PathBuf,
}

/// What came of a comparison.
#[derive(Debug)]
pub struct Outcome {
    pub tenant: TenantName,
    pub compared: Compared,
    /// How many findings of each kind, without those that are excepted.
    pub kinds: BTreeMap<Kind, u64>,
    /// From what nothing was concluded.
    pub unconcluded: Vec<(Code, String)>,
    /// Lists that were not taken.
    pub refused: u64,
    /// When each target's accounts were last read whole.
    pub read_at: Vec<(TargetName, Timestamp)>,
    pub at: Timestamp,
}

/// Why nothing was compared.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Files(#[from] tenants::Error),
    #[error(transparent)]
    Look(#[from] look::Error),
    #[error(transparent)]
    Inventory(#[from] Unfit),
    #[error(transparent)]
    People(#[from] Unreadable),
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::Files(error) => error.code(),
            Self::Look(error) => error.code(),
            Self::Inventory(_) => Code::InventoryUnfit,
            Self::People(_) => Code::ShardUnreadable,
        }
    }
}

impl Comparison {
    /// What the configuration says; `None`: the worker compares nothing for the tenant.
    pub fn of(loaded: &Loaded, tenant: &Tenant) -> Option<Self> {
        let every = tenant.reconcile.every.filter(|_| tenant.roster.is_some())?;
        let lists = lists::configured(tenant).map(|(name, of, list)| ListFile {
            name,
            of,
            list: list.clone(),
            file: loaded.resolve(&list.file),
        });
        Some(Self {
            tenant: TenantName::new(&tenant.name),
            every,
            lists: lists.collect(),
            exceptions: tenant.exceptions.as_ref().map(|file| loaded.resolve(file)),
            zone: zone_of(tenant),
            settings: tenant.comparison(),
            targets: targets_of(tenant),
        })
    }

    /// Compares once. Blocks.
    pub fn make(
        &self,
        kafka: &KafkaSettings,
        shard: ShardNumber,
        now: Timestamp,
    ) -> Result<Outcome, Error> {
        let look = Look::open_for(kafka, shard)?;
        let keeper = keeper(&look, &kafka.topics.inventory, shard)?;
        let memory = Memory::of(&keeper, &self.tenant)?;
        let taken = self.read_lists(&memory, now)?;
        let known = self.known(&look, &kafka.topics.people, shard, now)?;
        let inventories = inventories_of(&keeper, &self.tenant, &self.targets, now)?;
        let today = self.zone.to_datetime(now).date();
        let exceptions =
            tenants::exceptions_in(self.exceptions.as_deref(), self.tenant.as_str(), today)?;
        let lists: Vec<List<'_>> = taken.iter().map(Taken::lent).collect();
        let findings = reconcile::compare(&Question {
            now,
            today,
            lists: &lists,
            known: &known,
            inventories: &inventories,
            exceptions: exceptions.as_ref(),
            history: &memory.history,
            settings: &self.settings,
        });
        let (events, after) = reconcile::tell(&findings, &self.tenant, &memory, now);
        let mut kinds: BTreeMap<Kind, u64> = Kind::ALL.into_iter().map(|kind| (kind, 0)).collect();
        // An exception is somebody's word that it is as it should be.
        for finding in findings.all.iter().filter(|it| !it.is_excepted()) {
            *kinds.entry(finding.kind).or_default() += 1;
        }
        let unconcluded = findings.unconcluded.iter();
        Ok(Outcome {
            tenant: self.tenant.clone(),
            compared: Compared { memory: after.records(&self.tenant, &memory), events },
            kinds,
            unconcluded: unconcluded.map(|one| (one.code(), one.to_string())).collect(),
            refused: taken.iter().filter(|list| list.roster.is_err()).count() as u64,
            read_at: self.read_at(&keeper)?,
            at: now,
        })
    }

    fn read_lists(&self, memory: &Memory, now: Timestamp) -> Result<Vec<Taken>, Error> {
        let mut taken = Vec::new();
        for ListFile { name, of, list, file } in &self.lists {
            let reading = lists::Reading { list, file, expect: &list.expect, now };
            let roster = reading.read(memory.census.get(*name))?;
            taken.push(Taken { name, of: *of, roster });
        }
        Ok(taken)
    }

    /// Everybody, as they were last committed.
    fn known(
        &self,
        look: &Look,
        topic: &str,
        shard: ShardNumber,
        now: Timestamp,
    ) -> Result<KnownPeople, Error> {
        let prefix = format!("{}/", self.tenant);
        let mut people: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let span = look.span(topic, shard.0, From::Earliest, Until::Now)?;
        look.read(&[span], |record: RawRecord| {
            let key = record.key.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
            if key.starts_with(&prefix) {
                match record.value {
                    Some(value) => people.insert(key.into_owned(), value),
                    None => people.remove(&*key),
                };
            }
            Ok::<_, Error>(())
        })?;
        let mut known = KnownPeople::default();
        for (key, value) in &people {
            match record::decode::<Kept>(key, value) {
                Ok(kept) => known.add_kept(&kept, now),
                // An account might be theirs: nobody is blamed while that is so.
                Err(_) => known.add_unread(),
            }
        }
        Ok(known)
    }

    /// When each target was last read as a whole, if it ever was.
    fn read_at(&self, keeper: &Keeper) -> Result<Vec<(TargetName, Timestamp)>, Error> {
        let heads = keeper.heads()?.into_iter().filter(|(of, _, _)| *of == self.tenant);
        let read = heads.filter_map(|(_, target, head)| Some((target, head.complete?.ended)));
        Ok(read.collect())
    }
}

/// The targets of a tenant, with what tells machines and administrators there.
pub fn targets_of(tenant: &Tenant) -> Vec<(TargetName, Signs)> {
    let targets = tenant.targets.iter();
    targets.map(|target| (TargetName::new(&target.name), tenant.signs(target))).collect()
}

/// What those targets had when they were last read. One that cannot be understood is an error: that it has
/// nothing would be a guess.
pub fn inventories_of(
    keeper: &Keeper,
    tenant: &TenantName,
    targets: &[(TargetName, Signs)],
    now: Timestamp,
) -> Result<Vec<Inventory>, Unfit> {
    let heads = keeper.heads()?;
    let mut all = Vec::new();
    for (target, signs) in targets {
        let mut theirs = heads.iter().filter(|(of, at, _)| of == tenant && at == target);
        let head = theirs.next().map(|(_, _, head)| head);
        let listed = match keeper.inventory(tenant, target) {
            Err(unfit @ (Unfit::Newer(_) | Unfit::Unreadable(_))) => return Err(unfit),
            listed => listed,
        };
        all.push(Inventory::of(target, head, listed.as_ref(), signs, now));
    }
    Ok(all)
}

/// The zone in which the days of a tenant begin.
pub fn zone_of(tenant: &Tenant) -> TimeZone {
    let zone = tenant.time_zone.as_ref().map(Zone::to_string);
    let zone = zone.and_then(|zone| TimeZoneDatabase::bundled().get(&zone).ok());
    zone.unwrap_or(TimeZone::UTC)
}

/// What lies in the shard's partition of the topic of inventories.
fn keeper(look: &Look, topic: &str, shard: ShardNumber) -> Result<Keeper, Error> {
    look.partitions(topic, ADVICE)?;
    let span: Span = look.span(topic, shard.0, From::Earliest, Until::Now)?;
    let mut keeper = Keeper::default();
    look.read(&[span], |record: RawRecord| {
        if let Some(key) = record.key.as_deref() {
            keeper.take(&String::from_utf8_lossy(key), record.value.as_deref());
        }
        Ok::<_, Error>(())
    })?;
    Ok(keeper)
}
