//! What lists have in common: how long they are, whose records are read for them, and that it is noted
//! who is shown.

use super::sheet::Cell;
use crate::engine::record::{self, Kept};
use crate::model::RawRecord;
use crate::serve::deployment::Tenant;
use crate::serve::memory::Place;
use crate::serve::web::{Format, Refused, Visit};
use crate::view::difference::known_as;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Rows of one page, and of one file.
const ROWS_OF_PAGE: usize = 50;
const ROWS_OF_FILE: usize = 1_000;
/// Of a file with names, for each takes a record to be read.
const ROWS_WITH_NAMES: usize = 200;

/// How many rows a list has at most.
pub(super) fn rows_most(visit: &Visit) -> usize {
    match (visit.format, visit.is_open()) {
        (Format::Html, _) => ROWS_OF_PAGE,
        (Format::Csv | Format::Json, true) => ROWS_WITH_NAMES,
        (Format::Csv | Format::Json, false) => ROWS_OF_FILE,
    }
}

/// The person in a record of the state.
pub(in crate::serve) fn kept(record: &RawRecord) -> Option<Kept> {
    let key = String::from_utf8_lossy(record.key.as_deref()?);
    record::decode(&key, record.value.as_deref()?).ok()
}

/// Reads the records of people who are shown, by id and place, and notes that somebody sees them.
pub(super) async fn people<'a>(
    visit: &Visit,
    tenant: &Tenant,
    shown: impl Iterator<Item = (&'a str, Place)> + Clone,
) -> Result<BTreeMap<Place, Kept>, Refused> {
    let topic = &visit.site.deployment.kafka.topics.people;
    let places = shown.clone().map(|(_, place)| place).collect();
    let records = visit.site.records.read(topic, places).await;
    let records = records.map_err(|error| Refused::unread(visit, &error))?;
    visit.sees(&tenant.name, shown.map(|(id, _)| id));
    let kept = records.into_iter().filter_map(|(place, record)| Some((place, kept(&record)?)));
    Ok(kept.collect())
}

/// Puts names into the second cells of rows, if somebody may see them and asks to.
pub(super) async fn with_names(
    visit: &Visit,
    tenant: &Tenant,
    rows: &mut [Vec<Cell>],
    shown: &[(String, Place)],
) -> Result<(), Refused> {
    if !visit.is_open() {
        return Ok(());
    }
    let records = people(visit, tenant, shown.iter().map(|(id, at)| (id.as_str(), *at))).await?;
    for (row, (_, place)) in rows.iter_mut().zip(shown) {
        if let (Some(kept), Some(cell)) = (records.get(place), row.get_mut(1)) {
            *cell = Cell::Personal(known_as(&kept.person));
        }
    }
    Ok(())
}

/// A choice among words, as part of a form.
pub(super) fn choice<'a>(
    name: &str,
    label: &str,
    chosen: Option<&str>,
    words: impl Iterator<Item = (&'a str, &'a str)>,
) -> Markup {
    html! {
        div {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                option value="" { "any" }
                @for (word, told) in words {
                    option value=(word) selected[chosen == Some(word)] { (told) }
                }
            }
        }
    }
}

/// A field for a whole name or id, as part of a form.
pub(super) fn search(visit: &Visit) -> Markup {
    html! {
        div {
            label for="q" { "Whole name or id" }
            input id="q" name="q" type="search" value=(visit.query.get("q").unwrap_or_default())
                autocomplete="off" spellcheck="false";
        }
    }
}

/// The targets of a tenant to choose among.
pub(super) fn targets(visit: &Visit, tenant: &Tenant) -> Markup {
    let names = tenant.targets.iter().map(|one| one.place.target.as_str());
    choice("target", "Target", visit.query.get("target"), names.map(|name| (name, name)))
}

/// A form that asks for the same page with other filters.
pub(super) fn form(visit: &Visit, fields: &Markup) -> Markup {
    html! {
        form.filters method="get" role="search" {
            (fields)
            @if visit.is_open() { input type="hidden" name="unmask" value=""; }
            button type="submit" { "Show" }
        }
    }
}
