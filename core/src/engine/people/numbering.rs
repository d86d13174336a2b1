//! A source that numbers its events anew: its system was restored, replaced or moved.
//!
//! By their numbers all its events would be old news, and who is terminated would stay in without a
//! word. Numbers and times contradict each other then, and only somebody who knows the source can say
//! which of them count. Until then a cut is taken in by its time, and nothing else is taken in.

use crate::engine::people::remark;
use crate::engine::state::Person;
use crate::model::decision::Why;
use crate::model::event::{Event, OrderKey};
use jiff::{SignedDuration, Timestamp};

/// By how much an event must be later than all that has a higher number: no source's clock is so far
/// out for the time of a few events, and no number overtakes another by so much.
const LATER_BY: SignedDuration = SignedDuration::from_hours(2);
/// What is later by less than that, and more than clocks differ, may be either: somebody must look at
/// a cut that would be old news by its number.
const DOUBTFUL_BY: SignedDuration = SignedDuration::from_mins(5);

/// What becomes of an event whose number contradicts its time.
#[derive(Debug)]
pub(in crate::engine) enum Anew {
    /// It takes access: it counts by its time, and this is told besides.
    Counts(Why),
    /// It is set aside.
    Waits(Why),
}

/// Judges an event whose source may have begun to count anew; `None`: its number fits.
pub(in crate::engine) fn judge(person: &Person, event: &Event) -> Option<Anew> {
    let later_by = person.later_than_its_number(event)?;
    let takes_access = event.kind.takes_access();
    if later_by < LATER_BY {
        let is_doubtful = takes_access && later_by >= DOUBTFUL_BY;
        return is_doubtful.then(|| Anew::Waits(remark::numbered_anew()));
    }
    // Without a time of its own it may as well be an old event that was sent again.
    let counts = takes_access && event.is_timed;
    Some(if counts {
        Anew::Counts(remark::cut_anew())
    } else {
        Anew::Waits(remark::numbered_anew())
    })
}

impl Person {
    /// Whether the event's number says nothing any more, for its time contradicts it.
    pub(in crate::engine) fn is_numbered_anew(&self, event: &Event) -> bool {
        self.later_than_its_number(event).is_some_and(|later_by| later_by >= LATER_BY)
    }

    /// By how much an event is newer than all that its source has said of the person, if its number says
    /// that it is older than some of that.
    fn later_than_its_number(&self, event: &Event) -> Option<SignedDuration> {
        event.sequence.as_ref()?;
        let key = event.order_key();
        let (mut is_overtaken, mut latest) = (false, Timestamp::MIN);
        for (source, said) in self.said() {
            if source == event.source && said.sequence.is_some() {
                is_overtaken |= said.has_higher_number(&key);
                latest = latest.max(said.time);
            }
        }
        is_overtaken.then(|| event.time.duration_since(latest))
    }

    /// The places of all words that are kept, and of the last that are not, each with its source.
    pub(in crate::engine) fn said(&self) -> impl Iterator<Item = (&str, &OrderKey)> {
        let said = self.claims.iter().chain(&self.employments).flat_map(|one| &one.marks);
        let said = said.map(|mark| (mark.source.as_str(), &mark.key));
        let told = self.profile.values().flatten().map(|mark| (mark.source.as_str(), &mark.key));
        let holds = self.legal_holds.iter().map(|hold| (hold.source.as_str(), &hold.key));
        let gone = self.last_words.iter().map(|last| (last.source.as_str(), &last.key));
        said.chain(told).chain(holds).chain(gone)
    }
}
