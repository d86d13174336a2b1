//! Which parked records were read again: each counts once.

use crate::model::position::Position;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// So many are remembered at a time: with them the record of orders stays below 200 KiB.
const KEPT_MOST: usize = 5_000;

/// What stands for each place, and until when it is remembered, in seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replays(BTreeMap<u64, i64>);

impl Replays {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this event of a record was read again; `None`: the record as a whole.
    pub fn know(&self, record: &Position, index: Option<u32>) -> bool {
        self.0.contains_key(&digest(record, index))
    }

    /// Whether one more can be remembered. What is over is forgotten first.
    pub fn have_room(&mut self, now: Timestamp) -> bool {
        self.0.retain(|_, until| *until > now.as_second());
        self.0.len() < KEPT_MOST
    }

    pub fn note(&mut self, record: &Position, index: Option<u32>, until: Timestamp) {
        self.0.insert(digest(record, index), until.as_second());
    }
}

fn digest(record: &Position, index: Option<u32>) -> u64 {
    let index = index.map_or("all".to_owned(), |index| index.to_string());
    let Position { topic, generation, partition, offset } = record;
    let place = format!("{topic}/{generation}/{partition}/{offset}/{index}");
    Sha256::digest(place).iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::{KEPT_MOST, Replays};
    use crate::model::position::Position;
    use jiff::{SignedDuration, Timestamp};

    fn place(offset: i64) -> Position {
        Position { topic: "hr".to_owned(), generation: 0, partition: 0, offset }
    }

    #[test]
    fn there_is_room_for_a_number_of_them_and_again_when_they_are_over() {
        let (now, mut replays) = (Timestamp::UNIX_EPOCH, Replays::default());
        let until = now + SignedDuration::from_hours(1);
        for offset in (0..).take(KEPT_MOST) {
            assert!(replays.have_room(now));
            replays.note(&place(offset), None, until);
        }
        assert!(!replays.have_room(now));
        assert!(replays.know(&place(7), None) && !replays.know(&place(7), Some(0)));
        let written = serde_json::to_vec(&replays).unwrap();
        assert!(written.len() < 200 * 1024, "{}", written.len());
        assert_eq!(serde_json::from_slice::<Replays>(&written).unwrap(), replays);
        assert!(replays.have_room(until));
        assert!(!replays.know(&place(7), None));
    }
}
