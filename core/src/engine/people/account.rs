//! Whose an event of an account is: that of whoever is known by the account itself, and of nobody who is
//! merely called like it.

use super::People;
use super::identify::ambiguous;
use super::names::Names;
use crate::model::Alias;
use crate::model::decision::Why;
use crate::model::event::Event;
use crate::model::ids::{PersonId, TenantName};
use std::collections::BTreeSet;

/// Whoever is known by the account, be it by it alone.
pub(super) fn by_account<'a>(
    names: &'a Names,
    event: &Event,
) -> Result<BTreeSet<&'a PersonId>, Why> {
    let own = event.aliases.iter().filter(|alias| alias.is_of_an_account());
    let found: BTreeSet<&PersonId> = own.flat_map(|alias| names.reported(alias)).collect();
    if found.len() > 1 { Err(ambiguous()) } else { Ok(found) }
}

impl People {
    /// Somebody whom HR calls as the account of the event is called: it is not nobody's.
    pub(in crate::engine) fn namesake(
        &self,
        tenant: &TenantName,
        event: &Event,
    ) -> Option<&PersonId> {
        let names = &self.rolls.get(tenant)?.names;
        let called = event.aliases.iter().filter(|alias| !Alias::is_of_an_account(alias));
        called.flat_map(|alias| names.everybody(alias)).next()
    }
}
