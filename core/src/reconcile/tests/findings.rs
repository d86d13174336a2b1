//! Each kind of finding, and what must not be one.

use super::*;
use crate::model::AttributeName;

const STAFF: &str = "Employee ID,Email,Name,Status,Start date,End date\n\
    0007,kim@example.com,Kim Lee,Active,,\n\
    0008,bo@example.com,Bo Ray,Terminated,,2026-09-15\n\
    0009,al@example.com,Al Fox,Active,2026-10-10,\n\
    0010,di@example.com,Di Oak,Active,2026-12-01,\n";

fn names(numbers: &str, address: &str) -> [Alias; 2] {
    [number(numbers), email(address)]
}

#[test]
fn nobodys_account_is_an_orphan_and_waits_for_another_list() {
    let staff = list(STAFF);
    let case = Case::new(&staff, accounts(&[account("1", "zed@example.com")]));
    assert_eq!(case.told()[0], one(Kind::Orphaned, "1", Proposed::AwaitList)[0]);
}

#[test]
fn whoever_has_left_and_can_get_in_is_found_at_once() {
    let staff = list(STAFF);
    let inactive = Account { active: Some(false), ..account("2", "bo@example.com") };
    let mut case = Case::new(&staff, accounts(&[account("1", "bo@example.com")]));
    assert_eq!(case.told()[0], one(Kind::LeftButActive, "1", Proposed::Disable)[0]);
    case.inventories = vec![accounts(&[inactive])];
    assert!(case.told().iter().all(|it| it.0 != Kind::LeftButActive));
    // An administrator who has left is seen, and two people decide.
    let administrator = Account { is_administrator: true, ..account("1", "bo@example.com") };
    case.inventories = vec![accounts(&[administrator])];
    assert_eq!(case.told()[0], one(Kind::LeftButActive, "1", Proposed::Look)[0]);
}

#[test]
fn whose_employment_goes_on_is_no_leaver_by_a_list() {
    let staff = list(STAFF);
    for (employment, expected) in [
        (Employment::Open, (Kind::Unclear, Proposed::Look)),
        (Employment::Future, (Kind::Unclear, Proposed::Look)),
        (Employment::Ended, (Kind::LeftButActive, Proposed::Disable)),
    ] {
        // Terminated by the list; and not in it at all.
        for (numbers, address) in [("0008", "bo@example.com"), ("0099", "zed@example.com")] {
            let mut case = Case::new(&staff, accounts(&[account("1", address)]));
            know(&mut case.known, "p-1", &names(numbers, address), (employment, Some("1")));
            let (kind, proposed) = expected;
            assert_eq!(case.told()[0], one(kind, "1", proposed)[0], "{employment:?} {numbers}");
        }
    }
    // The list is older than the end that HR has told.
    let mut case = Case::new(&staff, accounts(&[account("1", "kim@example.com")]));
    let kim = names("0007", "kim@example.com");
    know(&mut case.known, "p-1", &kim, (Employment::Ended, Some("1")));
    assert_eq!(case.told()[0], one(Kind::Unclear, "1", Proposed::Look)[0]);
}

#[test]
fn a_bound_account_with_another_name_is_still_theirs() {
    let staff = list(STAFF);
    let mut case = Case::new(&staff, accounts(&[account("1", "kim.before@example.com")]));
    know(&mut case.known, "p-1", &[number("0007")], (Employment::Open, Some("1")));
    case.settings.everybody.insert(target());
    let told = case.told();
    assert!(told.iter().all(|it| it.0 != Kind::Orphaned && it.1 != "1"), "{told:?}");
    // And nobody makes a second one for them: only Al, who starts soon, has none.
    assert_eq!(told.iter().filter(|it| it.0 == Kind::Missing).count(), 1);
}

#[test]
fn starters_and_whom_usher_wants_there_are_missing() {
    let staff = list(STAFF);
    let mut case = Case::new(&staff, accounts(&[account("1", "kim@example.com")]));
    know(&mut case.known, "p-1", &names("0007", "kim@example.com"), (Employment::Open, Some("1")));
    // Al starts within 14 days, Di does not.
    assert_eq!(case.told(), one(Kind::Missing, "", Proposed::Look));
    case.settings.everybody.insert(target());
    assert_eq!(case.told(), one(Kind::Missing, "", Proposed::Create));
    let wants = Wanted { account: Some(true), ..Wanted::default() };
    let al = names("0009", "al@example.com");
    know_wanting(&mut case.known, "p-2", &al, (Employment::Future, None), wants);
    assert_eq!(case.told(), one(Kind::Missing, "", Proposed::Create));
    let question = case.question();
    let findings = compare(&question);
    assert_eq!(findings.row(&findings.all[0]).person, Some(&PersonId::new("p-2")));
    assert_eq!(findings.all[0].evidence, [Evidence::Wished]);
}

#[test]
fn drift_is_told_field_by_field_and_only_of_what_was_read() {
    let staff = list(STAFF);
    let attribute = |it| AttributeName::parse(it).unwrap();
    let read = [(attribute("title"), "Nurse"), (attribute("enterprise.department"), "Care")];
    let kim = Account {
        groups: Some(&["VPN", "Quarantine"]),
        attributes: &read,
        ..account("1", "KIM@example.com")
    };
    let mut case = Case::new(&staff, accounts(&[kim]));
    let wanted = [
        (attribute("userName"), "kim@example.com"),
        (attribute("title"), "Doctor"),
        (attribute("enterprise.department"), "Care"),
        (attribute("enterprise.costCenter"), "not read of anybody"),
    ];
    let wants = Wanted {
        active: Some(false),
        attributes: &wanted,
        groups_in: &["VPN", "Staff"],
        groups_out: &["Quarantine", "Guests"],
        ..Wanted::default()
    };
    let names = names("0007", "kim@example.com");
    know_wanting(&mut case.known, "p-1", &names, (Employment::Open, Some("1")), wants);
    let question = case.question();
    let findings = compare(&question);
    let drifted = findings.of(Kind::Drifted).next().unwrap();
    assert_eq!(drifted.proposed, Proposed::Correct);
    assert_eq!(
        drifted.evidence,
        [
            Evidence::StillActive,
            Evidence::Attribute { name: attribute("title") },
            Evidence::NotInGroup { group: "Staff".to_owned() },
            Evidence::InGroup { group: "Quarantine".to_owned() },
        ]
    );
}

#[test]
fn several_accounts_of_one_are_told_each() {
    let staff = list(STAFF);
    let by_number = Account { employee_number: "0007", ..account("2", "kim.adm@example.com") };
    let case = Case::new(&staff, accounts(&[account("1", "kim@example.com"), by_number]));
    let several: Vec<_> = case.told().into_iter().filter(|it| it.0 == Kind::Several).collect();
    assert_eq!(several.len(), 2);
}

#[test]
fn somebodys_account_that_usher_does_not_bind_is_unmanaged() {
    let staff = list(STAFF);
    let case = Case::new(&staff, accounts(&[account("1", "kim@example.com")]));
    assert_eq!(case.told()[0], one(Kind::Unmanaged, "1", Proposed::Adopt)[0]);
    // The identity provider knows somebody whom HR does not.
    let provider = list("Email\ncontractor@example.com\n");
    let mut case = Case::new(&staff, accounts(&[account("1", "contractor@example.com")]));
    let of = Authority::IdentityProvider;
    case.lists.push(List { name: "idp", of, roster: Ok(&provider) });
    assert_eq!(case.told()[0], one(Kind::Unmanaged, "1", Proposed::Look)[0]);
}

#[test]
fn an_account_that_nobody_uses_is_told() {
    let staff = list(STAFF);
    let long_ago = now() - hours(24 * 91);
    for (seen, created, expected) in [
        (LastSeen::At(long_ago), None, true),
        (LastSeen::At(now() - hours(1)), Some(long_ago), false),
        (LastSeen::Never, Some(long_ago), true),
        (LastSeen::Never, Some(now()), false),
        (LastSeen::Untold, Some(long_ago), false),
    ] {
        let kim = Account { created, seen, ..account("1", "kim@example.com") };
        let case = Case::new(&staff, accounts(&[kim]));
        let is_told = case.told().iter().any(|it| it.0 == Kind::Unused);
        assert_eq!(is_told, expected, "{seen:?} {created:?}");
    }
}

#[test]
fn machines_and_administrators_are_never_orphans() {
    let staff = list(STAFF);
    let service = Account { is_service: true, ..account("1", "backup@example.com") };
    let administrator = Account { is_administrator: true, ..account("2", "root@example.com") };
    let case = Case::new(&staff, accounts(&[service, administrator]));
    let told = case.told();
    assert_eq!(told[0], one(Kind::Service, "1", Proposed::Nothing)[0]);
    assert_eq!(told[1], one(Kind::Administrator, "2", Proposed::Look)[0]);
    assert!(told.iter().all(|it| it.0 != Kind::Orphaned));
}

#[test]
fn an_account_of_anothers_names_is_wrongly_bound() {
    let staff = list(STAFF);
    let mixed = Account { employee_number: "0009", ..account("1", "kim@example.com") };
    // Not bound: nobody knows whose it is.
    let mut case = Case::new(&staff, accounts(&[mixed]));
    assert_eq!(case.told(), one(Kind::Ambiguous, "1", Proposed::Look));
    // usher takes it for Kim's, and its number is Al's.
    know(&mut case.known, "p-1", &names("0007", "kim@example.com"), (Employment::Open, Some("1")));
    know(&mut case.known, "p-2", &names("0009", "al@example.com"), (Employment::Future, None));
    assert_eq!(case.told(), one(Kind::WronglyBound, "1", Proposed::Look));
    // Its name is that of somebody else whom usher knows, and whom no list has.
    let mut case = Case::new(&staff, accounts(&[account("1", "zed@example.com")]));
    know(&mut case.known, "p-1", &[number("0098")], (Employment::Open, Some("1")));
    know(&mut case.known, "p-2", &[email("zed@example.com")], (Employment::Open, None));
    assert_eq!(case.told()[0], one(Kind::WronglyBound, "1", Proposed::Look)[0]);
    // Only the lists tell it.
    let mut case = Case::new(&staff, accounts(&[account("1", "al@example.com")]));
    know(&mut case.known, "p-1", &[number("0007")], (Employment::Open, Some("1")));
    assert_eq!(case.told()[0], one(Kind::WronglyBound, "1", Proposed::Look)[0]);
}

#[test]
fn who_is_merely_like_an_owner_is_proposed_and_never_acted_on() {
    let staff = list(STAFF);
    let later = list_at(&(STAFF.to_owned() + "0099,zed@b.c,,,,\n"), now() + hours(12));
    let mut misses = Vec::new();
    for orphan in [
        account("1", "kim@example.com.ay"),
        Account { display_name: "KIM  LEE", ..account("1", "kl@other.example") },
        Account { external_id: "7", ..account("1", "x1@other.example") },
    ] {
        let mut case = Case::new(&staff, accounts(&[orphan]));
        for roster in [&staff, &later] {
            case.lists = vec![List { name: "hr", of: Authority::Hr, roster: Ok(roster) }];
            let question = case.question();
            let findings = compare(&question);
            let found = findings.of(Kind::Orphaned).next().unwrap();
            assert_eq!(found.proposed, Proposed::Look);
            let is_like = |it: &&Evidence| matches!(it, Evidence::Like { at, .. } if at.line == 2);
            assert_eq!(found.evidence.iter().filter(is_like).count(), 1, "{:?}", found.evidence);
            misses.push(found.misses);
            let history = findings.history.clone();
            case.history = history;
        }
    }
    assert_eq!(misses, [1, 2, 1, 2, 1, 2]);
}
