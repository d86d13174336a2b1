//! What waits for somebody, row by row, with the command line that would act on it; pauses, and removals
//! that are stopped.

use super::sheet::{Cell, Sheet, Tone};
use super::{Page, Part, Section, listing};
use crate::engine::brakes::figures::VerdictWord;
use crate::engine::record::Kept;
use crate::serve::deployment::Tenant;
use crate::serve::memory::Place;
use crate::serve::web::{Format, Refused, Visit};
use crate::view::glance::Waiting;
use crate::view::held::{Filter, Row, Said, short};
use crate::view::words::{quoted, scope, scope_typed};
use jiff::Timestamp;
use maud::{Markup, html};

const COLUMNS: &[(&str, &str)] = &[
    ("digest", "Digest"),
    ("person", "Person"),
    ("known_as", "Known as"),
    ("target", "Target"),
    ("what", "What"),
    ("code", "Why"),
    ("text", "In words"),
    ("since", "Since"),
    ("verdict", "Verdict"),
    ("by", "By"),
    ("event", "Event behind it"),
    ("released_by", "Released by"),
    ("command", "Command"),
];

const PAUSES: &[(&str, &str)] = &[
    ("scope", "What"),
    ("since", "Since"),
    ("by", "By"),
    ("reason", "Reason"),
    ("command", "Command"),
];

/// Rows of one page, and of one file; each takes a record to be read.
const ROWS_OF_PAGE: usize = 25;
const ROWS_OF_FILE: usize = 200;

/// A row at a glance, and whose.
struct Found {
    person: String,
    place: Place,
    row: Waiting,
}

pub(super) async fn page(visit: &Visit, tenant: &Tenant) -> Result<Page, Refused> {
    let most = match visit.format {
        Format::Html => ROWS_OF_PAGE,
        Format::Csv | Format::Json => ROWS_OF_FILE,
    };
    let (found, total, next) = listed(visit, tenant, most);
    let rows = read(visit, tenant, found).await?;
    let filtered = if visit.query.get("after").is_some() { ", further rows" } else { "" };
    let holds = Sheet {
        name: "holds".into(),
        caption: format!("{total} row(s) that are held, the oldest first{filtered}"),
        columns: COLUMNS,
        rows,
        empty: "nothing is held".to_owned(),
        next,
    };
    let parts = vec![
        Part::Markup(filters(visit, tenant)),
        Part::Sheet(holds),
        Part::Markup(html! { h2 { "Pauses" } }),
        Part::Sheet(pauses(visit, tenant)),
        Part::Markup(html! {
            p.soft {
                "Pages only show. A command is signed with an operator's own key, on the command line; "
                "without options it shows what it would do, and asks."
            }
        }),
    ];
    Ok(Page::of(Section::Holds, tenant, parts))
}

/// The rows that are meant, how many there are, and behind which one the next page begins.
fn listed(visit: &Visit, tenant: &Tenant, most: usize) -> (Vec<Found>, usize, Option<String>) {
    let now = visit.now;
    let known = visit.site.memory.known();
    let (target, code) = (visit.query.get("target"), visit.query.get("code"));
    let verdict = visit.query.get("verdict");
    let fits = |row: &Waiting| {
        let is_said = match verdict {
            None => true,
            Some("waits") => row.waits(now),
            Some(word) => row.verdict(now).word() == word,
        };
        is_said
            && target.is_none_or(|target| row.target.as_str() == target)
            && code.is_none_or(|code| row.code.as_str() == code)
    };
    let after = visit.query.get("after").and_then(|it| it.split_once('~'));
    let after = after.map(|(since, rest)| (since.parse().unwrap_or(Timestamp::MIN), rest));
    let is_behind = |id: &str, row: &Waiting| {
        after.is_none_or(|(since, rest)| {
            row.since > since || (row.since == since && *format!("{id}~{}", row.digest) > *rest)
        })
    };
    let (mut found, mut total, mut next) = (Vec::new(), 0, None);
    for (entry, row) in known.people.held(&tenant.name).filter(|(_, row)| fits(row)) {
        total += 1;
        if !is_behind(&entry.id, row) {
            continue;
        }
        if found.len() < most {
            found.push(Found {
                person: entry.id.to_string(),
                place: entry.place,
                row: row.clone(),
            });
        } else if next.is_none() {
            let last = found.last();
            next = last.map(|it| format!("{}~{}~{}", it.row.since, it.person, it.row.digest));
        }
    }
    (found, total, next)
}

/// The sentence and the event stand in the record alone.
async fn read(
    visit: &Visit,
    tenant: &Tenant,
    found: Vec<Found>,
) -> Result<Vec<Vec<Cell>>, Refused> {
    let shown = found.iter().map(|one| (one.person.as_str(), one.place));
    let records = listing::people(visit, tenant, shown).await?;
    let rows = found.iter().map(|one| {
        let kept = records.get(&one.place);
        let rows = kept.map(|kept| Filter::default().rows(kept, visit.now)).unwrap_or_default();
        let row = rows.into_iter().find(|row| row.digest == one.row.digest);
        row.map_or_else(|| at_a_glance(visit, tenant, one), |row| cells(visit, &row))
    });
    Ok(rows.collect())
}

/// What is left if the record was replaced while the page was made.
fn at_a_glance(visit: &Visit, tenant: &Tenant, one: &Found) -> Vec<Cell> {
    let mut cells = vec![
        Cell::Id(short(&one.row.digest).to_owned()),
        person(visit, &tenant.name, &one.person),
        Cell::Personal(String::new()),
        Cell::text(one.row.target.as_str()),
        Cell::text(&one.row.what),
        Cell::Code(one.row.code.clone()),
        Cell::text("it has just changed; look again"),
        Cell::At(one.row.since),
        verdict(one.row.verdict(visit.now)),
    ];
    cells.extend(std::iter::repeat_n(Cell::Nothing, 4));
    cells
}

fn person(visit: &Visit, tenant: &crate::model::ids::TenantName, id: &str) -> Cell {
    Cell::Link { to: visit.to_person(tenant, id), text: id.to_owned() }
}

fn cells(visit: &Visit, row: &Row) -> Vec<Cell> {
    let event = row.event.as_ref().map(|event| {
        let kind = event.kind.as_deref().unwrap_or("event");
        format!("{kind} `{}` of {}", event.id, event.source)
    });
    let by = match &row.verdict {
        Said::Open => None,
        Said::Seconded { by } | Said::Approved { by } => Some(by.join(", ")),
        Said::Rejected { by, until } => Some(format!("{by} until {until}")),
    };
    vec![
        Cell::Id(row.short().to_owned()),
        person(visit, &row.tenant, row.person.as_str()),
        Cell::Personal(row.known_as.clone()),
        Cell::text(row.target.as_str()),
        Cell::text(&row.what),
        Cell::Code(row.code.clone()),
        Cell::text(&row.text),
        Cell::At(row.since),
        verdict(row.verdict.word()),
        by.map_or(Cell::Nothing, Cell::Text),
        event.map_or(Cell::Nothing, Cell::Text),
        Cell::text(row.released_by.words()),
        row.command().map_or(Cell::Nothing, Cell::Id),
    ]
}

fn verdict(word: VerdictWord) -> Cell {
    let tone = match word {
        VerdictWord::Open | VerdictWord::Seconded => Tone::Waits,
        VerdictWord::Approved => Tone::Good,
        VerdictWord::Rejected => Tone::Busy,
    };
    Cell::Mark(tone, word.word())
}

/// The rows of one person, for their page.
pub(super) fn of_person(visit: &Visit, kept: &Kept) -> Sheet {
    let rows = Filter::default().rows(kept, visit.now);
    Sheet {
        name: "holds".into(),
        caption: "What waits for somebody".to_owned(),
        columns: COLUMNS,
        rows: rows.iter().map(|row| cells(visit, row)).collect(),
        empty: "nothing is held".to_owned(),
        next: None,
    }
}

fn pauses(visit: &Visit, tenant: &Tenant) -> Sheet {
    let known = visit.site.memory.known();
    let its = quoted(tenant.name.as_str()).into_owned();
    let pause = known.orders.pauses(&tenant.name).into_iter().map(|pause| {
        let of = pause.tenant.as_ref().map(|_| format!(" --tenant {its}")).unwrap_or_default();
        vec![
            Cell::text(scope(&pause.scope, pause.tenant.as_ref())),
            Cell::At(pause.since),
            Cell::text(pause.by),
            Cell::text(pause.reason),
            Cell::Id(format!("usher resume {}{of}", scope_typed(&pause.scope))),
        ]
    });
    let stop = known.orders.stops(&tenant.name).into_iter().map(|stop| {
        vec![
            Cell::text(format!("removals from groups at target {}", stop.target)),
            Cell::At(stop.since),
            Cell::text("usher"),
            Cell::text(format!(
                "{} members of `{}` were gone after a removal",
                stop.missing, stop.group
            )),
            Cell::Id(format!("usher release {} --tenant {its}", quoted(stop.target.as_str()))),
        ]
    });
    Sheet {
        name: "pauses".into(),
        caption: "What operators have paused, and usher has stopped".to_owned(),
        columns: PAUSES,
        rows: pause.chain(stop).collect(),
        empty: "nothing is paused".to_owned(),
        next: None,
    }
}

fn filters(visit: &Visit, tenant: &Tenant) -> Markup {
    let (target, verdict) = (visit.query.get("target"), visit.query.get("verdict"));
    let words = [
        ("", "any"),
        ("waits", "waits for somebody"),
        ("open", "open"),
        ("seconded", "seconded"),
        ("approved", "approved"),
        ("rejected", "rejected"),
    ];
    html! {
        form.filters method="get" {
            div {
                label for="verdict" { "Verdict" }
                select id="verdict" name="verdict" {
                    @for (word, told) in words {
                        option value=(word) selected[verdict.unwrap_or_default() == word] { (told) }
                    }
                }
            }
            div {
                label for="target" { "Target" }
                select id="target" name="target" {
                    option value="" { "any" }
                    @for one in &tenant.targets {
                        @let name = one.place.target.as_str();
                        option value=(name) selected[target == Some(name)] { (name) }
                    }
                }
            }
            div {
                label for="code" { "Why (a code)" }
                input id="code" name="code" value=(visit.query.get("code").unwrap_or_default());
            }
            @if visit.is_open() { input type="hidden" name="unmask" value=""; }
            button type="submit" { "Show" }
        }
    }
}
