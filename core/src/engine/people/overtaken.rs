//! A word behind another that is dated later than it is now: a clock of a source is fast.
//!
//! Of each source the latest word counts, so a rehire that says it was made in an hour outranks every
//! termination until then, and such a termination every rehire. What is lost behind it is no ordinary
//! old news, and somebody must look at it. It is taken in as it would be without that: what is kept of
//! a person depends on what was said alone, and never on whether it was told in time.

use crate::engine::people::fold::{self, Folded};
use crate::engine::said::claims::takes_access;
use crate::engine::state::Person;
use crate::model::claim::{ClaimName, Statement};
use crate::model::decision::Decision;
use crate::model::event::Event;
use crate::model::position::EventPosition;
use jiff::Timestamp;

/// What a word of a time to come does to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Overtaken {
    /// Nothing comes of it.
    Lost,
    /// It is over before its time, or part of it is lost.
    Partly,
    /// It gives access, and who is out stays out.
    NotGiven,
}

/// What would come of an event if nobody had said anything of a time to come.
pub(in crate::engine) struct Foreseen {
    person: Person,
    /// The claims that it would change.
    claims: Vec<ClaimName>,
    takes_access: bool,
    now: Timestamp,
}

/// Folds an event into what `person` would be without words that are dated later than `now`; `None` if
/// there is none.
pub(in crate::engine) fn foresee(
    person: &Person,
    (event, position): (&Event, &EventPosition),
    statements: &[Statement],
    now: Timestamp,
) -> Option<Foreseen> {
    let is_of_a_time_to_come = person.said().any(|(_, key)| key.time > now);
    if !is_of_a_time_to_come {
        return None;
    }
    let takes_access = event.kind.takes_access();
    let mut person = person.clone();
    forget_after(&mut person, now);
    let speak_of_claims = |it: &&Statement| !matches!(it, Statement::Profile { .. });
    let statements = statements.iter().filter(speak_of_claims).cloned().collect();
    let Folded { effects, .. } = fold::fold(&mut person, event, position, statements);
    let changed = effects.into_iter().filter(|effect| effect.decision != Decision::Stale);
    let claims = changed.map(|effect| effect.claim).collect();
    Some(Foreseen { person, claims, takes_access, now })
}

impl Foreseen {
    /// Compares with what has come of the event: `decision`, and what is kept of `person`.
    pub(in crate::engine) fn judge(
        &self,
        person: &Person,
        decision: &Decision,
    ) -> Option<Overtaken> {
        let (now, wanted) = (self.now, &self.person);
        // Whether the first is out when the second is not, or in when the first is not.
        let is_more_out = |first: &Person, second: &Person, claim: &ClaimName| {
            let [first, second] =
                [first, second].map(|one| move |takes| times(one, claim, takes, now));
            !is_within(&first(true), &second(true), now)
                || !is_within(&second(false), &first(false), now)
        };
        let mut claims = self.claims.iter();
        if !self.takes_access {
            let stays_out = claims.any(|claim| is_more_out(person, wanted, claim));
            return stays_out.then_some(Overtaken::NotGiven);
        }
        claims.any(|claim| is_more_out(wanted, person, claim)).then_some(match decision {
            Decision::Stale => Overtaken::Lost,
            Decision::Asserted
            | Decision::Extended
            | Decision::Withdrew
            | Decision::Duplicate
            | Decision::Skipped(_)
            | Decision::Parked(_) => Overtaken::Partly,
        })
    }
}

/// From when, and until when.
type Times = (Timestamp, Timestamp);

/// When something under the name `claim` takes access, or gives it.
fn times(person: &Person, claim: &str, takes: bool, now: Timestamp) -> Vec<Times> {
    let instances = person.claims.iter().filter(|one| one.name == claim);
    let spans = instances.flat_map(|one| one.spans(&person.claims));
    let of_kind = spans.filter(|span| takes_access(span.assertion) == takes);
    of_kind.map(|span| (span.begins(now), span.ends(now).unwrap_or(Timestamp::MAX))).collect()
}

/// Whether each of `inner` that is not over by `now` lies in one of `outer`.
fn is_within(inner: &[Times], outer: &[Times], now: Timestamp) -> bool {
    let lies_in = |(from, until): &Times| {
        outer.iter().any(|(begins, ends)| begins.max(&now) <= from.max(&now) && until <= ends)
    };
    inner.iter().filter(|(_, until)| *until > now).all(lies_in)
}

/// Leaves what was said until `now`.
fn forget_after(person: &mut Person, now: Timestamp) {
    for instances in [&mut person.claims, &mut person.employments] {
        for one in instances.iter_mut() {
            one.marks.retain(|mark| mark.key.time <= now);
        }
        instances.retain(|one| !one.marks.is_empty());
    }
    person.last_words.retain(|last| last.key.time <= now);
    person.forgotten.retain(|_, heard| *heard <= now);
}
