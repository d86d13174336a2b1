//! What each person should have, by brute force from everything that was written about them.
//!
//! It reads `docs/design.md` word by word ("Claims, wish, plan, operations" and "The order of
//! events"), over all facts, every time anew. It shares nothing with the engine: not the rules (the
//! fixed rule file is told here once more in code), not the fold, not the wish.

/// When claims hold.
mod claims;
/// Which employments go on.
mod employments;
/// What attributes should be.
mod profile;
/// Which facts are known to be about one person.
pub mod identity;
/// What operators have said of all that.
pub mod unheard;

use super::fact::{Deed, Fact, Person};
use super::rules::{CONTRACTOR, DELETION_AFTER, EMPLOYEE};
use claims::{Claim, Whose};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use unheard::{Heard, Unheard};

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
    /// Some source says that nothing may be deleted.
    pub on_legal_hold: bool,
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

/// What `person` should have at `now`, if these facts are all there is, and operators have said nothing
/// else.
pub fn expect(
    person: &Person,
    facts: &[&Fact],
    without: &Unheard,
    (now, deletes): (Timestamp, bool),
) -> Expected {
    let heard = Heard { facts, without };
    let terminated = terminated_since(heard, now);
    let on_leave = is_on_leave(heard, now);
    let quarantined = !claims::in_force(Claim::Quarantine, heard, now).is_empty();
    let employed = employed(heard, now);
    let is_employed = !employed.is_empty();
    // Of employments with one precedence the one that takes access wins.
    let is_contractor = employed.iter().any(|fact| fact.is_of_a_contractor());
    let is_terminated = !terminated.is_empty();

    let deletion_due = deletes && terminated.iter().any(|from| *from + DELETION_AFTER <= now);
    let active_before = person.before.is_none_or(|before| before.active);
    let vpn_before = person.before.is_some_and(|before| before.in_vpn);
    let barred = is_terminated || on_leave || without.is_kept_out;
    let vpn_is_barred = quarantined || is_terminated || is_contractor;
    let mut attributes = profile::attributes(facts, now);
    // Of two that take nothing the newer wins, and then the name of the rule.
    let newest = employed.iter().max_by_key(|fact| (fact.time, !fact.is_of_a_contractor()));
    if let Some(newest) = newest {
        let word = if newest.is_of_a_contractor() { CONTRACTOR } else { EMPLOYEE };
        attributes.insert("userType", word.to_owned());
    }
    // Without a user name there is nothing to make an account of.
    let can_be_made = attributes.contains_key("userName");
    Expected {
        existence: existence(person, facts, is_employed && !barred && can_be_made),
        deletion_due,
        on_legal_hold: profile::is_on_legal_hold(facts),
        active: !barred && active_before,
        in_vpn: !vpn_is_barred && (is_employed || vpn_before),
        in_quarantine: quarantined,
        is_barred: barred,
        vpn_is_barred,
        attributes,
        claims: [
            (is_employed, "employed"),
            (is_contractor, "a contractor"),
            (is_terminated, "terminated"),
            (on_leave, "on leave"),
            (quarantined, "quarantined"),
            (without.is_kept_out, "kept out"),
        ]
        .into_iter()
        .filter_map(|(holds, word)| holds.then_some(word))
        .collect(),
    }
}

/// Since when each termination is in force that counts: the end of one employment does not while
/// another goes on.
fn terminated_since(heard: Heard<'_>, now: Timestamp) -> Vec<Timestamp> {
    let terminated = claims::standing(Claim::Terminated, heard, now);
    if terminated.is_empty() {
        return Vec::new();
    }
    let going_on = employments::going_on(heard, now);
    terminated
        .into_iter()
        .filter(|(whose, _, fact)| match whose {
            Whose::Employment(ended) => {
                fact.deed == Deed::AccessRevoked || !going_on.iter().any(|other| other != ended)
            }
            _ => true,
        })
        .map(|(_, from, _)| from)
        .collect()
}

/// By which facts somebody is employed: that of an ended employment counts no more once another goes
/// on that says so itself.
fn employed(heard: Heard<'_>, now: Timestamp) -> Vec<&Fact> {
    let all = claims::standing(Claim::Employed, heard, now);
    let going_on = employments::going_on(heard, now);
    let says_so = |id: &String| all.iter().any(|(by, ..)| *by == Whose::Employment(id.clone()));
    let counts = |whose: &Whose| match whose {
        Whose::Employment(id) if employments::has_ended(id, heard, now) => {
            !going_on.iter().any(|other| other != id && says_so(other))
        }
        _ => true,
    };
    all.iter().filter(|(whose, ..)| counts(whose)).map(|(_, _, fact)| *fact).collect()
}

/// Leave from an employment that has ended keeps nobody out who goes on in another.
fn is_on_leave(heard: Heard<'_>, now: Timestamp) -> bool {
    let going_on = employments::going_on(heard, now);
    claims::in_force(Claim::Leave, heard, now).iter().any(|(whose, _)| match whose {
        Whose::Employment(id) if employments::has_ended(id, heard, now) => {
            !going_on.iter().any(|other| other != id)
        }
        _ => true,
    })
}

fn existence(person: &Person, facts: &[&Fact], wanted: bool) -> Existence {
    if person.before.is_some() || wanted {
        Existence::Must
    } else if facts.iter().any(|fact| fact.deed.employs()) {
        Existence::May
    } else {
        Existence::MustNot
    }
}

/// The instants at which something begins or ends by itself.
pub fn edges(facts: &[&Fact]) -> BTreeSet<Timestamp> {
    let mut edges = BTreeSet::new();
    let heard = Heard { facts, without: &Unheard::default() };
    for claim in [Claim::Employed, Claim::Terminated, Claim::Leave, Claim::Quarantine] {
        for (_, span) in claims::spans(claim, heard) {
            edges.insert(span.from);
            edges.insert(span.from + DELETION_AFTER);
            edges.extend(span.until);
        }
    }
    edges.extend(employments::edges(heard));
    edges.extend(profile::edges(facts));
    edges
}

/// The order within one lane: by sequence where there is one, else by time, then as they were said: a
/// source counts its events.
fn order(fact: &Fact) -> (Option<u64>, Timestamp, (usize, &str)) {
    (fact.sequence, fact.time, said(fact))
}

/// The place among what the source says at one instant: `e9` before `e10`.
fn said(fact: &Fact) -> (usize, &str) {
    (fact.id.len(), fact.id.as_str())
}

/// Whether the fact asserts `employed`, and from when.
fn employed_from(fact: &Fact) -> Option<Timestamp> {
    match fact.deed {
        Deed::Hired { from } | Deed::Converted { from } | Deed::Rehired { at: from } => Some(from),
        _ => None,
    }
}
