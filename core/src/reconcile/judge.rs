//! What is to be said of one account.

use super::compare::{Comparison, Place, Surely, Thought, listed_key, person_key};
use super::finding::{Evidence, InList, Kind, Proposed};
use super::inventory::{Kept, LastSeen};
use super::known::Employment;
use super::owner::{self, Found, Owner};
use super::{Authority, Question, drift};
use crate::roster::Standing;
use jiff::SignedDuration;
use jiff::civil::Date;

/// How the owner of an account stands with the company, over all that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Employed,
    /// They have left: somebody says so.
    Left,
    /// No list of HR's has them, and nothing else speaks for them: two lists must miss them.
    Missed,
    /// What is known contradicts itself.
    Unclear,
    /// Nobody can say it now, or HR does not know them and the identity provider does.
    Untold,
}

/// What HR's lists say of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InHr {
    /// A list that might have them was not taken, or there is none.
    Unlooked,
    NotIn,
    Stands {
        standing: Standing,
        at: InList,
        ends: Option<Date>,
    },
}

/// Judges one account.
pub(super) fn account<'q>(
    comparison: &mut Comparison<'q>,
    place: &mut Place<'q>,
    number: u32,
    kept: &Kept,
) {
    let owner = owner::of(comparison.question, place.inventory, kept);
    note_owner(place, number, &owner);
    let account = (number, kept);
    if kept.is_service {
        comparison.spoken_for.push((place.number, number, Surely::Yes));
        let evidence = vec![Evidence::IsService];
        comparison.find(
            place,
            account,
            Thought { kind: Kind::Service, evidence, known: None },
            |_| Proposed::Nothing,
        );
        return;
    }
    if owner.is_contradicted() || owner.is_ambiguous() {
        comparison.spoken_for.push((place.number, number, Surely::Unclear));
        let kind = if owner.bound.is_some() { Kind::WronglyBound } else { Kind::Ambiguous };
        let evidence = evidence_of(comparison, &owner);
        let thought = Thought { kind, evidence, known: owner.bound };
        comparison.find(place, account, thought, |_| Proposed::Look);
        return;
    }
    if owner.is_nobody() {
        orphan(comparison, place, account);
    } else {
        owned(comparison, place, account, &owner);
    }
}

/// So that nobody who may have an account is taken for somebody who has none.
fn note_owner(place: &mut Place<'_>, number: u32, owner: &Owner) {
    let mut keys = Vec::new();
    keys.extend(owner.bound.map(person_key));
    match owner.known {
        Found::Nobody => {}
        Found::One(one) => keys.push(person_key(one)),
        Found::Several(one, other) => keys.extend([one, other].map(person_key)),
    }
    for (list, (found, _)) in owner.listed.iter().enumerate() {
        match *found {
            Found::Nobody => {}
            Found::One(one) => keys.push(listed_key(list, one.number())),
            Found::Several(one, other) => {
                keys.extend([one, other].map(|it| listed_key(list, it.number())));
            }
        }
    }
    if !owner.is_ambiguous() && !owner.is_contradicted() {
        place.owned.extend(keys.first().map(|key| (*key, number)));
    }
    place.owners.extend(keys);
}

fn orphan(comparison: &mut Comparison<'_>, place: &Place<'_>, account: (u32, &Kept)) {
    if !comparison.may_blame() {
        return;
    }
    let question = comparison.question;
    let mut evidence = vec![Evidence::NobodysNames];
    evidence.extend((0..question.lists.len()).map(|list| Evidence::NotIn { list: short(list) }));
    let alike = comparison.alike().candidates(question, place.inventory, account.1);
    let might_be_somebodys = !alike.is_empty();
    evidence.extend(alike);
    if account.1.is_administrator {
        evidence.push(Evidence::IsAdministrator);
        comparison.find(
            place,
            account,
            Thought { kind: Kind::Administrator, evidence, known: None },
            |_| Proposed::Look,
        );
        return;
    }
    let least = question.settings.misses_least();
    let is_active = account.1.active != Some(false);
    comparison.find(
        place,
        account,
        Thought { kind: Kind::Orphaned, evidence, known: None },
        |misses| {
            if might_be_somebodys {
                Proposed::Look
            } else if misses < least {
                Proposed::AwaitList
            } else if is_active {
                Proposed::Disable
            } else {
                Proposed::Delete
            }
        },
    );
}

fn owned<'q>(
    comparison: &mut Comparison<'q>,
    place: &Place<'q>,
    account: (u32, &Kept),
    owner: &Owner,
) {
    let hr = in_hr(comparison, owner);
    let employment = employment(comparison, owner);
    let state = state(comparison, owner, hr, employment);
    let is_active = account.1.active != Some(false);
    let known = owner.person();
    let mut evidence = evidence_of(comparison, owner);
    if let InHr::Stands { standing, at, ends } = hr {
        evidence.push(Evidence::Stands { at, standing, ends });
    }
    match employment {
        Employment::Open | Employment::Future => evidence.push(Evidence::KnownEmployed),
        Employment::Ended => evidence.push(Evidence::KnownEnded),
        Employment::Untold => {}
    }
    match state {
        State::Employed => comparison.spoken_for.push((place.number, account.0, Surely::Yes)),
        State::Unclear => comparison.spoken_for.push((place.number, account.0, Surely::Unclear)),
        // Of a list that was not taken nobody knows what it says.
        State::Untold if comparison.has_all_lists => {
            comparison.spoken_for.push((place.number, account.0, Surely::Unclear));
        }
        State::Untold | State::Left | State::Missed => {}
    }
    match state {
        State::Left | State::Missed if is_active => {
            let thought = Thought { kind: Kind::LeftButActive, evidence, known };
            left(comparison, place, account, (state, thought));
            return;
        }
        State::Unclear if is_active => {
            let thought = Thought { kind: Kind::Unclear, evidence, known };
            comparison.find(place, account, thought, |_| Proposed::Look);
            return;
        }
        State::Left | State::Missed => return,
        State::Employed | State::Untold | State::Unclear => {}
    }
    if owner.bound.is_none() {
        evidence.push(Evidence::NotLookedAfter);
        let proposed = if state == State::Employed { Proposed::Adopt } else { Proposed::Look };
        let thought = Thought { kind: Kind::Unmanaged, evidence, known };
        comparison.find(place, account, thought, |_| proposed);
    } else {
        drifted(comparison, place, account, owner);
    }
    if state == State::Employed && is_active {
        unused(comparison, place, account, owner);
    }
}

fn left(
    comparison: &mut Comparison<'_>,
    place: &Place<'_>,
    account: (u32, &Kept),
    (state, mut thought): (State, Thought),
) {
    let Question { exceptions, known, .. } = comparison.question;
    if exceptions.is_err() || known.unread > 0 || comparison.is_cut_since(place, account.1) {
        return;
    }
    if state == State::Missed {
        let lists = (0..).zip(comparison.question.lists);
        let of_hr = lists.filter(|(_, list)| list.of == Authority::Hr);
        thought.evidence.extend(of_hr.map(|(list, _)| Evidence::NotIn { list }));
    }
    let is_administrator = account.1.is_administrator;
    if is_administrator {
        thought.evidence.push(Evidence::IsAdministrator);
    }
    let least = comparison.question.settings.misses_least();
    comparison.find(place, account, thought, |misses| match state {
        State::Missed if misses < least => Proposed::AwaitList,
        _certain if is_administrator => Proposed::Look,
        _certain => Proposed::Disable,
    });
}

fn drifted<'q>(
    comparison: &mut Comparison<'q>,
    place: &Place<'q>,
    account: (u32, &Kept),
    owner: &Owner,
) {
    let known = comparison.question.known;
    let Some(person) = owner.bound else { return };
    let Some(seat) = known.seat(person, &place.inventory.target) else { return };
    let evidence = drift::of(known, seat, place.inventory, account.1);
    if !evidence.is_empty() {
        let thought = Thought { kind: Kind::Drifted, evidence, known: Some(person) };
        comparison.find(place, account, thought, |_| Proposed::Correct);
    }
}

fn unused(
    comparison: &mut Comparison<'_>,
    place: &Place<'_>,
    account: (u32, &Kept),
    owner: &Owner,
) {
    let question = comparison.question;
    let days = i64::from(question.settings.unused_days);
    let longest = SignedDuration::from_hours(24 * days);
    // Who has never used it may have had it since yesterday.
    let since = match account.1.seen {
        LastSeen::Untold => return,
        LastSeen::At(at) => Some(at),
        LastSeen::Never => account.1.created,
    };
    let Some(since) = since.filter(|at| question.now.duration_since(*at) > longest) else { return };
    let at = (account.1.seen != LastSeen::Never).then_some(since);
    let evidence = vec![Evidence::UnusedSince { at }];
    let thought = Thought { kind: Kind::Unused, evidence, known: owner.person() };
    comparison.find(place, account, thought, |_| Proposed::Look);
}

fn employment(comparison: &Comparison<'_>, owner: &Owner) -> Employment {
    let person = owner.person().and_then(|it| comparison.question.known.person(it));
    person.map_or(Employment::Untold, |it| it.employment)
}

fn state(comparison: &Comparison<'_>, owner: &Owner, hr: InHr, employment: Employment) -> State {
    let goes_on = matches!(employment, Employment::Open | Employment::Future);
    match hr {
        // The list may be older than the end.
        InHr::Stands { standing: Standing::Current | Standing::OnLeave, .. }
            if employment == Employment::Ended =>
        {
            State::Unclear
        }
        InHr::Stands {
            standing: Standing::Current | Standing::OnLeave | Standing::Future, ..
        } => State::Employed,
        InHr::Stands { standing: Standing::Unclear | Standing::Disabled, .. } => State::Unclear,
        // Whose employment goes on by HR's own events is no leaver by a list.
        InHr::Stands { standing: Standing::Ended, .. } | InHr::NotIn if goes_on => State::Unclear,
        InHr::Stands { standing: Standing::Ended, .. } => State::Left,
        InHr::NotIn | InHr::Unlooked if employment == Employment::Ended => State::Left,
        InHr::NotIn if is_on_elsewhere(comparison, owner) => State::Untold,
        InHr::NotIn if comparison.has_all_lists => State::Missed,
        InHr::NotIn | InHr::Unlooked => State::Untold,
    }
}

/// Whether a list of an identity provider has them, and not as disabled.
fn is_on_elsewhere(comparison: &Comparison<'_>, owner: &Owner) -> bool {
    let question = comparison.question;
    question.lists.iter().zip(&owner.listed).any(|(list, (found, _))| {
        let (Ok(roster), Some(person)) = (list.roster, found.one()) else { return false };
        let standing = roster.standing(person, question.today);
        list.of == Authority::IdentityProvider
            && !matches!(standing, Standing::Disabled | Standing::Ended)
    })
}

/// How somebody stands in HR's lists: whoever goes on in one of them has not left.
fn in_hr(comparison: &Comparison<'_>, owner: &Owner) -> InHr {
    let question = comparison.question;
    let mut best: Option<(Standing, InList, Option<Date>)> = None;
    for ((number, list), (found, _)) in question.lists.iter().enumerate().zip(&owner.listed) {
        let (Authority::Hr, Ok(roster), Some(person)) = (list.of, list.roster, found.one()) else {
            continue;
        };
        let standing = roster.standing(person, question.today);
        if best.is_some_and(|(known, _, _)| known >= standing) {
            continue;
        }
        let row = roster.row(person);
        let line = row.map_or(0, |row| row.line);
        best = Some((standing, InList { list: short(number), line }, row.and_then(|row| row.ends)));
    }
    match best {
        // Another list may have them, which was not taken.
        Some((Standing::Ended, _, _)) | None if !comparison.has_all_of_hr => InHr::Unlooked,
        Some((standing, at, ends)) => InHr::Stands { standing, at, ends },
        None => InHr::NotIn,
    }
}

fn evidence_of(comparison: &Comparison<'_>, owner: &Owner) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    if owner.bound.is_some() {
        evidence.push(Evidence::Bound);
    }
    evidence.extend(owner.known_by.map(|space| Evidence::NamedKnown { space }));
    for ((number, list), (found, by)) in
        comparison.question.lists.iter().enumerate().zip(&owner.listed)
    {
        let (Ok(roster), Some(space)) = (list.roster, *by) else { continue };
        let people = match *found {
            Found::Nobody => vec![],
            Found::One(one) => vec![one],
            Found::Several(one, other) => vec![one, other],
        };
        for person in people {
            let line = roster.row(person).map_or(0, |row| row.line);
            let at = InList { list: short(number), line };
            evidence.push(Evidence::NamedIn { space, at });
        }
    }
    evidence
}

fn short(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}
