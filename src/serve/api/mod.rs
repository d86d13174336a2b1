//! What programs read: users and groups of targets, in the shape of Truto's unified API.
//!
//! It lies below `/v1/TENANT/TARGET`, and under Truto's own paths with `integrated_account_id`, so that the
//! programs made for Truto need another address and nothing else. Nothing is written here.

mod allowance;
mod caller;
mod capabilities;
mod cursor;
mod document;
mod field;
mod filter;
mod lens;
mod objects;
mod owners;
mod page;
mod proxy;
mod query;
mod refusal;
mod sieve;
#[cfg(test)]
mod tests;
mod unified;

pub(super) use allowance::Allowance;
pub(super) use cursor::Seal;
#[cfg(test)]
pub(super) use document::DOCUMENT;
pub(super) use proxy::Proxies;

use super::Site;
use crate::model::code::Code;
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts as _, Path};
use axum::http::{StatusCode, request};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use caller::Caller;
use refusal::Refusal;
use std::sync::Arc;

/// What there is of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resource {
    Users,
    Groups,
}

/// Whose paths were used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// `/v1/…`: everything stands in the envelope.
    Own,
    /// One object stands alone.
    Trutos,
}

impl Resource {
    const ALL: [Self; 2] = [Self::Users, Self::Groups];

    fn word(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Groups => "groups",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resource| resource.word() == word)
    }
}

/// A path's parts, if they can be read.
type Parts = Result<Path<Vec<String>>, PathRejection>;

/// An address, and what answers there.
type Route = (&'static str, MethodRouter<Arc<Site>>);

/// All addresses, below that of the pages.
fn all() -> [Route; 13] {
    [
        ("/v1/openapi.json", get(document::serve)),
        ("/v1/{tenant}/{target}/unified/user-directory/{resource}", get(own_list)),
        ("/v1/{tenant}/{target}/unified/user-directory/{resource}/{id}", get(own_get)),
        ("/v1/{tenant}/{target}/proxy/{resource}", get(own_proxy_list)),
        ("/v1/{tenant}/{target}/proxy/{resource}/{id}", get(own_proxy_get)),
        ("/v1/{tenant}/{target}/capabilities", get(own_capabilities)),
        ("/unified/user-directory/{resource}", get(trutos_list)),
        ("/unified/user-directory/{resource}/{id}", get(trutos_get)),
        ("/proxy/{resource}", get(trutos_proxy_list)),
        ("/proxy/{resource}/{id}", get(trutos_proxy_get)),
        ("/integrated-account", get(accounts)),
        ("/integrated-account/{account}/capabilities", get(of_account)),
        ("/integrated-account/{tenant}/{target}/capabilities", get(of_tenants_account)),
    ]
}

/// The addresses alone.
#[cfg(test)]
pub(super) fn addresses() -> impl Iterator<Item = &'static str> {
    all().into_iter().map(|(path, _)| path)
}

/// What lists are filtered by.
#[cfg(test)]
pub(super) fn filters() -> [(&'static str, impl Iterator<Item = &'static str>); 2] {
    let words = |resource| field::Field::all(resource).iter().map(|(word, _)| *word);
    Resource::ALL.map(|resource| (resource.word(), words(resource)))
}

/// What answers at them.
pub(super) fn routes(base: &str) -> Router<Arc<Site>> {
    let mut router = Router::new();
    for (path, route) in all() {
        router = router.route(&format!("{base}{path}"), route.fallback(read_only));
    }
    router
}

/// As many parts as a path has.
fn parts<const COUNT: usize>(caller: &Caller, parts: Parts) -> Result<[String; COUNT], Refusal> {
    let parts: Option<[String; COUNT]> = parts.ok().and_then(|Path(all)| all.try_into().ok());
    parts.ok_or_else(|| caller.refuse(Refusal::not_found("this path cannot be read")))
}

fn resource(caller: &Caller, word: &str) -> Result<Resource, Refusal> {
    Resource::parse(word).ok_or_else(|| {
        let told = "users and groups are offered of the user directory, and nothing else";
        caller.refuse(Refusal::new(StatusCode::NOT_FOUND, Code::ApiNotOffered, told))
    })
}

/// Does what takes a while where nobody else waits for it.
async fn aside(
    caller: Caller,
    work: impl FnOnce(&Caller) -> Result<Response, Refusal> + Send + 'static,
) -> Result<Response, Refusal> {
    let kept = caller.clone();
    let done = tokio::task::spawn_blocking(move || work(&caller)).await;
    done.unwrap_or_else(|_crashed| {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Err(kept.refuse(Refusal::new(
            status,
            Code::InternalCrashed,
            "the answer could not be made",
        )))
    })
}

async fn own_list(caller: Caller, path: Parts) -> Result<Response, Refusal> {
    let [tenant, target, word] = parts(&caller, path)?;
    aside(caller, move |caller| {
        let ground = caller.ground(&tenant, &target)?;
        unified::list(caller, ground, resource(caller, &word)?)
    })
    .await
}

async fn own_get(caller: Caller, path: Parts) -> Result<Response, Refusal> {
    let [tenant, target, word, id] = parts(&caller, path)?;
    aside(caller, move |caller| {
        let ground = caller.ground(&tenant, &target)?;
        unified::get(caller, ground, resource(caller, &word)?, &id, Shape::Own)
    })
    .await
}

async fn own_capabilities(caller: Caller, path: Parts) -> Result<Response, Refusal> {
    let [tenant, target] = parts(&caller, path)?;
    let ground = caller.ground(&tenant, &target)?;
    Ok(capabilities::of_target(&caller, ground, Shape::Own))
}

async fn trutos_list(caller: Caller, path: Parts) -> Result<Response, Refusal> {
    let [word] = parts(&caller, path)?;
    aside(caller, move |caller| {
        let resource = resource(caller, &word)?;
        unified::list(caller, caller.ground_by_account()?, resource)
    })
    .await
}

async fn trutos_get(caller: Caller, path: Parts) -> Result<Response, Refusal> {
    let [word, id] = parts(&caller, path)?;
    aside(caller, move |caller| {
        let resource = resource(caller, &word)?;
        unified::get(caller, caller.ground_by_account()?, resource, &id, Shape::Trutos)
    })
    .await
}

async fn own_proxy_list(caller: Caller, path: Parts) -> Result<Response, Refusal> {
    let [tenant, target, word] = parts(&caller, path)?;
    proxy::list(&caller, caller.ground(&tenant, &target)?, &word).await
}

async fn own_proxy_get(caller: Caller, path: Parts) -> Result<Response, Refusal> {
    let [tenant, target, word, id] = parts(&caller, path)?;
    proxy::get(&caller, caller.ground(&tenant, &target)?, &word, &id, Shape::Own).await
}

async fn trutos_proxy_list(caller: Caller, path: Parts) -> Result<Response, Refusal> {
    let [word] = parts(&caller, path)?;
    proxy::list(&caller, caller.ground_by_account()?, &word).await
}

async fn trutos_proxy_get(caller: Caller, path: Parts) -> Result<Response, Refusal> {
    let [word, id] = parts(&caller, path)?;
    proxy::get(&caller, caller.ground_by_account()?, &word, &id, Shape::Trutos).await
}

async fn accounts(caller: Caller) -> Response {
    capabilities::accounts(&caller)
}

async fn of_account(caller: Caller, path: Parts) -> Result<Response, Refusal> {
    let [account] = parts(&caller, path)?;
    let (tenant, target) = account.split_once('/').unwrap_or((&account, ""));
    let ground = caller.ground(tenant, target)?;
    Ok(capabilities::of_target(&caller, ground, Shape::Trutos))
}

async fn of_tenants_account(caller: Caller, path: Parts) -> Result<Response, Refusal> {
    let [tenant, target] = parts(&caller, path)?;
    let ground = caller.ground(&tenant, &target)?;
    Ok(capabilities::of_target(&caller, ground, Shape::Trutos))
}

async fn read_only(caller: Caller) -> Refusal {
    caller.refuse(Refusal::read_only())
}

/// Whether a path is one that programs ask for, though nothing may be there.
pub(super) fn is_of_programs(site: &Site, path: &str) -> bool {
    const ROOMS: [&str; 4] = ["v1", "unified", "proxy", "integrated-account"];
    let path = path.strip_prefix(&site.base).and_then(|path| path.strip_prefix('/'));
    path.and_then(|path| path.split('/').next()).is_some_and(|room| ROOMS.contains(&room))
}

/// What is said where nothing is.
pub(super) async fn nowhere(parts: &mut request::Parts, site: &Arc<Site>) -> Response {
    let caller = Caller::from_request_parts(parts, site).await;
    let refusal = match caller {
        Ok(caller) => caller.refuse(Refusal::not_found("there is nothing at this address")),
        Err(refusal) => refusal,
    };
    refusal.into_response()
}
