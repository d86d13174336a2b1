//! How fast senders may come: so many a second on average, and ten seconds' worth at once.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Seconds' worth that may come at once after a rest.
const BURST_SECONDS: u32 = 10;

/// A bucket that fills steadily; each request takes one from it.
#[derive(Debug)]
pub(super) struct Pace {
    per_second: f64,
    most: f64,
    level: Mutex<(f64, Instant)>,
}

impl Pace {
    pub(super) fn new(per_second: NonZeroU32, now: Instant) -> Self {
        let most = f64::from(per_second.get()) * f64::from(BURST_SECONDS);
        Self { per_second: f64::from(per_second.get()), most, level: Mutex::new((most, now)) }
    }

    /// Lets one through, or says how long to wait for the next.
    pub(super) fn ask(&self, now: Instant) -> Result<(), Duration> {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, since) = *level;
        let rested = now.saturating_duration_since(since).as_secs_f64();
        let left = (left + rested * self.per_second).min(self.most);
        let (left, answer) = if left >= 1.0 {
            (left - 1.0, Ok(()))
        } else {
            (left, Err(Duration::from_secs_f64((1.0 - left) / self.per_second)))
        };
        *level = (left, now.max(since));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use std::num::NonZeroU32;
    use std::time::{Duration, Instant};

    #[test]
    fn ten_seconds_worth_come_at_once_and_then_as_many_a_second_as_are_allowed() {
        let start = Instant::now();
        let pace = Pace::new(NonZeroU32::new(2).unwrap(), start);
        for _ in 0..20 {
            assert_eq!(pace.ask(start), Ok(()));
        }
        assert_eq!(pace.ask(start), Err(Duration::from_millis(500)));
        let later = start + Duration::from_millis(500);
        assert_eq!(pace.ask(later), Ok(()));
        assert!(pace.ask(later).is_err());
        let rested = start + Duration::from_hours(1);
        assert_eq!((0..30).filter(|_| pace.ask(rested).is_ok()).count(), 20);
    }
}
