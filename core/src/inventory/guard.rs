//! Whether a list may be cut short, doubled or shifted: page by page, and at its end.

use super::head::{Count, Flaw};
use crate::model::ids::ScimId;
use crate::model::listing::{Listed, Page};
use std::collections::{BTreeSet, HashSet};

/// More pages than this nobody has.
pub(super) const PAGES_MOST: u64 = 100_000;
/// Below this nobody wonders at half of it.
const FEW: u64 = 20;

/// How far a list has been read.
#[derive(Debug, Default)]
pub(super) struct Sofar {
    pub(super) seen: HashSet<ScimId>,
    pub(super) received: u64,
    pub(super) total: Option<u64>,
    pub(super) flaws: BTreeSet<Flaw>,
    pages: u64,
    /// Rows of the first page.
    page: u64,
}

/// Whether there is more to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    GoesOn,
    Over,
}

impl Sofar {
    pub(super) fn count(&self) -> Count {
        Count { rows: self.seen.len() as u64, total: self.total }
    }

    /// Takes a page in; gives what is new on it.
    pub(super) fn take<T: Listed>(&mut self, page: Page<T>) -> (Vec<T>, End) {
        if self.pages == 0 {
            self.page = page.received;
        }
        self.pages += 1;
        if self.total.is_some() && page.total.is_some() && self.total != page.total {
            self.flaws.insert(Flaw::Changed);
        }
        self.total = page.total.or(self.total);
        self.received += page.received;
        let came = page.items.len();
        if came as u64 != page.received {
            self.flaws.insert(Flaw::Nameless);
        }
        let items = page.items.into_iter();
        let fresh: Vec<T> = items.filter(|item| self.seen.insert(item.id().clone())).collect();
        if !fresh.is_empty() && fresh.len() < came {
            self.flaws.insert(Flaw::Changed);
        }
        let end = self.end(page.received, fresh.len(), page.goes_on);
        (fresh, end)
    }

    fn end(&mut self, received: u64, fresh: usize, goes_on: bool) -> End {
        if received > 0 && fresh == 0 {
            self.flaws.insert(Flaw::Repeated);
            return End::Over;
        }
        if goes_on && self.total.is_none_or(|total| self.received < total) {
            self.flaws.insert(Flaw::Cursor);
            return End::Over;
        }
        if self.pages >= PAGES_MOST {
            self.flaws.insert(Flaw::Endless);
            return End::Over;
        }
        match self.total {
            _ if received == 0 => End::Over,
            Some(total) if self.received >= total => End::Over,
            Some(_) | None => End::GoesOn,
        }
    }

    /// The list is read. `before`: how many there were in the last whole reading.
    pub(super) fn close(&mut self, before: Option<u64>) {
        let rows = self.seen.len() as u64;
        match self.total {
            Some(total) if rows < total => self.flaws.insert(Flaw::Short),
            Some(total) if rows > total => self.flaws.insert(Flaw::Long),
            Some(_) | None => false,
        };
        let Some(before) = before.filter(|before| *before > rows) else { return };
        if rows == 0 || self.page > 0 && rows.is_multiple_of(self.page) {
            self.flaws.insert(Flaw::WholePages);
        }
        if before >= FEW && rows * 2 < before {
            self.flaws.insert(Flaw::Shrunken);
        }
    }
}
