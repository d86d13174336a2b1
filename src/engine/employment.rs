//! A person's employments: which have begun and not ended, whatever the rules say of them.
//!
//! Told by HR's own events and kept like claims, so they are as free of the order of arrival. The end
//! of one employment takes nothing from somebody who goes on in another (DESIGN §3).

use super::claims::{Instance, Mark, Word};
use super::state::Person;
use crate::model::Urgency;
use crate::model::claim::{Assertion, By, Precedence, Want};
use crate::model::event::{ACCESS_REVOKED, Event, EventClass};
use crate::model::ids::RuleName;
use jiff::Timestamp;

const BEGUN: &str = "begun";
const ENDED: &str = "ended";

/// Takes in what `event` says of employments.
pub fn note(person: &mut Person, event: &Event) {
    if event.class != EventClass::Hr {
        return;
    }
    let effective = event.effective_at.unwrap_or(event.time);
    let withdraw = Word::Withdraw { at: event.time };
    let (name, word) = match event.kind.as_str() {
        "worker.hired" | "worker.rehired" | "worker.converted" if event.employment_id.is_some() => {
            (BEGUN, since(effective, Precedence::Profile))
        }
        "worker.hire.cancelled" | "worker.rehire.cancelled" => (BEGUN, withdraw),
        "worker.terminated" => (ENDED, since(effective, Precedence::Leaver)),
        ACCESS_REVOKED => (ENDED, since(event.time, Precedence::Leaver)),
        "worker.termination.cancelled" => (ENDED, withdraw),
        _ => return,
    };
    let by = event.employment_id.clone().map_or(By::Person, By::Employment);
    let known = person.employments.iter().position(|kept| kept.name == name && kept.by == by);
    let index = known.unwrap_or_else(|| {
        person.employments.push(Instance::new(name.to_owned(), by));
        person.employments.len() - 1
    });
    let mark = Mark { source: event.source.clone(), key: event.order_key(), word };
    if let Some(kept) = person.employments.get_mut(index) {
        // A stale word changes nothing here; of the decision the rules' claims speak.
        kept.note(mark);
    }
}

/// Of two words at one instant the end is told last, as taking access is: so `precedence`.
fn since(from: Timestamp, precedence: Precedence) -> Word {
    Word::Assert(Box::new(Assertion {
        precedence,
        from,
        until: None,
        want: Want::default(),
        then: Vec::new(),
        urgency: Urgency::Normal,
        rule: RuleName::new("employment"),
        rule_hash: String::new(),
    }))
}

/// The employments that have begun and not ended at `now`.
///
/// What counts is which of the two is dated later: a return under the old id begins anew. An
/// employment without an id is not told apart from the person, and counts for none.
pub fn going_on(person: &Person, now: Timestamp) -> Vec<&By> {
    let all = &person.employments;
    let since = |one: &Instance| {
        let spans = one.spans(all);
        spans.iter().filter(|span| span.is_in_force(now)).map(|span| span.from).max()
    };
    let ended_since = |by: &By| match all.iter().find(|one| one.name == ENDED && one.by == *by) {
        Some(own) => since(own),
        // What was said of all the person's employments counts for it, too.
        None => since(&Instance::new(ENDED.to_owned(), by.clone())),
    };
    let begun = all.iter().filter(|one| one.name == BEGUN && matches!(one.by, By::Employment(_)));
    begun.filter(|one| since(one) > ended_since(&one.by)).map(|one| &one.by).collect()
}

/// The employment that goes on and so keeps the end of another from counting.
pub fn sets_aside<'a>(going_on: &[&'a By], claim: &Instance, of: Precedence) -> Option<&'a By> {
    let is_an_end = of == Precedence::Leaver && matches!(claim.by, By::Employment(_));
    going_on.iter().find(|other| is_an_end && **other != &claim.by).copied()
}

/// When employments begin and end.
pub fn edges(person: &Person) -> impl Iterator<Item = Timestamp> {
    let all = &person.employments;
    let spans = all.iter().flat_map(|one| one.spans(all));
    spans.flat_map(|span| std::iter::once(span.from).chain(span.until))
}

/// Forgets the employments that ended before `oldest` and were not heard of since.
pub fn forget_ended(person: &mut Person, oldest: Timestamp) {
    let all = &person.employments;
    let is_old = |by: &By| {
        let mut told = all.iter().filter(|one| one.by == *by);
        told.all(|one| one.last_heard().is_none_or(|heard| heard < oldest))
    };
    let ended_long_ago = |by: &By| {
        let own = |name| all.iter().filter(move |one| one.name == name && one.by == *by);
        // Begun again since, under the same id, it goes on.
        let begun = own(BEGUN).flat_map(|one| one.spans(all)).map(|span| span.from).max();
        let mut ends = own(ENDED).flat_map(|one| one.spans(all));
        ends.any(|end| end.from < oldest && end.until.is_none() && Some(end.from) >= begun)
    };
    let gone: Vec<By> = all
        .iter()
        .filter(|one| matches!(one.by, By::Employment(_)))
        .filter(|one| is_old(&one.by) && ended_long_ago(&one.by))
        .map(|one| one.by.clone())
        .collect();
    person.employments.retain(|one| !gone.contains(&one.by));
}
