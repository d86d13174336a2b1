//! What is said of lists of people, of exceptions and of seats.

use super::{changed, load};
use crate::model::ids::TargetName;

/// The small file, with `keys` at its tenant and `of_target` at its target.
fn with(keys: &str, of_target: &str) -> String {
    let file = changed("mode: observe }", &format!("mode: observe{of_target} }}"));
    format!("{file}{keys}")
}

fn refusal(keys: &str, of_target: &str) -> String {
    load(&with(keys, of_target), &[]).expect_err("should be refused").to_string()
}

#[test]
fn lists_and_seats_are_read_and_shown_as_the_same() {
    let keys = "
    roster:
      file: people.csv
      preset: workday
      columns: { employee_number: Staff no }
      words: { Dormant: on_leave }
      delimiter: ';'
      expect: { rows_least: 400 }
    idp: { file: entra.csv, preset: entra, requires_manifest: true }
    exceptions: exceptions.yaml
    reconcile: { misses_apart: 24h, services: { accounts: ['svc-*'] } }
";
    let seats = ", everybody: true, external_id: { of: entra }, seats: { bought: 500, cost: 9.50, currency: \
                 EUR, per: month, counts: provisioned, renews: 2027-03-01 }";
    let loaded = load(&with(keys, seats), &[]).unwrap();
    let tenant = &loaded.settings.tenants[0];
    let main = TargetName::new("main");
    let comparison = tenant.comparison();
    assert_eq!(comparison.seats[&main].cost.to_string(), "9.50");
    assert_eq!(comparison.between.as_hours(), 24);
    assert_eq!(comparison.misses_least, 2);
    assert!(comparison.everybody.contains(&main));
    let form = tenant.roster.as_ref().unwrap().form("people.csv".as_ref());
    assert_eq!(form.delimiter, Some(b';'));
    assert_eq!(form.columns.len() + form.words.len(), 2);
    let again = load(&loaded.show(), &[]).unwrap();
    let json = |settings| serde_json::to_value(settings).unwrap();
    assert_eq!(json(&loaded.settings), json(&again.settings));
}

#[test]
fn what_cannot_be_meant_of_them_is_refused_with_the_cure() {
    let roster = |rest: &str| format!("    roster: {{ file: people.csv, {rest} }}\n");
    for (keys, of_target, expected) in [
        (roster("preset: plain"), "", "roster.expect.rows_least: is missing, and no manifest"),
        (roster("preset: workdy, requires_manifest: true"), "", "unknown variant `workdy`"),
        (
            roster("columns: { email: '' }, requires_manifest: true"),
            "",
            "roster.columns.email: is empty",
        ),
        (
            roster("delimiter: 'é', requires_manifest: true"),
            "",
            "roster.delimiter: is no sign of ASCII",
        ),
        (roster("accepted: abc, requires_manifest: true"), "", "roster.accepted: is no SHA-256"),
        (
            roster("expect: { rows_least: 1, shrink_most: 100 }"),
            "",
            "roster.expect.shrink_most: 100 percent lets everybody go",
        ),
        ("    reconcile: { misses: 1 }\n".to_owned(), "", "one list alone makes nobody a leaver"),
        (
            "    reconcile: { services: { accounts: ['*'] } }\n".to_owned(),
            "",
            "takes everybody for a machine",
        ),
        (
            String::new(),
            ", seats: { bought: 1, cost: 1, currency: euro, per: month, counts: active }",
            "targets[0].seats: the currency is not three capital letters",
        ),
        (
            String::new(),
            ", seats: { bought: 1, cost: -1, currency: EUR, per: month, counts: active }",
            "below zero",
        ),
    ] {
        let told = refusal(&keys, of_target);
        assert!(told.contains(expected), "{told}\n{expected}");
    }
}
