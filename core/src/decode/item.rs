//! What a record turned out to hold.

use super::refusal::{Bearing, Fate, Refusal};
use super::trace;
use crate::model::RawRecord;
use crate::model::decision::Why;
use crate::model::event::{Event, TraceContext};
use crate::model::event_kind::EventKind;

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

impl Item {
    /// What became of something in `raw`. The hop's own trace goes before the one that the event
    /// began with.
    pub(super) fn of(event: Result<Event, Refusal>, raw: &RawRecord) -> Self {
        let trace = trace::of_record(raw);
        match event {
            Ok(event) => Self::Event(Box::new(Event { trace: trace.or(event.trace), ..event })),
            Err(Refusal { why, fate, label }) => {
                let refused = |takes_access| Refused {
                    why,
                    source: label.source,
                    id: label.id,
                    kind: label.kind,
                    takes_access,
                    trace: trace.or(label.trace),
                };
                match fate {
                    Fate::Skip => Self::Skip(refused(false)),
                    Fate::Park(bearing) => Self::Park(refused(takes_access(bearing, raw))),
                }
            }
        }
    }
}

fn takes_access(bearing: Bearing, raw: &RawRecord) -> bool {
    match bearing {
        Bearing::Of(kind) => kind.takes_access(),
        Bearing::OfAny => true,
        Bearing::Unread => mentions_a_cut(raw),
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
