//! Operators say that words on a person's claims do not count, or keep the person in or out.

use super::People;
use crate::command::instruction::CommandId;
use crate::engine::said::mutes::{Mute, TooManyMutes};
use crate::engine::state::{Override, Person};
use crate::model::ids::{PersonId, TargetName, TenantName};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What of a person's orders is due.
#[derive(Debug, Default)]
pub struct Due {
    pub soon: Vec<Override>,
    pub ended: Vec<Override>,
    /// How many mutes have ended.
    mutes: usize,
}

impl Due {
    /// Whether the record has changed.
    pub fn is_news(&self) -> bool {
        self.mutes > 0 || !self.soon.is_empty() || !self.ended.is_empty()
    }
}

impl Person {
    /// Ends what a command ordered, mutes and overrides, at these targets; none: at each.
    pub fn end_order(&mut self, command: CommandId, targets: Option<&BTreeSet<TargetName>>) {
        let is_there = |mute: &Mute| match (targets, &mute.target) {
            (None, _) => true,
            (Some(targets), Some(target)) => targets.contains(target),
            (Some(_), None) => false,
        };
        self.mutes.lift(|mute| mute.order.command == command && is_there(mute));
        self.overrides.end(command, targets);
    }
}

impl People {
    /// Mutes words of somebody's claims, all of `mutes` or none. Nothing is said of who is not known.
    ///
    /// # Errors
    ///
    /// If they are more than the person's record takes.
    pub fn mute(&mut self, id: &PersonId, mutes: Vec<Mute>) -> Result<(), TooManyMutes> {
        self.by_id.get_mut(id).map_or(Ok(()), |person| person.mutes.add(mutes))
    }

    /// Keeps somebody in or out. What was said of the target before is over, with its mutes.
    ///
    /// # Errors
    ///
    /// If the mutes are more than the person's record takes; then nothing has changed.
    pub fn keep(
        &mut self,
        id: &PersonId,
        new: Override,
        mutes: Vec<Mute>,
        today: Timestamp,
    ) -> Result<(), TooManyMutes> {
        let Some(person) = self.by_id.get_mut(id) else { return Ok(()) };
        let mut all = person.mutes.clone();
        if let Some(last) = person.overrides.at(&new.target, today) {
            all.lift(|it| it.is_part_of(last.order.command, &last.target));
        }
        all.add(mutes)?;
        person.mutes = all;
        person.overrides.put(new);
        Ok(())
    }

    /// Ends what a command ordered for a person, mutes and overrides, at these targets; none: at each.
    pub fn end_order(
        &mut self,
        id: &PersonId,
        command: CommandId,
        targets: Option<&BTreeSet<TargetName>>,
    ) {
        if let Some(person) = self.by_id.get_mut(id) {
            person.end_order(command, targets);
        }
    }

    /// Forgets what is over by now, and says so; also which overrides end soon.
    pub fn end_orders(&mut self, id: &PersonId, today: Timestamp) -> Due {
        let Some(person) = self.by_id.get_mut(id) else { return Due::default() };
        Due {
            soon: person.overrides.announce(today),
            ended: person.overrides.take_over(today),
            mutes: person.mutes.lift(|mute| !mute.is_in_force(today)),
        }
    }

    /// What was ordered for a target is so under the name that it has now. Says for whom that is news.
    pub fn rename_orders(
        &mut self,
        (tenant, former): (&TenantName, &TargetName),
        name: &TargetName,
    ) -> Vec<PersonId> {
        let theirs = self.by_id.values_mut().filter(|person| person.tenant == *tenant);
        let renamed = theirs.filter_map(|person| {
            let is_moved =
                person.mutes.rename(former, name) | person.overrides.rename(former, name);
            is_moved.then(|| person.id.clone())
        });
        renamed.collect()
    }
}
