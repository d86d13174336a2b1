//! Lines of the audit: where those about a person lie, the latest, and what they come to.

use super::people::Place;
use super::targets::TargetFigures;
use crate::audit::line::{Line, LineKind};
use crate::model::RawRecord;
use crate::model::call_record::CallRecord;
use crate::model::decision::ResultWord;
use crate::model::event_kind::EventKind;
use crate::model::ids::{TargetName, TenantName};
use crate::view::entry::Entry;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Lines of one person whose places are kept; the oldest go first.
const OF_PERSON_MOST: usize = 32;
/// Lines of one tenant that are kept whole, and commands besides.
const LATEST_MOST: usize = 300;
/// Cuts of one tenant whose times are kept.
const CUTS_MOST: usize = 20_000;

/// What is kept of the audit.
#[derive(Debug, Default)]
pub struct Lines {
    by_person: HashMap<Box<str>, Whereabouts>,
    /// `None`: what names no tenant.
    by_tenant: BTreeMap<Option<TenantName>, OfTenant>,
    targets: BTreeMap<(TenantName, TargetName), TargetFigures>,
}

/// Where lines about somebody lie, all in one partition, for they have one key.
#[derive(Debug)]
struct Whereabouts {
    partition: i32,
    offsets: Vec<i64>,
    /// How many more there were.
    earlier: u64,
}

#[derive(Debug, Default)]
struct OfTenant {
    latest: VecDeque<Entry>,
    commands: VecDeque<Entry>,
    cuts: VecDeque<Cut>,
    /// By input topic, when an event of it was decided last.
    topics: BTreeMap<String, Timestamp>,
}

/// A cut that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    pub at: Timestamp,
    /// From the decision to the account that was read back.
    pub took: SignedDuration,
}

/// A line, and where it lies.
#[derive(Debug)]
pub struct Heard {
    pub line: Line,
    entry: Entry,
    place: Place,
}

/// Reads a record of the audit; `None`: it is none of ours.
pub(super) fn read(record: &RawRecord) -> Option<Heard> {
    let value = record.value.as_deref()?;
    let (line, entry) = (Line::read(value)?, Entry::read(value)?);
    let place = Place { partition: record.partition, offset: record.offset };
    Some(Heard { line, entry, place })
}

impl Lines {
    pub(super) fn take(&mut self, heard: Heard) {
        let Heard { line, entry, place } = heard;
        if let Some(person) = &entry.person {
            self.keep_place(person, place);
        }
        let tenant = entry.tenant.as_deref().map(TenantName::new);
        if let (Some(tenant), Some(target)) = (&tenant, &entry.line.target) {
            let key = (tenant.clone(), target.clone());
            self.targets.entry(key).or_default().take(&line, &entry.line);
        }
        let of = self.by_tenant.entry(tenant).or_default();
        if let Some(cut) = cut(&line, entry.line.at) {
            keep(&mut of.cuts, cut, CUTS_MOST);
        }
        if entry.line.kind == LineKind::Decision
            && let Some(place) = &line.unmapped.kafka
        {
            of.topics.insert(place.topic.clone(), entry.line.at);
        }
        if entry.line.kind == LineKind::Command {
            keep(&mut of.commands, entry.clone(), LATEST_MOST);
        }
        keep(&mut of.latest, entry, LATEST_MOST);
    }

    fn keep_place(&mut self, person: &str, Place { partition, offset }: Place) {
        let fresh = || Whereabouts { partition, offsets: Vec::new(), earlier: 0 };
        let kept = match self.by_person.get_mut(person) {
            Some(kept) => kept,
            None => self.by_person.entry(person.into()).or_insert_with(fresh),
        };
        if kept.partition != partition {
            // The topic got more partitions; what lies in the old one is counted only.
            kept.earlier += kept.offsets.len() as u64;
            (kept.partition, kept.offsets) = (partition, Vec::new());
        }
        kept.offsets.push(offset);
        if kept.offsets.len() > OF_PERSON_MOST {
            // Half at once, so that not every line moves all others.
            kept.earlier += (OF_PERSON_MOST / 2) as u64;
            kept.offsets.drain(..OF_PERSON_MOST / 2);
        }
    }

    /// Where the newest lines about these ids lie, at most `most`, oldest first, and how many are earlier.
    pub fn about<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a str>,
        most: usize,
    ) -> (Vec<Place>, u64) {
        let (mut places, mut earlier) = (Vec::new(), 0);
        for kept in ids.into_iter().filter_map(|id| self.by_person.get(id)) {
            let partition = kept.partition;
            places.extend(kept.offsets.iter().map(|offset| Place { partition, offset: *offset }));
            earlier += kept.earlier;
        }
        places.sort();
        let surplus = places.len().saturating_sub(most);
        places.drain(..surplus);
        (places, earlier + surplus as u64)
    }

    /// The latest lines of a tenant, or of nobody's; the newest first.
    pub fn latest(&self, tenant: Option<&TenantName>) -> impl Iterator<Item = &Entry> {
        let of = self.by_tenant.get(&tenant.cloned());
        of.into_iter().flat_map(|of| of.latest.iter().rev())
    }

    /// The latest decisions on commands; the newest first.
    pub fn commands(&self, tenant: Option<&TenantName>) -> impl Iterator<Item = &Entry> {
        let of = self.by_tenant.get(&tenant.cloned());
        of.into_iter().flat_map(|of| of.commands.iter().rev())
    }

    /// When an event of a topic was decided last.
    pub fn last_of_topic(&self, tenant: &TenantName, topic: &str) -> Option<Timestamp> {
        self.by_tenant.get(&Some(tenant.clone()))?.topics.get(topic).copied()
    }

    /// Cuts that were verified, the oldest first.
    pub fn cuts(&self, tenant: &TenantName) -> impl Iterator<Item = &Cut> {
        let of = self.by_tenant.get(&Some(tenant.clone()));
        of.into_iter().flat_map(|of| of.cuts.iter())
    }

    /// What the audit says of a target; `None`: nothing yet.
    pub fn target(&self, tenant: &TenantName, target: &TargetName) -> Option<&TargetFigures> {
        self.targets.get(&(tenant.clone(), target.clone()))
    }
}

fn keep<T>(ring: &mut VecDeque<T>, one: T, most: usize) {
    if ring.len() >= most {
        ring.pop_front();
    }
    ring.push_back(one);
}

/// How long it took to cut somebody off, if the line says that it was done.
fn cut(line: &Line, at: Timestamp) -> Option<Cut> {
    let own = &line.unmapped;
    let is_done = own.kind == LineKind::Result && own.outcome == ResultWord::Applied.word();
    let takes = own.event.as_ref().and_then(|event| EventKind::parse(&event.kind));
    let takes = takes.is_some_and(EventKind::takes_access);
    let has_cut = |calls: &Vec<CallRecord>| calls.iter().any(|call| call.action.is_cut());
    if !is_done || !takes || !own.calls.as_ref().is_some_and(has_cut) {
        return None;
    }
    let began = Timestamp::from_millisecond(line.start_time?).ok()?;
    Some(Cut { at, took: at.duration_since(began).max(SignedDuration::ZERO) })
}
