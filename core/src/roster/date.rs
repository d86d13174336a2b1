//! Days as exports write them. What can be read in two ways is not read.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Which of two numbers before the year is the day.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DayOrder {
    /// Nobody has said it: `25/12/2026` is read, `03/04/2026` is refused.
    #[default]
    Unsaid,
    DayFirst,
    MonthFirst,
}

/// What a cell for a day says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Day {
    /// Nothing: empty, `0000-00-00`, `null`, `Never logged in`, or a year that stands for "no end".
    None,
    On(Date),
}

/// Why a cell for a day cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoDay {
    Ambiguous,
    Unreadable,
}

/// Systems write years before it where there is no date.
const YEAR_MIN: i16 = 1930;
/// And years from it on where there is no end.
const YEAR_ENDLESS: i16 = 2900;

/// Words for no day, in small letters.
const NEVER: [&str; 6] = ["never logged in", "never", "null", "none", "n/a", "-"];

/// Reads a day; the clock and the offset behind it do not count, for all that is asked is the day.
pub(crate) fn day(text: &str, order: DayOrder) -> Result<Day, NoDay> {
    let text = text.trim();
    if text.is_empty() || NEVER.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Ok(Day::None);
    }
    let is_of_day = |sign: char| sign.is_ascii_digit() || "-/.".contains(sign);
    let end = text.find(|sign: char| !is_of_day(sign)).unwrap_or(text.len());
    let (day, rest) = text.split_at_checked(end).ok_or(NoDay::Unreadable)?;
    // `2026-10-01-07:00`: a day with an offset.
    let (day, rest) = match day.split_at_checked("2026-10-01".len()) {
        Some((first, offset)) if is_offset(offset, rest) => (first, ""),
        _ => (day, rest),
    };
    if !is_clock(rest) {
        return Err(NoDay::Unreadable);
    }
    let separator = ['-', '/', '.'].into_iter().find(|it| day.contains(*it));
    let mut parts = day.split(separator.ok_or(NoDay::Unreadable)?);
    let (Some(one), Some(two), Some(three), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(NoDay::Unreadable);
    };
    if one.len() == 4 {
        return of(one, two, three);
    }
    if three.len() != 4 || one.len() > 2 || two.len() > 2 {
        return Err(NoDay::Unreadable);
    }
    let (first, second) = (number(one)?, number(two)?);
    match order {
        DayOrder::DayFirst => of(three, two, one),
        DayOrder::MonthFirst => of(three, one, two),
        DayOrder::Unsaid if first == second || second > 12 => of(three, one, two),
        DayOrder::Unsaid if first > 12 => of(three, two, one),
        DayOrder::Unsaid => Err(NoDay::Ambiguous),
    }
}

/// `-07` before `:00`
fn is_offset(text: &str, rest: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or_default();
    digits.len() == 2 && digits.bytes().all(|it| it.is_ascii_digit()) && rest.starts_with(':')
}

/// What may stand behind a day: `T15:36:14Z`, ` 1:25:31 PM`, `+02:00`.
fn is_clock(rest: &str) -> bool {
    let is_of_clock = |sign: char| sign.is_ascii_digit() || "TtZz :.+-APMapm,UCu".contains(sign);
    rest.is_empty() || (rest.len() <= 24 && rest.chars().all(is_of_clock))
}

fn number(text: &str) -> Result<i16, NoDay> {
    let is_digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if is_digits { text.parse().ok().ok_or(NoDay::Unreadable) } else { Err(NoDay::Unreadable) }
}

fn of(year: &str, month: &str, day: &str) -> Result<Day, NoDay> {
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    if !(YEAR_MIN..YEAR_ENDLESS).contains(&year) {
        return Ok(Day::None);
    }
    let small = |it: i16| i8::try_from(it).ok().ok_or(NoDay::Unreadable);
    Date::new(year, small(month)?, small(day)?).ok().map(Day::On).ok_or(NoDay::Unreadable)
}
