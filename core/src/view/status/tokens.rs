//! When the tokens of targets end, as far as that is known.

use super::Place;
use crate::inventory::Head;
use crate::model::ids::{TargetName, TenantName};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// Whoever rotates a token needs some days.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// When the token of a target ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenEnd {
    pub tenant: TenantName,
    pub target: TargetName,
    pub ends: Timestamp,
    /// Somebody should see to it: it ends within two weeks, or has ended.
    pub is_near: bool,
}

/// Of each place whose token's end was read, or is configured.
pub(super) fn ends(
    places: &[Place],
    heads: &BTreeMap<(TenantName, TargetName), Head>,
    now: Timestamp,
) -> Vec<TokenEnd> {
    let end = |place: &Place| {
        let head = heads.get(&(place.tenant.clone(), place.target.clone()));
        let read = head.and_then(|head| head.shown.token_ends);
        let ends = read.or(place.token_expires)?;
        let is_near = ends.duration_since(now) <= SOON;
        Some(TokenEnd { tenant: place.tenant.clone(), target: place.target.clone(), ends, is_near })
    };
    places.iter().filter_map(end).collect()
}
