//! What must be true once the faults have ended and everybody had time to settle.

use super::checks::{Invariant, Violation};
use super::difference::{Leeway, difference};
use super::fact::{Fact, Name, Person};
use super::happening::Probe;
use super::lateness::Has;
use super::manners::Manner;
use super::oracle::{self, Existence, Expected, identity};
use super::provider::Provider;
use super::rules::VPN;
use super::settings::ENFORCED;
use super::world::World;
use crate::model::code::Code;
use crate::model::wish::Facet;
use crate::model::{Account, GroupName, TargetName, TenantName};
use std::collections::BTreeSet;

/// Why an account is looked for again.
const NOT_FOUND: &[Code] = &[Code::AccountUnproved, Code::AccountNotFound];

impl World {
    /// Compares every account with the oracle's wish; at rest the audit and the shard too.
    pub(super) fn probe(&mut self, probe: Probe) -> Result<(), Violation> {
        self.history.note(self.now, None, || format!("         probe: {probe:?}"));
        for person in 0..self.company.people.len() {
            self.compare(person, probe)?;
        }
        self.check_bystanders()?;
        self.audit.everything_is_decided()?;
        if probe == Probe::Accounts {
            return Ok(());
        }
        self.audit.every_revision_has_ended(self.people_time_now())?;
        let Some(owner) = self.current.and_then(|number| self.owners.get(&number)) else {
            return Err(Invariant::Convergence.broken(None, "nobody owns the shard"));
        };
        let held = owner.host.shard().figures().held;
        self.nobody_is_dirty(owner)?;
        self.held_are_told(owner)?;
        self.rows_are_alive(owner)?;
        self.commands_are_decided()?;
        self.tally.held += held;
        self.tell_again()
    }

    /// Nothing can be done, or look-ups that were refused or lied to have not shown an account; both
    /// were told, and end within the day. With honest look-ups nobody is looked for in vain; of those
    /// that were refused once it may be that the person is looked for again in minutes.
    fn waits_for_tomorrow(&self, person: usize, target: &TargetName) -> bool {
        let odd = [
            Manner::RefusedFilter,
            Manner::LyingFilter,
            Manner::ContradictingLists,
            Manner::HiddenInactive,
            Manner::TooLarge,
        ];
        let looks_oddly = odd.into_iter().any(|manner| self.manners.has(manner));
        let is_unproved = || self.audit.is_looked_for(person, target, &[Code::AccountUnproved]);
        self.audit.is_stuck(person, target)
            || self.refuses_at_times && is_unproved()
            || looks_oddly && self.audit.is_looked_for(person, target, NOT_FOUND)
    }

    /// The account has got another id, and nothing but a name says that it is still the person's: a cut
    /// that it may not be meant for is told, and waits for somebody to look.
    fn is_told_of_another_account(&self, person: usize, target: &TargetName) -> bool {
        let is_told = self.audit.is_stuck(person, target)
            || self.audit.is_looked_for(person, target, NOT_FOUND);
        self.moved.contains(&person) && is_told
    }

    /// A revision that is held has no result that would say `failed`: its row names what was left out,
    /// which is asked for again within the day.
    fn leeway(
        &self,
        (person, known): (usize, &Person),
        target: &TargetName,
        probe: Probe,
    ) -> Leeway<'_> {
        let held = self.audit.held(person, target);
        let held_row = self.audit.held_text(person, target);
        let is_named =
            |name: &str| probe == Probe::Accounts && self.audit.held_names(person, target, name);
        let is_contested = held == Some(Code::IdentityContested);
        // Nobody is let in or taken out, and whoever waits for somebody is told so by their row.
        let is_doubled = is_named(&format!("several groups `{VPN}`"));
        Leeway {
            is_held: held.is_some(),
            is_contested: known.is_contested,
            is_disturbed: self.disturbed.contains(&person),
            left_out: self.ways.once_refused().filter(|name| is_named(name.as_str())),
            // A value that was refused by chance is left out for a day as well.
            named: held_row.filter(|_| self.refuses_at_times && probe == Probe::Accounts),
            may_lack_vpn: false,
            removals_stopped: false,
            unshown: held_row.filter(|_| is_named("and did not show it")),
            unread: Some(VPN).filter(|name| is_contested && is_named(name) || is_doubled),
        }
    }

    /// Whether accounts go, and with them their memberships, which may look like a removal that took too many.
    fn others_take_accounts(&self) -> bool {
        [Manner::Vanishing, Manner::MovedAccounts].into_iter().any(|it| self.manners.has(it))
    }

    /// What the target refuses, or does not show, is told with the first row while that is new; of what
    /// comes later a row that waits already says nothing.
    fn beside_a_row<'a>(&'a self, leeway: Leeway<'a>) -> Leeway<'a> {
        let odd = [Manner::DoubledGroup, Manner::LookAlikeGroups, Manner::HugeGroup];
        let has_odd_groups = odd.into_iter().any(|manner| self.manners.has(manner));
        let unread = leeway.unread.or(Some(VPN).filter(|_| has_odd_groups));
        Leeway { left_out: self.ways.once_refused(), unread, ..leeway }
    }

    fn compare(&self, person: usize, probe: Probe) -> Result<(), Violation> {
        let target = TargetName::new(ENFORCED);
        let Some(case) = self.case(person, &target, probe) else { return Ok(()) };
        self.wrong_with(&case, &target, probe).map_or(Ok(()), |what| {
            let claims = case.expected.claims.join(", ");
            let row = self.audit.held_text(person, &target).map(|row| format!("; row: {row}"));
            let what = format!("person {person} ({claims}): {what}{}", row.unwrap_or_default());
            Err(Invariant::Convergence.broken(Some(person), what))
        })
    }

    /// What is to be held against what of a person; `None`: nothing can be said of their account now.
    fn case(&self, person: usize, target: &TargetName, probe: Probe) -> Option<Case<'_>> {
        let known = self.company.people.get(person)?;
        // Who was let in by hand is found by the next list of all accounts.
        let is_found_later = self.let_in.contains(&person);
        let waits =
            (is_found_later || self.waits_for_tomorrow(person, target)) && probe == Probe::Accounts;
        let is_anothers = || self.is_told_of_another_account(person, target);
        if waits || is_anothers() || self.is_told_of_a_namesake(person, target) {
            return None;
        }
        let facts = facts_that_count(&self.facts(person), &self.audit.links)?;
        let now = self.people_time_now();
        let lately = now - self.settings.settle();
        let mut edges = oracle::edges(&facts);
        edges.extend(self.orders.overridden.edges(person));
        let is_settled = edges.range(lately..=now).next().is_none();
        if !is_settled && probe == Probe::Accounts {
            return None;
        }
        let unheard = self.unheard((person, target), &facts, now);
        let at = (now, self.settings.deletes);
        let mut expected = oracle::expect(known, &facts, &unheard, at);
        let tenant = self.company.tenants.get(known.tenant);
        let key = (TenantName::new(tenant.cloned().unwrap_or_default()), target.clone());
        let provider = self.providers.get(&key)?;
        let mut accounts = provider.accounts_of(known);
        let hides = self.manners.has(Manner::HiddenInactive);
        if hides && known.before.is_some_and(|before| !before.active) {
            // It was hidden before usher came: nobody can know of it but by its name, if it has that still.
            if self.audit.is_stuck(person, target) {
                return None;
            }
            if accounts.len() > 1 {
                let anew = Person { before: None, ..known.clone() };
                accounts.retain(|account| self.whose.is_made_by_usher(&key, &account.id));
                expected = oracle::expect(&anew, &facts, &unheard, at);
            }
        }
        // Whose name two have is one's by an operator's word, and with it the account.
        accounts.retain(|it| self.whose.of(&key, &it.id).is_none_or(|owner| owner == person));
        let kept = self.kept(person, target);
        Some(Case { person, known, provider, accounts, expected, kept })
    }

    /// Whether operators have said of somebody that an account is not theirs, and not since whose they have.
    fn is_apart(&self, case: &Case<'_>) -> bool {
        let Case { person, accounts, .. } = case;
        let is_unbound = accounts.iter().any(|it| self.is_unbound(*person, &it.id));
        let is_bound_again = accounts.len() == 1 && !is_unbound;
        self.was_ever_unbound(*person) && !is_bound_again
    }

    /// Nothing is done to an account that is said not to be theirs, and somebody is told if there is anything to
    /// be taken from it.
    fn wrong_with_unbound(&self, case: &Case<'_>, target: &TargetName) -> Option<String> {
        let Case { person, provider, accounts, expected, kept, .. } = case;
        let is_told = self.audit.held(*person, target).is_some()
            || self.audit.is_stuck(*person, target)
            || self.audit.is_looked_for(*person, target, NOT_FOUND);
        let unbound = accounts.iter().filter(|it| self.is_unbound(*person, &it.id));
        let mut untold = unbound.filter(|_| !is_told);
        let what = untold.find_map(|it| Has::of(provider, it).too_much(expected, kept))?;
        Some(format!("is {what} by an account not said to be theirs, and nobody is told"))
    }

    /// What is wrong with what a person has, or is told to wait for.
    fn wrong_with(&self, case: &Case<'_>, target: &TargetName, probe: Probe) -> Option<String> {
        if self.is_apart(case) {
            return self.wrong_with_unbound(case, target);
        }
        let Case { person, known, provider, accounts, expected, kept } = case;
        let held = self.audit.held(*person, target);
        if let Some(what) = why_wrongly_held(held, expected, known) {
            return Some(what);
        }
        let removals_stopped = held == Some(Code::RemovalStopped);
        if removals_stopped && !self.others_take_accounts() {
            return Some("is to leave a group, and nothing has taken too many".to_owned());
        }
        let may_lack_vpn = self.may_lack_vpn(expected);
        let leeway = self.leeway((*person, known), target, probe);
        let leeway = Leeway { may_lack_vpn, removals_stopped, ..leeway };
        let waits = !kept.is_empty() || held.is_some() && self.orders.are_sent();
        let leeway = if waits { self.beside_a_row(leeway) } else { leeway };
        if accounts.is_empty() && kept.contains(&Facet::Account) {
            return None;
        }
        let account = match number_of_accounts(accounts, expected.existence, leeway) {
            Ok(account) => account?,
            Err(what) => return Some(what),
        };
        let waits_to_open = held == Some(Code::IdentityContested) || kept.contains(&Facet::Active);
        let hides = self.manners.has(Manner::HiddenInactive);
        if hides && account.active != Some(true) && (!expected.active || waits_to_open) {
            // It has no access, and nobody can see what else there is to be changed; who is to have it
            // back waits for a person, for a name of theirs is somebody else's, too, or a row says so.
            return None;
        }
        if leeway.is_disturbed {
            // What it was before somebody deleted it nobody knows: only what is forbidden counts.
            let unread = leeway.unread.map(|name| Facet::Group(GroupName::new(name)));
            let kept = kept.iter().cloned().chain(unread).collect();
            let what = Has::of(provider, account).too_much(expected, &kept);
            return what.filter(|_| !removals_stopped).map(|what| format!("is {what}"));
        }
        if expected.claims.is_empty() && self.is_denied(*person, target) {
            // Nothing is to be cut, nor an account to be made: who was told that there is none has
            // nothing to do, and looks again when something is said of the person.
            return None;
        }
        // Who is to be out of a group that is not there is told of that first.
        let misses_vpn =
            provider.groups_called(VPN).is_empty() && self.audit.is_stuck(*person, target);
        if expected.deletion_due && held.is_none() && !misses_vpn {
            return Some("is due for deletion, and nobody is asked to release it".to_owned());
        }
        difference((provider, account), expected, kept, leeway)
    }
}

/// What a person has, and what the oracle says.
struct Case<'a> {
    person: usize,
    known: &'a Person,
    provider: &'a Provider,
    accounts: Vec<Account>,
    expected: Expected,
    /// What waits for somebody, row by row.
    kept: BTreeSet<Facet>,
}

/// What counts for the account: what is known of the one part of the person by which an account can be
/// found. Where there are several it is not known whose the account is.
pub(super) fn facts_that_count<'a>(
    all: &[&'a Fact],
    links: &[BTreeSet<Name>],
) -> Option<Vec<&'a Fact>> {
    let mut parts = identity::parts(all, links);
    if parts.is_empty() {
        return Some(Vec::new());
    }
    let mut found = parts.extract_if(.., |part| part.finds_accounts());
    let (part, None) = (found.next()?, found.next()) else {
        return None;
    };
    Some(part.facts)
}

/// Deletions are held, with the reason that is true; names of two people are.
fn why_wrongly_held(held: Option<Code>, expected: &Expected, known: &Person) -> Option<String> {
    let code = held?;
    let deletion = if expected.on_legal_hold { Code::DeletionLegalHold } else { Code::Deletion };
    let is_wrong = match code {
        Code::IdentityContested => !known.is_contested,
        _ if code.holds_a_deletion() => !(expected.deletion_due && code == deletion),
        _ => false,
    };
    is_wrong.then(|| format!("is held as {code}"))
}

/// The person's account, if there is one; an error if there should or should not be.
fn number_of_accounts<'a>(
    accounts: &'a [Account],
    existence: Existence,
    leeway: Leeway<'_>,
) -> Result<Option<&'a Account>, String> {
    match (accounts, existence) {
        ([], Existence::Must) if !leeway.is_contested && !leeway.is_disturbed => {
            Err("has no account".to_owned())
        }
        ([], _) => Ok(None),
        ([_], Existence::MustNot) => Err("got an account nobody asked for".to_owned()),
        ([account], Existence::Must | Existence::May) => Ok(Some(account)),
        (many, _) => Err(format!("has {} accounts", many.len())),
    }
}
