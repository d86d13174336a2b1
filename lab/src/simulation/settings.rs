//! What one simulated world is made of: times, tenants, targets, and which protection is missing.

use super::Protection;
use super::chance::Chance;
use super::clocks::{JUMPS, SKEW};
use super::company::{Company, topics};
use super::fact::Person;
use super::limits::Guards;
use super::orders::CONTROL;
use super::provider::Provider;
use super::rules::{self, QUARANTINE, VPN};
use super::whose::settle_bystanders;
use crate::decode::SourceSettings;
use crate::engine::brakes::protect::Protected;
use crate::engine::settings::{
    Approvals, Mode, Quota, ShardSettings, TargetSettings, TenantSettings, Timing,
};
use crate::model::{
    AttributeName, GroupName, Outcome, Reply, ShardNumber, TargetName, TenantName, Value,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The target that is written to.
pub const ENFORCED: &str = "main";
/// The target that is only looked at.
pub const OBSERVED: &str = "shadow";

/// Everything about a world that does not change while it runs.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Clone, Debug)]
pub struct WorldSettings {
    pub start: Timestamp,
    /// No event is written after this.
    pub events_end: Timestamp,
    /// Nothing goes wrong after this.
    pub faults_end: Timestamp,
    /// Whether leavers' accounts become due for deletion.
    pub deletes: bool,
    pub observes: bool,
    /// Whether usher may make groups.
    pub creates_groups: bool,
    /// How often all that a target has is read.
    pub inventory_every: Option<SignedDuration>,
    /// Whether replicas' clocks differ.
    pub skews: bool,
    pub concurrency: usize,
    pub calls_per_second: f64,
    pub timing: Timing,
    /// What usher may do, and to whom.
    pub guards: Guards,
    pub without: Option<Protection>,
    rules: Arc<crate::rules::RuleSet>,
}

impl WorldSettings {
    /// The settings of a seed.
    pub fn draw(
        chance: &mut Chance,
        without: Option<Protection>,
    ) -> Result<Self, crate::rules::Error> {
        let start = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 56);
        let events_end = start + chance.millis(30_000, 2_400_000);
        let deletes = chance.happens(200);
        Ok(Self {
            start,
            events_end,
            faults_end: events_end + chance.millis(0, 120_000),
            deletes,
            observes: chance.happens(200),
            creates_groups: false,
            inventory_every: None,
            skews: chance.happens(400),
            concurrency: usize::try_from(chance.between(1, 6)).unwrap_or(1),
            calls_per_second: f64::from(u32::try_from(chance.between(4, 200)).unwrap_or(4)),
            timing: Timing {
                late_window: SignedDuration::from_secs(60),
                retry_max: SignedDuration::from_secs(10),
                group_refresh: SignedDuration::from_mins(30),
                ..Timing::default()
            },
            guards: Guards::default(),
            without,
            rules: Arc::new(rules::load(deletes)?),
        })
    }

    /// Moves the world in time, so that it sees that moment.
    pub fn live_at(&mut self, moment: Timestamp, chance: &mut Chance) {
        let length = i64::try_from(self.events_end.duration_since(self.start).as_millis());
        let length = length.unwrap_or(0);
        let start = moment - chance.millis(length / 4, length);
        let moves = start.duration_since(self.start);
        for time in [&mut self.start, &mut self.events_end, &mut self.faults_end] {
            *time += moves;
        }
    }

    /// Lets it take so many times longer.
    pub fn stretch(&mut self, times: i32) {
        let calm = self.faults_end.duration_since(self.events_end);
        self.events_end = self.start + self.events_end.duration_since(self.start) * times;
        self.faults_end = self.events_end + calm;
    }

    /// How long after the last fault, or the last edge of a claim, everybody must be settled.
    ///
    /// The late window of the last call that got no answer, the lease that a new owner waits for,
    /// and a few retries on top.
    pub fn settle(&self) -> SignedDuration {
        let Timing { late_window, lease, retry_max, .. } = self.timing;
        let skew = if self.skews { SKEW * 2 } else { SignedDuration::ZERO };
        late_window * 2 + lease * 2 + retry_max * 6 + skew
    }

    pub fn fences(&self) -> bool {
        self.without != Some(Protection::Fencing)
    }

    pub fn charges_first(&self) -> bool {
        self.without != Some(Protection::ChargeFirst)
    }

    pub fn writes_ahead(&self) -> bool {
        self.without != Some(Protection::WriteAhead)
    }

    pub fn leases(&self) -> bool {
        self.without != Some(Protection::Lease)
    }

    pub fn doubts(&self) -> bool {
        self.without != Some(Protection::Doubt)
    }

    pub fn doubts_groups(&self) -> bool {
        self.without != Some(Protection::GroupDoubt)
    }

    /// How much earlier than it was a new owner believes to have taken over.
    pub fn impatience(&self) -> SignedDuration {
        let is_patient = self.without != Some(Protection::Patience);
        if is_patient { SignedDuration::ZERO } else { self.timing.lease }
    }

    /// How late a call may land.
    pub fn lands_within(&self) -> SignedDuration {
        let jumps = if self.skews { JUMPS } else { SignedDuration::ZERO };
        self.timing.late_window - jumps
    }

    /// What the shard is told.
    pub fn shard(&self, company: &Company) -> ShardSettings {
        ShardSettings {
            number: ShardNumber(0),
            tenants: (0..).zip(&company.tenants).map(|it| self.tenant(it, company)).collect(),
            control: self.guards.operators.is_some().then(|| CONTROL.to_owned()),
            findings: None,
            sources: Self::sources(company),
            operators: self.guards.operators.clone().unwrap_or_default(),
            approvals: Approvals::default(),
            timing: self.timing,
        }
    }

    /// How parked records are read that operators have read again.
    fn sources(company: &Company) -> BTreeMap<String, SourceSettings> {
        let all = company.tenants.iter().flat_map(|tenant| topics(tenant));
        let wired = company.wire.iter().flat_map(|wire| {
            all.clone().map(|(topic, _)| {
                let source = wire.source(&topic);
                (topic, source)
            })
        });
        wired.collect()
    }

    fn tenant(&self, (number, tenant): (usize, &String), company: &Company) -> TenantSettings {
        let mut targets = vec![self.target(ENFORCED, Mode::Enforce)];
        if self.observes {
            targets.push(self.target(OBSERVED, Mode::Observe));
        }
        for target in &mut targets {
            target.protected = self.guards.protected(number, company);
        }
        TenantSettings {
            name: TenantName::new(tenant.as_str()),
            rules: Arc::clone(&self.rules),
            topics: topics(tenant).into_iter().map(|(topic, _)| topic).collect(),
            targets,
        }
    }

    fn target(&self, name: &str, mode: Mode) -> TargetSettings {
        TargetSettings {
            name: TargetName::new(name),
            mode,
            restricting_groups: BTreeSet::from([GroupName::new(QUARANTINE)]),
            lookup: vec![AttributeName::USER_NAME, AttributeName::WORK_EMAIL],
            custom_attributes: None,
            concurrency: self.concurrency,
            quota: Quota::per_second(self.calls_per_second),
            members_per_call: 5,
            create_groups: self.creates_groups,
            formerly: Vec::new(),
            limits: self.guards.limits_told(),
            protected: Protected::default(),
            inventory_every: self.inventory_every,
            reads: crate::inventory::Wanted::default(),
            imported_policies: None,
        }
    }

    /// The providers of all tenants, with the accounts that were there before usher came.
    pub fn providers(company: &Company) -> BTreeMap<(TenantName, TargetName), Provider> {
        let mut providers = BTreeMap::new();
        for (number, tenant) in company.tenants.iter().enumerate() {
            let mut provider = Provider::with_groups([VPN, QUARANTINE]);
            settle_bystanders(&mut provider, &[VPN, QUARANTINE]);
            for person in company.people.iter().filter(|p| p.tenant == number) {
                settle(&mut provider, person);
            }
            let tenant = TenantName::new(tenant.as_str());
            for target in [ENFORCED, OBSERVED] {
                let key = (tenant.clone(), TargetName::new(target));
                providers.insert(key, provider.clone());
            }
        }
        providers
    }
}

fn first(names: &[String]) -> Value {
    Value::Text(names.first().cloned().unwrap_or_default())
}

fn settle(provider: &mut Provider, person: &Person) {
    let Some(before) = person.before else {
        return;
    };
    let attributes = BTreeMap::from([
        (AttributeName::USER_NAME, first(&person.user_names)),
        (AttributeName::WORK_EMAIL, first(&person.emails)),
    ]);
    if let Outcome::Done(Reply::Account(account)) = provider.create(before.active, &attributes)
        && before.in_vpn
    {
        provider.put_into(&account.id, VPN);
    }
}
