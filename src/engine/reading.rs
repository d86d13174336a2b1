//! Where to read on, and what became of the topic meanwhile.
//!
//! A topic that was made anew is read from its beginning as a new generation; records that were
//! deleted before they were read are a loss. Neither happens in silence.

use super::shard::Shard;
use crate::model::decision::{AuditEntry, ReadingRecord, Why};
use crate::model::position::{Extent, Position};

impl Shard {
    /// Where to start reading each partition of `topic`. Give all its partitions at once: one that
    /// ends below our position shows that the whole topic was made anew.
    pub fn start_reading(&mut self, topic: &str, extents: &[Extent]) -> Vec<(i32, i64)> {
        let known = self.record.topics.entry(topic.to_owned()).or_default();
        let next = |extent: &Extent| known.next.get(&extent.partition).copied();
        let made_anew = extents.iter().find_map(|extent| {
            next(extent).filter(|next| extent.high < *next).map(|next| (*extent, next))
        });
        if let Some((extent, expected)) = made_anew {
            known.generation += 1;
            known.next.clear();
            let why = Why::new(
                "topic.made_anew",
                None,
                "the topic ends before what was read of it: it was made anew, and is read from its beginning",
            );
            self.tell_reading(topic, extent, expected, why);
        }
        extents.iter().map(|extent| (extent.partition, self.start_of(topic, *extent))).collect()
    }

    fn start_of(&mut self, topic: &str, extent: Extent) -> i64 {
        let known =
            self.record.topics.get(topic).and_then(|known| known.next.get(&extent.partition));
        let Some(next) = known.copied() else { return extent.low };
        if next < extent.low {
            let why = Why::new(
                "topic.gap",
                None,
                format!(
                    "{} records were deleted before they were read; lengthen the topic's retention",
                    extent.low - next
                ),
            );
            self.tell_reading(topic, extent, next, why);
        }
        next.max(extent.low)
    }

    fn tell_reading(&mut self, topic: &str, extent: Extent, expected_offset: i64, why: Why) {
        let Some(tenant) = self.topics.get(topic).cloned() else { return };
        let generation = self.record.topics.get(topic).map_or(0, |known| known.generation);
        let partition = extent.partition;
        let position =
            Position { topic: topic.to_owned(), generation, partition, offset: extent.low };
        let at = self.now;
        let record = ReadingRecord { tenant, why, position, expected_offset, at };
        self.ledger.tell(AuditEntry::Reading(record));
    }
}
