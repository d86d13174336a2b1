//! Records that were set aside: why, and whether they were replayed since.

use super::sheet::{Cell, Sheet, Tone};
use super::{Page, Part, Section};
use crate::serve::deployment::Tenant;
use crate::serve::web::{Format, Visit};
use crate::view::parked::{Filter, Row};
use crate::view::words::quoted;
use maud::{Markup, html};

const COLUMNS: &[(&str, &str)] = &[
    ("position", "Position"),
    ("since", "Since"),
    ("type", "Type"),
    ("source", "Source"),
    ("event_id", "Event"),
    ("code", "Why"),
    ("field", "Field"),
    ("text", "In words"),
    ("person", "Person"),
    ("takes_access", "Would take access"),
    ("state", "State"),
    ("command", "Command"),
];

const ROWS_OF_PAGE: usize = 50;
const ROWS_OF_FILE: usize = 1_000;

pub(super) fn page(visit: &Visit, tenant: &Tenant) -> Page {
    let state = visit.query.get("state").unwrap_or("open");
    let code = visit.query.get("code");
    let filter = Filter {
        tenants: Some(vec![tenant.name.clone()]),
        source: visit.query.get("source").map(ToOwned::to_owned),
        ..Filter::default()
    };
    let known = visit.site.memory.known();
    let (parked, forgotten) = (known.parked.clone(), known.parked_forgotten);
    drop(known);
    let most = match visit.format {
        Format::Html => ROWS_OF_PAGE,
        Format::Csv | Format::Json => ROWS_OF_FILE,
    };
    let mut rows = parked.rows(&filter);
    rows.retain(|row| {
        let is_in_state = match state {
            "open" => row.is_open(),
            "cuts" => row.is_open() && row.takes_access,
            "replayed" => !row.is_open(),
            _ => true,
        };
        is_in_state && code.is_none_or(|code| row.code.as_str() == code)
    });
    let total = rows.len();
    // The position is stable, and says where the next page begins.
    if let Some(after) = visit.query.get("after") {
        let at = rows.iter().position(|row| row.position == after);
        rows.drain(..at.map_or(0, |at| at + 1));
    }
    let next = (rows.len() > most).then(|| rows.get(most - 1).map(|row| row.position.clone()));
    rows.truncate(most);
    let sheet = Sheet {
        name: "parked".into(),
        caption: format!("{total} record(s) that were set aside, the oldest first"),
        columns: COLUMNS,
        rows: rows.iter().map(|row| cells(visit, tenant, row)).collect(),
        empty: "none".to_owned(),
        next: next.flatten(),
    };
    let mut parts = vec![Part::Markup(filters(visit, state)), Part::Sheet(sheet)];
    if forgotten > 0 {
        parts.push(Part::Markup(html! {
            p.soft { (forgotten) " older ones are not kept here; " code { "usher parked" } " lists all." }
        }));
    }
    Page::of(Section::Parked, tenant, parts)
}

fn cells(visit: &Visit, tenant: &Tenant, row: &Row) -> Vec<Cell> {
    let text = |text: Option<&String>| text.map_or(Cell::Nothing, Cell::text);
    let event = row.event.as_ref();
    let state = match &row.replayed {
        Some(again) if again.counts => Cell::Mark(Tone::Good, "replayed"),
        Some(_) => Cell::Mark(Tone::Waits, "replayed, and parked again"),
        None => Cell::Mark(Tone::Waits, "open"),
    };
    let command =
        format!("usher replay {} --tenant {}", quoted(&row.position), quoted(tenant.name.as_str()));
    vec![
        Cell::Id(row.position.clone()),
        Cell::At(row.since),
        text(event.and_then(|event| event.kind.as_ref())),
        text(event.and_then(|event| event.source.as_ref())),
        text(event.and_then(|event| event.id.as_ref())),
        Cell::Code(row.code.clone()),
        text(row.field.as_ref()),
        Cell::text(&row.text),
        row.person.as_ref().map_or(Cell::Nothing, |id| Cell::Link {
            to: visit.to_person(&tenant.name, id.as_str()),
            text: id.to_string(),
        }),
        if row.takes_access { Cell::Mark(Tone::Bad, "yes") } else { Cell::text("no") },
        state,
        if row.is_open() { Cell::Id(command) } else { Cell::Nothing },
    ]
}

fn filters(visit: &Visit, state: &str) -> Markup {
    let states = [
        ("open", "open"),
        ("cuts", "would have taken access"),
        ("replayed", "replayed"),
        ("all", "all"),
    ];
    html! {
        form.filters method="get" {
            div {
                label for="state" { "State" }
                select id="state" name="state" {
                    @for (word, told) in states {
                        option value=(word) selected[state == word] { (told) }
                    }
                }
            }
            div {
                label for="code" { "Why (a code)" }
                input id="code" name="code" value=(visit.query.get("code").unwrap_or_default());
            }
            div {
                label for="source" { "Source, or topic" }
                input id="source" name="source" value=(visit.query.get("source").unwrap_or_default());
            }
            button type="submit" { "Show" }
        }
    }
}
