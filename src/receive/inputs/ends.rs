//! How far the partitions reach, and how far they can be read: behind an open transaction nothing is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::Statistics;

use crate::kafka::clients::Role;

/// Longer than a transaction of a healthy source is open.
const STALLED_AFTER: Duration = Duration::from_secs(10);

/// A partition whose stable end stands while it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stall {
    pub topic: String,
    pub partition: i32,
    /// What lies from here on cannot be read.
    pub stable: i64,
    pub high: i64,
    pub lasts: Duration,
}

/// As the client last saw it.
#[derive(Clone, Copy, Debug)]
struct End {
    stable: i64,
    high: i64,
    /// When the stable end came here, or all could be read.
    since: Instant,
}

/// The ends of the partitions.
#[derive(Clone, Debug, Default)]
pub(super) struct Ends(Arc<Mutex<BTreeMap<(String, i32), End>>>);

impl Ends {
    pub(super) fn highs(&self) -> BTreeMap<(String, i32), i64> {
        self.lock().iter().map(|(key, end)| (key.clone(), end.high)).collect()
    }

    pub(super) fn stalls(&self, now: Instant) -> Vec<Stall> {
        let stall = |((topic, partition), end): (&(String, i32), &End)| {
            let lasts = now.saturating_duration_since(end.since);
            (end.stable < end.high && lasts >= STALLED_AFTER).then(|| Stall {
                topic: topic.clone(),
                partition: *partition,
                stable: end.stable,
                high: end.high,
                lasts,
            })
        };
        self.lock().iter().filter_map(stall).collect()
    }

    pub(super) fn saw(&self, key: (String, i32), stable: i64, high: i64, now: Instant) {
        let mut ends = self.lock();
        let end = ends.entry(key).or_insert(End { stable, high, since: now });
        let could_all_be_read = end.stable >= end.high;
        if end.stable != stable || stable >= high || could_all_be_read {
            end.since = now;
        }
        (end.stable, end.high) = (stable, high.max(stable));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(String, i32), End>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes how far the partitions reach.
impl Role for Ends {
    fn note(&self, statistics: &Statistics) {
        let now = Instant::now();
        for topic in statistics.topics.values() {
            for partition in topic.partitions.values() {
                if partition.desired && partition.ls_offset >= 0 {
                    let key = (topic.topic.clone(), partition.partition);
                    self.saw(key, partition.ls_offset, partition.hi_offset, now);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ends, STALLED_AFTER};
    use std::time::{Duration, Instant};

    fn key() -> (String, i32) {
        ("hr".to_owned(), 0)
    }

    /// A connector hangs in the middle of a transaction; a termination lies behind it.
    #[test]
    fn a_stable_end_that_stands_while_the_log_grows_is_a_stall() {
        let (ends, start) = (Ends::default(), Instant::now());
        ends.saw(key(), 5, 6, start);
        assert!(ends.stalls(start + STALLED_AFTER / 2).is_empty(), "an open transaction is usual");
        ends.saw(key(), 5, 9, start + STALLED_AFTER / 2);
        let stalls = ends.stalls(start + STALLED_AFTER);
        assert_eq!(stalls.len(), 1);
        assert_eq!((stalls[0].stable, stalls[0].high, stalls[0].lasts), (5, 9, STALLED_AFTER));
        assert_eq!(ends.highs()[&key()], 9, "what cannot be read counts as lag");
    }

    #[test]
    fn one_short_transaction_after_another_is_no_stall() {
        let (ends, start) = (Ends::default(), Instant::now());
        for second in 0..60 {
            let now = start + Duration::from_secs(second);
            let end = i64::try_from(second).unwrap();
            ends.saw(key(), end, end + 3, now);
            assert!(ends.stalls(now).is_empty());
        }
    }

    #[test]
    fn a_quiet_partition_is_no_stall() {
        let (ends, start) = (Ends::default(), Instant::now());
        ends.saw(key(), 5, 5, start);
        assert!(ends.stalls(start + Duration::from_hours(1)).is_empty());
        ends.saw(key(), 5, 7, start + Duration::from_hours(1));
        assert!(ends.stalls(start + Duration::from_secs(3_601)).is_empty(), "it has only begun");
    }
}
