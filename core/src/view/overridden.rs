//! What an override or a reassertion would do to somebody, by the code that will judge it.

use super::Target;
use super::difference::known_as;
use crate::command::instruction::{Keep, Reasserted};
use crate::engine::record::Kept;
use crate::engine::state::{Override, Stage};
use crate::engine::will::overriding;
use crate::model::claim::{By, ClaimName};
use crate::model::ids::{PersonId, TargetName};
use jiff::{SignedDuration, Timestamp};

/// What an override would do at one target. Whether the configuration protects the person there is not
/// looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overridden {
    pub target: TargetName,
    /// The claims that say otherwise; of `in` those that would not count.
    pub against: Vec<(ClaimName, By)>,
    pub operators_needed: usize,
    pub longest: SignedDuration,
    /// What it would replace.
    pub last: Option<Override>,
    /// Nothing would come of it.
    pub is_idle: bool,
}

/// What keeping somebody in or out would do at these targets.
pub fn overridden(kept: &Kept, targets: &[Target], keep: Keep, now: Timestamp) -> Vec<Overridden> {
    let at = |target: &Target| {
        let opposed =
            overriding::opposed(&kept.person, (&target.name, &target.restricting), keep, now);
        let last = kept.person.overrides.at(&target.name, now);
        let claims = opposed.claims.iter().map(|it| (it.name.clone(), it.by.clone()));
        Overridden {
            target: target.name.clone(),
            against: claims.collect(),
            operators_needed: opposed.operators_needed(),
            longest: opposed.longest(),
            is_idle: opposed.is_idle(keep, last),
            last: last.cloned(),
        }
    };
    targets.iter().map(at).collect()
}

/// An account that would be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant {
    pub person: PersonId,
    pub known_as: String,
    pub target: TargetName,
    /// If not, it is worked on already, or waits for somebody, and nothing comes of it.
    pub is_at_rest: bool,
}

/// Which accounts of a person a reassertion would read again.
pub fn meant(kept: &Kept, reasserted: &Reasserted, now: Timestamp) -> Vec<Meant> {
    if !overriding::is_meant(&kept.person, reasserted, now) {
        return Vec::new();
    }
    let seats = kept.seats.iter().filter(|(_, seat)| !seat.wish.is_empty());
    let meant = seats.map(|(target, seat)| Meant {
        person: kept.person.id.clone(),
        known_as: known_as(&kept.person),
        target: target.clone(),
        is_at_rest: match seat.stage {
            Stage::AtRest { .. } | Stage::Stuck { .. } => true,
            Stage::Working | Stage::Held | Stage::Unverified { .. } => false,
        },
    });
    meant.collect()
}

/// Who is known so, and by which id.
pub fn name_of(kept: &Kept) -> (PersonId, String) {
    (kept.person.id.clone(), known_as(&kept.person))
}
