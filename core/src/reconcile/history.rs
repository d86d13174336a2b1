//! What was found before: since when, and how many lists have missed somebody.

use super::finding::Kind;
use crate::model::ids::TargetName;
use crate::roster::Stamp;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// The lists of one comparison, by their names.
pub type Round = BTreeMap<String, Stamp>;

/// What is remembered between comparisons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    rounds: Vec<Round>,
    found: BTreeMap<TargetName, HashMap<String, Past>>,
}

/// One finding of before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    pub kind: Kind,
    pub first_seen: Timestamp,
    /// Lists that have missed them, one after the other.
    pub misses: u16,
    /// The round in which they were last missed.
    round: u32,
}

impl History {
    /// What of it is told, or counted by lists; all else is found anew each time.
    #[must_use]
    pub fn to_be_kept(&self) -> Self {
        let Self { rounds, found } = self.clone();
        let is_kept = |past: &Past| match past.kind {
            Kind::Orphaned | Kind::LeftButActive | Kind::Missing | Kind::Drifted => true,
            Kind::Several
            | Kind::Unmanaged
            | Kind::Unused
            | Kind::Service
            | Kind::Administrator
            | Kind::WronglyBound
            | Kind::Ambiguous
            | Kind::Unclear => false,
        };
        let kept = |all: HashMap<String, Past>| {
            all.into_iter().filter(|(_, past)| is_kept(past)).collect::<HashMap<_, _>>()
        };
        let found = found.into_iter().map(|(target, all)| (target, kept(all))).collect();
        Self { rounds, found }
    }
}

/// How this round stands to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Later {
    /// Every list is another one, made long enough after.
    Another,
    /// Some list is the same, or hardly younger: it says nothing new.
    Same,
    /// There are other lists than there were: it is counted from here.
    OtherLists,
}

/// Takes in what is found, and remembers it for the next time.
pub(super) struct Recorder<'a> {
    before: &'a History,
    after: History,
    now: Timestamp,
    later: Vec<Later>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(
        before: &'a History,
        round: Round,
        now: Timestamp,
        between: SignedDuration,
    ) -> Self {
        let later = before.rounds.iter().map(|then| later(then, &round, between)).collect();
        let mut rounds = before.rounds.clone();
        rounds.push(round);
        Self { before, after: History { rounds, found: BTreeMap::new() }, now, later }
    }

    /// Something is found again, or for the first time.
    pub(super) fn note(&mut self, target: &TargetName, kind: Kind, subject: &str) -> Past {
        let key = format!("{}/{subject}", kind.word());
        let this_round = u32::try_from(self.after.rounds.len() - 1).unwrap_or(u32::MAX);
        let first = Past { kind, first_seen: self.now, misses: 1, round: this_round };
        let before = self.before.found.get(target).and_then(|it| it.get(&key));
        let past = before.map_or(first, |past| {
            match self.later.get(past.round as usize).copied().unwrap_or(Later::OtherLists) {
                Later::Another => {
                    Past { misses: past.misses.saturating_add(1), round: this_round, ..*past }
                }
                Later::Same => *past,
                Later::OtherLists => Past { misses: 1, round: this_round, ..*past },
            }
        });
        self.after.found.entry(target.clone()).or_default().insert(key, past);
        past
    }

    /// What could not be looked at stays as it was.
    pub(super) fn keep(&mut self, target: &TargetName, is_unconcluded: impl Fn(Kind) -> bool) {
        let Some(before) = self.before.found.get(target) else { return };
        let kept = before.iter().filter(|(_, past)| is_unconcluded(past.kind));
        let kept: Vec<_> = kept.map(|(key, past)| (key.clone(), *past)).collect();
        let after = self.after.found.entry(target.clone()).or_default();
        for (key, past) in kept {
            after.entry(key).or_insert(past);
        }
    }

    /// What to remember; rounds that nothing speaks of any more are forgotten.
    pub(super) fn finish(self) -> History {
        let History { rounds, mut found } = self.after;
        let mut places: BTreeMap<u32, u32> = BTreeMap::new();
        for past in found.values().flat_map(HashMap::values) {
            places.insert(past.round, 0);
        }
        for (new, place) in (0..).zip(places.values_mut()) {
            *place = new;
        }
        for past in found.values_mut().flat_map(HashMap::values_mut) {
            past.round = places.get(&past.round).copied().unwrap_or_default();
        }
        let rounds = (0_u32..).zip(rounds).filter(|(number, _)| places.contains_key(number));
        History { rounds: rounds.map(|(_, round)| round).collect(), found }
    }
}

fn later(then: &Round, now: &Round, between: SignedDuration) -> Later {
    if then.is_empty() || !then.keys().eq(now.keys()) {
        return Later::OtherLists;
    }
    let is_another = |(then, now): (&Stamp, &Stamp)| match (then.generated_at, now.generated_at) {
        (Some(then_at), Some(now_at)) => {
            then.sha256 != now.sha256 && now_at.duration_since(then_at) >= between
        }
        (_, _) => false,
    };
    if then.values().zip(now.values()).all(is_another) { Later::Another } else { Later::Same }
}
