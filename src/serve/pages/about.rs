//! What runs here, and what codes mean.

use super::{Page, Part, Place};
use crate::model::code::Code;
use crate::serve::memory::Topic;
use crate::serve::web::Visit;
use maud::html;

/// Set when a release is built.
const REVISION: Option<&str> = option_env!("USHER_REVISION");

/// About this process.
pub fn page(visit: &Visit) -> Page {
    let known = visit.site.memory.known();
    let zone = &visit.site.deployment.zone;
    let ground =
        super::sheet::Ground { zone, now: visit.now, eyes: visit.eyes, base: &visit.site.base };
    let at = |at| super::sheet::Cell::at(at).html(ground);
    let parts = html! {
        dl.pairs {
            dt { "usher" } dd { (env!("CARGO_PKG_VERSION")) " " code { (REVISION.unwrap_or("a build without a revision")) } }
            dt { "Kafka answered last" } dd { (at(known.hearing.answered)) }
            @let whole = Topic::ALL.iter().filter(|topic| known.hearing.is_whole(**topic)).count();
            dt { "Topics" }
            dd { "Topics read to their ends: " (whole) " of " (Topic::ALL.len()) }
            @for topic in Topic::ALL {
                @let progress = known.hearing.progress.get(&topic).copied().unwrap_or_default();
                dt { "Topic of " (topic.word()) }
                dd {
                    (progress.records) " records were read"
                    @if progress.is_caught_up { ", to its end" } @else { ", not to its end yet" }
                }
            }
            dt { "Audit" } dd { "read from " (at(visit.now.checked_sub(visit.site.audit_back).ok())) " on" }
            dt { "You" }
            dd {
                (visit.login.name) ", until " (at(Some(visit.login.until)))
                @match &visit.login.tenants {
                    None => ", for all tenants",
                    Some(tenants) => { ", for " @for tenant in tenants { (tenant) " " } },
                }
            }
        }
        h2 { "Rules" }
        ul {
            @for tenant in visit.tenants() {
                li { (tenant.name) ": " (tenant.scope.rules.claims().count()) " claims; "
                    "this process read the rules when it started, the workers when they did" }
            }
        }
        h2 { "What these pages do" }
        p {
            "They show what usher has committed to Kafka. They write nothing, call no target and hold no token "
            "of one. Names stay in Kafka; what is kept here are ids and digests."
        }
    };
    Page {
        title: "About".to_owned(),
        place: Place::About,
        tenant: None,
        parts: vec![Part::Markup(parts)],
    }
}

/// What a code means; `None`: there is no such code.
pub fn code(_visit: &Visit, code: &str) -> Option<Page> {
    let code = Code::parse(code)?;
    let parts = vec![Part::Markup(html! { pre { (code.page()) } })];
    Some(Page { title: code.as_str().to_owned(), place: Place::Elsewhere, tenant: None, parts })
}
