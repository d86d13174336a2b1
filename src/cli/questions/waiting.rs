//! What waits, and what is paused, read from Kafka.

use super::super::{Error as CliError, properties, runtime};
use super::time::Zone;
use super::{Error, people};
use crate::config::{self, KafkaSettings, Loaded};
use crate::decode::SourceSettings;
use crate::engine::Unreadable;
use crate::engine::brakes::halt::PauseOrder;
use crate::engine::brakes::protect::Protected;
use crate::engine::brakes::removals::RemovalStop;
use crate::engine::orders::{Orders, OrdersRecord};
use crate::engine::record::{self, Aside, Kept, ORDERS_KEY};
use crate::kafka::clients::reach;
use crate::kafka::look::{From, Look, Until};
use crate::kafka::recorded;
use crate::model::ids::{RuleName, ShardNumber, TargetName, TenantName};
use crate::model::{Deployment, RawRecord};
use crate::rules::RuleSet;
use crate::tenants;
use crate::view::Target;
use crate::view::held::{Filter, Held};
use crate::view::status::Place;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A deployment as far as it is asked what waits; no rule and no token is read.
pub(in super::super) struct Waiting {
    loaded: Loaded,
    kafka: KafkaSettings,
    look: Look,
}

impl Waiting {
    /// Reaches Kafka.
    pub(in super::super) fn open(file: &Path) -> Result<Self, CliError> {
        let loaded = config::load(file)?;
        let kafka = loaded.kafka();
        properties::check(&kafka)?;
        runtime()?.block_on(reach::reach(&kafka)).map_err(Error::from)?;
        let look = Look::open(&kafka).map_err(Error::from)?;
        Ok(Self { loaded, kafka, look })
    }

    pub(in super::super) fn kafka(&self) -> &KafkaSettings {
        &self.kafka
    }

    pub(in super::super) fn look(&self) -> &Look {
        &self.look
    }

    /// The tenant of that name; all, if none is named.
    pub(in super::super) fn tenants(
        &self,
        name: Option<&str>,
    ) -> Result<Vec<TenantName>, CliError> {
        let tenants = &self.loaded.settings.tenants;
        let chosen = match name {
            Some(_) => {
                let index = super::pick(tenants, name)?;
                tenants.get(index..=index).unwrap_or_default()
            }
            None => tenants.as_slice(),
        };
        Ok(chosen.iter().map(|tenant| TenantName::new(&tenant.name)).collect())
    }

    /// The tenant of that name, or the only one.
    pub(in super::super) fn tenant(&self, name: Option<&str>) -> Result<TenantName, CliError> {
        let tenants = &self.loaded.settings.tenants;
        let index = super::pick(tenants, name)?;
        let tenant = tenants.get(index).ok_or(Error::SeveralTenants { known: Vec::new() })?;
        Ok(TenantName::new(&tenant.name))
    }

    pub(in super::super) fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// What the configuration says of a tenant.
    pub(in super::super) fn settings_of(
        &self,
        tenant: &TenantName,
    ) -> Result<&config::Tenant, CliError> {
        let mut tenants = self.loaded.settings.tenants.iter();
        let found = tenants.find(|it| it.name == tenant.as_str());
        Ok(found.ok_or(Error::SeveralTenants { known: Vec::new() })?)
    }

    /// The zone that was asked for, else the tenant's own.
    pub(in super::super) fn zone(
        &self,
        tenant: &TenantName,
        asked: Option<&str>,
    ) -> Result<Zone, CliError> {
        let own = self.settings_of(tenant)?.time_zone.as_ref().map(ToString::to_string);
        Ok(Zone::named(asked.or(own.as_deref())).map_err(Error::from)?)
    }

    /// Everybody of a tenant, as they were last committed, and who is set aside.
    pub(in super::super) fn everybody(
        &self,
        tenant: &TenantName,
    ) -> Result<(Vec<Kept>, Vec<Aside>), CliError> {
        self.each(tenant, |kept| vec![kept.clone()])
    }

    /// A name that no target has would find nothing, and nobody would know why.
    pub(in super::super) fn knows_target(
        &self,
        tenants: &[TenantName],
        name: Option<&TargetName>,
    ) -> Result<(), CliError> {
        let Some(name) = name else { return Ok(()) };
        let all = self.loaded.settings.tenants.iter();
        let chosen = all.filter(|it| tenants.iter().any(|name| name.as_str() == it.name));
        let known: Vec<String> =
            chosen.flat_map(|tenant| &tenant.targets).map(|target| target.name.clone()).collect();
        if known.iter().any(|known| known == name.as_str()) {
            return Ok(());
        }
        Err(Error::NoSuchTarget { name: name.to_string(), known }.into())
    }

    /// The targets of a tenant.
    pub(in super::super) fn targets(&self, tenant: &TenantName) -> Vec<Target> {
        let all = self.loaded.settings.tenants.iter();
        let theirs = all.filter(|it| tenant.as_str() == it.name).flat_map(|it| &it.targets);
        let target = |it: &config::Target| Target {
            name: TargetName::new(&it.name),
            restricting: it.restricting_groups.clone(),
        };
        theirs.map(target).collect()
    }

    /// Whether a rule of the tenant has this name today.
    pub(in super::super) fn has_rule(
        &self,
        tenant: &TenantName,
        rule: &RuleName,
    ) -> Result<bool, CliError> {
        Ok(self.rules(tenant)?.hash_of(rule).is_some())
    }

    /// How old a record may be that is read again.
    pub(in super::super) fn replay_horizon(&self) -> SignedDuration {
        self.loaded.settings.engine.replay_horizon
    }

    /// The rules of a tenant, as they are today.
    pub(in super::super) fn rules(&self, tenant: &TenantName) -> Result<RuleSet, CliError> {
        let tenant = self.settings_of(tenant)?;
        Ok(tenants::rules_of(&self.loaded, tenant, &[])?)
    }

    /// What the records of each input topic are read as.
    pub(in super::super) fn sources(&self) -> BTreeMap<String, SourceSettings> {
        let tenants = self.loaded.settings.tenants.iter();
        let sources = tenants.flat_map(config::Tenant::sources_in_their_zones);
        sources.map(|source| (source.topic.clone(), source)).collect()
    }

    /// Whom a tenant protects.
    pub(in super::super) fn protected(&self, tenant: &TenantName) -> Protected {
        let mut all = self.loaded.settings.tenants.iter();
        let own = all.find(|it| tenant.as_str() == it.name);
        own.map(|it| it.protected.settings()).unwrap_or_default()
    }

    /// How many shards there are.
    pub(in super::super) fn shards(&self) -> Result<i32, CliError> {
        let topic = &self.kafka.topics.people;
        Ok(self.look.partitions(topic, people::ADVICE).map_err(Error::from)?)
    }

    /// The deployment that commands are for.
    pub(in super::super) fn deployment(&self) -> Result<Deployment, CliError> {
        let (topic, shards) = (&self.kafka.topics.people, self.shards()?);
        let written = recorded::read_by(&self.look, topic, shards).map_err(Error::from)?;
        Ok(written.unwrap_or_else(|| Deployment::of(topic, shards)))
    }

    /// Rows that are meant, and all pauses that the tenants' shards keep.
    pub(in super::super) fn held(
        &self,
        tenants: &[TenantName],
        filter: &Filter,
        now: Timestamp,
    ) -> Result<Held, CliError> {
        let (mut rows, mut orders) = (BTreeMap::new(), BTreeMap::new());
        let mut aside = BTreeMap::new();
        self.each_record(tenants, |shard, key, value| {
            if key == ORDERS_KEY {
                orders.insert(shard, value);
            } else if let Some(whose) = tenant_of(&key)
                && tenants.iter().any(|tenant| tenant.as_str() == whose)
            {
                rows.remove(&key);
                if let Some(kept) = people::kept_or_aside(&key, value.as_deref(), &mut aside)? {
                    rows.insert(key, filter.rows(&kept, now));
                }
            }
            Ok(())
        })?;
        let rows = rows.into_values().flatten().collect();
        let (mut pauses, mut stops, mut crashing) = (Vec::new(), Vec::new(), Vec::new());
        for value in orders.into_values().flatten() {
            let kept: OrdersRecord = record::decode(ORDERS_KEY, &value)?;
            let mut orders = Orders::default();
            orders.restore(kept);
            let concerns =
                |it: &&PauseOrder| it.tenant.as_ref().is_none_or(|it| tenants.contains(it));
            pauses.extend(orders.pauses().iter().filter(concerns).cloned());
            let theirs = |it: &&RemovalStop| tenants.contains(&it.tenant);
            stops.extend(orders.stops().iter().filter(theirs).cloned());
            crashing
                .extend(orders.aside().iter().filter(|it| tenants.contains(&it.tenant)).cloned());
        }
        let aside = aside.into_values().chain(crashing).collect();
        Ok(Held::new(rows, pauses).with_stops(stops).with_aside(aside))
    }

    /// What is made of each person of a tenant, as they were last committed.
    pub(in super::super) fn each_person<T>(
        &self,
        tenant: &TenantName,
        of: impl Fn(&Kept) -> Vec<T>,
    ) -> Result<Vec<T>, CliError> {
        let (made, aside) = self.each(tenant, of)?;
        people::warn(&aside);
        Ok(made)
    }

    /// The same, and who is set aside.
    fn each<T>(
        &self,
        tenant: &TenantName,
        of: impl Fn(&Kept) -> Vec<T>,
    ) -> Result<(Vec<T>, Vec<Aside>), CliError> {
        let mut by_key: BTreeMap<String, Vec<T>> = BTreeMap::new();
        let aside = people::each(&self.look, &self.kafka, tenant, |key, kept| {
            let made = kept.as_ref().map(&of).unwrap_or_default();
            if made.is_empty() {
                by_key.remove(&key);
            } else {
                by_key.insert(key, made);
            }
        })?;
        Ok((by_key.into_values().flatten().collect(), aside))
    }

    /// Every record of the tenants' shards, once; of each shard oldest first, so that the last of a key
    /// counts. Keys of other tenants of a shard come along.
    pub(in super::super) fn each_record(
        &self,
        tenants: &[TenantName],
        mut take: impl FnMut(ShardNumber, String, Option<Vec<u8>>) -> Result<(), Unreadable>,
    ) -> Result<(), CliError> {
        let topic = &self.kafka.topics.people;
        let count = self.shards()?;
        let shards: BTreeSet<i32> =
            tenants.iter().map(|tenant| ShardNumber::of(tenant, count).0).collect();
        let span = |shard| self.look.span(topic, shard, From::Earliest, Until::Now);
        let spans = shards.into_iter().map(span).collect::<Result<Vec<_>, _>>();
        self.look.read(&spans.map_err(Error::from)?, |record: RawRecord| {
            let key = record.key.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
            Ok::<_, Error>(take(ShardNumber(record.partition), key.into_owned(), record.value)?)
        })?;
        Ok(())
    }

    /// The targets of these tenants, as they are configured.
    pub(in super::super) fn places(&self, tenants: &[TenantName]) -> Vec<Place> {
        let all = self.loaded.settings.tenants.iter();
        let chosen = all.filter(|it| tenants.iter().any(|name| name.as_str() == it.name));
        let targets = chosen.flat_map(|tenant| tenant.targets.iter().map(move |it| (tenant, it)));
        let place = |(tenant, target): (&config::Tenant, &config::Target)| Place {
            tenant: TenantName::new(&tenant.name),
            target: TargetName::new(&target.name),
            formerly: target.formerly.iter().map(TargetName::new).collect(),
            limits: target.limits(),
            token_expires: target.token_expires,
        };
        targets.map(place).collect()
    }
}

/// Whose person a record is about; `None`: it is about nobody.
fn tenant_of(key: &str) -> Option<&str> {
    key.split_once('/').map(|(tenant, _)| tenant)
}
