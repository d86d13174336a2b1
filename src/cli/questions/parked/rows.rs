//! Parked records as a table or as CSV.
//!
//! Columns of CSV are a promise (docs/brakes.md); new ones may come, at the end.

use super::super::difference::align;
use super::super::text;
use super::super::time::Zone;
use crate::view::parked::{Part, Row};
use std::collections::BTreeMap;
use std::io;

const COLUMNS: &[&str] = &[
    "position",
    "since",
    "tenant",
    "event_type",
    "event_source",
    "event_id",
    "code",
    "field",
    "text",
    "person",
    "takes_access",
    "part",
    "replayed_at",
    "replayed_decision",
    "replayed_by",
];

const HEADS: [&str; 7] = ["POSITION", "SINCE", "TENANT", "EVENT", "WHY", "PERSON", "REPLAYED"];

pub(super) fn csv(rows: &[Row]) -> io::Result<String> {
    let cells = |row: &Row| {
        let event = row.event.clone().unwrap_or_default();
        let again = row.replayed.as_ref();
        vec![
            row.position.clone(),
            row.since.to_string(),
            text_of(row.tenant.as_ref()),
            event.kind.unwrap_or_default(),
            event.source.unwrap_or_default(),
            event.id.unwrap_or_default(),
            row.code.to_string(),
            row.field.clone().unwrap_or_default(),
            row.text.clone(),
            text_of(row.person.as_ref()),
            row.takes_access.to_string(),
            part(row.part).to_owned(),
            text_of(again.map(|again| again.at).as_ref()),
            again.map(|again| again.decision.clone()).unwrap_or_default(),
            again.map(|again| again.command.clone()).unwrap_or_default(),
        ]
    };
    text::csv(COLUMNS, rows.iter().map(cells))
}

fn text_of(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn part(part: Part) -> &'static str {
    match part {
        Part::Whole => "whole",
        Part::Beginning => "beginning",
        Part::OneOfSeveral => "one_of_several",
    }
}

/// The rows, and how many there are.
pub(super) fn page(rows: &[Row], zone: &Zone) -> String {
    if rows.is_empty() {
        return "nothing is parked\n".to_owned();
    }
    let open = rows.iter().filter(|row| row.is_open()).count();
    let cuts = rows.iter().filter(|row| row.is_open() && row.takes_access).count();
    let mut by_code: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.is_open()) {
        *by_code.entry(row.code.to_string()).or_default() += 1;
    }
    let mut out = table(rows, zone);
    out.push_str(&text::line(&format!(
        "\n{} parked, {open} of them not replayed; {cuts} would probably have taken access",
        rows.len()
    )));
    out.extend(by_code.iter().map(|(code, rows)| text::line(&format!("  {rows} {code}"))));
    out
}

/// A line for each row, and below it why it was set aside.
fn table(rows: &[Row], zone: &Zone) -> String {
    let mut lines = vec![HEADS.map(str::to_owned).to_vec()];
    lines.extend(rows.iter().map(|row| cells(row, zone)));
    let aligned = align(&lines);
    let mut aligned = aligned.lines();
    let mut out: String = aligned.next().map(text::line).into_iter().collect();
    for (line, row) in aligned.zip(rows) {
        out.push_str(&text::line(line));
        let cut = if row.takes_access { "; it would probably have taken access" } else { "" };
        out.push_str(&text::line(&format!("    {}{cut}", row.text)));
    }
    out
}

fn cells(row: &Row, zone: &Zone) -> Vec<String> {
    let event = row.event.as_ref().map(|event| {
        let kind = event.kind.as_deref().unwrap_or("event");
        let of = event.source.as_ref().map(|source| format!(" of {source}")).unwrap_or_default();
        format!("{kind}{of}")
    });
    let field = row.field.as_ref().map(|field| format!(" ({field})")).unwrap_or_default();
    let again =
        row.replayed.as_ref().map(|again| format!("{}, {}", again.decision, zone.show(again.at)));
    let cells = [
        row.position.clone(),
        zone.show(row.since),
        row.tenant.as_ref().map_or("-".to_owned(), ToString::to_string),
        event.unwrap_or_else(|| "-".to_owned()),
        format!("{}{field}", row.code),
        row.person.as_ref().map_or("-".to_owned(), ToString::to_string),
        again.unwrap_or_else(|| "no".to_owned()),
    ];
    cells.iter().map(|cell| text::plain(cell).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, csv, page};
    use crate::cli::questions::time::Zone;
    use crate::model::code::Code;
    use crate::model::position::{EventPosition, Position};
    use crate::view::parked::{Again, Label, Part, Row};

    fn row(offset: i64, replayed: Option<Again>) -> Row {
        let record = Position { topic: "hr".to_owned(), generation: 0, partition: 3, offset };
        Row {
            at: EventPosition { record, index: 0 },
            position: format!("hr/3@{offset}#0"),
            since: "2026-11-30T08:00:00Z".parse().unwrap(),
            time: "2026-11-30T08:00:00Z".parse().unwrap(),
            tenant: None,
            event: Some(Label {
                kind: Some("worker.terminated".to_owned()),
                source: Some("=cmd()".to_owned()),
                id: None,
            }),
            code: Code::FieldWrongType.into(),
            field: Some("data.effective_at".to_owned()),
            text: "a number,\nwhere a text is wanted".to_owned(),
            person: None,
            takes_access: true,
            part: Part::Whole,
            replayed,
        }
    }

    fn rows() -> [Row; 2] {
        let at = "2026-11-30T09:00:00Z".parse().unwrap();
        let again = |decision: &str, counts| {
            let (decision, command) = (decision.to_owned(), "c-1".to_owned());
            Some(Again { at, decision, counts, command })
        };
        [row(7, again("asserted", true)), row(8, again("parked", false))]
    }

    #[test]
    fn the_page_counts_what_still_waits() {
        let zone = Zone::named(None).unwrap();
        let page = page(&rows(), &zone);
        assert!(page.contains("2 parked, 1 of them not replayed; 1 would probably"), "{page}");
        assert!(page.contains("  1 field.wrong_type\n"), "{page}");
        assert!(page.contains("a number,\\nwhere a text"), "a text moves no line: {page}");
        assert_eq!(super::page(&[], &zone), "nothing is parked\n");
    }

    #[test]
    fn csv_has_every_column_and_no_formula() {
        let csv = csv(&rows()).unwrap();
        let mut read = csv::Reader::from_reader(csv.as_bytes());
        assert_eq!(read.headers().unwrap().iter().collect::<Vec<_>>(), COLUMNS);
        let first = read.records().next().unwrap().unwrap();
        assert_eq!((&first[0], &first[4], &first[13]), ("hr/3@7#0", "'=cmd()", "asserted"));
    }
}
