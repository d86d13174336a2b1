//! What a reader of the audit knows of a person: facts, ids, results.

use super::checks::Audit;
use super::company::Content;
use super::fact::Fact;
use super::oracle::identity::{Part, parts};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::{EventPosition, NoteWord, PersonId, ResultWord, TargetName};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// For how long an account is looked for: minutes, an hour, a day, and the calls.
const LOOKED_FOR: SignedDuration = SignedDuration::from_hours(26);

impl Audit {
    /// The facts about `person` among the positions that `counts` lets pass, each once.
    pub fn facts(&self, person: usize, counts: impl Fn(&EventPosition) -> bool) -> Vec<&Fact> {
        let mut seen = BTreeSet::new();
        self.told(person, counts)
            .map(|(_, fact)| fact)
            .filter(|fact| seen.insert((&fact.source, &fact.id)))
            .collect()
    }

    fn told(
        &self,
        person: usize,
        counts: impl Fn(&EventPosition) -> bool,
    ) -> impl Iterator<Item = (&EventPosition, &Fact)> {
        let about = self.about.get(&person).into_iter().flatten();
        about.filter(move |position| counts(position)).filter_map(|position| {
            match self.written.get(position)? {
                Content::Fact(fact) => Some((position, fact)),
                Content::Ambiguous(_)
                | Content::Machine(_)
                | Content::Unruly(_)
                | Content::Slip(..)
                | Content::Garbage
                | Content::Nothing => None,
            }
        })
    }

    /// Of the facts that count those that are known to be about the same as what was decided under
    /// this id; none if it is not known whom of several it is.
    pub fn facts_as(
        &self,
        person: usize,
        id: Option<&PersonId>,
        counts: impl Fn(&EventPosition) -> bool + Copy,
    ) -> Vec<&Fact> {
        let facts = self.facts(person, counts);
        let mut all = parts(&facts, &self.links);
        if all.len() < 2 {
            return facts;
        }
        let Some(id) = id else { return Vec::new() };
        let own: BTreeSet<(&str, &str)> = self
            .told(person, counts)
            .filter(|(position, _)| self.decided_as.get(position) == Some(id))
            .map(|(_, fact)| (fact.source.as_str(), fact.id.as_str()))
            .collect();
        let is_own = |part: &mut Part<'_>| {
            part.facts.iter().any(|fact| own.contains(&(fact.source.as_str(), fact.id.as_str())))
        };
        all.extract_if(.., is_own).next().map(|part| part.facts).unwrap_or_default()
    }

    /// Every position that is decided.
    pub fn decided_positions(&self) -> BTreeSet<EventPosition> {
        self.decided.keys().cloned().collect()
    }

    pub fn is_decided(&self, position: &EventPosition) -> bool {
        self.decided.contains_key(position)
    }

    pub fn person(&self, id: &PersonId) -> Option<usize> {
        self.people.get(id).copied()
    }

    /// The ids by which a person is or was known.
    fn ids(&self, person: usize) -> impl Iterator<Item = &PersonId> {
        self.people.iter().filter(move |(_, number)| **number == person).map(|(id, _)| id)
    }

    /// Whether the last that was said of a person is that nothing can be done.
    pub fn is_stuck(&self, person: usize, target: &TargetName) -> bool {
        self.ids(person).any(|id| {
            let revisions = self.results.get(&(id.clone(), target.clone()));
            let last = revisions.and_then(|revisions| revisions.last_key_value());
            last.is_some_and(|(_, word)| *word == ResultWord::Failed)
        })
    }

    /// Why the person's last revision waits for somebody, if it does.
    pub fn held(&self, person: usize, target: &TargetName) -> Option<Code> {
        self.held_row(person, target)?.code.known()
    }

    /// What the row of whoever waits for somebody says.
    pub fn held_text(&self, person: usize, target: &TargetName) -> Option<&str> {
        self.held_row(person, target).map(|why| why.text.as_str())
    }

    /// Whether the row of whoever waits for somebody names an attribute, or a group, that was left out.
    pub fn held_names(&self, person: usize, target: &TargetName, left_out: &str) -> bool {
        self.held_row(person, target).is_some_and(|why| why.text.contains(left_out))
    }

    fn held_row(&self, person: usize, target: &TargetName) -> Option<&Why> {
        self.ids(person).find_map(|id| {
            let key = (id.clone(), target.clone());
            let (held, why) = self.held.get(&key)?;
            let revisions = self.results.get(&key);
            let ended = revisions.and_then(|revisions| revisions.last_key_value());
            let ended = ended.map_or(0, |(revision, _)| *revision);
            // Who is looked for again waits for nobody's word any more.
            let is_over = self.notes.get(&key) == Some(&(*held, NoteWord::Unverified));
            (*held > ended && !is_over).then_some(why)
        })
    }

    /// Whether the account of the person's last revision was not found for one of these reasons, and is
    /// looked for again: in minutes, in an hour, tomorrow.
    pub fn is_looked_for(&self, person: usize, target: &TargetName, codes: &[Code]) -> bool {
        self.ids(person).any(|id| {
            let key = (id.clone(), target.clone());
            let revisions = self.results.get(&key);
            let ended = revisions.and_then(|revisions| revisions.last_key_value());
            let ended = ended.map_or(0, |(revision, _)| *revision);
            self.unverified
                .get(&key)
                .is_some_and(|it| it.revision > ended && codes.iter().any(|code| it.code == *code))
        })
    }

    /// Whether the last revision began so late to look for an account that its last look is still to come:
    /// what failed is tried again each day, and may find nothing one day that it found the day before.
    pub fn is_looked_for_until_tomorrow(
        &self,
        key: &(PersonId, TargetName),
        now: Timestamp,
    ) -> bool {
        let ended = self.results.get(key).and_then(|revisions| revisions.last_key_value());
        let ended = ended.map_or(0, |(revision, _)| *revision);
        let looked_for = self.unverified.get(key).filter(|it| it.revision > ended);
        looked_for.is_some_and(|it| now.duration_since(it.since) < LOOKED_FOR)
    }

    /// Results so far.
    pub fn results(&self) -> usize {
        self.results.values().map(BTreeMap::len).sum()
    }
}
