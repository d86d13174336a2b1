//! The promises of `docs/design.md` that can be read off what a world has committed.
//!
//! Everything here looks from outside: at the audit as a `read_committed` reader sees it, at the
//! positions from which owners read on, at the calls that leave. No engine state is opened.

use super::company::Content;
use super::decisions::{fits, read_again};
use super::fact::Name;
use super::log::PartitionName;
use super::positions::Progress;
use crate::host::Breach;
use crate::model::code::WrittenCode;
use crate::model::decision::Why;
use crate::model::{
    AuditEntry, Commit, Decision, DecisionRecord, EventPosition, NoteWord, PersonId, Position,
    ResultWord, TargetName,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A promise that was broken.
#[derive(Clone, Debug)]
pub struct Violation {
    pub invariant: Invariant,
    pub what: String,
    pub person: Option<usize>,
}

/// The promises, by their numbers in `docs/design.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invariant {
    NoLoss,
    Once,
    OneWriter,
    Convergence,
    NoGrantUnderACut,
    Brakes,
    OrderFree,
    Bounded,
    /// No result says more than was read after its last write.
    Truth,
    /// No field is written of which no claim speaks.
    Rest,
    /// Nothing is tried more often than its pauses allow.
    Pauses,
    /// Nobody is touched for somebody else's sake.
    WrongPerson,
    /// Whoever waits for long is told of.
    Progress,
    /// What takes access leaves at once if nothing is in its way.
    Lateness,
    /// Usher makes no group twice, and none that nobody is written ahead to wait for.
    OneGroup,
    /// A command does what it says, once, if it is one; what is none does nothing.
    Commands,
    /// The engine broke the rules of its own interface.
    Contract,
}

impl Invariant {
    pub fn name(self) -> &'static str {
        match self {
            Self::NoLoss => "1 no loss",
            Self::Once => "2 once",
            Self::OneWriter => "3 one writer",
            Self::Convergence => "4 convergence",
            Self::NoGrantUnderACut => "5 no grant under a cut",
            Self::Brakes => "6 brakes",
            Self::OrderFree => "7 order-free",
            Self::Bounded => "8 bounded and explained",
            Self::Truth => "9 truth",
            Self::Rest => "10 rest",
            Self::Pauses => "11 pauses",
            Self::WrongPerson => "12 the right person",
            Self::Progress => "13 progress",
            Self::Lateness => "14 in time",
            Self::OneGroup => "15 one group of a name",
            Self::Commands => "16 commands",
            Self::Contract => "the engine's contract",
        }
    }

    pub fn broken(self, person: Option<usize>, what: impl Into<String>) -> Violation {
        Violation { invariant: self, what: what.into(), person }
    }
}

/// The contract between a shard and whoever runs it is broken.
pub(super) fn breach(breach: Breach) -> Violation {
    Invariant::Contract.broken(None, breach.to_string())
}

/// Of one person at one target: what the audit says of each revision.
pub type Revisions = BTreeMap<u64, ResultWord>;

/// A revision whose account was not found, or not for certain.
#[derive(Clone, Debug)]
pub struct LookedFor {
    pub(super) revision: u64,
    pub(super) code: WrittenCode,
    pub(super) since: Timestamp,
}

/// Everything that was committed, as a reader of the audit sees it.
#[derive(Debug, Default)]
pub struct Audit {
    /// What was written to the inputs, by position.
    pub(super) written: BTreeMap<EventPosition, Content>,
    /// Where the facts about each person stand.
    pub(super) about: BTreeMap<usize, BTreeSet<EventPosition>>,
    pub(super) decided: BTreeMap<EventPosition, Decision>,
    /// Under which id of a person an event was decided.
    pub(super) decided_as: BTreeMap<EventPosition, PersonId>,
    pub(super) parked: BTreeSet<EventPosition>,
    /// What was parked, and was read again since; and counts.
    pub(super) reread: BTreeSet<EventPosition>,
    pub(super) people: BTreeMap<PersonId, usize>,
    /// Names of which operators have said that they are one person's, each time.
    pub(super) links: Vec<BTreeSet<Name>>,
    /// Who shares a name with somebody from whom operators have parted them.
    pub(super) parted: BTreeSet<usize>,
    pub(super) results: BTreeMap<(PersonId, TargetName), Revisions>,
    pub(super) notes: BTreeMap<(PersonId, TargetName), (u64, NoteWord)>,
    /// The last revision that was said to be held, and why, whatever was said of it after.
    pub(super) held: BTreeMap<(PersonId, TargetName), (u64, Why)>,
    /// The same of the last revision whose account was looked for in vain.
    pub(super) unverified: BTreeMap<(PersonId, TargetName), LookedFor>,
    pub(super) progress: Progress,
    /// Of which revisions something was said before they ended.
    noted: BTreeSet<(PersonId, TargetName, u64)>,
}

impl Audit {
    /// A record was appended to an input.
    pub fn appended(&mut self, name: &PartitionName, offset: i64, items: &[Content]) {
        for (index, item) in (0..).zip(items) {
            let position = position(name, offset, index);
            if let Content::Fact(fact) = item {
                self.about.entry(fact.person).or_default().insert(position.clone());
            }
            self.written.insert(position, item.clone());
        }
    }

    /// A transaction came in; each line of its audit is checked against all that came before.
    pub fn committed(&mut self, commit: &Commit) -> Result<(), Violation> {
        let read_again: BTreeSet<&EventPosition> = read_again(commit).collect();
        for parked in &commit.parked {
            let is_new = self.parked.insert(parked.position.clone());
            if !is_new && !read_again.contains(&parked.position) {
                let what = format!("{} was parked twice", show(&parked.position));
                return Err(Invariant::Once.broken(None, what));
            }
            self.is_parked_rightly(parked)?;
        }
        for entry in &commit.audit {
            match entry {
                AuditEntry::Decision(record) => self.decided(record)?,
                AuditEntry::Result(record) => {
                    self.is_warranted(record)?;
                    let key = (record.person.clone(), record.target.clone());
                    let person = self.people.get(&record.person).copied();
                    let revisions = self.results.entry(key).or_default();
                    if let Some(before) = revisions.insert(record.revision, record.word) {
                        let what = format!(
                            "revision {} at {} has two final results: {before:?}, then {:?}",
                            record.revision, record.target, record.word
                        );
                        return Err(Invariant::Once.broken(person, what));
                    }
                }
                AuditEntry::Command(_) => {}
                AuditEntry::Reading(record) => {
                    let what = format!(
                        "{} is read for {} ({}), and nothing happened to the topic",
                        record.position, record.expected_offset, record.why.code
                    );
                    return Err(Invariant::NoLoss.broken(None, what));
                }
                AuditEntry::Note(record) => {
                    let key = (record.person.clone(), record.target.clone());
                    self.noted.insert((key.0.clone(), key.1.clone(), record.revision));
                    if matches!(record.word, NoteWord::Held | NoteWord::Protected) {
                        let held = (record.revision, record.why.clone());
                        self.held.insert(key.clone(), held);
                    }
                    if record.word == NoteWord::Unverified {
                        let before = self.unverified.get(&key);
                        let before = before.filter(|it| it.revision == record.revision);
                        let since = before.map_or(record.at, |it| it.since);
                        let (revision, code) = (record.revision, record.why.code.clone());
                        self.unverified.insert(key.clone(), LookedFor { revision, code, since });
                    }
                    self.notes.insert(key, (record.revision, record.word));
                }
            }
        }
        self.is_of_one_piece(commit)
    }

    /// A parked event was read again, and counts: this is what is written there from here on.
    pub(super) fn read_again(&mut self, place: &EventPosition, content: Content) {
        if let Content::Fact(fact) = &content {
            self.about.entry(fact.person).or_default().insert(place.clone());
        }
        self.written.insert(place.clone(), content);
        self.reread.insert(place.clone());
    }

    fn decided(&mut self, record: &DecisionRecord) -> Result<(), Violation> {
        let place = show(&record.position);
        let Some(content) = self.written.get(&record.position) else {
            let what = format!("{place} was decided and never written");
            return Err(Invariant::NoLoss.broken(None, what));
        };
        let concerned = whom(content);
        // What it was mended to is known to whoever keeps the commands; and whose a name is, operators may
        // have said.
        let is_said =
            matches!(content, Content::Ambiguous(fact) if self.parted.contains(&fact.person));
        if record.replayed_by.is_none() && !is_said {
            fits(content, &record.decision).map_err(|what| {
                let what = format!("{place} was decided wrongly: {what}");
                Invariant::NoLoss.broken(concerned, what)
            })?;
        }
        if let Content::Fact(fact) = content {
            self.is_overtaken_rightly(fact, record)?;
        }
        if let (Some(number), Some(id)) = (concerned, &record.person) {
            self.is_the_same_person(number, id)?;
            self.decided_as.insert(record.position.clone(), id.clone());
        }
        self.progress.decided(&record.position);
        let decision = record.decision.clone();
        let before = self.decided.insert(record.position.clone(), decision);
        match before {
            Some(Decision::Parked(_) | Decision::Skipped(_)) if record.replayed_by.is_some() => {
                Ok(())
            }
            Some(before) => {
                let (first, second) = (before.word(), record.decision.word());
                let what = format!("{place} was decided twice: {first}, then {second}");
                Err(Invariant::Once.broken(concerned, what))
            }
            None => Ok(()),
        }
    }

    /// Somebody may be known by several ids until a source links their names; no id is two people's.
    fn is_the_same_person(&mut self, number: usize, id: &PersonId) -> Result<(), Violation> {
        let known = *self.people.entry(id.clone()).or_insert(number);
        if known == number {
            return Ok(());
        }
        let what = format!("person {number} is {id}, which was person {known}");
        Err(Invariant::NoLoss.broken(Some(number), what))
    }

    /// Whether anything was said of a revision before its end, under whatever id.
    pub(super) fn has_noted(&self, (id, target): &(PersonId, TargetName), revision: u64) -> bool {
        let number = self.people.get(id);
        self.noted.iter().any(|(noted, at, of)| {
            *of == revision && at == target && (noted == id || self.people.get(noted) == number)
        })
    }

    /// At rest the revisions of each person have no gap, and none is without its final result
    /// but one that is held, or looked for until tomorrow.
    pub fn every_revision_has_ended(&self, now: Timestamp) -> Result<(), Violation> {
        for ((id, target), revisions) in &self.results {
            let mut expected = 1;
            for revision in revisions.keys() {
                if *revision != expected {
                    let person = self.people.get(id).copied();
                    let what = format!("revision {expected} at {target} has no final result");
                    return Err(Invariant::Once.broken(person, what));
                }
                expected += 1;
            }
            let key = (id.clone(), target.clone());
            if let Some((revision, word)) = self.notes.get(&key)
                && *revision >= expected
                && self.held.get(&key).map(|(held, _)| held) != Some(revision)
                && !self.is_looked_for_until_tomorrow(&key, now)
            {
                let person = self.people.get(id).copied();
                let what = format!("revision {revision} at {target} ended in a note: {word:?}");
                return Err(Invariant::Once.broken(person, what));
            }
        }
        Ok(())
    }
}

/// The person whom an item is about, in truth.
pub fn whom(content: &Content) -> Option<usize> {
    match content {
        Content::Fact(fact) | Content::Unruly(fact) | Content::Slip(fact, _) => Some(fact.person),
        Content::Ambiguous(_) | Content::Machine(_) | Content::Garbage | Content::Nothing => None,
    }
}

pub fn position(name: &PartitionName, offset: i64, index: u32) -> EventPosition {
    EventPosition {
        record: Position {
            topic: name.topic.clone(),
            generation: 0,
            partition: name.partition,
            offset,
        },
        index,
    }
}

pub fn show(position: &EventPosition) -> String {
    format!("{}#{}", position.record, position.index)
}
