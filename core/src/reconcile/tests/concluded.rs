//! Two lists make a leaver, never one.

use super::*;

const STAFF: &str = "Employee ID,Email\n7,kim@example.com\n";

/// Compares with one list after the other, and says what became of account 1 each time.
fn after(lists: &[(i64, &str)], known: bool) -> Vec<(u16, Proposed)> {
    let mut history = History::default();
    let mut told = Vec::new();
    for (at, text) in lists {
        let roster = list_at(text, now() + hours(*at));
        let mut case = Case::new(&roster, accounts(&[account("1", "zed@example.com")]));
        if known {
            know(
                &mut case.known,
                "p-1",
                &[email("zed@example.com")],
                (Employment::Untold, Some("1")),
            );
        }
        case.history = history;
        let question = case.question();
        let findings = compare(&question);
        let kinds = [Kind::Orphaned, Kind::LeftButActive];
        let found = findings.all.iter().find(|it| kinds.contains(&it.kind));
        told.push(found.map_or((0, Proposed::Nothing), |it| (it.misses, it.proposed)));
        let kept = serde_json::to_string(&findings.history).unwrap();
        history = serde_json::from_str(&kept).unwrap();
    }
    told
}

#[test]
fn two_lists_hours_apart_make_a_leaver_and_one_never_does() {
    let other = format!("{STAFF}8,bo@example.com\n");
    let third = format!("{STAFF}9,al@example.com\n");
    let with_zed = format!("{STAFF}10,zed@example.com\n");
    let (await_list, disable) = (Proposed::AwaitList, Proposed::Disable);
    for known in [false, true] {
        let after = |lists: &[(i64, &str)]| after(lists, known);
        assert_eq!(after(&[(0, STAFF), (12, &other)]), [(1, await_list), (2, disable)]);
        // The same file, however often, or made too soon.
        assert_eq!(after(&[(0, STAFF), (12, STAFF), (24, STAFF)]), [(1, await_list); 3]);
        assert_eq!(after(&[(0, STAFF), (11, &other)]), [(1, await_list); 2]);
        // Soon after is counted from the one that was: not from the one between.
        assert_eq!(
            after(&[(0, STAFF), (6, &other), (12, &third)]),
            [(1, await_list), (1, await_list), (2, disable)]
        );
        // Whoever is seen again begins anew.
        let seen = after(&[(0, STAFF), (12, &with_zed), (24, &other), (36, &third)]);
        assert_eq!(seen, [(1, await_list), (0, Proposed::Nothing), (1, await_list), (2, disable)]);
    }
}

#[test]
fn one_miss_is_never_enough_whatever_is_configured() {
    let roster = list(STAFF);
    let mut case = Case::new(&roster, accounts(&[account("1", "zed@example.com")]));
    case.settings.misses_least = 0;
    assert_eq!(case.told(), one(Kind::Orphaned, "1", Proposed::AwaitList));
}

#[test]
fn a_refused_list_or_inventory_between_counts_nothing_and_forgets_nothing() {
    let roster = list(STAFF);
    let other = list_at(&format!("{STAFF}8,bo@example.com\n"), now() + hours(24));
    let refused = refused();
    let mut case = Case::new(&roster, accounts(&[account("1", "zed@example.com")]));
    case.history = compare(&case.question()).history;
    case.lists[0].roster = Err(&refused);
    assert_eq!(case.told(), []);
    case.history = compare(&case.question()).history;
    case.lists[0].roster = Ok(&other);
    let whole = std::mem::replace(&mut case.inventories[0], accounts_read(&[], vec![Flaw::Never]));
    assert_eq!(case.told(), []);
    case.history = compare(&case.question()).history;
    case.inventories = vec![whole];
    case.now = now() + hours(1);
    let question = case.question();
    let findings = compare(&question);
    let orphan = findings.of(Kind::Orphaned).next().unwrap();
    assert_eq!((orphan.misses, orphan.proposed), (2, Proposed::Disable));
    assert_eq!(orphan.first_seen, now());
}

#[test]
fn a_list_that_comes_to_those_there_are_counts_from_then() {
    let (roster, provider) = (list(STAFF), list("Email\nal@example.com\n"));
    let later = list_at(&format!("{STAFF}8,bo@example.com\n"), now() + hours(24));
    let mut case = Case::new(&roster, accounts(&[account("1", "zed@example.com")]));
    case.history = compare(&case.question()).history;
    let of = Authority::IdentityProvider;
    case.lists = vec![
        List { name: "hr", of: Authority::Hr, roster: Ok(&later) },
        List { name: "idp", of, roster: Ok(&provider) },
    ];
    assert_eq!(case.told(), one(Kind::Orphaned, "1", Proposed::AwaitList));
}
