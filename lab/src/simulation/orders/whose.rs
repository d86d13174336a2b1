//! Operators say whose an account is, of accounts of which that is known.

use super::forging::Flaw;
use super::ruling::broken;
use super::{Said, Sent, enforced};
use crate::model::ordered::{Became, CommandRecord};
use crate::model::{EventPosition, PersonId, ScimId, TenantName};
use crate::simulation::checks::Violation;
use crate::simulation::fact::Name;
use crate::simulation::manners::Manner;
use crate::simulation::world::World;

/// Where an account may come to have another id, or not be shown, what was said of the old one is of
/// nobody, and operators say something else: these say nothing there.
const MOVES_OR_HIDES: [Manner; 3] =
    [Manner::MovedAccounts, Manner::Vanishing, Manner::HiddenInactive];

impl World {
    /// Somebody's own account is said to be theirs.
    pub(super) fn bind_somebody(&mut self, who: usize) {
        let Some((tenant, said)) = self.some_binding() else { return };
        self.utter(who, Some(tenant), said, Flaw::Nothing);
    }

    pub(super) fn some_binding(&mut self) -> Option<(TenantName, Said)> {
        let (tenant, person) = self.some_person()?;
        let account = self.own_account(&tenant, &person)?;
        Some((tenant, Said::Bind { person, account }))
    }

    /// The account that is somebody's in truth, if operators can say anything of it.
    pub(super) fn own_account(&self, tenant: &TenantName, person: &PersonId) -> Option<ScimId> {
        if MOVES_OR_HIDES.into_iter().any(|manner| self.manners.has(manner)) {
            return None;
        }
        let number = self.audit.person(person)?;
        let known = self.company.people.get(number).filter(|known| !known.is_contested)?;
        let place = (tenant.clone(), enforced());
        let accounts = self.providers.get(&place)?.accounts_of(known);
        let own = accounts.into_iter().find(|it| self.whose.of(&place, &it.id) == Some(number))?;
        Some(own.id)
    }

    /// It was said of that person, and of no other; and not by themselves.
    pub(super) fn obey_bind(
        &mut self,
        sent: &Sent,
        record: &CommandRecord,
    ) -> Result<(), Violation> {
        let Said::Bind { person: id, account } = &sent.said else { return Ok(()) };
        let Some(person) = self.audit.person(id) else {
            return broken(None, format!("{account} is bound to {id}, and nobody knows them"));
        };
        for row in record.rows.iter().filter(|row| row.became != Became::Nothing) {
            let whose = row.person.as_ref().and_then(|it| self.audit.person(it));
            if row.became != Became::Bound || whose != Some(person) {
                let what = format!("{account} is {} of {whose:?}", row.became.word());
                return broken(Some(person), what);
            }
            if self.is_own(&sent.operator, id, person) {
                let what = format!("{} says what is theirs", sent.operator);
                return broken(Some(person), what);
            }
            self.is_bound_again(person, account);
        }
        Ok(())
    }

    pub(super) fn is_own(&self, operator: &str, id: &PersonId, person: usize) -> bool {
        let name = Name::Email(operator.to_owned());
        let decided = |at: &EventPosition| self.audit.is_decided(at);
        let facts = self.audit.facts_as(person, Some(id), decided);
        facts.iter().any(|fact| fact.names.contains(&name))
    }
}
