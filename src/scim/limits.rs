//! What a provider says of its quota, in the forms that are about.
//!
//! `RateLimit-Limit` and its sisters, the same with `X-`, and both combined headers of the IETF's
//! drafts. A part that cannot be read is left out; nothing here can fail a call.

use super::wait;
use crate::model::call::RateLimits;
use jiff::Timestamp;
use reqwest::header::HeaderMap;

/// The quota as the headers tell it; `None` if they say nothing.
pub(super) fn read(headers: &HeaderMap, now: Timestamp) -> Option<RateLimits> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let first = |names: [&str; 3]| names.into_iter().find_map(header);
    let combined = header("ratelimit");
    let within = |names: [&str; 2]| combined.and_then(|text| parameter(text, names));
    let limits = RateLimits {
        limit: first(["ratelimit-limit", "x-ratelimit-limit", "x-rate-limit-limit"])
            .and_then(number)
            .or_else(|| within(["limit", "q"]).and_then(number))
            .or_else(|| number(parameter(header("ratelimit-policy")?, ["q", "limit"])?)),
        remaining: first([
            "ratelimit-remaining",
            "x-ratelimit-remaining",
            "x-rate-limit-remaining",
        ])
        .and_then(number)
        .or_else(|| within(["remaining", "r"]).and_then(number)),
        reset: first(["ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"])
            .or_else(|| within(["reset", "t"]))
            .and_then(|text| wait::reset(text, now)),
    };
    (limits != RateLimits::default()).then_some(limits)
}

/// The value of `name=value` in a list of parameters: `limit=10, remaining=4`, `"default";r=4;t=1`.
fn parameter<'a>(text: &'a str, names: [&str; 2]) -> Option<&'a str> {
    text.split([',', ';']).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        names.iter().any(|known| known.eq_ignore_ascii_case(name.trim())).then(|| value.trim())
    })
}

/// The first whole number: `100, 100;w=60` is 100.
fn number(text: &str) -> Option<u64> {
    let digits = text.trim().trim_start_matches('"');
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}
