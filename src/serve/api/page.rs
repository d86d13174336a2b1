//! A page of rows: those behind or before a place, in an order that new rows do not disturb.

use super::Resource;
use super::field::{Field, Held, Row, folded};
use super::filter::{Search, Test};
use crate::serve::memory::directories::Directory;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// In which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sort {
    pub(super) field: Field,
    pub(super) descends: bool,
}

/// Where a row stands in that order: by the field, and by its id where that is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    id: String,
}

/// Which way from a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Way {
    Behind,
    Before,
}

/// Which rows, and how many.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) resource: Resource,
    pub(super) tests: Vec<Test>,
    pub(super) search: Option<Search>,
    pub(super) sort: Sort,
    pub(super) limit: usize,
}

/// A page, in its order.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) rows: Vec<Row<'a>>,
    pub(super) has_before: bool,
    pub(super) has_behind: bool,
}

#[derive(Clone, Copy)]
struct Key<'a> {
    held: Held<'a>,
    id: &'a str,
    descends: bool,
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let held = match (self.held, other.held) {
            (Held::Nothing, Held::Nothing) => Ordering::Equal,
            // What is not there comes last, whichever way.
            (Held::Nothing, _) => return Ordering::Greater,
            (_, Held::Nothing) => return Ordering::Less,
            (Held::Time(one), Held::Time(other)) => one.cmp(&other),
            (Held::Text(one), Held::Text(other)) => folded(one, other),
            (Held::Time(_), Held::Text(_)) => Ordering::Less,
            (Held::Text(_), Held::Time(_)) => Ordering::Greater,
        };
        let held = if self.descends { held.reverse() } else { held };
        held.then_with(|| self.id.cmp(other.id))
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key<'_> {}

/// A row with its key, in an order in which the one to give up first is the greatest.
struct Candidate<'a> {
    key: Key<'a>,
    row: Row<'a>,
    way: Way,
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match self.way {
            Way::Behind => self.key.cmp(&other.key),
            Way::Before => other.key.cmp(&self.key),
        }
    }
}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate<'_> {}

impl Sort {
    fn key(self, row: Row<'_>) -> Key<'_> {
        Key { held: row.held(self.field), id: row.id(), descends: self.descends }
    }

    /// Where a row stands.
    pub(super) fn place(self, row: Row<'_>) -> Place {
        let (text, at) = match row.held(self.field) {
            Held::Nothing => (None, None),
            Held::Text(text) => (Some(text.to_owned()), None),
            Held::Time(at) => (None, Some(at)),
        };
        Place { text, at, id: row.id().to_owned() }
    }

    fn key_of(self, place: &Place) -> Key<'_> {
        let text = place.text.as_deref().map(Held::Text);
        let held = text.or(place.at.map(Held::Time)).unwrap_or(Held::Nothing);
        Key { held, id: &place.id, descends: self.descends }
    }
}

impl Question {
    /// The page from a place on; `None`: the first. All rows are looked at once, and no more are kept than
    /// are shown.
    pub(super) fn page<'a>(
        &self,
        directory: &'a Directory,
        from: Option<(&Place, Way)>,
    ) -> Page<'a> {
        let way = from.map_or(Way::Behind, |(_, way)| way);
        let bound = from.map(|(place, _)| self.sort.key_of(place));
        let mut best: BinaryHeap<Candidate<'a>> = BinaryHeap::with_capacity(self.limit + 2);
        let mut lies_aside = false;
        for row in Row::all(directory, self.resource).filter(|row| self.wants(directory, *row)) {
            let key = self.sort.key(row);
            let is_here = bound.is_none_or(|bound| match way {
                Way::Behind => key > bound,
                Way::Before => key < bound,
            });
            if !is_here {
                lies_aside = true;
                continue;
            }
            let candidate = Candidate { key, row, way };
            let is_full = best.len() > self.limit;
            if is_full && best.peek().is_some_and(|worst| candidate >= *worst) {
                continue;
            }
            best.push(candidate);
            if best.len() > self.limit + 1 {
                best.pop();
            }
        }
        let mut best = best.into_sorted_vec();
        let goes_on = best.len() > self.limit;
        best.truncate(self.limit);
        let mut rows: Vec<Row<'a>> = best.into_iter().map(|candidate| candidate.row).collect();
        match way {
            Way::Behind => Page { rows, has_before: lies_aside, has_behind: goes_on },
            Way::Before => {
                rows.reverse();
                Page { rows, has_before: goes_on, has_behind: lies_aside }
            }
        }
    }

    fn wants(&self, directory: &Directory, row: Row<'_>) -> bool {
        self.tests.iter().all(|test| test.holds(directory, row))
            && self.search.as_ref().is_none_or(|search| search.finds(row))
    }
}
