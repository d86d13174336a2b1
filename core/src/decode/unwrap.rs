//! Takes off what carriers put around events, whatever the format: a compression, the envelope of a
//! connector, a row of a database's log, lines.
//!
//! An envelope is known by all that it has, and nothing that is an event has that.

use super::json::{self, Doubled, Json};
use crate::model::code::Code;
use crate::model::decision::Why;
use flate2::read::GzDecoder;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;

/// More does not come out of a compressed value: Kafka's own limit is a megabyte.
const UNPACKED_MAX: usize = 8 << 20;

/// What every gzip begins with; no JSON and no frame begins so.
const GZIP: &[u8] = b"\x1f\x8b";

/// Lines beyond this are not read; the formats' own limit is lower.
const LINES_MAX: usize = 10_000;

/// What a database's log says of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// It is there, newly or changed.
    There,
    /// It is gone; what is read is what it was.
    Deleted,
}

/// What was inside of the envelopes.
pub(super) enum Inside {
    /// Nothing: the record says that its key is gone.
    Nothing,
    Json(Json, Option<Row>),
}

/// `value` as it was before it was compressed, if `encoding` says that it was.
pub(super) fn unpack<'a>(value: &'a [u8], encoding: Option<&str>) -> Result<Cow<'a, [u8]>, Why> {
    let refuse = |text: &str| Err(Why::new(Code::ValueCompressed, Some("value"), text));
    let said = encoding.map(|text| text.trim().to_ascii_lowercase()).unwrap_or_default();
    match said.as_str() {
        "" | "identity" | "none" if value.starts_with(GZIP) => refuse(
            "the value is compressed by gzip, and no header says so; send the header \
             `content-encoding: gzip` with it, or let Kafka's producer compress (`compression.type`)",
        ),
        "" | "identity" | "none" => Ok(Cow::Borrowed(value)),
        "gzip" | "x-gzip" => gunzip(value).map(Cow::Owned),
        _ => refuse(
            "the header `content-encoding` names a compression that usher does not read; send gzip, \
             or let Kafka's producer compress (`compression.type`)",
        ),
    }
}

/// A record's value as it was before gzip, whether or not a header says that it is compressed; `None`: it is not,
/// and an error where it cannot be unpacked.
pub fn unpacked(value: &[u8]) -> Option<Result<Vec<u8>, Why>> {
    value.starts_with(GZIP).then(|| gunzip(value))
}

fn gunzip(value: &[u8]) -> Result<Vec<u8>, Why> {
    let refuse = |text: String| Why::new(Code::ValueCompressed, Some("value"), text);
    let most = u64::try_from(UNPACKED_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut unpacked = Vec::new();
    GzDecoder::new(value).take(most).read_to_end(&mut unpacked).map_err(|_error| {
        refuse("the header says gzip, and the value is none or was cut short; send it whole".into())
    })?;
    if unpacked.len() > UNPACKED_MAX {
        return Err(refuse(format!(
            "the value is more than {} MiB when it is unpacked; send its events in several records",
            UNPACKED_MAX >> 20
        )));
    }
    Ok(unpacked)
}

/// The events in `text`, without the envelopes around them.
pub(super) fn open(text: &[u8]) -> Result<Inside, Why> {
    let json = match json::parse(text, "value") {
        Ok(json) => json,
        Err(why) => match lines(text) {
            Some(lines) => return lines.map(|json| Inside::Json(json, None)),
            None => return Err(why),
        },
    };
    let Some(envelope) = Envelope::of(&json.value) else { return Ok(Inside::Json(json, None)) };
    match envelope {
        Envelope::Empty => Ok(Inside::Nothing),
        Envelope::Text(text) => {
            Ok(Inside::Json(json::parse(text.as_bytes(), "value.payload")?, None))
        }
        Envelope::At(path, row) => {
            let json = if json.doubled.is_empty() {
                json
            } else {
                json::parse_within(text, "value", path)?
            };
            let value = path.iter().try_fold(json.value, |value, name| match value {
                Value::Object(mut members) => members.remove(*name),
                _ => None,
            });
            Ok(match value {
                Some(value) => Inside::Json(Json { value, doubled: json.doubled }, row),
                None => Inside::Nothing,
            })
        }
    }
}

/// What stands around an event.
enum Envelope<'a> {
    /// There is no event in it.
    Empty,
    /// The event is written as a text.
    Text(&'a str),
    /// The event lies there.
    At(&'static [&'static str], Option<Row>),
}

impl<'a> Envelope<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        let members = value.as_object()?;
        if let Some((path, row)) = row(members) {
            return Some(if path == "after" {
                Self::At(&["after"], Some(row))
            } else {
                Self::At(&["before"], Some(row))
            });
        }
        match connect_payload(members)? {
            Value::Null => Some(Self::Empty),
            Value::String(text) => Some(Self::Text(text)),
            Value::Object(payload) => Some(match row(payload) {
                Some(("after", row)) => Self::At(&["payload", "after"], Some(row)),
                Some((_, row)) => Self::At(&["payload", "before"], Some(row)),
                None => Self::At(&["payload"], None),
            }),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
        }
    }
}

/// What Kafka Connect's `JsonConverter` writes with `schemas.enable`: `schema` and `payload`, nothing
/// else.
fn connect_payload(members: &Map<String, Value>) -> Option<&Value> {
    let is_schema = |it: &Value| {
        it.is_null() || it.as_object().is_some_and(|schema| schema.contains_key("type"))
    };
    let payload = members.get("payload")?;
    (members.len() == 2 && members.get("schema").is_some_and(is_schema)).then_some(payload)
}

/// Which member of a row of a database's log (Debezium) holds what counts.
fn row(members: &Map<String, Value>) -> Option<(&'static str, Row)> {
    let is_row = |name: &str| members.get(name).is_some_and(Value::is_object);
    let is_one = ["before", "after"].iter().any(|name| members.contains_key(*name));
    if !is_one || members.contains_key("specversion") {
        return None;
    }
    match members.get("op")?.as_str()? {
        "c" | "r" | "u" if is_row("after") => Some(("after", Row::There)),
        "d" if !is_row("after") => Some(("before", Row::Deleted)),
        _ => None,
    }
}

/// A value for each line, if the first of several is one by itself.
fn lines(text: &[u8]) -> Option<Result<Json, Why>> {
    let mut lines = text.split(|byte| *byte == b'\n').zip(1_usize..);
    lines.next().filter(|(line, _)| json::parse(line, "value").is_ok())?;
    let blank = |(line, _): &(&[u8], usize)| !line.trim_ascii().is_empty();
    let lines = text.split(|byte| *byte == b'\n').zip(1_usize..).filter(blank);
    let mut values = Vec::new();
    let mut doubled: BTreeMap<usize, Doubled> = BTreeMap::new();
    for (line, number) in lines.take(LINES_MAX) {
        let mut json = match json::parse(line, &format!("value, line {number}")) {
            Ok(json) => json,
            Err(why) => return Some(Err(why)),
        };
        doubled.extend(json.doubled.remove(&0).map(|it| (values.len(), it)));
        values.push(json.value);
    }
    Some(Ok(Json { value: Value::Array(values), doubled }))
}
