//! What is incomplete is used against nobody, and says so once.

use super::*;

const STAFF: &str = "Employee ID,Email\n7,kim@example.com\n";

/// Two thousand accounts of nobody's.
fn many(names: &[String]) -> Vec<Account<'_>> {
    names.iter().map(|name| account(name, name)).collect()
}

fn said_of(reading: &Reading, before: Option<u64>) -> (usize, Vec<String>) {
    let roster = list(STAFF);
    let names: Vec<_> = (0..2_000).map(|it| format!("n{it}@example.com")).collect();
    let case = Case::new(&roster, accounts_read(&many(&names), reading, before));
    (case.told().len(), case.unconcluded())
}

#[test]
fn an_inventory_cut_at_exactly_one_page_concludes_nothing() {
    let page = Reading { totals: None, page_size: 2_000, pages: vec![2_000], has_failed: false };
    let nothing = "nothing is concluded about the accounts of netskope: ";
    assert_eq!(
        said_of(&page, None),
        (
            0,
            vec![format!(
                "{nothing}the last of its pages is full at 2000 accounts, and the target gives no total"
            )]
        )
    );
    // The total is that of the page, and there were more.
    let agreeing = Reading { totals: Some((2_000, 2_000)), ..page.clone() };
    assert_eq!(
        said_of(&agreeing, Some(2_100)),
        (
            0,
            vec![format!(
                "{nothing}it has 2000 accounts, exactly full pages, and had 2100 before: it may be cut at a page"
            )]
        )
    );
    // Whole: another page was asked for, and was empty; or the total says so, and there were no more.
    let ended = Reading { pages: vec![2_000, 0], ..page };
    assert_eq!(said_of(&ended, Some(2_000)).1, Vec::<String>::new());
    assert_eq!(said_of(&agreeing, Some(2_000)).1, Vec::<String>::new());
}

#[test]
fn an_inventory_that_does_not_add_up_concludes_nothing() {
    let whole = whole(2_000);
    for (reading, before, expected) in [
        (
            Reading { totals: Some((2_001, 2_001)), ..whole.clone() },
            None,
            "the target says that there are 2001 accounts, and its pages hold 2000",
        ),
        (
            Reading { totals: Some((2_000, 2_003)), ..whole.clone() },
            None,
            "it had 2000 accounts when the reading began, and 2003 when it ended",
        ),
        (Reading { has_failed: true, ..whole.clone() }, None, "a page could not be read"),
        (
            Reading { pages: vec![1_999], ..whole.clone() },
            None,
            "its pages hold 1999 accounts, and 2000 were kept",
        ),
        (
            Reading { page_size: 999, ..whole.clone() },
            Some(4_001),
            "it has 2000 accounts, and had 4001 before",
        ),
    ] {
        let (found, said) = said_of(&reading, before);
        assert_eq!(found, 0);
        assert_eq!(said.len(), 1);
        assert!(said[0].ends_with(expected), "{said:?}");
    }
    assert!(said_of(&whole, Some(2_000)).0 > 0);
}

#[test]
fn an_account_that_came_twice_or_an_old_reading_concludes_nothing() {
    let roster = list(STAFF);
    let twice = [account("1", "zed@example.com"), account("1", "zed@example.com")];
    let mut case = Case::new(&roster, accounts(&twice));
    assert_eq!(case.told(), []);
    assert!(case.unconcluded()[0].contains("an account came twice"));
    case.inventories = vec![accounts(&[account("1", "zed@example.com")])];
    assert_eq!(case.told().len(), 1);
    case.now = now() + hours(25);
    assert_eq!(case.told(), []);
    assert!(case.unconcluded()[0].contains("too long ago"));
    // One that nobody has closed is still being read.
    case.now = now();
    case.inventories = vec![Inventory::new(target(), now(), ExternalId::Nothing)];
    assert!(case.unconcluded()[0].contains("still being read"));
}

/// Of a list of a thousand, the account of each, and of one of the second half who would be an orphan.
#[test]
fn a_list_that_is_empty_halved_stale_or_spoilt_concludes_nothing() {
    let rows: Vec<String> = (0..1_000).map(|it| format!("p{it}@example.com,Caf\u{e9}\n")).collect();
    let full = "Email,Department\n".to_owned() + &rows.concat();
    let before = list(&full);
    let form = Form { file: "people.csv".into(), ..Form::default() };
    let half: String = full.split_inclusive('\n').take(501).collect();
    let cut = full.get(..full.find("p500@").unwrap() + 3).unwrap();
    let latin: Vec<u8> = full.chars().map(|it| u8::try_from(u32::from(it)).unwrap()).collect();
    let stale = Guard { now: now() + hours(37), ..guard(now()) };
    for (bytes, guard, expected) in [
        (&b""[..], guard(now()), "roster.empty"),
        (b"Email,Department\n", guard(now()), "roster.empty"),
        (half.as_bytes(), guard(now()), "roster.shrunk"),
        (cut.as_bytes(), guard(now()), "roster.cut"),
        (full.as_bytes(), stale, "roster.stale"),
        (&latin, guard(now()), "roster.encoding"),
    ] {
        let refused = roster::read(bytes, &form, &guard, Some(before.census())).unwrap_err();
        assert_eq!(refused.code().as_str(), expected);
        let theirs: Vec<_> = (0..1_000).map(|it| format!("p{it}@example.com")).collect();
        let mut case = Case::new(&before, accounts_read(&many(&theirs), &whole(1_000), None));
        case.lists[0].roster = Err(&refused);
        assert_eq!(case.told(), []);
        let question = case.question();
        let unconcluded = compare(&question).unconcluded;
        assert_eq!(unconcluded.len(), 1);
        assert_eq!(unconcluded[0].code().as_str(), expected);
    }
}

#[test]
fn if_one_of_several_lists_is_refused_nobody_is_blamed() {
    let staff =
        list("Employee ID,Email,Status\n7,kim@example.com,Active\n8,bo@example.com,Terminated\n");
    let refused = refused();
    let all = [
        account("1", "bo@example.com"),
        account("2", "zed@example.com"),
        account("3", "kim@example.com"),
    ];
    for of in [Authority::Hr, Authority::IdentityProvider] {
        let mut case = Case::new(&staff, accounts(&all));
        case.lists.push(List { name: "other", of, roster: Err(&refused) });
        let kinds: Vec<_> = case.told().into_iter().map(|it| (it.0, it.1)).collect();
        let bo = match of {
            // They may be employed there.
            Authority::Hr => (Kind::Unmanaged, "1".to_owned()),
            Authority::IdentityProvider => (Kind::LeftButActive, "1".to_owned()),
        };
        assert_eq!(kinds, [bo, (Kind::Unmanaged, "3".to_owned())]);
        assert_eq!(case.unconcluded().len(), 1);
    }
}

#[test]
fn without_any_list_or_without_the_exceptions_nobody_is_blamed() {
    let staff = list(STAFF);
    let mut case = Case::new(&staff, accounts(&[account("1", "zed@example.com")]));
    let refused = Exceptions::parse("exceptions.yaml", "exceptions: 7", date(2026, 10, 1));
    case.exceptions = Err(refused.unwrap_err());
    assert_eq!(case.told(), []);
    assert_eq!(case.unconcluded().len(), 1);
    case.exceptions = Ok(Exceptions::default());
    case.lists.clear();
    assert_eq!(case.told(), []);
    assert_eq!(
        case.unconcluded(),
        ["nobody is taken for an orphan or a leaver, for there is no list of people"]
    );
}
