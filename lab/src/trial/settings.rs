//! What is on a stage when the curtain rises.

use super::{Provider, orders};
use crate::engine::settings::{Mode, Quota, ShardSettings, TenantSettings, Timing};
use crate::model::StateWrite;
use crate::model::ids::TargetName;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Nobody else writes to the provider without saying so (`Stage::note_meddling`), so its groups need not
/// be read again from time to time.
const GROUP_REFRESH: SignedDuration = SignedDuration::from_hours(24 * 36_500);

/// What is on the stage when the curtain rises.
#[derive(Clone, Debug)]
pub struct StageSettings {
    pub tenant: TenantSettings,
    pub timing: Timing,
    pub start: Timestamp,
    pub providers: BTreeMap<TargetName, Provider>,
    /// People whom usher knows already, as they stand in `usher.people`.
    pub people: Vec<StateWrite>,
}

impl StageSettings {
    /// Providers that have all groups and no accounts, nobody known yet. Targets are written to
    /// whatever their mode, and take as many calls as there are.
    pub fn new(mut tenant: TenantSettings, start: Timestamp) -> Self {
        for target in &mut tenant.targets {
            target.mode = Mode::Enforce;
            target.quota = Quota::per_second(100_000.0);
            target.concurrency = 64;
        }
        let timing = Timing { group_refresh: GROUP_REFRESH, ..Timing::default() };
        let mut settings =
            Self { tenant, timing, start, providers: BTreeMap::new(), people: Vec::new() };
        settings.make_groups();
        settings
    }

    /// Makes the groups that the rules name and that are not there.
    pub(super) fn make_groups(&mut self) {
        let named = self.tenant.rules.groups();
        for target in &self.tenant.targets {
            let provider = self.providers.entry(target.name.clone()).or_default();
            let here =
                |only: &Option<TargetName>| only.as_ref().is_none_or(|it| *it == target.name);
            let groups = named.iter().filter(|(only, _)| here(only)).map(|(_, group)| group);
            for group in groups.chain(&target.restricting_groups) {
                provider.make_group(group);
            }
        }
    }

    pub(super) fn shard(&self) -> ShardSettings {
        ShardSettings {
            control: Some(orders::CONTROL.to_owned()),
            findings: None,
            operators: orders::operators(),
            ..ShardSettings::on_paper(self.tenant.clone(), self.timing)
        }
    }
}
