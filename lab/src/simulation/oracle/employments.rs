//! Which employments have begun and not ended.

use super::claims::{Claim, Whose, in_force, spans, spans_for};
use super::unheard::Heard;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The employments that have begun and not ended at `now`: the later of the two dates counts, for a
/// return under the old id begins anew.
pub(super) fn going_on(heard: Heard<'_>, now: Timestamp) -> BTreeSet<String> {
    let begun = in_force(Claim::Begun, heard, now);
    let ids: BTreeSet<&String> = begun
        .iter()
        .filter_map(|(whose, _)| match whose {
            Whose::Employment(id) => Some(id),
            Whose::Person | Whose::Source(_) | Whose::Detection(..) => None,
        })
        .collect();
    let goes_on = |id: &&&String| {
        let instance = Whose::Employment((**id).clone());
        let began = begun.iter().filter(|(whose, _)| *whose == instance).map(|(_, from)| *from);
        let ended = spans_for(Claim::Ended, &instance, heard).into_iter();
        let ended = ended.filter(|span| span.holds(now));
        began.max() > ended.map(|span| span.from).max()
    };
    ids.iter().filter(goes_on).map(|id| (*id).clone()).collect()
}

/// Whether an employment has ended and does not go on.
pub(super) fn has_ended(id: &String, heard: Heard<'_>, now: Timestamp) -> bool {
    let instance = Whose::Employment(id.clone());
    let ended = spans_for(Claim::Ended, &instance, heard).into_iter();
    let mut ended = ended.filter(|span| span.holds(now));
    ended.next().is_some() && !going_on(heard, now).contains(id)
}

pub(super) fn edges(heard: Heard<'_>) -> Vec<Timestamp> {
    let begun = spans(Claim::Begun, heard).into_iter();
    let both = begun.chain(spans(Claim::Ended, heard));
    both.flat_map(|(_, span)| std::iter::once(span.from).chain(span.until)).collect()
}
