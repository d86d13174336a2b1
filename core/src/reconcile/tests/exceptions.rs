//! Accounts that stay.

use super::*;

const FILE: &str = "exceptions:\n\
    - { target: netskope, account: ZED@example.com, by: kim, reason: kiosk, until: 2026-12-31 }\n";

fn parse(text: &str) -> Result<Exceptions, ExceptionsRefused> {
    Exceptions::parse("exceptions.yaml", text, date(2026, 10, 1))
}

#[test]
fn an_exception_keeps_its_row_and_proposes_nothing() {
    let staff = list("Employee ID,Email\n7,kim@example.com\n");
    let mut case = Case::new(&staff, accounts(&[account("1", "zed@example.com")]));
    for (account, until, proposed) in [
        ("ZED@example.com", "2026-12-31", Proposed::Nothing),
        ("1", "2026-10-01", Proposed::Nothing),
        // It is over, or another's.
        ("1", "2026-09-30", Proposed::AwaitList),
        ("2", "2026-12-31", Proposed::AwaitList),
    ] {
        let text = FILE.replace("ZED@example.com", &format!("'{account}'"));
        case.exceptions = parse(&text.replace("2026-12-31", until));
        assert_eq!(case.told(), one(Kind::Orphaned, "1", proposed), "{account} {until}");
    }
    case.exceptions = parse(FILE);
    let question = case.question();
    let findings = compare(&question);
    let row = findings.row(&findings.all[0]);
    assert_eq!(row.exception.map(|it| it.reason.as_str()), Some("kiosk"));
    assert_eq!(parse(FILE).unwrap().over(date(2027, 1, 1)).count(), 1);
}

#[test]
fn an_exception_has_a_reason_somebody_who_answers_and_an_end() {
    for (text, expected) in [
        (
            FILE.replace("kiosk", "' '"),
            "exceptions.yaml: the exception 1 has no reason; say why the account stays",
        ),
        (
            FILE.replace("by: kim", "by: ''"),
            "exceptions.yaml: the exception 1 does not say who answers",
        ),
        (
            FILE.replace("ZED@example.com", "''"),
            "exceptions.yaml: the exception 1 names no account",
        ),
        (
            FILE.replace("2026-12-31", "2028-12-31"),
            "exceptions.yaml: the exception 1 ends more than a year",
        ),
        (
            FILE.replace(", until: 2026-12-31", ""),
            "exceptions.yaml: it cannot be read: a mistake at",
        ),
        (
            FILE.to_owned() + FILE.lines().last().unwrap(),
            "exceptions.yaml: the exceptions 1 and 2 are about one account",
        ),
    ] {
        let refused = parse(&text).unwrap_err();
        assert_eq!(refused.code().as_str(), "exceptions.refused");
        assert!(refused.to_string().starts_with(expected), "{refused}");
    }
}
