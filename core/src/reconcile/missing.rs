//! Who should have an account and has none.

use super::compare::{Comparison, Place, listed_key, person_key};
use super::finding::{Evidence, Finding, InList, Kind, Proposed};
use super::owner::{self, Found};
use super::{Authority, List};
use crate::roster::{Column, Listed, Roster, Standing};
use jiff::Span;
use std::collections::BTreeSet;

/// Everybody who has none at this target and should.
pub(super) fn all(comparison: &mut Comparison<'_>, place: &Place<'_>) {
    let told = wished(comparison, place);
    for (number, list) in comparison.question.lists.iter().enumerate() {
        if let (Authority::Hr, Ok(roster)) = (list.of, list.roster) {
            of_list(comparison, place, (number, list, roster), &told);
        }
    }
}

fn has_one(place: &Place<'_>, key: u64) -> bool {
    place.owners.binary_search(&key).is_ok()
}

/// Those for whom usher wants one.
fn wished(comparison: &mut Comparison<'_>, place: &Place<'_>) -> BTreeSet<u32> {
    let known = comparison.question.known;
    let target = &place.inventory.target;
    let mut told = BTreeSet::new();
    for (number, person) in (0_u32..).zip(&known.people) {
        let Some(seat) = known.seat(number, target) else { continue };
        if seat.account != Some(true) || has_one(place, person_key(number)) {
            continue;
        }
        told.insert(number);
        // It may have been made since.
        if seat.is_younger_than(place.inventory.began) {
            continue;
        }
        let mut evidence = vec![Evidence::Wished];
        if !seat.bound.is_none() {
            evidence.push(Evidence::Bound);
        }
        note(comparison, place, person.id.as_str(), (Some(number), Proposed::Create), evidence);
    }
    told
}

/// Those whom a list of HR's has: starters, and everybody where everybody should have one.
fn of_list(
    comparison: &mut Comparison<'_>,
    place: &Place<'_>,
    (number, list, roster): (usize, &List<'_>, &Roster),
    told: &BTreeSet<u32>,
) {
    let question = comparison.question;
    let is_for_everybody = question.settings.everybody.contains(&place.inventory.target);
    let ahead = Span::new().days(i64::from(question.settings.starters_days));
    let last = question.today.saturating_add(ahead);
    for person in roster.people() {
        let starts = || roster.rows(person).filter_map(|row| row.starts).max();
        let (proposed, evidence) = match roster.standing(person, question.today) {
            Standing::Future if starts().is_some_and(|starts| starts <= last) => {
                let proposed = if is_for_everybody { Proposed::Create } else { Proposed::Look };
                let at = in_list(number, roster, person);
                (proposed, Evidence::StartsOn { at, on: starts() })
            }
            standing @ (Standing::Current | Standing::OnLeave) if is_for_everybody => {
                let at = in_list(number, roster, person);
                (Proposed::Create, Evidence::Stands { at, standing, ends: None })
            }
            Standing::Future
            | Standing::Current
            | Standing::OnLeave
            | Standing::Ended
            | Standing::Disabled
            | Standing::Unclear => continue,
        };
        if has_one(place, listed_key(number, person.number())) {
            continue;
        }
        let (known, proposed) = match owner::known(question, roster, person) {
            Found::Nobody => (None, proposed),
            Found::One(one) => (Some(one), proposed),
            // A name of theirs is another's: an account might be made for the wrong one.
            Found::Several(_, _) => (None, Proposed::Look),
        };
        if known.is_some_and(|one| told.contains(&one) || has_one(place, person_key(one))) {
            continue;
        }
        let subject = format!("{}/{}", list.name, name_of(roster, person));
        note(comparison, place, &subject, (known, proposed), vec![evidence]);
    }
}

fn in_list(number: usize, roster: &Roster, person: Listed) -> InList {
    let line = roster.row(person).map_or(0, |row| row.line);
    InList { list: u16::try_from(number).unwrap_or(u16::MAX), line }
}

/// What they are remembered by.
fn name_of(roster: &Roster, person: Listed) -> &str {
    let names = Column::ALL.iter().filter(|column| column.space().is_some());
    let mut said = names.map(|column| roster.text(person, *column));
    said.find(|name| !name.is_empty()).unwrap_or_default()
}

fn note(
    comparison: &mut Comparison<'_>,
    place: &Place<'_>,
    subject: &str,
    (known, proposed): (Option<u32>, Proposed),
    evidence: Vec<Evidence>,
) {
    let past = comparison.recorder.note(&place.inventory.target, Kind::Missing, subject);
    comparison.found.push(Finding {
        kind: Kind::Missing,
        inventory: place.number,
        account: None,
        known,
        evidence,
        first_seen: past.first_seen,
        misses: past.misses,
        proposed,
        is_excepted: false,
        subject: Some(subject.into()),
    });
}
