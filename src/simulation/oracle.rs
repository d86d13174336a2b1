//! What each person should have, by brute force from everything that was written about them.
//!
//! It reads DESIGN §2.7 and §3 word by word, over all facts, every time anew. It shares nothing
//! with the engine: not the rules (the fixed rule file is told here once more in code), not the
//! fold, not the wish.

use super::fact::{Deed, Fact, Person};
use super::rules::{DELETION_AFTER, QUARANTINE_FOR};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a person's account should be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existence {
    /// It was there before, or a claim in force asks for it and none forbids to make it.
    Must,
    /// It may have been made in its time; now nothing asks for it, or something forbids it.
    May,
    /// Nothing ever asked for it.
    MustNot,
}

/// The account that a person should have at one instant.
#[expect(clippy::struct_excessive_bools, reason = "each is one facet of an account")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    pub existence: Existence,
    /// Its deletion is due; it is planned and held.
    pub deletion_due: bool,
    pub active: bool,
    pub in_vpn: bool,
    pub in_quarantine: bool,
    /// A claim in force forbids to activate the account, or to make one.
    pub is_barred: bool,
    /// A claim in force forbids the VPN.
    pub vpn_is_barred: bool,
    /// By attribute name; what is not listed is left alone.
    pub attributes: BTreeMap<&'static str, String>,
    /// The claims in force, in words.
    pub claims: Vec<&'static str>,
}

/// A claim of the fixed rule file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    Employed,
    Terminated,
    Leave,
    Quarantine,
}

/// What a fact's claim is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    Person,
    Employment(String),
    Source(String),
    Detection(String, String),
}

/// The first instant at which a claim holds, and the first at which it does no more.
type Span = (Timestamp, Option<Timestamp>);

/// What one fact says about one claim.
#[derive(Clone, Debug)]
struct Mark<'a> {
    fact: &'a Fact,
    whose: Whose,
    says: Says,
    takes_access: bool,
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

/// What `person` should have at `now`, if these facts are all there is.
pub fn expect(person: &Person, facts: &[&Fact], now: Timestamp, deletes: bool) -> Expected {
    let employed = in_force(Claim::Employed, facts, now);
    let terminated = in_force(Claim::Terminated, facts, now);
    let on_leave = !in_force(Claim::Leave, facts, now).is_empty();
    let quarantined = !in_force(Claim::Quarantine, facts, now).is_empty();
    let is_employed = !employed.is_empty();
    let is_terminated = !terminated.is_empty();

    let deletion_due = deletes && terminated.iter().any(|from| *from + DELETION_AFTER <= now);
    let active_before = person.before.is_none_or(|before| before.active);
    let vpn_before = person.before.is_some_and(|before| before.in_vpn);
    let barred = is_terminated || on_leave;
    Expected {
        existence: existence(person, facts, is_employed && !barred),
        deletion_due,
        active: !barred && active_before,
        in_vpn: !quarantined && !is_terminated && (is_employed || vpn_before),
        in_quarantine: quarantined,
        is_barred: barred,
        vpn_is_barred: quarantined || is_terminated,
        attributes: attributes(person, facts),
        claims: [
            (is_employed, "employed"),
            (is_terminated, "terminated"),
            (on_leave, "on leave"),
            (quarantined, "quarantined"),
        ]
        .into_iter()
        .filter_map(|(holds, word)| holds.then_some(word))
        .collect(),
    }
}

fn existence(person: &Person, facts: &[&Fact], wanted: bool) -> Existence {
    let ever_asked =
        || facts.iter().any(|fact| matches!(fact.deed, Deed::Hired { .. } | Deed::Rehired { .. }));
    if person.before.is_some() || wanted {
        Existence::Must
    } else if ever_asked() {
        Existence::May
    } else {
        Existence::MustNot
    }
}

/// The instants at which something begins or ends by itself.
pub fn edges(facts: &[&Fact]) -> BTreeSet<Timestamp> {
    let mut edges = BTreeSet::new();
    for claim in [Claim::Employed, Claim::Terminated, Claim::Leave, Claim::Quarantine] {
        for (from, until) in spans(claim, facts) {
            edges.insert(from);
            edges.insert(from + DELETION_AFTER);
            edges.extend(until);
        }
    }
    edges
}

/// Since when each instance of `claim` that is in force at `now` is.
fn in_force(claim: Claim, facts: &[&Fact], now: Timestamp) -> Vec<Timestamp> {
    spans(claim, facts)
        .into_iter()
        .filter(|(from, until)| *from <= now && until.is_none_or(|until| now < until))
        .map(|(from, _)| from)
        .collect()
}

/// From when until when each instance of `claim` holds.
fn spans(claim: Claim, facts: &[&Fact]) -> Vec<Span> {
    let marks: Vec<Mark<'_>> = facts.iter().filter_map(|fact| mark(claim, fact)).collect();
    let instances: BTreeSet<&Whose> = marks.iter().map(|mark| &mark.whose).collect();
    instances
        .into_iter()
        .flat_map(|instance| {
            let about = marks.iter().filter(|mark| mark.whose.covers(instance));
            told(about.collect())
        })
        .collect()
}

/// The spans of one instance: all its marks told in the order of their times.
///
/// Each source's own order is that of its times here, so the last of each source and the latest of
/// all come out by themselves. A beginning replaces what was said before, but for a span whose end
/// was told and has not come: "terminated from August, rehired from October" stays true when a new
/// termination, of December, is told in September. An end can be moved until it has come; what is
/// over is not revived by a later word about its end.
fn told(mut marks: Vec<&Mark<'_>>) -> Vec<Span> {
    struct Told {
        from: Timestamp,
        /// As the beginning said.
        until: Option<Timestamp>,
        /// As an end said.
        ended: Option<Timestamp>,
    }
    impl Told {
        fn over(&self) -> Option<Timestamp> {
            match (self.until, self.ended) {
                (Some(until), Some(ended)) => Some(until.min(ended)),
                (until, ended) => until.or(ended),
            }
        }
    }

    marks.sort_by_key(|mark| (mark.fact.time, mark.takes_access, mark.fact.source.as_str()));
    let mut spans: Vec<Told> = Vec::new();
    for mark in marks {
        let time = mark.fact.time;
        match mark.says {
            Says::Begins { from, until } => {
                spans.retain(|span| {
                    span.ended.is_some() && span.over().is_some_and(|over| time < over)
                });
                spans.push(Told { from, until, ended: None });
            }
            Says::Ends { at } => {
                let latest = spans.len();
                for (place, span) in (1..).zip(&mut spans) {
                    let moves = place == latest && span.over().is_none_or(|over| time < over);
                    span.ended = match span.ended {
                        Some(ended) if !moves => Some(ended.min(at)),
                        Some(_) | None => Some(at),
                    };
                }
            }
        }
    }
    spans.into_iter().map(|span| (span.from, span.over())).collect()
}

/// The order within one lane: by sequence where there is one, else by time, then by id.
fn order(fact: &Fact) -> (Option<u64>, Timestamp, &str) {
    (fact.sequence, fact.time, fact.id.as_str())
}

/// What `fact` says about `claim`: the fixed rule file, told once more.
fn mark(claim: Claim, fact: &Fact) -> Option<Mark<'_>> {
    let begins = |from, length: Option<SignedDuration>| Says::Begins {
        from,
        until: length.map(|length| from + length),
    };
    let says = match (claim, &fact.deed) {
        (Claim::Employed, Deed::Hired { from } | Deed::Rehired { at: from })
        | (Claim::Terminated, Deed::Terminated { from })
        | (Claim::Leave, Deed::LeaveStarted { from }) => begins(*from, None),
        (Claim::Terminated, Deed::TerminationCancelled) | (Claim::Leave, Deed::LeaveEnded) => {
            Says::Ends { at: fact.time }
        }
        (Claim::Terminated, Deed::Rehired { at }) => Says::Ends { at: *at },
        (Claim::Quarantine, Deed::RiskRaised { level })
            if matches!(*level, "high" | "critical") =>
        {
            begins(fact.time, Some(QUARANTINE_FOR))
        }
        (Claim::Quarantine, Deed::CredentialCompromised) => begins(fact.time, Some(QUARANTINE_FOR)),
        (Claim::Quarantine, Deed::RiskCleared) => Says::Ends { at: fact.time },
        _ => return None,
    };
    let restricts = claim != Claim::Employed;
    Some(Mark {
        fact,
        whose: whose(fact),
        says,
        takes_access: matches!(says, Says::Begins { .. }) == restricts,
    })
}

fn whose(fact: &Fact) -> Whose {
    if fact.deed.is_security() {
        match &fact.detection {
            Some(id) => Whose::Detection(fact.source.clone(), id.clone()),
            None => Whose::Source(fact.source.clone()),
        }
    } else {
        match &fact.employment {
            Some(id) => Whose::Employment(id.clone()),
            None => Whose::Person,
        }
    }
}

/// Per attribute the last writer: of each source and lane its last, among these the latest time.
fn attributes(person: &Person, facts: &[&Fact]) -> BTreeMap<&'static str, String> {
    let speaking: Vec<&Fact> = facts
        .iter()
        .copied()
        .filter(|fact| {
            matches!(fact.deed, Deed::Hired { .. } | Deed::Rehired { .. } | Deed::Updated)
        })
        .collect();
    let last = |value: fn(&Fact) -> Option<&String>| {
        let mut lanes: BTreeMap<(&str, bool), &Fact> = BTreeMap::new();
        for fact in speaking.iter().copied().filter(|fact| value(fact).is_some()) {
            let known =
                lanes.entry((fact.source.as_str(), fact.sequence.is_some())).or_insert(fact);
            if order(fact) > order(known) {
                *known = fact;
            }
        }
        lanes
            .into_values()
            .max_by_key(|fact| (fact.time, fact.source.as_str()))
            .and_then(value)
            .cloned()
    };
    let worded = !speaking.is_empty();
    [
        ("userName", last(|fact| Some(&fact.profile.user_name))),
        ("displayName", last(|fact| fact.profile.display_name.as_ref())),
        ("enterprise.department", last(|fact| fact.profile.department.as_ref())),
        ("emails.work", worded.then(|| person.email.clone())),
        ("enterprise.employeeNumber", worded.then(|| person.employee_number.clone())),
    ]
    .into_iter()
    .filter_map(|(name, value)| value.map(|value| (name, value)))
    .collect()
}
