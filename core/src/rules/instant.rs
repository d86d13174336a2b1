//! Instants and lengths of time, as rules write them.
//!
//! A day is 24 hours in a length: rules have no time zone, so a calendar day would be a guess. What
//! is local (`last_day_of_work`, `at 18:00`) is so in the event's zone, and fails without one.

use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::{Event, has_shape, parse_instant};
use crate::model::event_kind::EventKind;
use crate::model::ids::RuleName;
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A base, perhaps the time of its day, perhaps an offset: `last_day_of_work at 18:00 + 1h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Instant {
    base: Base,
    // Left out where there is none: the rule's hash, which claims hold, is made of this.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Time>,
    offset: SignedDuration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Base {
    /// The event's effective time; its own time if it names none.
    EffectiveAt,
    /// The event's own time.
    Time,
    /// The end of that day, unless a time of it is said.
    LastDayOfWork,
    Fixed(Timestamp),
}

/// An instant that an event does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Untold {
    instant: Instant,
    lack: Lack,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lack {
    LastDayOfWork,
    Zone,
}

impl Instant {
    pub(super) const EFFECTIVE_AT: Self = Self::plain(Base::EffectiveAt);
    pub(super) const TIME: Self = Self::plain(Base::Time);

    const fn plain(base: Base) -> Self {
        Self { base, at: None, offset: SignedDuration::ZERO }
    }

    /// The instant for this event.
    pub(super) fn of(self, event: &Event) -> Result<Timestamp, Untold> {
        let lacks = |lack| Untold { instant: self, lack };
        let calendar = &event.calendar;
        let (plain, said_day) = match self.base {
            Base::EffectiveAt => {
                (event.effective_at.unwrap_or(event.time), calendar.effective_date)
            }
            Base::Time => (event.time, None),
            Base::Fixed(instant) => (instant, None),
            Base::LastDayOfWork => {
                let day = calendar.last_day_of_work.ok_or(lacks(Lack::LastDayOfWork))?;
                let zone = calendar.zone.as_ref().ok_or(lacks(Lack::Zone))?;
                (zone.end_of(day), Some(day))
            }
        };
        let Some(time) = self.at else {
            return Ok(later(plain, self.offset));
        };
        let zone = calendar.zone.as_ref().ok_or(lacks(Lack::Zone))?;
        let day = said_day.unwrap_or_else(|| zone.day_of(plain));
        Ok(later(zone.instant(day.to_datetime(time)), self.offset))
    }

    /// How much later it is than `other`, if no event is needed to tell; of local times, on a day
    /// on which no clock is changed.
    pub(super) fn since(self, other: Self) -> Option<SignedDuration> {
        match (self.base, other.base) {
            _ if self.time_of_day().is_some() != other.time_of_day().is_some() => None,
            (Base::Fixed(end), Base::Fixed(start)) if self.at.is_none() => {
                Some(later(end, self.offset).duration_since(later(start, other.offset)))
            }
            (base, same) if base == same => {
                let clocks = self.time_of_day().zip(other.time_of_day());
                let clocks = clocks.map_or(SignedDuration::ZERO, |(end, start)| end - start);
                Some(clocks + self.offset - other.offset)
            }
            _ => None,
        }
    }

    /// Whether it is later than what the event names, or a date that somebody chose.
    pub(super) fn is_put_off(self) -> bool {
        matches!(self.base, Base::Fixed(_)) || self.offset > SignedDuration::ZERO
    }

    /// Whether it is none of an event of the type `kind`, whatever the event says.
    pub(super) fn is_never_told_by(self, kind: EventKind) -> bool {
        self.time_of_day().is_some() && kind == EventKind::AccessRevoked
    }

    /// Since the start of its local day, if it is a local time.
    fn time_of_day(self) -> Option<SignedDuration> {
        match (self.at, self.base) {
            (Some(time), _) => Some(time.duration_since(Time::midnight())),
            (None, Base::LastDayOfWork) => Some(DAY),
            (None, Base::EffectiveAt | Base::Time | Base::Fixed(_)) => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let words = [
            ("effective_at", Base::EffectiveAt),
            ("last_day_of_work", Base::LastDayOfWork),
            ("time", Base::Time),
        ];
        let word = words.iter().find_map(|(word, base)| Some((*base, text.strip_prefix(word)?)));
        let (base, rest) = if let Some(word) = word {
            word
        } else {
            let (literal, rest) = text.split_once(' ').unwrap_or((text, ""));
            (Base::Fixed(parse_instant(literal)?), rest)
        };
        let rest = rest.trim();
        let (at, rest) = match rest.strip_prefix("at ") {
            None => (None, rest),
            Some(rest) => {
                let (clock, rest) = rest.trim_start().split_at_checked("18:00".len())?;
                (Some(parse_clock(clock)?), rest.trim())
            }
        };
        Some(Self { base, at, offset: parse_offset(rest)? })
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.base {
            Base::EffectiveAt => out.write_str("effective_at"),
            Base::Time => out.write_str("time"),
            Base::LastDayOfWork => out.write_str("last_day_of_work"),
            Base::Fixed(instant) => instant.fmt(out),
        }?;
        match self.at {
            Some(time) => write!(out, " at {:02}:{:02}", time.hour(), time.minute()),
            None => Ok(()),
        }
    }
}

impl Untold {
    /// Why the event cannot be judged by `rule`.
    pub(super) fn why(self, rule: &RuleName) -> Why {
        let Self { instant, lack } = self;
        match lack {
            Lack::LastDayOfWork => Why::new(
                Code::InstantAbsent,
                Some("data.last_day_of_work"),
                format!(
                    "rule `{rule}` reckons from `{instant}`, and the event has no \
                     `last_day_of_work`; let the source send it, or ask with \
                     has(data.last_day_of_work) in the rule's `when` first"
                ),
            ),
            Lack::Zone => Why::new(
                Code::InstantNoZone,
                Some("data.time_zone"),
                format!(
                    "rule `{rule}` reckons from `{instant}`, a local time, and nothing says in \
                     which time zone; let the source send `time_zone`, or set `time_zone` of the \
                     source or of the tenant"
                ),
            ),
        }
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
            _ if self.at.is_some() => None,
            Base::EffectiveAt | Base::LastDayOfWork => None,
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

/// `18:00`, as clocks show it that count to 24.
fn parse_clock(text: &str) -> Option<Time> {
    has_shape(text, "00:00").then(|| text.parse().ok()).flatten()
}

/// `90s`, `30m`, `24h`, `30d`, `2w`.
pub(crate) fn parse_length(text: &str) -> Option<SignedDuration> {
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
                "`{text}` is no instant; write `effective_at`, `time`, `last_day_of_work` or one \
                 like 2026-10-01T09:00:00+02:00, and if need be a local time and an offset: \
                 `last_day_of_work at 18:00`, `effective_at - 14d`"
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
            "description": "`effective_at`, `time`, `last_day_of_work` (the end of that day) or \
                            an instant in RFC 3339, and if need be a local time and an offset: \
                            `last_day_of_work at 18:00`, `effective_at - 14d`.",
            "type": "string",
            "pattern": "^(effective_at|time|last_day_of_work|[0-9]{4}-[^ ]+)( +at +([01][0-9]|2[0-3]):[0-5][0-9])?( *[+-] *[0-9]+[smhdw])?$",
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
