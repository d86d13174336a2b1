//! Who would end differently, as a table, CSV or JSON.

use super::super::time::Zone;
use super::super::{difference, page};
use super::{RULES, at, document, kim, scope, told};
use crate::engine::will::compare::Ruling;
use crate::model::account::Value;
use crate::model::operation::Field;
use crate::model::wish::Wanted;
use crate::view::difference::{Place, Row};
use jiff::Timestamp;

fn rows() -> (Vec<Row>, Timestamp) {
    let scope = scope("rows", RULES);
    let now = at("2026-10-01T08:00:00Z");
    let before = kim(&scope);
    let events = [("worker.hired", "2026-09-01T08:00:00Z", None)];
    let after = told(&scope, &events);
    let target = &scope.view.targets[0];
    let place = Place { person: &before.person, target, now };
    (place.compare(&before.person, &after.person, &before.seats[&target.name].baseline), now)
}

#[test]
fn differences_are_a_table_csv_or_json() {
    let (rows, now) = rows();
    insta::assert_snapshot!("table", difference::table(&rows, now, &Zone::named(None).unwrap()));
    insta::assert_snapshot!("csv", difference::csv(&rows).unwrap());
    insta::assert_snapshot!("json", format!("{:#}", serde_json::json!(rows)));
}

#[test]
fn csv_quotes_what_would_break_it() {
    let (mut rows, _) = rows();
    rows.truncate(1);
    rows[0].known_as = "kim, \"the\"\nboss".to_owned();
    let csv = difference::csv(&rows).unwrap();
    assert!(csv.contains("\"kim, \"\"the\"\"\nboss\","), "{csv}");
}

/// Whoever opens the file in a spreadsheet must not run what a sensor or HR put into a name.
#[test]
fn csv_has_no_cell_that_a_spreadsheet_would_run() {
    let (mut rows, _) = rows();
    rows.truncate(1);
    for lead in ["=", "+", "-", "@", "\t", "\r"] {
        let name = format!("{lead}HYPERLINK(1)");
        rows[0].known_as.clone_from(&name);
        rows[0].today.ruling = Ruling::Profile { source: name.clone() };
        rows[0].today.wanted = Some(Wanted::Attribute(Field::Set(Value::Text(name.clone()))));
        let csv = difference::csv(&rows).unwrap();
        let mut read = csv::Reader::from_reader(csv.as_bytes());
        let record = read.records().next().unwrap().unwrap();
        let tamed = record.iter().filter(|cell| *cell == format!("'{name}")).count();
        assert_eq!(tamed, 3, "{csv}");
    }
}

/// A name from an event could otherwise move the cursor, hide a line or forge one.
#[test]
fn terminal_is_told_nothing_but_text() {
    let (mut rows, now) = rows();
    rows.truncate(1);
    rows[0].known_as = "kim\u{1b}[2K\r\nboss\u{202e}".to_owned();
    let utc = Zone::named(None).unwrap();
    let table = difference::table(&rows, now, &utc);
    assert_eq!(table.lines().count(), 2, "{table}");
    assert!(table.contains("kim\\u{1b}[2K\\r\\nboss\\u{202e}  "), "{table}");

    let scope = scope("terminal", RULES);
    let kim = kim(&scope);
    let mut told = document(&scope, &kim, "2026-10-01T08:00:00Z", true);
    let before = page::page(&told, &utc).lines().count();
    told.names[0].value = "kim\n  on legal hold\u{1b}[2K".to_owned();
    let page = page::page(&told, &utc);
    assert_eq!(page.lines().count(), before, "{page}");
    assert!(page.contains("kim\\n  on legal hold\\u{1b}[2K\n"), "{page}");
}

/// Names in wide letters push nothing out of its column.
#[test]
fn columns_are_as_wide_as_they_look() {
    let (mut rows, now) = rows();
    rows.truncate(1);
    rows.push(rows[0].clone());
    rows[1].known_as = "\u{5c71}\u{7530}@example.com".to_owned();
    rows[0].known_as = "yamada@example.com".to_owned();
    let table = difference::table(&rows, now, &Zone::named(None).unwrap());
    let columns: Vec<usize> = table
        .lines()
        .skip(1)
        .map(|line| unicode_width::UnicodeWidthStr::width(line.split_once("p-").unwrap().0))
        .collect();
    assert_eq!(columns[0], columns[1], "{table}");
}
