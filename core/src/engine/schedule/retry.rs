//! How long to wait before trying again: exponential, by the `backoff` crate.
//!
//! The only place that knows `backoff` (unmaintained, RUSTSEC-2025-0012). Jitter is a hash, not a
//! dice roll, so that the engine stays a function of its inputs.

use crate::engine::settings::Timing;
use backoff::Clock;
use backoff::backoff::Backoff;
use backoff::exponential::ExponentialBackoff;
use jiff::SignedDuration;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// A clock that stands still: the number of attempts is ours to keep, and no elapsed time counts.
#[derive(Clone, Copy, Debug, Default)]
struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> Instant {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        *START
    }
}

/// Attempts beyond this wait no longer than it.
const STEEPEST: u32 = 24;

/// The pause before attempt `attempt` + 1 (0: the first retry), between 75 % and 100 % of the
/// exponential step; `salt` tells those who wait apart.
pub fn interval(attempt: u32, timing: &Timing, salt: &str) -> SignedDuration {
    let first = Duration::try_from(timing.retry_first).unwrap_or_default();
    let mut policy: ExponentialBackoff<StandingClock> = ExponentialBackoff {
        current_interval: first,
        initial_interval: first,
        randomization_factor: 0.0,
        multiplier: 2.0,
        max_interval: Duration::try_from(timing.retry_max).unwrap_or(Duration::MAX),
        max_elapsed_time: None,
        clock: StandingClock,
        ..ExponentialBackoff::default()
    };
    let mut pause = first;
    for _ in 0..=attempt.min(STEEPEST) {
        pause = policy.next_backoff().unwrap_or(pause);
    }
    let pause = SignedDuration::try_from(pause).unwrap_or(timing.retry_max);
    let quarter = i32::try_from(hash(salt, attempt) % 256).unwrap_or(0);
    pause - pause * quarter / 1024
}

/// FNV-1a: stable over versions and machines, which is all that is asked of it.
fn hash(salt: &str, attempt: u32) -> u64 {
    salt.bytes().chain(attempt.to_be_bytes()).fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
