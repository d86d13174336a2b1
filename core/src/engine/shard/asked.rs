//! Of whom somebody asks for something through the API, who names an account by its id.

use super::Shard;
use super::decide::Place;
use crate::engine::people::identify::Subject;
use crate::engine::people::remark;
use crate::model::decision::Why;
use crate::model::event::AccountRef;
use std::collections::BTreeSet;

impl Shard {
    /// Whoever is bound to the account, and nobody who is merely called like it: an account that is nobody's is
    /// for somebody to look at.
    pub(super) fn owner_asked_of(
        &self,
        place: &Place<'_>,
        account: &AccountRef,
    ) -> Result<Subject, Why> {
        let desk = self.desks.get(&place.tenant, &account.target);
        let owner = desk.and_then(|desk| desk.owner_of(&account.id));
        let owner = owner.filter(|id| self.people.get(id).is_some());
        let found = owner.map(|id| Subject::Somebody(id.clone(), BTreeSet::new()));
        found.ok_or_else(remark::asked_of_nobody)
    }
}
