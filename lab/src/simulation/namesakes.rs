//! Accounts of others that have a person's address: a service that mails to them, a shared desk.
//!
//! Nothing but the address leads to such an account, and its own number says whose it is not.

use super::checks::{Invariant, Violation};
use super::fact::{Name, Person};
use super::manners::Manner;
use super::provider::Provider;
use super::rules::VPN;
use super::seen::Place;
use super::world::World;
use crate::model::code::Code;
use crate::model::{
    AttributeName, Call, GroupRef, Operation, Outcome, PersonId, Reply, Request, ScimId,
    TargetName, TenantName, Value,
};
use std::collections::BTreeMap;

/// What only those are called of whom no source knows.
pub(super) const SERVICE: &str = "svc-";
/// Of a thousand people so many have one.
const EACH: u64 = 200;

/// Whose address each has.
pub(super) type Namesakes = BTreeMap<(Place, ScimId), usize>;

impl World {
    /// They were there before usher came.
    pub(super) fn plant_namesakes(&mut self) {
        if !self.manners.has(Manner::Namesakes) {
            return;
        }
        let mut chance = self.manners.chance.fork();
        for (number, person) in self.company.people.iter().enumerate() {
            if person.is_contested || person.before.is_some() || !chance.happens(EACH) {
                continue;
            }
            let tenant = self.company.tenants.get(person.tenant).map(String::as_str);
            let here = self.providers.iter_mut().filter(|(it, _)| Some(it.0.as_str()) == tenant);
            for (place, provider) in here {
                if let Some(account) = plant(provider, number, person) {
                    self.namesakes.insert((place.clone(), account), number);
                }
            }
        }
    }

    /// Nobody is touched whose number speaks against it, as soon as the person's is known.
    pub(super) fn check_namesakes(&self, call: &Call) -> Result<(), Violation> {
        let Request::Write(
            Operation::Change { account, .. }
            | Operation::AddMember { account, .. }
            | Operation::RemoveMember { account, .. }
            | Operation::Delete { account },
        ) = &call.request
        else {
            return Ok(());
        };
        let place: (TenantName, TargetName) = (call.tenant.clone(), call.target.clone());
        let Some(person) = self.namesakes.get(&(place, account.clone())) else { return Ok(()) };
        if !self.is_numbered(*person, call.person.as_ref()) {
            return Ok(());
        }
        let what = format!("{account} is called for person {person}, and has another number");
        Err(Invariant::WrongPerson.broken(Some(*person), what))
    }

    /// What a sensor's word took from such an account goes back to it.
    pub(super) fn is_back_of_a_namesake(
        &self,
        place: &Place,
        account: &ScimId,
        group: &GroupRef,
    ) -> bool {
        self.namesakes.contains_key(&(place.clone(), account.clone())) && group.name.as_str() == VPN
    }

    /// Whether what is decided of the person says a number.
    fn is_numbered(&self, person: usize, id: Option<&PersonId>) -> bool {
        let facts = self.audit.facts_as(person, id, |at| self.audit.is_decided(at));
        // What says nothing leads its person nowhere, whatever it names.
        let told = facts.iter().filter(|fact| !fact.says_nothing());
        let mut names = told.flat_map(|fact| &fact.names);
        names.any(|name| matches!(name, Name::Number(_)))
    }

    /// The address leads to somebody else's account: until that is settled nothing is done, which a row
    /// says.
    pub(super) fn is_told_of_a_namesake(&self, person: usize, target: &TargetName) -> bool {
        self.namesakes.values().any(|it| *it == person)
            && (self.audit.is_stuck(person, target)
                || self.audit.is_looked_for(person, target, &[Code::AccountUnproved]))
    }
}

fn plant(provider: &mut Provider, number: usize, person: &Person) -> Option<ScimId> {
    let text = |value: String| Value::Text(value);
    let attributes = BTreeMap::from([
        (AttributeName::USER_NAME, text(format!("{SERVICE}mail-{number}"))),
        (AttributeName::WORK_EMAIL, text(person.emails.first()?.clone())),
        (AttributeName::EMPLOYEE_NUMBER, text(format!("9{number:05}"))),
    ]);
    let Outcome::Done(Reply::Account(account)) = provider.create(true, &attributes) else {
        return None;
    };
    provider.put_into(&account.id, VPN);
    Some(account.id)
}
