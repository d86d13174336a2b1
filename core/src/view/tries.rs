//! Who is tried again, and when: what `retry` would hasten, and what a pause would keep waiting.

use super::difference::known_as;
use crate::engine::record::Kept;
use crate::engine::state::Stage;
use crate::model::code::WrittenCode;
use crate::model::ids::{PersonId, TargetName};
use jiff::Timestamp;

/// Somebody whose account and wish may differ at a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    pub person: PersonId,
    pub known_as: String,
    pub target: TargetName,
    /// Why the last try failed; `None`: it is worked on.
    pub failed: Option<WrittenCode>,
    /// When it is tried again, if nobody asks for it sooner.
    pub again_at: Option<Timestamp>,
}

/// Where a person is not settled.
pub fn unsettled(kept: &Kept) -> Vec<Unsettled> {
    let seats = kept.seats.iter();
    let waits = seats.filter_map(|(target, seat)| {
        let (failed, again_at) = match &seat.stage {
            Stage::AtRest { .. } | Stage::Held => return None,
            Stage::Working => (None, None),
            Stage::Stuck { code, again_at } => (Some(code.clone()), Some(*again_at)),
            Stage::Unverified { again_at, .. } => (None, Some(*again_at)),
        };
        Some(Unsettled {
            person: kept.person.id.clone(),
            known_as: known_as(&kept.person),
            target: target.clone(),
            failed,
            again_at,
        })
    });
    waits.collect()
}
