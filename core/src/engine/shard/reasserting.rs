//! Accounts are brought to what is wanted again, though nothing has changed.

use super::Shard;
use super::obey::nothing;
use crate::command::instruction::Reasserted as Meant;
use crate::engine::desk::ordered::Reasserted;
use crate::engine::state::Person;
use crate::engine::will::overriding;
use crate::model::ids::{PersonId, TenantName};
use crate::model::ordered::{Became, CommandRow};
use jiff::Timestamp;

impl Shard {
    /// Reads the accounts of those who are meant anew, and corrects what is not as it is wanted. A row for
    /// each account, and those first that were looked at longest ago.
    pub(super) fn reassert(&mut self, tenant: &TenantName, meant: &Meant) -> Vec<CommandRow> {
        let today = self.books.today();
        let theirs = self.people.iter().filter(|person| person.tenant == *tenant);
        let theirs = theirs.filter(|person| overriding::is_meant(person, meant, today));
        let mut people: Vec<(Option<Timestamp>, PersonId)> =
            theirs.map(|person| (self.looked_at(person), person.id.clone())).collect();
        people.sort();
        let mut rows = Vec::new();
        let mut left = 0;
        for (_, id) in people {
            if self.books.ledger.is_full() {
                left += 1;
            } else {
                rows.extend(self.reassert_one(tenant, &id));
            }
        }
        if left > 0 {
            rows.push(nothing(&format!(
                "{left} more people are left for now, for it would be too much at once; say it again \
                 when these are done"
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

    fn reassert_one(&mut self, tenant: &TenantName, id: &PersonId) -> Vec<CommandRow> {
        let mut rows = Vec::new();
        for target in self.targets_of(tenant) {
            let done = self.at((tenant, &target), |desk, turn| desk.reassert(id, turn)).flatten();
            let (became, why) = match done {
                None => continue,
                Some(Reasserted::Begun(why)) => (Became::Reasserted, why),
                Some(Reasserted::Working) => {
                    (Became::Nothing, Some("it is worked on already".to_owned()))
                }
                Some(Reasserted::Held) => (
                    Became::Nothing,
                    Some("it waits for somebody; `usher held` says for what".to_owned()),
                ),
            };
            let (person, target) = (Some(id.clone()), Some(target));
            rows.push(CommandRow { became, person, target, why, ..nothing("") });
        }
        rows
    }
}
