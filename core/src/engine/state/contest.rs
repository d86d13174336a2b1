//! Facets that another writer keeps changing back.

use crate::model::account::Changed;
use crate::model::wish::Facet;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Without a change for so long there is peace.
const PEACE: SignedDuration = SignedDuration::from_hours(24);
/// So many changes within that time are a contest; so many are remembered.
const MOST: usize = 3;

/// A facet that was seen to be as it is wanted, and that somebody else has changed since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contest {
    pub facet: Facet,
    /// When that was found, the last times within a day, oldest first.
    found: Vec<Timestamp>,
    /// Since when it is contested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// How often it was found since then.
    #[serde(default, skip_serializing_if = "is_zero")]
    times: u32,
    /// The last correction was not to be made before this.
    due: Timestamp,
    /// Who it was, as far as the target showed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Changed>,
}

impl Contest {
    pub fn new(facet: Facet, now: Timestamp) -> Self {
        Self { facet, found: Vec::new(), since: None, times: 0, due: now, by: None }
    }

    /// It was found changed once more. Says whether it is contested from now on.
    pub fn found(&mut self, now: Timestamp) -> bool {
        if self.is_over(now) {
            *self = Self::new(self.facet.clone(), now);
        }
        self.found.retain(|at| now.duration_since(*at) < PEACE);
        if self.found.len() >= MOST {
            self.found.remove(0);
        }
        self.found.push(now);
        let is_new = self.since.is_none() && self.found.len() >= MOST;
        if is_new {
            self.since = Some(now);
        }
        if self.since.is_some() {
            self.times = self.times.saturating_add(1);
        }
        is_new
    }

    /// The next correction is made `pause` after the last, or now.
    pub fn correct_after(&mut self, pause: SignedDuration, now: Timestamp) {
        let due = self.due.checked_add(pause).unwrap_or(now);
        self.due = due.max(now);
    }

    /// The clock of an earlier owner may have been ahead: nobody waits for longer than `longest`.
    pub fn inherit(&mut self, longest: SignedDuration, now: Timestamp) {
        self.due = self.due.min(now.checked_add(longest).unwrap_or(now));
    }

    /// When it was found changed last.
    pub fn last(&self) -> Option<Timestamp> {
        self.found.last().copied()
    }

    /// Since when it is contested; `None`: it is not.
    pub fn since(&self, now: Timestamp) -> Option<Timestamp> {
        self.since.filter(|_| !self.is_over(now))
    }

    /// How often it was found since it is contested.
    pub fn times(&self) -> u32 {
        self.times
    }

    /// From when on it is corrected.
    pub fn due(&self) -> Timestamp {
        self.due
    }

    /// Whether there is peace.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.last().is_none_or(|last| now.duration_since(last) >= PEACE)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
