//! Records at which a shard crashed: one that does it twice is parked, and no longer read.
//!
//! The engine does the same for the same inputs, so a record that it cannot bear would crash every life
//! of the shard. What crashes without a record, as a timer does, convicts none: before a suspect is
//! read, the time passes without it.

use crate::decode::{Item, Refused};
use crate::model::RawRecord;
use crate::model::ShardNumber;
use crate::model::code::Code;
use crate::model::decision::Why;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// More are not the records' fault, and none is set aside any more.
const CONVICTED_MOST: usize = 20;

/// Where a record stands.
type Place = (String, i32, i64);

/// What is known of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Free,
    /// The shard crashed while it was read.
    Suspect,
    /// It did so again.
    Convicted,
}

/// The records of this process.
#[derive(Debug, Default)]
pub(super) struct Suspects(Mutex<Files>);

#[derive(Debug, Default)]
struct Files {
    /// What each shard reads at this moment.
    at_work: BTreeMap<ShardNumber, Arc<RawRecord>>,
    suspected: BTreeSet<Place>,
    convicted: BTreeSet<Place>,
}

impl Suspects {
    pub(super) fn standing(&self, raw: &RawRecord) -> Standing {
        let files = self.files();
        if files.suspected.is_empty() {
            return Standing::Free;
        }
        let place = place(raw);
        if files.convicted.contains(&place) {
            Standing::Convicted
        } else if files.suspected.contains(&place) {
            Standing::Suspect
        } else {
            Standing::Free
        }
    }

    /// The shard reads this record from now on.
    pub(super) fn begin(&self, shard: ShardNumber, raw: &Arc<RawRecord>) {
        self.files().at_work.insert(shard, Arc::clone(raw));
    }

    /// It has done so.
    pub(super) fn end(&self, shard: ShardNumber) {
        self.files().at_work.remove(&shard);
    }

    /// The shard has crashed. Gives the record that is parked from now on, if one is.
    pub(super) fn crashed(&self, shard: ShardNumber) -> Option<Arc<RawRecord>> {
        let mut files = self.files();
        let raw = files.at_work.remove(&shard)?;
        let is_again = !files.suspected.insert(place(&raw));
        let is_convicted = is_again && files.convicted.len() < CONVICTED_MOST;
        (is_convicted && files.convicted.insert(place(&raw))).then_some(raw)
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(raw: &RawRecord) -> Place {
    (raw.topic.clone(), raw.partition, raw.offset)
}

/// What a record holds that is not to be acted on: each of its events is parked.
pub(super) fn parked(items: Vec<Item>) -> Vec<Item> {
    let parked = items.into_iter().map(|item| match item {
        Item::Event(event) => Item::Park(Refused {
            why: why(),
            source: Some(event.source),
            id: Some(event.id),
            kind: Some(event.kind.word().to_owned()),
            takes_access: event.kind.takes_access(),
            trace: event.trace,
        }),
        Item::Park(refused) => Item::Park(Refused { why: why(), ..refused }),
        Item::Skip(_) => item,
    });
    parked.collect()
}

fn why() -> Why {
    Why::new(
        Code::EventCrashes,
        None,
        "usher crashed twice while it acted on this record, which is a bug; it is set aside so that \
         everything else goes on; report it, and replay it with a version that is mended",
    )
}

#[cfg(test)]
mod tests {
    use super::{CONVICTED_MOST, Standing, Suspects};
    use crate::model::{RawRecord, ShardNumber};
    use jiff::Timestamp;
    use std::sync::Arc;

    const SHARD: ShardNumber = ShardNumber(3);

    fn record(offset: i64) -> Arc<RawRecord> {
        Arc::new(RawRecord {
            topic: "hr".to_owned(),
            partition: 0,
            offset,
            timestamp: Timestamp::UNIX_EPOCH,
            key: None,
            value: None,
            headers: Vec::new(),
        })
    }

    fn crash(suspects: &Suspects, offset: i64) -> bool {
        suspects.begin(SHARD, &record(offset));
        suspects.crashed(SHARD).is_some()
    }

    #[test]
    fn what_crashes_the_shard_twice_is_convicted() {
        let suspects = Suspects::default();
        assert!(!crash(&suspects, 7));
        assert_eq!(suspects.standing(&record(7)), Standing::Suspect);
        assert_eq!(suspects.standing(&record(8)), Standing::Free);
        assert!(crash(&suspects, 7));
        assert_eq!(suspects.standing(&record(7)), Standing::Convicted);
    }

    #[test]
    fn what_crashes_without_a_record_or_behind_it_convicts_none() {
        let suspects = Suspects::default();
        for _ in 0..3 {
            suspects.begin(SHARD, &record(7));
            suspects.end(SHARD);
            assert!(suspects.crashed(SHARD).is_none());
        }
        assert_eq!(suspects.standing(&record(7)), Standing::Free);
    }

    /// Whatever is wrong, the topics are not emptied into the parked one.
    #[test]
    fn so_many_at_most_are_convicted() {
        let suspects = Suspects::default();
        let convicted =
            (0..100).filter(|offset| crash(&suspects, *offset) | crash(&suspects, *offset));
        assert_eq!(convicted.count(), CONVICTED_MOST);
    }
}
