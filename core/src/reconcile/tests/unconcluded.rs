//! What is incomplete is used against nobody, and says so once.

use super::*;
use crate::inventory;

const STAFF: &str = "Employee ID,Email\n7,kim@example.com\n";

/// Two thousand accounts of nobody's.
fn many(names: &[String]) -> Vec<Account<'_>> {
    names.iter().map(|name| account(name, name)).collect()
}

#[test]
fn an_inventory_that_is_not_believed_concludes_nothing() {
    let roster = list(STAFF);
    let names: Vec<_> = (0..2_000).map(|it| format!("n{it}@example.com")).collect();
    let told = |flaws| {
        let case = Case::new(&roster, accounts_read(&many(&names), flaws));
        (case.told().len(), case.unconcluded())
    };
    let cut = vec![Flaw::Read(inventory::Flaw::WholePages)];
    assert_eq!(
        told(cut),
        (
            0,
            vec![
                "nothing is concluded about the accounts of netskope: their last reading is not believed: \
                 exactly as many came as whole pages hold, and fewer than last time: a page may be missing"
                    .to_owned()
            ]
        )
    );
    let two = vec![Flaw::Read(inventory::Flaw::Short), Flaw::TooLarge];
    assert_eq!(told(two).1.len(), 1);
    assert_eq!(told(Vec::new()), (2_000, Vec::new()));
}

#[test]
fn an_old_reading_or_one_that_goes_on_concludes_nothing() {
    let roster = list(STAFF);
    let mut case = Case::new(&roster, accounts(&[account("1", "zed@example.com")]));
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
        let mut case = Case::new(&before, accounts(&many(&theirs)));
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
