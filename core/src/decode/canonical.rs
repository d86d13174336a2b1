//! What every format makes of its events, and all that `canon` knows of them.

use super::refusal::{Bearing, Label, Refusal};
use super::settings::SourceSettings;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::TraceContext;
use crate::model::event_kind::EventKind;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Ids end up in the state, which has no room for a novel.
pub(super) const TEXT_BYTES_MAX: usize = 1024;

/// What a format read: an event, or why there is none.
pub(super) type Reading = Result<Canonical, Refusal>;

/// One event in usher's own words: what its format read around it, and `data` with the members that
/// `model::event::DATA_MEMBERS` lists. Of `data` nothing is checked yet.
#[derive(Debug)]
pub(super) struct Canonical {
    pub(super) kind: Admitted,
    /// With `id`, by which the event is known when it comes again.
    pub(super) source: String,
    pub(super) id: String,
    /// When it happened, if its source says so.
    pub(super) time: Option<Timestamp>,
    pub(super) sequence: Option<String>,
    pub(super) correlation_id: Option<String>,
    /// The trace that it began with.
    pub(super) trace: Option<TraceContext>,
    pub(super) data: Map<String, Value>,
    /// What stands beside `data` in the event, under names that its format has no use for.
    pub(super) extensions: Vec<Beside>,
    /// Headers of the record that are no part of the event.
    pub(super) headers: Vec<Beside>,
}

/// Something beside `data`: it may be a member of an event under a misspelt name.
#[derive(Debug)]
pub(super) struct Beside {
    /// What a reason writes before the name: `header ce_`.
    pub(super) before: &'static str,
    pub(super) name: String,
    pub(super) value: Value,
}

impl Canonical {
    /// By what the event is found at its source if it is refused after all.
    pub(super) fn label(&self) -> Label {
        Label {
            source: Some(self.source.clone()),
            id: Some(self.id.clone()),
            kind: Some(self.kind.get().word().to_owned()),
            trace: self.trace.clone(),
        }
    }
}

/// A type of event that its source may send. Only [`Admitted::ask`] makes one, so no format can
/// forget to ask: whoever can write to a topic could otherwise let a leaver back in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Admitted(EventKind);

impl Admitted {
    /// Whether `source` may send events of the type `kind`, which the event says in `field`.
    pub(super) fn ask(
        kind: EventKind,
        field: &str,
        source: &SourceSettings,
    ) -> Result<Self, Refusal> {
        if source.may_send(kind) {
            return Ok(Self(kind));
        }
        let why = Why::new(
            Code::TypeNotAllowed,
            Some(field),
            "this source may not send events of this type; add it to the source's `types` if it \
             should",
        );
        Err(Refusal::park(why, Bearing::Of(kind)))
    }

    pub(super) fn get(self) -> EventKind {
        self.0
    }
}
