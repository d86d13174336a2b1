//! What takes access leaves at once where nothing is in its way.
//!
//! Judged in worlds in which nothing goes wrong: there a cut that is late has no excuse.

use super::checks::{Invariant, Violation};
use super::company::Content;
use super::happening::Happening;
use super::oracle::{self, Expected};
use super::provider::Provider;
use super::rest::facts_that_count;
use super::rules::{QUARANTINE, VPN};
use super::settings::ENFORCED;
use super::world::World;
use crate::model::wish::Facet;
use crate::model::{Account, GroupName, TargetName, TenantName};
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// Reading, a commit, a call, and what was under way before.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(3);
/// What was said as long ago is nobody's emergency any more.
const OVERDUE: SignedDuration = SignedDuration::from_hours(24);
/// Calls that may go before: a signature that fits everybody, and the look-ups of newcomers.
const CALLS_BEFORE: i32 = 60;

impl World {
    /// Within what time a cut must have landed.
    fn bound(&self) -> SignedDuration {
        let calls = f64::from(CALLS_BEFORE) / self.settings.calls_per_second;
        // Slow worlds have one slot, and each call its latency.
        let busy = SignedDuration::from_millis(180) * CALLS_BEFORE
            / i32::try_from(self.settings.concurrency).unwrap_or(1);
        AT_ONCE + SignedDuration::from_secs_f64(calls).max(busy)
    }

    /// Something was said of people: by then what it takes must be gone.
    pub(super) fn set_deadlines(&mut self, items: &[Content]) {
        if !self.manners.are_fair() {
            return;
        }
        for item in items {
            let Content::Fact(fact) = item else { continue };
            // What could have been done for days waits behind what is urgent today.
            if self.now.duration_since(fact.time) > OVERDUE {
                continue;
            }
            let bound = self.bound();
            self.plan_in(bound, Happening::Deadline(fact.person));
            if let Some(at) = fact.deed.effective_at().filter(|at| *at > self.now) {
                let at = self.when_for_people(at);
                self.plan(at + bound, Happening::Deadline(fact.person));
            }
        }
    }

    /// When it will be that time for whoever owns the people now.
    fn when_for_people(&self, at: jiff::Timestamp) -> jiff::Timestamp {
        let ahead = self.people_time_now().duration_since(self.now);
        at - ahead
    }

    /// Nobody has more than they should have for so long by now.
    pub(super) fn check_deadline(&self, person: usize) -> Result<(), Violation> {
        let all = self.facts(person);
        let (Some(known), Some(facts)) =
            (self.company.people.get(person), facts_that_count(&all, &self.audit.links))
        else {
            return Ok(());
        };
        let now = self.people_time_now();
        let bound = self.bound();
        let is_quiet = oracle::edges(&facts).range(now - bound..=now).next().is_none();
        let was_told = self.was_told_lately(person, bound);
        let target = TargetName::new(ENFORCED);
        if known.is_contested || !is_quiet || was_told || self.audit.is_stuck(person, &target) {
            return Ok(());
        }
        let unheard = self.unheard((person, &target), &facts, now);
        let expected = oracle::expect(known, &facts, &unheard, (now, self.settings.deletes));
        let tenant = self.company.tenants.get(known.tenant).cloned().unwrap_or_default();
        let Some(provider) = self.providers.get(&(TenantName::new(tenant), target)) else {
            return Ok(());
        };
        for account in provider.accounts_of(known) {
            let kept = self.kept(person, &TargetName::new(ENFORCED));
            if let Some(what) = Has::of(provider, &account).too_much(&expected, &kept) {
                let claims = expected.claims.join(", ");
                let what = format!(
                    "person {person} ({claims}) is {what} for more than {bound:#}, and nothing was \
                     in the way"
                );
                return Err(Invariant::Lateness.broken(Some(person), what));
            }
        }
        Ok(())
    }

    /// Whether something was said of the person since, so that a later moment judges.
    fn was_told_lately(&self, person: usize, within: SignedDuration) -> bool {
        let since = self.now - within;
        let about = self.audit.about.get(&person).into_iter().flatten();
        let mut records = about.filter_map(|place| {
            let topic = place.record.topic.clone();
            let name = super::log::PartitionName { topic, partition: place.record.partition };
            self.log.read(&name, place.record.offset)
        });
        records.any(|record| record.raw.timestamp > since)
    }
}

/// What access an account has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Has {
    active: bool,
    in_vpn: bool,
    in_quarantine: bool,
}

impl Has {
    pub(super) fn of(provider: &Provider, account: &Account) -> Self {
        Self {
            active: account.active == Some(true),
            in_vpn: provider.is_member(&account.id, VPN),
            in_quarantine: provider.is_member(&account.id, QUARANTINE),
        }
    }

    /// What it has that it should not, and that does not wait for somebody.
    pub(super) fn too_much(
        self,
        expected: &Expected,
        kept: &BTreeSet<Facet>,
    ) -> Option<&'static str> {
        let waits = |name| kept.contains(&Facet::Group(GroupName::new(name)));
        if self.active && expected.is_barred && !kept.contains(&Facet::Active) {
            Some("still active")
        } else if self.in_vpn && expected.vpn_is_barred && !waits(VPN) {
            Some("still in the VPN")
        } else if !self.in_quarantine && expected.in_quarantine && !waits(QUARANTINE) {
            Some("not in quarantine")
        } else {
            None
        }
    }
}
