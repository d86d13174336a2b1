//! One claim instance over time: which words count, and when it is in force.
//!
//! The order of arrival never counts. Of each lane (a source's events with a sequence, or without)
//! the last words are kept; told again in the order of source time they give the spans. So every
//! interleaving that keeps each source's order, and every re-delivery, gives the same.

use crate::model::claim::{Assertion, By, ClaimName};
use crate::model::event::OrderKey;
use crate::model::wish::Presence;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Lanes kept of which nothing counts any more: sources whose name holds the day of an export have a
/// new one each day.
const LANES: usize = 16;
/// Lanes kept at the most.
const LANES_MOST: usize = 64;
/// Words kept of one lane.
const MARKS_PER_LANE: usize = 12;

/// A claim instance: a name, what tells it apart, and what its sources last said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    pub name: ClaimName,
    pub by: By,
    pub marks: Vec<Mark>,
}

/// One source's word on an instance; also the trace that a withdrawn instance leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub source: String,
    pub key: OrderKey,
    pub word: Word,
    /// A digest of where the event stood in Kafka; none in what earlier versions wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    Assert(Box<Assertion>),
    Withdraw { at: Timestamp },
}

/// A time during which an instance is, was or will be in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span<'a> {
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Option<Timestamp>,
    /// When the source said so; the newer wins among equals.
    pub said_at: Timestamp,
    pub assertion: &'a Assertion,
    ended: bool,
    /// It holds from when it was said: once heard it does not wait for a slower clock.
    begins_when_said: bool,
    /// So does its end, if that takes access: the end of a cut waits.
    ends_when_said: bool,
}

impl Span<'_> {
    /// When it begins, for a clock that shows `now`: what holds when it is said has begun once it is
    /// heard, whichever of the two clocks is wrong.
    pub fn begins(&self, now: Timestamp) -> Timestamp {
        if self.begins_when_said { self.from.min(now) } else { self.from }
    }

    /// The first instant after it, for a clock that shows `now`.
    pub fn ends(&self, now: Timestamp) -> Option<Timestamp> {
        if self.ends_when_said { self.until.map(|until| until.min(now)) } else { self.until }
    }

    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.begins(now) <= now && self.ends(now).is_none_or(|ends| now < ends)
    }
}

/// Whether a word was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    Kept,
    /// The lane has a later word, or this very one.
    Stale,
}

impl Mark {
    fn lane(&self) -> (&str, bool) {
        (&self.source, self.key.sequence.is_some())
    }

    /// Whether nothing that was said before it counts any more: it holds from when it was said.
    fn replaces_all(&self) -> bool {
        matches!(self.word, Word::Assert(_)) && self.holds_when_said()
    }

    fn holds_when_said(&self) -> bool {
        match &self.word {
            Word::Assert(assertion) => assertion.from <= self.key.time,
            Word::Withdraw { at } => *at <= self.key.time,
        }
    }

    pub(in crate::engine) fn takes_access(&self) -> bool {
        match &self.word {
            Word::Assert(assertion) => takes_access(assertion),
            Word::Withdraw { .. } => false,
        }
    }
}

pub(in crate::engine) fn takes_access(assertion: &Assertion) -> bool {
    assertion.want.active == Some(false)
        || assertion.want.account == Some(Presence::Absent)
        || assertion.precedence > crate::model::Precedence::Profile
}

impl Instance {
    pub fn new(name: ClaimName, by: By) -> Self {
        Self { name, by, marks: Vec::new() }
    }

    /// Takes in a word unless its lane has heard a later one.
    pub fn note(&mut self, mark: Mark) -> Noted {
        let lane_last =
            self.marks.iter().filter(|kept| kept.lane() == mark.lane()).map(|kept| &kept.key).max();
        if lane_last.is_some_and(|last| *last >= mark.key) {
            return Noted::Stale;
        }
        self.marks.push(mark);
        self.marks.sort_by(|a, b| (a.lane(), &a.key).cmp(&(b.lane(), &b.key)));
        self.forget_beyond_the_cap();
        self.forget_old_lanes();
        Noted::Kept
    }

    /// Takes in all words of another record of the same instance. Which of the two a word was in does
    /// not show afterwards.
    pub fn unite(&mut self, other: Self) {
        let mut all = std::mem::take(&mut self.marks);
        all.extend(other.marks);
        all.sort_by(|a, b| (a.lane(), &a.key).cmp(&(b.lane(), &b.key)));
        for mark in all {
            self.note(mark);
        }
    }

    /// Of a lane that has grown too long an assertion goes that the next one replaced; else a
    /// withdrawal that the next one moved before its time had come, for the assertion that both end
    /// must stay; else the oldest word. What goes depends on the lane alone, never on when other
    /// lanes were heard.
    fn forget_beyond_the_cap(&mut self) {
        let lanes: BTreeMap<(String, bool), usize> =
            self.marks.iter().fold(BTreeMap::new(), |mut lanes, mark| {
                let (source, sequenced) = mark.lane();
                *lanes.entry((source.to_owned(), sequenced)).or_default() += 1;
                lanes
            });
        let too_long = lanes.into_iter().find(|(_, words)| *words > MARKS_PER_LANE);
        let Some(((source, sequenced), _)) = too_long else { return };
        let is_in_lane = |mark: &Mark| mark.lane() == (source.as_str(), sequenced);
        let first_pair = |goes: fn(&Mark, &Mark) -> bool| {
            self.marks.windows(2).position(|pair| {
                matches!(pair, [first, next]
                    if is_in_lane(first) && is_in_lane(next) && goes(first, next))
            })
        };
        let index = first_pair(is_replaced)
            .or_else(|| first_pair(is_moved))
            .or_else(|| self.marks.iter().position(is_in_lane));
        if let Some(index) = index {
            self.marks.remove(index);
        }
    }

    /// Of too many lanes those go first of which nothing counts any more, the oldest before others:
    /// what a later word has replaced, and what it has replaced does not come back with a re-delivery.
    fn forget_old_lanes(&mut self) {
        let mut lanes: BTreeMap<(String, bool), Timestamp> = BTreeMap::new();
        for mark in &self.marks {
            let (source, sequenced) = mark.lane();
            let heard = lanes.entry((source.to_owned(), sequenced)).or_insert(mark.key.time);
            *heard = mark.key.time.max(*heard);
        }
        if lanes.len() <= LANES {
            return;
        }
        let replaced_at =
            self.marks.iter().filter(|mark| mark.replaces_all()).map(|it| it.key.time);
        let replaced_at = replaced_at.max().unwrap_or(Timestamp::MIN);
        let oldest = lanes.iter().min_by_key(|(lane, heard)| (**heard, *lane));
        let Some(((source, sequenced), heard)) = oldest else { return };
        let takes_access = self
            .marks
            .iter()
            .any(|mark| mark.lane() == (source.as_str(), *sequenced) && mark.takes_access());
        if *heard < replaced_at || !takes_access || lanes.len() > LANES_MOST {
            self.marks.retain(|mark| mark.lane() != (source.as_str(), *sequenced));
        }
    }

    /// Whether it was said of an account as nobody's.
    pub fn is_of_account(&self) -> bool {
        let is_so = |mark: &Mark| match &mark.word {
            Word::Assert(assertion) => assertion.of_account.is_some(),
            Word::Withdraw { .. } => false,
        };
        self.marks.iter().any(is_so)
    }

    /// Whether a mark on `wide` also counts for this instance.
    pub fn is_covered_by(&self, wide: &Self) -> bool {
        if self.name != wide.name || self.by == wide.by {
            return false;
        }
        match &wide.by {
            By::Person => true,
            By::Source(source) => {
                matches!(&self.by, By::Detection { source: mine, .. } if mine == source)
            }
            By::Employment(_) | By::Detection { .. } => false,
        }
    }

    /// Whether it is this very instance, which an earlier version kept apart because the id of its
    /// employment was written otherwise.
    fn is_kept_again_as(&self, other: &Self) -> bool {
        self.name == other.name && self.by.is_spelled_unlike(&other.by)
    }

    /// When the instance is in force, given all instances of its person.
    pub fn spans<'a>(&'a self, all: &'a [Self]) -> Vec<Span<'a>> {
        self.spans_of(all, |_, _| true)
    }

    /// The same, told by those words alone that count.
    pub fn spans_of<'a>(
        &'a self,
        all: &'a [Self],
        counts: impl Fn(&Self, &Mark) -> bool,
    ) -> Vec<Span<'a>> {
        let is_wide = |other: &&Self| self.is_covered_by(other) || self.is_kept_again_as(other);
        let wide = all.iter().filter(is_wide);
        let owners = std::iter::once(self).chain(wide);
        let marks = owners.flat_map(|it| it.marks.iter().filter(|mark| counts(it, mark)));
        let marks: Vec<&Mark> = marks.collect();
        let mut spans = Vec::new();
        if let [only] = marks.as_slice() {
            apply(&mut spans, only, only.key.time);
        } else {
            for ((told_at, ..), mark) in in_order(marks) {
                apply(&mut spans, mark, told_at);
            }
        }
        // Only now: what ends before it begins may be moved by a later word, and then begin.
        spans.retain(|span| span.until.is_none_or(|until| span.from < until));
        spans
    }

    /// The latest instant any of its words speaks of.
    pub fn last_heard(&self) -> Option<Timestamp> {
        self.marks.iter().map(|mark| mark.key.time).max()
    }
}

fn is_replaced(first: &Mark, next: &Mark) -> bool {
    matches!((&first.word, &next.word), (Word::Assert(first), Word::Assert(next))
        if next.at_once || !first.at_once)
}

/// What ends later than the next withdrawal was said had not ended anything by then.
fn is_moved(first: &Mark, next: &Mark) -> bool {
    matches!((&first.word, &next.word), (Word::Withdraw { at }, Word::Withdraw { .. })
        if *at > next.key.time)
}

/// When a word is told: by source time; at the same instant taking access is told last, and so
/// wins; then the source's name.
type Telling<'a> = (Timestamp, bool, (&'a str, bool));

/// The words of all lanes as they are told.
fn in_order(marks: Vec<&Mark>) -> Vec<(Telling<'_>, &Mark)> {
    let mut lanes: BTreeMap<(&str, bool), Vec<&Mark>> = BTreeMap::new();
    for mark in marks {
        lanes.entry(mark.lane()).or_default().push(mark);
    }
    // What gives access is taken away by a withdrawal.
    let restricts = lanes.values().flatten().any(|mark| mark.takes_access());
    let mut told: Vec<_> =
        lanes.into_iter().flat_map(|(name, lane)| tell(name, lane, restricts)).collect();
    told.sort_by_key(|(order, _)| *order);
    told
}

/// The words of one lane in its own order, which their times must not turn around: a source's
/// sequence stands above its times, and of two words at one instant the last is the one that counts.
fn tell<'a>(
    lane: (&'a str, bool),
    mut marks: Vec<&'a Mark>,
    restricts: bool,
) -> Vec<(Telling<'a>, &'a Mark)> {
    marks.sort_by(|a, b| a.key.cmp(&b.key));
    let mut told: Vec<(Telling<'a>, &'a Mark)> = Vec::with_capacity(marks.len());
    for mark in marks {
        let before = told.last().map_or(Timestamp::MIN, |((at, ..), _)| *at);
        let told_at = before.max(mark.key.time);
        let takes = match &mark.word {
            Word::Assert(_) => mark.takes_access(),
            Word::Withdraw { .. } => !restricts,
        };
        for (telling, _) in told.iter_mut().filter(|((at, ..), _)| *at == told_at) {
            telling.1 = takes;
        }
        told.push(((told_at, takes, lane), mark));
    }
    told
}

/// A new assertion replaces what was said before, but for a span that is ended and not over:
/// "terminated from August, rehired in October" must hold until October. Nor does the date of a
/// termination give back what was revoked at once.
fn apply<'a>(spans: &mut Vec<Span<'a>>, mark: &'a Mark, told_at: Timestamp) {
    match &mark.word {
        Word::Assert(assertion) => {
            spans.retain(|span| {
                let is_over = span.until.is_some_and(|until| until <= told_at);
                let ends_later = span.ended && span.until.is_some();
                !is_over && (ends_later || span.assertion.at_once && !assertion.at_once)
            });
            spans.push(Span {
                from: assertion.from,
                until: assertion.until,
                said_at: told_at,
                assertion,
                ended: false,
                begins_when_said: mark.holds_when_said(),
                ends_when_said: false,
            });
        }
        Word::Withdraw { at } => {
            let earliest =
                |until: Option<Timestamp>| Some(until.map_or(*at, |until| until.min(*at)));
            let is_over = |span: &Span<'_>| span.until.is_some_and(|until| until <= told_at);
            if let Some((last, before)) = spans.split_last_mut() {
                // An end that is still to come may be moved, also to later; what is over stays over.
                let until = if is_over(last) { last.until } else { last.assertion.until };
                end(last, earliest(until), mark);
                last.ended = true;
                for span in before {
                    end(span, earliest(span.until), mark);
                }
            }
        }
    }
}

/// Lets a span end, by this word or as it was.
fn end(span: &mut Span<'_>, until: Option<Timestamp>, mark: &Mark) {
    let Word::Withdraw { at } = &mark.word else { return };
    let takes = mark.holds_when_said() && !takes_access(span.assertion);
    let is_kept = span.ends_when_said && span.until == until;
    span.ends_when_said = takes && until == Some(*at) || is_kept;
    span.until = until;
}
