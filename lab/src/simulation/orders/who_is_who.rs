//! Operators say who is who: that two records are one person's, that two people are two, and whose an
//! account is not. They know it; usher does not.

use super::errands::Errand;
use super::forging::Flaw;
use super::ruling::broken;
use super::{Said, Sent};
use crate::model::ordered::{Became, CommandRecord, CommandRow};
use crate::model::{Call, EventPosition, Operation, PersonId, Request, ScimId, TenantName};
use crate::simulation::calls::show;
use crate::simulation::checks::{Invariant, Violation};
use crate::simulation::fact::Name;
use crate::simulation::happening::Happening;
use crate::simulation::owner::OwnerNumber;
use crate::simulation::world::World;
use serde_json::json;
use std::collections::BTreeSet;

/// Of a thousand accounts that are said not to be somebody's, so many are said to be theirs again.
const BOUND_AGAIN: u64 = 700;

/// An account that operators have said not to be a person's.
#[derive(Clone, Debug)]
pub(in crate::simulation) struct Unbound {
    pub person: usize,
    pub account: ScimId,
    /// It was said to be theirs since.
    pub is_bound_again: bool,
}

impl World {
    pub(super) fn say_who_is_who(&mut self, who: usize) {
        let said = match self.manners.braking.below(4) {
            0 | 1 => self.some_link(),
            2 => self.some_part(),
            _ => self.some_unbinding(),
        };
        let Some((tenant, said)) = said else { return };
        if let Said::Unbind(person) = &said
            && self.manners.braking.happens(BOUND_AGAIN)
            && let Some(account) = self.own_account(&tenant, person)
        {
            let bind = Said::Bind { person: person.clone(), account };
            let later = self.manners.braking.millis(0, 600_000);
            self.plan_in(later, Happening::Command(Errand::Bind(bind)));
        }
        self.utter(who, Some(tenant), said, Flaw::Nothing);
    }

    /// What somebody took from a person by mistake another one gives back.
    pub(super) fn bind_again(&mut self, said: Said) {
        let Said::Bind { person, .. } = &said else { return };
        let tenant = self.audit.person(person).and_then(|number| self.tenant_of(number));
        let who = self.manners.braking.index(self.orders.pens.len());
        self.utter(who, tenant, said, Flaw::Nothing);
    }

    fn tenant_of(&self, number: usize) -> Option<TenantName> {
        let tenant = self.company.people.get(number)?.tenant;
        Some(TenantName::new(self.company.tenants.get(tenant)?.clone()))
    }

    /// Two records of one person.
    fn some_link(&mut self) -> Option<(TenantName, Said)> {
        let all = self.audit.people.iter();
        let has_others = |number: usize| {
            self.audit.people.values().filter(|other| **other == number).count() > 1
        };
        let several: Vec<(PersonId, usize)> = all
            .filter(|(_, number)| has_others(**number))
            .map(|(id, number)| (id.clone(), *number))
            .collect();
        let (one, number) = self.manners.braking.pick(&several)?.clone();
        let others: Vec<PersonId> = several
            .into_iter()
            .filter(|(id, of)| *of == number && *id != one)
            .map(|it| it.0)
            .collect();
        let other = self.manners.braking.pick(&others)?.clone();
        Some((self.tenant_of(number)?, Said::Link([one, other])))
    }

    /// Two people; mostly such as share a name.
    fn some_part(&mut self) -> Option<(TenantName, Said)> {
        let by_name = self.manners.braking.happens(800);
        let all = &self.company.people;
        let known = |number: &usize| self.audit.people.values().any(|it| it == number);
        let alike = |one: usize, other: usize| {
            let (Some(one), Some(other)) = (all.get(one), all.get(other)) else { return false };
            let shares = one.user_names.iter().any(|name| other.user_names.contains(name));
            one.tenant == other.tenant && (shares || !by_name)
        };
        let people: Vec<usize> = (0..all.len()).filter(known).collect();
        let pairs = people.iter().flat_map(|one| {
            let later = people.iter().filter(move |other| one < *other);
            later.filter(|other| alike(*one, **other)).map(|other| (*one, *other))
        });
        let pairs: Vec<(usize, usize)> = pairs.collect();
        let (one, other) = *self.manners.braking.pick(&pairs)?;
        let id = |number: usize| {
            let mut ids = self.audit.people.iter().filter(|(_, of)| **of == number);
            ids.next().map(|(id, _)| id.clone())
        };
        Some((self.tenant_of(one)?, Said::Part([id(one)?, id(other)?])))
    }

    fn some_unbinding(&mut self) -> Option<(TenantName, Said)> {
        let (tenant, person) = self.some_person()?;
        self.own_account(&tenant, &person)?;
        Some((tenant, Said::Unbind(person)))
    }

    /// What only somebody says who does not know: that two people are one, or that one is two.
    pub(super) fn some_who_is_who(&mut self) -> Option<(Option<TenantName>, Said)> {
        let (tenant, person) = self.some_person()?;
        let (_, other) = self.some_person()?;
        let persons = json!({ "persons": [person, other] });
        let said = match self.manners.braking.below(3) {
            0 => Said::Forged { word: "link", args: persons },
            1 => Said::Forged { word: "part", args: persons },
            _ => Said::Unbind(person),
        };
        Some((Some(tenant), said))
    }

    /// It was said of those, by nobody of them; and counts from here on.
    pub(super) fn obey_who_is_who(
        &mut self,
        sent: &Sent,
        record: &CommandRecord,
        after: &BTreeSet<EventPosition>,
    ) -> Result<(), Violation> {
        let rows: Vec<&CommandRow> =
            record.rows.iter().filter(|row| row.became != Became::Nothing).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let (ids, meant): (&[PersonId], Became) = match &sent.said {
            Said::Link(ids) => (ids, Became::Linked),
            Said::Part(ids) => (ids, Became::Parted),
            Said::Unbind(id) => (std::slice::from_ref(id), Became::Unbound),
            _ => return Ok(()),
        };
        if let Some(row) = rows.iter().find(|row| row.became != meant) {
            return broken(None, format!("{:?} is {}", sent.said, row.became.word()));
        }
        for id in ids {
            let Some(person) = self.audit.person(id) else {
                return broken(None, format!("{id} is {}, and nobody knows them", meant.word()));
            };
            if self.is_own(&sent.operator, id, person) {
                let what = format!("{} says who they are themselves", sent.operator);
                return broken(Some(person), what);
            }
            match meant {
                Became::Unbound => self.note_unbound(person, &rows)?,
                Became::Parted => {
                    let shares = self.company.people.get(person).is_some_and(|it| it.is_contested);
                    self.audit.parted.extend(shares.then_some(person));
                }
                _ => {}
            }
        }
        self.tally.parted += u64::from(meant == Became::Parted);
        if meant == Became::Linked {
            self.note_link(ids, after);
        }
        Ok(())
    }

    /// All that is known of either is known of one.
    fn note_link(&mut self, ids: &[PersonId], after: &BTreeSet<EventPosition>) {
        let decided = |at: &EventPosition| self.audit.is_decided(at) && !after.contains(at);
        let names: BTreeSet<Name> = ids
            .iter()
            .filter_map(|id| Some((id, self.audit.person(id)?)))
            .flat_map(|(id, person)| self.audit.facts_as(person, Some(id), decided))
            .flat_map(|fact| fact.names.iter().cloned())
            .collect();
        self.audit.links.push(names);
        self.tally.linked += 1;
    }

    /// What was done to the account stays, and what was so before it nobody knows any more.
    fn note_unbound(&mut self, person: usize, rows: &[&CommandRow]) -> Result<(), Violation> {
        let told = rows.first().and_then(|row| row.why.clone()).unwrap_or_default();
        let Some(account) = told.split(' ').next().filter(|word| !word.is_empty()) else {
            return broken(
                Some(person),
                "an account is not theirs, and the row does not say which",
            );
        };
        self.disturbed.insert(person);
        let account = ScimId::new(account);
        self.orders.unbound.push(Unbound { person, account, is_bound_again: false });
        self.tally.unbound += 1;
        Ok(())
    }

    pub(super) fn is_bound_again(&mut self, person: usize, account: &ScimId) {
        let of_it = self.orders.unbound.iter_mut();
        of_it
            .filter(|it| it.person == person && it.account == *account)
            .for_each(|it| it.is_bound_again = true);
    }

    /// Whether operators have said that the account is not the person's, and nothing else since.
    pub(in crate::simulation) fn is_unbound(&self, person: usize, account: &ScimId) -> bool {
        let of_it = self.orders.unbound.iter();
        let mut of_it = of_it.filter(|it| it.person == person && it.account == *account);
        of_it.any(|it| !it.is_bound_again)
    }

    /// Whether that was ever said of an account of theirs.
    pub(in crate::simulation) fn was_ever_unbound(&self, person: usize) -> bool {
        self.orders.unbound.iter().any(|it| it.person == person)
    }

    /// Nothing is written for a person to an account that is not theirs by an operator's word.
    pub(in crate::simulation) fn check_unbound(
        &self,
        number: OwnerNumber,
        call: &Call,
        people: &[usize],
    ) -> Result<(), Violation> {
        if self.current != Some(number) {
            return Ok(());
        }
        let accounts: &[ScimId] = match &call.request {
            Request::Write(
                Operation::Change { account, .. }
                | Operation::AddMember { account, .. }
                | Operation::RemoveMember { account, .. }
                | Operation::Delete { account },
            ) => std::slice::from_ref(account),
            Request::AddMembers { accounts, .. } => accounts,
            _ => &[],
        };
        let is_it = |person: &&usize| accounts.iter().any(|it| self.is_unbound(**person, it));
        match people.iter().find(is_it) {
            Some(person) => {
                let what =
                    format!("{} is called, and the account is not theirs", show(&call.request));
                Err(Invariant::WrongPerson.broken(Some(*person), what))
            }
            None => Ok(()),
        }
    }
}
