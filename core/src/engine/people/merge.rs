//! Two people turn out to be one: HR links a number to a name that was known by signals alone.
//!
//! What was said of either counts for both, as if it had been said of one from the start; so it does
//! not matter when the link is told. One record stays, the others go in the same commit.

use super::People;
use crate::engine::people::forget;
use crate::engine::said::profile;
use crate::engine::state::overrides::GaveWay;
use crate::engine::state::{MERGED_KEPT, Person, RECENT_EVENTS, Seen};
use crate::model::event::EventClass;
use crate::model::ids::PersonId;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What becomes of several records that are made one.
#[derive(Debug, Default)]
pub(in crate::engine) struct Merged {
    /// The records that are to go.
    pub gone: Vec<Person>,
    /// Overrides that do not count any more.
    pub gave_way: Vec<GaveWay>,
}

impl People {
    /// What `home` would be with `others` as part of it, and which overrides would give way; `None`: they
    /// are too much for one record.
    pub(super) fn union(
        &self,
        home: &PersonId,
        others: &BTreeSet<PersonId>,
        (class, today): (EventClass, Timestamp),
    ) -> Option<(Person, Vec<GaveWay>)> {
        let mut person = self.by_id.get(home)?.clone();
        let others = others.iter().filter_map(|id| self.by_id.get(id));
        let gave_way = others.flat_map(|other| unite(&mut person, other, today)).collect();
        forget::make_room(&mut person, class, today).then_some((person, gave_way))
    }

    /// Makes `others` part of `home`. `None`: they are too much for one record, and nothing has changed.
    pub(in crate::engine) fn merge(
        &mut self,
        home: &PersonId,
        others: &BTreeSet<PersonId>,
        (class, today): (EventClass, Timestamp),
    ) -> Option<Merged> {
        let was = self.by_id.get(home)?.clone();
        let (person, gave_way) = self.union(home, others, (class, today))?;
        let roll = self.rolls.get_mut(&person.tenant)?;
        roll.names.forget(&was);
        roll.seen.replace(&was.recent, &person.recent);
        self.merged.extend(others.iter().cloned());
        let gone: Vec<Person> = others.iter().filter_map(|id| self.by_id.remove(id)).collect();
        for other in &gone {
            roll.names.forget(other);
            roll.strangers.remove(&other.id);
            roll.seen.replace(&other.recent, &person.recent);
        }
        roll.names.index(&person);
        roll.note_stranger(&person);
        self.by_id.insert(home.clone(), person);
        Some(Merged { gone, gave_way })
    }
}

/// What was said of `other` was said of `person`. Gives the overrides that gave way.
fn unite(person: &mut Person, other: &Person, today: Timestamp) -> Vec<GaveWay> {
    let ids: Vec<&PersonId> =
        person.merged.iter().chain(&other.merged).chain([&person.id, &other.id]).collect();
    person.parted.unite((&person.aliases, &other.aliases), &other.parted, &ids);
    person.unite_names(other);
    person.merged.extend(other.merged.iter().chain([&other.id]).cloned());
    while person.merged.len() > MERGED_KEPT {
        person.merged.pop_first();
    }
    for (kept, more) in
        [(&mut person.claims, &other.claims), (&mut person.employments, &other.employments)]
    {
        for instance in more {
            let same =
                kept.iter_mut().find(|own| own.name == instance.name && own.by == instance.by);
            match same {
                Some(own) => own.unite(instance.clone()),
                None => kept.push(instance.clone()),
            }
        }
    }
    person.mutes.unite(&other.mutes);
    let gave_way = person.unite_overrides(&other.overrides, today);
    for (name, heard) in &other.forgotten {
        let mark = person.forgotten.entry(name.clone()).or_insert(*heard);
        *mark = (*heard).max(*mark);
    }
    for last in &other.last_words {
        person.keep_last_word(last.clone());
    }
    for (name, marks) in &other.profile {
        profile::unite(person, name.clone(), marks.clone());
    }
    for said in &other.legal_holds {
        profile::note_hold(&mut person.legal_holds, said.clone());
    }
    person.asleep = person.asleep.zip(other.asleep).map(|(own, more)| own.unite(more));
    let own: Vec<Seen> = person.recent.iter().copied().collect();
    let more = other.recent.iter().copied().filter(|seen| !own.contains(seen));
    person.recent = more.chain(own.iter().copied()).collect();
    let surplus = person.recent.len().saturating_sub(RECENT_EVENTS);
    person.recent.drain(..surplus);
    gave_way
}
