//! Records and people at which a shard crashed: a record that does it twice is parked, and no longer read;
//! a person who does it twice is set aside, and no longer planned for.
//!
//! The engine does the same for the same inputs, so what it cannot bear would crash every life of the shard.
//! What crashes without a record, as a timer does, convicts no record: before a suspect is read, the time
//! passes without it. It convicts whoever the shard was at work for.

use crate::decode::{Item, Refused};
use crate::engine::Shard;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::{PersonId, RawRecord, ShardNumber};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// More are not their fault, and none is set aside any more.
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

/// What a shard crashed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Culprit {
    /// It is parked from now on.
    Record(Arc<RawRecord>),
    /// They are set aside from now on.
    Person(PersonId),
}

/// The records and people of this process.
#[derive(Debug, Default)]
pub(super) struct Suspects(Mutex<Files>);

#[derive(Debug, Default)]
struct Files {
    /// What each shard reads at this moment.
    at_work: BTreeMap<ShardNumber, Arc<RawRecord>>,
    suspected: BTreeSet<Place>,
    convicted: BTreeSet<Place>,
    /// Whom each shard was at work for when it crashed.
    crashed_for: BTreeMap<ShardNumber, PersonId>,
    suspected_people: BTreeSet<(ShardNumber, PersonId)>,
    convicted_people: BTreeSet<(ShardNumber, PersonId)>,
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

    /// Lets the shard do something. If it crashes, whom it was at work for is known, and the crash goes on.
    pub(super) fn watch<T>(
        &self,
        number: ShardNumber,
        shard: &mut Shard,
        act: impl FnOnce(&mut Shard) -> T,
    ) -> T {
        match catch_unwind(AssertUnwindSafe(|| act(shard))) {
            Ok(done) => done,
            Err(panic) => {
                // Whatever else it holds by now: nothing but this is asked of it any more.
                if let Some(person) = shard.at_work() {
                    self.files().crashed_for.insert(number, person.clone());
                }
                resume_unwind(panic)
            }
        }
    }

    /// Whom the shard is to leave alone.
    pub(super) fn people(&self, shard: ShardNumber) -> BTreeSet<PersonId> {
        let files = self.files();
        let theirs = files.convicted_people.iter().filter(|(number, _)| *number == shard);
        theirs.map(|(_, person)| person.clone()).collect()
    }

    /// The shard has crashed. Gives what is left alone from now on, if something is: a record that was read
    /// comes before whoever it is about.
    pub(super) fn crashed(&self, shard: ShardNumber) -> Option<Culprit> {
        let mut files = self.files();
        let person = files.crashed_for.remove(&shard);
        let Some(raw) = files.at_work.remove(&shard) else {
            let whose = (shard, person?);
            let is_again = !files.suspected_people.insert(whose.clone());
            let is_convicted = is_again && files.convicted_people.len() < CONVICTED_MOST;
            return (is_convicted && files.convicted_people.insert(whose.clone()))
                .then_some(Culprit::Person(whose.1));
        };
        let is_again = !files.suspected.insert(place(&raw));
        let is_convicted = is_again && files.convicted.len() < CONVICTED_MOST;
        (is_convicted && files.convicted.insert(place(&raw))).then_some(Culprit::Record(raw))
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
    use super::{CONVICTED_MOST, Culprit, Standing, Suspects};
    use crate::model::{PersonId, RawRecord, ShardNumber};
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

    /// A timer of theirs crashes it, again and again.
    #[test]
    fn whoever_the_shard_crashes_at_twice_is_convicted_in_that_shard() {
        let (suspects, kim) = (Suspects::default(), PersonId::new("p-kim"));
        let crash = |person: &PersonId| {
            suspects.files().crashed_for.insert(SHARD, person.clone());
            suspects.crashed(SHARD)
        };
        assert_eq!(crash(&kim), None);
        assert!(suspects.people(SHARD).is_empty(), "once is chance");
        assert_eq!(crash(&PersonId::new("p-ada")), None, "so it is of another");
        assert_eq!(crash(&kim), Some(Culprit::Person(kim.clone())));
        assert_eq!(suspects.people(SHARD), [kim].into());
        assert!(suspects.people(ShardNumber(4)).is_empty());
        assert_eq!(suspects.crashed(SHARD), None, "nobody was at work");
    }

    /// Whoever a record is about is not to blame for it.
    #[test]
    fn a_record_that_crashes_the_shard_comes_before_whom_it_is_about() {
        let (suspects, kim) = (Suspects::default(), PersonId::new("p-kim"));
        for _ in 0..2 {
            suspects.begin(SHARD, &record(7));
            suspects.files().crashed_for.insert(SHARD, kim.clone());
            suspects.crashed(SHARD);
        }
        assert_eq!(suspects.standing(&record(7)), Standing::Convicted);
        assert!(suspects.people(SHARD).is_empty());
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
