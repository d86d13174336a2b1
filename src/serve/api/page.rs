//! A page of rows: those behind or before a place, in an order that new rows do not disturb.

use super::Resource;
use super::field::{Field, Held, Row};
use super::filter::{Search, Test};
use super::lens::Lens;
use super::sieve::Sieve;
use crate::serve::memory::inventory::{Directory, folded};
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

/// What is compared of a row's field.
#[derive(Clone, Copy)]
enum Rank<'a> {
    /// Where the text stands among all that there are.
    Place(u64),
    Time(Timestamp),
    Text(&'a str),
    Nothing,
}

#[derive(Clone, Copy)]
struct Key<'a> {
    rank: Rank<'a>,
    id: &'a str,
    descends: bool,
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let rank =
            match (self.rank, other.rank) {
                (Rank::Nothing, Rank::Nothing) => Ordering::Equal,
                // What is not there comes last, whichever way.
                (Rank::Nothing, _) => return Ordering::Greater,
                (_, Rank::Nothing) => return Ordering::Less,
                (Rank::Place(one), Rank::Place(other)) => one.cmp(&other),
                (Rank::Time(one), Rank::Time(other)) => one.cmp(&other),
                (Rank::Text(one), Rank::Text(other)) => folded(one, other),
                // A field holds things of one kind.
                (Rank::Place(_), Rank::Time(_) | Rank::Text(_))
                | (Rank::Time(_), Rank::Text(_)) => Ordering::Less,
                (Rank::Text(_), Rank::Time(_) | Rank::Place(_))
                | (Rank::Time(_), Rank::Place(_)) => Ordering::Greater,
            };
        let rank = if self.descends { rank.reverse() } else { rank };
        rank.then_with(|| self.id.cmp(other.id))
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

impl<'a> From<Held<'a>> for Rank<'a> {
    fn from(held: Held<'a>) -> Self {
        match held {
            Held::Nothing => Self::Nothing,
            Held::Time(at) => Self::Time(at),
            Held::Text(text) => Self::Text(text),
        }
    }
}

impl Sort {
    fn key<'a>(self, lens: Lens<'a>, row: Row<'a>) -> Key<'a> {
        let rank = match (row, lens.sorted()) {
            (Row::User(number, _), Some(sorted)) => {
                let number = lens.number(number);
                number.map_or(Rank::Nothing, |number| Rank::Place(sorted.rank(number)))
            }
            (Row::User(number, _), None) => lens.held(number).into(),
            (Row::Group(_), _) => row.held(self.field).into(),
        };
        Key { rank, id: row.id(), descends: self.descends }
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

    fn key_of<'a>(self, lens: Lens<'_>, resource: Resource, place: &'a Place) -> Key<'a> {
        let sorted = lens.sorted().filter(|_| resource == Resource::Users);
        let rank = match (&place.text, place.at, sorted) {
            (Some(text), _, Some(sorted)) => Rank::Place(sorted.rank_of(text)),
            (Some(text), _, None) => Rank::Text(text),
            (None, Some(at), _) => Rank::Time(at),
            (None, None, _) => Rank::Nothing,
        };
        Key { rank, id: &place.id, descends: self.descends }
    }
}

impl Question {
    /// The page from a place on; `None`: the first. All rows are looked at once, and no more are kept than
    /// are shown.
    pub(super) fn page<'a>(
        &'a self,
        directory: &'a Directory,
        from: Option<(&Place, Way)>,
    ) -> Page<'a> {
        let way = from.map_or(Way::Behind, |(_, way)| way);
        let lens = Lens::of(directory, self.sort.field);
        let bound = from.map(|(place, _)| self.sort.key_of(lens, self.resource, place));
        let mut sieves: Vec<Sieve<'a>> =
            self.tests.iter().map(|test| test.sieve(directory)).collect();
        sieves.extend(self.search.iter().map(|search| search.sieve(directory)));
        let mut best: BinaryHeap<Candidate<'a>> = BinaryHeap::with_capacity(self.limit + 2);
        let mut lies_aside = false;
        let wants = |row: &Row<'a>| sieves.iter().all(|sieve| sieve.passes(*row));
        for row in Row::all(directory, self.resource).filter(wants) {
            let key = self.sort.key(lens, row);
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
}
