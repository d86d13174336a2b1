//! Takes off what stands before the JSON: a schema registry's frame and a byte order mark.

use super::settings::Framing;
use crate::model::code::Code;
use crate::model::decision::Why;

/// The schema's number follows, four bytes.
const MARK_NUMBER: u8 = 0;
/// The schema's GUID follows, sixteen bytes.
const MARK_GUID: u8 = 1;

/// The JSON text inside `value`.
pub(super) fn strip(value: &[u8], framing: Framing) -> Result<&[u8], Why> {
    let body = match framing {
        Framing::Confluent => unframe(value),
        Framing::Auto if is_marked(value) => unframe(value),
        Framing::Auto | Framing::None => Some(value),
    };
    let body = body.ok_or_else(|| {
        Why::new(
            Code::ValueFraming,
            Some("value"),
            "the value does not begin with a whole Confluent frame; send it whole, or say \
             `framing: none` for this topic",
        )
    })?;
    Ok(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
}

/// What stands before the JSON text inside `value`, and the text; `None`: it cannot be told apart.
pub fn split(value: &[u8], framing: Framing) -> Option<(&[u8], &[u8])> {
    let text = strip(value, framing).ok()?;
    value.split_at_checked(value.len() - text.len())
}

fn is_marked(value: &[u8]) -> bool {
    matches!(value.first(), Some(&(MARK_NUMBER | MARK_GUID)))
}

fn unframe(value: &[u8]) -> Option<&[u8]> {
    match *value.first()? {
        MARK_NUMBER => value.get(5..),
        MARK_GUID => value.get(17..),
        _ => None,
    }
}
