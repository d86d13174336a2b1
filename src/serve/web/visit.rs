//! One request of somebody who is logged in: who, what for, with which eyes, and how to answer.

use super::error::{self, Refused};
use crate::model::ids::{ScimId, TenantName};
use crate::serve::Site;
use crate::serve::deployment::Tenant;
use crate::serve::login::tokens::{Login, Role};
use crate::serve::pages::{Page, Section, layout};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Instant;

/// Whether names and values are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eyes {
    Masked,
    Open,
}

/// What the answer is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Html,
    Csv,
    Json,
}

/// What stands behind the question mark, in its order.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn parse(text: &str) -> Self {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The value of a name; what is empty is not said.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(it, _)| it == name).map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }

    /// Whether the name is there at all.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(it, _)| it == name)
    }

    /// The same with another value for a name, as it is written in an address; `None`: without it.
    pub fn with(&self, name: &str, value: Option<&str>) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        let others =
            self.0.iter().filter(|(it, value)| it != name && it != "unmask" && !value.is_empty());
        out.extend_pairs(others);
        if let Some(value) = value {
            out.append_pair(name, value);
        }
        if name != "unmask" && self.has("unmask") {
            out.append_key_only("unmask");
        }
        out.finish()
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct Visit {
    pub site: Arc<Site>,
    pub login: Login,
    pub query: Query,
    /// The path as it was asked for, with that of the base.
    pub path: String,
    pub eyes: Eyes,
    pub format: Format,
    pub now: Timestamp,
    began: Instant,
}

impl FromRequestParts<Arc<Site>> for Visit {
    type Rejection = Refused;

    async fn from_request_parts(
        parts: &mut Parts,
        site: &Arc<Site>,
    ) -> Result<Self, Self::Rejection> {
        let now = site.clock.now();
        let path = parts.uri.path().to_owned();
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        let format = format_of(&parts.headers);
        let Some(login) = who(site, &parts.headers, now) else {
            return Err(Refused::login(site, &path, format));
        };
        let eyes = if query.has("unmask") { Eyes::Open } else { Eyes::Masked };
        let began = Instant::now();
        let visit = Self { site: Arc::clone(site), login, query, path, eyes, format, now, began };
        if eyes == Eyes::Open && visit.login.role != Role::Unmask {
            return Err(error::refused(
                &visit,
                StatusCode::FORBIDDEN,
                "Your login does not show names and values",
                "Ask whoever keeps the file of tokens for the role `unmask`, or look without `unmask`.",
            ));
        }
        if eyes == Eyes::Open {
            visit.site.metrics.unmasked();
            let path = &visit.path;
            let login = &visit.login.name;
            tracing::warn!(login, path, "somebody looks at names and values");
        }
        Ok(visit)
    }
}

/// Whose request it is: by the cookie of a browser, or by the token of a program.
fn who(site: &Site, headers: &HeaderMap, now: Timestamp) -> Option<Login> {
    let text = |name| headers.get_all(name).iter().filter_map(|it: &HeaderValue| it.to_str().ok());
    let bearer = text(header::AUTHORIZATION).find_map(|it| it.strip_prefix("Bearer "));
    if let Some(token) = bearer {
        return site.logins.bearer(token, now);
    }
    let word = text(header::COOKIE).find_map(|header| site.cookies.word(header))?;
    site.logins.who(word, now)
}

fn format_of(headers: &HeaderMap) -> Format {
    let accepted = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let first = accepted.split([',', ';']).next().unwrap_or_default().trim();
    match first {
        "text/csv" => Format::Csv,
        "application/json" => Format::Json,
        _ => Format::Html,
    }
}

impl Visit {
    /// The tenant of that name. One that the login does not see is not there.
    pub fn tenant(&self, name: &str) -> Result<&Tenant, Refused> {
        let tenant = self.site.deployment.tenant(name);
        tenant.filter(|it| self.login.sees(&it.name)).ok_or_else(|| self.not_found())
    }

    /// Those that the login sees.
    pub fn tenants(&self) -> impl Iterator<Item = &Tenant> {
        self.site.deployment.tenants.iter().filter(|tenant| self.login.sees(&tenant.name))
    }

    /// A name and its ending: `people.csv` asks for CSV.
    pub fn as_asked_by(&self, name: &str) -> (String, Self) {
        let (bare, format) = match name.rsplit_once('.') {
            Some((bare, "csv")) => (bare, Format::Csv),
            Some((bare, "json")) => (bare, Format::Json),
            Some(_) | None => (name, self.format),
        };
        (bare.to_owned(), Self { format, ..self.clone() })
    }

    /// An address of ours, with what is asked besides; whoever sees names goes on to see them.
    pub fn to(&self, path: &str, asked: &[(&str, &str)]) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        out.extend_pairs(asked.iter().filter(|(_, value)| !value.is_empty()));
        if self.eyes == Eyes::Open {
            out.append_key_only("unmask");
        }
        let query = out.finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{path}{mark}{query}", self.site.base)
    }

    /// The address of a page of a tenant.
    pub fn to_page(&self, tenant: &TenantName, section: Section, asked: &[(&str, &str)]) -> String {
        self.to(&format!("/t/{}/{}", segment(tenant.as_str()), section.word()), asked)
    }

    /// The address of a person's page.
    pub fn to_person(&self, tenant: &TenantName, id: &str) -> String {
        self.to(&format!("/t/{}/people/{}", segment(tenant.as_str()), segment(id)), &[])
    }

    /// Where the same can be had in another form: `people` as `people.csv`.
    pub fn as_file(&self, ending: &str) -> String {
        let path = self.path.strip_prefix(&self.site.base).unwrap_or(&self.path);
        let path = path.trim_end_matches('/');
        let is_of_a_tenant = path.strip_prefix("/t/").is_some_and(|rest| rest.contains('/'));
        let path = match path {
            "" => "/overview".to_owned(),
            _ if is_of_a_tenant => path.to_owned(),
            _ => format!("{path}/overview"),
        };
        format!("{}{path}.{ending}", self.site.base)
    }

    /// Whether names and values are shown.
    pub fn is_open(&self) -> bool {
        self.eyes == Eyes::Open
    }

    /// Somebody sees who these are: noted by their ids, however little is logged besides.
    pub fn sees<'a>(&self, tenant: &TenantName, people: impl IntoIterator<Item = &'a str>) {
        if self.eyes == Eyes::Masked {
            return;
        }
        for person in people {
            let login = &self.login.name;
            tracing::warn!(login, %tenant, person, "names and values of a person are shown");
        }
    }

    /// Somebody sees what accounts of targets are called: noted by their ids, too.
    pub fn sees_accounts<'a>(
        &self,
        tenant: &TenantName,
        accounts: impl IntoIterator<Item = &'a ScimId>,
    ) {
        if self.eyes == Eyes::Masked {
            return;
        }
        for account in accounts {
            let login = &self.login.name;
            tracing::warn!(login, %tenant, %account, "names and values of an account are shown");
        }
    }

    /// There is no such page, for this login.
    pub fn not_found(&self) -> Refused {
        error::refused(
            self,
            StatusCode::NOT_FOUND,
            "There is nothing here",
            "The address is mistyped, or what it was about is gone.",
        )
    }

    /// The page in the form that was asked for.
    pub fn answer(&self, page: &Page) -> Result<Response, Refused> {
        let response = match self.format {
            Format::Html => html(StatusCode::OK, layout::page(self, page).into_string()),
            Format::Csv => {
                let sheet = page.sheet(self.query.get("table")).ok_or_else(|| self.not_found())?;
                let text = sheet.csv(self.eyes).map_err(|_memory_takes_it| self.not_found())?;
                let is_plain = |sign: &char| sign.is_ascii_alphanumeric() || "-_".contains(*sign);
                let name: String = sheet.name.chars().filter(is_plain).collect();
                let file = format!("attachment; filename=\"{name}.csv\"");
                let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned());
                ([kind, (header::CONTENT_DISPOSITION, file)], text).into_response()
            }
            Format::Json => {
                let sheet = page.sheet(self.query.get("table")).ok_or_else(|| self.not_found())?;
                json(&sheet.json(self.eyes, self.now))
            }
        };
        self.site.metrics.page(self.began.elapsed());
        Ok(response)
    }
}

/// A document of JSON.
pub fn json(value: &serde_json::Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], format!("{value:#}\n")).into_response()
}

/// A page as it is.
pub(super) fn html(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
}

/// Somewhere else, by GET.
pub fn redirect(to: &str) -> Response {
    let to = if to.is_empty() { "/" } else { to };
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// A part of a path.
pub fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%2D", "-")
        .replace("%2E", ".")
        .replace("%5F", "_")
}
