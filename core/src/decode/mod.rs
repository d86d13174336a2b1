//! Bytes become events: a Kafka record holds none, one or several.
//!
//! Total: every record yields at least one item, and no input can make this room panic. A reason
//! names fields, never what stands in them.

mod cloudevents;
/// What operators send.
pub mod command;
mod effective;
mod framing;
mod misspelt;
mod settings;
#[cfg(test)]
mod tests;
mod trace;
mod unknown;

pub use cloudevents::names_of_worker;
pub use settings::{Edge, Format, Framing, SourceSettings, TypePattern, UnknownPattern};
pub use unknown::unknown_members;

use crate::model::RawRecord;
use crate::model::decision::Why;
use crate::model::event::{Event, TraceContext};

/// One thing found in a record, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Event(Box<Event>),
    /// Nothing to act on, and rightly so: a tombstone, a type that is not ours.
    Skip(Refused),
    /// Something somebody must look at.
    Park(Refused),
}

/// Why an item is no event, and what could be read of it all the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    pub why: Why,
    pub source: Option<String>,
    pub id: Option<String>,
    pub kind: Option<String>,
    /// What is set aside would probably take access from somebody: it is looked at first.
    pub takes_access: bool,
    pub trace: Option<TraceContext>,
}

/// What the record holds; never empty.
pub fn decode(raw: &RawRecord, source: &SourceSettings) -> Vec<Item> {
    match source.format {
        Format::Cloudevents => cloudevents::decode(raw, source),
    }
}
