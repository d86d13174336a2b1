//! What comes by itself in the next days: claims that begin, end or reach a stage.

use super::sheet::{Cell, Sheet};
use super::{Page, Part, Section, listing};
use crate::engine::record::Kept;
use crate::engine::said::claims::Instance;
use crate::engine::will::explain::{Turn, turns};
use crate::model::claim::By;
use crate::serve::deployment::Tenant;
use crate::serve::memory::Place;
use crate::serve::web::{Eyes, Refused, Visit};
use crate::view::difference::known_as;
use crate::view::veiled::veiled_instance;
use crate::view::words;
use jiff::{SignedDuration, Timestamp};
use maud::html;

const COLUMNS: &[(&str, &str)] = &[
    ("at", "When"),
    ("person", "Person"),
    ("known_as", "Known as"),
    ("claim", "Claim"),
    ("instance", "Of"),
    ("turn", "What happens"),
    ("precedence", "Precedence"),
];

const DAYS: [i64; 4] = [1, 3, 7, 30];

/// People on one page; each takes a record to be read.
const PEOPLE_MOST: usize = 40;

pub(super) async fn page(visit: &Visit, tenant: &Tenant) -> Result<Page, Refused> {
    let asked = visit.query.get("days").and_then(|it| it.parse().ok());
    let days = asked.filter(|it| DAYS.contains(it)).unwrap_or(3);
    let until =
        visit.now.saturating_add(SignedDuration::from_hours(24 * days)).unwrap_or(visit.now);
    let (people, total) = due(visit, tenant, until);
    let shown = people.iter().map(|(id, place)| (id.as_str(), *place));
    let records = listing::people(visit, tenant, shown).await?;
    let mut rows: Vec<(Timestamp, Vec<Cell>)> = Vec::new();
    for (_, place) in &people {
        let Some(kept) = records.get(place) else { continue };
        rows.extend(turns_of(visit, tenant, kept, until));
    }
    rows.sort_by_key(|(at, _)| *at);
    let sheet = Sheet {
        name: "tomorrow".into(),
        caption: format!("Turns of the next {days} day(s), of {total} people, the soonest first"),
        columns: COLUMNS,
        rows: rows.into_iter().map(|(_, cells)| cells).collect(),
        empty: "nothing changes by itself".to_owned(),
        next: None,
    };
    let mut parts = vec![
        Part::Markup(html! {
            form.filters method="get" {
                div {
                    label for="days" { "Days" }
                    select id="days" name="days" {
                        @for one in DAYS { option value=(one) selected[one == days] { (one) } }
                    }
                }
                @if visit.is_open() { input type="hidden" name="unmask" value=""; }
                button type="submit" { "Show" }
            }
        }),
        Part::Sheet(sheet),
    ];
    if total > people.len() {
        parts.push(Part::Markup(html! {
            p.soft { "The first " (people.len()) " of " (total) " people are shown." }
        }));
    }
    Ok(Page::of(Section::Tomorrow, tenant, parts))
}

/// Whose next turn comes by then, the soonest first, and how many there are.
fn due(visit: &Visit, tenant: &Tenant, until: Timestamp) -> (Vec<(String, Place)>, usize) {
    let known = visit.site.memory.known();
    let (mut first, mut total) = (Vec::new(), 0);
    for entry in known.people.due(&tenant.name, (visit.now, until)) {
        if first.len() < PEOPLE_MOST {
            first.push((entry.id.to_string(), entry.place));
        }
        total += 1;
    }
    (first, total)
}

/// What claims of somebody do until then.
fn turns_of(
    visit: &Visit,
    tenant: &Tenant,
    kept: &Kept,
    until: Timestamp,
) -> Vec<(Timestamp, Vec<Cell>)> {
    let id = kept.person.id.as_str();
    let instance = |by: &By| match visit.eyes {
        Eyes::Open => words::instance(by),
        Eyes::Masked => words::instance(&veiled_instance(by)),
    };
    let turns = turns(&kept.person, visit.now).into_iter().filter(|(at, ..)| *at <= until);
    let row = |(at, turn, claim): (Timestamp, Turn, &Instance)| {
        let spans = claim.spans(&kept.person.claims);
        let precedence = spans.last().map(|span| words::precedence(span.assertion.precedence));
        let cells = vec![
            Cell::At(at),
            Cell::Link { to: visit.to_person(&tenant.name, id), text: id.to_owned() },
            Cell::Personal(known_as(&kept.person)),
            Cell::text(claim.name.as_str()),
            Cell::text(instance(&claim.by)),
            Cell::text(words::turn(turn)),
            precedence.map_or(Cell::Nothing, Cell::text),
        ];
        (at, cells)
    };
    turns.map(row).collect()
}
