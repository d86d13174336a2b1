//! What operators have said of a person: which words do not count, and whether the person is kept out.

use super::claims::{Claim, words_against};
use crate::simulation::fact::{Deed, Fact};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// An event, by its source and its id.
pub type EventId = (String, String);

/// What stands against keeping somebody in.
const AGAINST: [Claim; 3] = [Claim::Terminated, Claim::Leave, Claim::Quarantine];

/// Words that do not count, and what counts above all words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unheard {
    words: BTreeSet<(Claim, EventId)>,
    /// Of these nothing counts, neither what they begin nor what they end.
    events: BTreeSet<EventId>,
    pub is_kept_out: bool,
}

/// The facts that are told, and what of them does not count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard<'a> {
    pub facts: &'a [&'a Fact],
    pub without: &'a Unheard,
}

impl Unheard {
    /// The words that an operator passes over who keeps somebody in from now on.
    pub fn against(facts: &[&Fact], without: &Self, now: Timestamp) -> Self {
        let heard = Heard { facts, without };
        let words = AGAINST.into_iter().flat_map(|claim| {
            let words = words_against(claim, heard, now);
            words.into_iter().map(move |fact| (claim, event(fact)))
        });
        Self { words: words.collect(), ..Self::default() }
    }

    /// Somebody is kept out, whatever is said.
    pub fn kept_out() -> Self {
        Self { is_kept_out: true, ..Self::default() }
    }

    /// What an event has said is undone.
    pub fn of_event(id: EventId) -> Self {
        Self { events: BTreeSet::from([id]), ..Self::default() }
    }

    /// What a rule has begun since an instant is undone: what was said since, and what began to count
    /// since though it was said before. Which rule ended something is not kept.
    pub fn of_rule(rule: &str, since: Timestamp, facts: &[&Fact]) -> Self {
        let begun = facts.iter().filter_map(|fact| {
            let (claim, from) = begun_by(fact.deed, rule)?;
            (from.unwrap_or(fact.time).max(fact.time) >= since).then(|| (claim, event(fact)))
        });
        Self { words: begun.collect(), ..Self::default() }
    }

    /// Whether a word on a claim counts. The end of an employment counts as little as the termination
    /// that the same event has said.
    pub(super) fn lets(&self, (claim, begins): (Claim, bool), fact: &Fact) -> bool {
        // That an employment has begun is no claim.
        if claim != Claim::Begun && self.events.contains(&event(fact)) {
            return false;
        }
        let is_said_by_it = |(of, id): &(Claim, EventId)| {
            *id == event(fact) && (*of == claim || claim == Claim::Ended)
        };
        !begins || !self.words.iter().any(is_said_by_it)
    }

    /// Whether it takes two operators to keep somebody in against these words.
    pub fn is_grave(&self) -> bool {
        self.words.iter().any(|(claim, _)| *claim != Claim::Leave)
    }

    /// Whether whoever has passed over the other has passed over this too: of what was said then, some
    /// may have been undone since, and what a source said before a word that was passed over adds nothing.
    pub fn is_within(&self, other: &Self, facts: &[&Fact]) -> bool {
        let fact_of = |id: &EventId| facts.iter().find(|fact| event(fact) == *id);
        let is_overtaken = |(claim, id): &(Claim, EventId)| {
            let later = other.words.iter().filter(|(of, later)| of == claim && later.0 == id.0);
            let mut pairs = later.filter_map(|(_, later)| fact_of(id).zip(fact_of(later)));
            pairs.any(|(fact, later)| fact.time < later.time && fact.is_of_one_matter(later))
        };
        self.words.iter().all(|word| other.words.contains(word) || is_overtaken(word))
            && self.events.is_subset(&other.events)
            && self.is_kept_out == other.is_kept_out
    }

    /// Neither these words count nor those.
    pub fn add(&mut self, other: &Self) {
        self.words.extend(other.words.iter().cloned());
        self.events.extend(other.events.iter().cloned());
        self.is_kept_out |= other.is_kept_out;
    }
}

/// Which claim a rule begins by what has happened, and from when on, if that is said.
fn begun_by(deed: Deed, rule: &str) -> Option<(Claim, Option<Timestamp>)> {
    let (of, begun) = match deed {
        Deed::Terminated { from } => ("terminated", (Claim::Terminated, Some(from))),
        Deed::AccessRevoked => ("terminated", (Claim::Terminated, None)),
        Deed::RiskRaised { level: "high" | "critical" } | Deed::CredentialCompromised => {
            ("quarantine", (Claim::Quarantine, None))
        }
        Deed::Hired { .. }
        | Deed::HireCancelled
        | Deed::Updated { .. }
        | Deed::Transferred { .. }
        | Deed::Converted { .. }
        | Deed::TerminationCancelled
        | Deed::Rehired { .. }
        | Deed::RehireCancelled
        | Deed::LeaveStarted { .. }
        | Deed::LeaveEnded
        | Deed::HoldChanged { .. }
        | Deed::RiskRaised { .. }
        | Deed::RiskCleared => return None,
    };
    (of == rule).then_some(begun)
}

/// By what an event is known again.
pub fn event(fact: &Fact) -> EventId {
    (fact.source.clone(), fact.id.clone())
}
