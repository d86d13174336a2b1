//! What was found in an object of a vendor, and why nothing was.

use super::super::super::canonical::{Admitted, Canonical, Reading, TEXT_BYTES_MAX};
use super::level::Level;
use crate::decode::refusal::{Bearing, Label, Refusal};
use crate::decode::settings::SourceSettings;
use crate::decode::unknown::shown;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event_kind::EventKind;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Ids that are made of several parts are kept as they are up to this length.
const ID_MAX: usize = 256;

/// An event of a vendor, in our words.
pub(in crate::decode::formats) struct Found {
    /// Who says it, for (`source`, `id`): the vendor, and its tenant if it is told.
    pub(in crate::decode::formats) source: String,
    pub(in crate::decode::formats) id: String,
    pub(in crate::decode::formats) kind: EventKind,
    pub(in crate::decode::formats) time: Option<Timestamp>,
    pub(in crate::decode::formats) data: Map<String, Value>,
}

impl Found {
    /// The event, if its source may send it. `field`: what of it says which type it has.
    pub(in crate::decode::formats) fn admit(
        self,
        field: &str,
        settings: &SourceSettings,
    ) -> Reading {
        let Self { source, id, kind, time, data } = self;
        let label = || Label {
            source: Some(source.clone()),
            id: Some(id.clone()),
            kind: Some(kind.word().to_owned()),
            trace: None,
        };
        let kind = Admitted::ask(kind, field, settings).map_err(|it| it.labelled(label()))?;
        Ok(Canonical {
            kind,
            source,
            id,
            time,
            sequence: None,
            correlation_id: None,
            trace: None,
            data,
            extensions: Vec::new(),
            headers: Vec::new(),
        })
    }
}

/// What a vendor says of a risk, for `data.risk`.
#[derive(Default)]
pub(in crate::decode::formats) struct Risk<'a> {
    pub(in crate::decode::formats) level: Level,
    /// The vendor's own word or number for the level.
    pub(in crate::decode::formats) original: Option<String>,
    /// The vendor's own word for what kind of risk it is.
    pub(in crate::decode::formats) category: Option<&'a str>,
    pub(in crate::decode::formats) reason: Option<&'a str>,
    pub(in crate::decode::formats) score: Option<(f64, Value)>,
    pub(in crate::decode::formats) detection: Option<&'a str>,
}

impl Risk<'_> {
    /// `data` of an event about `worker`.
    pub(in crate::decode::formats) fn data(
        self,
        worker: Map<String, Value>,
        (device_id, hostname): (Option<&str>, Option<&str>),
    ) -> Map<String, Value> {
        let mut risk = Map::new();
        let mut set = |name: &str, text: Option<&str>| {
            if let Some(text) = text {
                risk.insert(name.to_owned(), cut(text).into());
            }
        };
        set("level", self.level);
        set("original_level", self.original.as_deref());
        set("category", self.category);
        set("reason", self.reason);
        set("detection_id", self.detection);
        if let Some((score, scale)) = self.score {
            risk.insert("score".to_owned(), json!(score));
            risk.insert("scale".to_owned(), scale);
        }
        let mut device = Map::new();
        device.extend(device_id.map(|id| ("id".to_owned(), cut(id).into())));
        device.extend(hostname.map(|name| ("hostname".to_owned(), cut(name).into())));
        let mut data = Map::new();
        data.insert("worker".to_owned(), Value::Object(worker));
        data.insert("risk".to_owned(), Value::Object(risk));
        if !device.is_empty() {
            data.insert("device".to_owned(), Value::Object(device));
        }
        data
    }
}

/// What only informs is no reason to refuse an event for its length.
fn cut(text: &str) -> &str {
    let end = (0..=TEXT_BYTES_MAX).rev().find(|end| text.is_char_boundary(*end));
    if text.len() <= TEXT_BYTES_MAX { text } else { text.get(..end.unwrap_or(0)).unwrap_or("") }
}

/// An id of several parts: the same for the same word of the vendor, whichever way it comes again.
pub(in crate::decode::formats) fn id_of(parts: &[&str]) -> String {
    let id = parts.join("/");
    if id.len() <= ID_MAX { id } else { digest(&Value::String(id)) }
}

/// The id of what has none.
pub(in crate::decode::formats) fn digest(value: &Value) -> String {
    let mut id = String::from("sha256:");
    for byte in Sha256::digest(value.to_string().as_bytes()) {
        // Writing to a string cannot fail.
        let _infallible = write!(id, "{byte:02x}");
    }
    id
}

/// It is of a kind that this version knows nothing of; counted by kind.
pub(in crate::decode::formats) fn unknown_kind(format: &str, field: &str, kind: &str) -> Refusal {
    let text = "this kind is none that usher knows of the vendor; nothing to do, unless it tells of people \
                at risk: `format: mapped` can be told what it means";
    let kind = kind.replace([' ', '.', '/'], "_");
    let kind = format!("{format}: {}", shown(&kind));
    // What has no id is not counted by its kind.
    let label = Label {
        source: Some(format.to_owned()),
        id: Some(kind.clone()),
        kind: Some(kind),
        trace: None,
    };
    Refusal::skip(Why::new(Code::TypeUnknown, Some(field), text)).labelled(label)
}

/// It is known, and nobody's concern.
pub(in crate::decode::formats) fn nothing_to_do(pointer: &str, text: &str) -> Refusal {
    Refusal::skip(Why::new(Code::SignalNothingToDo, Some(&super::named(pointer)), text))
}

/// A word on which it depends what is to be done, and that nobody knows.
pub(in crate::decode::formats) fn unknown_value(pointer: &str) -> Refusal {
    let field = super::named(pointer);
    let text = format!(
        "`{field}` holds a word that usher does not know of this vendor, and what is to be done depends on \
         it; look at the record, and act by hand if somebody is at risk"
    );
    let why = Why::new(Code::FieldUnknownValue, Some(&field), text);
    Refusal::park(why, Bearing::Of(EventKind::RiskRaised))
}
