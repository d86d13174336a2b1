//! Money without floats.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// An amount in ten-thousandths of a currency's unit: prices for a seat have up to four decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(i128);

const PARTS: i128 = 10_000;
const DECIMALS: usize = 4;

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAmount {
    #[error("the cost is no number; write it like 9.50")]
    NoNumber,
    #[error("the cost has more than four decimals; round it as the contract does")]
    TooFine,
    #[error("the cost is below zero; write what a seat costs")]
    Negative,
    #[error("the cost is too high; write what one seat costs")]
    TooHigh,
}

/// No seat costs more units of any currency.
const UNITS_MAX: i128 = 1_000_000_000_000;

impl Amount {
    /// Reads `9.50`.
    pub fn parse(text: &str) -> Result<Self, NoAmount> {
        let text = text.trim();
        if text.starts_with('-') {
            return Err(NoAmount::Negative);
        }
        let (units, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_digits = |it: &str| it.bytes().all(|byte| byte.is_ascii_digit());
        if units.is_empty() || !is_digits(units) || !is_digits(fraction) {
            return Err(NoAmount::NoNumber);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > DECIMALS {
            return Err(NoAmount::TooFine);
        }
        let units: i128 = units.parse().ok().ok_or(NoAmount::TooHigh)?;
        if units > UNITS_MAX {
            return Err(NoAmount::TooHigh);
        }
        let parts: i128 =
            format!("{fraction:0<DECIMALS$}").parse().ok().ok_or(NoAmount::NoNumber)?;
        Ok(Self(units * PARTS + parts))
    }

    /// What so many cost, exactly.
    #[must_use]
    pub fn times(self, many: u64) -> Self {
        Self(self.0.saturating_mul(i128::from(many)))
    }
}

/// Exactly: `9.50`, `0.125`.
impl fmt::Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (units, parts) = (self.0 / PARTS, self.0 % PARTS);
        let parts = format!("{parts:0>DECIMALS$}");
        let shown = parts.trim_end_matches('0');
        write!(out, "{units}.{shown:0<2}")
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

/// An amount like 9.50, as a number or as a text.
impl schemars::JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "An amount like 9.50, with four decimals at most.",
            "type": ["number", "string"],
            "minimum": 0,
            "pattern": r"^\s*\d+(\.\d*)?\s*$",
        })
    }
}

/// As a text, or as a number as it is written: its shortest form says the same.
impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = Amount;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an amount like 9.50")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
                Amount::parse(text).map_err(E::custom)
            }

            fn visit_u64<E: Error>(self, units: u64) -> Result<Amount, E> {
                self.visit_str(&units.to_string())
            }

            fn visit_i64<E: Error>(self, units: i64) -> Result<Amount, E> {
                self.visit_str(&units.to_string())
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Amount, E> {
                self.visit_str(&number.to_string())
            }
        }
        input.deserialize_any(Written)
    }
}
