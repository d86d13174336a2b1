//! What a shard says of itself: figures, who is known, and why somebody waits.

use super::Shard;
use crate::engine::Figures;
use crate::engine::deeds::reason::{Awaited, Reason, Unsettled};
use crate::engine::record::Aside;
use crate::engine::state::{Person, Seat, Seats, Stage};
use crate::model::Deployment;
use crate::model::ids::{PersonId, TargetName, TenantName};
use std::collections::BTreeMap;

impl Shard {
    /// Whose state was restored; `None` if an earlier version wrote it last, or nobody has.
    pub fn deployment(&self) -> Option<&Deployment> {
        self.record.deployment.as_ref()
    }

    /// How many people were found and how many should have been, if some of them are gone.
    pub fn missing_people(&self) -> Option<(usize, usize)> {
        let written = self.record.people?;
        let found = self.people.count() + self.people.aside().count();
        (found < written).then_some((found, written))
    }

    /// People whose records could not be read: nothing is done for them, and the records are kept.
    pub fn people_aside(&self) -> impl Iterator<Item = &Aside> {
        self.people.aside()
    }

    /// Targets that are not configured any more, and of how many people something is kept there.
    pub fn gone_targets(&self) -> BTreeMap<(TenantName, TargetName), usize> {
        self.desks.gone(&self.people)
    }

    /// How many records wait for a commit; the shell stops reading above its limit.
    pub fn uncommitted(&self) -> usize {
        self.books.ledger.staged() + self.waiting_for_the_clock()
    }

    /// Next offsets to read, as last committed.
    pub fn committed_positions(&self) -> Vec<(String, i32, i64)> {
        let topics = self.books.ledger.committed().topics.iter();
        topics
            .flat_map(|(topic, known)| {
                known.next.iter().map(|(partition, next)| (topic.clone(), *partition, *next))
            })
            .collect()
    }

    /// No call is open and no commit is due: a drain is over.
    pub fn is_quiet(&self) -> bool {
        self.desks.calls_open() == 0 && self.books.ledger.is_quiet()
    }

    /// Figures for metrics and the curious.
    pub fn figures(&self) -> Figures {
        let mut figures = Figures {
            people: self.people.count(),
            calls_open: self.desks.calls_open(),
            aside: self.people.aside().count(),
            ..Figures::default()
        };
        for seat in self.desks.seats() {
            let contested = seat.contests.iter().filter(|it| it.since(self.books.now).is_some());
            figures.contested += contested.count();
            match &seat.stage {
                Stage::AtRest { .. } => {}
                Stage::Held => figures.held += 1,
                Stage::Stuck { .. } => figures.stuck += 1,
                Stage::Working | Stage::Unverified { .. } => {
                    figures.dirty += 1;
                    let oldest = figures.oldest_dirty.get_or_insert(seat.began_at);
                    *oldest = (*oldest).min(seat.began_at);
                }
            }
        }
        figures
    }

    /// The people whom this shard knows, for `explain` and for those who check it.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.iter()
    }

    /// A person's seats, by target.
    pub fn seats_of(&self, person: &Person) -> Seats<'_> {
        self.desks.seats_of(person)
    }

    /// A person's place at one target.
    pub fn seat(&self, person: &Person, target: &TargetName) -> Option<&Seat> {
        self.desks.seat(person, target)
    }

    /// Everybody who is not settled somewhere, each with the one reason.
    pub fn unsettled(&self) -> Vec<Unsettled> {
        let of = |person: &Person| {
            let seats = self.desks.seats_of(person).into_keys();
            let places = seats.filter_map(|target| {
                let reason = self.reason(&person.id, target)?;
                Some(Unsettled { person: person.id.clone(), target: target.clone(), reason })
            });
            places.collect::<Vec<_>>()
        };
        self.people.iter().flat_map(of).collect()
    }

    /// Why a person is not settled at a target; `None`: settled, or nothing is wanted there.
    pub fn reason(&self, id: &PersonId, target: &TargetName) -> Option<Reason> {
        let person = self.people.get(id)?;
        if let Some(desk) = self.desks.get(&person.tenant, target) {
            return desk.reason(id, (&self.people, &self.orders), &self.books);
        }
        self.desks.seat(person, target)?.is_open().then_some(Reason::TargetGone)
    }

    /// What will bring the person back, as lines, calls and wakes have it.
    pub fn awaited(&self, id: &PersonId, target: &TargetName) -> Awaited {
        let wake = self.books.wakes.of(id);
        let Some(person) = self.people.get(id) else { return Awaited::default() };
        match self.desks.get(&person.tenant, target) {
            Some(desk) => desk.awaited(id, wake),
            None => Awaited { wake, ..Awaited::default() },
        }
    }
}

#[cfg(test)]
impl Shard {
    /// The accounts that percents are of, target by target.
    pub(in crate::engine) fn denominators(
        &self,
    ) -> Vec<crate::engine::brakes::limits::Denominator> {
        self.desks.all().map(crate::engine::desk::Desk::denominator).collect()
    }
}
