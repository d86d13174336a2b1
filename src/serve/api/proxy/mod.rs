//! One to one through to a target, for reading alone; off unless its target says otherwise.
//!
//! What comes is not masked, so only those pass who may see names and ask to.

mod gate;
mod parameters;

use super::Shape;
use super::caller::{Caller, Ground};
use super::refusal::Refusal;
use super::unified::expired;
use crate::config::Loaded;
use crate::model::code::Code;
use crate::model::ids::{ScimId, TargetName, TenantName};
use crate::scim::{NotPassed, Passed, Resource, Through};
use crate::tenants;
use axum::http::StatusCode;
use axum::response::Response;
use gate::Gate;
use parameters::Asked;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Instant;

/// Those that are on.
#[derive(Debug, Default)]
pub(crate) struct Proxies {
    by_target: BTreeMap<(TenantName, TargetName), Proxy>,
}

#[derive(Debug)]
struct Proxy {
    through: Through,
    gate: Gate,
}

/// From where on a list goes on, by SCIM's numbers of rows.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Cursor {
    start: u64,
    /// How many there were in all: another number, and rows may have shifted.
    total: Option<u64>,
}

impl Proxies {
    /// Reads the tokens of those that are on.
    pub(crate) fn load(loaded: &Loaded) -> Result<Self, tenants::Error> {
        let mut by_target = BTreeMap::new();
        for tenant in &loaded.settings.tenants {
            for target in &tenant.targets {
                let Some(settings) = &target.proxy else { continue };
                let provider = tenants::proxy_settings(loaded, tenant, target, settings)?;
                let through = Through::new(&provider)
                    .map_err(|source| tenants::refused(tenant, target, source))?;
                let gate = Gate::new(settings.calls_per_minute.get());
                let place = (TenantName::new(&tenant.name), TargetName::new(&target.name));
                by_target.insert(place, Proxy { through, gate });
            }
        }
        Ok(Self { by_target })
    }

    fn of(&self, ground: Ground<'_>) -> Option<&Proxy> {
        let place = (ground.tenant_name().clone(), ground.target_name().clone());
        self.by_target.get(&place)
    }

    pub(super) fn is_on(&self, ground: Ground<'_>) -> bool {
        self.of(ground).is_some()
    }
}

impl Proxy {
    /// One call, if there may be one.
    async fn pass(
        &self,
        resource: Resource,
        id: Option<&ScimId>,
        parameters: &[(&str, &str)],
    ) -> Result<Passed, Refusal> {
        // Nobody closes it.
        let _open = self.gate.open.acquire().await;
        self.gate.take(Instant::now()).map_err(|wait| {
            let told = "the target is not asked just now: it wants to be left alone, or this minute's calls are made";
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, Code::ProxyPaused, told).waiting(wait)
        })?;
        let ended = match id {
            None => self.through.list(resource, parameters).await,
            Some(id) => self.through.get(resource, id, parameters).await,
        };
        self.gate.learn(&ended, Instant::now());
        let passed = ended.map_err(no_answer)?;
        if (300..400).contains(&passed.status) {
            let told =
                "the target leads elsewhere, and nobody follows: the token would go there, too";
            return Err(Refusal::new(StatusCode::BAD_GATEWAY, Code::ProxyUnreachable, told));
        }
        Ok(passed)
    }
}

fn no_answer(why: NotPassed) -> Refusal {
    let status = match why {
        NotPassed::Id => return Refusal::not_found(&why.to_string()),
        NotPassed::Silent => StatusCode::GATEWAY_TIMEOUT,
        NotPassed::NoToken | NotPassed::Unreachable | NotPassed::Broken | NotPassed::TooLarge => {
            StatusCode::BAD_GATEWAY
        }
    };
    Refusal::new(status, Code::ProxyUnreachable, why.to_string())
}

/// The proxy of a target, for somebody who may look through it.
fn admitted<'a>(
    caller: &'a Caller,
    ground: Ground<'_>,
    word: &str,
) -> Result<(&'a Proxy, Resource), Refusal> {
    let resource = match word {
        "Users" => Resource::Users,
        "Groups" => Resource::Groups,
        _ => {
            let told = "the proxy leads to Users and Groups, written so, and nowhere else";
            let told = Refusal::new(StatusCode::NOT_FOUND, Code::ApiNotOffered, told);
            return Err(caller.refuse(told));
        }
    };
    let proxy = caller.site.proxies.of(ground).ok_or_else(|| {
        let told =
            "this target has no proxy; `proxy` at the target in the configuration switches it on";
        caller.refuse(Refusal::new(StatusCode::NOT_FOUND, Code::ProxyOff, told))
    })?;
    if !caller.is_open() {
        let told = "what comes from the target shows names and values; ask for `unmask` with a login that may \
                    see them";
        let told = Refusal::new(StatusCode::FORBIDDEN, Code::ApiForbidden, told);
        return Err(caller.refuse(told));
    }
    Ok((proxy, resource))
}

/// A list.
pub(super) async fn list(
    caller: &Caller,
    ground: Ground<'_>,
    word: &str,
) -> Result<Response, Refusal> {
    let (proxy, resource) = admitted(caller, ground, word)?;
    let asked = Asked::read(&caller.parameters).map_err(|wrong| caller.refuse(wrong))?;
    let what = format!("proxy|{}|{word}|{:?}", ground.name(), asked.passed);
    let cursor = match &asked.cursor {
        None => None,
        Some(text) => {
            let opened = caller.site.seal.open::<Cursor>(&what, text, caller.now);
            Some(opened.ok_or_else(|| caller.refuse(expired()))?)
        }
    };
    let start = cursor.map(|cursor| cursor.start.to_string());
    let parameters = asked.parameters(start.as_deref());
    let passed = proxy.pass(resource, None, &parameters).await;
    let passed = passed.map_err(|refusal| caller.refuse(refusal))?;
    let body: Option<Value> = serde_json::from_slice(&passed.body).ok();
    let resources = body.as_ref().and_then(|body| body.get("Resources")).and_then(Value::as_array);
    let ids = resources.into_iter().flatten().filter_map(|it| it.get("id")?.as_str());
    caller.sees(ground, ids);
    if asked.is_raw || caller.wants_scim {
        return Ok(verbatim(caller, passed));
    }
    let body = answered(caller, &passed, body)?;
    let seal = |cursor: Cursor| caller.site.seal.close(&what, &cursor, caller.now);
    let page = Page::of(&body, cursor);
    let next = page.next.and_then(seal);
    let previous = page.previous.and_then(seal);
    Ok(caller.answer(&json!({
        "result": page.resources,
        "next_cursor": next,
        "prev_cursor": previous,
        "result_count": page.resources.len(),
        "is_partial_response": page.has_shifted,
    })))
}

/// One of them.
pub(super) async fn get(
    caller: &Caller,
    ground: Ground<'_>,
    word: &str,
    id: &str,
    shape: Shape,
) -> Result<Response, Refusal> {
    let (proxy, resource) = admitted(caller, ground, word)?;
    let asked = Asked::read(&caller.parameters).map_err(|wrong| caller.refuse(wrong))?;
    let id = ScimId::new(id);
    let passed = proxy.pass(resource, Some(&id), &asked.parameters(None)).await;
    let passed = passed.map_err(|refusal| caller.refuse(refusal))?;
    caller.sees(ground, [id.as_str()]);
    if asked.is_raw || caller.wants_scim {
        return Ok(verbatim(caller, passed));
    }
    let body = serde_json::from_slice(&passed.body).ok();
    let body = answered(caller, &passed, body)?;
    Ok(match shape {
        Shape::Trutos => caller.answer(&body),
        Shape::Own => caller.answer(&json!({
            "result": body,
            "next_cursor": null,
            "prev_cursor": null,
            "result_count": 1,
            "is_partial_response": false,
        })),
    })
}

/// The target's own words and status.
fn verbatim(caller: &Caller, passed: Passed) -> Response {
    let mut response = caller.answer_as("application/scim+json", passed.body);
    *response.status_mut() = StatusCode::from_u16(passed.status).unwrap_or(StatusCode::BAD_GATEWAY);
    response
}

/// What the target gave, or what it said instead.
fn answered(caller: &Caller, passed: &Passed, body: Option<Value>) -> Result<Value, Refusal> {
    let status = StatusCode::from_u16(passed.status).unwrap_or(StatusCode::BAD_GATEWAY);
    if status.is_success() {
        return body.ok_or_else(|| caller.refuse(no_answer(NotPassed::Broken)));
    }
    let raw = body.unwrap_or_else(|| json!(String::from_utf8_lossy(&passed.body)));
    let told =
        Refusal::new(status, Code::ProxyRemote, "the target refused; `raw_response` is its answer")
            .with("truto_is_remote_error", json!(true))
            .with("raw_response", raw);
    let told = match passed.wait {
        Some(wait) => told.waiting(wait),
        None => told,
    };
    Err(caller.refuse(told))
}

/// A SCIM list (RFC 7644 §3.4.2), as a page.
struct Page {
    resources: Vec<Value>,
    next: Option<Cursor>,
    previous: Option<Cursor>,
    has_shifted: bool,
}

impl Page {
    fn of(body: &Value, from: Option<Cursor>) -> Self {
        let number = |name: &str| body.get(name).and_then(Value::as_u64);
        let resources =
            body.get("Resources").and_then(Value::as_array).cloned().unwrap_or_default();
        let count = u64::try_from(resources.len()).unwrap_or(0);
        let total = number("totalResults");
        let start = number("startIndex").or(from.map(|from| from.start)).unwrap_or(1).max(1);
        let after = start + count;
        let goes_on = count > 0 && total.is_some_and(|total| after <= total);
        let previous = (count > 0 && start > 1).then(|| start.saturating_sub(count).max(1));
        let has_shifted = from.is_some_and(|from| from.total != total);
        let cursor = |start| Cursor { start, total };
        Self {
            resources,
            next: goes_on.then(|| cursor(after)),
            previous: previous.map(cursor),
            has_shifted,
        }
    }
}
