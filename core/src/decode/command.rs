//! What operators send in the control topic. Only its shard can judge it; as a record it holds nothing.

use super::{Item, Refused};
use crate::model::RawRecord;
use crate::model::code::Code;
use crate::model::decision::Why;

/// What a record of the control topic holds: exactly one item, and never an event.
pub fn decode(_raw: &RawRecord) -> Vec<Item> {
    vec![Item::Park(Refused {
        why: unknown(),
        source: None,
        id: None,
        kind: None,
        takes_access: false,
        trace: None,
    })]
}

/// Why nothing comes of a record that is no command.
pub fn unknown() -> Why {
    Why::new(
        Code::CommandUnknown,
        None,
        "the record is no command that this version knows, and nothing was done; look who wrote it: \
         events belong in the topics of their sources",
    )
}
