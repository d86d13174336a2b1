//! Claims at an instant → the account a person should have, and the next instant that may change it.
//!
//! Pure: the same claims, baseline and instant give the same wish.

use crate::engine::said::claims::{Instance, Span};
use crate::engine::said::employment::{self, Employments};
use crate::engine::said::mutes::Hearing;
use crate::engine::said::profile;
use crate::engine::state::{Baseline, Before, Person};
use crate::model::call::Urgency;
use crate::model::claim::{Assertion, By, Precedence, Want};
use crate::model::ids::{GroupName, RuleName, TargetName};
use crate::model::operation::Field;
use crate::model::wish::{Facet, Membership, Presence, Wanted, Wish};
use jiff::{SignedDuration, Timestamp};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// A cut that could have been made for longer than this goes behind those of today.
const OVERDUE: SignedDuration = SignedDuration::from_hours(24);

/// What a person's claims ask of one target at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The account a person should have.
    pub wish: Wish,
    /// What a claim speaks about now, and what must go back when none does any more; not what stems from
    /// the profile or the way back.
    pub claimed: BTreeSet<Facet>,
    /// No claim speaks about them any more, and nobody knows what they were before.
    pub unreturnable: BTreeSet<Facet>,
    /// The most urgent claim in force.
    pub urgency: Option<Urgency>,
    /// By which rule, as it was then, the account is to be deleted.
    pub absent_by: Option<(RuleName, String)>,
}

impl Asked {
    /// Operators keep the person out, whatever claims say.
    fn keep_out(&mut self) {
        self.wish.want(&Facet::Active, Wanted::Active(false));
        self.claimed.insert(Facet::Active);
        self.urgency = Some(Urgency::Urgent);
    }
}

/// A claim that is in force at some instant.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    pub instance: &'a Instance,
    pub span: Span<'a>,
    /// The employment that goes on and keeps the end of another from counting.
    pub set_aside_by: Option<&'a By>,
}

impl<'a> Standing<'a> {
    /// What it asks for at `now`: with the stages that it has reached.
    pub fn wants(&self, now: Timestamp) -> impl Iterator<Item = &'a Want> + use<'a> {
        let all = stages(&self.span, now);
        all.filter(move |(begins, _)| *begins <= now).map(|(_, want)| want)
    }

    /// How urgent it is at `now`. What could have been done for more than a day is overdue: since it
    /// was said, however long ago it should have been; since it began, however long ago it was said.
    pub fn urgency(&self, now: Timestamp) -> Urgency {
        let assertion = self.span.assertion;
        let reached = stages(&self.span, now).map(|(begins, _)| begins);
        let reached = reached.filter(|begins| *begins <= now);
        let since = reached.max().unwrap_or(self.span.from).max(self.span.said_at);
        let is_overdue = now.duration_since(since) > OVERDUE;
        if is_overdue && assertion.urgency == Urgency::Urgent {
            Urgency::Overdue
        } else {
            assertion.urgency
        }
    }
}

/// The claims of `person` in force at `now`, those that are set aside included, and those that operators
/// have muted.
pub fn standing(person: &Person, now: Timestamp) -> Vec<Standing<'_>> {
    standing_by(person, now, &Hearing::default())
}

/// The same, without what is muted at `target`.
fn standing_at<'a>(person: &'a Person, target: &TargetName, now: Timestamp) -> Vec<Standing<'a>> {
    let hearing = person.mutes.hearing(target, now);
    standing_by(person, now, &hearing)
}

fn standing_by<'a>(person: &'a Person, now: Timestamp, hearing: &Hearing<'a>) -> Vec<Standing<'a>> {
    let mut employments = None;
    let mut standing = Vec::new();
    for instance in &person.claims {
        let spans = hearing.spans(instance, &person.claims).into_iter();
        for span in spans.filter(|span| span.is_in_force(now)) {
            let heard = || Employments::heard(person, now, hearing.clone());
            let employments = employments.get_or_insert_with(heard);
            let set_aside_by = employments.sets_aside(instance, span.assertion);
            standing.push(Standing { instance, span, set_aside_by });
        }
    }
    standing
}

/// Who wins a facet: precedence, then taking access, then the newer word, then the rule's name.
pub(in crate::engine) type Rank<'a> = (Precedence, bool, Timestamp, &'a str);

/// The winner so far of each facet.
#[derive(Default)]
struct Contest<'a> {
    champions: BTreeMap<Facet, (Rank<'a>, Wanted, &'a Assertion)>,
    urgency: Option<Urgency>,
}

/// The account `person` should have at `target` at `now`.
pub fn asked(
    person: &Person,
    target: &TargetName,
    restricting: &BTreeSet<GroupName>,
    baseline: &Baseline,
    now: Timestamp,
) -> Asked {
    ask(person, target, (restricting, baseline), Heed::Enforced, now)
}

/// The same, if the rules that are only observed were enforced.
pub fn asked_if_enforced(
    person: &Person,
    target: &TargetName,
    restricting: &BTreeSet<GroupName>,
    baseline: &Baseline,
    now: Timestamp,
) -> Asked {
    ask(person, target, (restricting, baseline), Heed::All, now)
}

/// Whose claims are heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heed {
    Enforced,
    /// Those of rules that are only observed, too.
    All,
}

fn ask(
    person: &Person,
    target: &TargetName,
    (restricting, baseline): (&BTreeSet<GroupName>, &Baseline),
    heed: Heed,
    now: Timestamp,
) -> Asked {
    let mut contest = Contest::default();
    let all = standing_at(person, target, now);
    let counts = |claim: &&Standing<'_>| {
        claim.set_aside_by.is_none() && (heed == Heed::All || !claim.span.assertion.observed)
    };
    for claim in all.iter().filter(counts) {
        let assertion = claim.span.assertion;
        contest.hear(claim.urgency(now));
        for want in claim.wants(now) {
            if want.target.as_ref().is_none_or(|only| only == target) {
                contest.enter(want, claim.span.said_at, assertion, restricting);
            }
        }
    }
    let mut asked = contest.decide();
    if person.overrides.keeps_out(target, now).is_some() {
        asked.keep_out();
    }
    add_profile(person, now, &mut asked.wish);
    add_way_back(baseline, restricting, &mut asked);
    asked
}

/// What a claim wants, each stage with the instant from which it counts for a clock that shows `now`.
pub(in crate::engine) fn stages<'a>(
    span: &Span<'a>,
    now: Timestamp,
) -> impl Iterator<Item = (Timestamp, &'a Want)> + use<'a> {
    let assertion = span.assertion;
    let later = assertion
        .then
        .iter()
        .filter_map(|stage| Some((assertion.from.checked_add(stage.after).ok()?, &stage.want)));
    std::iter::once((span.begins(now), &assertion.want)).chain(later)
}

/// All that `want` says, each with its rank. Of two that speak of one facet the greater rank wins,
/// and of two equal ranks the first.
pub(in crate::engine) fn sayings<'a>(
    want: &'a Want,
    (precedence, said_at, rule): (Precedence, Timestamp, &'a str),
    restricting: &BTreeSet<GroupName>,
) -> impl Iterator<Item = (Facet, Wanted, Rank<'a>)> {
    want.sayings().map(move |(facet, wanted)| {
        let takes = match (&facet, &wanted) {
            (_, Wanted::Account(presence)) => *presence == Presence::Absent,
            (_, Wanted::Active(active)) => !active,
            (Facet::Group(group), Wanted::Group(membership)) => {
                (*membership == Membership::Member) == restricting.contains(group)
            }
            (_, Wanted::Group(_) | Wanted::Attribute(_)) => false,
        };
        (facet, wanted, (precedence, takes, said_at, rule))
    })
}

impl<'a> Contest<'a> {
    /// The most urgent claim counts.
    fn hear(&mut self, urgency: Urgency) {
        let most = self.urgency.get_or_insert(urgency);
        *most = (*most).min(urgency);
    }

    fn enter(
        &mut self,
        want: &'a Want,
        said_at: Timestamp,
        assertion: &'a Assertion,
        restricting: &BTreeSet<GroupName>,
    ) {
        let said = (assertion.precedence, said_at, assertion.rule.as_str());
        for (facet, wanted, challenger) in sayings(want, said, restricting) {
            match self.champions.entry(facet) {
                Entry::Vacant(free) => {
                    free.insert((challenger, wanted, assertion));
                }
                Entry::Occupied(mut held) if challenger > held.get().0 => {
                    held.insert((challenger, wanted, assertion));
                }
                Entry::Occupied(_) => {}
            }
        }
    }

    fn decide(self) -> Asked {
        let mut asked = Asked { urgency: self.urgency, ..Asked::default() };
        for (facet, (_, wanted, assertion)) in self.champions {
            if wanted == Wanted::Account(Presence::Absent) {
                asked.absent_by = Some((assertion.rule.clone(), assertion.rule_hash.clone()));
            }
            asked.wish.want(&facet, wanted);
            asked.claimed.insert(facet);
        }
        asked
    }
}

/// The profile ranks below every claim; per attribute the latest source time wins.
fn add_profile(person: &Person, now: Timestamp, wish: &mut Wish) {
    for (name, marks) in &person.profile {
        if let Some(holding) = profile::holding(marks, now) {
            wish.attributes.entry(name.clone()).or_insert_with(|| holding.value.clone());
        }
    }
}

/// What no claim speaks about any more goes back to what it was. If nobody knows what that is, usher
/// takes back what it gave itself, for that was for a claim, and leaves the facet alone else; and
/// somebody must say.
fn add_way_back(baseline: &Baseline, restricting: &BTreeSet<GroupName>, asked: &mut Asked) {
    for (facet, before) in &baseline.before {
        let is_of_profile =
            matches!(facet, Facet::Attribute(name) if asked.wish.attributes.contains_key(name));
        if is_of_profile || asked.claimed.contains(facet) {
            continue;
        }
        match (facet, before) {
            (Facet::Attribute(name), Before::Was(Wanted::Attribute(Field::Clear)))
                if !name.may_be_cleared() => {}
            (_, Before::Was(was)) => asked.wish.want(facet, was.clone()),
            // Nobody is in such a group but for a reason, and this one is over.
            (Facet::Group(group), Before::Unknown) if restricting.contains(group) => {
                asked.wish.want(facet, Wanted::Group(Membership::Outside));
            }
            (_, Before::Unknown) => {
                if let Some(without) =
                    without_access(facet).filter(|_| baseline.given.contains(facet))
                {
                    asked.wish.want(facet, without);
                }
                asked.unreturnable.insert(facet.clone());
            }
        }
    }
}

/// What takes back the access that a facet gives.
fn without_access(facet: &Facet) -> Option<Wanted> {
    match facet {
        Facet::Active => Some(Wanted::Active(false)),
        Facet::Group(_) => Some(Wanted::Group(Membership::Outside)),
        Facet::Account | Facet::Attribute(_) => None,
    }
}

/// The first instant after `now` at which a claim of `person` begins, ends or reaches a stage, an
/// employment begins or ends, a mute or an override ends, or an announced attribute comes to hold.
pub fn next_edge(person: &Person, now: Timestamp) -> Option<Timestamp> {
    let mut next: Option<Timestamp> = None;
    let mut consider = |at: Timestamp| {
        if at > now {
            next = Some(next.map_or(at, |known| known.min(at)));
        }
    };
    employment::edges(person, now)
        .into_iter()
        .chain(profile::edges(person))
        .for_each(&mut consider);
    person.mutes.edges().chain(person.overrides.edges()).for_each(&mut consider);
    for instance in &person.claims {
        for span in person.mutes.spans_anywhere(instance, &person.claims, now) {
            consider(span.begins(now));
            if let Some(ends) = span.ends(now) {
                consider(ends);
            }
            let stages = span.assertion.then.iter();
            for at in stages.filter_map(|stage| span.assertion.from.checked_add(stage.after).ok()) {
                if span.until.is_none_or(|until| at < until) {
                    consider(at);
                }
            }
        }
    }
    next
}
