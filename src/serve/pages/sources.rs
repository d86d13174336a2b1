//! Where events come from: how far each topic is read, what waits there, and what was set aside.

use super::sheet::{Cell, Sheet, Tone};
use super::{Page, Part, Section};
use crate::audit::line::LineKind;
use crate::model::ids::ShardNumber;
use crate::serve::deployment::Tenant;
use crate::serve::memory::Known;
use crate::serve::web::Visit;
use crate::view::parked;
use jiff::Timestamp;
use maud::html;
use std::collections::BTreeMap;

const COLUMNS: &[(&str, &str)] = &[
    ("topic", "Topic"),
    ("format", "Format"),
    ("state", "State"),
    ("waiting", "Records that wait, at most"),
    ("partitions", "Partitions read"),
    ("last_event", "Last event decided"),
    ("parked", "Parked and open"),
];

const BY_SOURCE: &[(&str, &str)] =
    &[("source", "Source"), ("type", "Type"), ("events", "Of the latest lines"), ("last", "Last")];

pub(super) fn page(visit: &Visit, tenant: &Tenant) -> Page {
    let known = visit.site.memory.known();
    let shards = known.hearing.shards.unwrap_or(1);
    let number = ShardNumber::of(&tenant.name, shards);
    let rows = tenant.sources.iter().map(|source| row(visit, &known, (tenant, number), source));
    let sources = Sheet {
        name: "sources".into(),
        caption: "Topics that events come from".to_owned(),
        columns: COLUMNS,
        rows: rows.collect(),
        empty: "there is none".to_owned(),
        next: None,
    };
    let written = known.orders.shard(number).and_then(|shard| shard.at);
    let ground = super::ground(visit, tenant);
    let shard = html! {
        dl.pairs {
            dt { "Shard" } dd { (number) " of " (shards) }
            dt { "Its worker wrote last" } dd { (Cell::at(written).html(ground)) " (a quiet one writes once a day)" }
        }
    };
    let parts =
        vec![Part::Markup(shard), Part::Sheet(sources), Part::Sheet(by_source(&known, tenant))];
    Page::of(Section::Sources, tenant, parts)
}

fn row(
    visit: &Visit,
    known: &Known,
    (tenant, number): (&Tenant, ShardNumber),
    source: &crate::decode::SourceSettings,
) -> Vec<Cell> {
    let read = known.orders.shard(number).and_then(|shard| shard.topics.get(&source.topic));
    let ends = known.hearing.ends.get(&source.topic).filter(|ends| !ends.is_empty());
    let behind = read.zip(ends).map(|(read, ends)| {
        let of = |(partition, end): (&i32, &i64)| {
            (end - read.next.get(partition).copied().unwrap_or(0)).max(0)
        };
        ends.iter().map(of).sum::<i64>()
    });
    let state = match (read, behind) {
        (None, _) => Cell::text("not read yet"),
        (Some(_), None) => Cell::text("its end cannot be seen"),
        (Some(_), Some(0)) => Cell::Mark(Tone::Good, "read to its end"),
        (Some(_), Some(_)) => Cell::Mark(Tone::Busy, "being read"),
    };
    let filter = parked::Filter {
        tenants: Some(vec![tenant.name.clone()]),
        source: Some(source.topic.clone()),
        ..Default::default()
    };
    let parked = known.parked.clone().rows(&filter);
    let open = parked.iter().filter(|row| row.is_open()).count();
    vec![
        Cell::text(&source.topic),
        Cell::text(serde_json::json!(source.format).as_str().unwrap_or_default()),
        state,
        behind.map_or(Cell::Nothing, Cell::Number),
        read.map_or(Cell::Nothing, |read| Cell::count(read.next.len())),
        Cell::at(known.lines.last_of_topic(&tenant.name, &source.topic)),
        Cell::Count {
            to: visit.to_page(&tenant.name, Section::Parked, &[("source", &source.topic)]),
            number: i64::try_from(open).unwrap_or(i64::MAX),
        },
    ]
}

/// What sources said lately, as far as the latest lines tell.
fn by_source(known: &Known, tenant: &Tenant) -> Sheet {
    let mut found: BTreeMap<(&str, &str), (usize, Timestamp)> = BTreeMap::new();
    for entry in known.lines.latest(Some(&tenant.name)) {
        let (LineKind::Decision, Some(event)) = (entry.line.kind, &entry.line.event) else {
            continue;
        };
        let key = (event.source.as_str(), event.kind.as_deref().unwrap_or("unknown"));
        let (count, last) = found.entry(key).or_insert((0, entry.line.at));
        *count += 1;
        *last = (*last).max(entry.line.at);
    }
    let row = |((source, kind), (count, last)): ((&str, &str), (usize, Timestamp))| {
        vec![Cell::text(source), Cell::text(kind), Cell::count(count), Cell::At(last)]
    };
    Sheet {
        name: "events".into(),
        caption: "What sources said lately".to_owned(),
        columns: BY_SOURCE,
        rows: found.into_iter().map(row).collect(),
        empty: "no event was decided lately".to_owned(),
        next: None,
    }
}
