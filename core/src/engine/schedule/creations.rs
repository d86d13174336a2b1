//! Whether new accounts are made at a target now.
//!
//! A provider that has no seat left says 402 or 403 to creations alone. That closes the target for
//! nobody who leaves, and one creation after the other asks whether a seat is free.

use crate::engine::schedule::retry;
use crate::engine::settings::Timing;
use jiff::Timestamp;

/// Refusals in a row, and the pause after the last.
#[derive(Debug, Default)]
pub struct Creations {
    refused: u32,
    paused_until: Option<Timestamp>,
}

impl Creations {
    pub fn refused(&mut self, timing: &Timing, now: Timestamp) {
        let pause = retry::interval(self.refused, timing, "creations");
        self.refused = self.refused.saturating_add(1);
        self.paused_until = self.paused_until.max(now.checked_add(pause).ok());
    }

    pub fn went_well(&mut self) {
        *self = Self::default();
    }

    /// Until when none is made.
    pub fn pause(&self, now: Timestamp) -> Option<Timestamp> {
        self.paused_until.filter(|until| *until > now)
    }
}
