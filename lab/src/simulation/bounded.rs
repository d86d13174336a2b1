//! Every record has a size that Kafka takes, and every list in it a cap.
//!
//! The numbers are promises to whoever runs usher, told here once more: a cap that is raised in the
//! engine must be raised here, too, with a look at what a record may become.

use super::checks::{Invariant, Violation};
use crate::engine::record::Kept;
use crate::engine::record::decode;
use crate::model::{Commit, StateWrite};
use std::collections::BTreeMap;

/// Records stay under this (`docs/design.md`, "Limits").
const RECORD_BYTES: usize = 64 * 1024;
pub const RECENT_EVENTS: usize = 64;
pub const WORDS_OF_A_LANE: usize = 12;
/// What signals may make of a record; HR has some room more.
const PERSON_BYTES: usize = 40 * 1024;
/// More than any event of a simulated company adds.
const EVENT_BYTES: usize = 4 * 1024;
const CALLS_OF_A_REVISION: usize = 24;
const CALLS_IN_DOUBT: usize = 16;
/// One of each kind of note and code.
const NOTES_OF_A_REVISION: usize = 16;
/// A plan: the account, and the groups that rules name.
const WRITTEN_AHEAD: usize = 8;
/// Every so many commits what is in the records is looked at; their size always.
const EVERY: u64 = 9;

/// What a commit writes of people is small enough.
pub fn check(commit: &Commit) -> Result<(), Violation> {
    for write in &commit.state {
        let size = write.value.as_ref().map_or(0, Vec::len);
        if size >= RECORD_BYTES {
            let what = format!("the record `{}` has {size} bytes", write.key);
            return Err(Invariant::Bounded.broken(None, what));
        }
        if commit.id.0.is_multiple_of(EVERY) && is_of_person(write) {
            check_lists(write)?;
        }
    }
    Ok(())
}

/// Whether a person's record has no room for another event.
pub fn is_full(key: &str, value: &[u8]) -> bool {
    decode::<Kept>(key, value).is_ok_and(|Kept { person, .. }| {
        let said = (&person.employments, &person.legal_holds, &person.last_words);
        let kept = (&person.aliases, &person.claims, &person.forgotten, &person.profile, said);
        serde_json::to_vec(&kept).is_ok_and(|kept| kept.len() + EVENT_BYTES > PERSON_BYTES)
    })
}

/// Whether a person's state is written, and no other.
pub fn is_of_person(write: &StateWrite) -> bool {
    write.key.contains('/')
}

fn check_lists(write: &StateWrite) -> Result<(), Violation> {
    let Some(value) = &write.value else { return Ok(()) };
    let broken = |what: String| Err(Invariant::Bounded.broken(None, what));
    let Kept { person, seats } = match decode(&write.key, value) {
        Ok(kept) => kept,
        Err(unreadable) => return broken(unreadable.to_string()),
    };
    let mut lists = vec![("events remembered", person.recent.len(), RECENT_EVENTS)];
    for claim in &person.claims {
        let mut lanes: BTreeMap<(&str, bool), usize> = BTreeMap::new();
        for mark in &claim.marks {
            *lanes.entry((&mark.source, mark.key.sequence.is_some())).or_default() += 1;
        }
        let longest = lanes.into_values().max().unwrap_or(0);
        lists.push(("words of a lane", longest, WORDS_OF_A_LANE));
    }
    for seat in seats.values() {
        lists.extend([
            ("calls of a revision", seat.calls.len(), CALLS_OF_A_REVISION),
            ("calls in doubt", seat.unanswered.len(), CALLS_IN_DOUBT),
            ("notes", seat.notes.len(), NOTES_OF_A_REVISION),
            ("operations written ahead", seat.pending.len(), WRITTEN_AHEAD),
        ]);
    }
    match lists.into_iter().find(|(_, length, cap)| length > cap) {
        Some((name, length, cap)) => {
            broken(format!("`{}` has {length} {name}, and {cap} is the cap", write.key))
        }
        None => Ok(()),
    }
}
