//! All desks of a shard, and the seats that no desk serves.

use crate::engine::brakes::counters::Counters;
use crate::engine::deeds::baseline::united_baseline;
use crate::engine::deeds::open_call::OpenCall;
use crate::engine::deeds::{manager, tell};
use crate::engine::desk::{Desk, Turn};
use crate::engine::people::People;
use crate::engine::people::stranger::Accounts;
use crate::engine::settings::TenantSettings;
use crate::engine::state::{Person, Seat, Seats};
use crate::inventory::Head;
use crate::model::decision::ResultWord;
use crate::model::ids::{PersonId, TargetName, TenantName};
use crate::model::{Alias, CallId};
use std::collections::BTreeMap;

/// The targets of the tenants of a shard.
#[derive(Debug)]
pub struct Desks {
    desks: BTreeMap<TenantName, BTreeMap<TargetName, Desk>>,
    /// Seats at targets that are not configured any more: kept as they are.
    adrift: BTreeMap<PersonId, BTreeMap<TargetName, Seat>>,
}

impl Desks {
    pub fn new(tenants: Vec<TenantSettings>) -> Self {
        let of = |tenant: TenantSettings| {
            let desks = tenant
                .targets
                .into_iter()
                .map(|target| (target.name.clone(), Desk::new(tenant.name.clone(), target)));
            (tenant.name.clone(), desks.collect())
        };
        Self { desks: tenants.into_iter().map(of).collect(), adrift: BTreeMap::new() }
    }

    pub fn get(&self, tenant: &TenantName, target: &TargetName) -> Option<&Desk> {
        self.desks.get(tenant)?.get(target)
    }

    pub fn get_mut(&mut self, tenant: &TenantName, target: &TargetName) -> Option<&mut Desk> {
        self.desks.get_mut(tenant)?.get_mut(target)
    }

    /// The tenants of this shard.
    pub fn tenants(&self) -> impl Iterator<Item = &TenantName> {
        self.desks.keys()
    }

    pub fn all(&self) -> impl Iterator<Item = &Desk> {
        self.desks.values().flat_map(BTreeMap::values)
    }

    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Desk> {
        self.desks.values_mut().flat_map(BTreeMap::values_mut)
    }

    fn of(&self, tenant: &TenantName) -> impl Iterator<Item = &Desk> {
        self.desks.get(tenant).into_iter().flat_map(BTreeMap::values)
    }

    pub fn of_mut(&mut self, tenant: &TenantName) -> impl Iterator<Item = &mut Desk> {
        self.desks.get_mut(tenant).into_iter().flat_map(BTreeMap::values_mut)
    }

    /// Those that serve the person.
    pub fn serving(&self, person: &Person) -> impl Iterator<Item = (&Desk, &Seat)> {
        self.of(&person.tenant).filter_map(|desk| Some((desk, desk.seat(&person.id)?)))
    }

    /// Wherever the person sits, served or not.
    pub fn seats_of(&self, person: &Person) -> Seats<'_> {
        let adrift = self.adrift.get(&person.id).into_iter().flatten();
        self.serving(person).map(|(desk, seat)| (desk.target(), seat)).chain(adrift).collect()
    }

    pub fn seat(&self, person: &Person, target: &TargetName) -> Option<&Seat> {
        match self.get(&person.tenant, target) {
            Some(desk) => desk.seat(&person.id),
            None => self.adrift.get(&person.id)?.get(target),
        }
    }

    /// What the managers are called whom the person is to have.
    pub fn wanted_managers(&self, person: &Person) -> Vec<Alias> {
        self.serving(person).flat_map(|(_, seat)| manager::names_in(&seat.wish)).collect()
    }

    pub fn accounts_of(&self, person: &Person) -> Accounts<'_> {
        let seats = self.seats_of(person).into_iter();
        seats.filter_map(|(target, seat)| Some((target, seat.account()?))).collect()
    }

    /// All seats of everybody.
    pub fn seats(&self) -> impl Iterator<Item = &Seat> {
        let adrift = self.adrift.values().flat_map(BTreeMap::values);
        self.all().flat_map(|desk| desk.seats().map(|(_, seat)| seat)).chain(adrift)
    }

    /// What was counted at a target, also before it had its name of today.
    pub fn restore_counters(
        &mut self,
        tenant: &TenantName,
        target: &TargetName,
        counters: Counters,
    ) {
        let is_it =
            |desk: &&mut Desk| desk.target() == target || desk.settings().formerly.contains(target);
        if let Some(desk) = self.of_mut(tenant).find(is_it) {
            desk.restore_counters(counters);
        }
    }

    /// What is known of all that a target has. Under a former name it is another target's; it is read anew.
    pub fn restore_inventory(&mut self, tenant: &TenantName, target: &TargetName, head: Head) {
        if let Some(desk) = self.get_mut(tenant, target) {
            desk.restore_inventory(head);
        }
    }

    /// The seats of a record as it was written, in place of what an older one has said.
    pub fn restore(&mut self, person: &Person, seats: BTreeMap<TargetName, Seat>) {
        self.forget(&person.id);
        for (target, seat) in seats {
            self.place(person, target, seat);
        }
    }

    fn place(&mut self, person: &Person, target: TargetName, seat: Seat) {
        match self.get_mut(&person.tenant, &target) {
            Some(desk) => desk.place(person.id.clone(), seat),
            None => {
                self.adrift.entry(person.id.clone()).or_default().insert(target, seat);
            }
        }
    }

    /// Nothing is kept of the person any more.
    pub fn forget(&mut self, id: &PersonId) {
        self.all_mut().for_each(|desk| desk.dismiss(id));
        self.adrift.remove(id);
    }

    /// The call with this id, and where it was made; it is over with this.
    pub(in crate::engine) fn take_call(&mut self, id: CallId) -> Option<(&mut Desk, OpenCall)> {
        let desk = self.all_mut().find(|desk| desk.has_call(id))?;
        let call = desk.take_call(id)?;
        Some((desk, call))
    }

    pub fn calls_open(&self) -> usize {
        self.all().map(Desk::calls_open).sum()
    }

    /// `other` turned out to be `home`.
    pub(in crate::engine) fn hand_over(
        &mut self,
        home: &Person,
        other: &PersonId,
        turn: &mut Turn<'_>,
    ) {
        for desk in self.of_mut(&home.tenant) {
            desk.hand_over((&home.id, other), turn);
        }
        // At a target that is not configured, nothing is under way; what is known of it stays.
        for (target, gone) in self.adrift.remove(other).into_iter().flatten() {
            if gone.revision > 0 && gone.is_open() {
                let (place, now) = ((&home.tenant, &target, other), turn.books.now);
                turn.books.tell(tell::result(place, &gone, ResultWord::Superseded, None, now));
            }
            let seats = self.adrift.entry(home.id.clone()).or_default();
            let own = seats.entry(target).or_insert_with(|| Seat::new(turn.books.now));
            own.unite(gone, turn.books.next_moment());
        }
    }

    /// At a takeover: gives the targets that say so what is kept under their former names. Says of whom
    /// something has moved.
    ///
    /// Under the new name nobody would know the way back of somebody on leave, nor whose account is whose.
    pub fn rename(&mut self, people: &People) -> Vec<PersonId> {
        let renamed = self.renamed();
        let mut moved = Vec::new();
        for person in people.iter().filter(|_| !renamed.is_empty()) {
            let theirs = renamed.iter().filter(|(tenant, ..)| *tenant == person.tenant);
            let mut has_moved = false;
            for (_, former, name) in theirs {
                has_moved |= self.move_seat(person, former, name);
            }
            if has_moved {
                moved.push(person.id.clone());
            }
        }
        moved
    }

    /// Each name that a target had, with the tenant before it and the name of today behind it.
    pub fn renamed(&self) -> Vec<(TenantName, TargetName, TargetName)> {
        let mut renamed = Vec::new();
        for (tenant, desks) in &self.desks {
            for (name, desk) in desks {
                let formerly = desk.settings().formerly.iter();
                renamed
                    .extend(formerly.map(|former| (tenant.clone(), former.clone(), name.clone())));
            }
        }
        renamed
    }

    /// Says whether anything moved. Of two that know different accounts each keeps its own.
    fn move_seat(&mut self, person: &Person, former: &TargetName, name: &TargetName) -> bool {
        let Some(old) = self.take(person, former) else { return false };
        let is_same = |new: &Seat| new.account().is_none() || new.account() == old.account();
        match self.take(person, name) {
            Some(new) if !is_same(&new) => {
                self.place(person, former.clone(), old);
                self.place(person, name.clone(), new);
                return false;
            }
            Some(mut new) if new.account().is_some() => {
                // What was before the first claim is what was seen first.
                new.baseline = united_baseline(old.baseline, new.baseline);
                self.place(person, name.clone(), new);
            }
            Some(_) | None => self.place(person, name.clone(), old),
        }
        true
    }

    fn take(&mut self, person: &Person, target: &TargetName) -> Option<Seat> {
        if let Some(desk) = self.get_mut(&person.tenant, target) {
            return desk.take(&person.id);
        }
        let seats = self.adrift.get_mut(&person.id)?;
        let taken = seats.remove(target);
        if seats.is_empty() {
            self.adrift.remove(&person.id);
        }
        taken
    }

    /// Targets that are not configured any more, and of how many people something is kept there.
    pub fn gone(&self, people: &People) -> BTreeMap<(TenantName, TargetName), usize> {
        let mut gone = BTreeMap::new();
        for (id, seats) in &self.adrift {
            let Some(whom) = people.whom(id) else { continue };
            for target in seats.keys() {
                *gone.entry((whom.person.tenant.clone(), target.clone())).or_default() += 1;
            }
        }
        gone
    }

    /// The seats of one person, to be changed.
    pub(in crate::engine) fn seats_mut<'a>(
        &'a mut self,
        person: &'a Person,
    ) -> impl Iterator<Item = (TargetName, &'a mut Seat)> {
        let adrift = self.adrift.get_mut(&person.id).into_iter().flatten();
        let adrift = adrift.map(|(target, seat)| (target.clone(), seat));
        let desks = self.desks.get_mut(&person.tenant).into_iter().flat_map(BTreeMap::values_mut);
        let served = desks.filter_map(|desk| {
            let target = desk.target().clone();
            Some((target, desk.seat_mut(&person.id)?))
        });
        served.chain(adrift)
    }
}
