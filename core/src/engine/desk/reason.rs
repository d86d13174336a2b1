//! Why somebody who sits here is not settled, held against what will bring them back.

use super::Desk;
use super::charging::sensors_of;
use crate::engine::books::Books;
use crate::engine::deeds::groups::Group;
use crate::engine::deeds::reason::{Awaited, Reason, reason};
use crate::engine::deeds::step::Around;
use crate::engine::orders::Orders;
use crate::engine::people::People;
use crate::engine::schedule::queue::{InLine, Work};
use crate::engine::state::{Seat, Stage};
use crate::model::ids::{GroupName, PersonId};
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Desk {
    /// Why a person is not settled here; `None`: settled, or nothing is wanted.
    pub(in crate::engine) fn reason(
        &self,
        id: &PersonId,
        (people, orders): (&People, &Orders),
        books: &Books,
    ) -> Option<Reason> {
        let whom = people.whom(id)?;
        let seat = self.seats.get(id)?;
        let manager = self.known_manager(&whom);
        let around = Around {
            id,
            aliases: &whom.person.aliases,
            names: whom.names,
            manager: manager.as_ref(),
            deletion: self.deletion_of((&whom, seat), books.today()),
            settings: &self.settings,
            groups: &self.groups,
            stays: self.stays(seat),
            administrators: &self.survey.head.shown.administrators,
            no_creation_before: self.creations.pause(books.now),
            read_since: self.gate.read_since(books.now),
            counters: &self.counters,
            accounts: self.denominator(),
            sensors: sensors_of(whom.person, &self.settings, books.today()),
            halt: orders.halt(&self.tenant, &self.settings.name),
            demands: self.demands_of(&whom, books.today()),
            rejected: self.still_rejected((&whom, seat), books.today()),
            now: books.now,
        };
        let reason = reason(seat, &around, books.moment())?;
        let in_line = self.queue.place(&Work::Person(id.clone()));
        let groups = self.groups_that_tell(id, seat);
        let comes_by = |at: Timestamp| {
            let wakes = books.wakes.of(id).is_some_and(|wake| wake <= at);
            let stands = match in_line {
                Some(InLine::Now) => true,
                Some(InLine::NotBefore(due)) => due <= at,
                None => false,
            };
            wakes || stands
        };
        let is_so = match &reason {
            Reason::Turn => in_line == Some(InLine::Now),
            Reason::Retry(at) => comes_by(*at),
            Reason::Groups(needed) => needed.is_subset(&groups),
            Reason::Overlooked => false,
            Reason::Answer(_)
            | Reason::Commit(_)
            | Reason::LookAgain(_)
            | Reason::LateCall(_)
            | Reason::Held
            | Reason::Stuck(_)
            | Reason::TargetGone => true,
        };
        if is_so {
            return Some(reason);
        }
        // What others' calls have shown since the last look waits for what that look waits for.
        Some(match (&seat.drive.open, seat.drive.ahead_in, in_line) {
            (Some((call, _)), ..) => Reason::Answer(*call),
            (None, Some(commit), _) => Reason::Commit(commit),
            (None, None, Some(InLine::Now)) => Reason::Turn,
            (None, None, _) if !groups.is_empty() => Reason::Groups(groups),
            (None, None, Some(InLine::NotBefore(at))) => Reason::Retry(at),
            (None, None, None) if self.is_held_meanwhile(seat, &reason) => Reason::Held,
            (None, None, None) => reason,
        })
    }

    /// What will bring the person back, as lines, calls and wakes have it.
    pub(in crate::engine) fn awaited(&self, id: &PersonId, wake: Option<Timestamp>) -> Awaited {
        let seat = self.seats.get(id);
        let open = seat.and_then(|seat| seat.drive.open.as_ref());
        let reserved = self.reserved.iter().find(|one| one.person == *id);
        Awaited {
            call: open.map(|(call, _)| *call).filter(|call| self.calls.contains_key(call)),
            commit: reserved.map(|one| one.ahead_in),
            line: self.queue.place(&Work::Person(id.clone())),
            groups: seat.map(|seat| self.groups_that_tell(id, seat)).unwrap_or_default(),
            wake,
        }
    }

    /// Whether somebody has to release what is left, while a group that others' calls have lost is asked
    /// for again: of what that shows, whom it concerns is told.
    fn is_held_meanwhile(&self, seat: &Seat, reason: &Reason) -> bool {
        let Reason::Groups(lost) = reason else { return false };
        seat.stage == Stage::Held && lost.iter().all(|name| self.comes(name))
    }

    /// Whether a group is being read, or in line to be.
    fn comes(&self, name: &GroupName) -> bool {
        let is_being_read = self.groups.get(name).is_some_and(|group| group.reading.is_some());
        is_being_read || self.queue.place(&Work::Group(name.clone())).is_some()
    }

    fn groups_that_tell(&self, id: &PersonId, seat: &Seat) -> BTreeSet<GroupName> {
        let is_driven = seat.is_open() || !seat.unanswered.is_empty();
        let tells = |name: &GroupName, group: &Group| {
            group.waiting.contains(id)
                || group.is_news_for_all() && is_driven && seat.wish.groups.contains_key(name)
        };
        let groups = self.groups.iter();
        groups
            .filter(|(name, group)| tells(name, group) && self.comes(name))
            .map(|(name, _)| name.clone())
            .collect()
    }
}
