//! People: found by any whole name or id, or listed by how they stand.

use super::sheet::{Cell, Sheet, Tone};
use super::{Page, Part, Section, listing};
use crate::model::ids::TenantName;
use crate::serve::deployment::Tenant;
use crate::serve::memory::{Entry, Place};
use crate::serve::web::{Refused, Visit};
use crate::view::difference::known_as;
use crate::view::glance::State;
use crate::view::people::goes_by;
use jiff::Timestamp;
use maud::{Markup, html};

const COLUMNS: &[(&str, &str)] = &[
    ("person", "Person"),
    ("known_as", "Known as"),
    ("state", "State"),
    ("at", "At"),
    ("code", "Why"),
    ("changed", "Changed"),
    ("next", "Next turn"),
];

/// How somebody stands, as it is filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Waits,
    Held,
    Stuck,
    Unverified,
    Working,
    Contested,
    Left,
    Asleep,
    LegalHold,
    Overridden,
}

impl Standing {
    const ALL: [Self; 10] = [
        Self::Waits,
        Self::Held,
        Self::Stuck,
        Self::Unverified,
        Self::Working,
        Self::Contested,
        Self::Left,
        Self::Asleep,
        Self::LegalHold,
        Self::Overridden,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Held => "held",
            Self::Stuck => "stuck",
            Self::Unverified => "unverified",
            Self::Working => "working",
            Self::Contested => "contested",
            Self::Left => "left",
            Self::Asleep => "asleep",
            Self::LegalHold => "legal_hold",
            Self::Overridden => "overridden",
        }
    }

    fn told(self) -> &'static str {
        match self {
            Self::Waits => "waits for somebody",
            Self::Held => "held",
            Self::Stuck => "stuck",
            Self::Unverified => "no account was found",
            Self::Working => "worked on",
            Self::Contested => "changed back by another",
            Self::Left => "left, and nothing was done",
            Self::Asleep => "only the past knows them",
            Self::LegalHold => "on legal hold",
            Self::Overridden => "kept in or out by an operator",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.word() == word)
    }

    /// Nobody stands so of whom there is nothing to be said (`People::marked`).
    fn is_of(self, entry: &Entry, now: Timestamp) -> bool {
        let standing = &entry.standing;
        match self {
            Self::Waits => entry.waits(now),
            Self::Held => !entry.waiting.is_empty(),
            Self::Stuck => standing.is_anywhere(State::Stuck),
            Self::Unverified => standing.is_anywhere(State::Unverified),
            Self::Working => standing.is_anywhere(State::Working),
            Self::Contested => standing.places.iter().any(|place| place.is_contested(now)),
            Self::Left => standing.left_uncut,
            Self::Asleep => standing.asleep,
            Self::LegalHold => standing.on_legal_hold,
            Self::Overridden => standing.overridden,
        }
    }
}

/// A row before its name is known.
struct Found {
    id: String,
    place: Place,
    cells: Vec<Cell>,
}

pub(super) async fn page(visit: &Visit, tenant: &Tenant) -> Result<Page, Refused> {
    let standing = visit.query.get("state").and_then(Standing::parse);
    let target = visit.query.get("target");
    let name = visit.query.get("q");
    let most = listing::rows_most(visit);
    let mut found = listed(visit, tenant, (standing, target, name), most);
    let has_more = found.len() > most;
    found.truncate(most);
    let next = found.last().filter(|_| has_more).map(|it| it.id.clone());
    let rows = named(visit, tenant, found, name).await?;
    let aside = visit.site.memory.known();
    let aside: Vec<_> = aside.people.aside(&tenant.name).cloned().collect();
    let sheet = Sheet {
        name: "people".into(),
        caption: match name {
            Some(_) => "Whoever goes by this name or id".to_owned(),
            None => format!("People of {}, by their ids", tenant.name),
        },
        columns: COLUMNS,
        rows,
        empty: "nobody; whole names and ids are compared, without regard to case".to_owned(),
        next,
    };
    let mut parts = vec![Part::Markup(filters(visit, tenant, standing)), Part::Sheet(sheet)];
    if !aside.is_empty() {
        parts.push(Part::Markup(html! {
            h2 { "Set aside" }
            p { "Nobody can read their records, so nothing is done for them: " }
            ul { @for one in &aside { li { code { (one.person) } ": " (one.why) } } }
        }));
    }
    Ok(Page::of(Section::People, tenant, parts))
}

/// One more than `most`, if there are further ones.
fn listed(
    visit: &Visit,
    tenant: &Tenant,
    (standing, target, name): (Option<Standing>, Option<&str>, Option<&str>),
    most: usize,
) -> Vec<Found> {
    let known = visit.site.memory.known();
    let fits = |entry: &&Entry| {
        standing.is_none_or(|it| it.is_of(entry, visit.now))
            && target.is_none_or(|target| entry.place_at(target).is_some())
    };
    let found = |entry: &Entry| Found {
        id: entry.id.to_string(),
        place: entry.place,
        cells: cells(visit, &tenant.name, entry),
    };
    if let Some(name) = name {
        let called = known.people.called(&tenant.name, name).into_iter();
        return called.filter(fits).map(found).take(most + 1).collect();
    }
    let after = visit.query.get("after");
    if standing.is_some() {
        let people = known.people.marked(&tenant.name, after);
        return people.filter(fits).map(found).take(most + 1).collect();
    }
    let people = known.people.after(&tenant.name, after);
    people.filter(fits).map(found).take(most + 1).collect()
}

fn cells(visit: &Visit, tenant: &TenantName, entry: &Entry) -> Vec<Cell> {
    let (id, places) = (&*entry.id, &entry.standing.places);
    let standing = Standing::ALL.into_iter().skip(1).find(|it| it.is_of(entry, visit.now));
    let state = match standing {
        Some(it @ (Standing::Stuck | Standing::Left)) => Cell::Mark(Tone::Bad, it.told()),
        Some(it @ (Standing::Unverified | Standing::Working | Standing::Asleep)) => {
            Cell::Mark(Tone::Busy, it.told())
        }
        Some(it) => Cell::Mark(Tone::Waits, it.told()),
        None => Cell::Mark(Tone::Good, "settled"),
    };
    let at: Vec<&str> = places.iter().map(|place| place.target.as_str()).collect();
    let code = places.iter().find_map(|place| place.code.as_ref());
    let code = code.or_else(|| entry.waiting.first().map(|row| &row.code));
    vec![
        Cell::Link { to: visit.to_person(tenant, id), text: id.to_owned() },
        Cell::Personal(String::new()),
        state,
        Cell::text(at.join(", ")),
        Cell::code(code),
        Cell::At(entry.changed),
        Cell::at(entry.next.filter(|next| *next > visit.now)),
    ]
}

/// Reads the records of those who are shown, if somebody may see names or has typed one: digests may be
/// alike.
async fn named(
    visit: &Visit,
    tenant: &Tenant,
    mut found: Vec<Found>,
    name: Option<&str>,
) -> Result<Vec<Vec<Cell>>, Refused> {
    if visit.is_open() || name.is_some() {
        let shown = found.iter().map(|it| (it.id.as_str(), it.place));
        let records = listing::people(visit, tenant, shown).await?;
        found.retain_mut(|one| {
            let Some(kept) = records.get(&one.place) else { return true };
            if let Some(cell) = one.cells.get_mut(1) {
                *cell = Cell::Personal(known_as(&kept.person));
            }
            name.is_none_or(|name| goes_by(&kept.person, name))
        });
    }
    Ok(found.into_iter().map(|one| one.cells).collect())
}

fn filters(visit: &Visit, tenant: &Tenant, standing: Option<Standing>) -> Markup {
    let states = Standing::ALL.into_iter().map(|one| (one.word(), one.told()));
    listing::form(
        visit,
        &html! {
            (listing::search(visit))
            (listing::choice("state", "State", standing.map(Standing::word), states))
            (listing::targets(visit, tenant))
        },
    )
}
