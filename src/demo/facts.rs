//! What was sent and what was observed; all that is printed and judged comes from here.

use super::calls::{Call, Deed};
use super::company::Person;
use super::event::{Cut, Input};
use super::finding::Found;
use crate::audit::line::{Line, LineKind, Own};
use crate::model::HoldDigest;
use crate::model::code::WrittenCode;
use crate::sandbox::kafka::Record;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something that happened, with the input that it is about.
#[derive(Clone, Debug)]
pub(super) struct Observation {
    pub(super) at: Timestamp,
    /// Since the input was sent.
    pub(super) after: SignedDuration,
    pub(super) input: Arc<Input>,
    pub(super) what: What,
}

impl Observation {
    /// Where it stands among others. Kafka counts in milliseconds, so that things that follow each
    /// other may have happened in the same one.
    pub(super) fn place(&self) -> (i64, u8) {
        let rank = match self.what {
            What::Sent => 0,
            What::Decided(_) => 1,
            What::Parked => 2,
            What::Called(_) => 3,
            What::Noted { .. } => 4,
            What::Ended(_) => 5,
        };
        (self.at.as_millisecond(), rank)
    }
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Sent,
    Decided(Decision),
    Called(Call),
    Ended(Ended),
    Noted {
        word: String,
        text: String,
    },
    /// The record stands in the topic of parked records.
    Parked,
}

#[derive(Clone, Debug)]
pub(super) struct Decision {
    pub(super) word: String,
    /// Names of the rules that spoke.
    pub(super) rules: Vec<String>,
    /// Code and sentence.
    pub(super) why: Option<(WrittenCode, String)>,
}

#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) word: String,
    /// usher's own id of the person.
    pub(super) person: String,
    pub(super) revision: u64,
    pub(super) is_verified: bool,
    pub(super) why: Option<(WrittenCode, String)>,
}

/// Everything so far.
#[derive(Debug, Default)]
pub(super) struct Facts {
    sent: BTreeMap<String, (Arc<Input>, Timestamp)>,
    /// SHA-256 of inputs that are no events, which have no id.
    raw: BTreeMap<String, Arc<Input>>,
    /// By a person's number.
    last_of: BTreeMap<String, Arc<Input>>,
    last: Option<Arc<Input>>,
    /// By input.
    pub(super) decisions: Vec<(Arc<Input>, Decision)>,
    pub(super) results: Vec<(Arc<Input>, Ended)>,
    pub(super) calls: Vec<Call>,
    pub(super) parked: Vec<Arc<Input>>,
    /// By a person's number, what is held of them.
    held: BTreeMap<String, Vec<String>>,
    /// By its digest, each command that was sent, in a word.
    ordered: BTreeMap<String, &'static str>,
    /// What came of commands: which, and how it was judged.
    pub(super) obeyed: Vec<(&'static str, String)>,
    /// Lines of the audit and parked records that belong to nothing that was sent.
    pub(super) strangers: usize,
    /// What usher has found by itself.
    pub(super) found: Found,
}

impl Facts {
    pub(super) fn sent(&mut self, input: Arc<Input>, value: &[u8], at: Timestamp) -> Observation {
        self.raw.insert(format!("{:x}", Sha256::digest(value)), Arc::clone(&input));
        self.last_of.insert(input.person.number.clone(), Arc::clone(&input));
        self.last = Some(Arc::clone(&input));
        self.sent.insert(input.id.clone(), (Arc::clone(&input), at));
        self.observation(input, at, What::Sent)
    }

    pub(super) fn inputs(&self) -> usize {
        self.sent.len()
    }

    /// How many inputs are of that kind.
    pub(super) fn told(&self, kind: &str) -> usize {
        self.sent.values().filter(|(input, _)| input.kind == kind).count()
    }

    /// How many inputs were sent from then on.
    pub(super) fn sent_since(&self, begun: Timestamp) -> usize {
        self.sent.values().filter(|(_, at)| *at >= begun).count()
    }

    /// How many of those are decided.
    pub(super) fn decided_since(&self, begun: Timestamp) -> usize {
        let is_new = |input: &Input| self.sent.get(&input.id).is_some_and(|(_, at)| *at >= begun);
        self.decisions.iter().filter(|(input, _)| is_new(input)).count()
    }

    fn observation(&self, input: Arc<Input>, at: Timestamp, what: What) -> Observation {
        let sent = self.sent.get(&input.id).map_or(at, |(_, at)| *at);
        Observation { at, after: at.duration_since(sent).max(SignedDuration::ZERO), input, what }
    }

    /// A command was sent.
    pub(super) fn commanded(&mut self, word: &'static str, sha256: String) {
        self.ordered.insert(sha256, word);
    }

    /// The digests of what is held of somebody.
    pub(super) fn held_of(&self, person: &Person) -> &[String] {
        self.held.get(&person.number).map_or(&[], Vec::as_slice)
    }

    /// The digests of all that is held.
    pub(super) fn all_held(&self) -> Vec<&String> {
        self.held.values().flatten().collect()
    }

    pub(super) fn held_rows(&self) -> usize {
        self.held.values().map(Vec::len).sum()
    }

    /// A line of the audit about a command that was sent here.
    fn heard_of_command(&mut self, line: &Line) -> bool {
        let hash = line.raw_data_hash.as_ref().map(|hash| hash.value.as_str());
        let Some(word) = hash.and_then(|hash| self.ordered.get(hash)).copied() else {
            return false;
        };
        self.obeyed.push((word, line.unmapped.outcome.clone()));
        if word == "approve" {
            let rows = line.unmapped.command.iter().flat_map(|command| &command.rows);
            let let_go: Vec<&str> =
                rows.filter_map(|row| row.hold.as_ref()).map(HoldDigest::as_str).collect();
            self.held
                .values_mut()
                .for_each(|held| held.retain(|it| !let_go.contains(&it.as_str())));
        }
        true
    }

    /// A line of the audit.
    pub(super) fn audited(&mut self, record: &Record) -> Option<Observation> {
        let line = Line::deserialize(&record.value).ok()?;
        if line.unmapped.kind == LineKind::Command && self.heard_of_command(&line) {
            return None;
        }
        let input = match (&line.metadata.original_event_uid, &line.raw_data_hash) {
            (Some(id), _) => self.sent.get(id).map(|(input, _)| input),
            (None, hash) => hash.as_ref().and_then(|hash| self.raw.get(&hash.value)),
        };
        let Some(input) = input.map(Arc::clone) else {
            let source = line.unmapped.event.as_ref().map(|event| event.source.as_str());
            if self.comes_early(source, record) {
                return None;
            }
            // What a command brings about has no event.
            let is_told = matches!(line.unmapped.kind, LineKind::Result | LineKind::Note);
            self.strangers += usize::from(!is_told || self.ordered.is_empty());
            return None;
        };
        let own = line.unmapped;
        if !own.holds.is_empty() {
            let rows = own.holds.iter().map(|row| row.digest.as_str().to_owned());
            self.held.insert(input.person.number.clone(), rows.collect());
        }
        let what = match own.kind {
            LineKind::Decision => {
                let decision = Decision::from(own);
                self.decisions.push((Arc::clone(&input), decision.clone()));
                What::Decided(decision)
            }
            LineKind::Result => {
                let ended = Ended::from(own);
                self.results.push((Arc::clone(&input), ended.clone()));
                What::Ended(ended)
            }
            LineKind::Note | LineKind::Reading | LineKind::Command => What::Noted {
                word: own.outcome,
                text: own.why.map_or(String::new(), |why| why.text),
            },
        };
        Some(self.observation(input, record.at, what))
    }

    /// A record of the topic of parked records.
    pub(super) fn was_parked(&mut self, record: &Record) -> Option<Observation> {
        let value = record.value.as_str().map_or_else(|| record.value.to_string(), str::to_owned);
        let hash = format!("{:x}", Sha256::digest(value.as_bytes()));
        let Some(input) = self.raw.get(&hash).map(Arc::clone) else {
            self.strangers += 1;
            return None;
        };
        self.parked.push(Arc::clone(&input));
        Some(self.observation(input, record.at, What::Parked))
    }

    /// A call, about the last that was said of its people; of nobody in particular, the last of all.
    pub(super) fn called(&mut self, call: Call) -> Option<Observation> {
        let about = call.people.iter().filter_map(|person| self.last_of.get(&person.number));
        let input = about.min_by_key(|input| input.is_of_crowd).or(self.last.as_ref());
        let input = input.map(Arc::clone);
        self.calls.push(call.clone());
        let is_of_nobody = |person: &Arc<Person>| !self.last_of.contains_key(&person.number);
        if !call.people.is_empty() && call.people.iter().all(is_of_nobody) {
            self.found.was_called(call);
            return None;
        }
        // Before the first input the worker looks at the groups.
        let (at, input) = (call.at, input?);
        Some(self.observation(input, at, What::Called(call)))
    }

    /// The calls since an input was sent.
    pub(super) fn calls_since(&self, id: &str) -> impl Iterator<Item = &Call> {
        let sent = self.sent.get(id).map_or(Timestamp::MAX, |(_, at)| *at);
        self.calls.iter().filter(move |call| call.at >= sent)
    }

    /// Whether usher knows by now who is in the group.
    pub(super) fn has_listed(&self, name: &str) -> bool {
        let is_it = |deed: &Deed| matches!(deed, Deed::Listed { group } if group == name);
        self.calls.iter().flat_map(|call| &call.deeds).any(is_it)
    }

    /// When whom `input` is about was cut off, and how long after it was sent.
    pub(super) fn cut_off(&self, id: &str) -> Option<(Timestamp, SignedDuration)> {
        let (input, sent) = self.sent.get(id)?;
        let number = &input.person.number;
        let first = |is_it: &dyn Fn(&Deed) -> bool| {
            let mut calls = self.calls_since(id);
            calls.find(|call| call.deeds.iter().any(is_it)).map(|call| call.at)
        };
        let at = match input.cut? {
            Cut::Account => first(
                &|deed| matches!(deed, Deed::Deactivated { number: found } if found == number),
            )?,
            Cut::Quarantine => {
                let joined = first(
                    &|deed| matches!(deed, Deed::Joined { number: found, .. } if found == number),
                )?;
                let left = first(
                    &|deed| matches!(deed, Deed::Left { number: found, .. } if found == number),
                )?;
                joined.max(left)
            }
        };
        Some((at, at.duration_since(*sent)))
    }

    /// How long it took to cut each of those off who were to be; `None`: not done.
    pub(super) fn cut_offs(&self) -> Vec<Option<SignedDuration>> {
        let cuts = self.sent.iter().filter(|(_, (input, _))| input.cut.is_some());
        cuts.map(|(id, _)| self.cut_off(id).map(|(_, after)| after)).collect()
    }
}

impl From<Own> for Decision {
    fn from(own: Own) -> Self {
        let rules = own.effects.into_iter().flatten().map(|effect| effect.rule).collect();
        Self { word: own.outcome, rules, why: own.why.map(|why| (why.code, why.text)) }
    }
}

impl From<Own> for Ended {
    fn from(own: Own) -> Self {
        Self {
            word: own.outcome,
            person: own.person.unwrap_or_default(),
            revision: own.revision.unwrap_or(0),
            is_verified: own.verified == Some(true),
            why: own.why.map(|why| (why.code, why.text)),
        }
    }
}
