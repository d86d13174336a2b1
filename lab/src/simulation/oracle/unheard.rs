//! What operators have said of a person: which words do not count, and whether the person is kept out.

use super::claims::{Claim, words_against};
use crate::simulation::fact::Fact;
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

    /// Neither these words count nor those.
    pub fn add(&mut self, other: &Self) {
        self.words.extend(other.words.iter().cloned());
        self.events.extend(other.events.iter().cloned());
        self.is_kept_out |= other.is_kept_out;
    }
}

/// By what an event is known again.
pub fn event(fact: &Fact) -> EventId {
    (fact.source.clone(), fact.id.clone())
}
