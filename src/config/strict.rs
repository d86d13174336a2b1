//! Reads a value so that its error lists what is allowed.
//!
//! The `config` crate's own error for an unknown word of an enum does not; `serde_json`'s does.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error};

pub(super) fn deserialize<'de, D, T>(input: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = serde_json::Value::deserialize(input)?;
    serde_json::from_value(value).map_err(D::Error::custom)
}

/// The same for each element of a list, so that an error names the element.
pub(super) fn each<'de, D, T>(input: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let elements = Vec::<Element<T>>::deserialize(input)?;
    Ok(elements.into_iter().map(|element| element.0).collect())
}

struct Element<T>(T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Element<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        deserialize(input).map(Self)
    }
}
