//! `CloudEvents` 1.0 over Kafka: attributes in headers, one event as JSON, or a list of them.
//!
//! Written by hand: the SDK panics on a null header and cannot live beside our rdkafka.

mod data;
mod envelope;
mod inside;
mod json;
mod kind;
mod names;

pub(super) use envelope::Envelope;
use inside::Found;
use json::{Doubled, Json};
use kind::Told;
pub use names::names_of_worker;

use super::settings::SourceSettings;
use super::{Item, Refused, framing, trace};
use crate::model::RawRecord;
use crate::model::decision::Why;
use crate::model::event::Event;
use crate::model::event_kind::EventKind;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;

/// One record may hold this many events, so that it cannot fill a transaction on its own.
const BATCH_MAX: usize = 1000;

/// Why there is no event. Whatever is only a `Why` is parked.
enum Refusal {
    Skip(Why),
    Park(Why),
    /// Parked, with the type that it is probably of, where it is of none by itself.
    Meant(Why, Option<EventKind>),
}

impl From<Why> for Refusal {
    fn from(why: Why) -> Self {
        Self::Park(why)
    }
}

/// The events of the record, in order; never empty.
pub(super) fn decode(raw: &RawRecord, source: &SourceSettings) -> Vec<Item> {
    let is_binary = raw.headers.iter().any(|(name, _)| is_attribute(name))
        && !starts_with(content_type(raw), "application/cloudevents");
    let envelope = is_binary.then_some(Envelope::Headers(raw));
    let Some(value) = raw.value.as_deref() else {
        return vec![refused(tombstone(), raw, envelope.as_ref())];
    };
    let read_json = || {
        let body = framing::strip(value, source.framing)?;
        parse(body, "value").map_err(|why| blame_content_type(why, raw))
    };
    match envelope {
        // Attributes in the headers, data in the value.
        Some(envelope) => {
            vec![item(raw, &envelope, source, None, || Ok(Data::of(read_json()?)))]
        }
        // Everything in the value: an event or an array of events.
        None => match read_json() {
            Ok(Json { value: Value::Array(events), doubled }) => {
                decode_batch(events, doubled, raw, source)
            }
            Ok(Json { value, mut doubled }) => {
                vec![decode_one(value, doubled.remove(&0).as_ref(), raw, source)]
            }
            Err(why) => vec![refused(why.into(), raw, None)],
        },
    }
}

/// What an event says, and why that cannot be taken if a member stands in it twice.
struct Data {
    value: Value,
    doubled: Option<Why>,
}

impl Data {
    fn of(json: Json) -> Self {
        let doubled = json.doubled.values().next().map(|it| it.why(Some("data")));
        Self { value: json.value, doubled }
    }
}

/// A record without a value says that its key is gone, which is no event.
fn tombstone() -> Refusal {
    Refusal::Skip(Why::new("tombstone", Some("value"), "the record has no value"))
}

fn decode_batch(
    events: Vec<Value>,
    mut doubled: BTreeMap<usize, Doubled>,
    raw: &RawRecord,
    source: &SourceSettings,
) -> Vec<Item> {
    let refusal = if events.is_empty() {
        Refusal::Skip(Why::new("batch.empty", Some("value"), "the batch holds no event"))
    } else if events.len() > BATCH_MAX {
        Refusal::Park(Why::new(
            "batch.too_long",
            Some("value"),
            format!("the batch holds more than {BATCH_MAX} events; send them in several records"),
        ))
    } else {
        let decode_each =
            |(index, event)| decode_one(event, doubled.remove(&index).as_ref(), raw, source);
        return (0_usize..).zip(events).map(decode_each).collect();
    };
    vec![refused(refusal, raw, None)]
}

fn decode_one(
    event: Value,
    doubled: Option<&Doubled>,
    raw: &RawRecord,
    source: &SourceSettings,
) -> Item {
    let Value::Object(mut members) = event else {
        return refused(not_an_event().into(), raw, None);
    };
    if !["specversion", "id", "source", "type"]
        .iter()
        .any(|attribute| members.contains_key(*attribute))
    {
        return refused(not_an_event().into(), raw, None);
    }
    let (plain, encoded) = (members.remove("data"), members.remove("data_base64"));
    let envelope = Envelope::Body(&members);
    item(raw, &envelope, source, doubled, || embedded(plain, encoded))
}

fn not_an_event() -> Why {
    Why::new(
        "value.not_cloudevent",
        Some("value"),
        "the value is no CloudEvent: there are neither `ce_` headers nor a JSON object with \
         `specversion`, `id`, `source` and `type`",
    )
}

fn item(
    raw: &RawRecord,
    envelope: &Envelope<'_>,
    source: &SourceSettings,
    doubled: Option<&Doubled>,
    data: impl FnOnce() -> Result<Data, Why>,
) -> Item {
    match event(raw, envelope, source, doubled, data) {
        Ok(event) => Item::Event(Box::new(event)),
        Err(refusal) => refused(refusal, raw, Some(envelope)),
    }
}

/// The type is looked at first: what is not meant for us may be as odd as it likes.
fn event(
    raw: &RawRecord,
    envelope: &Envelope<'_>,
    source: &SourceSettings,
    doubled: Option<&Doubled>,
    data: impl FnOnce() -> Result<Data, Why>,
) -> Result<Event, Refusal> {
    if let Some(refusal) = of_several_types(envelope, doubled) {
        return Err(refusal);
    }
    let kind = match kind::read(envelope)? {
        Told::Ours(kind) => kind,
        Told::Near(why, meant) => return Err(Refusal::Meant(why, meant)),
        Told::Foreign(why) => return Err(foreign(why, envelope, data)),
    };
    if !source.may_send(kind) {
        return Err(Refusal::Park(Why::new(
            "type.not_allowed",
            Some(&envelope.field("type")),
            "this source may not send events of this type; add it to the source's `types` if it \
             should",
        )));
    }
    if let Some(doubled) = doubled {
        return Err(doubled.why(None).into());
    }
    envelope.check_version()?;
    let id = envelope.required("id")?.to_owned();
    let event_source = envelope.required("source")?.to_owned();
    let time = envelope.instant("time")?;
    let sequence = envelope.text("sequence")?.filter(|text| !text.is_empty()).map(str::to_owned);
    let Data { value: mut data, doubled } = data()?;
    if let Some(why) = doubled {
        return Err(why.into());
    }
    let happened = time.unwrap_or(raw.timestamp);
    let facts = data::read(kind, &mut data, (envelope, happened), source)?;
    Ok(Event {
        source: event_source,
        id,
        kind,
        time: happened,
        is_timed: time.is_some(),
        sequence,
        aliases: facts.aliases,
        employment_id: facts.employment_id,
        detection_id: facts.detection_id,
        effective_at: facts.effective.at,
        calendar: facts.effective.calendar,
        correlation_id: envelope.hint("correlationid"),
        trace: trace::read(raw, Some(envelope)),
        data,
        remarks: facts.remarks,
    })
}

/// An event that says several times what type it has, and once one that may be ours.
fn of_several_types(envelope: &Envelope<'_>, doubled: Option<&Doubled>) -> Option<Refusal> {
    let doubled = doubled.filter(|it| !it.types.is_empty())?;
    let types = doubled.types.iter().cloned().chain(envelope.hint("type"));
    let meant: Vec<EventKind> = types.filter_map(|wire| kind::meant(&wire)).collect();
    let cut = meant.iter().find(|kind| kind.takes_access());
    let weightiest = cut.or(meant.first()).copied()?;
    Some(Refusal::Meant(doubled.why(None), Some(weightiest)))
}

/// Somebody else's event is passed over, unless ours is in it.
fn foreign(why: Why, envelope: &Envelope<'_>, data: impl FnOnce() -> Result<Data, Why>) -> Refusal {
    match data().ok().and_then(|data| inside::find(&data.value)) {
        Some(Found::Event(kind)) => Refusal::Meant(inside::wrapped(), kind),
        Some(Found::Data) => Refusal::Meant(kind::with_data_of_ours(&envelope.field("type")), None),
        None => Refusal::Skip(why),
    }
}

fn refused(refusal: Refusal, raw: &RawRecord, envelope: Option<&Envelope<'_>>) -> Item {
    let hint = |name| envelope.and_then(|envelope| envelope.hint(name));
    let kind = hint("type").map(|wire| match kind::split(&wire) {
        Some((kind, "1")) => kind.to_owned(),
        _ => wire,
    });
    let takes_access = match (&refusal, kind.as_deref()) {
        (Refusal::Skip(_), _) => false,
        // It may be any of ours.
        (Refusal::Meant(_, meant), _) => meant.is_none_or(EventKind::takes_access),
        (Refusal::Park(_), kind) => kind
            .and_then(EventKind::parse)
            .map_or_else(|| mentions_a_cut(raw), EventKind::takes_access),
    };
    let with = |why| Refused {
        why,
        source: hint("source"),
        id: hint("id"),
        kind,
        takes_access,
        trace: trace::read(raw, envelope),
    };
    match refusal {
        Refusal::Skip(why) => Item::Skip(with(why)),
        Refusal::Park(why) | Refusal::Meant(why, _) => Item::Park(with(why)),
    }
}

/// Whether what cannot be read speaks of a type that takes access.
fn mentions_a_cut(raw: &RawRecord) -> bool {
    let headers = raw.headers.iter().filter_map(|(_, value)| value.as_deref());
    headers.chain(raw.value.as_deref()).any(|bytes| {
        let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
        EventKind::ALL.iter().any(|kind| kind.takes_access() && text.contains(kind.word()))
    })
}

/// The JSON in `text`, which stands in `field`.
fn parse(text: &[u8], field: &str) -> Result<Json, Why> {
    if text.trim_ascii().is_empty() {
        return Err(Why::new(
            "value.empty",
            Some(field),
            "there is nothing in it; send the event as JSON",
        ));
    }
    json::read(text).map_err(|error| {
        // The parser has no other mark for this than its message.
        if error.to_string().starts_with("recursion limit exceeded") {
            Why::new(
                "value.too_deep",
                Some(field),
                "the JSON is nested more than 127 levels deep; send it flatter",
            )
        } else {
            let text = format!(
                "the JSON cannot be read from line {}, column {} on; send valid JSON in UTF-8",
                error.line(),
                error.column()
            );
            Why::new("value.not_json", Some(field), text)
        }
    })
}

/// `data` of a structured event: as it is, or as base64 with JSON inside.
fn embedded(plain: Option<Value>, encoded: Option<Value>) -> Result<Data, Why> {
    match (plain, encoded) {
        (Some(value), None) => Ok(Data { value, doubled: None }),
        (None, Some(Value::String(text))) => {
            let bytes = BASE64_STANDARD.decode(text).map_err(|_error| not_base64())?;
            let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            Ok(Data::of(parse(text, "data_base64")?))
        }
        (None, Some(_)) => Err(not_base64()),
        (Some(_), Some(_)) => Err(Why::new(
            "data.doubled",
            Some("data_base64"),
            "there are both `data` and `data_base64`; send one of them",
        )),
        (None, None) => Err(Why::new(
            "data.missing",
            Some("data"),
            "the event has no `data`; send at least `data.worker` with an identifier",
        )),
    }
}

fn not_base64() -> Why {
    Why::new(
        "data.not_base64",
        Some("data_base64"),
        "`data_base64` is not base64 (RFC 4648 §4, with padding); send it so, or send `data`",
    )
}

/// Avro and its like cannot be read; then the cure is another serializer, not better JSON.
fn blame_content_type(why: Why, raw: &RawRecord) -> Why {
    let said = content_type(raw);
    let is_json = said.is_empty() || said.to_ascii_lowercase().contains("json");
    if is_json || why.code != "value.not_json" {
        return why;
    }
    Why::new(
        "content_type.unsupported",
        Some("header content-type"),
        "the value is not JSON, and its content type says so; send events as JSON",
    )
}

fn content_type(raw: &RawRecord) -> &str {
    raw.header("content-type")
        .and_then(|value| std::str::from_utf8(value).ok())
        .map_or("", str::trim)
}

fn is_attribute(header: &str) -> bool {
    starts_with(header, "ce_")
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
