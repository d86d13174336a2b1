//! Which words on a person's claims are meant.

use crate::command::instruction::{CommandId, Undone};
use crate::engine::said::claims::{Instance, Mark, Word};
use crate::engine::said::mutes::{Mute, WordId};
use crate::engine::state::Person;
use crate::model::claim::{Assertion, Precedence, Want};
use crate::model::ids::TargetName;
use crate::model::position::EventPosition;
use std::collections::BTreeSet;

/// Words on one claim instance.
#[derive(Clone, Debug)]
pub(super) struct Meant<'a> {
    pub instance: &'a Instance,
    pub words: Vec<&'a Mark>,
    /// Only there; none: at each target.
    pub target: Option<&'a TargetName>,
}

impl<'a> Meant<'a> {
    /// Whether it may say something about an account at `target`.
    pub(super) fn concerns(&self, target: &TargetName) -> bool {
        let is_there = |want: &Want| want.target.as_ref().is_none_or(|only| only == target);
        let mut words = self.words.iter();
        self.target.is_none_or(|only| only == target)
            && words.any(|mark| match &mark.word {
                Word::Assert(assertion) => wants(assertion).any(is_there),
                // What it has ended may have been about each target.
                Word::Withdraw { .. } => true,
            })
    }

    pub(super) fn ids(&self) -> BTreeSet<WordId> {
        self.words.iter().map(|mark| WordId::of(mark)).collect()
    }

    /// What it asserts.
    pub(super) fn assertions(&self) -> impl Iterator<Item = &'a Assertion> {
        self.words.iter().filter_map(|mark| match &mark.word {
            Word::Assert(assertion) => Some(assertion.as_ref()),
            Word::Withdraw { .. } => None,
        })
    }

    /// The highest precedence among its assertions that are not only observed.
    pub(super) fn precedence(&self) -> Option<Precedence> {
        let asking = self.assertions().filter(|assertion| !assertion.observed);
        asking.map(|assertion| assertion.precedence).max()
    }
}

/// What a claim wants in all its stages.
fn wants(assertion: &Assertion) -> impl Iterator<Item = &Want> {
    std::iter::once(&assertion.want).chain(assertion.then.iter().map(|stage| &stage.want))
}

/// The words that an undo is to pass over. Of a command there are none: what it muted is lifted.
pub(super) fn to_mute<'a>(person: &'a Person, what: &Undone) -> Vec<Meant<'a>> {
    match what {
        Undone::Decision { record, index } => {
            let place = EventPosition { record: record.clone(), index: *index }.digest();
            those(person, |mark| mark.at == Some(place))
        }
        Undone::Event { source, id } => {
            those(person, |mark| mark.source == source.as_str() && mark.key.id == id.as_str())
        }
        Undone::Rule { rule, since } => those(person, |mark| match &mark.word {
            // What was said before and began to count since then is its work, too.
            Word::Assert(assertion) => {
                assertion.rule == *rule && assertion.from.max(mark.key.time) >= *since
            }
            // Which rule ended a claim is not kept.
            Word::Withdraw { .. } => false,
        }),
        Undone::Command { .. } => Vec::new(),
    }
}

/// The words that a command has muted, as far as they are kept.
pub(super) fn muted_by(person: &Person, command: CommandId) -> Vec<Meant<'_>> {
    let mutes = person.mutes.iter().filter(|mute| mute.order.command == command);
    let meant = mutes.filter_map(|mute: &Mute| {
        let instance = person.claims.iter().find(|instance| mute.is_of(instance))?;
        let is_muted = |mark: &&Mark| mute.words.contains(&WordId::of(mark));
        let words = instance.marks.iter().filter(is_muted).collect();
        Some(Meant { instance, words, target: mute.target.as_ref() })
    });
    meant.collect()
}

fn those(person: &Person, is_meant: impl Fn(&Mark) -> bool) -> Vec<Meant<'_>> {
    let meant = person.claims.iter().filter_map(|instance| {
        let words: Vec<&Mark> = instance.marks.iter().filter(|mark| is_meant(mark)).collect();
        (!words.is_empty()).then_some(Meant { instance, words, target: None })
    });
    meant.collect()
}
