//! Instants and lengths of time, as rules write them.
//!
//! A day is 24 hours: rules have no time zone, so a calendar day would be a guess.

use crate::model::event::{Event, parse_instant};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// `effective_at`, `time` or an instant in RFC 3339, and an offset: `effective_at - 14d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Instant {
    base: Base,
    offset: SignedDuration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Base {
    /// The event's effective time; its own time if it names none.
    EffectiveAt,
    /// The event's own time.
    Time,
    Fixed(Timestamp),
}

impl Instant {
    pub(super) const EFFECTIVE_AT: Self = Self::plain(Base::EffectiveAt);
    pub(super) const TIME: Self = Self::plain(Base::Time);

    const fn plain(base: Base) -> Self {
        Self { base, offset: SignedDuration::ZERO }
    }

    /// The instant for this event.
    pub(super) fn of(self, event: &Event) -> Timestamp {
        let base = match self.base {
            Base::EffectiveAt => event.effective_at.unwrap_or(event.time),
            Base::Time => event.time,
            Base::Fixed(instant) => instant,
        };
        later(base, self.offset)
    }

    /// How much later it is than `other`, if no event is needed to tell.
    pub(super) fn since(self, other: Self) -> Option<SignedDuration> {
        match (self.base, other.base) {
            (Base::Fixed(end), Base::Fixed(start)) => {
                Some(later(end, self.offset).duration_since(later(start, other.offset)))
            }
            (base, same) if base == same => Some(self.offset - other.offset),
            _ => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (base, rest) = if let Some(rest) = text.strip_prefix("effective_at") {
            (Base::EffectiveAt, rest)
        } else if let Some(rest) = text.strip_prefix("time") {
            (Base::Time, rest)
        } else {
            let (literal, rest) = text.split_once(' ').unwrap_or((text, ""));
            (Base::Fixed(parse_instant(literal)?), rest)
        };
        Some(Self { base, offset: parse_offset(rest.trim())? })
    }
}

/// `instant` moved by `length`, at most to the end of time.
pub(super) fn later(instant: Timestamp, length: SignedDuration) -> Timestamp {
    // Refuses only calendar units, of which a length has none.
    instant.saturating_add(length).unwrap_or(instant)
}

impl Instant {
    /// The instant, if all it needs to know of the event is its time.
    pub(super) fn without_event(self, time: Timestamp) -> Option<Timestamp> {
        match self.base {
            Base::EffectiveAt => None,
            Base::Time => Some(later(time, self.offset)),
            Base::Fixed(instant) => Some(later(instant, self.offset)),
        }
    }
}

fn parse_offset(text: &str) -> Option<SignedDuration> {
    if text.is_empty() {
        return Some(SignedDuration::ZERO);
    }
    if let Some(length) = text.strip_prefix('-') {
        return parse_length(length.trim()).map(|length| -length);
    }
    parse_length(text.strip_prefix('+')?.trim())
}

/// `90s`, `30m`, `24h`, `30d`, `2w`.
fn parse_length(text: &str) -> Option<SignedDuration> {
    let digits = text.trim_end_matches(|sign: char| !sign.is_ascii_digit());
    let seconds_each: u32 = match text.strip_prefix(digits)? {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        "w" => 7 * 24 * 60 * 60,
        _ => return None,
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u32 = digits.parse().ok()?;
    Some(SignedDuration::from_secs(i64::from(count) * i64::from(seconds_each)))
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{text}` is no instant; write `effective_at`, `time` or one like \
                 2026-10-01T09:00:00+02:00, and an offset if need be: `effective_at - 14d`"
            ))
        })
    }
}

impl schemars::JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "`effective_at`, `time` or an instant in RFC 3339, and an offset if \
                            need be: `effective_at - 14d`.",
            "type": "string",
            "pattern": "^(effective_at|time|[0-9]{4}-[^ ]+)( *[+-] *[0-9]+[smhdw])?$",
        })
    }
}

impl schemars::JsonSchema for Length {
    fn schema_name() -> Cow<'static, str> {
        "Length".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A whole number and s, m, h, d or w: `24h`.",
            "type": "string",
            "pattern": "^[0-9]+[smhdw]$",
        })
    }
}

/// A length of time: `24h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length(pub(super) SignedDuration);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        parse_length(&text).map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{text}` is no length of time; write a whole number and s, m, h, d or w: `24h`"
            ))
        })
    }
}
