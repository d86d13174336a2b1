//! People who are set aside: nothing is done for them, and whoever bears a name of theirs is left alone.

use super::{People, Roll};
use crate::engine::record::Aside;
use crate::engine::state::Person;
use crate::model::event::Event;
use crate::model::ids::TenantName;

/// More are not one person's trouble, but the version's.
const ASIDE_MOST: usize = 20;

impl People {
    /// Sets somebody aside in place of what an older record has said of them. `false`: too many are.
    pub fn set_aside(&mut self, aside: Aside) -> bool {
        self.drop_record(&aside.person);
        self.aside.insert(aside.person.clone(), aside);
        self.aside.len() <= ASIDE_MOST
    }

    /// Everybody who is set aside.
    pub fn aside(&self) -> impl Iterator<Item = &Aside> {
        self.aside.values()
    }

    /// Who of them the event may speak of.
    pub fn aside_by(&self, tenant: &TenantName, event: &Event) -> Option<&Aside> {
        let is_named = |it: &&Aside| {
            it.tenant == *tenant && event.aliases.iter().any(|name| it.names.contains(name))
        };
        self.aside.values().find(is_named)
    }

    /// Their names are theirs as before, so that nobody else gets what they have.
    pub(super) fn index_aside(&mut self) {
        for aside in self.aside.values() {
            self.merged.extend(aside.merged.iter().chain([&aside.person]).cloned());
            let Some(Roll { names, .. }) = self.rolls.get_mut(&aside.tenant) else { continue };
            let mut person = Person::new(aside.person.clone(), aside.tenant.clone());
            person.aliases.clone_from(&aside.names);
            person.known_to_hr = Some(true);
            names.index(&person);
        }
    }
}
