//! What rules make of events of the past, and what such an answer cannot know.

use super::Scope;
use super::difference::{self, Place, Row};
use crate::engine::Record;
use crate::engine::rehearse::{Rehearsal, Tally, pair};
use crate::engine::settings::Timing;
use crate::engine::state::{Baseline, Person};
use crate::model::code::WrittenCode;
use crate::model::ids::TenantName;
use crate::rules::RuleSet;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Records on their way through today's rules and, if there are any, through others, both at once, so
/// that none need be kept.
#[derive(Debug)]
pub struct Simulation {
    today: Rehearsal,
    new: Option<Rehearsal>,
    /// By topic and partition, when the first record was written.
    first: BTreeMap<(String, i32), Timestamp>,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Range {
    /// `None`: from the earliest that is left.
    pub from: Option<Timestamp>,
    /// The instant behind the last, at which everything is judged.
    pub to: Timestamp,
    pub parts: Vec<Part>,
}

/// Part of a partition.
#[derive(Clone, Debug)]
pub struct Part {
    pub topic: String,
    pub partition: i32,
    /// How many records lie before it.
    pub before: i64,
    /// It begins with the oldest record that is left, and there were older ones.
    pub is_cut_off: bool,
}

/// The answer.
#[derive(Debug, Serialize)]
pub struct Simulated {
    pub tenant: TenantName,
    #[serde(serialize_with = "as_earliest")]
    pub from: Option<Timestamp>,
    pub to: Timestamp,
    pub notes: Vec<Note>,
    /// How many the rows are about.
    pub people: usize,
    pub today: Run,
    /// With other rules, where they differ at `to` or later; without, what everybody ends with.
    pub rows: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Run>,
}

/// What one set of rules made of the events.
#[derive(Clone, Debug)]
pub struct Run {
    pub people: usize,
    pub tally: Tally,
}

/// What the reader must know to trust the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The range holds no record.
    NothingRead,
    /// The topic's retention has removed records of the range; what is left begins at `begins`.
    CutOff {
        topic: String,
        partition: i32,
        begins: Option<Timestamp>,
    },
    /// So many records lie before the range.
    RecordsBefore(i64),
    AccountsUnknown,
}

impl Simulation {
    /// `topics`: the tenant's inputs. `new`: rules that stand in place of today's.
    pub fn new(
        scope: &Scope,
        topics: &[String],
        new: Option<&Arc<RuleSet>>,
        timing: Timing,
    ) -> Self {
        let run = |rules: &Arc<RuleSet>| {
            Rehearsal::new(scope.tenant.clone(), topics.to_vec(), Arc::clone(rules), timing)
        };
        Self { today: run(&scope.rules), new: new.map(run), first: BTreeMap::new() }
    }

    /// A record comes in, at the time that it bears.
    pub fn take(&mut self, record: Record) {
        let raw = &record.raw;
        self.first.entry((raw.topic.clone(), raw.partition)).or_insert(raw.timestamp);
        if let Some(new) = &mut self.new {
            new.take(record.clone());
        }
        self.today.take(record);
    }

    /// Lets time pass to the end of the range, and judges.
    pub fn end(mut self, scope: &Scope, range: &Range) -> Simulated {
        self.today.pass(range.to);
        self.new.iter_mut().for_each(|new| new.pass(range.to));
        let mut rows = self.rows(scope, range.to);
        difference::sort(&mut rows);
        Simulated {
            tenant: scope.tenant.clone(),
            from: range.from,
            to: range.to,
            notes: self.notes(range),
            people: difference::people(&rows),
            today: Run::of(self.today),
            rows,
            new: self.new.map(Run::of),
        }
    }

    fn rows(&self, scope: &Scope, now: Timestamp) -> Vec<Row> {
        let places = |person| scope.targets.iter().map(move |target| Place { person, target, now });
        let Some(new) = &self.new else {
            return self.today.people().flat_map(places).flat_map(|place| place.ends()).collect();
        };
        let nothing = Baseline::default();
        let mut rows = Vec::new();
        for (before, after) in pair(self.today.people(), new.people()) {
            let Some(known) = before.or(after) else { continue };
            let nobody = Person::new(known.id.clone(), known.tenant.clone());
            let (before, after) = (before.unwrap_or(&nobody), after.unwrap_or(&nobody));
            rows.extend(places(known).flat_map(|place| place.compare(before, after, &nothing)));
        }
        rows
    }

    fn notes(&self, range: &Range) -> Vec<Note> {
        let mut notes = Vec::new();
        if self.today.tally.records == 0 {
            notes.push(Note::NothingRead);
        }
        if let Some(from) = range.from {
            notes.extend(range.parts.iter().filter_map(|part| self.cut_off(part, from)));
        }
        let before: i64 = range.parts.iter().map(|part| part.before).sum();
        if before > 0 {
            notes.push(Note::RecordsBefore(before));
        }
        notes.push(Note::AccountsUnknown);
        notes
    }

    fn cut_off(&self, part: &Part, from: Timestamp) -> Option<Note> {
        let (topic, partition) = (part.topic.clone(), part.partition);
        let begins = self.first.get(&(topic.clone(), partition)).copied();
        let is_missing = part.is_cut_off && begins.is_none_or(|begins| begins > from);
        is_missing.then_some(Note::CutOff { topic, partition, begins })
    }
}

impl Run {
    fn of(run: Rehearsal) -> Self {
        Self { people: run.people().count(), tally: run.tally }
    }
}

impl Serialize for Run {
    /// Decisions by their words, and of those that have reasons, by their codes.
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Counts<'a> {
            people: usize,
            records: u64,
            events: u64,
            decisions: BTreeMap<&'a str, u64>,
            skipped: BTreeMap<&'a WrittenCode, u64>,
            parked: BTreeMap<&'a WrittenCode, u64>,
        }
        let Tally { records, events, decisions } = &self.tally;
        let mut words: BTreeMap<&str, u64> = BTreeMap::new();
        let mut codes: BTreeMap<&str, BTreeMap<&WrittenCode, u64>> = BTreeMap::new();
        for ((word, code), count) in decisions {
            *words.entry(word).or_default() += count;
            if let Some(code) = code {
                *codes.entry(word).or_default().entry(code).or_default() += count;
            }
        }
        let counts = Counts {
            people: self.people,
            records: *records,
            events: *events,
            decisions: words,
            skipped: codes.remove("skipped").unwrap_or_default(),
            parked: codes.remove("parked").unwrap_or_default(),
        };
        counts.serialize(out)
    }
}

#[expect(clippy::ref_option, reason = "serde hands over a reference to the member")]
fn as_earliest<S: Serializer>(from: &Option<Timestamp>, out: S) -> Result<S::Ok, S::Error> {
    match from {
        Some(at) => at.serialize(out),
        None => out.serialize_str("earliest"),
    }
}
