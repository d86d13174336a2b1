//! How long a provider asks us to wait.

use super::read;
use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value as Json;
use std::time::Duration;

/// Shorter waits are a provider's mistake, longer ones are asked again.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(5);

/// Numbers above these are seconds or milliseconds since the epoch, not from now.
const EPOCH_LIKE: f64 = 1e9;
const EPOCH_MILLISECONDS_LIKE: f64 = 1e12;

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
            retry_after: header(RETRY_AFTER.as_str()).and_then(|text| bounded(text, now)),
            limit_reset: super::limits::read(headers, now)
                .and_then(|limits| limits.reset)
                .map(|reset| reset.clamp(SHORTEST, LONGEST)),
        }
    }

    /// The same, with what the body says where the headers say nothing.
    pub(super) fn or_in(self, body: &Json, now: Timestamp) -> Self {
        let said = || {
            let said = ["Retry-After", "retryAfter", "retry_after"]
                .into_iter()
                .find_map(|name| read::get(body, name))?;
            match said {
                Json::String(text) => bounded(text, now),
                Json::Number(number) => bounded(&number.to_string(), now),
                Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
            }
        };
        Self { retry_after: self.retry_after.or_else(said), ..self }
    }
}

fn bounded(text: &str, now: Timestamp) -> Option<Duration> {
    from_now(text, now).map(|length| length.clamp(SHORTEST, LONGEST))
}

/// Seconds (`30`, `1.5`, `0 seconds`, `30s`), a moment since the epoch in seconds or milliseconds, or
/// an HTTP date (RFC 9110 §5.6.7, all three forms). What is over is zero.
pub(super) fn from_now(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim().trim_matches('"');
    let end = text.find(|letter: char| !(letter.is_ascii_digit() || "+-.".contains(letter)));
    let number = text.get(..end.unwrap_or(text.len())).and_then(|word| word.parse::<f64>().ok());
    let epoch = || f64::from(u32::try_from(now.as_second()).unwrap_or(u32::MAX));
    let seconds = match number {
        Some(moment) if moment > EPOCH_MILLISECONDS_LIKE => moment / 1000.0 - epoch(),
        Some(moment) if moment > EPOCH_LIKE => moment - epoch(),
        Some(seconds) => seconds,
        None => {
            let length = date(text)?.duration_since(now);
            return Some(Duration::try_from(length).unwrap_or(Duration::ZERO));
        }
    };
    Duration::try_from_secs_f64(seconds.max(0.0).ceil()).ok()
}

/// RFC 2822 is looked at too: some servers send an offset where HTTP wants `GMT`.
fn date(text: &str) -> Option<Timestamp> {
    let http = httpdate::parse_http_date(text).ok().and_then(|date| Timestamp::try_from(date).ok());
    http.or_else(|| jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp()))
}
