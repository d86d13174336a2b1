//! How a token lies in a record: in compact form, as JSON text, in an envelope, or as its claims.

use crate::decode::json::Json;
use crate::decode::message::{Body, Message};
use crate::decode::refusal::{Bearing, Refusal};
use crate::decode::settings::Framing;
use crate::model::code::Code;
use crate::model::decision::Why;
use serde_json::Value;
use std::borrow::Cow;

/// What stands in the value.
pub(super) enum Wire<'a> {
    /// A token, signed or not.
    Signed(Cow<'a, str>),
    /// The claims of one, as whoever verified it has written them.
    Decoded(Json),
}

impl<'a> Wire<'a> {
    pub(super) fn of(message: Message<'a>, framing: Framing) -> Result<Self, Refusal> {
        let text = message.text(framing);
        match message.body {
            Body::Gone => Err(Refusal::tombstone()),
            Body::Json(json) => Self::of_json(json),
            Body::Unreadable(why) => match text.filter(|it| is_compact(it)) {
                Some(text) => Ok(Self::Signed(text.into())),
                None if is_of_a_token(&why) => Err(neither()),
                None => Err(why.into()),
            },
        }
    }

    fn of_json(json: Json) -> Result<Self, Refusal> {
        let token = match &json.value {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Object(members) if members.contains_key("events") => None,
            Value::Object(members) => {
                members.get("payload").and_then(Value::as_str).map(|text| text.trim().to_owned())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                return Err(neither());
            }
        };
        Ok(match token {
            Some(text) => Self::Signed(text.into()),
            None => Self::Decoded(json),
        })
    }
}

fn neither() -> Refusal {
    malformed("the value is neither a token nor the claims of one")
}

/// Three parts, or the five of an encrypted one, and nothing else.
fn is_compact(text: &str) -> bool {
    let is_of_parts = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte);
    text.contains('.') && text.bytes().all(is_of_parts)
}

/// Why it cannot be read is, that JSON was looked for.
fn is_of_a_token(why: &Why) -> bool {
    [Code::ValueNotJson, Code::ContentTypeUnsupported].iter().any(|code| why.code == *code)
}

pub(super) fn malformed(what: &str) -> Refusal {
    let text = format!("{what}; send one security event token in each record, as RFC 8417 has it");
    Refusal::park(Why::new(Code::SetMalformed, Some("value"), text), Bearing::OfAny)
}
