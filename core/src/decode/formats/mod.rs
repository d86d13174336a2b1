//! How sources write events: a file, or a folder, for each format.
//!
//! A format turns a message into canonical events, and says itself which of usher's types each is
//! of, where it names the person, and what it refuses, by codes of its own. What canonical events
//! mean is `canon`'s. Every format has the same three functions:
//!
//! - `recognise`: whether the message is written in it;
//! - `read`: the events of a message that it recognised, in order, or why one of them is none;
//! - `refuse`: why a message that it did not recognise is none of its own.
//!
//! Of JSON with a member that stands there twice (`Json::doubled`) nobody knows what counts, so a
//! format parks what such a member is in.

mod adp;
mod cloudevents;
mod cortex;
mod crowdstrike;
mod defender;
mod entra;
mod mapped;
mod netskope;
mod ocsf;
mod sentinelone;
mod set;
mod vendor;

pub use mapped::{MAPPING_PRESETS, Mapping, MappingChoice, suggest};

use super::canonical::Reading;
use super::message::Message;
use super::refusal::Refusal;
use super::settings::{Format, SourceSettings};
use super::transmitter::Transmitter;
use super::unwrap::Row;
use crate::model::code::Code;
use crate::model::decision::Why;

/// One record may hold this many events, so that it cannot fill a transaction on its own.
const EVENTS_MAX: usize = 1000;

/// What stands in a message of the source, in order; never empty.
pub(super) fn read(message: Message<'_>, source: &SourceSettings) -> Vec<Reading> {
    // A description says itself what a row that is gone means.
    if message.row == Some(Row::Deleted) && source.format != Format::Mapped {
        return vec![Err(deleted())];
    }
    let Steps { recognise, read, refuse } = steps(source.format);
    if !recognise(&message) {
        return vec![Err(refuse(message))];
    }
    let readings = read(message, source);
    match readings.len() {
        0 => vec![Err(none())],
        1..=EVENTS_MAX => readings,
        _ => vec![Err(too_many())],
    }
}

/// Whose keys should be asked for anew: only then it can be said whether the message is theirs.
pub(super) fn wants_key_of<'a>(
    message: Message<'_>,
    source: &'a SourceSettings,
) -> Option<&'a Transmitter> {
    if source.format.is_of_tokens() { set::wants_key_of(message, source) } else { None }
}

fn none() -> Refusal {
    Refusal::skip(Why::new(Code::BatchEmpty, Some("value"), "the batch holds no event"))
}

/// Rows that hold events are deleted when they have been read.
fn deleted() -> Refusal {
    Refusal::skip(Why::new(
        Code::RowDeleted,
        Some("value.op"),
        "a row that held an event was deleted in its database, which is no event",
    ))
}

fn too_many() -> Refusal {
    let text =
        format!("the batch holds more than {EVENTS_MAX} events; send them in several records");
    Why::new(Code::BatchTooLong, Some("value"), text).into()
}

/// The three functions of one format.
struct Steps {
    recognise: fn(&Message<'_>) -> bool,
    read: fn(Message<'_>, &SourceSettings) -> Vec<Reading>,
    refuse: fn(Message<'_>) -> Refusal,
}

/// The steps of the format whose room is called so.
macro_rules! of {
    ($room:ident) => {
        Steps { recognise: $room::recognise, read: $room::read, refuse: $room::refuse }
    };
}

fn steps(format: Format) -> Steps {
    match format {
        Format::Cloudevents => of!(cloudevents),
        Format::Netskope => of!(netskope),
        Format::Entra => of!(entra),
        Format::Defender => of!(defender),
        Format::Crowdstrike => of!(crowdstrike),
        Format::Sentinelone => of!(sentinelone),
        Format::Cortex => of!(cortex),
        Format::Ocsf => of!(ocsf),
        Format::Adp => of!(adp),
        Format::Set => of!(set),
        Format::Mapped => of!(mapped),
    }
}
