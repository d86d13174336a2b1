//! Who is next at a target: the most urgent and then the oldest.

use crate::model::call::Urgency;
use crate::model::ids::{GroupName, PersonId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What can be done at a target: drive one person, read one group, or go on reading all that it has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    Person(PersonId),
    Group(GroupName),
    Inventory,
}

/// Work that may be done now, the most urgent and then the oldest first; and work that may not yet.
#[derive(Debug, Default)]
pub struct Queue {
    ready: BTreeSet<(Urgency, Turn, u64, Work)>,
    later: BTreeSet<(Timestamp, Work)>,
    places: BTreeMap<Work, Place>,
    tickets: u64,
}

/// Where a piece of work stands, for those who ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InLine {
    Now,
    NotBefore(Timestamp),
}

/// Of the urgent, those who only look at what was done come after all who are still to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Do,
    Look,
}

#[derive(Debug)]
enum Place {
    Ready((Urgency, Turn), u64),
    Later(Timestamp),
}

impl Queue {
    /// Puts work in line; work in line already moves up if it became more urgent.
    pub fn put(&mut self, work: Work, urgency: Urgency) {
        self.put_at(work, (urgency, Turn::Do));
    }

    /// Work that only looks at what was done. It is no reason for a cut to wait; what is less urgent
    /// would never be told as done if it waited for all that is to do.
    pub fn put_look(&mut self, work: Work, urgency: Urgency) {
        let turn = if urgency == Urgency::Urgent { Turn::Look } else { Turn::Do };
        self.put_at(work, (urgency, turn));
    }

    fn put_at(&mut self, work: Work, place: (Urgency, Turn)) {
        let ticket = match self.places.get(&work) {
            Some(Place::Ready(standing, _)) if *standing <= place => return,
            Some(Place::Ready(_, held)) => *held,
            Some(Place::Later(_)) | None => {
                self.tickets += 1;
                self.tickets
            }
        };
        self.remove(&work);
        self.ready.insert((place.0, place.1, ticket, work.clone()));
        self.places.insert(work, Place::Ready(place, ticket));
    }

    /// Work that has only waited for its commit: before all others of its urgency.
    pub fn put_first(&mut self, work: Work, urgency: Urgency) {
        self.remove(&work);
        self.ready.insert((urgency, Turn::Do, 0, work.clone()));
        self.places.insert(work, Place::Ready((urgency, Turn::Do), 0));
    }

    /// Work that must not be looked at before `at`.
    pub fn put_off(&mut self, work: Work, at: Timestamp) {
        self.remove(&work);
        self.later.insert((at, work.clone()));
        self.places.insert(work, Place::Later(at));
    }

    /// How urgent the first piece of work is that may be done.
    pub fn most_urgent(&self) -> Option<Urgency> {
        self.ready.first().map(|(urgency, ..)| *urgency)
    }

    /// The first piece of work that may be done.
    pub fn pop(&mut self) -> Option<Work> {
        let (.., work) = self.ready.pop_first()?;
        self.places.remove(&work);
        Some(work)
    }

    /// Whether work is in line, and from when on.
    pub fn place(&self, work: &Work) -> Option<InLine> {
        self.places.get(work).map(|place| match place {
            Place::Ready(..) => InLine::Now,
            Place::Later(at) => InLine::NotBefore(*at),
        })
    }

    pub fn is_idle(&self) -> bool {
        self.ready.is_empty()
    }

    /// Work whose time has come.
    pub fn take_due(&mut self, now: Timestamp) -> Vec<Work> {
        let mut due = Vec::new();
        while self.later.first().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, work)) = self.later.pop_first() {
                self.places.remove(&work);
                due.push(work);
            }
        }
        due
    }

    pub fn next_due(&self) -> Option<Timestamp> {
        self.later.first().map(|(at, _)| *at)
    }

    /// Takes work out of the line, wherever it stands.
    pub fn remove(&mut self, work: &Work) {
        match self.places.remove(work) {
            Some(Place::Ready((urgency, turn), ticket)) => {
                self.ready.remove(&(urgency, turn, ticket, work.clone()));
            }
            Some(Place::Later(at)) => {
                self.later.remove(&(at, work.clone()));
            }
            None => {}
        }
    }
}
