//! Claims at an instant → the account a person should have, and the next instant that may change it.
//!
//! Pure: the same claims, baseline and instant give the same wish.

use super::state::{Baseline, Before, Person, ProfileMark};
use crate::model::account::{AttributeName, Value};
use crate::model::call::Urgency;
use crate::model::claim::{Assertion, Precedence, Want};
use crate::model::ids::{GroupName, TargetName};
use crate::model::wish::{Membership, Presence, Wish};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

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
    for instance in &person.claims {
        for span in instance.spans(&person.claims).iter().filter(|span| span.is_in_force(now)) {
            let assertion = span.assertion;
            for (begins, want) in stages(assertion) {
                if begins <= now && want.target.as_ref().is_none_or(|only| only == target) {
                    let said = (assertion.precedence, span.said_at, assertion.rule.as_str());
                    contest.enter(want, said, restricting);
                    let urgency = contest.urgency.get_or_insert(assertion.urgency);
                    *urgency = (*urgency).min(assertion.urgency);
                }
            }
        }
    }
    let mut asked = contest.decide();
    add_profile(person, &mut asked.wish);
    add_way_back(baseline, restricting, &mut asked);
    asked
}

/// What a claim wants, each stage with the instant from which it counts.
pub(super) fn stages(assertion: &Assertion) -> impl Iterator<Item = (Timestamp, &Want)> {
    let later = assertion
        .then
        .iter()
        .filter_map(|stage| Some((assertion.from.checked_add(stage.after).ok()?, &stage.want)));
    std::iter::once((assertion.from, &assertion.want)).chain(later)
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
    fn enter(
        &mut self,
        want: &'a Want,
        said: (Precedence, Timestamp, &'a str),
        restricting: &BTreeSet<GroupName>,
    ) {
        for (saying, challenger) in sayings(want, said, restricting) {
            match saying {
                Saying::Account(presence) => win(&mut self.account, challenger, presence),
                Saying::Active(active) => win(&mut self.active, challenger, active),
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
                .map(|(name, (_, value))| (name.clone(), value.clone()))
                .collect(),
            groups: self
                .groups
                .into_iter()
                .map(|(group, (_, membership))| (group.clone(), membership))
                .collect(),
        };
        Asked { wish, claimed, unreturnable: Vec::new(), urgency: self.urgency }
    }
}

fn win<'a, T>(field: &mut Option<(Rank<'a>, T)>, challenger: Rank<'a>, value: T) {
    if field.as_ref().is_none_or(|(champion, _)| challenger > *champion) {
        *field = Some((challenger, value));
    }
}

/// Per attribute of the profile the latest source time wins.
pub(super) fn last_word(marks: &[ProfileMark]) -> Option<&ProfileMark> {
    marks.iter().max_by_key(|mark| (mark.key.time, &mark.source, &mark.key.sequence))
}

/// The profile ranks below every claim.
fn add_profile(person: &Person, wish: &mut Wish) {
    for (name, marks) in &person.profile {
        if let Some(last) = last_word(marks) {
            wish.attributes.entry(name.clone()).or_insert_with(|| last.value.clone());
        }
    }
}

/// What no claim speaks about any more goes back to what it was. If nobody knows what that is, it
/// goes to (or stays at) less access, and the rest is for somebody to say.
fn add_way_back(baseline: &Baseline, restricting: &BTreeSet<GroupName>, asked: &mut Asked) {
    if !asked.claimed.active {
        match &baseline.active {
            Some(Before::Was(active)) => asked.wish.active = Some(*active),
            Some(Before::Unknown) => {
                asked.wish.active = Some(false);
                asked.unreturnable.push("active".to_owned());
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
            Before::Unknown => {
                let less = if restricting.contains(group) {
                    Membership::Member
                } else {
                    Membership::Outside
                };
                asked.wish.groups.insert(group.clone(), less);
                asked.unreturnable.push(format!("group {group}"));
            }
        }
    }
    for (name, before) in &baseline.attributes {
        if asked.claimed.attributes.contains(name) || asked.wish.attributes.contains_key(name) {
            continue;
        }
        match before {
            Before::Was(Some(value)) => {
                asked.wish.attributes.insert(name.clone(), value.clone());
            }
            Before::Was(None) | Before::Unknown => {
                asked.unreturnable.push(format!("attribute {name}"));
            }
        }
    }
}

/// The first instant after `now` at which a claim of `person` begins, ends or reaches a stage.
pub fn next_edge(person: &Person, now: Timestamp) -> Option<Timestamp> {
    let mut next: Option<Timestamp> = None;
    let mut consider = |at: Timestamp| {
        if at > now {
            next = Some(next.map_or(at, |known| known.min(at)));
        }
    };
    for instance in &person.claims {
        for span in instance.spans(&person.claims) {
            consider(span.from);
            if let Some(until) = span.until {
                consider(until);
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
