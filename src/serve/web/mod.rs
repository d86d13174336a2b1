//! Who comes, with what, and which page answers.
//!
//! `/` and `/about` are of all tenants that somebody may see, `/t/TENANT/PAGE` of one; `.csv` or `.json`
//! behind a page gives its table. What programs read is `api`'s.

mod assets;
mod error;
mod live;
mod security;
mod signing_in;
mod visit;

use super::Site;
use super::{api, pages};
pub use assets::{SCRIPT_NAME, STYLE_NAME};
use axum::Router;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
pub use error::Refused;
use std::sync::Arc;
use tokio::net::TcpListener;
pub use visit::{Eyes, Format, Query, Visit, json, redirect as moved_to, segment};

/// Serves until the shutdown.
pub(super) fn serve(site: &Arc<Site>, listener: TcpListener) {
    let router = router(site);
    let shutdown = site.shutdown.clone();
    site.shutdown.spawn_essential("pages", async move {
        let ends = shutdown.clone();
        axum::serve(listener, router)
            .with_graceful_shutdown(async move { ends.begun().await })
            .await
    });
}

/// All addresses.
pub(super) fn router(site: &Arc<Site>) -> Router {
    let at = |path: &str| format!("{}{path}", site.base);
    let mut router = Router::new()
        .route(&at("/"), get(overview))
        .route(&at("/overview.csv"), get(overview_as_csv))
        .route(&at("/overview.json"), get(overview_as_json))
        .route(&at("/about"), get(about))
        .route(&at("/codes/{code}"), get(code))
        .route(&at("/t/{tenant}"), get(of_tenant))
        .route(&at("/t/{tenant}/{page}"), get(page))
        .route(&at("/t/{tenant}/people/{person}"), get(person))
        .route(&at("/t/{tenant}/groups/{target}/{group}"), get(group))
        .route(&at("/t/{tenant}/accounts/{target}/{account}"), get(account))
        .route(&at("/login"), get(signing_in::form).post(signing_in::enter))
        .route(&at("/logout"), post(signing_in::leave))
        .route(&at("/events"), get(live::listen))
        .route(&at("/assets/{file}"), get(assets::serve));
    if !site.base.is_empty() {
        router = router.route(&site.base, get(moved));
    }
    let router =
        router.merge(api::routes(&site.base)).fallback(nowhere).with_state(Arc::clone(site));
    router.layer(axum::middleware::from_fn(security::dress))
}

async fn moved(State(site): State<Arc<Site>>) -> Response {
    visit::redirect(&format!("{}/", site.base))
}

async fn overview(visit: Visit) -> Result<Response, Refused> {
    let page = pages::overview::of_all(&visit);
    visit.answer(&page)
}

async fn overview_as_csv(visit: Visit) -> Result<Response, Refused> {
    overview(visit.as_asked_by("overview.csv").1).await
}

async fn overview_as_json(visit: Visit) -> Result<Response, Refused> {
    overview(visit.as_asked_by("overview.json").1).await
}

async fn about(visit: Visit) -> Result<Response, Refused> {
    let page = pages::about::page(&visit);
    visit.answer(&page)
}

async fn code(visit: Visit, Path(code): Path<String>) -> Result<Response, Refused> {
    let page = pages::about::code(&visit, &code).ok_or_else(|| visit.not_found())?;
    visit.answer(&page)
}

async fn of_tenant(visit: Visit, Path(tenant): Path<String>) -> Result<Response, Refused> {
    let tenant = visit.tenant(&tenant)?;
    visit.answer(&pages::overview::of_tenant(&visit, tenant))
}

async fn page(
    visit: Visit,
    Path((tenant, page)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let tenant = visit.tenant(&tenant)?;
    let (name, visit) = visit.as_asked_by(&page);
    let section = pages::Section::parse(&name).ok_or_else(|| visit.not_found())?;
    let page = pages::of_tenant(&visit, tenant, section).await?;
    visit.answer(&page)
}

async fn person(
    visit: Visit,
    Path((tenant, person)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let tenant = visit.tenant(&tenant)?;
    let (id, visit) = visit.as_asked_by(&person);
    pages::person::answer(&visit, tenant, &id).await
}

async fn group(
    visit: Visit,
    Path((tenant, target, group)): Path<(String, String, String)>,
) -> Result<Response, Refused> {
    let tenant = visit.tenant(&tenant)?;
    let (group, visit) = visit.as_asked_by(&group);
    let page = pages::groups::members(&visit, tenant, &target, &group).await?;
    visit.answer(&page)
}

async fn account(
    visit: Visit,
    Path((tenant, target, account)): Path<(String, String, String)>,
) -> Result<Response, Refused> {
    let tenant = visit.tenant(&tenant)?;
    let (account, visit) = visit.as_asked_by(&account);
    let page = pages::accounts::account(&visit, tenant, &target, &account)?;
    visit.answer(&page)
}

async fn nowhere(State(site): State<Arc<Site>>, request: Request) -> Response {
    let (mut parts, _body) = request.into_parts();
    if api::is_of_programs(&site, parts.uri.path()) {
        return api::nowhere(&mut parts, &site).await;
    }
    match Visit::from_request_parts(&mut parts, &site).await {
        Ok(visit) => visit.not_found().into_response(),
        Err(refused) => refused.into_response(),
    }
}
