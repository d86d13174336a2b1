//! What usher did since a target was read is no finding.

use super::*;

const WANTS: Wanted<'static> = Wanted {
    account: Some(true),
    active: Some(true),
    attributes: &[],
    groups_in: &[],
    groups_out: &[],
};

/// Kim, of whom something was last wanted so many hours ago.
fn kim(ago: i64, bound: Option<&str>, employment: Employment, wants: Wanted<'_>) -> KnownPeople {
    let (id, bound) = (PersonId::new("kim"), bound.map(ScimId::new));
    let since = Some(now() - hours(ago));
    let seats = [KnownSeat { target: &target(), bound: bound.as_ref(), since, wants }];
    let mut people = KnownPeople::default();
    let names = [email("kim@example.com")];
    people.add(&KnownPerson { id: &id, names: &names, employment, seats: &seats });
    people
}

/// What is found of Kim where the reading began two hours ago and has ended now.
fn found(roster: &str, all: &[Account<'_>], known: KnownPeople) -> Vec<Kind> {
    let roster = list(roster);
    let mut inventory = accounts(all);
    inventory.began = now() - hours(2);
    let case = Case { known, ..Case::new(&roster, inventory) };
    case.told().into_iter().map(|(kind, _, _)| kind).collect()
}

const HERE: &str = "Email\nkim@example.com\n";

#[test]
fn a_fresh_hire_is_not_missing_where_the_reading_is_older_than_the_wish() {
    let of = |ago| found(HERE, &[], kim(ago, None, Employment::Open, WANTS));
    assert_eq!(of(3), [Kind::Missing]);
    assert_eq!(of(1), []);
    // Made while the target was read.
    assert_eq!(found(HERE, &[], kim(2, Some("1"), Employment::Open, WANTS)), []);
}

#[test]
fn what_was_put_right_since_has_not_drifted() {
    let wants = Wanted { active: Some(false), ..WANTS };
    let here = [account("1", "kim@example.com")];
    let of = |ago| found(HERE, &here, kim(ago, Some("1"), Employment::Open, wants));
    assert_eq!(of(3), [Kind::Drifted]);
    assert_eq!(of(1), []);
}

#[test]
fn a_leaver_who_was_cut_since_is_not_active_still() {
    let wants = Wanted { active: Some(false), ..WANTS };
    let here = [account("1", "kim@example.com")];
    let gone = "Email,End date\nkim@example.com,2026-09-01\n";
    let of = |ago, wants| found(gone, &here, kim(ago, Some("1"), Employment::Ended, wants));
    assert_eq!(of(3, wants), [Kind::LeftButActive]);
    assert_eq!(of(1, wants), []);
    // Another wish since then closes nothing.
    assert_eq!(of(1, WANTS), [Kind::LeftButActive]);
}

#[test]
fn lists_that_miss_somebody_who_was_cut_since_are_counted_all_the_same() {
    let roster = list("Email\nbo@example.com\n");
    let wants = Wanted { active: Some(false), ..WANTS };
    let remembered = |ago| {
        let mut inventory = accounts(&[account("1", "kim@example.com")]);
        inventory.began = now() - hours(2);
        let known = kim(ago, Some("1"), Employment::Untold, wants);
        let case = Case { known, ..Case::new(&roster, inventory) };
        compare(&case.question()).history.to_be_kept()
    };
    assert_ne!(remembered(1), History::default());
    assert_eq!(remembered(1), remembered(3));
}
