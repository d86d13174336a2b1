//! Accounts are brought to what is wanted again, though nothing has changed.

use super::Shard;
use super::obey::{NOBODY, nothing, part_of};
use crate::command::instruction::{Many, PersonRef, Reasserted};
use crate::engine::desk::ordered::Reassertion;
use crate::engine::state::Person;
use crate::engine::will::overriding;
use crate::model::ids::{PersonId, TenantName};
use crate::model::ordered::{Became, CommandRow};
use jiff::Timestamp;

impl Shard {
    /// Reads the accounts of those who are meant anew, and corrects what is not as it is wanted. A row for
    /// each account, and those first that were looked at longest ago.
    pub(super) fn reassert(&mut self, tenant: &TenantName, meant: &Reasserted) -> Vec<CommandRow> {
        let today = self.books.today();
        let theirs = self.people.iter().filter(|person| person.tenant == *tenant);
        let theirs = theirs.filter(|person| overriding::is_meant(person, meant, today));
        let mut people: Vec<(Option<Timestamp>, PersonId)> =
            theirs.map(|person| (self.looked_at(person), person.id.clone())).collect();
        people.sort();
        let mut rows = Vec::new();
        let (mut left, mut asleep) = (0, 0);
        for (_, id) in people {
            if meant.persons().is_none() && self.people.is_asleep(&id) {
                asleep += 1;
            } else if self.books.ledger.is_full() {
                left += 1;
            } else {
                rows.extend(self.reassert_one(tenant, &id, meant));
            }
        }
        rows.extend(self.unknown(tenant, meant));
        if left > 0 {
            rows.push(nothing(&format!(
                "{left} more people are left for now, for it would be too much at once; say it again \
                 when these are done"
            )));
        }
        if asleep > 0 {
            rows.push(nothing(&format!(
                "{asleep} people are left out, for only the past speaks of them and usher has done nothing \
                 for them; name them, if their accounts are meant"
            )));
        }
        if rows.is_empty() {
            rows.push(nothing("nobody is meant by this of whom usher wants anything"));
        }
        rows
    }

    fn looked_at(&self, person: &Person) -> Option<Timestamp> {
        self.desks.seats_of(person).into_values().map(|seat| seat.began_at).min()
    }

    /// A row for each who is named and is nobody.
    fn unknown(&self, tenant: &TenantName, meant: &Reasserted) -> Vec<CommandRow> {
        let named = meant.persons().into_iter().flat_map(Many::iter).map(PersonRef::id);
        let unknown = named.filter(|id| self.people.of_tenant(tenant, id).is_none());
        let row = |id: &PersonId| CommandRow { person: Some(id.clone()), ..nothing(NOBODY) };
        unknown.map(row).collect()
    }

    fn reassert_one(
        &mut self,
        tenant: &TenantName,
        id: &PersonId,
        meant: &Reasserted,
    ) -> Vec<CommandRow> {
        let named = meant.persons().into_iter().flat_map(Many::iter);
        let part = self.people.get(id).and_then(|person| part_of(named, person));
        let slept = self.people.is_asleep(id);
        if slept {
            self.rouse(id);
            self.reconsider(id, None);
        }
        let mut rows = Vec::new();
        for target in self.targets_of(tenant) {
            let done = self.at((tenant, &target), |desk, turn| desk.reassert(id, turn)).flatten();
            let (became, why) = match done {
                None => continue,
                Some(Reassertion::Begun(why)) => (Became::Reasserted, why),
                // Nothing was read of it before.
                Some(Reassertion::Working) if slept => {
                    let obstacle =
                        self.at((tenant, &target), |desk, turn| desk.what_stands_in_the_way(turn));
                    (Became::Reasserted, obstacle.flatten())
                }
                Some(Reassertion::Working) => {
                    (Became::Nothing, Some("it is worked on already".to_owned()))
                }
                Some(Reassertion::Held) => (
                    Became::Nothing,
                    Some("it waits for somebody; `usher held` says for what".to_owned()),
                ),
            };
            let parts: Vec<String> = why.into_iter().chain(part.clone()).collect();
            let why = (!parts.is_empty()).then(|| parts.join("; "));
            let (person, target) = (Some(id.clone()), Some(target));
            rows.push(CommandRow { person, target, became, why, ..nothing("") });
        }
        rows
    }
}
