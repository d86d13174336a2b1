//! Why an account should be as it should: for each facet who speaks, who wins, and why others do not.
//!
//! Pure, and ranked by `wish` itself: the winner that is named here is the one whose word is the wish.

use crate::engine::said::claims::{Instance, Mark, Span, Word};
use crate::engine::said::employment::Employments;
use crate::engine::said::mutes::Mute;
use crate::engine::said::profile;
use crate::engine::state::{Baseline, Before, Override, Person, ProfileMark};
use crate::engine::will::wish::{self, Asked, Rank};
use crate::model::account::AttributeName;
use crate::model::claim::Assertion;
use crate::model::ids::{GroupName, TargetName};
use crate::model::wish::{Facet, Wanted};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

pub use super::turns::{Turn, turns};

/// Where a claim stands at the instant that is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    InForce,
    Begins(Timestamp),
    Over(Timestamp),
    /// A later stage that the claim's end forestalls.
    Forestalled(Timestamp),
    /// The end of an employment, while another of the person's goes on.
    SetAside,
    /// Operators have said that it does not count for now.
    Muted,
    /// It would be in force if its rule were enforced.
    Observed,
}

/// What one claim says of one facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice<'a> {
    pub instance: &'a Instance,
    pub assertion: &'a Assertion,
    pub wanted: Wanted,
    /// The claim's start, or that of its stage.
    pub since: Timestamp,
    pub until: Option<Timestamp>,
    pub condition: Condition,
    /// The event that said so.
    pub said: Option<&'a Mark>,
    /// What keeps it from counting, though it is or will be in force.
    pub muted_by: Option<&'a Mute>,
    rank: Rank<'a>,
}

/// Why a voice does not win.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loses {
    NotInForce,
    LowerPrecedence,
    GivesAccess,
    Older,
    /// All else is equal, and the order of the rules' names decides.
    ByName,
    /// It says the same with the same weight.
    Same,
    /// An operator keeps the person out, whatever claims say.
    Overridden,
}

/// Whose word counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decider<'a> {
    Claim(Voice<'a>),
    Profile(&'a ProfileMark),
    /// An operator keeps the person out.
    Override(&'a Override),
    /// What it was before the first claim; nobody speaks any more.
    WayBack,
    /// What it was is unknown: usher takes back what it gave itself, and somebody must say.
    NoWayBack,
    /// Left alone.
    Nobody,
}

/// A facet, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged<'a> {
    pub facet: Facet,
    /// `None`: nothing is wanted, and the facet is left alone.
    pub wanted: Option<Wanted>,
    pub decider: Decider<'a>,
    pub others: Vec<(Voice<'a>, Loses)>,
    /// What the sources' profiles say of it, the word that counts first.
    pub profile: Vec<&'a ProfileMark>,
    /// What it was before the first claim, if that is kept.
    pub before: Option<Before<Wanted>>,
}

/// A time during which a claim is, was or will be in force, and what stands behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch<'a> {
    pub from: Timestamp,
    pub until: Option<Timestamp>,
    pub condition: Condition,
    pub assertion: &'a Assertion,
    pub said: Option<&'a Mark>,
    /// The event that ended it, if one did.
    pub ended_by: Option<&'a Mark>,
}

/// A claim instance and all its times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimView<'a> {
    pub instance: &'a Instance,
    pub stretches: Vec<Stretch<'a>>,
    /// If not, it was only ever withdrawn.
    pub is_asserted: bool,
    /// The last withdrawal of it.
    pub withdrawn_by: Option<&'a Mark>,
    /// What of it does not count now, at some target or at each.
    pub muted_by: Vec<&'a Mute>,
}

/// Judges every facet of `person` at `target` at `now` that somebody speaks, spoke or will speak about.
pub fn judge<'a>(
    person: &'a Person,
    target: &TargetName,
    restricting: &BTreeSet<GroupName>,
    baseline: &Baseline,
    now: Timestamp,
) -> Vec<Judged<'a>> {
    let asked = wish::asked(person, target, restricting, baseline, now);
    let mut voices: BTreeMap<Facet, Vec<Voice<'a>>> = BTreeMap::new();
    for (facet, voice) in all_voices(person, target, restricting, now) {
        voices.entry(facet).or_default().push(voice);
    }
    let known = asked.wish.facets().chain(baseline.before.keys().cloned());
    for facet in known.chain(person.profile.keys().cloned().map(Facet::Attribute)) {
        voices.entry(facet).or_default();
    }
    let out = person.overrides.keeps_out(target, now);
    let judged = |(facet, voices)| {
        let before = baseline.before.get(&facet).cloned();
        let out = out.filter(|_| facet == Facet::Active);
        judge_facet(person, (facet, before), (voices, out), (&asked, now))
    };
    voices.into_iter().map(judged).collect()
}

/// The facets that a claim decides, and which: what `judge` says of them, for less.
pub fn decided<'a>(
    person: &'a Person,
    target: &TargetName,
    restricting: &BTreeSet<GroupName>,
    now: Timestamp,
) -> impl Iterator<Item = (Facet, Voice<'a>)> {
    let mut voices: BTreeMap<Facet, Vec<Voice<'a>>> = BTreeMap::new();
    for (facet, voice) in all_voices(person, target, restricting, now) {
        voices.entry(facet).or_default().push(voice);
    }
    let is_out = person.overrides.keeps_out(target, now).is_some();
    let heard = voices.into_iter().filter(move |(facet, _)| !is_out || *facet != Facet::Active);
    heard.filter_map(|(facet, mut voices)| {
        let first = first_in_force(&voices)?;
        Some((facet, voices.swap_remove(first)))
    })
}

/// Every claim of `person`, and where it stands at `now`.
pub fn claims(person: &Person, now: Timestamp) -> Vec<ClaimView<'_>> {
    let all = &person.claims;
    let employments = Employments::at(person, now);
    let view = |instance| ClaimView {
        instance,
        stretches: stretches(instance, all, &employments, now),
        is_asserted: marks_on(instance, all).any(|mark| matches!(mark.word, Word::Assert(_))),
        withdrawn_by: marks_on(instance, all)
            .filter(|mark| matches!(mark.word, Word::Withdraw { .. }))
            .max_by_key(|mark| &mark.key),
        muted_by: person
            .mutes
            .iter()
            .filter(|mute| mute.is_of(instance) && mute.is_in_force(now))
            .collect(),
    };
    all.iter().map(view).collect()
}

fn stretches<'a>(
    instance: &'a Instance,
    all: &'a [Instance],
    employments: &Employments<'_>,
    now: Timestamp,
) -> Vec<Stretch<'a>> {
    let is_set_aside = |span: &Span<'_>| employments.sets_aside(instance, span.assertion).is_some();
    let stretch = |span: Span<'a>| Stretch {
        from: span.from,
        until: span.until,
        condition: condition(
            (span.begins(now), span.ends(now)),
            (span.assertion, is_set_aside(&span)),
            now,
        ),
        assertion: span.assertion,
        said: said(&span, all),
        ended_by: span.until.and_then(|until| {
            let ends = |mark: &&Mark| matches!(mark.word, Word::Withdraw { at } if at == until);
            marks_on(instance, all).filter(ends).max_by_key(|mark| &mark.key)
        }),
    };
    instance.spans(all).into_iter().map(stretch).collect()
}

/// The words on an instance, those on all of its kind included.
fn marks_on<'a>(instance: &'a Instance, all: &'a [Instance]) -> impl Iterator<Item = &'a Mark> {
    let wide = all.iter().filter(|other| instance.is_covered_by(other));
    std::iter::once(instance).chain(wide).flat_map(|instance| &instance.marks)
}

fn condition(
    (since, until): (Timestamp, Option<Timestamp>),
    (assertion, is_set_aside): (&Assertion, bool),
    now: Timestamp,
) -> Condition {
    match until {
        Some(until) if until <= now => Condition::Over(until),
        Some(until) if until <= since => Condition::Forestalled(since),
        Some(_) | None if since > now => Condition::Begins(since),
        Some(_) | None if is_set_aside => Condition::SetAside,
        Some(_) | None if assertion.observed => Condition::Observed,
        Some(_) | None => Condition::InForce,
    }
}

/// What is over is over, muted or not.
fn muted(condition: Condition, by: Option<&Mute>) -> Condition {
    match condition {
        Condition::InForce | Condition::Begins(_) | Condition::SetAside if by.is_some() => {
            Condition::Muted
        }
        Condition::InForce
        | Condition::Begins(_)
        | Condition::SetAside
        | Condition::Over(_)
        | Condition::Forestalled(_)
        | Condition::Observed
        | Condition::Muted => condition,
    }
}

/// The word that a span stems from.
fn said<'a>(span: &Span<'a>, all: &'a [Instance]) -> Option<&'a Mark> {
    let is_it = |mark: &&Mark| match &mark.word {
        Word::Assert(assertion) => std::ptr::eq(&raw const **assertion, span.assertion),
        Word::Withdraw { .. } => false,
    };
    all.iter().flat_map(|instance| &instance.marks).find(is_it)
}

/// In the order in which `wish::asked` hears them.
fn all_voices<'a>(
    person: &'a Person,
    target: &TargetName,
    restricting: &BTreeSet<GroupName>,
    now: Timestamp,
) -> Vec<(Facet, Voice<'a>)> {
    let mut voices = Vec::new();
    let hearing = person.mutes.hearing(target, now);
    let employments = Employments::heard(person, now, hearing.clone());
    for instance in &person.claims {
        for (span, muted_by) in hearing.all_spans(instance, &person.claims) {
            let assertion = span.assertion;
            let is_set_aside = employments.sets_aside(instance, assertion).is_some();
            let said_so = (assertion.precedence, span.said_at, assertion.rule.as_str());
            let here = wish::stages(&span, now)
                .filter(|(_, want)| want.target.as_ref().is_none_or(|only| only == target));
            for (since, want) in here {
                let condition = condition((since, span.ends(now)), (assertion, is_set_aside), now);
                for (facet, wanted, rank) in wish::sayings(want, said_so, restricting) {
                    let voice = Voice {
                        instance,
                        assertion,
                        wanted,
                        since,
                        until: span.until,
                        condition: muted(condition, muted_by),
                        muted_by,
                        said: said(&span, &person.claims),
                        rank,
                    };
                    voices.push((facet, voice));
                }
            }
        }
    }
    voices
}

fn judge_facet<'a>(
    person: &'a Person,
    (facet, before): (Facet, Option<Before<Wanted>>),
    (mut voices, out): (Vec<Voice<'a>>, Option<&'a Override>),
    (asked, now): (&Asked, Timestamp),
) -> Judged<'a> {
    let first = first_in_force(&voices).filter(|_| out.is_none());
    let winner = first.map(|first| voices.remove(first));
    let profile = match &facet {
        Facet::Attribute(name) => profile_of(person, name, now),
        Facet::Account | Facet::Active | Facet::Group(_) => Vec::new(),
    };
    let others = losers(winner.as_ref(), voices);
    let decider = match (winner, out, profile.first().copied()) {
        (Some(winner), ..) => Decider::Claim(winner),
        (None, Some(out), _) => Decider::Override(out),
        (None, None, Some(last)) => Decider::Profile(last),
        (None, None, None) if asked.unreturnable.contains(&facet) => Decider::NoWayBack,
        (None, None, None) if before.is_some() => Decider::WayBack,
        (None, None, None) => Decider::Nobody,
    };
    let wanted = asked.wish.wanted(&facet);
    Judged { facet, wanted, decider, others, profile, before }
}

/// Of those that weigh the same the one that is heard first.
fn first_in_force(voices: &[Voice<'_>]) -> Option<usize> {
    let mut first: Option<usize> = None;
    for (index, voice) in voices.iter().enumerate() {
        let champion = first.and_then(|first| voices.get(first));
        if voice.condition == Condition::InForce
            && champion.is_none_or(|champion| voice.rank > champion.rank)
        {
            first = Some(index);
        }
    }
    first
}

fn profile_of<'a>(
    person: &'a Person,
    name: &AttributeName,
    now: Timestamp,
) -> Vec<&'a ProfileMark> {
    let Some(marks) = person.profile.get(name) else { return Vec::new() };
    let last = profile::holding(marks, now);
    let others = marks.iter().filter(|mark| last.is_none_or(|last| !std::ptr::eq(last, *mark)));
    last.into_iter().chain(others).collect()
}

/// A word on all instances of a claim is heard once for each; it is told once.
fn losers<'a>(winner: Option<&Voice<'a>>, voices: Vec<Voice<'a>>) -> Vec<(Voice<'a>, Loses)> {
    let mut others: Vec<(Voice<'a>, Loses)> = Vec::new();
    for voice in voices {
        let is_it = |known: &Voice<'_>| {
            std::ptr::eq(known.assertion, voice.assertion)
                && (known.since, known.until) == (voice.since, voice.until)
                && known.wanted == voice.wanted
        };
        if winner.is_some_and(is_it) || others.iter().any(|(known, _)| is_it(known)) {
            continue;
        }
        // Without a winner nobody is in force, or none of those who are is heard.
        let unheard = match voice.condition {
            Condition::InForce => Loses::Overridden,
            Condition::Begins(_)
            | Condition::Over(_)
            | Condition::Forestalled(_)
            | Condition::SetAside
            | Condition::Observed
            | Condition::Muted => Loses::NotInForce,
        };
        let loses = winner.map_or(unheard, |winner| why_it_loses(&voice, winner));
        others.push((voice, loses));
    }
    others.sort_by_key(|(voice, _)| std::cmp::Reverse(voice.rank));
    others
}

fn why_it_loses(voice: &Voice<'_>, winner: &Voice<'_>) -> Loses {
    let ((precedence, takes, said_at, rule), best) = (voice.rank, winner.rank);
    match voice.condition {
        Condition::Begins(_)
        | Condition::Over(_)
        | Condition::Forestalled(_)
        | Condition::SetAside
        | Condition::Muted
        | Condition::Observed => Loses::NotInForce,
        Condition::InForce if precedence != best.0 => Loses::LowerPrecedence,
        Condition::InForce if takes != best.1 => Loses::GivesAccess,
        Condition::InForce if said_at != best.2 => Loses::Older,
        Condition::InForce if rule != best.3 => Loses::ByName,
        Condition::InForce => Loses::Same,
    }
}
