//! `CloudEvents` 1.0 over Kafka: attributes in headers, one event as JSON, or a list of them.
//!
//! Written by hand: the SDK panics on a null header and cannot live beside our rdkafka.

mod data;
mod envelope;
mod inside;
mod kind;

use crate::decode::canonical::{Admitted, Canonical, Reading};
use crate::decode::json::{Doubled, Json};
use crate::decode::message::{Body, Message};
use crate::decode::refusal::{Bearing, Label, Refusal};
use crate::decode::settings::SourceSettings;
use crate::decode::trace;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::TraceContext;
use crate::model::event_kind::EventKind;
use data::Data;
use envelope::Envelope;
use inside::Found;
use kind::Told;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Of a list each event is recognised or refused on its own.
pub(super) fn recognise(message: &Message<'_>) -> bool {
    is_binary(message)
        || match &message.body {
            Body::Json(json) => match &json.value {
                Value::Array(_) => true,
                Value::Object(members) => envelope::is_event(members),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
            },
            Body::Gone | Body::Unreadable(_) => false,
        }
}

pub(super) fn refuse(message: Message<'_>) -> Refusal {
    match message.body {
        Body::Gone => Refusal::tombstone(),
        Body::Json(_) => not_an_event().into(),
        Body::Unreadable(why) => why.into(),
    }
}

pub(super) fn read(message: Message<'_>, source: &SourceSettings) -> Vec<Reading> {
    if is_binary(&message) {
        return vec![read_binary(message, source)];
    }
    match message.body {
        Body::Json(Json { value: Value::Array(events), doubled }) => {
            read_batch(events, doubled, source)
        }
        Body::Json(Json { value, mut doubled }) => {
            vec![read_structured(value, doubled.remove(&0).as_ref(), source)]
        }
        Body::Gone | Body::Unreadable(_) => vec![Err(refuse(message))],
    }
}

/// Attributes in the headers, data in the value.
fn is_binary(message: &Message<'_>) -> bool {
    let structured = "application/cloudevents";
    let says = |start: &str| start.eq_ignore_ascii_case(structured);
    envelope::is_in_headers(message.raw)
        && !message.content_type().get(..structured.len()).is_some_and(says)
}

fn read_binary(message: Message<'_>, source: &SourceSettings) -> Reading {
    let envelope = Envelope::Headers(message.raw);
    let data = match message.body {
        Body::Gone => return Err(Refusal::tombstone().labelled(label(&envelope))),
        Body::Json(json) => Ok(Data::of(json)),
        Body::Unreadable(why) => Err(why),
    };
    read_event(&envelope, None, data, source)
}

fn read_batch(
    events: Vec<Value>,
    mut doubled: BTreeMap<usize, Doubled>,
    source: &SourceSettings,
) -> Vec<Reading> {
    let read_each =
        |(index, event)| read_structured(event, doubled.remove(&index).as_ref(), source);
    (0_usize..).zip(events).map(read_each).collect()
}

/// Everything in the value.
fn read_structured(event: Value, doubled: Option<&Doubled>, source: &SourceSettings) -> Reading {
    let Value::Object(mut members) = event else {
        return Err(not_an_event().into());
    };
    if !envelope::is_event(&members) {
        return Err(not_an_event().into());
    }
    let data = Data::embedded(members.remove("data"), members.remove("data_base64"));
    read_event(&Envelope::Body(&members), doubled, data, source)
}

fn read_event(
    envelope: &Envelope<'_>,
    doubled: Option<&Doubled>,
    data: Result<Data, Why>,
    source: &SourceSettings,
) -> Reading {
    let read = || {
        let kind = kind_of(envelope, doubled, &data)?;
        let kind = Admitted::ask(kind, &envelope.field("type"), source)?;
        canonical(envelope, doubled, data, kind)
            .map_err(|why| Refusal::park(why, Bearing::Of(kind.get())))
    };
    read().map_err(|refusal: Refusal| refusal.labelled(label(envelope)))
}

/// The type is looked at first: what is not meant for us may be as odd as it likes.
fn kind_of(
    envelope: &Envelope<'_>,
    doubled: Option<&Doubled>,
    data: &Result<Data, Why>,
) -> Result<EventKind, Refusal> {
    if let Some(refusal) = of_several_types(envelope, doubled) {
        return Err(refusal);
    }
    match kind::read(envelope)? {
        Told::Ours(kind) => Ok(kind),
        Told::Near(why, bearing) => Err(Refusal::park(why, bearing)),
        Told::Foreign(why) => Err(foreign(why, envelope, data)),
    }
}

/// The rest of an event that is of our `kind`.
fn canonical(
    envelope: &Envelope<'_>,
    doubled: Option<&Doubled>,
    data: Result<Data, Why>,
    kind: Admitted,
) -> Result<Canonical, Why> {
    if let Some(doubled) = doubled {
        return Err(doubled.why(None));
    }
    envelope.check_version()?;
    let id = envelope.required("id")?.to_owned();
    let source = envelope.required("source")?.to_owned();
    let time = envelope.instant("time")?;
    let sequence = envelope.text("sequence")?.filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(Canonical {
        kind,
        source,
        id,
        time,
        sequence,
        correlation_id: envelope.hint("correlationid"),
        trace: trace_of(envelope),
        data: members(data?)?,
        extensions: envelope.extensions(),
        headers: envelope.other_headers(),
    })
}

fn members(data: Data) -> Result<Map<String, Value>, Why> {
    match (data.doubled, data.value) {
        (Some(why), _) => Err(why),
        (None, Value::Object(members)) => Ok(members),
        (None, _) => {
            Err(Why::new(Code::FieldWrongType, Some("data"), "`data` must be a JSON object"))
        }
    }
}

/// An event that says several times what type it has, and once one that may be ours.
fn of_several_types(envelope: &Envelope<'_>, doubled: Option<&Doubled>) -> Option<Refusal> {
    let doubled = doubled.filter(|it| !it.types.is_empty())?;
    let types = doubled.types.iter().cloned().chain(envelope.hint("type"));
    let meant: Vec<EventKind> = types.filter_map(|wire| kind::meant(&wire)).collect();
    let cut = meant.iter().find(|kind| kind.takes_access());
    let weightiest = cut.or(meant.first()).copied()?;
    Some(Refusal::park(doubled.why(None), Bearing::Of(weightiest)))
}

/// Somebody else's event is passed over, unless ours is in it.
fn foreign(why: Why, envelope: &Envelope<'_>, data: &Result<Data, Why>) -> Refusal {
    match data.as_ref().ok().and_then(|data| inside::find(&data.value)) {
        Some(Found::Event(kind)) => Refusal::park(inside::wrapped(), Bearing::Of(kind)),
        Some(Found::Data) => {
            Refusal::park(kind::with_data_of_ours(&envelope.field("type")), Bearing::OfAny)
        }
        None => Refusal::skip(why),
    }
}

fn label(envelope: &Envelope<'_>) -> Label {
    let kind = envelope.hint("type").map(|wire| match kind::split(&wire) {
        Some((kind, "1")) => kind.to_owned(),
        _ => wire,
    });
    Label {
        source: envelope.hint("source"),
        id: envelope.hint("id"),
        kind,
        trace: trace_of(envelope),
    }
}

fn trace_of(envelope: &Envelope<'_>) -> Option<TraceContext> {
    let text = |name| envelope.text(name).ok().flatten();
    trace::context(text("traceparent"), text("tracestate"))
}

fn not_an_event() -> Why {
    Why::new(
        Code::ValueNotCloudevent,
        Some("value"),
        "the value is no CloudEvent: there are neither `ce_` headers nor a JSON object with \
         `specversion`, `id`, `source` and `type`",
    )
}
