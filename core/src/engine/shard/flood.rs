//! Records of the control topic of which nothing comes: each is told, until they are too many to be read.

use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::position::EventPosition;
use jiff::{SignedDuration, Timestamp};

/// So many are told one by one within a minute.
const TOLD_MOST: u32 = 60;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What was told of late, and what was not.
#[derive(Debug, Default)]
pub(super) struct Flood {
    since: Option<Timestamp>,
    told: u32,
    /// The first of those that were not told, and how many there are.
    untold: Option<(EventPosition, u64)>,
}

impl Flood {
    /// Whether one more is told by itself.
    pub(super) fn tells(&mut self, position: &EventPosition, now: Timestamp) -> bool {
        if self.since.is_none_or(|since| now.duration_since(since) >= MINUTE) {
            (self.since, self.told) = (Some(now), 0);
        }
        if self.told < TOLD_MOST {
            self.told += 1;
            return true;
        }
        match &mut self.untold {
            Some((_, count)) => *count += 1,
            None => self.untold = Some((position.clone(), 1)),
        }
        false
    }

    /// One line for all that were not told: it goes with the commit that moves past them.
    pub(super) fn sum_up(&mut self) -> Option<(EventPosition, Why)> {
        let (position, count) = self.untold.take()?;
        let text = format!(
            "{count} records from here on were refused and are not told one by one, for they came too \
             fast; look who writes to the control topic"
        );
        Some((position, Why::new(Code::CommandFlood, None, text)))
    }
}
