//! The form that takes a token, and the way out.

use super::visit::{html, redirect};
use crate::observe::metrics::LoginEnd;
use crate::serve::Site;
use crate::serve::login::NotIn;
use crate::serve::pages::layout;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;

/// How long a wrong token waits for its answer.
const PAUSE: Duration = Duration::from_secs(1);

/// What a form may take; a token and an address are less.
const BODY_BYTES_MAX: usize = 4 * 1024;

pub(super) async fn form(State(site): State<Arc<Site>>, request: Request) -> Response {
    let query = super::Query::parse(request.uri().query().unwrap_or_default());
    let next = next_of(query.get("next"));
    html(StatusCode::OK, layout::login(&site, next, None).into_string())
}

pub(super) async fn enter(State(site): State<Arc<Site>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if is_from_elsewhere(&head.headers) {
        return again(&site, "/", StatusCode::FORBIDDEN, "The form was sent by another site.");
    }
    let Some(form) = form_of(body).await else {
        return again(&site, "/", StatusCode::PAYLOAD_TOO_LARGE, "That is no token.");
    };
    let next = next_of(form.get("next"));
    let now = site.clock.now();
    match site.logins.enter(form.get("token").unwrap_or_default(), now) {
        Ok((word, login)) => {
            site.metrics.login(LoginEnd::In);
            tracing::info!(login = login.name, "somebody logged in");
            let mut response = redirect(&format!("{}{next}", site.base));
            let cookie = site.cookies.set(&word, site.session.as_secs());
            set_cookie(&mut response, &cookie);
            response
        }
        Err(NotIn::Unusable) => {
            site.metrics.login(LoginEnd::Unusable);
            let told = "The file of tokens cannot be used just now; the log of usher says why.";
            again(&site, next, StatusCode::SERVICE_UNAVAILABLE, told)
        }
        Err(NotIn::Wrong | NotIn::TooMany) => wrong(&site, next).await,
    }
}

/// A wrong token waits, and only so many at once; a right one never does.
async fn wrong(site: &Site, next: &str) -> Response {
    let Some(one) = site.logins.wrong_one() else {
        site.metrics.login(LoginEnd::TooMany);
        let told = "Too many wrong tokens just now; try again in a moment.";
        return again(site, next, StatusCode::TOO_MANY_REQUESTS, told);
    };
    site.metrics.login(LoginEnd::Wrong);
    tracing::warn!("somebody typed a token that is unknown or over");
    tokio::select! {
        () = tokio::time::sleep(PAUSE) => {}
        () = site.shutdown.begun() => {}
    }
    drop(one);
    again(site, next, StatusCode::UNAUTHORIZED, "This token is not known, or it has ended.")
}

pub(super) async fn leave(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    for word in cookies.filter_map(|header| site.cookies.word(header)) {
        site.logins.leave(word);
    }
    let mut response = redirect(&format!("{}/login", site.base));
    set_cookie(&mut response, &site.cookies.forget());
    response
}

fn again(site: &Site, next: &str, status: StatusCode, told: &str) -> Response {
    html(status, layout::login(site, next, Some(told)).into_string())
}

fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

/// Browsers say where a form was sent from; programs say nothing.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|it| it.to_str().ok());
    site.is_some_and(|site| !matches!(site, "same-origin" | "none"))
}

async fn form_of(body: Body) -> Option<super::Query> {
    let bytes = to_bytes(body, BODY_BYTES_MAX).await.ok()?;
    Some(super::Query::parse(std::str::from_utf8(&bytes).ok()?))
}

/// Where to after the login: a path of ours, and nothing that a browser takes for another host.
fn next_of(asked: Option<&str>) -> &str {
    let is_ours = |path: &&str| {
        let plain = |sign: char| sign.is_ascii_graphic() && sign != '\\';
        path.starts_with('/') && !path.starts_with("//") && path.chars().all(plain)
    };
    asked.filter(is_ours).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::next_of;

    #[test]
    fn a_login_leads_to_a_page_of_ours_alone() {
        for away in ["//evil.example", "https://evil.example", "/\\evil.example", "", "x", "/a b"] {
            assert_eq!(next_of(Some(away)), "/", "{away}");
        }
        assert_eq!(next_of(Some("/t/acme/people/p-1")), "/t/acme/people/p-1");
        assert_eq!(next_of(None), "/");
    }
}
