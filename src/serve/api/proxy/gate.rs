//! Whether a target may be asked just now: so often within a minute, and not while it wants to be left alone.

use super::super::allowance::Allowance;
use crate::model::call::RateLimits;
use crate::scim::{NotPassed, Passed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Calls that are open at once.
const OPEN_MOST: usize = 2;

/// No target keeps programs away for longer with one word.
const WAIT_MOST: Duration = Duration::from_mins(15);

/// After failures that say nothing of a wait; doubled with each.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MOST: Duration = Duration::from_mins(1);

/// Before one target.
#[derive(Debug)]
pub(super) struct Gate {
    allowance: Allowance,
    pub(super) open: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    closed_until: Option<Instant>,
    failures: u32,
}

impl Gate {
    pub(super) fn new(calls_per_minute: u32) -> Self {
        Self {
            allowance: Allowance::new(calls_per_minute),
            open: Semaphore::new(OPEN_MOST),
            state: Mutex::default(),
        }
    }

    /// Takes a call; the error says how long to wait.
    pub(super) fn take(&self, now: Instant) -> Result<(), Duration> {
        let closed_until = self.state.lock().unwrap_or_else(PoisonError::into_inner).closed_until;
        if let Some(until) = closed_until.filter(|until| *until > now) {
            return Err(until - now);
        }
        let left = self.allowance.take("", now);
        left.remaining.map(|_| ()).ok_or(left.reset)
    }

    /// Learns from how a call ended.
    pub(super) fn learn(&self, ended: &Result<Passed, NotPassed>, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = match ended {
            Ok(passed) if matches!(passed.status, 429 | 500..) => {
                state.failures += 1;
                Some(passed.wait.unwrap_or_else(|| pause(state.failures)))
            }
            Ok(passed) => {
                state.failures = 0;
                passed.limits.as_ref().and_then(leaves_little)
            }
            Err(NotPassed::Unreachable | NotPassed::Silent | NotPassed::Broken) => {
                state.failures += 1;
                Some(pause(state.failures))
            }
            Err(NotPassed::Id | NotPassed::NoToken | NotPassed::TooLarge) => None,
        };
        if let Some(wait) = wait {
            state.closed_until = Some(now + wait.min(WAIT_MOST));
        }
    }
}

fn pause(failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    PAUSE_FIRST.saturating_mul(doubled).min(PAUSE_MOST)
}

/// The last tenth of a quota is the worker's: how long until it begins anew.
fn leaves_little(limits: &RateLimits) -> Option<Duration> {
    let (limit, remaining) = (limits.limit?, limits.remaining?);
    (remaining.saturating_mul(10) < limit).then_some(limits.reset?)
}

#[cfg(test)]
mod tests {
    use super::{Gate, NotPassed, Passed, RateLimits};
    use std::time::{Duration, Instant};

    fn passed(status: u16, wait: Option<u64>) -> Passed {
        let wait = wait.map(Duration::from_secs);
        Passed { status, wait, limits: None, body: Vec::new() }
    }

    #[test]
    fn a_target_that_wants_to_be_left_alone_is() {
        let (gate, now) = (Gate::new(100), Instant::now());
        assert_eq!(gate.take(now), Ok(()));
        gate.learn(&Ok(passed(429, Some(30))), now);
        assert_eq!(gate.take(now + Duration::from_secs(10)), Err(Duration::from_secs(20)));
        assert_eq!(gate.take(now + Duration::from_secs(30)), Ok(()));
        gate.learn(&Ok(passed(503, Some(100_000))), now);
        assert_eq!(gate.take(now), Err(Duration::from_mins(15)));
    }

    #[test]
    fn failures_make_longer_pauses_and_an_answer_ends_them() {
        let (gate, now) = (Gate::new(100), Instant::now());
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            gate.learn(&Err(NotPassed::Unreachable), now);
            assert_eq!(gate.take(now), Err(Duration::from_secs(seconds)));
        }
        gate.learn(&Ok(passed(404, None)), now);
        gate.learn(&Err(NotPassed::Silent), now);
        assert_eq!(gate.take(now), Err(Duration::from_secs(1)));
        let gate = Gate::new(100);
        gate.learn(&Err(NotPassed::Id), now);
        assert_eq!(gate.take(now), Ok(()), "that was none of the target's doing");
    }

    #[test]
    fn there_is_a_cap_a_minute_and_the_last_tenth_of_the_quota_is_left() {
        let (gate, now) = (Gate::new(2), Instant::now());
        assert_eq!((gate.take(now), gate.take(now)), (Ok(()), Ok(())));
        assert_eq!(gate.take(now), Err(Duration::from_mins(1)));
        let gate = Gate::new(100);
        let reset = Some(Duration::from_secs(7));
        let limits = |remaining| RateLimits { limit: Some(100), remaining: Some(remaining), reset };
        let told = |remaining| Ok(Passed { limits: Some(limits(remaining)), ..passed(200, None) });
        gate.learn(&told(10), now);
        assert_eq!(gate.take(now), Ok(()));
        gate.learn(&told(9), now);
        assert_eq!(gate.take(now), Err(Duration::from_secs(7)));
    }
}
