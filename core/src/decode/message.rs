//! A record as a format gets it: without its frame, and read as JSON.

use super::framing;
use super::json::{self, Json};
use super::settings::Framing;
use crate::model::RawRecord;
use crate::model::code::Code;
use crate::model::decision::Why;

/// A record whose value is read, and nothing is known yet of what it means.
pub(super) struct Message<'a> {
    pub(super) raw: &'a RawRecord,
    pub(super) body: Body,
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
        let body = match raw.value.as_deref() {
            None => Body::Gone,
            Some(value) => {
                match framing::strip(value, framing).and_then(|text| json::parse(text, "value")) {
                    Ok(json) => Body::Json(json),
                    Err(why) => Body::Unreadable(blame_content_type(why, raw)),
                }
            }
        };
        Self { raw, body }
    }

    /// Empty if the record does not say it.
    pub(super) fn content_type(&self) -> &'a str {
        content_type(self.raw)
    }
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
    raw.header("content-type")
        .and_then(|value| std::str::from_utf8(value).ok())
        .map_or("", str::trim)
}
