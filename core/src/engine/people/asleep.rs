//! Whom only the past knows: at the first start on years of history nothing is called for them.
//!
//! Their claims are folded like all others. They wake at the first word of the present, when something
//! that was said of them begins, ends or reaches a stage, when somebody needs their account, or when an
//! operator's command names them.

use super::People;
use crate::engine::state::Sleep;
use crate::engine::will::wish;
use crate::model::Alias;
use crate::model::ids::{PersonId, TenantName};
use jiff::Timestamp;

/// Of which time an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// It stood in a topic before that was first read, and is too old to ask for calls.
    Past,
    Present,
}

impl People {
    pub fn is_asleep(&self, id: &PersonId) -> bool {
        self.get(id).is_some_and(|person| person.asleep.is_some())
    }

    /// An event has changed what is known of somebody. Only who is new can fall asleep: who is awake
    /// stays so, whatever is heard of their past.
    pub fn note_era(&mut self, id: &PersonId, (era, is_new): (Era, bool), today: Timestamp) {
        let Some(person) = self.by_id.get_mut(id) else { return };
        let sleeps = era == Era::Past && (is_new || person.asleep.is_some());
        person.asleep = sleeps.then(|| Sleep { until: wish::next_edge(person, today) });
    }

    /// Says whether they slept.
    pub fn awaken(&mut self, id: &PersonId) -> bool {
        self.by_id.get_mut(id).is_some_and(|person| person.asleep.take().is_some())
    }

    /// Somebody who sleeps and goes by that name.
    pub fn sleeper(&self, tenant: &TenantName, name: &Alias) -> Option<&PersonId> {
        let owner = self.rolls.get(tenant)?.names.owner(name)?;
        self.is_asleep(owner).then_some(owner)
    }
}
