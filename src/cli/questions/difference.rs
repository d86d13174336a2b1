//! Who would end differently: rows as a table or as CSV.
//!
//! Columns are a promise (docs/what-if.md); new ones may come, at the end.

use super::text;
use super::time::Zone;
use crate::engine::will::compare::{Ruling, Side};
use crate::view::difference::{Row, Told};
use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::Value as Json;
use std::io;

/// How an answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// One row a line; what else is to be said goes to standard error
    Csv,
}

/// The heads of the columns of CSV.
const COLUMNS: &[&str] = &[
    "person",
    "known_as",
    "target",
    "field",
    "since",
    "today_wanted",
    "today_decided_by",
    "today_claim",
    "today_instance",
    "today_rule",
    "new_wanted",
    "new_decided_by",
    "new_claim",
    "new_instance",
    "new_rule",
];

/// An answer as JSON, with its notes in the words that the page has for them.
pub(super) fn json(answer: &impl serde::Serialize, notes: &[String]) -> Json {
    let mut json = serde_json::json!(answer);
    if let Some(place) = json.get_mut("notes") {
        *place = notes.into();
    }
    json
}

pub(super) fn csv(rows: &[Row]) -> io::Result<String> {
    let record = |row: &Row| {
        let (target, field) = (row.target.as_str(), row.field.to_string());
        let since = row.since.to_string();
        let mut record =
            vec![row.person.as_str().to_owned(), row.known_as.clone(), target.to_owned(), field];
        record.push(since);
        for side in [Some(&row.today), row.new.as_ref()] {
            record.extend(cells(side));
        }
        record
    };
    text::csv(COLUMNS, rows.iter().map(record))
}

/// Empty where nothing is compared, or nothing to be said.
fn cells(side: Option<&Side>) -> [String; 5] {
    let Some(side) = side else { return Default::default() };
    let Told { wanted, decided_by, claim, instance, rule } = Told::of(side);
    let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
    [
        wanted.unwrap_or_default(),
        decided_by.to_owned(),
        text(claim),
        instance.unwrap_or_default(),
        text(rule),
    ]
}

/// `at`: what differs from then on needs no date.
pub(super) fn table(rows: &[Row], at: Timestamp, zone: &Zone) -> String {
    let compares = rows.iter().any(|row| row.new.is_some());
    let mut cells = vec![heads(compares)];
    for row in rows {
        let since =
            if row.since == at { String::new() } else { format!("from {}", zone.show(row.since)) };
        let known_as = row.known_as.clone();
        let (person, target) = (row.person.to_string(), row.target.to_string());
        let mut line = vec![known_as, person, target, row.field.to_string()];
        line.push(shown(&row.today));
        line.extend(row.new.as_ref().map(shown));
        line.push(since);
        cells.push(line.iter().map(|cell| text::plain(cell).into_owned()).collect());
    }
    align(&cells)
}

fn heads(compares: bool) -> Vec<String> {
    let new = if compares { vec!["BY THE NEW RULES"] } else { Vec::new() };
    let all = ["WHO", "PERSON", "TARGET", "FIELD", "BY TODAY'S RULES"].into_iter().chain(new);
    all.chain([""]).map(str::to_owned).collect()
}

fn shown(side: &Side) -> String {
    let wanted = side.wanted.as_ref().map_or("left alone".to_owned(), ToString::to_string);
    match &side.ruling {
        Ruling::Claim { claim, rule, .. } if claim == rule.as_str() => {
            format!("{wanted} (`{claim}`)")
        }
        Ruling::Claim { claim, rule, .. } => format!("{wanted} (`{claim}` by rule `{rule}`)"),
        Ruling::Profile { .. } => format!("{wanted} (profile)"),
        Ruling::WayBack => format!("{wanted} (as it was before)"),
        Ruling::Override { operator } => format!("{wanted} (override by {operator})"),
        Ruling::Nobody => wanted,
    }
}

/// Columns as wide as what they hold.
pub(super) fn align(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| text::width(cell)).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for line in lines {
        let mut shown = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            let space = width.saturating_sub(text::width(cell)) + 2;
            shown.extend([cell.as_str(), &" ".repeat(space)]);
        }
        out.push_str(shown.trim_end());
        out.push('\n');
    }
    out
}
