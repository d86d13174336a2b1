//! How many requests there may be within a minute, of whom or to what.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_mins(1);

/// Counts by name. Names come from the configuration and the file of tokens, so there are not many.
#[derive(Debug)]
pub(crate) struct Allowance {
    most: u32,
    windows: Mutex<BTreeMap<String, Window>>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    began: Instant,
    used: u32,
}

/// How an allowance stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) most: u32,
    /// `None`: there was none left for this one.
    pub(super) remaining: Option<u32>,
    pub(super) reset: Duration,
}

impl Allowance {
    pub(crate) fn new(most: u32) -> Self {
        Self { most, windows: Mutex::default() }
    }

    /// Takes one.
    pub(super) fn take(&self, name: &str, now: Instant) -> Left {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.retain(|_, window| now.saturating_duration_since(window.began) < WINDOW);
        let window = windows.entry(name.to_owned()).or_insert(Window { began: now, used: 0 });
        let remaining = self.most.checked_sub(window.used + 1);
        if remaining.is_some() {
            window.used += 1;
        }
        let reset = WINDOW.saturating_sub(now.saturating_duration_since(window.began));
        Left { most: self.most, remaining, reset }
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowance, WINDOW};
    use std::time::{Duration, Instant};

    #[test]
    fn there_are_so_many_a_minute_and_each_name_has_its_own() {
        let (allowance, now) = (Allowance::new(2), Instant::now());
        let left = |name: &str, at: Duration| allowance.take(name, now + at).remaining;
        assert_eq!(left("ann", Duration::ZERO), Some(1));
        assert_eq!(left("ann", Duration::from_secs(1)), Some(0));
        assert_eq!(left("ann", Duration::from_secs(2)), None);
        assert_eq!(left("bob", Duration::from_secs(2)), Some(1));
        let told = allowance.take("ann", now + Duration::from_secs(20));
        assert_eq!(told.reset, Duration::from_secs(40));
        assert_eq!(left("ann", WINDOW), Some(1));
    }
}
