//! Operators say that words on a person's claims do not count.

use super::People;
use crate::engine::said::mutes::{Mute, TooManyMutes};
use crate::model::ids::{PersonId, TargetName, TenantName};
use jiff::Timestamp;

impl People {
    /// Mutes words of somebody's claims, all of `mutes` or none. Nothing is said of who is not known.
    ///
    /// # Errors
    ///
    /// If they are more than the person's record takes.
    pub fn mute(&mut self, id: &PersonId, mutes: Vec<Mute>) -> Result<(), TooManyMutes> {
        self.by_id.get_mut(id).map_or(Ok(()), |person| person.mutes.add(mutes))
    }

    /// Ends those mutes of a person that are meant. Says how many there were.
    pub fn lift(&mut self, id: &PersonId, is_meant: impl Fn(&Mute) -> bool) -> usize {
        self.by_id.get_mut(id).map_or(0, |person| person.mutes.lift(is_meant))
    }

    /// Forgets mutes that have ended by now. Says whether there were any.
    pub fn forget_mutes(&mut self, id: &PersonId, today: Timestamp) -> bool {
        self.lift(id, |mute| !mute.is_in_force(today)) > 0
    }

    /// What was ordered for a target is so under the name that it has now. Says for whom that is news.
    pub fn rename_orders(
        &mut self,
        (tenant, former): (&TenantName, &TargetName),
        name: &TargetName,
    ) -> Vec<PersonId> {
        let theirs = self.by_id.values_mut().filter(|person| person.tenant == *tenant);
        let renamed = theirs
            .filter_map(|person| person.mutes.rename(former, name).then(|| person.id.clone()));
        renamed.collect()
    }
}
