//! How long a provider asks us to wait.

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// Shorter waits are a provider's mistake, longer ones are asked again.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(5);

/// Numbers above this are seconds since the epoch, not from now.
const EPOCH_LIKE: i64 = 1_000_000_000;

/// The waits an answer speaks of, within bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wait {
    /// `Retry-After`.
    pub(super) retry_after: Option<Duration>,
    /// `RateLimit-Reset`; comes with every answer, so it counts only when the limit was hit.
    pub(super) limit_reset: Option<Duration>,
}

impl Wait {
    pub(super) fn read(headers: &HeaderMap, now: Timestamp) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            retry_after: header(RETRY_AFTER.as_str()).and_then(|text| parse(text, now)),
            limit_reset: header("ratelimit-reset")
                .or_else(|| header("x-ratelimit-reset"))
                .and_then(|text| parse(text, now)),
        }
    }
}

/// Seconds (`30`, also `0 seconds`), a moment in seconds since the epoch, or an HTTP date.
fn parse(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let number = text.split_ascii_whitespace().next().and_then(|word| word.parse::<i64>().ok());
    let seconds = match number {
        Some(epoch) if epoch > EPOCH_LIKE => epoch - now.as_second(),
        Some(seconds) => seconds,
        None => date(text)?.as_second() - now.as_second(),
    };
    let length = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    Some(length.clamp(SHORTEST, LONGEST))
}

/// RFC 9110 §5.6.7; its preferred form is one of RFC 2822's.
fn date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp())
}
