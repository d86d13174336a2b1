//! Bytes become events: a Kafka record holds none, one or several.
//!
//! A record goes one way: its frame is taken off (`message`), its format reads what stands in it
//! (`formats`), and what was read becomes events (`canon`), which is the same for all formats.
//! `canonical.rs` lies between the two, so that neither knows the other.
//!
//! Total: every record yields at least one item, and no input can make this room panic. A reason
//! names fields, never what stands in them.

mod canon;
mod canonical;
/// What operators send.
pub mod command;
mod formats;
mod framing;
mod item;
/// Signed tokens, and the keys that prove them.
pub mod jose;
mod json;
mod message;
mod refusal;
mod schema;
mod settings;
#[cfg(test)]
mod tests;
mod trace;
mod transmitter;
mod unknown;
mod unwrap;

pub use canon::names_of_worker;
pub use formats::{MAPPING_PRESETS, Mapping, MappingChoice, suggest};
pub use framing::split;
pub use item::{Item, Refused};
pub(crate) use json::parse as parse_json;
pub use schema::schema;
pub use settings::{Edge, Format, Framing, SourceSettings, TypePattern, UnknownPattern};
pub use transmitter::{Keys, Transmitter, Trust};
pub(crate) use unknown::shown;
pub use unknown::unknown_members;
pub use unwrap::unpacked;

use crate::model::RawRecord;
use message::Message;

/// Whose keys should be asked for anew: the record is signed by one that is not among those in
/// `source`, and says that it is theirs. Of the rest of what it says nothing is known then.
pub fn wants_key_of<'a>(raw: &RawRecord, source: &'a SourceSettings) -> Option<&'a Transmitter> {
    formats::wants_key_of(Message::open(raw, source.framing), source)
}

/// What the record holds; never empty.
pub fn decode(raw: &RawRecord, source: &SourceSettings) -> Vec<Item> {
    let read = formats::read(Message::open(raw, source.framing), source);
    let events = read.into_iter().map(|it| canon::event(it?, raw.timestamp, source));
    events.map(|event| Item::of(event, raw)).collect()
}
