//! Instants, local times and days as they are written.

use super::number;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::has_shape;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// What `effective_at` says before a zone is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::decode) enum Moment {
    Exact {
        at: Timestamp,
        /// Where that is, as far as an offset tells. UTC is what machines write, and tells nothing.
        offset: Option<Offset>,
    },
    Local(DateTime),
    Day(Date),
}

impl Moment {
    /// What a number tells: no place.
    pub(super) fn counted(at: Timestamp) -> Self {
        Self::Exact { at, offset: None }
    }
}

const FIELD: &str = "data.effective_at";

/// Nobody who works today began before; a year below it is how systems write "no date".
const YEAR_MIN: i16 = 1930;
/// A count of zero, read as a time, in whatever zone.
const COUNT_BEGINS: [Date; 2] = [Date::constant(1969, 12, 31), Date::constant(1970, 1, 1)];

/// Reads `2026-10-01`, and that with a clock and perhaps an offset, and digits.
pub(super) fn moment(text: &str) -> Result<Moment, Why> {
    let text = text.trim();
    if number::is_number(text) {
        return number::of_text(text).map(Moment::counted);
    }
    let moment = written(text).ok_or_else(no_moment)?;
    let day = match moment {
        Moment::Exact { at, .. } => Offset::UTC.to_datetime(at).date(),
        Moment::Local(local) => local.date(),
        Moment::Day(day) => day,
    };
    check_day(day, FIELD)?;
    Ok(moment)
}

pub(super) fn no_moment() -> Why {
    Why::new(
        Code::EffectiveAtInvalid,
        Some(FIELD),
        "`data.effective_at` is in no form that has one meaning; write it with its offset, like \
         2026-10-01T17:00:00+02:00, or as a day or a local time together with `time_zone`",
    )
}

/// A day, written like `2026-10-01`.
pub(super) fn date(text: &str) -> Option<Date> {
    has_shape(text, "0000-00-00").then(|| text.parse().ok()).flatten()
}

fn written(text: &str) -> Option<Moment> {
    let (day, rest) = text.split_at_checked("2026-10-01".len())?;
    let day = date(day)?;
    if rest.is_empty() {
        return Some(Moment::Day(day));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let end = rest.find(|sign: char| !(sign.is_ascii_digit() || ":.".contains(sign)));
    let (clock, place) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
    let local = day.to_datetime(time(clock)?);
    if place.is_empty() {
        return Some(Moment::Local(local));
    }
    let offset = offset(place.strip_prefix(' ').unwrap_or(place))?;
    // A year of 9999 is how systems write "never".
    let at = offset.to_timestamp(local).unwrap_or(Timestamp::MAX);
    Some(Moment::Exact { at, offset: Some(offset).filter(|offset| !offset.is_zero()) })
}

/// `17:00`, `17:00:00` or `17:00:00.123`.
fn time(text: &str) -> Option<Time> {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text, None),
    };
    let is_whole = has_shape(clock, "00:00:00");
    let is_fraction = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let fits = match fraction {
        Some(fraction) => is_whole && is_fraction(fraction),
        None => is_whole || has_shape(clock, "00:00"),
    };
    fits.then(|| text.parse().ok()).flatten()
}

/// `Z`, `+02:00`, `+0200` or `+02`.
fn offset(text: &str) -> Option<Offset> {
    if text.eq_ignore_ascii_case("z") {
        return Some(Offset::UTC);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = text.get(1..)?;
    if !["00:00", "0000", "00"].iter().any(|shape| has_shape(digits, shape)) {
        return None;
    }
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = match digits.get(2..)?.trim_start_matches(':') {
        "" => 0,
        minutes => minutes.parse().ok()?,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 60 + minutes) * 60).ok()
}

/// Old days, and the one at which machines begin to count, with the day before where clocks are behind.
pub(super) fn check_day(day: Date, field: &str) -> Result<(), Why> {
    if day.year() >= YEAR_MIN && !COUNT_BEGINS.contains(&day) {
        return Ok(());
    }
    Err(Why::new(
        Code::EffectiveAtOutOfRange,
        Some(field),
        format!(
            "`{field}` lies before {YEAR_MIN}, or is 1970-01-01, which is how systems write that there \
             is no date; send the date, or leave `{field}` out"
        ),
    ))
}
