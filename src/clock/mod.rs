//! The only place that asks what time it is.
//!
//! Time never runs backwards here, whatever happens to the system's clock, for leases and claims
//! are compared by it. It follows the monotonic clock and jumps forward when the wall is ahead,
//! which it is after the machine was suspended: then leases must be seen to have ended.

#[cfg(test)]
mod tests;

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// How far the wall may be ahead before the clock jumps to it.
const JUMP_ABOVE: SignedDuration = SignedDuration::from_millis(50);

/// How far the wall may be behind before somebody should look.
const WARN_BEHIND: SignedDuration = SignedDuration::from_secs(1);

/// The time of this process.
#[derive(Debug)]
pub struct Clock {
    anchor: Mutex<Anchor>,
}

impl Clock {
    /// The one clock of this process: what is over for one room is over for all.
    pub fn of_this_process() -> &'static Self {
        static CLOCK: OnceLock<Clock> = OnceLock::new();
        CLOCK.get_or_init(Self::start)
    }

    /// Starts at what the wall says now.
    pub fn start() -> Self {
        Self { anchor: Mutex::new(Anchor::new(Instant::now(), wall())) }
    }

    /// The time now; never less than what was said before.
    pub fn now(&self) -> Timestamp {
        let mut anchor = self.anchor.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = anchor.read(Instant::now(), wall());
        drop(anchor);
        if let Some(behind) = reading.newly_behind {
            tracing::warn!(
                behind_ms = behind.as_millis(),
                "the system's clock was set back; going on with the time as it was"
            );
        }
        reading.now
    }
}

/// A moment on both clocks.
#[derive(Debug)]
struct Anchor {
    at: Instant,
    wall: Timestamp,
    is_behind: bool,
}

/// What a look at both clocks says.
#[derive(Debug, PartialEq, Eq)]
struct Reading {
    now: Timestamp,
    /// Said once, when the wall falls behind.
    newly_behind: Option<SignedDuration>,
}

impl Anchor {
    fn new(at: Instant, wall: Timestamp) -> Self {
        Self { at, wall, is_behind: false }
    }

    fn read(&mut self, at: Instant, wall: Timestamp) -> Reading {
        let progress = SignedDuration::try_from(at.saturating_duration_since(self.at))
            .unwrap_or(SignedDuration::MAX);
        let expected = self.wall.saturating_add(progress).unwrap_or(Timestamp::MAX);
        let ahead = wall.duration_since(expected);

        if ahead > JUMP_ABOVE {
            *self = Self::new(at, wall);
            return Reading { now: wall, newly_behind: None };
        }
        let is_behind = ahead < -WARN_BEHIND;
        let newly_behind = (is_behind && !self.is_behind).then(|| ahead.abs());
        self.is_behind = is_behind;
        Reading { now: expected, newly_behind }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the system's clock"
)]
fn wall() -> Timestamp {
    Timestamp::now()
}
