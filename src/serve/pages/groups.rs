//! Groups that rules name, and who is to be in them.

use super::sheet::{Cell, Sheet};
use super::{Page, Part, Place, Section, people};
use crate::model::ids::{GroupName, TargetName};
use crate::serve::deployment::Tenant;
use crate::serve::memory::Entry;
use crate::serve::web::{Format, Refused, Visit, segment};
use crate::view::difference::known_as;
use maud::html;
use std::collections::BTreeMap;

const COLUMNS: &[(&str, &str)] = &[
    ("target", "Target"),
    ("group", "Group"),
    ("members", "Members wanted"),
    ("restricting", "Takes access"),
];

const MEMBERS: &[(&str, &str)] = &[
    ("person", "Person"),
    ("known_as", "Known as"),
    ("account", "Account"),
    ("changed", "Changed"),
];

const ROWS_OF_PAGE: usize = 50;
const ROWS_OF_FILE: usize = 1_000;
const ROWS_WITH_NAMES: usize = 200;

pub(super) fn page(visit: &Visit, tenant: &Tenant) -> Page {
    let mut members: BTreeMap<(&TargetName, &GroupName), usize> = BTreeMap::new();
    let known = visit.site.memory.known();
    for (_, entry) in known.people.of(&tenant.name) {
        for place in &entry.glance.places {
            for group in &place.groups {
                *members.entry((&place.target, group)).or_default() += 1;
            }
        }
    }
    // A group that takes access and that nobody is in is worth a row, too.
    for target in &tenant.scope.targets {
        for group in &target.restricting {
            members.entry((&target.name, group)).or_default();
        }
    }
    let takes_access = |target: &TargetName, group: &GroupName| {
        tenant.scope.targets.iter().any(|it| it.name == *target && it.restricting.contains(group))
    };
    let row = |((target, group), count): (&(&TargetName, &GroupName), &usize)| {
        let path = format!(
            "/t/{}/groups/{}/{}",
            segment(tenant.name.as_str()),
            segment(target.as_str()),
            segment(group.as_str())
        );
        vec![
            Cell::text(target.as_str()),
            Cell::Link { to: visit.to(&path, &[]), text: group.to_string() },
            Cell::count(*count),
            Cell::text(if takes_access(target, group) { "yes" } else { "no" }),
        ]
    };
    let sheet = Sheet {
        name: "groups".into(),
        caption: "Groups of which somebody is to be a member, by what usher wants".to_owned(),
        columns: COLUMNS,
        rows: members.iter().map(row).collect(),
        empty: "no claim names a group".to_owned(),
        next: None,
    };
    let note = html! {
        p.soft {
            "Who else is in them, and which policies apply, is not known here: usher does not read the "
            "inventory of targets yet. Real-time policies have no public read at all."
        }
    };
    Page::of(Section::Groups, tenant, vec![Part::Sheet(sheet), Part::Markup(note)])
}

/// Who is to be in one group.
pub async fn members(
    visit: &Visit,
    tenant: &Tenant,
    target: &str,
    group: &str,
) -> Result<Page, Refused> {
    let most = match (visit.format, visit.is_open()) {
        (Format::Html, _) => ROWS_OF_PAGE,
        (Format::Csv | Format::Json, true) => ROWS_WITH_NAMES,
        (Format::Csv | Format::Json, false) => ROWS_OF_FILE,
    };
    let (rows, places, next) = listed(visit, tenant, (target, group), most);
    let rows = with_names(visit, tenant, rows, places).await?;
    let sheet = Sheet {
        name: "members".into(),
        caption: format!("Who is to be in `{group}` at {target}"),
        columns: MEMBERS,
        rows,
        empty: "nobody".to_owned(),
        next,
    };
    Ok(Page {
        title: format!("Group {group}"),
        place: Place::Section(Section::Groups),
        tenant: Some(tenant.name.clone()),
        parts: vec![Part::Sheet(sheet)],
    })
}

type Listed = (Vec<Vec<Cell>>, Vec<(String, crate::serve::memory::Place)>, Option<String>);

fn listed(visit: &Visit, tenant: &Tenant, (target, group): (&str, &str), most: usize) -> Listed {
    let known = visit.site.memory.known();
    let is_in = |entry: &Entry| {
        let place = entry.glance.places.iter().find(|place| place.target.as_str() == target)?;
        let is_in = place.groups.iter().any(|it| it.as_str() == group);
        is_in.then(|| place.account.clone())
    };
    let (mut rows, mut places, mut next) = (Vec::new(), Vec::new(), None);
    for (id, entry) in known.people.after(&tenant.name, visit.query.get("after")) {
        let Some(account) = is_in(entry) else { continue };
        if rows.len() == most {
            next = places.last().map(|(id, _): &(String, _)| id.clone());
            break;
        }
        places.push((id.to_owned(), entry.place));
        rows.push(vec![
            Cell::Link { to: visit.to_person(&tenant.name, id), text: id.to_owned() },
            Cell::Personal(String::new()),
            account.map_or(Cell::Nothing, |account| Cell::Id(account.as_str().to_owned())),
            Cell::At(entry.changed),
        ]);
    }
    (rows, places, next)
}

async fn with_names(
    visit: &Visit,
    tenant: &Tenant,
    mut rows: Vec<Vec<Cell>>,
    places: Vec<(String, crate::serve::memory::Place)>,
) -> Result<Vec<Vec<Cell>>, Refused> {
    if !visit.is_open() {
        return Ok(rows);
    }
    let topic = &visit.site.deployment.kafka.topics.people;
    let wanted = places.iter().map(|(_, place)| *place).collect();
    let records = visit.site.records.read(topic, wanted).await;
    let records = records.map_err(|error| Refused::unread(visit, &error))?;
    visit.sees(&tenant.name, places.iter().map(|(id, _)| id.as_str()));
    for (row, (_, place)) in rows.iter_mut().zip(&places) {
        let kept = records.get(place).and_then(people::kept);
        if let (Some(kept), Some(cell)) = (kept, row.get_mut(1)) {
            *cell = Cell::Personal(known_as(&kept.person));
        }
    }
    Ok(rows)
}
