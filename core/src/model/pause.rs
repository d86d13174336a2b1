//! A provider that asks to be left alone for longer than makes sense.

use std::fmt;
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Nobody means more than that; how much more says nothing.
const DAYS_MOST: u64 = 730;

/// A wait that is asked for, and how much of it is kept; then one call asks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    pub asked: Duration,
    pub kept: Duration,
}

impl Pause {
    /// What is asked for beyond `most`; `None` if it can be kept.
    pub fn beyond(asked: Duration, most: Duration) -> Option<Self> {
        (asked > most).then_some(Self { asked, kept: most })
    }
}

impl fmt::Display for Pause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (asked, kept) = (spelt(self.asked), spelt(self.kept));
        write!(out, "it asks to be left alone for {asked}; after {kept} one call asks again")
    }
}

fn spelt(length: Duration) -> String {
    match length.as_secs() {
        seconds if seconds <= 2 * MINUTE => format!("{seconds} seconds"),
        seconds if seconds <= 2 * HOUR => format!("{} minutes", seconds / MINUTE),
        seconds if seconds <= 2 * DAY => format!("{} hours", seconds / HOUR),
        seconds if seconds <= DAYS_MOST * DAY => format!("{} days", seconds / DAY),
        _ => "more than two years".to_owned(),
    }
}
