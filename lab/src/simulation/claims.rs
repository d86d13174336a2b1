//! No call gives what a claim forbids, nor goes by a name that two people claim.

use super::calls::{Effect, effect, show};
use super::checks::{Invariant, Violation};
use super::fact::Name;
use super::oracle::{self, Expected};
use super::owner::OwnerNumber;
use super::world::World;
use crate::model::{AttributeName, Call, EventPosition, Operation, Request, ScimId};
use crate::provider::model::text_at;
use jiff::Timestamp;

impl World {
    /// Nothing leaves that a claim which this owner has committed forbids.
    pub(super) fn check_claims(
        &self,
        number: OwnerNumber,
        call: &Call,
        people: &[usize],
    ) -> Result<(), Violation> {
        let Some(owner) = self.owners.get(&number) else {
            return Ok(());
        };
        let broken = |person: usize, why: String| {
            let what = format!("{number} starts {} though {why}", show(&call.request));
            Err(Invariant::NoGrantUnderACut.broken(Some(person), what))
        };
        let knows = |place: &EventPosition| owner.knows.contains(place);
        for person in people.iter().copied() {
            if self.is_by_a_contested_name(call, person, knows) {
                return broken(person, "two people claim a name of theirs".to_owned());
            }
            let now = self.people_time(number);
            let Some(why) = self.forbidden_at(now, call, person, knows) else {
                continue;
            };
            // What was to begin just now, and is withdrawn by what has been read since, had been
            // allowed when the call was written ahead.
            let has_read = |place: &EventPosition| owner.has_read(place);
            let lately = now - self.settings.timing.lease;
            if self.forbidden_at(lately, call, person, knows).is_some()
                || self.forbidden_at(now, call, person, has_read).is_some()
            {
                return broken(person, why);
            }
        }
        Ok(())
    }

    /// Which claim among the events that count forbids the call now, if it is a grant.
    pub(super) fn forbidden(
        &self,
        number: OwnerNumber,
        call: &Call,
        person: usize,
        counts: impl Fn(&EventPosition) -> bool + Copy,
    ) -> Option<String> {
        self.forbidden_at(self.people_time(number), call, person, counts)
    }

    fn forbidden_at(
        &self,
        now: Timestamp,
        call: &Call,
        person: usize,
        counts: impl Fn(&EventPosition) -> bool + Copy,
    ) -> Option<String> {
        if effect(&call.request) != Effect::Grant {
            return None;
        }
        let facts = self.audit.facts_as(person, call.person.as_ref(), counts);
        let known = self.company.people.get(person)?;
        let views = self.unheard_lately((person, &call.target), &facts, now).into_iter();
        let views = views
            .map(|unheard| oracle::expect(known, &facts, &unheard, (now, self.settings.deletes)));
        let is_forbidden = |expected: &Expected| match &call.request {
            Request::Write(Operation::Create { .. } | Operation::Change { .. }) => {
                expected.is_barred || expected.deletion_due
            }
            Request::Write(Operation::AddMember { .. }) | Request::AddMembers { .. } => {
                expected.vpn_is_barred
            }
            Request::Write(Operation::RemoveMember { .. }) => expected.in_quarantine,
            _ => false,
        };
        let views: Vec<Expected> = views.collect();
        let expected = views.first().filter(|_| views.iter().all(is_forbidden))?;
        Some(format!("person {person} is {}", expected.claims.join(", ")))
    }

    /// Whether the account has a number that what was decided says to be the person's: it is theirs,
    /// whoever has the name.
    fn is_theirs_by_number(
        &self,
        call: &Call,
        person: usize,
        counts: impl Fn(&EventPosition) -> bool + Copy,
    ) -> bool {
        let provider = self.providers.get(&(call.tenant.clone(), call.target.clone()));
        let Some(provider) = provider else { return false };
        let facts = self.audit.facts_as(person, call.person.as_ref(), counts);
        accounts_of(&call.request).iter().any(|account| {
            let user = provider.directory.user(account.as_str());
            let number = user.and_then(|user| text_at(user, &AttributeName::EMPLOYEE_NUMBER));
            let number = number.map(|number| Name::Number(number.to_owned()));
            number.is_some_and(|number| facts.iter().any(|fact| fact.names.contains(&number)))
        })
    }

    /// Whether HR has called two people by a name that the call grants or looks up by.
    fn is_by_a_contested_name(
        &self,
        call: &Call,
        person: usize,
        counts: impl Fn(&EventPosition) -> bool + Copy,
    ) -> bool {
        let Some(known) = self.company.people.get(person).filter(|one| one.is_contested) else {
            return false;
        };
        // Operators have said who has it.
        if self.audit.parted.contains(&person) {
            return false;
        }
        let Some(name) = known.user_names.first().cloned().map(Name::User) else {
            return false;
        };
        let goes_by_it = match &call.request {
            Request::FindAccounts { value, .. } => Name::User(value.clone()) == name,
            request => effect(request) == Effect::Grant,
        };
        let has_it = |person: usize| {
            self.audit.facts(person, counts).iter().any(|fact| fact.names.contains(&name))
        };
        let has_number = || self.is_theirs_by_number(call, person, counts);
        goes_by_it
            && !has_number()
            && (0..self.company.people.len()).filter(|one| has_it(*one)).count() > 1
    }
}

/// The accounts that a call writes to.
fn accounts_of(request: &Request) -> &[ScimId] {
    match request {
        Request::Write(
            Operation::Change { account, .. }
            | Operation::AddMember { account, .. }
            | Operation::RemoveMember { account, .. }
            | Operation::Delete { account },
        ) => std::slice::from_ref(account),
        Request::AddMembers { accounts, .. } => accounts,
        Request::Write(Operation::Create { .. } | Operation::CreateGroup { .. })
        | Request::FindAccounts { .. }
        | Request::ReadAccount { .. }
        | Request::FindGroups { .. }
        | Request::ListAccounts { .. }
        | Request::ListGroups { .. }
        | Request::ReadScope { .. }
        | Request::ReadMembers { .. } => &[],
    }
}
