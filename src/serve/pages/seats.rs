//! What was bought of each target, what takes it, what it costs, and what goes by itself.

use super::sheet::{Cell, Sheet};
use super::{Page, Part, Section, days, findings, pictures};
use crate::model::ids::TargetName;
use crate::reconcile::{Cost, Counts, Per, SeatsUsed};
use crate::serve::comparing::Compared;
use crate::serve::deployment::Tenant;
use crate::serve::web::Visit;
use maud::html;

const COLUMNS: &[(&str, &str)] = &[
    ("target", "Target"),
    ("bought", "Bought"),
    ("counts", "The contract counts"),
    ("provisioned", "Accounts"),
    ("active", "Active"),
    ("seen", "Seen in 30 days"),
    ("used", "Used"),
    ("left", "Left"),
    ("orphans", "Nobody's"),
    ("orphans_cost", "These cost"),
    ("inactive", "Inactive"),
    ("inactive_cost", "These cost"),
    ("renews", "Renews"),
];

const FREES: &[(&str, &str)] = &[
    ("target", "Target"),
    ("month", "Month"),
    ("accounts", "Accounts that go"),
    ("sum", "In all by then"),
];

pub(super) fn page(visit: &Visit, tenant: &Tenant) -> Page {
    let last = visit.site.compared(&tenant.name, visit.now);
    let mut parts = vec![Part::Markup(findings::how_it_stands(visit, tenant, &last))];
    let compared = last.compared.as_deref();
    let seats = compared.map(|it| it.seats.as_slice()).unwrap_or_default();
    parts.push(Part::Sheet(Sheet {
        name: "seats".into(),
        caption: "Seats of each target, counted in each way in which contracts count".to_owned(),
        columns: COLUMNS,
        rows: seats.iter().map(cells).collect(),
        empty: "nothing is counted; `seats` of a target says what was bought".to_owned(),
        next: None,
    }));
    if let Some(first) = seats.first() {
        parts.push(Part::Markup(html! { p.soft { "Costs: " (first.caution) "." } }));
    }
    for one in seats {
        parts.push(Part::Markup(pictures::seats(one)));
    }
    let known = visit.site.memory.known();
    let bought = |target: &TargetName| {
        seats.iter().find(|one| one.target == *target).map(|one| one.seats.bought)
    };
    parts.push(Part::Markup(html! {
        h2 { "Day by day" }
        (days::pictures(&known, tenant, bought))
    }));
    parts.push(Part::Sheet(days::sheet(&known, tenant)));
    parts.push(Part::Markup(html! { h2 { "What goes by itself" } }));
    parts.push(Part::Sheet(Sheet {
        name: "frees".into(),
        caption: "Accounts that rules will have deleted, if nothing changes".to_owned(),
        columns: FREES,
        rows: compared.map(frees).unwrap_or_default(),
        empty: "no rule has an account deleted".to_owned(),
        next: None,
    }));
    parts.push(Part::Markup(html! {
        p.soft {
            "A deletion may be held, and waits for somebody then. Whether it frees a seat only the contract says."
        }
    }));
    Page::of(Section::Seats, tenant, parts)
}

fn cells(used: &SeatsUsed) -> Vec<Cell> {
    let number = |number: u64| Cell::Number(i64::try_from(number).unwrap_or(i64::MAX));
    let unknown = || Cell::text("not known");
    let seats = &used.seats;
    let cost =
        |cost: Cost| Cell::text(format!("{} {} a {}", cost.amount, seats.currency, per(seats.per)));
    vec![
        Cell::text(used.target.as_str()),
        number(seats.bought),
        Cell::text(match seats.counts {
            Counts::Provisioned => "every account",
            Counts::Active => "active ones",
            Counts::Seen => "those seen in 30 days",
        }),
        number(used.provisioned),
        number(used.active),
        used.seen.map_or_else(unknown, number),
        used.used.map_or_else(unknown, number),
        used.left.map_or_else(unknown, Cell::Number),
        used.orphans.map_or_else(unknown, |it| number(it.accounts)),
        used.orphans.map_or_else(unknown, cost),
        number(used.inactive.accounts),
        cost(used.inactive),
        seats.renews.map_or(Cell::Nothing, |day| Cell::text(day.to_string())),
    ]
}

/// How often it is paid.
pub(super) fn per(per: Per) -> &'static str {
    match per {
        Per::Month => "month",
        Per::Year => "year",
    }
}

/// By target and month.
fn frees(compared: &Compared) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for (target, days) in &compared.frees {
        let mut sum = 0;
        let days: Vec<_> = days.iter().collect();
        for month in days.chunk_by(|(a, _), (b, _)| (a.year(), a.month()) == (b.year(), b.month()))
        {
            let Some((first, _)) = month.first() else { continue };
            let goes: usize = month.iter().map(|(_, accounts)| **accounts).sum();
            sum += goes;
            rows.push(vec![
                Cell::text(target.as_str()),
                Cell::text(first.strftime("%Y-%m").to_string()),
                Cell::count(goes),
                Cell::count(sum),
            ]);
        }
    }
    rows
}
