//! A person's employments: which have begun and not ended, whatever the rules say of them.
//!
//! Told by HR's own events and kept like claims, so they are as free of the order of arrival. The end
//! of one employment takes nothing from somebody who goes on in another
//! (`docs/design.md`, "Time and leave").

use crate::engine::said::claims::{Instance, Mark, Span, Word};
use crate::engine::said::mutes::Hearing;
use crate::engine::state::Person;
use crate::model::Urgency;
use crate::model::claim::{Assertion, By, Precedence, Want};
use crate::model::event::{Event, OrderKey};
use crate::model::event_kind::EventKind;
use crate::model::ids::RuleName;
use jiff::Timestamp;
use std::collections::BTreeSet;

const BEGUN: &str = "begun";
const ENDED: &str = "ended";

/// Takes in what `event` says of employments; `key`: its place in its lane.
pub fn note(person: &mut Person, event: &Event, key: &OrderKey) {
    let effective = event.effective_at.unwrap_or(event.time);
    let withdraw = Word::Withdraw { at: event.time };
    let (name, word) = match event.kind {
        EventKind::Hired | EventKind::Rehired | EventKind::Converted
            if event.employment_id.is_some() =>
        {
            (BEGUN, since(effective, (Precedence::Profile, false)))
        }
        EventKind::HireCancelled | EventKind::RehireCancelled => (BEGUN, withdraw),
        EventKind::Terminated => (ENDED, since(effective, (Precedence::Leaver, false))),
        EventKind::AccessRevoked => (ENDED, since(event.time, (Precedence::Leaver, true))),
        EventKind::TerminationCancelled => (ENDED, withdraw),
        EventKind::Hired
        | EventKind::Rehired
        | EventKind::Converted
        | EventKind::Transferred
        | EventKind::Updated
        | EventKind::LeaveStarted
        | EventKind::LeaveEnded
        | EventKind::LegalHoldChanged
        | EventKind::RiskRaised
        | EventKind::RiskCleared
        | EventKind::CredentialCompromised
        | EventKind::CredentialChanged
        | EventKind::AssuranceChanged
        | EventKind::SessionRevoked
        | EventKind::DeviceCompromised
        | EventKind::DeviceComplianceChanged
        | EventKind::AccountDisabled
        | EventKind::AccountEnabled
        | EventKind::AccountPurged
        | EventKind::IdentifierChanged
        | EventKind::AccountOrphaned
        | EventKind::AccountLeftActive
        | EventKind::AccountCleared
        | EventKind::AccountMissing
        | EventKind::AccountDrifted
        | EventKind::AccessRequested
        | EventKind::AccessChanged
        | EventKind::AccessWithdrawn
        | EventKind::DeletionRequested
        | EventKind::MembershipRequested
        | EventKind::MembershipWithdrawn => return,
    };
    let by = event.employment_id.clone().map_or(By::Person, By::Employment);
    let known = person.employments.iter().position(|kept| kept.name == name && kept.by == by);
    if known.is_none() && person.is_past(&trace_of(name), &event.source, key) {
        // Or one that ended long ago would go on again.
        return;
    }
    let index = known.unwrap_or_else(|| {
        person.employments.push(Instance::new(name.to_owned(), by));
        person.employments.len() - 1
    });
    let mark = Mark { source: event.source.clone(), key: key.clone(), word, at: None };
    if let Some(kept) = person.employments.get_mut(index) {
        // A stale word changes nothing here; of the decision the rules' claims speak.
        kept.note(mark);
    }
}

/// Under which name the last words stay of what is forgotten: not that of a rule's claim.
fn trace_of(name: &str) -> String {
    format!("employment {name}")
}

/// Of two words at one instant the end is told last, as taking access is: so `precedence`.
fn since(from: Timestamp, (precedence, at_once): (Precedence, bool)) -> Word {
    Word::Assert(Box::new(Assertion {
        precedence,
        from,
        until: None,
        want: Want::default(),
        then: Vec::new(),
        urgency: Urgency::Normal,
        at_once,
        observed: false,
        of_account: None,
        rule: RuleName::new("employment"),
        rule_hash: String::new(),
    }))
}

/// The employments that have begun and not ended at `now`.
///
/// What counts is which of the two is dated later: a return under the old id begins anew. An
/// employment without an id is not told apart from the person, and counts for none.
pub fn going_on(person: &Person, now: Timestamp) -> Vec<&By> {
    going_on_as_heard(person, (now, &Hearing::default()))
}

/// Whether an employment is announced that begins later.
pub fn begins_later(person: &Person, now: Timestamp) -> bool {
    let begun = person.employments.iter().filter(|one| one.name == BEGUN);
    let mut spans = begun.flat_map(|one| one.spans(&person.employments));
    spans.any(|span| span.begins(now) > now)
}

/// Whether an end has come, of an employment or of all.
pub fn has_ended(person: &Person, now: Timestamp) -> bool {
    let ended = person.employments.iter().filter(|one| one.name == ENDED);
    let mut spans = ended.flat_map(|one| one.spans(&person.employments));
    spans.any(|span| span.is_in_force(now))
}

/// An instant, and what is passed over then.
type Heard<'a> = (Timestamp, &'a Hearing<'a>);

fn going_on_as_heard<'a>(person: &'a Person, heard: Heard<'_>) -> Vec<&'a By> {
    let all = person.employments.iter();
    let begun = all.filter(|one| one.name == BEGUN && matches!(one.by, By::Employment(_)));
    let goes_on =
        |one: &&Instance| in_force_since(person, one, heard) > ended_since(person, &one.by, heard);
    begun.filter(goes_on).map(|one| &one.by).collect()
}

/// The end of an employment counts as little as the termination that the same event has asserted.
fn heard_spans<'a>(person: &'a Person, one: &'a Instance, hearing: &Hearing<'_>) -> Vec<Span<'a>> {
    let counts =
        |owner: &Instance, mark: &Mark| owner.name != ENDED || !hearing.passes_over_event_of(mark);
    one.spans_of(&person.employments, counts)
}

fn in_force_since(person: &Person, one: &Instance, (now, hearing): Heard<'_>) -> Option<Timestamp> {
    let spans = heard_spans(person, one, hearing);
    spans.iter().filter(|span| span.is_in_force(now)).map(|span| span.from).max()
}

/// Since when the employment has ended. What was said of all the person's employments counts, too.
fn ended_since(person: &Person, by: &By, heard: Heard<'_>) -> Option<Timestamp> {
    let mut all = person.employments.iter();
    match all.find(|one| one.name == ENDED && one.by == *by) {
        Some(own) => in_force_since(person, own, heard),
        None => in_force_since(person, &Instance::new(ENDED.to_owned(), by.clone()), heard),
    }
}

/// Whether an employment ends, now or later, of which nobody has heard that it began, and another one
/// goes on by then that keeps the end from counting.
pub fn ends_unbegun(person: &Person, by: &By, now: Timestamp) -> bool {
    let asserts = |one: &Instance| one.marks.iter().any(|it| matches!(it.word, Word::Assert(_)));
    let begins = |one: &Instance| one.name == BEGUN && one.by == *by && asserts(one);
    let counts_for_nothing = |claim: &Instance| {
        claim.spans(&person.claims).iter().any(|span| {
            let day = span.begins(now).max(now);
            let is_leavers = span.assertion.precedence == Precedence::Leaver;
            let is_over = span.ends(now).is_some_and(|ends| ends <= day);
            let sets_aside = || Employments::at(person, day).sets_aside(claim, span.assertion);
            is_leavers && !is_over && sets_aside().is_some()
        })
    };
    let mut ends = person.claims.iter().filter(|claim| claim.by == *by);
    !person.employments.iter().any(begins) && ends.any(counts_for_nothing)
}

/// How far an employment's claims count while another one goes on.
#[derive(Debug)]
pub struct Employments<'a> {
    person: &'a Person,
    now: Timestamp,
    going_on: Vec<&'a By>,
    hearing: Hearing<'a>,
}

impl<'a> Employments<'a> {
    pub fn at(person: &'a Person, now: Timestamp) -> Self {
        Self::heard(person, now, Hearing::default())
    }

    /// The same, without the ends that are passed over.
    pub fn heard(person: &'a Person, now: Timestamp, hearing: Hearing<'a>) -> Self {
        let going_on = going_on_as_heard(person, (now, &hearing));
        Self { person, now, going_on, hearing }
    }

    /// The employment that goes on, if it keeps this span of a claim of another from counting.
    ///
    /// The end of one takes nothing from whoever goes on in another, unless access was revoked at
    /// once. What an ended one asks for goes with it, if the other asks for something itself: else it
    /// was merely converted, and works on with what the first one gave.
    pub fn sets_aside(&self, claim: &Instance, assertion: &Assertion) -> Option<&'a By> {
        let By::Employment(_) = claim.by else { return None };
        let mut others = self.going_on.iter().copied().filter(|other| **other != claim.by);
        match assertion.precedence {
            Precedence::Leaver if assertion.at_once => None,
            Precedence::Leaver => others.next(),
            Precedence::Leave if self.has_ended(&claim.by) => others.next(),
            Precedence::Profile if self.has_ended(&claim.by) => {
                others.find(|other| self.asks_for_something(other))
            }
            Precedence::Profile | Precedence::Leave | Precedence::Security => None,
        }
    }

    fn has_ended(&self, by: &By) -> bool {
        let heard = (self.now, &self.hearing);
        !self.going_on.contains(&by) && ended_since(self.person, by, heard).is_some()
    }

    fn asks_for_something(&self, by: &By) -> bool {
        let all = &self.person.claims;
        let own = all.iter().filter(|claim| claim.by == *by);
        let spans = own.flat_map(|claim| self.hearing.spans(claim, all));
        let mut profile = spans
            .filter(|it| it.assertion.precedence == Precedence::Profile && !it.assertion.observed);
        profile.any(|span| span.is_in_force(self.now))
    }
}

/// When employments begin and end.
pub fn edges(person: &Person, now: Timestamp) -> BTreeSet<Timestamp> {
    let all = &person.employments;
    let mut edges = BTreeSet::new();
    for hearing in person.mutes.hearings(now) {
        let spans = all.iter().flat_map(|one| heard_spans(person, one, &hearing));
        edges.extend(spans.flat_map(|span| std::iter::once(span.from).chain(span.until)));
    }
    edges
}

/// Forgets the employments that ended before `oldest` and were not heard of since, and of which no claim
/// is left that would count again if nobody knew that they have ended.
pub fn forget_ended(person: &mut Person, oldest: Timestamp) {
    let all = &person.employments;
    let is_old = |by: &By| {
        let mut told = all.iter().filter(|one| one.by == *by);
        told.all(|one| one.last_heard().is_none_or(|heard| heard < oldest))
    };
    let ended_long_ago = |by: &By| {
        let own = |name| all.iter().filter(move |one| one.name == name && one.by == *by);
        // Begun again since, under the same id, it goes on; so it does where its end is undone.
        let begun = own(BEGUN).flat_map(|one| one.spans(all)).map(|span| span.from).max();
        person.mutes.hearings(oldest).iter().all(|hearing| {
            let mut ends = own(ENDED).flat_map(|one| heard_spans(person, one, hearing));
            ends.any(|end| end.from < oldest && end.until.is_none() && Some(end.from) >= begun)
        })
    };
    let keeps_claims_out = |by: &By| {
        let claims = person.claims.iter().filter(|claim| claim.by == *by);
        let mut spans = claims.flat_map(|claim| claim.spans(&person.claims));
        spans.any(|span| {
            matches!(span.assertion.precedence, Precedence::Profile | Precedence::Leave)
                && span.until.is_none_or(|until| until > oldest)
        })
    };
    let gone: Vec<By> = all
        .iter()
        .filter(|one| matches!(one.by, By::Employment(_)))
        .filter(|one| is_old(&one.by) && ended_long_ago(&one.by) && !keeps_claims_out(&one.by))
        .map(|one| one.by.clone())
        .collect();
    let (gone, kept): (Vec<_>, Vec<_>) =
        std::mem::take(&mut person.employments).into_iter().partition(|one| gone.contains(&one.by));
    person.employments = kept;
    for one in gone {
        let trace = trace_of(&one.name);
        person.keep_last_words(&trace, one);
    }
}
