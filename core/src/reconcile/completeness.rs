//! Whether a reading of accounts was whole.
//!
//! A directory that answered once with exactly one page made a sync delete thousands of accounts. So
//! what could have been cut is taken for cut.

use crate::roster::guard::has_shrunk;
use serde::Serialize;

/// How a reading went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// How many accounts the target says there are, on its first page and on its last.
    pub totals: Option<(u64, u64)>,
    /// How many were asked for a page.
    pub page_size: u64,
    /// How many came with each page, with an empty one at the end if there was one.
    pub pages: Vec<u64>,
    /// A page could not be read.
    pub has_failed: bool,
}

/// Whether anything may be concluded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Completeness {
    Complete,
    Incomplete(Vec<Flaw>),
}

/// Why a reading is not taken for whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    #[error("it is still being read")]
    NotClosed,
    #[error("a page could not be read")]
    Failed,
    #[error("the target says that there are {total} accounts, and its pages hold {read}")]
    Total { total: u64, read: u64 },
    #[error("the last of its pages is full at {read} accounts, and the target gives no total")]
    MayBeCut { read: u64 },
    #[error(
        "it has {read} accounts, exactly full pages, and had {before} before: it may be cut at a page"
    )]
    FullPages { read: u64, before: u64 },
    #[error("it has {read} accounts, and had {before} before")]
    Shrunk { read: u64, before: u64 },
    #[error("it had {first} accounts when the reading began, and {last} when it ended")]
    Changed { first: u64, last: u64 },
    #[error("its pages hold {pages} accounts, and {read} were kept")]
    Miscounted { pages: u64, read: u64 },
    #[error("an account came twice, so that others may not have come at all")]
    Doubled,
    #[error("it is too large to be kept")]
    TooLarge,
}

/// A reading that is smaller by more percent is not believed.
const SHRINK_MOST: u8 = 49;

impl Reading {
    /// All that speaks against it; `read`: accounts that were kept.
    pub(super) fn flaws(&self, read: u64, previous: Option<u64>) -> Vec<Flaw> {
        let pages: u64 = self.pages.iter().sum();
        let mut flaws = Vec::new();
        if self.has_failed {
            flaws.push(Flaw::Failed);
        }
        if pages != read {
            flaws.push(Flaw::Miscounted { pages, read });
        }
        let is_full = self.page_size > 0 && self.pages.last() == Some(&self.page_size);
        match self.totals {
            Some((first, last)) if first != last => flaws.push(Flaw::Changed { first, last }),
            Some((total, _)) if total != read => flaws.push(Flaw::Total { total, read }),
            None if is_full => flaws.push(Flaw::MayBeCut { read }),
            Some(_) | None => {}
        }
        let before = previous.unwrap_or_default();
        let is_smaller = read < before;
        let is_of_full_pages =
            self.page_size > 0 && read > 0 && read.is_multiple_of(self.page_size);
        if is_smaller && is_of_full_pages {
            flaws.push(Flaw::FullPages { read, before });
        } else if has_shrunk(read, before, SHRINK_MOST) {
            flaws.push(Flaw::Shrunk { read, before });
        }
        flaws
    }
}
