//! Operators say that words on a person's claims do not count, or keep the person in or out.

use super::People;
use crate::command::instruction::{CommandId, Keep};
use crate::engine::said::mutes::{Mute, TooManyMutes};
use crate::engine::state::overrides::GaveWay;
use crate::engine::state::{Override, Overrides, Person};
use crate::model::ids::{PersonId, TargetName, TenantName};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What of a person's orders is due.
#[derive(Debug, Default)]
pub struct Due {
    pub soon: Vec<Override>,
    pub ended: Vec<Override>,
    /// What overrides had muted that gave way to others.
    pub alone: Vec<Alone>,
    /// How many mutes have ended.
    mutes: usize,
}

/// What an override muted, after another took its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alone {
    pub target: TargetName,
    pub operator: String,
    /// The claims, as they are told.
    pub claims: String,
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

    /// What is over by now of what overrides had muted that gave way to others.
    fn mutes_alone(&self, today: Timestamp) -> Vec<Alone> {
        let mut alone: BTreeMap<(&TargetName, CommandId), Vec<&Mute>> = BTreeMap::new();
        for mute in self.mutes.iter().filter(|mute| !mute.is_in_force(today)) {
            let Some(target) = &mute.target else { continue };
            let command = mute.order.command;
            let is_its = |it: &Override| it.order.command == command && it.target == *target;
            if !self.overrides.iter().any(is_its) {
                alone.entry((target, command)).or_default().push(mute);
            }
        }
        let told = alone.into_iter().filter_map(|((target, _), mutes)| {
            let operator = mutes.first()?.order.operator.clone();
            Some(Alone { target: target.clone(), operator, claims: claims_of(mutes.into_iter()) })
        });
        told.collect()
    }
}

impl Person {
    /// Takes in the overrides of another record of the person, whose mutes are in already. Gives those that
    /// gave way. What was muted by one that gave way to another that keeps in, too, lasts as long as it was
    /// to; nobody who is kept out has mutes.
    pub(super) fn unite_overrides(&mut self, other: &Overrides, today: Timestamp) -> Vec<GaveWay> {
        let mut gave_way = self.overrides.unite(other, today);
        for it in &mut gave_way {
            if it.kept.keep == Keep::Out {
                self.mutes.lift(|mute| mute.is_of_an_override_at(&it.lost.target));
            } else {
                let lasts = |mute: &&Mute| {
                    mute.is_part_of(it.lost.order.command, &it.lost.target)
                        && mute.is_in_force(today)
                };
                it.muted = claims_of(self.mutes.iter().filter(lasts));
            }
        }
        gave_way
    }
}

/// The claims of which words are muted, as they are told.
pub fn claims_of<'a>(mutes: impl Iterator<Item = &'a Mute>) -> String {
    let claims: BTreeSet<String> = mutes.map(|mute| format!("`{}`", mute.claim)).collect();
    claims.into_iter().collect::<Vec<_>>().join(", ")
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
    ) -> Result<(), TooManyMutes> {
        let Some(person) = self.by_id.get_mut(id) else { return Ok(()) };
        let mut all = person.mutes.clone();
        all.lift(|it| it.is_of_an_override_at(&new.target));
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
            alone: person.mutes_alone(today),
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
