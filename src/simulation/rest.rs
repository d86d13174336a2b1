//! What must be true once the faults have ended and everybody had time to settle.

use super::checks::{Invariant, Violation};
use super::oracle::{self, Existence, Expected};
use super::provider::Provider;
use super::rules::{QUARANTINE, VPN};
use super::settings::ENFORCED;
use super::world::{Probe, World};
use crate::model::{Account, AttributeName, ResultWord, TargetName, TenantName, Value};

impl World {
    /// Compares every account with the oracle's wish; at rest the audit and the shard too.
    pub(super) fn probe(&mut self, probe: Probe) -> Result<(), Violation> {
        self.history.note(self.now, None, || format!("         probe: {probe:?}"));
        for person in 0..self.company.people.len() {
            self.compare(person, probe)?;
        }
        self.audit.everything_is_decided()?;
        if probe == Probe::Accounts {
            return Ok(());
        }
        self.audit.every_revision_has_ended()?;
        let Some(owner) = self.current.and_then(|number| self.owners.get(&number)) else {
            return Err(Invariant::Convergence.broken(None, "nobody owns the shard"));
        };
        let figures = owner.shard.figures();
        if figures.dirty > 0 {
            let what = format!("{} people are still dirty", figures.dirty);
            return Err(Invariant::Convergence.broken(None, what));
        }
        self.tally.held += figures.held;
        self.tell_again()
    }

    fn compare(&self, person: usize, probe: Probe) -> Result<(), Violation> {
        let target = TargetName::new(ENFORCED);
        let Some(known) = self.company.people.get(person) else {
            return Ok(());
        };
        let stuck =
            matches!(self.audit.last_result(person, &target), Some((_, ResultWord::Failed)));
        if stuck && probe == Probe::Accounts {
            return Ok(());
        }
        let facts = self.facts(person);
        let now = self.people_time_now();
        let lately = now - self.settings.settle();
        let is_settled = oracle::edges(&facts).range(lately..=now).next().is_none();
        if !is_settled && probe == Probe::Accounts {
            return Ok(());
        }
        let expected = oracle::expect(known, &facts, now, self.settings.deletes);
        let tenant = self.company.tenants.get(known.tenant);
        let key = (TenantName::new(tenant.cloned().unwrap_or_default()), target.clone());
        let Some(provider) = self.providers.get(&key) else {
            return Ok(());
        };
        let accounts = provider.find(&AttributeName::WORK_EMAIL, &known.email);
        let is_held = self.audit.is_held(person, &target);
        difference(provider, &accounts, &expected, is_held).map_or(Ok(()), |difference| {
            let claims = expected.claims.join(", ");
            let what = format!("person {person} ({claims}): {difference}");
            Err(Invariant::Convergence.broken(Some(person), what))
        })
    }
}

/// What is wrong with the accounts of one person, if anything.
///
/// Whoever is held may have less than the oracle says, never more.
fn difference(
    provider: &Provider,
    accounts: &[Account],
    expected: &Expected,
    is_held: bool,
) -> Option<String> {
    let account = match (accounts, expected.existence) {
        ([], Existence::Must) => return Some("has no account".to_owned()),
        ([], Existence::May | Existence::MustNot) => return None,
        ([_], Existence::MustNot) => return Some("got an account nobody asked for".to_owned()),
        ([account], Existence::Must | Existence::May) => account,
        (many, _) => return Some(format!("has {} accounts", many.len())),
    };
    let is_active = account.active == Some(true);
    let in_vpn = provider.is_member(&account.id, VPN);
    let in_quarantine = provider.is_member(&account.id, QUARANTINE);
    let facets = [
        ("active", is_active, expected.active, true),
        ("in the VPN", in_vpn, expected.in_vpn, true),
        ("in quarantine", in_quarantine, expected.in_quarantine, false),
    ];
    for (word, is, should, gives_access) in facets {
        let has_less = is != gives_access;
        if is != should && !(is_held && has_less) {
            let is = if is { "is" } else { "is not" };
            return Some(format!("account {} {is} {word}", account.id));
        }
    }
    expected.attributes.iter().find_map(|(name, value)| {
        let own =
            account.attributes.iter().find(|(own, _)| own.as_str() == *name).map(|(_, own)| own);
        (own != Some(&Value::Text(value.clone())))
            .then(|| format!("account {} has another {name}", account.id))
    })
}
