//! What a value says if it is a date, in whatever form. Only to tell whether it may count; what
//! counts is read by stricter rules.

use crate::decode::canon::effective::{Moment, written_moment};
use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Beyond these systems write that there is no date.
const YEARS: std::ops::Range<i16> = 1930..2200;

/// Nowhere does a day begin earlier before it does in Greenwich.
const EASTMOST: SignedDuration = SignedDuration::from_hours(14);

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Words for "there is no date", as people and programs write them, and flags. `TBD` is not among them:
/// there is a date, and nobody knows it yet.
const NO_DATE: [&str; 20] = [
    "n/a",
    "#n/a",
    "n.a.",
    "na",
    "nil",
    "no",
    "none",
    "null",
    "not applicable",
    "nat",
    "nan",
    "undefined",
    "\\n",
    "n",
    "y",
    "yes",
    "true",
    "false",
    "empty",
    "blank",
];
/// Words for "at once", which is what an event without a date says.
const NOW: [&str; 8] = [
    "now",
    "today",
    "immediate",
    "immediately",
    "asap",
    "at once",
    "sofort",
    "effective immediately",
];

/// Whether a value that is no date of our times says that there is none, or that it is now: in words, in
/// signs and zeros alone, or by a date that no calendar of a company reaches.
pub(super) fn says_no_date(value: &Value) -> bool {
    let Value::String(text) = value else { return true };
    let text = text.trim().to_lowercase();
    let is_zero = || text.chars().all(|sign| sign == '0' || !sign.is_alphanumeric());
    let is_said = || NO_DATE.contains(&text.as_str()) || NOW.contains(&text.as_str());
    is_said() || is_zero() || Reading::by_form(&text).is_some()
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Instant(Timestamp),
    /// The days that it may be; `01/02/2026` is two.
    Days(Vec<Date>),
    /// A date, and nobody knows which.
    Unclear,
}

impl Reading {
    /// `None`: it is no date, or says that there is none.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        Self::by_form(&text).filter(Self::is_of_our_times)
    }

    fn by_form(text: &str) -> Option<Self> {
        match written_moment(text) {
            Some(Moment::Exact { at, .. }) => Some(Self::Instant(at)),
            Some(Moment::Local(local)) => Some(Self::Days(vec![local.date()])),
            Some(Moment::Day(day)) => Some(Self::Days(vec![day])),
            None => by_digits(text),
        }
    }

    fn is_of_our_times(&self) -> bool {
        match self {
            Self::Instant(at) => YEARS.contains(&Offset::UTC.to_datetime(*at).year()),
            Self::Days(days) => days.iter().all(|day| YEARS.contains(&day.year())),
            Self::Unclear => true,
        }
    }

    /// Whether it is, or may be, after `time` everywhere.
    pub(super) fn is_after(&self, time: Timestamp) -> bool {
        let begins_after = |day: &Date| {
            let midnight = Offset::UTC.to_timestamp(day.at(0, 0, 0, 0));
            midnight.is_ok_and(|midnight| midnight.duration_since(time) > EASTMOST)
        };
        match self {
            Self::Instant(at) => *at > time,
            Self::Days(days) => days.iter().any(begins_after),
            Self::Unclear => true,
        }
    }

    /// Whether it may be `day`, or the one beside it: the end of a day is the start of the next.
    pub(super) fn may_be(&self, day: Date) -> bool {
        let is_near = |other: &Date| {
            day.until(*other).is_ok_and(|apart| apart.get_days().unsigned_abs() <= 1)
        };
        match self {
            Self::Instant(at) => is_near(&Offset::UTC.to_datetime(*at).date()),
            Self::Days(days) => days.iter().any(is_near),
            Self::Unclear => true,
        }
    }
}

fn by_digits(text: &str) -> Option<Reading> {
    let digits: Vec<&str> =
        text.split(|sign: char| !sign.is_ascii_digit()).filter(|it| !it.is_empty()).collect();
    let date = |year: &str, month: &str, day: &str| {
        Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
    };
    let days: Vec<Date> = match digits.as_slice() {
        [year, month, day, ..] if year.len() == 4 => date(year, month, day).into_iter().collect(),
        [first, second, year, ..] if year.len() == 4 => {
            let orders = [date(year, second, first), date(year, first, second)];
            orders.into_iter().flatten().collect()
        }
        [whole, ..] if whole.len() == 8 => {
            let parts = (whole.get(..4)?, whole.get(4..6)?, whole.get(6..)?);
            date(parts.0, parts.1, parts.2).into_iter().collect()
        }
        _ => Vec::new(),
    };
    if !days.is_empty() {
        return Some(Reading::Days(days));
    }
    let small = text.to_ascii_lowercase();
    let is_dotnet = small.starts_with("/date(");
    let is_year = |it: &&&str| it.len() == 4 && (it.starts_with("19") || it.starts_with("20"));
    let has_month = MONTHS.iter().any(|month| small.contains(month)) || small.contains("-w");
    let is_date = small.len() <= 40 && has_month && digits.iter().any(|it| is_year(&it));
    (is_dotnet || is_date).then_some(Reading::Unclear)
}
