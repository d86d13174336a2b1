//! What accounts cost, to the last decimal.

use super::*;

fn seats(text: &str) -> Seats {
    serde_saphyr::from_str(text).unwrap()
}

const SEATS: &str = "{ bought: 3, cost: 9.95, currency: EUR, per: month, counts: provisioned }";

#[test]
fn amounts_are_exact() {
    for (text, shown) in [
        ("9.50", "9.50"),
        ("9.5", "9.50"),
        ("0.1", "0.10"),
        ("0.125", "0.125"),
        ("12", "12.00"),
        ("0.0001", "0.0001"),
    ] {
        assert_eq!(Amount::parse(text).unwrap().to_string(), shown);
    }
    // What floats make of it: 0.30000000000000004.
    assert_eq!(Amount::parse("0.1").unwrap().times(3).to_string(), "0.30");
    assert_eq!(Amount::parse("19.99").unwrap().times(1_000_000).to_string(), "19990000.00");
    for (text, refused) in [
        ("9,50", NoAmount::NoNumber),
        ("", NoAmount::NoNumber),
        (".5", NoAmount::NoNumber),
        ("1e3", NoAmount::NoNumber),
        ("-1", NoAmount::Negative),
        ("0.00001", NoAmount::TooFine),
        ("9999999999999", NoAmount::TooHigh),
        ("99999999999999999999999999999999999999999999", NoAmount::TooHigh),
    ] {
        assert_eq!(Amount::parse(text), Err(refused), "{text}");
    }
    for cost in ["9.95", "\"9.95\""] {
        let read = seats(&SEATS.replace("9.95", cost));
        assert_eq!(read.cost.to_string(), "9.95");
        assert_eq!(read.check(), Ok(()));
    }
    assert_eq!(seats(&SEATS.replace("EUR", "euro")).check(), Err(SeatsRefused::Currency));
    assert!(serde_saphyr::from_str::<Seats>(&SEATS.replace("9.95", "-9.95")).is_err());
}

#[test]
fn the_three_ways_to_count_stand_side_by_side() {
    let staff = list("Email\nkim@example.com\nbo@example.com\n");
    let seen = |ago| LastSeen::At(now() - hours(ago));
    let all = [
        Account { seen: seen(1), ..account("1", "kim@example.com") },
        Account { seen: LastSeen::Never, ..account("2", "bo@example.com") },
        Account { seen: seen(24 * 31), ..account("3", "zed@example.com") },
        Account { active: Some(false), seen: seen(2), ..account("4", "yan@example.com") },
    ];
    let mut case = Case::new(&staff, accounts(&all));
    for (counts, used, orphans, inactive) in [
        ("provisioned", 4, (2, 2, "19.90"), "9.95"),
        ("active", 3, (2, 1, "9.95"), "0.00"),
        ("seen_30d", 2, (2, 1, "9.95"), "9.95"),
    ] {
        case.settings.seats.insert(target(), seats(&SEATS.replace("provisioned", counts)));
        let question = case.question();
        let findings = compare(&question);
        let found = &findings.seats[0];
        assert_eq!((found.provisioned, found.active, found.seen), (4, 3, Some(2)));
        assert_eq!((found.used, found.left), (Some(used), Some(3 - i64::try_from(used).unwrap())));
        let cost = found.orphans.unwrap();
        assert_eq!((cost.accounts, cost.counted, cost.amount.to_string().as_str()), orphans);
        assert_eq!(found.inactive.amount.to_string(), inactive);
        assert!(found.caution.starts_with("only if the contract"));
    }
    let question = case.question();
    let findings = compare(&question);
    let costs: Vec<_> = findings
        .of(Kind::Orphaned)
        .map(|it| findings.row(it).cost.map(|it| it.to_string()))
        .collect();
    // The one that was not used within 30 days takes no seat by this contract.
    assert_eq!(costs, [None, Some("9.95".to_owned())]);
}

#[test]
fn what_cannot_be_known_is_not_counted() {
    let staff = list("Email\nkim@example.com\n");
    let refused = refused();
    let mut case = Case::new(&staff, accounts(&[account("1", "zed@example.com")]));
    case.settings.seats.insert(target(), seats(&SEATS.replace("provisioned", "seen_30d")));
    case.lists[0].roster = Err(&refused);
    let question = case.question();
    let found = &compare(&question).seats[0];
    assert_eq!((found.seen, found.used, found.left, found.orphans), (None, None, None, None));
}
