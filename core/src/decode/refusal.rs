//! Why something in a record is no event, as whoever reads it says so.

use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::TraceContext;
use crate::model::event_kind::EventKind;

/// Why there is no event. Whatever is only a [`Why`] is parked, and nobody knows of what type it is.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) why: Why,
    pub(super) fate: Fate,
    pub(super) label: Label,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    /// It is passed over, and rightly so.
    Skip,
    /// Somebody must look at it.
    Park(Bearing),
}

/// What is known of the type of something that is parked: it decides how urgent that is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bearing {
    /// It has this type, or was probably meant to.
    Of(EventKind),
    /// It may be of any type of ours.
    OfAny,
    /// Its type could not be read.
    Unread,
}

/// What could be read of it all the same, so that somebody finds it at its source.
#[derive(Debug, Default)]
pub(super) struct Label {
    pub(super) source: Option<String>,
    pub(super) id: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) trace: Option<TraceContext>,
}

impl Refusal {
    pub(super) fn skip(why: Why) -> Self {
        Self { why, fate: Fate::Skip, label: Label::default() }
    }

    pub(super) fn park(why: Why, bearing: Bearing) -> Self {
        Self { why, fate: Fate::Park(bearing), label: Label::default() }
    }

    /// A record without a value says that its key is gone, which is no event.
    pub(super) fn tombstone() -> Self {
        Self::skip(Why::new(Code::Tombstone, Some("value"), "the record has no value"))
    }

    /// The same of something that has this type.
    pub(super) fn of(self, kind: EventKind) -> Self {
        let fate = match self.fate {
            Fate::Skip => Fate::Skip,
            Fate::Park(_) => Fate::Park(Bearing::Of(kind)),
        };
        Self { fate, ..self }
    }

    pub(super) fn labelled(self, label: Label) -> Self {
        Self { label, ..self }
    }
}

impl From<Why> for Refusal {
    fn from(why: Why) -> Self {
        Self::park(why, Bearing::Unread)
    }
}
