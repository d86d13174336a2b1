//! Who is next at a target: the most urgent and then the oldest.

use crate::model::call::Urgency;
use crate::model::ids::{GroupName, PersonId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What can be done at a target: drive one person, or read one group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    Person(PersonId),
    Group(GroupName),
}

/// Work that may be done now, the most urgent and then the oldest first; and work that may not yet.
#[derive(Debug, Default)]
pub struct Queue {
    ready: BTreeSet<(Urgency, u64, Work)>,
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

#[derive(Debug)]
enum Place {
    Ready(Urgency, u64),
    Later(Timestamp),
}

impl Queue {
    /// Puts work in line; work in line already moves up if it became more urgent.
    pub fn put(&mut self, work: Work, urgency: Urgency) {
        let ticket = match self.places.get(&work) {
            Some(Place::Ready(standing, _)) if *standing <= urgency => return,
            Some(Place::Ready(_, held)) => *held,
            Some(Place::Later(_)) | None => {
                self.tickets += 1;
                self.tickets
            }
        };
        self.remove(&work);
        self.ready.insert((urgency, ticket, work.clone()));
        self.places.insert(work, Place::Ready(urgency, ticket));
    }

    /// Work that has only waited for its commit: before all others of its urgency.
    pub fn put_first(&mut self, work: Work, urgency: Urgency) {
        self.remove(&work);
        self.ready.insert((urgency, 0, work.clone()));
        self.places.insert(work, Place::Ready(urgency, 0));
    }

    /// Work that must not be looked at before `at`.
    pub fn put_off(&mut self, work: Work, at: Timestamp) {
        self.remove(&work);
        self.later.insert((at, work.clone()));
        self.places.insert(work, Place::Later(at));
    }

    /// How urgent the first piece of work is that may be done.
    pub fn most_urgent(&self) -> Option<Urgency> {
        self.ready.first().map(|(urgency, _, _)| *urgency)
    }

    /// The first piece of work that may be done.
    pub fn pop(&mut self) -> Option<Work> {
        let (_, _, work) = self.ready.pop_first()?;
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
            Some(Place::Ready(urgency, ticket)) => {
                self.ready.remove(&(urgency, ticket, work.clone()));
            }
            Some(Place::Later(at)) => {
                self.later.remove(&(at, work.clone()));
            }
            None => {}
        }
    }
}
