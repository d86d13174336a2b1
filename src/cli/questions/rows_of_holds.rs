//! What waits, as a table or as CSV.
//!
//! Columns of CSV are a promise (docs/brakes.md); new ones may come, at the end.

use super::difference::align;
use super::text;
use super::time::Zone;
use crate::engine::brakes::halt::PauseOrder;
use crate::engine::brakes::removals::RemovalStop;
use crate::view::held::{Held, Row, Said};
use crate::view::words;
use std::fmt::Write as _;
use std::io;

const COLUMNS: &[&str] = &[
    "tenant",
    "person",
    "known_as",
    "target",
    "what",
    "code",
    "text",
    "since",
    "event_type",
    "event_source",
    "event_id",
    "verdict",
    "by",
    "until",
    "digest",
    "released_by",
];

const HEADS: [&str; 8] = ["DIGEST", "WHO", "PERSON", "TARGET", "WHAT", "WHY", "SINCE", "VERDICT"];

pub(in super::super) fn csv(rows: &[Row]) -> io::Result<String> {
    let cells = |row: &Row| {
        let event = row.event.as_ref();
        let kind = event.and_then(|event| event.kind.clone());
        let (word, by, until) = verdict(&row.verdict);
        vec![
            row.tenant.to_string(),
            row.person.to_string(),
            row.known_as.clone(),
            row.target.to_string(),
            row.what.clone(),
            row.code.to_string(),
            row.text.clone(),
            row.since.to_string(),
            kind.unwrap_or_default(),
            event.map(|event| event.source.clone()).unwrap_or_default(),
            event.map(|event| event.id.clone()).unwrap_or_default(),
            word.to_owned(),
            by,
            until.map(|until| until.to_string()).unwrap_or_default(),
            row.digest.to_string(),
            row.released_by.words().to_owned(),
        ]
    };
    text::csv(COLUMNS, rows.iter().map(cells))
}

fn verdict(said: &Said) -> (&'static str, String, Option<jiff::Timestamp>) {
    match said {
        Said::Open => ("open", String::new(), None),
        Said::Seconded { by } => ("seconded", by.join(" "), None),
        Said::Approved { by } => ("approved", by.join(" "), None),
        Said::Rejected { by, until } => ("rejected", by.clone(), Some(*until)),
    }
}

/// The rows, what each of them waits for, the pauses, and how many there are.
pub(in super::super) fn page(held: &Held, zone: &Zone) -> String {
    let mut out = String::new();
    if held.rows().is_empty() {
        out.push_str("nothing is held\n");
    } else {
        out.push_str(&table(held.rows(), zone));
        out.push('\n');
        out.push_str(&counts(held));
    }
    out.push_str(&pauses(held.pauses(), zone));
    out.push_str(&stops(held.stops(), zone));
    out.extend(held.aside().iter().map(|one| text::line(&one.to_string())));
    out
}

/// A line for each row, and below it why it waits, and what would let it go.
pub(in super::super) fn table(rows: &[Row], zone: &Zone) -> String {
    let mut lines = vec![HEADS.map(str::to_owned).to_vec()];
    lines.extend(rows.iter().map(|row| cells(row, zone)));
    let aligned = align(&lines);
    let mut out = String::new();
    let mut aligned = aligned.lines();
    out.extend(aligned.next().map(text::line));
    for (line, row) in aligned.zip(rows) {
        out.push_str(&text::line(line));
        let event = row.event.as_ref().map(|event| {
            let kind = event.kind.as_deref().unwrap_or("event");
            format!("; behind it: {kind} `{}` of {}", event.id, event.source)
        });
        let event = event.unwrap_or_default();
        out.push_str(&text::line(&format!("    {}{event}", row.text)));
        out.push_str(&text::line(&format!("    released by: {}", row.released_by.words())));
    }
    out
}

fn cells(row: &Row, zone: &Zone) -> Vec<String> {
    let verdict = match &row.verdict {
        Said::Open => "open".to_owned(),
        Said::Seconded { by } => format!("seconded by {}, which is not enough", by.join(", ")),
        Said::Approved { by } => format!("approved by {}", by.join(", ")),
        Said::Rejected { by, until } => format!("rejected by {by} until {}", zone.show(*until)),
    };
    let cells = [
        row.short().to_owned(),
        row.known_as.clone(),
        row.person.to_string(),
        format!("{}/{}", row.tenant, row.target),
        row.what.clone(),
        row.code.to_string(),
        zone.show(row.since),
        verdict,
    ];
    cells.iter().map(|cell| text::plain(cell).into_owned()).collect()
}

fn counts(held: &Held) -> String {
    let counts = held.counts();
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _infallible = writeln!(
        out,
        "{} row(s) of {} people: {} open, {} seconded, {} approved, {} rejected",
        counts.rows, counts.people, counts.open, counts.seconded, counts.approved, counts.rejected
    );
    for (code, rows) in &counts.by_code {
        let _infallible = writeln!(out, "  {rows} {code}");
    }
    out
}

/// A line for each pause in force.
pub(in super::super) fn pauses(pauses: &[PauseOrder], zone: &Zone) -> String {
    let told = pauses.iter().map(|pause| {
        let (scope, since) =
            (words::scope(&pause.scope, pause.tenant.as_ref()), zone.show(pause.since));
        text::line(&format!("paused: {scope}, by {} since {since}: {}", pause.by, pause.reason))
    });
    told.collect()
}

/// A line for each target at which removals are stopped.
pub(in super::super) fn stops(stops: &[RemovalStop], zone: &Zone) -> String {
    let told = stops.iter().map(|stop| {
        text::line(&format!(
            "stopped: removals from groups at target {} of tenant {} since {}: {} members of `{}` were gone \
             after a removal",
            stop.target,
            stop.tenant,
            zone.show(stop.since),
            stop.missing,
            stop.group
        ))
    });
    told.collect()
}

/// A line that does nothing where it is shown.
pub(in super::super) fn line(text: &str) -> String {
    text::line(text)
}
