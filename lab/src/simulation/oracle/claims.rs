//! When claims hold: all that was said of one instance, told in the order of its times.

use super::unheard::Heard;
use super::{employed_from, order};
use crate::simulation::fact::{Deed, Fact};
use crate::simulation::rules::QUARANTINE_FOR;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A claim of the fixed rule file, and what HR says of employments whatever the rules say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Claim {
    Employed,
    Terminated,
    Leave,
    Quarantine,
    /// An employment has begun.
    Begun,
    /// An employment has ended.
    Ended,
}

/// What a fact's claim is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whose {
    Person,
    Employment(String),
    Source(String),
    Detection(String, String),
}

/// For how long a claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The first instant at which it does.
    pub from: Timestamp,
    /// The first at which it does no more.
    pub until: Option<Timestamp>,
    /// It holds from when it is said, and so from when it is heard by a clock that is behind.
    begins_at_once: bool,
    /// So does its end, if that takes access.
    ends_at_once: bool,
}

impl Span {
    pub(super) fn holds(&self, now: Timestamp) -> bool {
        (self.begins_at_once || self.from <= now) && !self.is_over(now.max(self.from))
    }

    /// Whether it ends after it begins.
    fn is_one(&self) -> bool {
        self.until.is_none_or(|until| self.from < until)
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now || self.ends_at_once)
    }
}

/// What one fact says about one claim.
#[derive(Clone, Debug)]
struct Mark<'a> {
    fact: &'a Fact,
    whose: Whose,
    says: Says,
    takes_access: bool,
}

/// A time for which an instance holds, as one fact has begun it.
struct Told<'a> {
    fact: &'a Fact,
    from: Timestamp,
    /// As the beginning said.
    until: Option<Timestamp>,
    /// As an end said.
    ended: Option<Timestamp>,
    begins_at_once: bool,
    /// What gives access is over once the word is heard that says so of now.
    ends_at_once: bool,
}

impl Told<'_> {
    fn over(&self) -> Option<Timestamp> {
        match (self.until, self.ended) {
            (Some(until), Some(ended)) => Some(until.min(ended)),
            (until, ended) => until.or(ended),
        }
    }

    fn span(&self) -> Span {
        let Self { from, begins_at_once, ends_at_once, .. } = *self;
        Span { from, until: self.over(), begins_at_once, ends_at_once }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Begins { from: Timestamp, until: Option<Timestamp> },
    Ends { at: Timestamp },
}

impl Whose {
    /// A mark on a wide one also counts for every narrower one; a source's only for its own.
    fn covers(&self, other: &Self) -> bool {
        self == other
            || match (self, other) {
                (Self::Person, Self::Employment(_)) => true,
                (Self::Source(wide), Self::Detection(narrow, _)) => wide == narrow,
                _ => false,
            }
    }
}

/// Which instances of `claim` are in force at `now`, and since when.
pub(super) fn in_force(claim: Claim, heard: Heard<'_>, now: Timestamp) -> Vec<(Whose, Timestamp)> {
    spans(claim, heard)
        .into_iter()
        .filter(|(_, span)| span.holds(now))
        .map(|(whose, span)| (whose, span.from))
        .collect()
}

/// The same, each with the fact that began it.
pub(super) fn standing(
    claim: Claim,
    heard: Heard<'_>,
    now: Timestamp,
) -> Vec<(Whose, Timestamp, &Fact)> {
    let marks = marks(claim, heard);
    let instances: BTreeSet<&Whose> = marks.iter().map(|mark| &mark.whose).collect();
    let told = instances.into_iter().flat_map(|instance| {
        told_of(instance, &marks).into_iter().map(move |span| (instance.clone(), span))
    });
    told.filter(|(_, told)| told.span().holds(now))
        .map(|(whose, span)| (whose, span.from, span.fact))
        .collect()
}

/// From when until when each instance of `claim` holds.
pub(super) fn spans(claim: Claim, heard: Heard<'_>) -> Vec<(Whose, Span)> {
    let marks = marks(claim, heard);
    let instances: BTreeSet<&Whose> = marks.iter().map(|mark| &mark.whose).collect();
    instances
        .into_iter()
        .flat_map(|instance| spans_of(instance, &marks).map(|span| (instance.clone(), span)))
        .collect()
}

/// From when until when `claim` holds for one instance, though nothing may be said of it alone.
pub(super) fn spans_for(claim: Claim, instance: &Whose, heard: Heard<'_>) -> Vec<Span> {
    spans_of(instance, &marks(claim, heard)).collect()
}

/// The words that have begun what stands against keeping somebody in, now or later: those on each
/// instance that is not over, and the wide ones that count for it, too.
pub(super) fn words_against(claim: Claim, heard: Heard<'_>, now: Timestamp) -> Vec<&Fact> {
    let marks = marks(claim, heard);
    let instances: BTreeSet<&Whose> = marks.iter().map(|mark| &mark.whose).collect();
    let stands = |instance: &&Whose| {
        let mut all = spans_of(instance, &marks).filter(Span::is_one);
        all.any(|span| !span.is_over(now))
    };
    let standing: Vec<&Whose> = instances.into_iter().filter(stands).collect();
    let begun = marks.iter().filter(|mark| {
        matches!(mark.says, Says::Begins { .. })
            && standing.iter().any(|instance| mark.whose.covers(instance))
    });
    begun.map(|mark| mark.fact).collect()
}

fn marks(claim: Claim, heard: Heard<'_>) -> Vec<Mark<'_>> {
    let counts = |mark: &Mark<'_>| {
        let begins = matches!(mark.says, Says::Begins { .. });
        heard.without.lets((claim, begins), mark.fact)
    };
    heard.facts.iter().filter_map(|fact| mark(claim, fact)).filter(counts).collect()
}

fn spans_of(instance: &Whose, marks: &[Mark<'_>]) -> impl Iterator<Item = Span> {
    told_of(instance, marks).into_iter().map(|told| told.span())
}

fn told_of<'a>(instance: &Whose, marks: &[Mark<'a>]) -> Vec<Told<'a>> {
    told(marks.iter().filter(|mark| mark.whose.covers(instance)).collect())
}

/// The spans of one instance: all its marks told in the order of their times.
///
/// Each source's own order is that of its times here, so the last of each source and the latest of
/// all come out by themselves. A beginning replaces what was said before, but for a span whose end
/// was told and has not come: "terminated from August, rehired from October" stays true when a new
/// termination, of December, is told in September. An end can be moved until it has come; what is
/// over is not revived by a later word about its end.
fn told<'a>(mut marks: Vec<&Mark<'a>>) -> Vec<Told<'a>> {
    marks.sort_by(|one, other| order(one.fact).cmp(&order(other.fact)));
    let mut spans: Vec<Told<'_>> = Vec::new();
    for (time, mark) in in_order(&marks) {
        match mark.says {
            Says::Begins { from, until } => {
                // What was revoked at once no date of a termination gives back.
                let revokes = |fact: &Fact| fact.deed == Deed::AccessRevoked;
                spans.retain(|span| {
                    let is_over = span.over().is_some_and(|over| over <= time);
                    let is_revoked = revokes(span.fact) && !revokes(mark.fact);
                    !is_over && (span.ended.is_some() || is_revoked)
                });
                let begins_at_once = from <= mark.fact.time;
                let fact = mark.fact;
                spans.push(Told {
                    fact,
                    from,
                    until,
                    ended: None,
                    begins_at_once,
                    ends_at_once: false,
                });
            }
            Says::Ends { at } => {
                let latest = spans.len();
                for (place, span) in (1..).zip(&mut spans) {
                    let moves = place == latest && span.over().is_none_or(|over| time < over);
                    let before = span.ended;
                    span.ended = match before {
                        Some(ended) if !moves => Some(ended.min(at)),
                        Some(_) | None => Some(at),
                    };
                    let is_said_of_now = mark.takes_access && at <= mark.fact.time;
                    span.ends_at_once = span.ended == Some(at) && is_said_of_now
                        || span.ends_at_once && span.ended == before;
                }
            }
        }
    }
    spans
}

/// All marks with the times at which they are told. A lane's own order stands above its times; of what
/// it says at one instant the last counts, and says whether access is taken.
fn in_order<'a, 'm>(marks: &[&'m Mark<'a>]) -> Vec<(Timestamp, &'m Mark<'a>)> {
    type Lane<'a> = (&'a str, bool);
    let mut lanes: BTreeMap<Lane<'a>, Vec<(Timestamp, bool, &'m Mark<'a>)>> = BTreeMap::new();
    for mark in marks {
        let lane = (mark.fact.source.as_str(), mark.fact.sequence.is_some());
        let told = lanes.entry(lane).or_default();
        let time = told.last().map_or(mark.fact.time, |(last, ..)| mark.fact.time.max(*last));
        for (_, takes, _) in told.iter_mut().filter(|(at, ..)| *at == time) {
            *takes = mark.takes_access;
        }
        told.push((time, mark.takes_access, *mark));
    }
    let all = lanes.into_iter().flat_map(|(lane, told)| {
        told.into_iter().map(move |(time, takes, mark)| ((time, takes, lane), mark))
    });
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|(telling, _)| *telling);
    all.into_iter().map(|((time, ..), mark)| (time, mark)).collect()
}

/// What `fact` says about `claim`: the fixed rule file, told once more.
fn mark(claim: Claim, fact: &Fact) -> Option<Mark<'_>> {
    let begins = |from, length: Option<SignedDuration>| Says::Begins {
        from,
        until: length.map(|length| from + length),
    };
    let now = Says::Ends { at: fact.time };
    let says = match (claim, &fact.deed) {
        (Claim::Employed, deed) if deed.employs() => begins(employed_from(fact)?, None),
        (Claim::Begun, deed) if deed.employs() && fact.employment.is_some() => {
            begins(employed_from(fact)?, None)
        }
        (Claim::Terminated | Claim::Ended, Deed::Terminated { from })
        | (Claim::Leave, Deed::LeaveStarted { from }) => begins(*from, None),
        (Claim::Terminated | Claim::Ended, Deed::AccessRevoked)
        | (Claim::Terminated, Deed::RehireCancelled) => begins(fact.time, None),
        (Claim::Employed | Claim::Begun, Deed::HireCancelled | Deed::RehireCancelled)
        | (Claim::Terminated | Claim::Ended, Deed::TerminationCancelled)
        | (Claim::Leave, Deed::LeaveEnded)
        | (Claim::Quarantine, Deed::RiskCleared) => now,
        (Claim::Terminated, Deed::Rehired { at }) => Says::Ends { at: *at },
        (Claim::Quarantine, Deed::RiskRaised { .. } | Deed::CredentialCompromised)
            if !fact.says_nothing() =>
        {
            begins(fact.time, Some(QUARANTINE_FOR))
        }
        _ => return None,
    };
    let restricts = !matches!(claim, Claim::Employed | Claim::Begun);
    Some(Mark {
        fact,
        whose: whose(claim, fact),
        says,
        takes_access: matches!(says, Says::Begins { .. }) == restricts,
    })
}

fn whose(claim: Claim, fact: &Fact) -> Whose {
    if fact.deed.is_security() {
        return match &fact.detection {
            Some(id) => Whose::Detection(fact.source.clone(), id.clone()),
            None => Whose::Source(fact.source.clone()),
        };
    }
    // Whoever comes back does so under a new employment's id, and no earlier end counts any more.
    let is_for_all = matches!((claim, fact.deed), (Claim::Terminated, Deed::Rehired { .. }));
    match &fact.employment {
        Some(id) if !is_for_all => Whose::Employment(id.clone()),
        Some(_) | None => Whose::Person,
    }
}
