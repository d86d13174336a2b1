//! Everybody whom a shard knows, and whose each name is.
//!
//! People are known by their records alone: what they have at a target is that desk's. What a record
//! says of names, events and strangers is indexed here and nowhere else, so it cannot disagree with it.

/// Whom only the past knows.
pub mod asleep;
/// People who are set aside.
pub mod aside;
/// Event × statements → claims.
pub mod fold;
/// What is over is forgotten.
pub mod forget;
/// Whose an event of an account is.
mod account;
/// Whose an event is.
pub mod identify;
/// Two people turn out to be one.
pub mod merge;
/// Words that do not count.
pub mod muted;
/// Whose each name is.
pub mod names;
/// Sources that count anew.
pub mod numbering;
/// Words behind one that is dated later than it is now.
mod overtaken;
/// Who is somebody else, by operators' word.
pub mod parted;
/// Why an event was passed over, in words.
pub mod remark;
/// Which events were taken in.
pub mod seen;
/// Whom sensors name and HR does not know.
pub mod stranger;
/// An event is taken in.
mod taken;

pub(super) use taken::{Dates, Taken};

use crate::engine::record::Aside;
use crate::engine::settings::TenantSettings;
use crate::engine::state::{Person, Seen};
use crate::model::decision::Decision;
use crate::model::event::Event;
use crate::model::ids::{GroupName, PersonId, TargetName, TenantName};
use crate::model::position::EventPosition;
use crate::model::{Alias, Statement};
use crate::rules::{ConditionError, RuleSet};
use names::Names;
use seen::{Before, SeenEvents};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// The people of the tenants of a shard.
#[derive(Debug)]
pub struct People {
    by_id: BTreeMap<PersonId, Person>,
    /// The ids of those who became part of somebody: nobody else gets them.
    merged: BTreeSet<PersonId>,
    rolls: BTreeMap<TenantName, Roll>,
    /// Those whose records could not be read.
    aside: BTreeMap<PersonId, Aside>,
}

/// What is known of all people of one tenant together.
#[derive(Debug)]
struct Roll {
    rules: Arc<RuleSet>,
    names: Names,
    /// The events that its people remember.
    seen: SeenEvents,
    /// Those whom HR does not know.
    strangers: BTreeSet<PersonId>,
}

/// Somebody, and what it takes to say what they should have.
#[derive(Clone, Copy, Debug)]
pub struct Whom<'a> {
    pub person: &'a Person,
    /// Whose each name of the tenant is.
    pub names: &'a Names,
    pub rules: &'a RuleSet,
}

impl People {
    pub fn new(tenants: &[TenantSettings], bearers_most: usize) -> Self {
        let roll = |tenant: &TenantSettings| Roll {
            rules: Arc::clone(&tenant.rules),
            names: Names::new(bearers_most),
            seen: SeenEvents::default(),
            strangers: BTreeSet::new(),
        };
        let rolls = tenants.iter().map(|tenant| (tenant.name.clone(), roll(tenant)));
        Self {
            by_id: BTreeMap::new(),
            merged: BTreeSet::new(),
            rolls: rolls.collect(),
            aside: BTreeMap::new(),
        }
    }

    pub fn get(&self, id: &PersonId) -> Option<&Person> {
        self.by_id.get(id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Person> {
        self.by_id.values()
    }

    pub fn ids(&self) -> impl Iterator<Item = &PersonId> {
        self.by_id.keys()
    }

    pub fn count(&self) -> usize {
        self.by_id.len()
    }

    /// `None`: nobody of a tenant that is configured.
    pub fn whom(&self, id: &PersonId) -> Option<Whom<'_>> {
        let person = self.by_id.get(id)?;
        let Roll { names, rules, .. } = self.rolls.get(&person.tenant)?;
        Some(Whom { person, names, rules })
    }

    /// Everybody of a tenant whom HR has ever called so.
    pub fn bearers_of(&self, tenant: &TenantName, name: &Alias) -> &[PersonId] {
        self.rolls.get(tenant).map_or(&[], |roll| roll.names.everybody(name))
    }

    pub fn is_served(&self, tenant: &TenantName) -> bool {
        self.rolls.contains_key(tenant)
    }

    /// The groups that each tenant's rules name, and at which target, if not at all.
    pub fn groups_of_rules(
        &self,
    ) -> impl Iterator<Item = (&TenantName, Option<TargetName>, GroupName)> {
        self.rolls.iter().flat_map(|(tenant, roll)| {
            roll.rules.groups().into_iter().map(move |(only, group)| (tenant, only, group))
        })
    }

    /// What a tenant's rules say of an event; `None`: the tenant is not configured.
    pub fn evaluate(
        &self,
        tenant: &TenantName,
        event: &Event,
    ) -> Option<Result<Vec<Statement>, ConditionError>> {
        Some(self.rolls.get(tenant)?.rules.evaluate(event))
    }

    /// A record as it was written; indexed with all others at the takeover.
    pub fn restore(&mut self, mut person: Person) {
        person.make_names_anew();
        self.aside.remove(&person.id);
        self.by_id.insert(person.id.clone(), person);
    }

    /// The record of somebody who is not indexed goes: it was deleted before the takeover, or nothing came
    /// of the event that was the first to mention them.
    pub fn drop_record(&mut self, id: &PersonId) {
        self.aside.remove(id);
        self.by_id.remove(id);
    }

    /// Everything that is said of everybody can be found from here on.
    pub fn index_all(&mut self) {
        for person in self.by_id.values() {
            if let Some(roll) = self.rolls.get_mut(&person.tenant) {
                roll.index(person);
            }
            self.merged.extend(person.merged.iter().cloned());
        }
        self.index_aside();
    }

    /// What an event is that was taken in before, or that bears the id of one that was.
    pub fn known_before(
        &self,
        tenant: &TenantName,
        event: &Event,
        person: Option<&PersonId>,
    ) -> Option<Decision> {
        let seen = Seen::of(event);
        let before = match self.rolls.get(tenant)?.seen.before(seen) {
            Before::SameId => {
                let person = person.and_then(|id| self.by_id.get(id));
                let is_theirs = person.is_some_and(|it| it.before(seen) == Before::SameId);
                if is_theirs { Before::Same } else { Before::IdReused }
            }
            before @ (Before::New | Before::Same | Before::IdReused) => before,
        };
        before.decision()
    }

    /// The tenant remembers what its people do.
    fn remember(&mut self, id: &PersonId, before: &Person) {
        let Some(person) = self.by_id.get(id) else { return };
        let Some(roll) = self.rolls.get_mut(&person.tenant) else { return };
        roll.seen.replace(&before.recent, &person.recent);
    }

    /// Makes the person whom this event is the first to mention. Their names come with the fold.
    ///
    /// An event that bears the id of one that is forgotten is not about the same person.
    pub fn meet(
        &mut self,
        tenant: &TenantName,
        event: &Event,
        position: &EventPosition,
    ) -> PersonId {
        let first = PersonId::first_seen(tenant, &event.source, &event.id);
        let is_taken = |id: &PersonId| self.by_id.contains_key(id) || self.merged.contains(id);
        let id = if is_taken(&first) { first.of_another(position) } else { first };
        let person = Person::new(id.clone(), tenant.clone());
        self.by_id.entry(id.clone()).or_insert(person);
        id
    }
}

impl Roll {
    /// Knows the person by all that is kept of them.
    fn index(&mut self, person: &Person) {
        self.names.index(person);
        self.note_stranger(person);
        self.seen.replace(&VecDeque::new(), &person.recent);
    }

    fn note_stranger(&mut self, person: &Person) {
        // There are no more accounts than targets have.
        if person.is_known_to_hr() || person.is_an_account() {
            self.strangers.remove(&person.id);
        } else {
            self.strangers.insert(person.id.clone());
        }
    }

    fn forget(&mut self, gone: &Person) {
        self.names.forget(gone);
        self.strangers.remove(&gone.id);
        self.seen.replace(&gone.recent, &VecDeque::new());
    }
}
