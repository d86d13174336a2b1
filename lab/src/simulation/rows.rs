//! What waits for somebody at rest: it excuses an account that is not as it should be, and nothing waits
//! without a reason that is still so.

use super::checks::{Invariant, Violation};
use super::manners::Manner;
use super::owner::Owner;
use super::settings::OBSERVED;
use super::world::World;
use crate::engine::brakes::halt;
use crate::model::code::Code;
use crate::model::wish::Facet;
use crate::model::{Account, Effect, Hold, Operation, PersonId, ScimId, TargetName};
use std::collections::BTreeSet;

/// One thing that waits.
pub(super) struct Row<'a> {
    pub id: &'a PersonId,
    pub target: &'a TargetName,
    pub hold: &'a Hold,
}

impl Owner {
    /// All that waits here.
    pub(super) fn rows(&self) -> Vec<Row<'_>> {
        let shard = self.host.shard();
        let of = |person| {
            let seats = shard.seats_of(person).into_iter();
            seats.flat_map(move |(target, seat)| {
                seat.holds.iter().map(move |hold| Row { id: &person.id, target, hold })
            })
        };
        shard.people().flat_map(of).collect()
    }
}

impl World {
    /// What of a person's account waits for somebody, by the rows of whoever owns them now. Whose account
    /// it is, and what was before, is told elsewhere.
    pub(super) fn kept(&self, person: usize, target: &TargetName) -> BTreeSet<Facet> {
        let owner = self.current.and_then(|number| self.owners.get(&number));
        let rows = owner.into_iter().flat_map(Owner::rows);
        let own = rows.filter(|row| {
            row.target == target && self.audit.person(row.id) == Some(person) && is_of_brakes(row)
        });
        let facets = own.map(|row| match &row.hold.effect {
            Effect::Operation(operation) => halt::facets(operation),
            Effect::WayBack(_) | Effect::Identity => Vec::new(),
        });
        facets.flatten().collect()
    }

    /// At rest nothing waits that is so already.
    pub(super) fn rows_are_alive(&self, owner: &Owner) -> Result<(), Violation> {
        for row in owner.rows() {
            let Effect::Operation(operation) = &row.hold.effect else { continue };
            let person = self.audit.person(row.id);
            // What somebody has said of a row lasts longer than the pause.
            // What a target that is only observed was to wait for ends with what is said next.
            if row.hold.why.code == Code::PauseOrdered
                && row.target.as_str() != OBSERVED
                && row.hold.verdict.is_open()
                && !self.orders.pause_anything()
            {
                let what = format!("waits at {} for a pause that is over", row.target);
                return Err(Invariant::Brakes.broken(person, what));
            }
            if is_of_brakes(&row)
                && let Some(person) = person
                && self.is_done(person, row.target, operation)
            {
                let what = format!(
                    "waits at {} for {} ({}), and that is so already",
                    row.target,
                    super::calls::show(&crate::model::Request::Write(operation.clone())),
                    row.hold.why.code
                );
                return Err(Invariant::Brakes.broken(Some(person), what));
            }
        }
        Ok(())
    }

    fn is_done(&self, person: usize, target: &TargetName, operation: &Operation) -> bool {
        let Some(known) = self.company.people.get(person) else { return false };
        let tenant = self.company.tenants.get(known.tenant).cloned().unwrap_or_default();
        let place = (crate::model::TenantName::new(tenant), target.clone());
        let Some(provider) = self.providers.get(&place) else { return false };
        let accounts = provider.accounts_of(known);
        let find = |id: &ScimId| accounts.iter().find(|account| account.id == *id);
        match operation {
            // What no look-up shows is not known: it may lie, and whoever is inactive may be hidden.
            Operation::Create { .. } => accounts.iter().any(|account| {
                !self.manners.has(Manner::LyingFilter)
                    && (account.active == Some(true) || !self.manners.has(Manner::HiddenInactive))
            }),
            // What has another id now is looked for anew. What somebody else has deleted is found by
            // whoever reads all that there is.
            Operation::Delete { .. } => {
                let is_found =
                    self.settings.inventory_every.is_some() || !self.disturbed.contains(&person);
                accounts.is_empty() && is_found
            }
            Operation::Change { account, active, attributes } => {
                find(account).is_some_and(|account| {
                    active.is_none_or(|active| account.active == Some(active))
                        && attributes.iter().all(|(name, field)| has(account, name, field.value()))
                })
            }
            Operation::AddMember { account, group } => {
                find(account).is_some() && provider.is_member(account, group.name.as_str())
            }
            Operation::RemoveMember { account, group } => {
                find(account).is_some() && !provider.is_member(account, group.name.as_str())
            }
            Operation::CreateGroup { name } => !provider.groups_called(name.as_str()).is_empty(),
        }
    }
}

fn has(
    account: &Account,
    name: &crate::model::AttributeName,
    value: Option<&crate::model::Value>,
) -> bool {
    account.attributes.get(name) == value
}

fn is_of_brakes(row: &Row<'_>) -> bool {
    row.hold.why.code.known().is_some_and(|code| {
        code.is_of_a_limit()
            || matches!(code, Code::PauseOrdered | Code::ProtectedPerson | Code::ProtectedGroup)
    })
}
