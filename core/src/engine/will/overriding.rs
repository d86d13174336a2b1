//! What an operator's override goes against: the claims that keep somebody out, or in.
//!
//! Pure, and asked by the command itself and by whoever shows what it would do.

use crate::command::instruction::{Keep, Many, PersonRef, Reasserted};
use crate::engine::said::claims::Instance;
use crate::engine::state::{Override, Person};
use crate::engine::will::wish;
use crate::model::claim::{Precedence, Want};
use crate::model::ids::{GroupName, RuleName, TargetName};
use crate::model::wish::{Facet, Membership, Presence, Wanted};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// The longest against whatever claim.
const LONGEST: SignedDuration = SignedDuration::from_hours(90 * 24);
/// The longest against claims of leavers and of security.
const LONGEST_AGAINST_GRAVE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many operators it takes against those.
const OPERATORS_AGAINST_GRAVE: usize = 2;

/// What an override goes against at one target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opposed {
    /// Claims in force or to come that say otherwise, and words on all of their kind.
    pub claims: Vec<Instance>,
    /// The weightiest of them.
    pub precedence: Option<Precedence>,
}

impl Opposed {
    fn is_grave(&self) -> bool {
        self.precedence.is_some_and(|it| it >= Precedence::Leaver)
    }

    /// How many operators it takes.
    pub fn operators_needed(&self) -> usize {
        if self.is_grave() { OPERATORS_AGAINST_GRAVE } else { 1 }
    }

    /// Whether nothing comes of it, given what was said of the target before.
    pub fn is_idle(&self, keep: Keep, last: Option<&Override>) -> bool {
        keep == Keep::In && self.claims.is_empty() && last.is_none_or(|last| last.keep == Keep::In)
    }

    /// How long it may last.
    pub fn longest(&self) -> SignedDuration {
        if self.is_grave() { LONGEST_AGAINST_GRAVE } else { LONGEST }
    }
}

/// The claims of `person`, in force at `now` or to come, that say otherwise than `keep` at a target.
///
/// What an override of today keeps from counting there is among them: the new one takes its place.
pub fn opposed(
    person: &Person,
    (target, restricting): (&TargetName, &BTreeSet<GroupName>),
    keep: Keep,
    now: Timestamp,
) -> Opposed {
    let person = without_override(person, target);
    let hearing = person.mutes.hearing(target, now);
    let mut opposed = Opposed::default();
    for instance in &person.claims {
        let spans = hearing.spans(instance, &person.claims).into_iter();
        let spans = spans.filter(|span| span.ends(now).is_none_or(|ends| now < ends));
        // What a rule only observes asks for nothing.
        let spans = spans.filter(|span| !span.assertion.observed);
        let against = spans.filter(|span| {
            let mut wants = wish::stages(span, now).map(|(_, want)| want);
            let precedence = span.assertion.precedence;
            wants.any(|want| is_against(want, precedence, (target, restricting), keep))
        });
        let weightiest = against.map(|span| span.assertion.precedence).max();
        if weightiest.is_some() {
            opposed.precedence = opposed.precedence.max(weightiest);
            let all = person.claims.iter();
            let wide = all.filter(|it| instance.is_covered_by(it)).chain([instance]);
            let new = wide.filter(|it| !opposed.claims.contains(it)).cloned();
            let new: Vec<Instance> = new.collect();
            opposed.claims.extend(new);
        }
    }
    opposed
}

fn without_override(person: &Person, target: &TargetName) -> Person {
    let mut person = person.clone();
    person.mutes.lift(|it| it.is_of_an_override_at(target));
    person
}

fn is_against(
    want: &Want,
    precedence: Precedence,
    (target, restricting): (&TargetName, &BTreeSet<GroupName>),
    keep: Keep,
) -> bool {
    if want.target.as_ref().is_some_and(|only| only != target) {
        return false;
    }
    want.sayings().any(|(facet, wanted)| match (keep, &facet, wanted) {
        (Keep::In, _, Wanted::Account(presence)) => presence == Presence::Absent,
        (Keep::In, _, Wanted::Active(active)) => !active,
        (Keep::In, Facet::Group(group), Wanted::Group(Membership::Member)) => {
            restricting.contains(group)
        }
        // Who moves to other work leaves groups, and is not kept out by that.
        (Keep::In, Facet::Group(group), Wanted::Group(Membership::Outside)) => {
            !restricting.contains(group) && precedence > Precedence::Profile
        }
        (Keep::Out, _, Wanted::Account(presence)) => presence == Presence::Present,
        (Keep::Out, _, Wanted::Active(active)) => active,
        (Keep::In | Keep::Out, _, Wanted::Group(_) | Wanted::Attribute(_)) => false,
    })
}

/// Whether a person's accounts are to be reasserted.
pub fn is_meant(person: &Person, meant: &Reasserted, now: Timestamp) -> bool {
    let is_named = |people: &Many<PersonRef>| people.iter().any(|it| person.has_been(it.id()));
    meant.persons().is_none_or(is_named)
        && meant.rule().is_none_or(|rule| is_of_rule(person, rule, now))
}

/// Whether a rule's word on a person counts, or will.
fn is_of_rule(person: &Person, rule: &RuleName, now: Timestamp) -> bool {
    let all = &person.claims;
    let spans = all.iter().flat_map(|claim| person.mutes.spans_anywhere(claim, all, now));
    let mut live = spans.filter(|span| span.ends(now).is_none_or(|ends| now < ends));
    live.any(|span| span.assertion.rule == *rule)
}
