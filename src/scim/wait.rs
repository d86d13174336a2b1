//! How long a provider asks us to wait.

use super::read;
use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value as Json;
use std::time::Duration;

/// Shorter waits are a provider's mistake. Longer ones are told as they are; who keeps them has a limit.
const SHORTEST: Duration = Duration::from_secs(1);

/// Numbers above this are since the epoch, not from now.
const EPOCH_LIKE: f64 = 1e9;
/// No moment in seconds: it is counted in milliseconds, microseconds or nanoseconds.
const EPOCH_FINER: f64 = 1e12;

/// No quota has a window longer than a day: what is more is counted in milliseconds.
const RESET_SECONDS_MOST: f64 = 86_400.0;

/// The waits an answer speaks of.
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
            retry_after: header(RETRY_AFTER.as_str()).and_then(|text| at_least(text, now)),
            limit_reset: super::limits::read(headers, now)
                .and_then(|limits| limits.reset)
                .map(|reset| reset.max(SHORTEST)),
        }
    }

    /// The same, with what the body says where the headers say nothing.
    pub(super) fn or_in(self, body: &Json, now: Timestamp) -> Self {
        let said = || {
            let said = ["Retry-After", "retryAfter", "retry_after"]
                .into_iter()
                .find_map(|name| read::get(body, name))?;
            match said {
                Json::String(text) => at_least(text, now),
                Json::Number(number) => at_least(&number.to_string(), now),
                Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
            }
        };
        Self { retry_after: self.retry_after.or_else(said), ..self }
    }
}

fn at_least(text: &str, now: Timestamp) -> Option<Duration> {
    from_now(text, now).map(|length| length.max(SHORTEST))
}

/// `Retry-After`, or a wait in a body.
fn from_now(text: &str, now: Timestamp) -> Option<Duration> {
    length(text, f64::INFINITY, now)
}

/// When a quota begins anew; nobody has written down in what it is counted.
pub(super) fn reset(text: &str, now: Timestamp) -> Option<Duration> {
    length(text, RESET_SECONDS_MOST, now)
}

/// Seconds (`30`, `1.5`, `0 seconds`, `30s`), milliseconds (`500ms`, or more than `seconds_most`), a
/// moment since the epoch in whatever it is counted, or an HTTP date (RFC 9110 §5.6.7, all three
/// forms). What is over is zero.
fn length(text: &str, seconds_most: f64, now: Timestamp) -> Option<Duration> {
    let text = text.trim().trim_matches('"');
    let end = text.find(|letter: char| !(letter.is_ascii_digit() || "+-.".contains(letter)));
    let (number, unit) = text.split_at_checked(end.unwrap_or(text.len()))?;
    let Ok(number) = number.parse::<f64>() else {
        let length = date(text)?.duration_since(now);
        return Some(Duration::try_from(length).unwrap_or(Duration::ZERO));
    };
    let seconds = if unit.trim_start().to_ascii_lowercase().starts_with("ms") {
        number / 1000.0
    } else if number > EPOCH_LIKE {
        since_epoch(number) - f64::from(u32::try_from(now.as_second()).unwrap_or(u32::MAX))
    } else if number > seconds_most {
        number / 1000.0
    } else {
        number
    };
    // What no duration holds is longer than all of them.
    Some(Duration::try_from_secs_f64(seconds.max(0.0).ceil()).unwrap_or(Duration::MAX))
}

/// Seconds since the epoch, however finely they are counted.
fn since_epoch(mut moment: f64) -> f64 {
    // Thrice: no finer clock than nanoseconds is about.
    for _ in 0..3 {
        if moment > EPOCH_FINER {
            moment /= 1000.0;
        }
    }
    moment
}

/// RFC 2822 is looked at too: some servers send an offset where HTTP wants `GMT`.
fn date(text: &str) -> Option<Timestamp> {
    let http = httpdate::parse_http_date(text).ok();
    let http = http.map(|date| Timestamp::try_from(date).unwrap_or(Timestamp::MAX));
    http.or_else(|| jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp()))
}
