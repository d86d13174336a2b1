//! `data` of an event, in whichever way it stands there.

use crate::decode::json::{self, Json};
use crate::model::code::Code;
use crate::model::decision::Why;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

/// What an event says, and why that cannot be taken if a member stands in it twice.
pub(super) struct Data {
    pub(super) value: Value,
    pub(super) doubled: Option<Why>,
}

impl Data {
    /// The whole value of a record, or the text in `data_base64`.
    pub(super) fn of(json: Json) -> Self {
        let doubled = json.doubled.values().next().map(|it| it.why(Some("data")));
        Self { value: json.value, doubled }
    }

    /// `data` of a structured event: as it is, or as base64 with JSON inside.
    pub(super) fn embedded(plain: Option<Value>, encoded: Option<Value>) -> Result<Self, Why> {
        match (plain, encoded) {
            (Some(value), None) => Ok(Self { value, doubled: None }),
            (None, Some(Value::String(text))) => {
                let bytes = BASE64_STANDARD.decode(text).map_err(|_error| not_base64())?;
                let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
                Ok(Self::of(json::parse(text, "data_base64")?))
            }
            (None, Some(_)) => Err(not_base64()),
            (Some(_), Some(_)) => Err(Why::new(
                Code::DataDoubled,
                Some("data_base64"),
                "there are both `data` and `data_base64`; send one of them",
            )),
            (None, None) => Err(Why::new(
                Code::DataMissing,
                Some("data"),
                "the event has no `data`; send at least `data.worker` with an identifier",
            )),
        }
    }
}

fn not_base64() -> Why {
    Why::new(
        Code::DataNotBase64,
        Some("data_base64"),
        "`data_base64` is not base64 (RFC 4648 §4, with padding); send it so, or send `data`",
    )
}
