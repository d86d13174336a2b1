//! Everybody of one tenant: by number, and in the orders in which lists want them.

use super::digests::{Digests, Leads};
use super::entry::Entry;
use super::tally::Tally;
use crate::view::glance::Waiting;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

/// Numbers of people in the order of their ids.
type ById = BTreeMap<Arc<str>, u32>;

/// A row that is held: since when, whose, and which of theirs.
type Row = (Timestamp, Arc<str>, u32);

#[derive(Debug, Default)]
pub(super) struct OfTenant {
    /// By their numbers.
    all: Vec<Option<Box<Entry>>>,
    /// Numbers that nobody has.
    free: Vec<u32>,
    by_id: ById,
    /// Those of whom there is anything to be said.
    marked: ById,
    rows: BTreeSet<Row>,
    due: BTreeSet<(Timestamp, Arc<str>)>,
    names: Leads,
    pub(super) tally: Tally,
}

impl OfTenant {
    pub(super) fn add(&mut self, entry: Entry, digests: &Digests) {
        let number = self.free.pop().or_else(|| u32::try_from(self.all.len()).ok());
        // Four thousand million people are more than there is room for.
        let Some(number) = number else { return };
        for digest in &entry.names {
            self.names.add(*digest, number);
        }
        self.tally.add(number, &entry, digests);
        self.by_id.insert(Arc::clone(&entry.id), number);
        if !entry.is_plain() {
            self.marked.insert(Arc::clone(&entry.id), number);
        }
        self.rows.extend(rows(&entry));
        self.due.extend(entry.next.map(|next| (next, Arc::clone(&entry.id))));
        let entry = Some(Box::new(entry));
        match self.all.get_mut(number as usize) {
            Some(place) => *place = entry,
            None => self.all.push(entry),
        }
    }

    pub(super) fn remove(&mut self, id: &str, digests: &Digests) -> Option<Box<Entry>> {
        let number = self.by_id.remove(id)?;
        let entry = self.all.get_mut(number as usize)?.take()?;
        self.free.push(number);
        self.marked.remove(id);
        for digest in &entry.names {
            self.names.remove(*digest, number);
        }
        for row in rows(&entry) {
            self.rows.remove(&row);
        }
        if let Some(next) = entry.next {
            self.due.remove(&(next, Arc::clone(&entry.id)));
        }
        self.tally.remove(number, &entry, digests);
        Some(entry)
    }

    pub(super) fn count(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn numbered(&self, number: u32) -> Option<&Entry> {
        self.all.get(number as usize)?.as_deref()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Entry> {
        self.numbered(*self.by_id.get(id)?)
    }

    fn behind<'a>(&'a self, all: &'a ById, id: Option<&str>) -> impl Iterator<Item = &'a Entry> {
        let from = id.map_or(Unbounded, Excluded);
        let numbers = all.range::<str, _>((from, Unbounded));
        numbers.filter_map(|(_, number)| self.numbered(*number))
    }

    /// Everybody behind an id.
    pub(super) fn after(&self, id: Option<&str>) -> impl Iterator<Item = &Entry> {
        self.behind(&self.by_id, id)
    }

    /// Those of whom there is anything to be said.
    pub(super) fn marked(&self, id: Option<&str>) -> impl Iterator<Item = &Entry> {
        self.behind(&self.marked, id)
    }

    /// The oldest first.
    pub(super) fn held(&self) -> impl Iterator<Item = (&Entry, &Waiting)> {
        self.rows.iter().filter_map(|(_, id, which)| {
            let entry = self.get(id)?;
            Some((entry, entry.waiting.get(*which as usize)?))
        })
    }

    /// The soonest first.
    pub(super) fn due(&self, after: Timestamp, until: Timestamp) -> impl Iterator<Item = &Entry> {
        let nobody: Arc<str> = "".into();
        let from = (after, nobody);
        let due = self.due.range(from..).skip_while(move |(at, _)| *at <= after);
        due.take_while(move |(at, _)| *at <= until).filter_map(|(_, id)| self.get(id))
    }

    /// Whom a name may lead to, in the order of their ids.
    pub(super) fn called(&self, digest: u64) -> Vec<&Entry> {
        let may = self.names.to(digest).filter_map(|number| self.numbered(number));
        let mut called: Vec<&Entry> = may.filter(|entry| entry.may_be_called(digest)).collect();
        called.sort_by(|one, other| one.id.cmp(&other.id));
        called
    }
}

fn rows(entry: &Entry) -> impl Iterator<Item = Row> {
    let numbered = (0_u32..).zip(&entry.waiting);
    numbered.map(|(which, row)| (row.since, Arc::clone(&entry.id), which))
}
