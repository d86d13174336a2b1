//! What stands around every page.

use super::sheet::{Ground, Sheet};
use super::{Page, Part, Place, Section, times};
use crate::model::Zone;
use crate::serve::Site;
use crate::serve::login::tokens::Role;
use crate::serve::memory::{Hearing, Topic};
use crate::serve::web::{Eyes, SCRIPT_NAME, STYLE_NAME, Visit};
use maud::{DOCTYPE, Markup, html};

/// The whole page.
pub fn page(visit: &Visit, page: &Page) -> Markup {
    let tenant = page.tenant.as_ref().and_then(|name| visit.site.deployment.tenant(name.as_str()));
    let zone = tenant.map_or(&visit.site.deployment.zone, |tenant| &tenant.zone);
    let ground = Ground { zone, now: visit.now, eyes: visit.eyes, base: &visit.site.base };
    let whose = page.tenant.as_ref().map(|name| format!(" · {name}")).unwrap_or_default();
    let title = format!("{}{whose} · usher", page.title);
    frame(
        &visit.site,
        &title,
        &html! {
            a.skip href="#main" { "Skip to the page" }
            header {
                (head(visit))
                nav aria-label="Pages" { (links(visit, page)) }
            }
            main id="main" tabindex="-1" {
                (troubles(&visit.site.memory.known().hearing, zone, visit))
                h1 { (page.title) }
                @for part in &page.parts {
                    @match part {
                        Part::Markup(markup) => (markup),
                        Part::Sheet(sheet) => (shown(visit, sheet, ground)),
                    }
                }
            }
            footer {
                p.soft {
                    "Times in " (zone.to_string()) ", as of "
                    time datetime=(visit.now) { (times::clock(visit.now, zone)) }
                    "."
                }
                p.unseen id="news" role="status" aria-live="polite" {}
            }
        },
    )
}

/// The form that takes a token.
pub fn login(site: &Site, next: &str, told: Option<&str>) -> Markup {
    frame(
        site,
        "Log in · usher",
        &html! {
            main id="main" {
                h1 { "Log in to usher" }
                @if let Some(told) = told {
                    p.banner role="alert" id="told" { (told) }
                }
                form.login method="post" action=(format!("{}/login", site.base)) {
                    input type="hidden" name="next" value=(next);
                    p {
                        label for="token" { "Token" }
                        input id="token" name="token" type="password" autocomplete="current-password" required
                            aria-describedby=[told.map(|_| "told")];
                    }
                    p { button type="submit" { "Log in" } }
                }
                p.soft { "Whoever runs usher makes one by " code { "usher serve token NAME" } "." }
            }
        },
    )
}

fn frame(site: &Site, title: &str, body: &Markup) -> Markup {
    let asset = |name: &str| format!("{}/assets/{name}", site.base);
    html! {
        (DOCTYPE)
        html lang="en" data-base=(site.base) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href=(asset(&STYLE_NAME));
                script src=(asset(&SCRIPT_NAME)) defer {}
            }
            body { (body) }
        }
    }
}

fn head(visit: &Visit) -> Markup {
    let base = &visit.site.base;
    html! {
        p { a href=(visit.to("/", &[])) { strong { "usher" } } }
        @if visit.tenants().count() > 1 {
            p {
                span.soft { "Tenants: " }
                @for tenant in visit.tenants() {
                    a href=(visit.to_page(&tenant.name, Section::Overview, &[])) { (tenant.name) } " "
                }
            }
        }
        form method="post" action=(format!("{base}/logout")) {
            span.soft { (visit.login.name) " " }
            button type="submit" { "Log out" }
        }
        @if visit.login.role == Role::Unmask {
            p { (eyes(visit)) }
        }
        p id="refresh" {}
    }
}

/// The way to see names, and back; each look is logged.
fn eyes(visit: &Visit) -> Markup {
    let address = |query: String| {
        if query.is_empty() { visit.path.clone() } else { format!("{}?{query}", visit.path) }
    };
    match visit.eyes {
        Eyes::Masked => {
            let query = visit.query.with("unmask", None);
            let mark = if query.is_empty() { "" } else { "&" };
            html! { a href=(address(format!("{query}{mark}unmask"))) { "Show names (logged)" } }
        }
        Eyes::Open => html! { a href=(address(visit.query.with("unmask", None))) { "Hide names" } },
    }
}

fn links(visit: &Visit, page: &Page) -> Markup {
    let only = || {
        let mut tenants = visit.tenants();
        tenants.next().filter(|_| tenants.next().is_none()).map(|tenant| tenant.name.clone())
    };
    let tenant = page.tenant.clone().or_else(only);
    html! {
        ul {
            @if let Some(tenant) = &tenant {
                @for section in Section::ALL {
                    @let here = page.place == Place::Section(section);
                    li {
                        a href=(visit.to_page(tenant, section, &[])) aria-current=[here.then_some("page")] {
                            (section.title())
                        }
                    }
                }
            }
            li {
                a href=(visit.to("/about", &[])) aria-current=[(page.place == Place::About).then_some("page")] {
                    "About"
                }
            }
        }
    }
}

/// A table, with what else can be had of it.
fn shown(visit: &Visit, sheet: &Sheet, ground: Ground<'_>) -> Markup {
    let file = |ending: &str| {
        format!("{}?{}", visit.as_file(ending), visit.query.with("table", Some(&sheet.name)))
    };
    html! {
        (sheet.html(ground))
        p.soft {
            @if let Some(next) = &sheet.next {
                a rel="next" href=(format!("{}?{}", visit.path, visit.query.with("after", Some(next)))) {
                    "Further rows"
                }
                " · "
            }
            "As " a href=(file("csv")) { "CSV" } " or " a href=(file("json")) { "JSON" }
        }
    }
}

/// What is not heard of Kafka: the pages are as old as that.
fn troubles(hearing: &Hearing, zone: &Zone, visit: &Visit) -> Markup {
    let at = |at| times::time(at, zone, visit.now);
    html! {
        @if let Some(trouble) = &hearing.silent {
            p.banner role="status" {
                @match hearing.answered {
                    Some(_) => { "Kafka has not answered since " (at(trouble.since)) ". " },
                    None => { "Kafka has not answered yet. " },
                }
                "What is shown is as old as that. " (trouble.what)
            }
        }
        @for (topic, trouble) in &hearing.troubles {
            p.banner role="status" {
                "The topic of " (topic.word()) " cannot be read since " (at(trouble.since)) ": " (trouble.what)
            }
        }
        @if hearing.silent.is_none() && hearing.troubles.is_empty() && !hearing.is_caught_up() {
            p.banner.soft role="status" {
                "The topics are still being read, so not everything is shown yet: "
                @for topic in Topic::ALL {
                    @let progress = hearing.progress.get(&topic).copied().unwrap_or_default();
                    (topic.word()) " " (progress.records)
                    @if progress.is_caught_up { ", whole" } @else { " so far" }
                    "; "
                }
            }
        }
    }
}
