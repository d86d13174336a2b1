//! One person: the account field by field with who decided it, claims, what comes, and what was told.

mod account;
mod claims;
mod timeline;

use super::sheet::{Cell, Ground, Tone, mark};
use super::{Page, Part, Place, Section, holds, listing};
use crate::engine::record::Kept;
use crate::model::ids::PersonId;
use crate::serve::deployment::Tenant;
use crate::serve::memory;
use crate::serve::web::{Eyes, Format, Refused, Visit, json, moved_to};
use crate::view::history::{Event, History, Search};
use crate::view::matter::Matter;
use crate::view::person::{Name, Person};
use crate::view::words::{self, plain};
use axum::response::Response;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Lines of the audit that are shown.
const LINES_MOST: usize = 24;

/// The page, or its JSON.
pub async fn answer(visit: &Visit, tenant: &Tenant, id: &str) -> Result<Response, Refused> {
    let place = {
        let known = visit.site.memory.known();
        known.people.get(&tenant.name, id).map(|entry| entry.place)
    };
    let Some(place) = place else {
        // An id of before leads to who they are today.
        let known = visit.site.memory.known();
        let today = known.people.called(&tenant.name, id).first().map(|today| today.id.to_string());
        drop(known);
        let today = today.filter(|today| today != id).ok_or_else(|| visit.not_found())?;
        return Ok(moved_to(&visit.to_person(&tenant.name, &today)));
    };
    let topics = &visit.site.deployment.kafka.topics;
    let unread = |error| Refused::unread(visit, &error);
    let records = visit.site.records.read(&topics.people, vec![place]).await.map_err(unread)?;
    let kept = records.get(&place).and_then(listing::kept).ok_or_else(|| visit.not_found())?;
    let history = history(visit, &kept).await?;
    visit.sees(&tenant.name, [id]);
    let matter = Matter { scope: &tenant.scope, kept: &kept, at: visit.now, is_now: true, history };
    let told = match visit.eyes {
        Eyes::Open => matter.judge(),
        Eyes::Masked => matter.judge().veiled(),
    };
    if visit.format == Format::Json && visit.query.get("table").is_none() {
        return Ok(json(&serde_json::json!(told)));
    }
    visit.answer(&page(visit, tenant, &kept, &told))
}

/// The newest lines about them, under the ids of before, too.
async fn history(visit: &Visit, kept: &Kept) -> Result<History, Refused> {
    let ids = std::iter::once(&kept.person.id).chain(&kept.person.merged);
    let (places, earlier) = {
        let known = visit.site.memory.known();
        known.lines.about(ids.map(PersonId::as_str), LINES_MOST)
    };
    let search = Search { kept, until: visit.now, most: LINES_MOST };
    let oldest = search.oldest();
    let topic = &visit.site.deployment.kafka.topics.audit;
    let records: BTreeMap<memory::Place, _> = visit
        .site
        .records
        .read(topic, places)
        .await
        .map_err(|error| Refused::unread(visit, &error))?;
    let mut history = History::default();
    for record in records.values() {
        history.take(record.key.as_deref(), record.value.as_deref(), search);
    }
    history.earlier += earlier;
    let back = visit.now.checked_sub(visit.site.audit_back).ok();
    history.cut_off = oldest.zip(back).is_some_and(|(oldest, back)| oldest < back);
    Ok(history)
}

fn page(visit: &Visit, tenant: &Tenant, kept: &Kept, told: &Person) -> Page {
    let ground = super::ground(visit, tenant);
    let mut parts = vec![Part::Markup(head(told, ground))];
    let rows = holds::of_person(visit, kept);
    if !rows.rows.is_empty() {
        parts.push(Part::Markup(html! { h2 { "What is held" } }));
        parts.push(Part::Sheet(rows));
    }
    for at in &told.targets {
        parts.push(Part::Markup(account::head(at, ground)));
        parts.push(Part::Sheet(account::sheet(at)));
        parts.push(Part::Markup(account::evidence(at, ground)));
    }
    parts.push(Part::Markup(claims::next(told, ground)));
    parts.push(Part::Markup(html! { h2 { "Claims" } }));
    parts.push(Part::Sheet(claims::sheet(told)));
    parts.push(Part::Markup(timeline::head(told)));
    parts.push(Part::Sheet(timeline::sheet(told)));
    parts.push(Part::Markup(commands(told)));
    Page {
        title: format!("Person {}", told.id),
        place: Place::Section(Section::People),
        tenant: Some(tenant.name.clone()),
        parts,
    }
}

fn head(told: &Person, ground: Ground<'_>) -> Markup {
    html! {
        dl.pairs {
            @for Name { kind, value } in &told.names {
                dt { (kind) }
                // What is veiled is no name any more.
                dd { @if ground.eyes == Eyes::Open { (plain(value)) } @else { span.hidden-text { "hidden" } } }
            }
            @for by in &told.employments {
                dt { "goes on" }
                dd { (plain(&words::instance(by))) }
            }
            @for id in &told.merged {
                dt { "known before as" }
                dd { code { (id) } }
            }
        }
        @if told.on_legal_hold {
            p { (mark(Tone::Waits, "On legal hold: no account is deleted.")) }
        }
        @if told.asleep {
            p { (mark(Tone::Busy, "Only events older than engine.max_event_age are known: nothing is called.")) }
        }
    }
}

/// What would be typed about them.
fn commands(told: &Person) -> Markup {
    let tenant = words::quoted(told.tenant.as_str()).into_owned();
    let id = words::quoted(told.id.as_str()).into_owned();
    html! {
        h2 { "On the command line" }
        ul {
            li { code { "usher explain " (id) " --tenant " (tenant) } " tells the same, at any instant" }
            li { code { "usher retry --person " (id) " --tenant " (tenant) } " tries at once what would be tried later" }
            li { code { "usher audit --person " (id) " --tenant " (tenant) " --since …" } " has the lines before these" }
        }
    }
}

/// The event behind something, in a line.
fn event(event: &Event, ground: Ground<'_>) -> Markup {
    html! {
        @if let Some(kind) = &event.kind { (plain(kind)) " " }
        code { (plain(&event.id)) }
        " of " (plain(&event.source))
        @if let Some(at) = event.time { ", " (Cell::At(at).html(ground)) }
    }
}

/// An event as a cell has it.
fn event_text(event: &Event) -> String {
    let kind = event.kind.as_ref().map(|kind| format!("{kind} ")).unwrap_or_default();
    format!("{kind}`{}` of {}", event.id, event.source)
}
