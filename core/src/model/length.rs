//! Lengths of time as people write them: `200ms`, `30s`, `5m`, `24h`, `30d`.
//!
//! One number and one unit, never zero or negative. A day is 24 hours.

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, Serializer};
use std::borrow::Cow;

/// Units from large to small, in milliseconds.
const UNITS: &[(&str, i64)] =
    &[("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

const CURE: &str = "write a number and a unit, like `200ms`, `30s`, `5m`, `24h` or `30d`";

/// What a schema says of it.
#[derive(Debug)]
pub struct Text;

impl schemars::JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "LengthOfTime".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let units: Vec<_> = UNITS.iter().map(|(unit, _)| *unit).collect();
        schemars::json_schema!({
            "description": "A number and a unit: `200ms`, `30s`, `5m`, `24h`, `30d`.",
            "type": "string",
            "pattern": format!("^[1-9][0-9]*({})$", units.join("|")),
        })
    }
}

/// Reads a length of time.
pub fn parse(text: &str) -> Result<SignedDuration, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = text.strip_prefix(digits).unwrap_or_default();
    let factor = UNITS.iter().find(|(name, _)| *name == unit);
    let count = digits.parse::<u32>().ok().filter(|count| *count > 0);
    let (Some((_, factor)), Some(count)) = (factor, count) else {
        return Err(format!("`{text}` is not a length of time; {CURE}"));
    };
    Ok(SignedDuration::from_millis(i64::from(count) * factor))
}

/// The shortest way to write it: `300s` becomes `5m`.
pub fn format(length: SignedDuration) -> String {
    let millis = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
    let (unit, factor) =
        UNITS.iter().find(|(_, factor)| millis % factor == 0).unwrap_or(&("ms", 1));
    format!("{}{unit}", millis / factor)
}

/// As people write it.
pub fn serialize<S: Serializer>(length: &SignedDuration, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&format(*length))
}

/// As [`parse`] reads it.
pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<SignedDuration, D::Error> {
    let text = String::deserialize(input)?;
    parse(&text).map_err(serde::de::Error::custom)
}
