//! Time zones: what a local day or a clock on the wall means as an instant.
//!
//! The zones are those that usher was built with, never the system's: the same event must mean the
//! same instant on every image.

#[cfg(test)]
mod tests;

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A zone by its IANA name, or what an instant said of its own: a fixed offset. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

/// A name that no zone has.
#[derive(Debug, thiserror::Error)]
#[error(
    "`time_zone` names no time zone: `{0}`; write an IANA name such as Europe/Berlin, not an \
     abbreviation, an offset or a name from Windows"
)]
pub struct UnknownZone(String);

impl Zone {
    /// The zone that IANA calls so; capital and small letters do not matter.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        ZONES.get(name).map(Self).map_err(|_error| UnknownZone(name.to_owned()))
    }

    /// A zone whose clocks never change.
    pub fn fixed(offset: Offset) -> Self {
        Self(TimeZone::fixed(offset))
    }

    /// When the clocks show `local`. A time that they skip becomes the later instant, of one that
    /// they show twice the second counts; behind the end of time there is only that end.
    pub fn instant(&self, local: DateTime) -> Timestamp {
        self.0.to_ambiguous_timestamp(local).later().unwrap_or(Timestamp::MAX)
    }

    /// From when on it is `day`, once and for all. Clocks that skip midnight begin it later.
    pub fn start_of(&self, day: Date) -> Timestamp {
        let midnight =
            self.0.to_ambiguous_timestamp(day.to_datetime(jiff::civil::Time::midnight()));
        let later = midnight.later().unwrap_or(Timestamp::MAX);
        let tick = SignedDuration::from_nanos(1);
        match midnight.offset() {
            AmbiguousOffset::Unambiguous { .. } => later,
            AmbiguousOffset::Gap { .. } => {
                let after = later.saturating_add(tick).unwrap_or(later);
                self.0.preceding(after).next().map_or(later, |jump| jump.timestamp())
            }
            AmbiguousOffset::Fold { .. } => {
                // Clocks put back to the day before make the day begin twice; the day before is
                // over with the second time.
                let before = later.saturating_sub(tick).unwrap_or(later);
                let first = midnight.earlier().unwrap_or(later);
                if self.day_of(before) == day { first } else { later }
            }
        }
    }

    /// When `day` is over: the start of the next one.
    pub fn end_of(&self, day: Date) -> Timestamp {
        day.tomorrow().map_or(Timestamp::MAX, |next| self.start_of(next))
    }

    /// What the clocks show at `instant`.
    pub fn local(&self, instant: Timestamp) -> DateTime {
        self.0.to_datetime(instant)
    }

    /// The day that it is at `instant`.
    pub fn day_of(&self, instant: Timestamp) -> Date {
        self.0.to_datetime(instant).date()
    }

    /// How far its clocks are from UTC at `instant`.
    pub fn offset_at(&self, instant: Timestamp) -> Offset {
        self.0.to_offset(instant)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.iana_name() {
            Some(name) => out.write_str(name),
            None => self.offset_at(Timestamp::UNIX_EPOCH).fmt(out),
        }
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::named(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.to_string()
    }
}

impl schemars::JsonSchema for Zone {
    fn schema_name() -> Cow<'static, str> {
        "TimeZone".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A time zone by its IANA name: `Europe/Berlin`.",
            "type": "string",
            "pattern": "^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$",
        })
    }
}
