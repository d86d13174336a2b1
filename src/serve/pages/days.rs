//! Seats over time: what was used on each day, as a picture and as a table.

use super::pictures::{HEIGHT, LEFT, WIDTH, axis};
use super::sheet::{Cell, Sheet};
use crate::inventory::Day;
use crate::model::ids::TargetName;
use crate::serve::deployment::Tenant;
use crate::serve::memory::Known;
use jiff::civil::Date;
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::fmt::Write;

const COLUMNS: &[(&str, &str)] = &[
    ("target", "Target"),
    ("day", "Day (UTC)"),
    ("provisioned", "Accounts"),
    ("active", "Active"),
    ("seen", "Seen in 30 days"),
];

/// What is counted: its name, and how it is drawn.
const LINES: [(&str, &str); 3] =
    [("accounts", "line-0"), ("active", "line-1"), ("seen in 30 days", "line-2")];

/// Of each target of which a day is known.
fn of<'a>(known: &'a Known, tenant: &'a Tenant) -> Vec<(&'a TargetName, &'a BTreeMap<Date, Day>)> {
    let targets = tenant.targets.iter().map(|target| &target.place.target);
    let days = |target| Some((target, &known.inventories.at(&tenant.name, target)?.days));
    targets.filter_map(days).filter(|(_, days)| !days.is_empty()).collect()
}

/// The newest day first.
pub(super) fn sheet(known: &Known, tenant: &Tenant) -> Sheet {
    let number = |number: u64| Cell::Number(i64::try_from(number).unwrap_or(i64::MAX));
    let row = |target: &TargetName, day: &Day| {
        vec![
            Cell::text(target.as_str()),
            Cell::text(day.on.to_string()),
            number(day.provisioned),
            number(day.active),
            day.seen.map_or_else(|| Cell::text("not known"), number),
        ]
    };
    let all = of(known, tenant);
    let rows =
        all.iter().flat_map(|(target, days)| days.values().rev().map(|day| row(target, day)));
    Sheet {
        name: "days".into(),
        caption: "What was used, by the last whole reading of each day".to_owned(),
        columns: COLUMNS,
        rows: rows.collect(),
        empty: "no day was counted yet".to_owned(),
        next: None,
    }
}

/// `bought`: how many seats there are, by the target.
pub(super) fn pictures(
    known: &Known,
    tenant: &Tenant,
    bought: impl Fn(&TargetName) -> Option<u64>,
) -> Markup {
    html! {
        @for (target, days) in of(known, tenant) { (picture(target, days, bought(target))) }
    }
}

fn picture(target: &TargetName, days: &BTreeMap<Date, Day>, bought: Option<u64>) -> Markup {
    let (Some(first), Some(last)) = (days.values().next(), days.values().next_back()) else {
        return html! {};
    };
    let counts = |day: &Day| [Some(day.provisioned), Some(day.active), day.seen];
    let most = days.values().flat_map(counts).flatten().chain(bought).max().unwrap_or(1).max(1);
    let span = days_between(first.on, last.on).max(1);
    let x = |day: &Day| LEFT + WIDTH * days_between(first.on, day.on) / span;
    let room = u64::try_from(HEIGHT).unwrap_or(1);
    let y = |count: u64| 10 + HEIGHT - usize::try_from(count * room / most).unwrap_or(HEIGHT);
    let line = |which: usize| {
        let mut points = String::new();
        for day in days.values() {
            if let Some(count) = counts(day).get(which).copied().flatten() {
                // Writing to a string cannot fail.
                let _infallible = write!(points, "{},{} ", x(day), y(count));
            }
        }
        points
    };
    html! {
        figure {
            figcaption { "Seats of " (target.as_str()) " from " (first.on.to_string()) " to " (last.on.to_string()) }
            svg viewBox=(format!("0 0 {} {}", LEFT + WIDTH, HEIGHT + 30)) role="img"
                aria-label=(told(days, first, last, bought)) {
                (axis(usize::try_from(most).unwrap_or(usize::MAX)))
                @if let Some(bought) = bought {
                    line.limit x1=(LEFT) x2=(LEFT + WIDTH) y1=(y(bought)) y2=(y(bought)) {}
                }
                @for (which, (_, class)) in LINES.iter().enumerate() {
                    @let points = line(which);
                    @if !points.is_empty() { polyline class=(class) points=(points.trim_end()) {} }
                }
                text x=(LEFT) y=(HEIGHT + 26) { (first.on.to_string()) }
                text x=(LEFT + WIDTH) y=(HEIGHT + 26) text-anchor="end" { (last.on.to_string()) }
            }
            p.soft {
                "Whole line: all accounts. Dashes: active ones. Dots: those seen in 30 days, where that is told."
                @if bought.is_some() { " Red dashes: what was bought." }
            }
        }
    }
}

/// The same in words.
fn told(days: &BTreeMap<Date, Day>, first: &Day, last: &Day, bought: Option<u64>) -> String {
    let most = days.values().map(|day| day.provisioned).max().unwrap_or(0);
    let least = days.values().map(|day| day.provisioned).min().unwrap_or(0);
    let bought = bought.map_or(String::new(), |bought| format!("; {bought} were bought"));
    format!(
        "{} days: {} accounts on {}, {} on {}, {} of them active; between {least} and {most}{bought}",
        days.len(),
        first.provisioned,
        first.on,
        last.provisioned,
        last.on,
        last.active,
    )
}

fn days_between(first: Date, last: Date) -> usize {
    usize::try_from(first.duration_until(last).as_hours() / 24).unwrap_or(0)
}
