//! Lengths of time as people write them, with `none` where there may be none.

pub use crate::model::length::parse;
pub(super) use crate::model::length::{Text, deserialize, format, serialize};
use jiff::SignedDuration;

/// A length of time, or `none`.
pub(super) mod or_none {
    use super::{SignedDuration, format, parse};
    use serde::{Deserialize, Deserializer, Serializer};
    use std::borrow::Cow;

    /// What a schema says of it.
    pub(in crate::config) struct Text;

    impl schemars::JsonSchema for Text {
        fn schema_name() -> Cow<'static, str> {
            "LengthOfTimeOrNone".into()
        }

        fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
            let length = generator.subschema_for::<super::Text>();
            schemars::json_schema!({ "oneOf": [{ "const": "none" }, length] })
        }
    }

    #[expect(clippy::ref_option, reason = "serde asks for it")]
    pub(in crate::config) fn serialize<S: Serializer>(
        length: &Option<SignedDuration>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        match length {
            Some(length) => out.serialize_str(&format(*length)),
            None => out.serialize_str("none"),
        }
    }

    pub(in crate::config) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Option<SignedDuration>, D::Error> {
        let text = String::deserialize(input)?;
        if text.trim() == "none" {
            return Ok(None);
        }
        parse(&text).map(Some).map_err(serde::de::Error::custom)
    }
}
