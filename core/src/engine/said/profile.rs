//! A person's attributes as HR gives them: what each source said, and from when it holds.
//!
//! Of each lane (a source's events with a sequence, or without) the word that holds and the one that
//! is announced are kept; what is kept depends on the lane alone, never on when others were heard.

use crate::engine::clocks::AHEAD_MOST;
use crate::engine::state::{LegalHold, Person, ProfileMark};
use crate::model::account::AttributeName;
use crate::model::event::{Event, EventClass, OrderKey};
use crate::model::event_kind::EventKind;
use crate::model::operation::Field;
use jiff::Timestamp;
use std::cmp::Ordering;

/// Words kept of an attribute.
const WORDS: usize = 16;
/// Words kept of legal holds that do not hold any more.
const HOLDS: usize = 16;

impl ProfileMark {
    fn lane(&self) -> (&str, bool) {
        (&self.source, self.key.sequence.is_some())
    }

    /// The first instant at which it holds.
    pub fn since(&self) -> Timestamp {
        self.from.unwrap_or(self.key.time)
    }

    /// The greater wins, of those that hold.
    fn compare(&self, other: &Self) -> Ordering {
        let rank = |mark: &'_ Self| (!mark.asked, mark.since(), mark.key.time);
        let by_time = rank(self).cmp(&rank(other));
        by_time.then_with(|| (&self.source, &self.key).cmp(&(&other.source, &other.key)))
    }
}

/// From when the attributes of an event hold, if later than at once. Those of a hire count at once:
/// the account is made ahead of the first day, and corrected until then.
pub fn dated(event: &Event) -> Option<Timestamp> {
    let is_ahead =
        matches!(event.kind, EventKind::Transferred | EventKind::Converted | EventKind::Updated);
    event.effective_at.filter(|at| is_ahead && *at > event.time)
}

/// Takes a word in; says whether the lane had no later one.
pub fn note(marks: &mut Vec<ProfileMark>, mark: ProfileMark) -> bool {
    let last = marks.iter().filter(|kept| kept.lane() == mark.lane()).map(|kept| &kept.key).max();
    if last.is_some_and(|last| *last >= mark.key) {
        return false;
    }
    let said = mark.key.time;
    let holds = |kept: &ProfileMark| kept.since() <= said;
    let of_lane = |kept: &ProfileMark| kept.lane() == mark.lane();
    // What was announced and has not come is replaced by a new announcement; a word about now
    // replaces what held until now.
    // By our clock, which may be behind its source's, a day that has come there may be still to come:
    // until it has come by all clocks, what held before it stays.
    let by_all_clocks = said.checked_sub(AHEAD_MOST).unwrap_or(said);
    let surely_holds =
        |kept: &ProfileMark| holds(kept) && kept.from.is_none_or(|from| from <= by_all_clocks);
    let latest = marks.iter().filter(|kept| of_lane(kept) && surely_holds(kept));
    let latest = latest.map(ProfileMark::since).max();
    marks.retain(|kept| {
        !of_lane(kept)
            || match mark.from {
                Some(_) => holds(kept) && latest.is_none_or(|latest| kept.since() >= latest),
                None => !holds(kept),
            }
    });
    marks.push(mark);
    forget_beaten(marks);
    marks.sort_by(|a, b| (a.lane(), &a.key).cmp(&(b.lane(), &b.key)));
    true
}

/// Of too many words those go first that hold and are beaten by all others: a source whose name holds
/// the day of an export has a new lane each day.
fn forget_beaten(marks: &mut Vec<ProfileMark>) {
    let latest = marks.iter().map(|mark| mark.key.time).max();
    while marks.len() > WORDS {
        let holding = marks.iter().enumerate().filter(|(_, mark)| Some(mark.since()) <= latest);
        let Some((least, _)) = holding.min_by(|(_, a), (_, b)| a.compare(b)) else { return };
        marks.remove(least);
    }
}

/// The word that holds at `now`; before the first announced day the announcement itself, for there
/// is nothing else.
pub fn holding(marks: &[ProfileMark], now: Timestamp) -> Option<&ProfileMark> {
    // What is said of today holds, though its source's clock be ahead of ours.
    let holds = |mark: &&ProfileMark| mark.from.is_none_or(|from| from <= now);
    let begun = marks.iter().filter(holds).max_by(|a, b| a.compare(b));
    begun.or_else(|| marks.iter().min_by(|a, b| a.compare(b)))
}

/// The days to come on which an attribute changes.
pub fn edges(person: &Person) -> impl Iterator<Item = Timestamp> {
    person.profile.values().flatten().filter_map(|mark| mark.from)
}

/// What the event says of one attribute.
pub fn mark_of(event: &Event, key: OrderKey, value: Field) -> ProfileMark {
    let asked = event.kind.class() == EventClass::Request;
    ProfileMark { source: event.source.clone(), key, from: dated(event), asked, value }
}

/// Takes in whether the event speaks of a legal hold; `key`: its place in its lane.
pub fn note_legal_hold(person: &mut Person, event: &Event, key: &OrderKey) {
    let said = event.data.get("legal_hold").and_then(serde_json::Value::as_bool);
    let Some(on) = said.filter(|_| event.kind.class() == EventClass::Hr) else { return };
    let said = LegalHold { source: event.source.clone(), key: key.clone(), on };
    note_hold(&mut person.legal_holds, said);
}

/// Keeps the last word of each lane.
pub fn note_hold(holds: &mut Vec<LegalHold>, said: LegalHold) {
    let lane = |hold: &LegalHold| (hold.source.clone(), hold.key.sequence.is_some());
    match holds.iter_mut().find(|kept| lane(kept) == lane(&said)) {
        Some(kept) if kept.key >= said.key => {}
        Some(kept) => *kept = said,
        None => holds.push(said),
    }
    let lifted = holds.iter().enumerate().filter(|(_, hold)| !hold.on);
    if lifted.clone().count() > HOLDS
        && let Some((oldest, _)) = lifted.min_by_key(|(_, hold)| hold.key.time)
    {
        holds.remove(oldest);
    }
}

/// Takes in all that another record of the same person says of an attribute.
pub fn unite(person: &mut Person, name: AttributeName, others: Vec<ProfileMark>) {
    let marks = person.profile.entry(name).or_default();
    let mut all = std::mem::take(marks);
    all.extend(others);
    all.sort_by(|a, b| (a.lane(), &a.key).cmp(&(b.lane(), &b.key)));
    for mark in all {
        note(marks, mark);
    }
}
