//! The claims in force that must be, against those that are.

use super::play::Player;
use crate::engine::said::claims::Instance;
use crate::engine::state::Person;
use crate::engine::will::wish;
use crate::story::judge::{Differences, list};
use crate::story::{self, End, InForce};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A claim in force, with what can be asked of it.
struct Found<'a> {
    instance: &'a Instance,
    since: Timestamp,
    until: Option<Timestamp>,
}

/// Those that count: not the end of an employment while another goes on.
fn in_force(person: &Person, now: Timestamp) -> Vec<Found<'_>> {
    let standing = wish::standing(person, now).into_iter();
    let counting = standing.filter(|claim| claim.set_aside_by.is_none());
    let found = counting.map(|claim| {
        let wish::Standing { instance, span, .. } = claim;
        Found { instance, since: span.from, until: span.until }
    });
    found.collect()
}

pub(super) fn compare_claims(
    player: &Player<'_>,
    (short, line): (&str, u64),
    expected: &[InForce],
    found: &mut Differences,
) {
    let now = player.stage.now();
    let standing: Vec<Found<'_>> =
        player.known(short).into_iter().flat_map(|person| in_force(person, now)).collect();
    if !are_the_same(expected, &standing) {
        let expected = list(expected.iter().map(describe_expected));
        let actual = list(standing.iter().map(describe_found));
        found.compare(line, format!("claims of {short}"), expected, actual);
    }
}

/// Whether each wanted claim is another one of those found, and none is left over. What is said of less
/// must not take the place of what is said of more.
fn are_the_same(wanted: &[InForce], found: &[Found<'_>]) -> bool {
    let mut taken = vec![None; found.len()];
    let mut finds_a_place =
        |index| find_a_place(index, (wanted, found), &mut taken, &mut BTreeSet::new());
    wanted.len() == found.len() && (0..wanted.len()).all(&mut finds_a_place)
}

/// Whoever has the place already is asked to move.
fn find_a_place(
    index: usize,
    (wanted, found): (&[InForce], &[Found<'_>]),
    taken: &mut [Option<usize>],
    asked: &mut BTreeSet<usize>,
) -> bool {
    for (place, claim) in found.iter().enumerate() {
        let is_fit = wanted.get(index).is_some_and(|wanted| fits(wanted, claim));
        if !is_fit || !asked.insert(place) {
            continue;
        }
        let holder = taken.get(place).copied().flatten();
        if holder.is_none_or(|holder| find_a_place(holder, (wanted, found), taken, asked)) {
            if let Some(taken) = taken.get_mut(place) {
                *taken = Some(index);
            }
            return true;
        }
    }
    false
}

fn fits(wanted: &InForce, found: &Found<'_>) -> bool {
    wanted.claim == found.instance.name
        && wanted.by.as_ref().is_none_or(|by| by.fits(&found.instance.by))
        && wanted.since.is_none_or(|since| since == found.since)
        && wanted.until.is_none_or(|until| until == End::from(found.until))
}

fn describe_expected(wanted: &InForce) -> String {
    let mut parts = Vec::new();
    parts.extend(wanted.by.as_ref().map(|by| format!("by {by}")));
    parts.extend(wanted.since.map(|since| format!("since {since}")));
    parts.extend(wanted.until.map(describe_until));
    if parts.is_empty() {
        return wanted.claim.clone();
    }
    format!("{} ({})", wanted.claim, parts.join(", "))
}

fn describe_found(found: &Found<'_>) -> String {
    let by = story::describe(&found.instance.by);
    let until = describe_until(found.until.into());
    format!("{} (by {by}, since {}, {until})", found.instance.name, found.since)
}

fn describe_until(until: End) -> String {
    match until {
        End::Never => "until never".to_owned(),
        End::At(until) => format!("until {until}"),
    }
}
