//! Whether a log is still the one that was read: some records of it are remembered, and looked at again.
//!
//! A topic that was made anew, or cut short and written on, may hold more than our position by the time
//! it is looked at, so its length tells nothing.

use crate::model::position::{Extent, Mark, Sight};

/// So many are kept of a partition: the first, the last, and others the denser the newer.
const KEPT: usize = 6;

/// Remembers a record that was decided.
pub(in crate::engine) fn note(marks: &mut Vec<Mark>, mark: Mark) {
    marks.push(mark);
    if marks.len() > KEPT
        && let Some(least) = least_telling(marks)
    {
        marks.remove(least);
    }
}

/// Which one leaves the smallest hole, measured by how far back it is.
fn least_telling(marks: &[Mark]) -> Option<usize> {
    let last = marks.last()?.offset;
    let hole = |index: usize| {
        let (before, after) = (marks.get(index - 1)?, marks.get(index + 1)?);
        let far = i128::from(last - before.offset).max(1);
        Some(i128::from(after.offset - before.offset) * 1_000_000 / far)
    };
    (1..marks.len().saturating_sub(1)).min_by_key(|index| hole(*index))
}

/// What the marks say of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Log {
    /// All that was looked at is what was read; `after`: the newest of it.
    Ours {
        after: i64,
    },
    /// Its beginning is ours, and after `after` it is another's.
    CutShort {
        after: i64,
    },
    Another,
    /// Nothing of what is known is there to be looked at.
    Unknown,
}

/// Judges by what was seen of the partition, newest first. Where a record was and none is now, another
/// log is as likely as a compacted one: read again, the same events do nothing.
pub(in crate::engine) fn judge(marks: &[Mark], extent: Extent, sights: &[Sight]) -> Log {
    let is_same = |mark: &Mark| {
        if mark.offset < extent.low {
            return None;
        }
        if mark.offset >= extent.high {
            return Some(false);
        }
        let is_here =
            |sight: &&Sight| (sight.partition, sight.offset) == (extent.partition, mark.offset);
        let sight = sights.iter().find(is_here)?;
        Some(sight.digest == Some(mark.digest))
    };
    let seen = marks.iter().rev().filter_map(|mark| Some((mark.offset, is_same(mark)?)));
    let seen: Vec<(i64, bool)> = seen.collect();
    let Some((newest, newest_is_same)) = seen.first().copied() else { return Log::Unknown };
    let Some(ours) = seen.iter().position(|(_, same)| *same) else { return Log::Another };
    let rest_is_same = seen.iter().skip(ours).all(|(_, same)| *same);
    match seen.get(ours) {
        Some((after, _)) if rest_is_same && !newest_is_same => Log::CutShort { after: *after },
        Some(_) if rest_is_same => Log::Ours { after: newest },
        // Something older is not what was read: what was read of late is the new log already.
        Some(_) | None => Log::Another,
    }
}
