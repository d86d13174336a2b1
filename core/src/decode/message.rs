//! A record as a format gets it: without its frame and its envelopes, and read as JSON.

use super::framing;
use super::json::Json;
use super::settings::Framing;
use super::unwrap::{self, Inside, Row};
use crate::model::RawRecord;
use crate::model::code::Code;
use crate::model::decision::Why;

/// A record whose value is read, and nothing is known yet of what it means.
pub(super) struct Message<'a> {
    pub(super) raw: &'a RawRecord,
    pub(super) body: Body,
    /// What a database's log says of the row that the value is.
    pub(super) row: Option<Row>,
}

/// What stands in the value.
pub(super) enum Body {
    /// There is none: the record says that its key is gone.
    Gone,
    Json(Json),
    /// No JSON, and why. A format that is none reads the record's value itself.
    Unreadable(Why),
}

impl<'a> Message<'a> {
    pub(super) fn open(raw: &'a RawRecord, framing: Framing) -> Self {
        let inside = match raw.value.as_deref() {
            None => Ok(Inside::Nothing),
            Some(value) => inside(value, header(raw, "content-encoding"), framing),
        };
        let (body, row) = match inside {
            Ok(Inside::Nothing) => (Body::Gone, None),
            Ok(Inside::Json(json, row)) => (Body::Json(json), row),
            Err(why) => (Body::Unreadable(blame_content_type(why, raw)), None),
        };
        Self { raw, body, row }
    }

    /// The value as text, without its frame, for a format that is no JSON.
    pub(super) fn text(&self, framing: Framing) -> Option<String> {
        let value = self.raw.value.as_deref()?;
        let unpacked = unwrap::unpack(value, header(self.raw, "content-encoding")).ok()?;
        let text = std::str::from_utf8(framing::strip(&unpacked, framing).ok()?).ok()?;
        Some(text.trim().to_owned())
    }

    /// Empty if the record does not say it.
    pub(super) fn content_type(&self) -> &'a str {
        content_type(self.raw)
    }
}

fn inside(value: &[u8], encoding: Option<&str>, framing: Framing) -> Result<Inside, Why> {
    let unpacked = unwrap::unpack(value, encoding)?;
    unwrap::open(framing::strip(&unpacked, framing)?)
}

/// Avro and its like cannot be read; then the cure is another serializer, not better JSON.
fn blame_content_type(why: Why, raw: &RawRecord) -> Why {
    let said = content_type(raw);
    let is_json = said.is_empty() || said.to_ascii_lowercase().contains("json");
    if is_json || why.code != Code::ValueNotJson {
        return why;
    }
    Why::new(
        Code::ContentTypeUnsupported,
        Some("header content-type"),
        "the value is not JSON, and its content type says so; send events as JSON",
    )
}

fn content_type(raw: &RawRecord) -> &str {
    header(raw, "content-type").map_or("", str::trim)
}

fn header<'a>(raw: &'a RawRecord, name: &str) -> Option<&'a str> {
    std::str::from_utf8(raw.header(name)?).ok()
}
