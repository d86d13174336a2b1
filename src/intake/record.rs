//! A request as a record: what stands in it, by whom it is known again, and where it came from.

use super::refusal::Refusal;
use super::set;
use crate::config::receive::poll::Poll;
use crate::config::receive::{Door, Proof, Takes};
use crate::model::event_kind::EventKind;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What the HTTP headers of a `CloudEvent` in binary mode begin with, and those of Kafka.
const OVER_HTTP: &str = "ce-";
const IN_KAFKA: &str = "ce_";

/// What every `CloudEvent` has.
const REQUIRED: [&str; 4] = ["specversion", "id", "source", "type"];

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A name that nobody's event id is longer than.
const ID_BYTES_MAX: usize = 255;

/// Longer names of people are none.
const KEY_BYTES_MAX: usize = 255;

/// What is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) topic: String,
    pub(super) key: Option<String>,
    pub(super) value: Bytes,
    pub(super) headers: Vec<(String, String)>,
    /// By which the one event that it holds is known again: source and id.
    pub(super) event: Option<(String, String)>,
}

/// Where a request came from, which its record says.
#[derive(Clone, Debug)]
pub(super) struct Stamp {
    /// As usher calls this request.
    pub(super) request: String,
    pub(super) sender: String,
    pub(super) at: Timestamp,
}

/// The record of a request, or why there is none.
pub(super) fn record(
    door: &Door,
    headers: &HeaderMap,
    body: Bytes,
    stamp: &Stamp,
) -> Result<Outgoing, Refusal> {
    let content_type = content_type(headers);
    let given_id = idempotency_key(headers)?;
    let read: Value = match &door.proof {
        Proof::Set(expected) => set::claims(&body, expected).map_err(Refusal::Set)?,
        Proof::Bearer(_) | Proof::Signature(_) => {
            serde_json::from_slice(&body).map_err(|_no_json| Refusal::NotJson)?
        }
    };
    let mut out = vec![(header::CONTENT_TYPE.as_str().to_owned(), content_type.to_owned())];
    let event = match door.takes {
        Takes::Json => None,
        Takes::Set => {
            let text = |name: &str| read.get(name).and_then(Value::as_str).map(str::to_owned);
            text("iss").zip(text("jti"))
        }
        Takes::Data(kind) => {
            let attributes = of_data(door, &read, (kind.0, given_id.clone()), stamp)?;
            Some(written(attributes, &mut out))
        }
        Takes::Cloudevents => match attributes_of(content_type, headers)? {
            Some(attributes) => {
                let attributes = of_binary(door, attributes, given_id.clone())?;
                Some(written(attributes, &mut out))
            }
            None => of_structured(door, &read)?,
        },
    };
    out.extend(stamped(&door.path, stamp));
    out.extend(given_id.map(|id| (IDEMPOTENCY_KEY.to_owned(), id)));
    let key = door.key.iter().find_map(|pointer| name_at(&read, pointer));
    Ok(Outgoing { topic: door.topic.clone(), key, value: body, headers: out, event })
}

/// The record of a token that was fetched.
pub(super) fn of_poll(poll: &Poll, (value, claims): (Bytes, &Value), stamp: &Stamp) -> Outgoing {
    let content_type = (header::CONTENT_TYPE.as_str().to_owned(), set::CONTENT_TYPE.to_owned());
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    Outgoing {
        topic: poll.topic.clone(),
        key: poll.key.iter().find_map(|pointer| name_at(claims, pointer)),
        headers: std::iter::once(content_type).chain(stamped(&poll.label(), stamp)).collect(),
        event: text("iss").zip(text("jti")),
        value,
    }
}

/// What the door takes, as a sender is told, unless the request says that it is that.
pub(super) fn check_content_type(door: &Door, headers: &HeaderMap) -> Result<(), Refusal> {
    let essence = content_type(headers).split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    let is_json = essence == "application/json";
    let (is_taken, wanted) = match door.takes {
        Takes::Cloudevents => (
            is_json
                || essence == "application/cloudevents+json"
                || essence == "application/cloudevents-batch+json",
            "application/cloudevents+json",
        ),
        Takes::Json => (is_json || essence.ends_with("+json"), "application/json"),
        Takes::Set => (essence == set::CONTENT_TYPE, set::CONTENT_TYPE),
        Takes::Data(_) => (is_json, "application/json"),
    };
    if is_taken { Ok(()) } else { Err(Refusal::ContentType { wanted }) }
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default()
}

/// The headers that say where a record came from.
fn stamped(door: &str, stamp: &Stamp) -> [(String, String); 4] {
    [
        ("usher-door", door.to_owned()),
        ("usher-sender", stamp.sender.clone()),
        ("usher-received-at", stamp.at.to_string()),
        ("usher-request", stamp.request.clone()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}

/// The id that a sender gives a request, so that it counts once however often it is sent.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter().map(HeaderValue::to_str);
    let Some(first) = given.next() else { return Ok(None) };
    let (Ok(text), None) = (first, given.next()) else { return Err(Refusal::IdempotencyKey) };
    // The draft of the IETF has it in quotes, most senders do not.
    let text = text.trim();
    let text = text.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(text);
    let is_id =
        (1..=ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic());
    if is_id { Ok(Some(text.to_owned())) } else { Err(Refusal::IdempotencyKey) }
}

type Attributes = BTreeMap<String, String>;

/// The attributes that stand in HTTP headers; `None`: there are none, or they do not count, for the body
/// is said to be the event. A worker reads it so, too.
fn attributes_of(content_type: &str, headers: &HeaderMap) -> Result<Option<Attributes>, Refusal> {
    if content_type.to_ascii_lowercase().starts_with("application/cloudevents") {
        return Ok(None);
    }
    let mut attributes = Attributes::new();
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix(OVER_HTTP) else { continue };
        let text = value.to_str().ok().map(percent_encoding::percent_decode_str);
        let text = text.and_then(|it| it.decode_utf8().ok().map(Cow::into_owned));
        let text = text.filter(|it| !it.chars().any(char::is_control)).ok_or_else(|| {
            no_event(&format!("the header `ce-{name}` is no text; write other signs as %XX"))
        })?;
        if attributes.insert(name.to_owned(), text).is_some() {
            return Err(no_event(&format!("the header `ce-{name}` is there twice; send it once")));
        }
    }
    Ok((!attributes.is_empty()).then_some(attributes))
}

/// Binary mode. A sender need not repeat what the door knows.
fn of_binary(
    door: &Door,
    mut attributes: Attributes,
    given_id: Option<String>,
) -> Result<Attributes, Refusal> {
    attributes.entry("specversion".to_owned()).or_insert_with(|| "1.0".to_owned());
    if let Some(id) = given_id {
        attributes.entry("id".to_owned()).or_insert(id);
    }
    if let Some(source) = &door.source {
        attributes.entry("source".to_owned()).or_insert_with(|| source.clone());
    }
    check(door, |name| attributes.get(name).map(String::as_str), "the header `ce-")?;
    Ok(attributes)
}

/// The event that the door makes of its data.
fn of_data(
    door: &Door,
    data: &Value,
    (kind, given_id): (EventKind, Option<String>),
    stamp: &Stamp,
) -> Result<Attributes, Refusal> {
    if !data.is_object() {
        return Err(no_event("the body is no JSON object; send the `data` of one event"));
    }
    let attributes = [
        ("specversion", "1.0".to_owned()),
        ("id", given_id.unwrap_or_else(|| stamp.request.clone())),
        ("source", door.source.clone().unwrap_or_default()),
        ("type", format!("io.usher.{}.v1", kind.word())),
    ];
    Ok(attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Attributes as headers of Kafka; gives by what the event is known again.
fn written(attributes: Attributes, out: &mut Vec<(String, String)>) -> (String, String) {
    let text = |name: &str| attributes.get(name).cloned().unwrap_or_default();
    let known = (text("source"), text("id"));
    out.extend(attributes.into_iter().map(|(name, value)| (format!("{IN_KAFKA}{name}"), value)));
    known
}

/// One event in the body, or a list of them.
fn of_structured(door: &Door, read: &Value) -> Result<Option<(String, String)>, Refusal> {
    let check_one = |event: &Value, place: &str| {
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        check(door, text, place)
    };
    match read {
        Value::Array(events) if events.is_empty() => {
            Err(no_event("the body is an empty list; send events in it"))
        }
        Value::Array(events) => {
            for (index, event) in events.iter().enumerate() {
                check_one(event, &format!("event {index} of the list: `"))?;
            }
            Ok(None)
        }
        event => {
            check_one(event, "the event's `")?;
            let text = |name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
            Ok(text("source").zip(text("id")))
        }
    }
}

/// Whether an event has what every event has, and speaks for the door's source alone. What else is wrong
/// with it is the worker's to say, by a row that somebody sees.
fn check<'a>(
    door: &Door,
    text: impl Fn(&str) -> Option<&'a str>,
    place: &str,
) -> Result<(), Refusal> {
    for name in REQUIRED {
        if text(name).is_none_or(|it| it.trim().is_empty()) {
            return Err(no_event(&format!(
                "{place}{name}` is missing or empty; every CloudEvent has it as text"
            )));
        }
    }
    match &door.source {
        Some(own) if text("source") != Some(own) => Err(Refusal::OtherSource { own: own.clone() }),
        Some(_) | None => Ok(()),
    }
}

fn no_event(why: &str) -> Refusal {
    Refusal::NoEvent(why.to_owned())
}

/// What names the person: text or a whole number.
fn name_at(read: &Value, pointer: &str) -> Option<String> {
    let name = match read.pointer(pointer)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        Value::Number(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            return None;
        }
    };
    (1..=KEY_BYTES_MAX).contains(&name.len()).then_some(name)
}
