//! Whose each account is in truth, and that nobody else's is touched.

use super::calls::show;
use super::checks::{Invariant, Violation};
use super::company::Company;
use super::provider::Provider;
use super::rules::{QUARANTINE, VPN};
use super::seen::Place;
use super::world::World;
use crate::model::{
    Account, AttributeName, Call, GroupName, Operation, Outcome, Reply, Request, ScimId,
    TargetName, TenantName, Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// What anybody can see of somebody of whom nobody ever speaks: the account, and the groups it is in.
pub type Picture = (Account, Vec<String>);

/// Whose accounts are.
#[derive(Debug, Default)]
pub struct Whose {
    owners: BTreeMap<(Place, ScimId), usize>,
    made: BTreeSet<(Place, ScimId)>,
    /// What access usher has itself given, by group; without one, the account was made active.
    given: BTreeSet<(Place, ScimId, Option<GroupName>)>,
    /// Those of whom nobody speaks, as they were.
    bystanders: BTreeMap<Place, Vec<Picture>>,
}

/// Accounts that were there before usher, and are nobody's of whom any source knows.
const BYSTANDERS: [&str; 2] = ["svc-backup", "svc-printer"];

impl Whose {
    /// Notes whose the accounts are that were there before usher came.
    pub fn at_first(company: &Company, providers: &BTreeMap<Place, Provider>) -> Self {
        let mut whose = Self::default();
        for (place, provider) in providers {
            for (number, person) in company.people.iter().enumerate() {
                let tenant = company.tenants.get(person.tenant).map(String::as_str);
                if person.before.is_none() || tenant != Some(place.0.as_str()) {
                    continue;
                }
                // Nobody has a name away yet whose account was there before.
                for account in provider.accounts_of(person) {
                    whose.owners.insert((place.clone(), account.id), number);
                }
            }
            whose.bystanders.insert(place.clone(), bystanders_at(provider));
        }
        whose
    }

    /// An account has another id from now on.
    pub fn moved(&mut self, place: &Place, from: &ScimId, to: ScimId) {
        let is_it =
            |(at, account, _): &&(Place, ScimId, Option<GroupName>)| at == place && account == from;
        let given = self.given.iter().filter(is_it);
        let given: Vec<_> =
            given.map(|(.., group)| (place.clone(), to.clone(), group.clone())).collect();
        self.given.extend(given);
        if self.made.remove(&(place.clone(), from.clone())) {
            self.made.insert((place.clone(), to.clone()));
        }
        if let Some(owner) = self.owners.remove(&(place.clone(), from.clone())) {
            self.owners.insert((place.clone(), to), owner);
        }
    }

    /// A group was deleted: nobody is in it.
    pub fn lost_group(&mut self, name: &str) {
        for (_, groups) in self.bystanders.values_mut().flatten() {
            groups.retain(|group| group != name);
        }
    }

    pub fn is_made_by_usher(&self, place: &Place, account: &ScimId) -> bool {
        self.made.contains(&(place.clone(), account.clone()))
    }

    pub fn is_given_by_usher(
        &self,
        place: &Place,
        account: &ScimId,
        group: Option<&GroupName>,
    ) -> bool {
        self.given.contains(&(place.clone(), account.clone(), group.cloned()))
    }

    pub fn of(&self, place: &Place, account: &ScimId) -> Option<usize> {
        self.owners.get(&(place.clone(), account.clone())).copied()
    }
}

/// Puts those into a new provider of whom nobody will speak.
pub fn settle_bystanders(provider: &mut Provider, groups: &[&str]) {
    for (name, group) in BYSTANDERS.iter().zip(groups) {
        let attributes =
            BTreeMap::from([(AttributeName::USER_NAME, Value::Text((*name).to_owned()))]);
        if let Outcome::Done(Reply::Account(account)) = provider.create(true, &attributes) {
            provider.put_into(&account.id, group);
        }
    }
}

fn bystanders_at(provider: &Provider) -> Vec<Picture> {
    let is_one = |(account, _): &Picture| {
        let name = account.attributes.get(&AttributeName::USER_NAME).map(Value::to_text);
        name.is_some_and(|name| BYSTANDERS.contains(&name.as_str()))
    };
    // Whoever made a group that only looks like another put whom they liked into it.
    let mut pictures: Vec<Picture> = provider.picture().into_iter().filter(is_one).collect();
    for (_, groups) in &mut pictures {
        groups.retain(|group| [VPN, QUARANTINE].contains(&group.as_str()));
    }
    pictures
}

impl World {
    /// A call has come to the provider; an account that it made is the person's.
    pub(super) fn note_whose(&mut self, call: &Call, outcome: &Outcome) {
        let place = (call.tenant.clone(), call.target.clone());
        let (given, group): (&[ScimId], Option<&GroupName>) = match &call.request {
            Request::AddMembers { accounts, group } => (accounts, Some(&group.name)),
            Request::Write(Operation::AddMember { account, group }) => {
                (std::slice::from_ref(account), Some(&group.name))
            }
            Request::Write(Operation::Change { account, active: Some(true), .. }) => {
                (std::slice::from_ref(account), None)
            }
            _ => (&[], None),
        };
        let given = given.iter().map(|account| (place.clone(), account.clone(), group.cloned()));
        self.whose.given.extend(given);
        if let Request::Write(Operation::Create { .. }) = &call.request
            && let Outcome::Done(Reply::Account(account)) = outcome
            && let Some(person) = call.person.as_ref().and_then(|id| self.audit.person(id))
        {
            self.whose.made.insert((place.clone(), account.id.clone()));
            self.whose.owners.insert((place, account.id.clone()), person);
        }
    }

    /// No group is asked or changed that only looks like the one that is meant. Where all that a target has
    /// is listed, every group is read.
    fn check_group(&self, call: &Call) -> Result<(), Violation> {
        let (Request::ReadMembers { group }
        | Request::AddMembers { group, .. }
        | Request::Write(
            Operation::AddMember { group, .. } | Operation::RemoveMember { group, .. },
        )) = &call.request
        else {
            return Ok(());
        };
        let is_read = matches!(call.request, Request::ReadMembers { .. });
        if is_read && self.settings.inventory_every.is_some() {
            return Ok(());
        }
        let provider = self.providers.get(&(call.tenant.clone(), call.target.clone()));
        if provider.is_some_and(|it| it.look_alikes.contains(group.id.as_str())) {
            let what =
                format!("{} is called for a group that only looks alike", show(&call.request));
            return Err(Invariant::WrongPerson.broken(None, what));
        }
        Ok(())
    }

    /// Nobody's account is written to for somebody else's sake.
    pub(super) fn check_whose(&self, call: &Call, people: &[usize]) -> Result<(), Violation> {
        self.check_group(call)?;
        let (
            Request::Write(
                Operation::Change { account, .. }
                | Operation::AddMember { account, .. }
                | Operation::RemoveMember { account, .. }
                | Operation::Delete { account },
            ),
            [person],
        ) = (&call.request, people)
        else {
            return Ok(());
        };
        let place = (call.tenant.clone(), call.target.clone());
        match self.whose.of(&place, account) {
            Some(owner) if owner != *person => {
                let what = format!(
                    "{} is called for person {person}, and the account is person {owner}'s",
                    show(&call.request)
                );
                Err(Invariant::WrongPerson.broken(Some(*person), what))
            }
            _ => Ok(()),
        }
    }

    /// Whoever no source speaks of is as before.
    pub(super) fn check_bystanders(&self) -> Result<(), Violation> {
        for ((tenant, target), before) in &self.whose.bystanders {
            let key: (TenantName, TargetName) = (tenant.clone(), target.clone());
            let now = self.providers.get(&key).map(bystanders_at).unwrap_or_default();
            if now != *before {
                let what =
                    format!("at {target} nobody speaks of {before:?}, and now it is {now:?}");
                return Err(Invariant::WrongPerson.broken(None, what));
            }
        }
        Ok(())
    }
}
