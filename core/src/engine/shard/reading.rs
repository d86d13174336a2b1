//! Where to read on, and what became of the topic meanwhile.
//!
//! A topic that was made anew is read from its beginning as a new generation, one that was cut short
//! from where it is no longer what was read; records that were deleted before they were read are a loss.
//! None of it happens in silence.

use super::Shard;
use super::command::{self, Party};
use crate::engine::marks::{self, Log};
use crate::model::RawRecord;
use crate::model::code::Code;
use crate::model::decision::{AuditEntry, ReadingRecord, Why};
use crate::model::position::{Extent, Found, Mark, Passed, Position};

/// What of a partition is to be looked at before it is read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    pub partition: i32,
    /// Newest first. If the first is as it was, the others need not be looked at, unless `in_full`.
    pub marks: Vec<Mark>,
    pub in_full: bool,
}

/// A record whose place was not decided before.
pub(super) struct Taken {
    pub(super) position: Position,
    /// Of the record's value.
    pub(super) sha256: Option<String>,
    /// It stood in the topic before that was first read.
    pub(super) is_of_backlog: bool,
}

impl Shard {
    /// Moves the position past a record that is to be decided now; `None` if it was before.
    pub(super) fn take_position(&mut self, raw: &RawRecord) -> Option<Taken> {
        let known = self.record.topics.entry(raw.topic.clone()).or_default();
        let next = known.next.entry(raw.partition).or_insert(raw.offset);
        if raw.offset < *next {
            return None;
        }
        *next = raw.offset + 1;
        let is_of_backlog = known.backlog.get(&raw.partition).is_some_and(|end| raw.offset < *end);
        let sha256 = raw.value_sha256();
        marks::note(known.marks.entry(raw.partition).or_default(), raw.mark(sha256.as_deref()));
        let position = Position {
            topic: raw.topic.clone(),
            generation: known.generation,
            partition: raw.partition,
            offset: raw.offset,
        };
        self.books.ledger.want_commit();
        Some(Taken { position, sha256, is_of_backlog })
    }

    /// What is to be looked at of a topic before its reading starts: what it holds may have taken the
    /// place of what was read.
    pub fn doubts(&self, found: &Found) -> Vec<Doubt> {
        let Some(known) = self.record.topics.get(&found.topic) else { return Vec::new() };
        let in_full = known.id.is_some() && found.id.is_some() && known.id != found.id;
        let doubt = |extent: &Extent| {
            let is_there = |mark: &&Mark| (extent.low..extent.high).contains(&mark.offset);
            let marks = known.marks.get(&extent.partition)?;
            let marks: Vec<Mark> = marks.iter().rev().filter(is_there).copied().collect();
            (!marks.is_empty()).then_some(Doubt { partition: extent.partition, marks, in_full })
        };
        found.extents.iter().filter_map(doubt).collect()
    }

    /// The same where nobody can look: only how far the topic reaches is known.
    pub fn start_reading(&mut self, topic: &str, extents: &[Extent]) -> Vec<(i32, i64)> {
        let (topic, extents) = (topic.to_owned(), extents.to_vec());
        self.read_on(&Found { topic, extents, ..Found::default() })
    }

    /// Where to start reading each partition of a topic. Give all its partitions at once: one that is
    /// another's shows that the whole topic was made anew.
    pub fn read_on(&mut self, found: &Found) -> Vec<(i32, i64)> {
        let topic = found.topic.as_str();
        let known = self.record.topics.entry(topic.to_owned()).or_default();
        let is_same = known.id.is_some() && known.id == found.id;
        let is_other = known.id.is_some() && found.id.is_some() && !is_same;
        if found.id.is_some() && !is_same {
            known.id.clone_from(&found.id);
            self.books.ledger.want_commit();
        }
        if known.backlog.is_empty() && known.next.is_empty() {
            let ends = found.extents.iter().map(|extent| (extent.partition, extent.high));
            known.backlog.extend(ends);
            self.books.ledger.want_commit();
        }
        let positions = known.next.clone();
        let mut anew = Vec::new();
        let mut cut_short = Vec::new();
        for extent in &found.extents {
            let Some(next) = positions.get(&extent.partition).copied() else { continue };
            let marks = known.marks.get(&extent.partition).map_or(&[][..], Vec::as_slice);
            match marks::judge(marks, *extent, &found.sights) {
                Log::Another => anew.push((*extent, next)),
                Log::Unknown if is_other || extent.high < next => anew.push((*extent, next)),
                Log::CutShort { after } => cut_short.push((*extent, next, after + 1)),
                Log::Ours { after } if extent.high < next => {
                    cut_short.push((*extent, next, after + 1));
                }
                Log::Ours { .. } | Log::Unknown => {}
            }
        }
        if is_same {
            // It is the same topic, so what is no longer there was cut off: of these partitions alone.
            cut_short.extend(anew.drain(..).map(|(extent, next)| (extent, next, extent.low)));
        }
        if let Some((extent, next)) = anew.first() {
            self.begin_anew(topic, *extent, *next);
        } else if !cut_short.is_empty() {
            self.go_back(topic, &cut_short);
        }
        found
            .extents
            .iter()
            .map(|extent| (extent.partition, self.start_of(topic, *extent)))
            .collect()
    }

    fn begin_anew(&mut self, topic: &str, extent: Extent, expected: i64) {
        let Some(known) = self.record.topics.get_mut(topic) else { return };
        known.generation += 1;
        known.next.clear();
        known.marks.clear();
        // Nothing of it stood there when it was first read.
        known.backlog.values_mut().for_each(|end| *end = 0);
        let why = Why::new(
            Code::TopicMadeAnew,
            None,
            "the topic does not hold what was read of it: it was made anew, and is read from its beginning",
        );
        self.tell_reading((topic, extent.partition), extent.low, expected, why);
    }

    /// Other records stand where some were decided, so their places must not be taken for the same.
    fn go_back(&mut self, topic: &str, partitions: &[(Extent, i64, i64)]) {
        let Some(known) = self.record.topics.get_mut(topic) else { return };
        known.generation += 1;
        for (extent, _, at) in partitions {
            known.next.insert(extent.partition, *at);
            if let Some(marks) = known.marks.get_mut(&extent.partition) {
                marks.retain(|mark| mark.offset < *at);
            }
        }
        for (extent, expected, at) in partitions {
            let why = Why::new(
                Code::TopicCutShort,
                None,
                "records that were read are gone from the end of the topic, as after an election of a \
                 replica that was behind; it is read on from the last that is known to be the same, and \
                 what was gone by then and is not sent again counts all the same",
            );
            self.tell_reading((topic, extent.partition), *at, *expected, why);
        }
    }

    /// An open transaction keeps back what lies from `stable` on: whoever leaves by it stays in.
    pub fn note_stall(&mut self, topic: &str, partition: i32, stable: i64, high: i64) {
        let why = Why::new(
            Code::TopicStalled,
            None,
            format!(
                "a transaction has been open in the topic for long, and {} records behind it cannot be \
                 read; find who hangs with `kafka-transactions.sh find-hanging`, and end it",
                high - stable
            ),
        );
        self.tell_reading((topic, partition), stable, high, why);
    }

    /// Offsets that hold nothing to read are behind us like those that were decided: else they would
    /// count as lag for ever, and as lost when the topic deletes them.
    pub(super) fn pass(&mut self, passed: &Passed) {
        let Passed { topic, partition, next } = passed;
        // What waits for our clock is still to be decided; the next record brings the position along.
        if !self.topics.contains_key(topic) || self.books.clocks.keeps_waiting(topic, *partition) {
            return;
        }
        let known = self.record.topics.entry(topic.clone()).or_default();
        let at = known.next.entry(*partition).or_insert(0);
        if next > at {
            *at = *next;
            self.books.ledger.passed();
        }
    }

    fn start_of(&mut self, topic: &str, extent: Extent) -> i64 {
        let known =
            self.record.topics.get(topic).and_then(|known| known.next.get(&extent.partition));
        let Some(next) = known.copied() else { return self.first_start_of(topic, extent) };
        if next < extent.low {
            let why = Why::new(
                Code::TopicGap,
                None,
                format!(
                    "up to {} records were deleted before they were read; lengthen the topic's retention",
                    extent.low - next
                ),
            );
            self.tell_reading((topic, extent.partition), extent.low, next, why);
        }
        next.max(extent.low)
    }

    /// Nothing was read of the partition yet. Commands count from when they are first listened for; that
    /// place is committed at once, so that the next owner goes on there and not at a later end.
    fn first_start_of(&mut self, topic: &str, extent: Extent) -> i64 {
        let is_of_operators = self.topics.get(topic) == Some(&Party::Operators);
        let known = self.record.topics.entry(topic.to_owned()).or_default();
        if !is_of_operators || known.generation > 0 {
            return extent.low;
        }
        known.next.insert(extent.partition, extent.high);
        self.books.ledger.want_commit();
        if extent.low < extent.high {
            let why = command::too_early(extent.high - extent.low);
            self.tell_reading((topic, extent.partition), extent.high, extent.low, why);
        }
        extent.high
    }

    fn tell_reading(
        &mut self,
        (topic, partition): (&str, i32),
        offset: i64,
        expected_offset: i64,
        why: Why,
    ) {
        let tenant = match self.topics.get(topic) {
            Some(Party::Tenant(tenant)) => Some(tenant.clone()),
            // It is all tenants' alike.
            Some(Party::Operators | Party::Findings) => None,
            None => return,
        };
        let generation = self.record.topics.get(topic).map_or(0, |known| known.generation);
        let position = Position { topic: topic.to_owned(), generation, partition, offset };
        let at = self.books.now;
        let record = ReadingRecord { tenant, why, position, expected_offset, at };
        self.books.ledger.tell(AuditEntry::Reading(record));
    }
}
