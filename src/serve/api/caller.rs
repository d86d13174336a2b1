//! One request of a program: whose it is, what they may see, and how it is answered.

use super::allowance::Left;
use super::query::{self, Parameter};
use super::refusal::Refusal;
use crate::model::code::Code;
use crate::model::ids::{TargetName, TenantName};
use crate::observe::metrics::LoginEnd;
use crate::serve::Site;
use crate::serve::deployment::{Target, Tenant};
use crate::serve::login::tokens::{Login, Role};
use crate::serve::web::Eyes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a wrong token waits for its answer.
const PAUSE: Duration = Duration::from_secs(1);

/// Ids in one line of the log.
const IDS_IN_LINE: usize = 50;

/// A request of somebody who is known.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) site: Arc<Site>,
    pub(super) login: Login,
    pub(super) eyes: Eyes,
    pub(super) parameters: Vec<Parameter>,
    /// What the answer should be, by `Accept`.
    pub(super) wants_scim: bool,
    pub(super) now: Timestamp,
    left: Left,
    began: Instant,
}

/// Whose accounts are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) target: &'a Target,
}

impl Ground<'_> {
    pub(super) fn tenant_name(&self) -> &TenantName {
        &self.tenant.name
    }

    pub(super) fn target_name(&self) -> &TargetName {
        &self.target.place.target
    }

    /// As programs name it: `acme/netskope`.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.tenant_name(), self.target_name())
    }
}

impl FromRequestParts<Arc<Site>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        site: &Arc<Site>,
    ) -> Result<Self, Self::Rejection> {
        let below = |refusal: Refusal| refusal.below(&site.base);
        let now = site.clock.now();
        let began = Instant::now();
        let Some(token) = token(&parts.headers) else {
            return Err(below(Refusal::unauthorized()));
        };
        let Some(login) = site.logins.bearer(token, now) else {
            return Err(below(stranger(site).await));
        };
        let left = site.requests.take(&login.name, began);
        let headed = |refusal: Refusal| below(told(refusal, left));
        if left.remaining.is_none() {
            let why = "this login has made its requests of this minute";
            return Err(headed(Refusal::too_many(why, left.reset)));
        }
        let asked = parts.uri.query().unwrap_or_default();
        let parameters = query::parameters(asked).map_err(|wrong| headed(wrong.into()))?;
        let sees = query::asks_to_see(&parameters).map_err(|wrong| headed(wrong.into()))?;
        if sees && login.role != Role::Unmask {
            let why = "your login does not show names and values; look without `unmask`";
            return Err(headed(Refusal::new(StatusCode::FORBIDDEN, Code::ApiForbidden, why)));
        }
        let accepted = parts.headers.get(header::ACCEPT).and_then(|it| it.to_str().ok());
        let wants_scim = accepted.is_some_and(|it| it.starts_with("application/scim+json"));
        let eyes = if sees { Eyes::Open } else { Eyes::Masked };
        let site = Arc::clone(site);
        Ok(Self { site, login, eyes, parameters, wants_scim, now, left, began })
    }
}

/// A program's token. A browser's cookie counts nothing here.
fn token(headers: &HeaderMap) -> Option<&str> {
    let mut said = headers.get_all(header::AUTHORIZATION).iter().filter_map(|it| it.to_str().ok());
    said.find_map(|it| it.strip_prefix("Bearer "))
}

/// A wrong token waits, and only so many at once.
async fn stranger(site: &Site) -> Refusal {
    let Some(one) = site.logins.wrong_one() else {
        site.metrics.login(LoginEnd::TooMany);
        return Refusal::too_many("too many wrong tokens just now", PAUSE);
    };
    site.metrics.login(LoginEnd::Wrong);
    tracing::warn!("a program sent a token that is unknown or over");
    tokio::select! {
        () = tokio::time::sleep(PAUSE) => {}
        () = site.shutdown.begun() => {}
    }
    drop(one);
    Refusal::unauthorized()
}

fn told(refusal: Refusal, left: Left) -> Refusal {
    left.headers().into_iter().fold(refusal, |refusal, (name, value)| {
        refusal.with_header(HeaderName::from_static(name), &value)
    })
}

impl Left {
    fn headers(self) -> [(&'static str, String); 3] {
        [
            ("ratelimit-limit", self.most.to_string()),
            ("ratelimit-remaining", self.remaining.unwrap_or(0).to_string()),
            ("ratelimit-reset", self.reset.as_secs().to_string()),
        ]
    }
}

impl Caller {
    /// The target of that name, if the login may see its tenant.
    pub(super) fn ground(&self, tenant: &str, target: &str) -> Result<Ground<'_>, Refusal> {
        let found = self.site.deployment.tenant(tenant).filter(|it| self.login.sees(&it.name));
        let named = |it: &&Target| it.place.target.as_str() == target;
        let found = found
            .and_then(|tenant| Some(Ground { tenant, target: tenant.targets.iter().find(named)? }));
        found.ok_or_else(|| {
            self.refuse(Refusal::not_found("there is no such tenant or target for this login"))
        })
    }

    /// The same by Truto's parameter: `integrated_account_id=acme/netskope`.
    pub(super) fn ground_by_account(&self) -> Result<Ground<'_>, Refusal> {
        let mut named = self.parameters.iter().filter(|it| it.name == "integrated_account_id");
        let told = "say whose accounts by `integrated_account_id=TENANT/TARGET`";
        let wrong = || Refusal::new(StatusCode::BAD_REQUEST, Code::ApiParameter, told);
        let account = named.next().ok_or_else(|| self.refuse(wrong()))?;
        let (tenant, target) = account.value.split_once('/').ok_or_else(|| self.refuse(wrong()))?;
        self.ground(tenant, target)
    }

    /// Every target that the login may see.
    pub(super) fn grounds(&self) -> impl Iterator<Item = Ground<'_>> {
        let tenants = self.site.deployment.tenants.iter();
        let tenants = tenants.filter(|tenant| self.login.sees(&tenant.name));
        tenants
            .flat_map(|tenant| tenant.targets.iter().map(move |target| Ground { tenant, target }))
    }

    /// A refusal with what every answer has.
    pub(super) fn refuse(&self, refusal: impl Into<Refusal>) -> Refusal {
        told(refusal.into(), self.left).below(&self.site.base)
    }

    /// An answer.
    pub(super) fn answer(&self, value: &Value) -> Response {
        self.answer_as("application/json", format!("{value}\n").into_bytes())
    }

    /// An answer of other bytes.
    pub(super) fn answer_as(&self, kind: &'static str, body: Vec<u8>) -> Response {
        let mut response = ([(header::CONTENT_TYPE, kind)], body).into_response();
        for (name, value) in self.left.headers() {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        self.site.metrics.page(self.began.elapsed());
        response
    }

    /// Somebody sees who these accounts belong to: noted by the ids of the accounts.
    pub(super) fn sees<'a>(&self, ground: Ground<'_>, ids: impl IntoIterator<Item = &'a str>) {
        if self.eyes == Eyes::Masked {
            return;
        }
        self.site.metrics.unmasked();
        let (login, tenant, target) =
            (&self.login.name, ground.tenant_name(), ground.target_name());
        let ids: Vec<&str> = ids.into_iter().collect();
        for some in ids.chunks(IDS_IN_LINE) {
            let accounts = some.join(" ");
            tracing::warn!(login, %tenant, %target, accounts, "names and values of accounts are shown");
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.eyes == Eyes::Open
    }
}
