//! The attributes of a `CloudEvent`, from wherever they stand.

use crate::decode::canonical::{Beside, TEXT_BYTES_MAX};
use crate::model::RawRecord;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::parse_instant;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Attributes that `CloudEvents` or usher have a meaning for.
const KNOWN: [&str; 14] = [
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "sequence",
    "subject",
    "datacontenttype",
    "dataschema",
    "data",
    "data_base64",
    "traceparent",
    "tracestate",
    "correlationid",
];

/// What every event has, so that one of them tells an event.
const REQUIRED: [&str; 4] = ["specversion", "id", "source", "type"];

/// What the headers of attributes begin with.
const HEADER: &str = "ce_";

/// Whether attributes stand in the headers of `raw`.
pub(super) fn is_in_headers(raw: &RawRecord) -> bool {
    raw.headers.iter().any(|(name, _)| attribute_name(name).is_some())
}

/// Whether `members` are those of an event.
pub(super) fn is_event(members: &Map<String, Value>) -> bool {
    REQUIRED.iter().any(|attribute| members.contains_key(*attribute))
}

/// Where the attributes are.
#[derive(Clone, Copy)]
pub(super) enum Envelope<'a> {
    /// Binary mode: `ce_` headers.
    Headers(&'a RawRecord),
    /// Structured mode: members beside `data`.
    Body(&'a Map<String, Value>),
}

impl<'a> Envelope<'a> {
    /// The attributes of other names, with what they hold.
    pub(super) fn extensions(&self) -> Vec<Beside> {
        match self {
            Self::Headers(raw) => texts(raw)
                .filter_map(|(header, text)| Some((attribute_name(header)?, text)))
                .filter(|(name, _)| !KNOWN.iter().any(|it| it.eq_ignore_ascii_case(name)))
                .map(|(name, text)| beside("header ce_", name, text.into()))
                .collect(),
            Self::Body(members) => members
                .iter()
                .filter(|(name, _)| !KNOWN.contains(&name.as_str()))
                .map(|(name, value)| beside("", name, value.clone()))
                .collect(),
        }
    }

    /// Headers that are no attributes, in binary mode.
    pub(super) fn other_headers(&self) -> Vec<Beside> {
        match self {
            Self::Headers(raw) => texts(raw)
                .filter(|(header, _)| attribute_name(header).is_none())
                .map(|(header, text)| beside("header ", header, text.into()))
                .collect(),
            Self::Body(_) => Vec::new(),
        }
    }

    /// What a reason calls the attribute `name`.
    pub(super) fn field(&self, name: &str) -> String {
        match self {
            Self::Headers(_) => format!("header {HEADER}{name}"),
            Self::Body(_) => name.to_owned(),
        }
    }

    /// The attribute `name`, if it is there and not null.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Why> {
        let text = match self {
            Self::Headers(raw) => match raw.header(&format!("{HEADER}{name}")) {
                None => return Ok(None),
                Some(bytes) => std::str::from_utf8(bytes).ok(),
            },
            Self::Body(members) => match members.get(name) {
                None | Some(Value::Null) => return Ok(None),
                Some(value) => value.as_str(),
            },
        };
        let refuse = |code: Code, text: String| Why::new(code, Some(&self.field(name)), text);
        let text = text.ok_or_else(|| {
            refuse(Code::AttributeWrongType, format!("`{name}` must be text in UTF-8"))
        })?;
        if text.len() > TEXT_BYTES_MAX {
            return Err(refuse(
                Code::AttributeTooLong,
                format!("`{name}` is longer than {TEXT_BYTES_MAX} bytes; send a shorter one"),
            ));
        }
        Ok(Some(text))
    }

    pub(super) fn required(&self, name: &str) -> Result<&'a str, Why> {
        let refuse = |code: Code, text: String| Why::new(code, Some(&self.field(name)), text);
        let text = self.text(name)?.ok_or_else(|| {
            refuse(
                Code::AttributeMissing,
                format!("the event has no `{name}`, which every CloudEvent must have"),
            )
        })?;
        if text.trim().is_empty() {
            return Err(refuse(
                Code::AttributeEmpty,
                format!("`{name}` is empty; every CloudEvent must have one"),
            ));
        }
        Ok(text)
    }

    pub(super) fn instant(&self, name: &str) -> Result<Option<Timestamp>, Why> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        parse_instant(text).map(Some).ok_or_else(|| {
            Why::new(
                Code::TimeInvalid,
                Some(&self.field(name)),
                format!(
                    "`{name}` is no instant in RFC 3339; write it like 2026-10-01T09:00:00+02:00"
                ),
            )
        })
    }

    pub(super) fn check_version(&self) -> Result<(), Why> {
        if self.required("specversion")? == "1.0" {
            return Ok(());
        }
        Err(Why::new(
            Code::SpecversionUnsupported,
            Some(&self.field("specversion")),
            "usher reads CloudEvents 1.0; send `specversion` 1.0",
        ))
    }

    /// What only informs; if it cannot be used, it is left out rather than the event refused.
    pub(super) fn hint(&self, name: &str) -> Option<String> {
        let text = self.text(name).ok().flatten()?;
        (!text.trim().is_empty()).then(|| text.to_owned())
    }
}

/// Headers that hold text.
fn texts(raw: &RawRecord) -> impl Iterator<Item = (&str, &str)> {
    raw.headers.iter().filter_map(|(name, value)| {
        Some((name.as_str(), std::str::from_utf8(value.as_deref()?).ok()?))
    })
}

/// `ce_time` is the attribute `time`.
fn attribute_name(header: &str) -> Option<&str> {
    let (mark, name) = header.split_at_checked(HEADER.len())?;
    mark.eq_ignore_ascii_case(HEADER).then_some(name)
}

fn beside(before: &'static str, name: &str, value: Value) -> Beside {
    Beside { before, name: name.to_owned(), value }
}
