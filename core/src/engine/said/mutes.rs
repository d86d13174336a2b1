//! Words on claims that do not count, because operators have said so.
//!
//! A mute passes over words that were heard when it was said: the rest of the claim is told as if nobody
//! had said them. Whatever is said later counts, also of the same claim. The words themselves stay, and
//! count again when the mute ends or is lifted.

use super::claims::{Instance, Mark, Span, Word};
use crate::command::instruction::CommandId;
use crate::model::claim::{Assertion, By, ClaimName};
use crate::model::event::OrderKey;
use crate::model::ids::TargetName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Mutes kept of one person.
pub const MUTES_MOST: usize = 64;
/// Words that all mutes of one person pass over together.
pub const WORDS_MOST: usize = 256;

/// Who ordered something for a person, by which command, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedBy {
    pub command: CommandId,
    /// The operator who said it first.
    pub operator: String,
    /// The operator's own words.
    pub reason: String,
    pub at: Timestamp,
}

/// The one word of a source: no two words of one claim have the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WordId {
    pub source: String,
    pub key: OrderKey,
}

impl WordId {
    pub fn of(mark: &Mark) -> Self {
        Self { source: mark.source.clone(), key: mark.key.clone() }
    }

    fn is_of(&self, mark: &Mark) -> bool {
        self.source == mark.source && self.key == mark.key
    }
}

/// Some words on one claim instance do not count for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mute {
    pub claim: ClaimName,
    pub by: By,
    /// As they were heard. A word on all instances of a claim stands in the instance that it is of.
    pub words: BTreeSet<WordId>,
    /// Only there; none: at each target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetName>,
    /// The first instant at which they count again; none: when it is lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    pub order: OrderedBy,
}

impl Mute {
    /// Passes over every assertion that was heard so far of `instance`; `None`: there is none.
    pub fn of_all(
        instance: &Instance,
        (target, until): (Option<TargetName>, Option<Timestamp>),
        order: OrderedBy,
    ) -> Option<Self> {
        let asserts = |mark: &&Mark| matches!(mark.word, Word::Assert(_));
        let words: BTreeSet<WordId> =
            instance.marks.iter().filter(asserts).map(WordId::of).collect();
        let (claim, by) = (instance.name.clone(), instance.by.clone());
        (!words.is_empty()).then_some(Self { claim, by, words, target, until, order })
    }

    pub fn is_of(&self, instance: &Instance) -> bool {
        self.claim == instance.name && self.by == instance.by
    }

    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Whether it is part of what this command ordered at one target.
    pub fn is_part_of(&self, command: CommandId, target: &TargetName) -> bool {
        self.order.command == command && self.target.as_ref() == Some(target)
    }

    /// Whether an override there has muted it: an undo has no end.
    pub fn is_of_an_override_at(&self, target: &TargetName) -> bool {
        self.until.is_some() && self.target.as_ref() == Some(target)
    }

    /// Whether it counts there.
    pub fn is_for(&self, target: &TargetName) -> bool {
        self.target.as_ref().is_none_or(|only| only == target)
    }

    fn passes_over(&self, instance: &Instance, mark: &Mark) -> bool {
        self.is_of(instance) && self.words.iter().any(|word| word.is_of(mark))
    }
}

/// More mutes than a person's record takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyMutes;

/// All mutes of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mutes(Vec<Mute>);

impl Mutes {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Mute> {
        self.0.iter()
    }

    /// Adds all of `mutes`.
    ///
    /// # Errors
    ///
    /// If they are too many; then none is added.
    pub fn add(&mut self, mutes: Vec<Mute>) -> Result<(), TooManyMutes> {
        let words = self.0.iter().chain(&mutes).map(|mute| mute.words.len()).sum::<usize>();
        if self.0.len() + mutes.len() > MUTES_MOST || words > WORDS_MOST {
            return Err(TooManyMutes);
        }
        self.0.extend(mutes);
        Ok(())
    }

    /// Ends those that are meant. Says how many there were.
    pub fn lift(&mut self, is_meant: impl Fn(&Mute) -> bool) -> usize {
        let before = self.0.len();
        self.0.retain(|mute| !is_meant(mute));
        before - self.0.len()
    }

    /// Takes in what was muted of another record of the same person.
    pub fn unite(&mut self, other: &Self) {
        let new = other.0.iter().filter(|mute| !self.0.contains(mute)).cloned();
        let new: Vec<Mute> = new.collect();
        self.0.extend(new);
    }

    /// Forgets mutes of claims of which nothing is kept any more.
    pub fn forget_without(&mut self, claims: &[Instance]) {
        self.0.retain(|mute| claims.iter().any(|claim| mute.is_of(claim)));
    }

    /// What was muted at a target is so under its new name.
    pub fn rename(&mut self, former: &TargetName, name: &TargetName) -> bool {
        let mut renamed = false;
        for mute in self.0.iter_mut().filter(|mute| mute.target.as_ref() == Some(former)) {
            mute.target = Some(name.clone());
            renamed = true;
        }
        renamed
    }

    /// The same, where claims have other names.
    #[must_use]
    pub fn renamed<'a, Names>(&self, names: impl Fn(&ClaimName) -> Names) -> Self
    where
        Names: IntoIterator<Item = &'a ClaimName>,
    {
        let told = |mute: &Mute| {
            let of = |claim: &ClaimName| Mute { claim: claim.clone(), ..mute.clone() };
            names(&mute.claim).into_iter().map(of).collect::<Vec<_>>()
        };
        Self(self.0.iter().flat_map(told).collect())
    }

    /// When they end.
    pub fn edges(&self) -> impl Iterator<Item = Timestamp> {
        self.0.iter().filter_map(|mute| mute.until)
    }

    /// When an instance is in force at any target, whatever is muted there, and when it would be if nothing
    /// were: what a muted word has ended goes on, and what it has taken back begins.
    pub fn spans_anywhere<'b>(
        &self,
        instance: &'b Instance,
        all: &'b [Instance],
        now: Timestamp,
    ) -> Vec<Span<'b>> {
        if self.0.is_empty() {
            return instance.spans(all);
        }
        let mut spans: Vec<Span<'b>> = Vec::new();
        for span in self.hearings(now).iter().flat_map(|heard| heard.spans(instance, all)) {
            if !spans.contains(&span) {
                spans.push(span);
            }
        }
        spans
    }

    /// What counts at an instant at each target that has mutes of its own and at the others, and what would
    /// if nothing were muted.
    pub fn hearings(&self, now: Timestamp) -> Vec<Hearing<'_>> {
        let in_force = || self.0.iter().filter(|mute| mute.is_in_force(now));
        let mut hearings = vec![Hearing::default()];
        if in_force().next().is_some() {
            hearings.push(Hearing(in_force().filter(|mute| mute.target.is_none()).collect()));
        }
        let targets: BTreeSet<&TargetName> =
            in_force().filter_map(|mute| mute.target.as_ref()).collect();
        hearings.extend(targets.into_iter().map(|target| self.hearing(target, now)));
        hearings
    }

    /// What counts at a target at an instant.
    pub fn hearing(&self, target: &TargetName, now: Timestamp) -> Hearing<'_> {
        let counts = |mute: &&Mute| mute.is_for(target) && mute.is_in_force(now);
        Hearing(self.0.iter().filter(counts).collect())
    }
}

/// The mutes that count at one target at one instant.
#[derive(Clone, Debug, Default)]
pub struct Hearing<'a>(Vec<&'a Mute>);

impl<'a> Hearing<'a> {
    /// When an instance is in force, given all instances of its person and what is passed over.
    pub fn spans<'b>(&self, instance: &'b Instance, all: &'b [Instance]) -> Vec<Span<'b>> {
        if self.0.is_empty() {
            return instance.spans(all);
        }
        instance.spans_of(all, |owner, mark| self.mute_of(owner, mark).is_none())
    }

    /// The same, and besides when it would be in force by what is passed over, each with its mute.
    pub fn all_spans<'b>(
        &self,
        instance: &'b Instance,
        all: &'b [Instance],
    ) -> Vec<(Span<'b>, Option<&'a Mute>)> {
        let heard = self.spans(instance, all).into_iter().map(|span| (span, None));
        let mut spans: Vec<_> = heard.collect();
        if !self.0.is_empty() {
            let passed_over = instance.spans(all).into_iter().filter_map(|span| {
                let mute = self.mute_of_assertion(all, span.assertion)?;
                Some((span, Some(mute)))
            });
            spans.extend(passed_over);
        }
        spans
    }

    /// Whether something else that the event of this word has said is passed over.
    pub fn passes_over_event_of(&self, mark: &Mark) -> bool {
        self.0.iter().any(|mute| mute.words.iter().any(|word| word.is_of(mark)))
    }

    fn mute_of(&self, owner: &Instance, mark: &Mark) -> Option<&'a Mute> {
        self.0.iter().copied().find(|mute| mute.passes_over(owner, mark))
    }

    fn mute_of_assertion(&self, all: &[Instance], assertion: &Assertion) -> Option<&'a Mute> {
        let is_it = |mark: &&Mark| match &mark.word {
            Word::Assert(own) => std::ptr::eq(&raw const **own, assertion),
            Word::Withdraw { .. } => false,
        };
        all.iter().find_map(|owner| {
            let mark = owner.marks.iter().find(is_it)?;
            self.mute_of(owner, mark)
        })
    }
}
