//! HTTP, built in one place: pooled, with time limits, without redirects, bodies bounded.
//!
//! A redirect is never followed, for the token would travel with it.

use super::encoding::{self, Plain};
use super::lease::{Departure, LeasedBody, now};
use super::limits;
use super::token::Token;
use super::trace;
use super::wait::Wait;
use crate::model::call::{Call, RateLimits};
use crate::model::event::TraceContext;
use jiff::Timestamp;
use reqwest::header::{
    ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
};
use reqwest::{Body, Method, StatusCode};
use serde_json::Value as Json;
use std::error::Error as StdError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use url::Url;

/// Shorter than what providers and their proxies keep, so that a call seldom meets a connection
/// that is just being closed and ends unanswered.
const IDLE_FOR: Duration = Duration::from_secs(20);

/// How long after a connection broke none that was kept is used.
const FRESH_FOR: Duration = Duration::from_secs(2);

/// Bodies of lists and groups; groups can hold a whole company.
pub(super) const LIST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Any other body.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// One HTTP exchange to make.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<Json>,
    /// A body larger than this is not read to its end.
    pub(super) body_bytes_max: usize,
    /// Must not leave after this; `None` for the later pages of a look-up, which change nothing.
    pub(super) not_after: Option<Timestamp>,
    /// Besides those that every request has.
    pub(super) headers: HeaderMap,
    pub(super) trace: Option<&'a TraceContext>,
}

impl<'a> Exchange<'a> {
    pub(super) fn new(call: &'a Call, method: Method, url: Url, body: Option<Json>) -> Self {
        Self {
            // What is read may be an account with all its groups.
            body_bytes_max: if method == Method::GET { LIST_BYTES_MAX } else { BODY_BYTES_MAX },
            method,
            url,
            body,
            not_after: Some(call.not_after),
            headers: HeaderMap::new(),
            trace: call.trace.as_ref(),
        }
    }
}

/// What a provider answered, as it is.
#[derive(Debug)]
pub(super) struct AsItIs {
    pub(super) status: u16,
    pub(super) wait: Wait,
    pub(super) limits: Option<RateLimits>,
    /// `None`: it is larger than allowed.
    pub(super) body: Option<Plain>,
}

/// What a provider answered.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    /// How long the provider asks us to wait.
    pub(super) wait: Wait,
    /// What it says of its quota.
    pub(super) limits: Option<RateLimits>,
    /// The resource's version, where the provider has them.
    pub(super) version: Option<HeaderValue>,
    pub(super) body: ResponseBody,
}

#[derive(Debug, PartialEq)]
pub(super) enum ResponseBody {
    Json(Json),
    Empty,
    /// Broken off, or no JSON.
    Unreadable,
    TooLarge,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoResponse {
    /// The lease ended first; nothing was sent.
    LeaseOver,
    /// There is no token to send.
    NoToken,
    /// No connection: refused, unknown host, or not in time. Nothing was sent.
    NoConnection,
    /// A connection, but no TLS: most often a certificate that is not trusted. Nothing was sent.
    NoTls,
    /// No TLS, for the certificate that the target shows is its own authority, and says so. Nothing was
    /// sent.
    OwnAuthority,
    /// The request may have arrived; no answer within the time limit.
    TimedOut,
    /// The request may have arrived; the connection broke.
    BrokenOff,
}

/// The settings of the connection to one target.
#[derive(Debug)]
pub(super) struct Settings<'a> {
    pub(super) request_timeout: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) accept: &'a str,
    pub(super) content_type: &'a str,
    pub(super) token_header: &'a str,
    /// To be trusted besides the system's.
    pub(super) roots: Vec<reqwest::Certificate>,
    /// The target is on this machine, so no proxy has any business with it.
    pub(super) is_here: bool,
}

#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    /// Keeps no connection: for a while after one broke, for the others may be broken, too.
    fresh: reqwest::Client,
    broke_at: Mutex<Option<Instant>>,
    token: Token,
    token_header: HeaderName,
    content_type: HeaderValue,
}

impl Client {
    pub(super) fn new(token: Token, settings: &Settings<'_>) -> Result<Self, reqwest::Error> {
        if rustls::crypto::CryptoProvider::get_default().is_none()
            && rustls::crypto::ring::default_provider().install_default().is_err()
        {
            tracing::debug!("another thread chose the TLS provider first");
        }
        let header = |text: &str, default: &'static str| {
            HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(default))
        };
        let mut always = HeaderMap::new();
        always.insert(ACCEPT, header(settings.accept, "application/scim+json"));
        let builder = || {
            let builder = reqwest::Client::builder();
            // To an https target a proxy only carries what it cannot read: it is asked to CONNECT.
            let builder = if settings.is_here { builder.no_proxy() } else { builder };
            builder
                .user_agent(concat!("usher/", env!("CARGO_PKG_VERSION")))
                .default_headers(always.clone())
                .tls_certs_merge(settings.roots.clone())
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .timeout(settings.request_timeout)
                .connect_timeout(settings.connect_timeout)
        };
        Ok(Self {
            http: builder().pool_idle_timeout(IDLE_FOR).build()?,
            fresh: builder().pool_max_idle_per_host(0).build()?,
            broke_at: Mutex::new(None),
            token,
            token_header: HeaderName::try_from(settings.token_header)
                .unwrap_or(reqwest::header::AUTHORIZATION),
            content_type: header(settings.content_type, "application/scim+json"),
        })
    }

    /// Makes the exchange; after a 401 once more if the token was replaced meanwhile.
    pub(super) async fn exchange(&self, exchange: &Exchange<'_>) -> Result<Response, NoResponse> {
        let token = self.token.header().await.map_err(|error| {
            tracing::error!(error = %error, "could not get the token of a target");
            NoResponse::NoToken
        })?;
        let response = self.send(exchange, &token).await?;
        if response.status == StatusCode::UNAUTHORIZED
            && let Some(replaced) = self.token.replaced(&token).await
        {
            return self.send(exchange, &replaced).await;
        }
        Ok(response)
    }

    /// Reads what lies at `url`, as it is; after a 401 once more if the token was replaced meanwhile.
    pub(super) async fn as_it_is(
        &self,
        url: &Url,
        body_bytes_max: usize,
    ) -> Result<AsItIs, NoResponse> {
        let get = async |token: &HeaderValue| {
            let asked = self.http().get(url.clone()).header(self.token_header.clone(), token);
            let answer = asked.send().await;
            answer.map_err(|error| no_response(&error, false, &Departure::default()))
        };
        let token = self.token.header().await.map_err(|error| {
            tracing::error!(error = %error, "could not get the token of a proxy");
            NoResponse::NoToken
        })?;
        let answer = get(&token).await?;
        if answer.status() == StatusCode::UNAUTHORIZED
            && let Some(replaced) = self.token.replaced(&token).await
        {
            return Ok(whole(get(&replaced).await?, body_bytes_max).await);
        }
        Ok(whole(answer, body_bytes_max).await)
    }

    async fn send(
        &self,
        exchange: &Exchange<'_>,
        token: &HeaderValue,
    ) -> Result<Response, NoResponse> {
        if exchange.not_after.is_some_and(|end| now() > end) {
            return Err(NoResponse::LeaseOver);
        }
        let departure = Arc::new(Departure::default());
        let mut request = self
            .http()
            .request(exchange.method.clone(), exchange.url.clone())
            .header(self.token_header.clone(), token.clone())
            .headers(exchange.headers.clone())
            .headers(trace::headers(exchange.trace));
        if let Some(body) = &exchange.body {
            let not_after = exchange.not_after.unwrap_or(Timestamp::MAX);
            let body =
                LeasedBody::new(body.to_string().into_bytes(), not_after, Arc::clone(&departure));
            request =
                request.header(CONTENT_TYPE, self.content_type.clone()).body(Body::wrap(body));
        }
        match request.send().await {
            Ok(answer) => Ok(read(answer, exchange.body_bytes_max).await),
            Err(error) => {
                let why = no_response(&error, exchange.body.is_some(), &departure);
                match why {
                    NoResponse::BrokenOff => *self.broke_at() = Some(Instant::now()),
                    NoResponse::LeaseOver => self.connect(&exchange.url, token).await,
                    NoResponse::NoToken
                    | NoResponse::NoConnection
                    | NoResponse::NoTls
                    | NoResponse::OwnAuthority
                    | NoResponse::TimedOut => {}
                }
                Err(why)
            }
        }
    }

    /// A call that broke off most likely met a connection that the provider had just closed; it has
    /// closed the others as well, and the next call must not meet one of them.
    fn http(&self) -> &reqwest::Client {
        let broke_lately = self.broke_at().is_some_and(|at| at.elapsed() < FRESH_FOR);
        if broke_lately { &self.fresh } else { &self.http }
    }

    fn broke_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.broke_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connecting took longer than the lease. It is done once more for nothing but the connection, so
    /// that the next call finds one.
    async fn connect(&self, url: &Url, token: &HeaderValue) {
        let asked = self.http.head(url.clone()).header(self.token_header.clone(), token.clone());
        if let Err(error) = asked.send().await {
            tracing::debug!(error = %error.without_url(), "no connection beforehand");
        }
    }
}

async fn read(answer: reqwest::Response, body_bytes_max: usize) -> Response {
    let version = answer.headers().get(ETAG).cloned();
    let AsItIs { status, wait, limits, body } = whole(answer, body_bytes_max).await;
    let body = match body {
        Some(Plain::Text(bytes)) if bytes.iter().all(u8::is_ascii_whitespace) => {
            ResponseBody::Empty
        }
        Some(Plain::Text(bytes)) => {
            serde_json::from_slice(&bytes).map_or(ResponseBody::Unreadable, ResponseBody::Json)
        }
        Some(Plain::Broken) => ResponseBody::Unreadable,
        Some(Plain::TooLarge) | None => ResponseBody::TooLarge,
    };
    let wait = match &body {
        ResponseBody::Json(body) => wait.or_in(body, now()),
        ResponseBody::Empty | ResponseBody::Unreadable | ResponseBody::TooLarge => wait,
    };
    Response { status, wait, limits, version, body }
}

/// An answer to its end.
async fn whole(answer: reqwest::Response, body_bytes_max: usize) -> AsItIs {
    let status = answer.status().as_u16();
    let now = now();
    let wait = Wait::read(answer.headers(), now);
    let limits = limits::read(answer.headers(), now);
    let is_deflated = answer
        .headers()
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"deflate"));
    let body = match bytes(answer, body_bytes_max).await {
        Ok(bytes) => bytes.map(|bytes| encoding::plain(bytes, is_deflated, body_bytes_max)),
        Err(error) => {
            tracing::debug!(error = %error.without_url(), "an answer's body broke off");
            Some(Plain::Broken)
        }
    };
    AsItIs { status, wait, limits, body }
}

/// The body; `None` if it is larger than allowed.
async fn bytes(
    mut answer: reqwest::Response,
    body_bytes_max: usize,
) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if bytes.len() + chunk.len() > body_bytes_max {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

fn no_response(error: &reqwest::Error, has_body: bool, departure: &Departure) -> NoResponse {
    if departure.was_late() {
        return NoResponse::LeaseOver;
    }
    let never_left = error.is_connect() || (has_body && !departure.has_left());
    if never_left && is_own_authority(error) {
        NoResponse::OwnAuthority
    } else if never_left && is_tls(error) {
        NoResponse::NoTls
    } else if never_left {
        NoResponse::NoConnection
    } else if error.is_timeout() {
        NoResponse::TimedOut
    } else {
        NoResponse::BrokenOff
    }
}

/// Whether TLS is what failed.
fn is_tls(error: &reqwest::Error) -> bool {
    tls_error(error).is_some()
}

/// rustls keeps what its checker of certificates says as a text alone.
fn is_own_authority(error: &reqwest::Error) -> bool {
    tls_error(error).is_some_and(|error| format!("{error:?}").contains("CaUsedAsEndEntity"))
}

/// The error of rustls that is somewhere below.
fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let inner = inner.map(|inner| inner as &(dyn StdError + 'static));
        let found = error.downcast_ref().or_else(|| inner.and_then(<dyn StdError>::downcast_ref));
        if found.is_some() {
            return found;
        }
        cause = error.source().or(inner);
    }
    None
}
