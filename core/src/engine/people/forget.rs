//! What is over is forgotten: when it is old, and before its time when a record gets too large.
//!
//! Of each lane (a source's events with a sequence, or without) the last word that was forgotten stays,
//! or a re-delivery would bring back what was withdrawn. It says nothing of other lanes: a source that
//! lags behind may still have a cut to tell that is older than what others have said since.

use crate::engine::said::claims::{Instance, Mark, Word};
use crate::engine::said::employment;
use crate::engine::state::{LastWord, Person};
use crate::model::event::{EventClass, OrderKey};
use jiff::{SignedDuration, Timestamp};

/// Lanes whose last word is kept. Of more the oldest becomes a mark for all: sources whose name holds
/// the day of an export have a new lane each day.
const LAST_WORDS: usize = 32;

impl LastWord {
    fn is_of_lane(&self, claim: &str, source: &str, key: &OrderKey) -> bool {
        self.claim == claim
            && self.source == source
            && self.key.sequence.is_some() == key.sequence.is_some()
    }
}

impl Person {
    /// Whether a word on a claim of which nothing is kept is older than what was forgotten of it.
    ///
    /// What takes access, and every end of a claim, is judged by its own lane alone. What gives access
    /// may have been withdrawn by another lane's word, which nobody knows any more.
    pub fn has_forgotten(&self, claim: &str, mark: &Mark) -> bool {
        let gives = matches!(mark.word, Word::Assert(_)) && !mark.takes_access();
        self.is_past(claim, &mark.source, &mark.key)
            || self.forgotten.get(claim).is_some_and(|forgotten| mark.key.time <= *forgotten)
            || gives
                && self
                    .last_words
                    .iter()
                    .any(|last| last.claim == claim && mark.key.time <= last.key.time)
    }

    /// Whether the lane has said this, or something later, of a claim that is forgotten.
    pub fn is_past(&self, claim: &str, source: &str, key: &OrderKey) -> bool {
        let mut lane = self.last_words.iter().filter(|last| last.is_of_lane(claim, source, key));
        lane.any(|last| last.key >= *key)
    }

    /// Whether another lane has said something later of a claim of this name that is forgotten.
    pub fn has_others_forgotten_since(&self, claim: &str, source: &str, key: &OrderKey) -> bool {
        let mut others = self
            .last_words
            .iter()
            .filter(|last| last.claim == claim && !last.is_of_lane(claim, source, key));
        let is_behind_all = self.forgotten.get(claim).is_some_and(|heard| key.time <= *heard);
        !self.is_past(claim, source, key)
            && (is_behind_all || others.any(|last| key.time <= last.key.time))
    }

    /// Keeps the last word of its lane.
    pub fn keep_last_word(&mut self, word: LastWord) {
        let mut kept = self.last_words.iter_mut();
        match kept.find(|kept| kept.is_of_lane(&word.claim, &word.source, &word.key)) {
            Some(kept) if kept.key < word.key => kept.key = word.key,
            Some(_) => {}
            None => self.last_words.push(word),
        }
        if self.last_words.len() > LAST_WORDS {
            let oldest = self.last_words.iter().enumerate().min_by_key(|(_, last)| last.key.time);
            if let Some((index, _)) = oldest {
                let gone = self.last_words.remove(index);
                let mark = self.forgotten.entry(gone.claim).or_insert(gone.key.time);
                *mark = gone.key.time.max(*mark);
            }
        }
    }

    /// Keeps the last words on an instance that is forgotten, under this name.
    pub fn keep_last_words(&mut self, claim: &str, gone: Instance) {
        for Mark { source, key, word: _, at: _ } in gone.marks {
            self.keep_last_word(LastWord { claim: claim.to_owned(), source, key });
        }
    }
}

/// Drops instances whose every span is over and whose last word is older than the horizon.
pub fn forget_old(person: &mut Person, horizon: SignedDuration, now: Timestamp) {
    if let Ok(oldest) = now.checked_sub(horizon) {
        forget_before(person, oldest);
    }
}

/// Makes room for what an event of this class has brought. Says whether there is room.
///
/// What is over goes before its time, and first the half that has been over for longest: of that a
/// source that lags behind will hardly speak any more.
pub fn make_room(person: &mut Person, class: EventClass, now: Timestamp) -> bool {
    while person.is_too_large_for(class) {
        let known = person.claims.len();
        forget_before(person, middle_of_what_is_over(person, now).unwrap_or(now));
        if person.claims.len() == known {
            forget_before(person, now);
            break;
        }
    }
    !person.is_too_large_for(class)
}

/// The instant just after half of what is over by now was.
fn middle_of_what_is_over(person: &Person, now: Timestamp) -> Option<Timestamp> {
    let over = person.claims.iter().filter_map(|claim| over_since(claim, person, now));
    let mut over: Vec<Timestamp> = over.filter(|since| *since < now).collect();
    over.sort_unstable();
    let middle = over.get(over.len().checked_sub(1)? / 2)?;
    middle.checked_add(SignedDuration::from_nanos(1)).ok()
}

/// Since when nothing is in force and nothing was heard of the instance; `None`: it has no end.
fn over_since(claim: &Instance, person: &Person, now: Timestamp) -> Option<Timestamp> {
    let spans = person.mutes.spans_anywhere(claim, &person.claims, now);
    let ends: Option<Vec<Timestamp>> = spans.iter().map(|span| span.until).collect();
    ends?.into_iter().chain(claim.last_heard()).max()
}

fn forget_before(person: &mut Person, oldest: Timestamp) {
    employment::forget_ended(person, oldest);
    let over: Vec<bool> = person
        .claims
        .iter()
        .map(|kept| {
            // Whose end is undone goes on.
            let spans = person.mutes.spans_anywhere(kept, &person.claims, oldest);
            let ended = spans.iter().all(|span| span.until.is_some_and(|until| until <= oldest));
            ended && kept.last_heard().is_none_or(|heard| heard < oldest)
        })
        .collect();
    // What was said of all instances is needed for as long as one of them is.
    let goes: Vec<bool> = person
        .claims
        .iter()
        .zip(&over)
        .map(|(claim, is_over)| {
            let mut others = person.claims.iter().zip(&over);
            *is_over && !others.any(|(other, is_over)| !is_over && other.is_covered_by(claim))
        })
        .collect();
    let mut goes = goes.into_iter();
    let (gone, kept): (Vec<_>, Vec<_>) =
        std::mem::take(&mut person.claims).into_iter().partition(|_| goes.next().unwrap_or(false));
    person.claims = kept;
    person.mutes.forget_without(&person.claims);
    for claim in gone {
        let name = claim.name.clone();
        person.keep_last_words(&name, claim);
    }
}
