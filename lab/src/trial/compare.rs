//! What must be so against what is, and how a difference is told.

use super::play::Player;
use super::words::{describe, in_order};
use crate::engine::claims::Instance;
use crate::engine::state::Person;
use crate::engine::wish;
use crate::model::PersonId;
use crate::model::account::{AttributeName, Value};
use crate::model::decision::Decision;
use crate::model::wish::{Membership, Presence, Wish};
use crate::story::{self, AccountFacts, AccountState, End, InForce, Then, Told, WishState};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub line: u64,
    /// What happened, if the step says so.
    pub step: Option<String>,
    /// Of what: `calls of kim`.
    pub what: String,
    pub expected: String,
    pub actual: String,
}

const NONE: &str = "none";

#[derive(Default)]
struct Differences(Vec<Difference>);

impl Differences {
    fn compare(&mut self, line: u64, what: impl Into<String>, expected: String, actual: String) {
        if expected != actual {
            let what = what.into();
            self.0.push(Difference { line, step: None, what, expected, actual });
        }
    }
}

/// Looks at everything that `then` names. What is told "since it was last asked" begins anew.
pub(super) fn compare(player: &mut Player<'_>, then: &Then) -> Vec<Difference> {
    let mut found = Differences::default();
    compare_decision(player, then, &mut found);
    for (short, line, claims) in &then.claims {
        compare_claims(player, (short, *line), claims, &mut found);
    }
    for (short, line, wish) in &then.wish {
        compare_wish(player, (short, *line), wish, &mut found);
    }
    if let Some((line, calls)) = &then.calls {
        compare_calls(player, *line, calls, &mut found);
    }
    for (short, line, account) in &then.accounts {
        compare_account(player, (short, *line), account, &mut found);
    }
    let results: Vec<_> = player
        .results
        .iter()
        .map(|it| (it.person.clone(), told(it.word.word(), it.why.as_ref().map(|why| &*why.code))))
        .collect();
    let notes: Vec<_> = player
        .notes
        .iter()
        .map(|it| (it.person.clone(), told(it.word.word(), Some(&it.why.code))))
        .collect();
    for (what, expected, actual) in
        [("results", &then.results, results), ("notes", &then.notes, notes)]
    {
        for (short, line, expected) in expected {
            compare_words(player, (short, *line, what), (expected, &actual), &mut found);
        }
    }
    let asked = |each: &[(String, u64, Vec<String>)]| -> BTreeSet<PersonId> {
        each.iter().flat_map(|(short, ..)| player.ids(short)).collect()
    };
    let (results_of, notes_of) = (asked(&then.results), asked(&then.notes));
    player.results.retain(|it| !results_of.contains(&it.person));
    player.notes.retain(|it| !notes_of.contains(&it.person));
    if let Some(count) = then.people {
        let actual = player.stage.people().count().to_string();
        found.compare(then.line, "people that usher knows", count.to_string(), actual);
    }
    found.0
}

fn told(word: &str, code: Option<&str>) -> String {
    code.map_or_else(|| word.to_owned(), |code| format!("{word} {code}"))
}

fn compare_decision(player: &Player<'_>, then: &Then, found: &mut Differences) {
    let actual = list(player.decisions.iter().map(|it| it.decision.word()));
    if let Some(word) = &then.decision {
        found.compare(then.line, "decision", word.clone(), with_reason(player, word, actual));
    }
    if let Some(code) = &then.because {
        let codes = player.decisions.iter().filter_map(|it| Some(it.decision.why()?.code.as_str()));
        found.compare(then.line, "reason of the decision", code.clone(), list(codes));
    }
}

/// An event that was parked, though nothing says that it must be. Nothing can come of it, so whatever
/// else is expected would only hide why.
pub(super) fn unforeseen(player: &Player<'_>, told: &Told) -> Option<Difference> {
    let why = player.decisions.iter().find_map(|it| match &it.decision {
        Decision::Parked(why) => Some(why),
        _ => None,
    })?;
    Some(Difference {
        line: told.line,
        step: None,
        what: "decision".to_owned(),
        expected: "an event that can be used; if it must be parked, say `decision: parked`"
            .to_owned(),
        actual: format!("parked, {}: {}", why.code, why.text),
    })
}

/// An unexpected refusal is told with its reason.
fn with_reason(player: &Player<'_>, expected: &str, actual: String) -> String {
    let reason = player.decisions.iter().find_map(|it| it.decision.why());
    match reason {
        Some(why) if actual != expected => format!("{actual}, {}: {}", why.code, why.text),
        _ => actual,
    }
}

impl Player<'_> {
    /// Everybody whom usher knows by one of the person's names, and by no other number than theirs.
    pub(super) fn known(&self, short: &str) -> Vec<&Person> {
        let Some(identity) = self.fixture.people.get(short) else { return Vec::new() };
        let is_them = |person: &&Person| {
            let shares = identity.aliases.iter().any(|alias| person.aliases.contains(alias));
            let mut numbers = person
                .aliases
                .iter()
                .filter(|alias| alias.kind() == crate::model::AliasKind::EmployeeNumber)
                .peekable();
            let has_another = numbers.peek().is_some()
                && identity.number().is_some_and(|own| numbers.all(|number| number != own));
            shares && !has_another
        };
        self.stage.people().filter(is_them).collect()
    }

    fn ids(&self, short: &str) -> BTreeSet<PersonId> {
        self.known(short).into_iter().map(|person| person.id.clone()).collect()
    }
}

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

fn compare_claims(
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

/// The wish of somebody's seat; of several people (before they are merged) the first that has one.
fn compare_wish(
    player: &Player<'_>,
    (short, line): (&str, u64),
    expected: &WishState,
    found: &mut Differences,
) {
    let seats = player.known(short).into_iter();
    let seats = seats.filter_map(|person| person.seats.get(&player.suite.target));
    let wish = seats.map(|seat| &seat.wish).find(|wish| !wish.is_empty());
    let of = |what: &str| format!("{what} in the wish of {short}");
    let Some(facts) = &expected.0 else {
        let actual = wish.map_or_else(|| NONE.to_owned(), describe_wish);
        return found.compare(line, format!("wish of {short}"), NONE.to_owned(), actual);
    };
    let nothing = Wish::default();
    let wish = wish.unwrap_or(&nothing);
    if let Some(account) = facts.account {
        let presence = |presence: Option<Presence>| match presence {
            Some(Presence::Present) => "present".to_owned(),
            Some(Presence::Absent) => "absent".to_owned(),
            None => NONE.to_owned(),
        };
        found.compare(line, of("account"), presence(account.into_option()), presence(wish.account));
    }
    if let Some(active) = facts.active {
        found.compare(line, of("active"), or_none(active.into_option()), or_none(wish.active));
    }
    for (key, groups, membership) in
        [("in", &facts.inside, Membership::Member), ("out", &facts.outside, Membership::Outside)]
    {
        let Some(groups) = groups else { continue };
        let actual = wish.groups.iter().filter(|(_, wanted)| **wanted == membership);
        let actual = list(actual.map(|(group, _)| group));
        found.compare(line, of(key), list(groups), actual);
    }
    let wanted = |name: &AttributeName| wish.value(name).cloned();
    compare_attributes(&facts.attributes, wanted, (line, of), found);
}

fn describe_wish(wish: &Wish) -> String {
    serde_json::to_string(wish).unwrap_or_default()
}

fn compare_attributes(
    expected: &BTreeMap<AttributeName, Option<Value>>,
    actual: impl Fn(&AttributeName) -> Option<Value>,
    (line, of): (u64, impl Fn(&str) -> String),
    found: &mut Differences,
) {
    for (name, value) in expected {
        let text = |value: Option<&Value>| match value.map(Value::to_text) {
            Some(text) if text == NONE => format!("`{text}`"),
            value => or_none(value),
        };
        let (expected, actual) = (text(value.as_ref()), text(actual(name).as_ref()));
        found.compare(line, of(name.as_str()), expected, actual);
    }
}

fn compare_account(
    player: &mut Player<'_>,
    (short, line): (&str, u64),
    expected: &AccountState,
    found: &mut Differences,
) {
    let ids = player.accounts_of(short);
    let Some(provider) = player.stage.provider(&player.suite.target) else { return };
    let accounts: Vec<_> = ids.iter().filter_map(|id| provider.account(id)).collect();
    let what = format!("account of {short}");
    match (&expected.0, accounts.as_slice()) {
        (None, []) => {}
        (None, found_accounts) => {
            let actual = match found_accounts {
                [one] => format!("one, active: {}", one.active.unwrap_or_default()),
                several => format!("{} of them", several.len()),
            };
            found.compare(line, what, NONE.to_owned(), actual);
        }
        (Some(facts), [account]) => {
            let groups: BTreeSet<_> = provider.groups_of(&account.id).cloned().collect();
            let of = |key: &str| format!("{key} of {short}");
            let AccountFacts { active, groups: wanted, attributes } = facts;
            if active.is_some() {
                found.compare(line, of("active"), or_none(*active), or_none(account.active));
            }
            if let Some(wanted) = wanted {
                found.compare(line, of("groups"), list(wanted), list(&groups));
            }
            let held = |name: &AttributeName| account.attributes.get(name).cloned();
            compare_attributes(attributes, held, (line, of), found);
        }
        (Some(_), []) => found.compare(line, what, "one".to_owned(), NONE.to_owned()),
        (Some(_), several) => {
            let actual = format!("{} of them", several.len());
            found.compare(line, what, "one".to_owned(), actual);
        }
    }
}

/// All calls since they were last asked for: whoever is not named must have had none.
fn compare_calls(
    player: &mut Player<'_>,
    line: u64,
    expected: &BTreeMap<String, Vec<String>>,
    found: &mut Differences,
) {
    let calls = std::mem::take(&mut player.calls);
    let mut owners: Vec<(&String, BTreeSet<PersonId>)> =
        player.fixture.people.keys().map(|short| (short, player.ids(short))).collect();
    // Two short names may have turned out to be one person.
    owners.sort_by_key(|(short, _)| !expected.contains_key(*short));
    let owner = |person: &Option<PersonId>| {
        let owner =
            owners.iter().find(|(_, ids)| person.as_ref().is_some_and(|it| ids.contains(it)));
        owner.map_or("somebody else", |(short, _)| short.as_str())
    };
    let mut actual: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for made in &calls {
        actual.entry(owner(&made.person)).or_default().push(in_order(&describe(&made.operation)));
    }
    let named = expected.keys().map(String::as_str);
    let everybody: BTreeSet<&str> = actual.keys().copied().chain(named).collect();
    for short in everybody {
        let expected = expected.get(short).map(|calls| list(calls.iter().map(|it| in_order(it))));
        let actual = actual.get(short).map(list);
        let none = || NONE.to_owned();
        let what = format!("calls of {short}");
        found.compare(line, what, expected.unwrap_or_else(none), actual.unwrap_or_else(none));
    }
}

fn compare_words(
    player: &Player<'_>,
    (short, line, what): (&str, u64, &str),
    (expected, actual): (&[String], &[(PersonId, String)]),
    found: &mut Differences,
) {
    let ids = player.ids(short);
    let theirs = actual.iter().filter(|(person, _)| ids.contains(person));
    let actual = list(theirs.map(|(_, words)| words));
    found.compare(line, format!("{what} of {short}"), list(expected), actual);
}

fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { NONE.to_owned() } else { items.join(", ") }
}

fn or_none<T: Display>(value: Option<T>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| value.to_string())
}
