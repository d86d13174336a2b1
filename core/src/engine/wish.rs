//! Claims at an instant → the account a person should have, and the next instant that may change it.
//!
//! Pure: the same claims, baseline and instant give the same wish.

use super::claims::{Instance, Span};
use super::employment::{self, Employments};
use super::field::Field;
use super::profile;
use super::state::{Baseline, Before, Person};
use crate::model::account::{AttributeName, Value};
use crate::model::call::Urgency;
use crate::model::claim::{Assertion, By, Precedence, Want};
use crate::model::ids::{GroupName, RuleName, TargetName};
use crate::model::operation;
use crate::model::wish::{Membership, Presence, Wish};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A cut that could have been made for longer than this goes behind those of today.
const OVERDUE: SignedDuration = SignedDuration::from_hours(24);

/// What a person's claims ask of one target at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The account a person should have.
    pub wish: Wish,
    /// Fields that a claim speaks about now, and that must go back when none does any more.
    pub claimed: Claimed,
    /// No claim speaks about them any more, and nobody knows what they were before.
    pub unreturnable: Vec<String>,
    /// The most urgent claim in force.
    pub urgency: Option<Urgency>,
    /// By which rule, as it was then, the account is to be deleted.
    pub absent_by: Option<(RuleName, String)>,
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

/// The claims of `person` in force at `now`, those that are set aside included.
pub fn standing(person: &Person, now: Timestamp) -> Vec<Standing<'_>> {
    let mut employments = None;
    let mut standing = Vec::new();
    for instance in &person.claims {
        let spans = instance.spans(&person.claims).into_iter();
        for span in spans.filter(|span| span.is_in_force(now)) {
            let employments = employments.get_or_insert_with(|| Employments::at(person, now));
            let set_aside_by = employments.sets_aside(instance, span.assertion);
            standing.push(Standing { instance, span, set_aside_by });
        }
    }
    standing
}

/// The fields of a wish that stem from claims, not from the way back or the profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claimed {
    pub active: bool,
    pub groups: BTreeSet<GroupName>,
    pub attributes: BTreeSet<AttributeName>,
}

/// Who wins a field: precedence, then taking access, then the newer word, then the rule's name.
pub(super) type Rank<'a> = (Precedence, bool, Timestamp, &'a str);

/// What a claim says of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Saying<'a> {
    Account(Presence),
    Active(bool),
    Group(&'a GroupName, Membership),
    Attribute(&'a AttributeName, &'a Value),
}

/// The winner so far of each field.
#[derive(Default)]
struct Contest<'a> {
    account: Option<(Rank<'a>, Presence)>,
    active: Option<(Rank<'a>, bool)>,
    groups: BTreeMap<&'a GroupName, (Rank<'a>, Membership)>,
    attributes: BTreeMap<&'a AttributeName, (Rank<'a>, &'a Value)>,
    urgency: Option<Urgency>,
    /// Whose wish for the account it is.
    account_by: Option<&'a Assertion>,
}

/// The account `person` should have at `target` at `now`.
pub fn asked(
    person: &Person,
    target: &TargetName,
    restricting: &BTreeSet<GroupName>,
    baseline: &Baseline,
    now: Timestamp,
) -> Asked {
    let mut contest = Contest::default();
    let all = standing(person, now);
    for claim in all.iter().filter(|claim| claim.set_aside_by.is_none()) {
        let assertion = claim.span.assertion;
        contest.hear(claim.urgency(now));
        for want in claim.wants(now) {
            if want.target.as_ref().is_none_or(|only| only == target) {
                contest.enter(want, claim.span.said_at, assertion, restricting);
            }
        }
    }
    let mut asked = contest.decide();
    add_profile(person, now, &mut asked.wish);
    add_way_back(baseline, restricting, &mut asked);
    asked
}

/// What a claim wants, each stage with the instant from which it counts for a clock that shows `now`.
pub(super) fn stages<'a>(
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

/// All that `want` says, each with its rank. Of two that speak of one field the greater rank wins,
/// and of two equal ranks the first.
pub(super) fn sayings<'a>(
    want: &'a Want,
    (precedence, said_at, rule): (Precedence, Timestamp, &'a str),
    restricting: &BTreeSet<GroupName>,
) -> impl Iterator<Item = (Saying<'a>, Rank<'a>)> {
    let joins = want.groups.add.iter().map(|group| Saying::Group(group, Membership::Member));
    let leaves = want.groups.remove.iter().map(|group| Saying::Group(group, Membership::Outside));
    let account = want.account.map(Saying::Account);
    let active = want.active.map(Saying::Active);
    let attributes = want.attributes.iter().map(|(name, value)| Saying::Attribute(name, value));
    let all = account.into_iter().chain(active).chain(joins).chain(leaves).chain(attributes);
    all.map(move |saying| {
        let takes = match saying {
            Saying::Account(presence) => presence == Presence::Absent,
            Saying::Active(active) => !active,
            Saying::Group(group, membership) => {
                (membership == Membership::Member) == restricting.contains(group)
            }
            Saying::Attribute(..) => false,
        };
        (saying, (precedence, takes, said_at, rule))
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
        for (saying, challenger) in sayings(want, said, restricting) {
            match saying {
                Saying::Account(presence) => {
                    if win(&mut self.account, challenger, presence) {
                        self.account_by = Some(assertion);
                    }
                }
                Saying::Active(active) => {
                    win(&mut self.active, challenger, active);
                }
                Saying::Group(group, membership) => {
                    let entry = self.groups.entry(group).or_insert((challenger, membership));
                    if challenger > entry.0 {
                        *entry = (challenger, membership);
                    }
                }
                Saying::Attribute(name, value) => {
                    let entry = self.attributes.entry(name).or_insert((challenger, value));
                    if challenger > entry.0 {
                        *entry = (challenger, value);
                    }
                }
            }
        }
    }

    fn decide(self) -> Asked {
        let claimed = Claimed {
            active: self.active.is_some(),
            groups: self.groups.keys().map(|group| (*group).clone()).collect(),
            attributes: self.attributes.keys().map(|name| (*name).clone()).collect(),
        };
        let wish = Wish {
            account: self.account.map(|(_, presence)| presence),
            active: self.active.map(|(_, active)| active),
            attributes: self
                .attributes
                .into_iter()
                .map(|(name, (_, value))| (name.clone(), operation::Field::Set(value.clone())))
                .collect(),
            groups: self
                .groups
                .into_iter()
                .map(|(group, (_, membership))| (group.clone(), membership))
                .collect(),
        };
        let absent = self.account_by.filter(|_| wish.account == Some(Presence::Absent));
        let absent_by = absent.map(|it| (it.rule.clone(), it.rule_hash.clone()));
        Asked { wish, claimed, unreturnable: Vec::new(), urgency: self.urgency, absent_by }
    }
}

/// Says whether the challenger has won.
fn win<'a, T>(field: &mut Option<(Rank<'a>, T)>, challenger: Rank<'a>, value: T) -> bool {
    let wins = field.as_ref().is_none_or(|(champion, _)| challenger > *champion);
    if wins {
        *field = Some((challenger, value));
    }
    wins
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
/// takes back what it gave itself, for that was for a claim, and leaves the field alone else; and
/// somebody must say.
fn add_way_back(baseline: &Baseline, restricting: &BTreeSet<GroupName>, asked: &mut Asked) {
    if !asked.claimed.active {
        match &baseline.active {
            Some(Before::Was(active)) => asked.wish.active = Some(*active),
            Some(Before::Unknown) => {
                let field = Field::Active.to_string();
                asked.wish.active = baseline.given.contains(&field).then_some(false);
                asked.unreturnable.push(field);
            }
            None => {}
        }
    }
    for (group, before) in &baseline.groups {
        if asked.claimed.groups.contains(group) {
            continue;
        }
        match before {
            Before::Was(membership) => {
                asked.wish.groups.insert(group.clone(), *membership);
            }
            // Nobody is in such a group but for a reason, and this one is over.
            Before::Unknown if restricting.contains(group) => {
                asked.wish.groups.insert(group.clone(), Membership::Outside);
            }
            Before::Unknown => {
                let field = Field::Group(group.clone()).to_string();
                if baseline.given.contains(&field) {
                    asked.wish.groups.insert(group.clone(), Membership::Outside);
                }
                asked.unreturnable.push(field);
            }
        }
    }
    for (name, before) in &baseline.attributes {
        if asked.claimed.attributes.contains(name) || asked.wish.attributes.contains_key(name) {
            continue;
        }
        match before {
            Before::Was(None) if !name.may_be_cleared() => {}
            Before::Was(value) => {
                asked.wish.attributes.insert(name.clone(), value.clone().into());
            }
            Before::Unknown => asked.unreturnable.push(format!("attribute {name}")),
        }
    }
}

/// The first instant after `now` at which a claim of `person` begins, ends or reaches a stage, an
/// employment begins or ends, or an announced attribute comes to hold.
pub fn next_edge(person: &Person, now: Timestamp) -> Option<Timestamp> {
    let mut next: Option<Timestamp> = None;
    let mut consider = |at: Timestamp| {
        if at > now {
            next = Some(next.map_or(at, |known| known.min(at)));
        }
    };
    employment::edges(person).chain(profile::edges(person)).for_each(&mut consider);
    for instance in &person.claims {
        for span in instance.spans(&person.claims) {
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
