//! Whether anything waits for somebody: what, how many, since when, and where its rows are.

use super::sheet::{Cell, Sheet, Tone, mark};
use super::{Page, Part, Place, Section, pictures};
use crate::model::ids::{ShardNumber, TenantName};
use crate::serve::deployment::Tenant;
use crate::serve::memory::{Known, Topic};
use crate::serve::web::Visit;
use crate::view::entry::Entry;
use crate::view::glance::State;
use crate::view::parked;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

const COLUMNS: &[(&str, &str)] = &[
    ("tenant", "Tenant"),
    ("what", "What"),
    ("count", "How many"),
    ("oldest", "Oldest"),
    ("waits", "For somebody"),
];

const LINES: &[(&str, &str)] = &[
    ("at", "When"),
    ("kind", "Kind"),
    ("outcome", "What came of it"),
    ("person", "Person"),
    ("target", "Target"),
    ("code", "Why"),
];

/// Lines of the audit on the first page.
const LINES_SHOWN: usize = 15;

/// A target whose last word was a failure so lately is told.
const LATELY: SignedDuration = SignedDuration::from_hours(1);

/// One thing that may wait.
#[derive(Debug, PartialEq, Eq)]
pub struct Count {
    pub what: &'static str,
    pub number: usize,
    pub oldest: Option<Timestamp>,
    /// Whether it waits for somebody, or is only to be known.
    pub waits: bool,
    /// Where its rows are.
    pub section: Section,
    pub filter: &'static [(&'static str, &'static str)],
}

/// Of all tenants that somebody may see.
pub fn of_all(visit: &Visit) -> Page {
    let known = visit.site.memory.known();
    let counted = visit.tenants().map(|tenant| (&tenant.name, counts(&known, tenant, visit.now)));
    let counted: Vec<_> = counted.collect();
    let tenants: Vec<&Tenant> = visit.tenants().collect();
    let mut parts = vec![Part::Markup(answer(&counted)), Part::Sheet(sheet(visit, &counted))];
    if let [only] = tenants.as_slice() {
        parts.extend(of_one(visit, &known, only));
    }
    Page {
        title: "Overview".to_owned(),
        place: Place::Section(Section::Overview),
        tenant: None,
        parts,
    }
}

/// Of one tenant.
pub fn of_tenant(visit: &Visit, tenant: &Tenant) -> Page {
    let known = visit.site.memory.known();
    let counted = [(&tenant.name, counts(&known, tenant, visit.now))];
    let mut parts = vec![Part::Markup(answer(&counted)), Part::Sheet(sheet(visit, &counted))];
    parts.extend(of_one(visit, &known, tenant));
    Page::of(Section::Overview, tenant, parts)
}

/// The answer in one sentence.
fn answer(counted: &[(&TenantName, Vec<Count>)]) -> Markup {
    let waits = counted.iter().flat_map(|(_, counts)| counts).any(|it| it.waits && it.number > 0);
    html! {
        p id="answer" {
            @if waits {
                (mark(Tone::Waits, "Something waits for somebody."))
            } @else {
                (mark(Tone::Good, "Nothing waits for anybody."))
            }
        }
    }
}

fn sheet(visit: &Visit, counted: &[(&TenantName, Vec<Count>)]) -> Sheet {
    let row = |tenant: &TenantName, it: &Count| {
        let to = visit.to_page(tenant, it.section, it.filter);
        let waits = match (it.waits, it.number) {
            (_, 0) => Cell::Mark(Tone::Good, "no"),
            (true, _) => Cell::Mark(Tone::Waits, "yes"),
            (false, _) => Cell::Mark(Tone::Busy, "no"),
        };
        vec![
            Cell::text(tenant.as_str()),
            Cell::text(it.what),
            Cell::Count { to, number: i64::try_from(it.number).unwrap_or(i64::MAX) },
            Cell::at(it.oldest),
            waits,
        ]
    };
    let rows = counted.iter().flat_map(|(tenant, counts)| counts.iter().map(|it| row(tenant, it)));
    Sheet {
        name: "waiting".into(),
        caption: "What may wait for somebody".to_owned(),
        columns: COLUMNS,
        rows: rows.collect(),
        empty: "there is no tenant that you may see".to_owned(),
        next: None,
    }
}

/// Everything that may wait; what there is none of stands there, too.
pub fn counts(known: &Known, tenant: &Tenant, now: Timestamp) -> Vec<Count> {
    let mut found = of_people(known, tenant, now);
    let (pauses, stops) = (known.orders.pauses(&tenant.name), known.orders.stops(&tenant.name));
    let aside = known.people.aside(&tenant.name).count();
    let filter = parked::Filter { tenants: Some(vec![tenant.name.clone()]), ..Default::default() };
    let parked = known.parked.clone().rows(&filter);
    let open = || parked.iter().filter(|row| row.is_open());
    let cuts = || open().filter(|row| row.takes_access);
    let failing = failing(known, tenant, now);
    let commands: Vec<_> = known.orders.open().map(|(_, _, at)| at).collect();
    let rest = [
        (
            "shards in which nothing was ever written",
            silent(known, tenant),
            None,
            true,
            Section::Sources,
        ),
        ("pauses", pauses.len(), pauses.iter().map(|it| it.since).min(), true, Section::Holds),
        (
            "stopped removals",
            stops.len(),
            stops.iter().map(|it| it.since).min(),
            true,
            Section::Holds,
        ),
        ("people set aside, for nobody can read their records", aside, None, true, Section::People),
        (
            "parked records that would have taken access",
            cuts().count(),
            cuts().map(|it| it.since).min(),
            true,
            Section::Parked,
        ),
        ("parked records", open().count(), open().map(|it| it.since).min(), true, Section::Parked),
        (
            "targets whose calls fail",
            failing.len(),
            failing.into_iter().min(),
            true,
            Section::Targets,
        ),
        (
            "commands without a decision",
            commands.len(),
            commands.into_iter().min(),
            false,
            Section::Commands,
        ),
    ];
    found.extend(rest.map(|(what, number, oldest, waits, section)| Count {
        what,
        number,
        oldest,
        waits,
        section,
        filter: &[],
    }));
    found
}

/// Where nothing was ever written perhaps no worker reads the events, and that nothing waits says nothing.
fn silent(known: &Known, tenant: &Tenant) -> usize {
    let shards = known.hearing.shards.filter(|_| known.hearing.is_whole(Topic::People));
    let shard = shards.map(|shards| ShardNumber::of(&tenant.name, shards));
    shard.map_or(0, |shard| usize::from(known.orders.shard(shard).is_none()))
}

fn of_people(known: &Known, tenant: &Tenant, now: Timestamp) -> Vec<Count> {
    let mut held = (0, None);
    let (mut stuck, mut unverified, mut contested, mut left) = (0, 0, (0, None), 0);
    for entry in known.people.marked(&tenant.name, None) {
        let standing = &entry.standing;
        for row in entry.waiting.iter().filter(|row| row.waits(now)) {
            held = (held.0 + 1, held.1.into_iter().chain([row.since]).min());
        }
        stuck += usize::from(standing.is_anywhere(State::Stuck));
        unverified += usize::from(standing.is_anywhere(State::Unverified));
        let last =
            standing.places.iter().filter(|it| it.is_contested(now)).filter_map(|it| it.contested);
        if let Some(last) = last.min() {
            contested = (contested.0 + 1, contested.1.into_iter().chain([last]).min());
        }
        left += usize::from(standing.left_uncut);
    }
    let count = |what, (number, oldest), waits, section, filter| Count {
        what,
        number,
        oldest,
        waits,
        section,
        filter,
    };
    vec![
        count("rows that are held", held, true, Section::Holds, &[("verdict", "waits")][..]),
        count("people who are stuck", (stuck, None), true, Section::People, &[("state", "stuck")]),
        count(
            "people who have left, and nothing was done",
            (left, None),
            true,
            Section::People,
            &[("state", "left")],
        ),
        count(
            "people whose accounts somebody changes back",
            contested,
            true,
            Section::People,
            &[("state", "contested")],
        ),
        count(
            "cuts that found no account, and look again",
            (unverified, None),
            false,
            Section::People,
            &[("state", "unverified")],
        ),
    ]
}

/// When each target failed last, where nothing has gone right since.
fn failing(known: &Known, tenant: &Tenant, now: Timestamp) -> Vec<Timestamp> {
    let failed = tenant.targets.iter().filter_map(|target| {
        let figures = known.lines.target(&tenant.name, &target.place.target)?;
        let (at, _) = figures.failed.as_ref()?;
        let is_worse = figures.done_at.is_none_or(|done| done < *at);
        (is_worse && now.duration_since(*at) < LATELY).then_some(*at)
    });
    failed.collect()
}

/// Figures, pictures and the latest lines.
fn of_one(visit: &Visit, known: &Known, tenant: &Tenant) -> Vec<Part> {
    let people = known.people.count(&tenant.name);
    let last = known.lines.latest(Some(&tenant.name)).next().map(|entry| entry.line.at);
    let cuts: Vec<_> = known.lines.cuts(&tenant.name).copied().collect();
    let lines = known.lines.latest(Some(&tenant.name)).take(LINES_SHOWN);
    let lines = lines.map(|entry| line(visit, &tenant.name, entry)).collect();
    vec![
        Part::Markup(html! {
            h2 { "Of late" }
            dl.pairs {
                dt { "People known" }
                dd { a href=(visit.to_page(&tenant.name, Section::People, &[])) { (people) } }
                dt { "Last line of the audit" }
                dd { (Cell::at(last).html(super::ground(visit, tenant))) }
            }
            (pictures::cuts(&cuts, &tenant.zone, visit.now))
        }),
        Part::Sheet(Sheet {
            name: "lines".into(),
            caption: "The latest lines of the audit".to_owned(),
            columns: LINES,
            rows: lines,
            empty: "the audit says nothing yet".to_owned(),
            next: None,
        }),
    ]
}

fn line(visit: &Visit, tenant: &TenantName, entry: &Entry) -> Vec<Cell> {
    let told = &entry.line;
    let person = entry
        .person
        .as_ref()
        .map(|id| Cell::Link { to: visit.to_person(tenant, id), text: id.clone() });
    vec![
        Cell::At(told.at),
        Cell::text(told.kind.word()),
        Cell::text(&told.outcome),
        person.unwrap_or(Cell::Nothing),
        told.target.as_ref().map_or(Cell::Nothing, |target| Cell::text(target.as_str())),
        Cell::code(told.why.as_ref().map(|why| &why.code)),
    ]
}
