//! So many calls in each second of the clock, told in the headers of every answer.

use crate::provider::quirks::QuotaReset;
use jiff::Timestamp;

/// Whole seconds until the next window, as such headers have it.
pub(super) const RESETS_IN: &str = "1";

#[derive(Clone, Debug)]
pub(super) struct Quota {
    calls: u32,
    reset: QuotaReset,
    second: i64,
    taken: u32,
}

impl Quota {
    pub(super) fn new(calls: u32, reset: QuotaReset) -> Self {
        Self { calls, reset, second: i64::MIN, taken: 0 }
    }

    /// Whether there is one left, which is taken then.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        if self.second != now.as_second() {
            self.second = now.as_second();
            self.taken = 0;
        }
        let is_left = self.taken < self.calls;
        self.taken += u32::from(is_left);
        is_left
    }

    pub(super) fn headers(&self, now: Timestamp) -> [(&'static str, String); 3] {
        let taken = if self.second == now.as_second() { self.taken } else { 0 };
        [
            ("ratelimit-limit", self.calls.to_string()),
            ("ratelimit-remaining", self.calls.saturating_sub(taken).to_string()),
            ("ratelimit-reset", self.told_reset(now)),
        ]
    }

    fn told_reset(&self, now: Timestamp) -> String {
        match self.reset {
            QuotaReset::Seconds => RESETS_IN.to_owned(),
            QuotaReset::Millis => "1000".to_owned(),
            QuotaReset::EpochMillis => now.as_millisecond().saturating_add(1_000).to_string(),
        }
    }
}
