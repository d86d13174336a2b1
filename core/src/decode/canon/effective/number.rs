//! Instants that are numbers: what they count, and since when, is told by their size alone.
//!
//! Between 1990 and 2100 no two ways of counting give the same number, so that one has one meaning
//! or none. Counts of nanoseconds are refused: those of 1990 and .NET's ticks of today overlap.

use crate::model::code::Code;
use crate::model::decision::Why;
use jiff::Timestamp;
use serde_json::Number;

const NANOS_PER_SECOND: i128 = 1_000_000_000;
/// 1990-01-01T00:00:00Z.
const FIRST: i128 = 631_152_000 * NANOS_PER_SECOND;
/// 2100-01-01T00:00:00Z.
const END: i128 = 4_102_444_800 * NANOS_PER_SECOND;
/// From 1601-01-01, where Windows begins, to 1970-01-01.
const WINDOWS: i128 = 11_644_473_600 * NANOS_PER_SECOND;

/// How long one unit is, in nanoseconds, and where the count begins before 1970:
///
/// | from | to below | counts |
/// |---|---|---|
/// | 631152000 | 4102444800 | seconds |
/// | 631152000000 | 4102444800000 | milliseconds |
/// | 631152000000000 | 4102444800000000 | microseconds |
/// | 122756256000000000 | 157469184000000000 | 100 ns since 1601: a Windows FILETIME |
const COUNTS: [(i128, i128); 4] =
    [(NANOS_PER_SECOND, 0), (1_000_000, 0), (1_000, 0), (100, WINDOWS)];

/// A FILETIME has 18 digits; more would be beyond any of the counts.
const DIGITS_MAX: usize = 18;
/// More digits of a fraction say nothing.
const FRACTION_MAX: usize = 9;

pub(super) fn instant(number: &Number) -> Result<Timestamp, Why> {
    match (number.as_u64(), number.as_f64()) {
        (Some(whole), _) => of_text(&whole.to_string()),
        // Written out, never with an exponent.
        (None, Some(real)) => of_text(&real.to_string()),
        (None, None) => Err(out_of_range()),
    }
}

/// Whether `text` is digits, perhaps with a fraction.
pub(super) fn is_number(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(text),
    }
}

pub(super) fn of_text(text: &str) -> Result<Timestamp, Why> {
    counted(text).ok_or_else(out_of_range)
}

/// `None`: it counts nothing that lies between 1990 and 2100.
pub(in crate::decode) fn counted(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.get(..FRACTION_MAX).unwrap_or(fraction);
    if whole.len() > DIGITS_MAX {
        return None;
    }
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let scaled: i128 = format!("{whole}{fraction}").parse().ok()?;
    let mut nanos = COUNTS.iter().map(|(unit, before)| scaled * unit / scale - before);
    let at = nanos.find(|nanos| (FIRST..END).contains(nanos))?;
    Timestamp::from_nanosecond(at).ok()
}

fn out_of_range() -> Why {
    Why::new(
        Code::EffectiveAtOutOfRange,
        Some("data.effective_at"),
        "`data.effective_at` is a number that lies between 1990 and 2100 neither as seconds, \
         milliseconds or microseconds since 1970 nor as a Windows FILETIME; send one of these, or \
         an instant with its offset, like 2026-10-01T17:00:00+02:00",
    )
}
