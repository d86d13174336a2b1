//! What is said where nothing can be given: in Truto's shape, with usher's code and its page.

use super::query::Wrong;
use crate::model::code::Code;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// A refusal, before it is written.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: Code,
    message: String,
    more: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    base: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        let (more, headers) = (Map::new(), Vec::new());
        Self { status, code, message: message.into(), more, headers, base: String::new() }
    }

    /// Nobody is logged in by that token.
    pub(super) fn unauthorized() -> Self {
        let told = "send a token that is known as `Authorization: Bearer …`; `usher serve token` makes one";
        Self::new(StatusCode::UNAUTHORIZED, Code::ApiUnauthorized, told)
            .with_header(header::WWW_AUTHENTICATE, "Bearer")
    }

    /// There is no such place, for this login.
    pub(super) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, Code::ApiNotFound, what)
    }

    /// Nothing is written here.
    pub(super) fn read_only() -> Self {
        let told = "nothing is written here; changes go through events and rules";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, Code::ApiReadOnly, told)
            .with_header(header::ALLOW, "GET")
    }

    pub(super) fn too_many(told: &str, wait: Duration) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, Code::ApiTooMany, told).waiting(wait)
    }

    /// When to come again.
    pub(super) fn waiting(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.with_header(header::RETRY_AFTER, &seconds.max(1).to_string())
    }

    pub(super) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// The path below which the pages about codes lie.
    pub(super) fn below(self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self }
    }
}

impl From<Wrong> for Refusal {
    fn from(wrong: Wrong) -> Self {
        match wrong {
            Wrong::Parameter { name, why } => {
                let name = plain(&name);
                Self::new(StatusCode::BAD_REQUEST, Code::ApiParameter, format!("`{name}`: {why}"))
                    .with("details", json!({ "failures": [{ "parameter": name, "why": why }] }))
            }
            Wrong::Hidden { name } => {
                let name = plain(&name);
                let told = format!(
                    "`{name}` would tell of names and values; ask for `unmask` with a login that may see them"
                );
                Self::new(StatusCode::FORBIDDEN, Code::ApiForbidden, told)
            }
        }
    }
}

/// A name that somebody sent, as far as it can be shown anywhere.
fn plain(name: &str) -> String {
    const MOST: usize = 64;
    let plain = |sign: char| {
        if sign.is_ascii_alphanumeric() || "-_.[]".contains(sign) { sign } else { '?' }
    };
    name.chars().take(MOST).map(plain).collect()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self { status, code, message, more, headers, base } = self;
        let mut told = Map::new();
        told.insert("statusCode".to_owned(), json!(status.as_u16()));
        told.insert("error".to_owned(), json!(status.canonical_reason().unwrap_or("Error")));
        told.insert("message".to_owned(), json!(message));
        told.insert("code".to_owned(), json!(code.as_str()));
        told.insert("link".to_owned(), json!(format!("{base}/codes/{}", code.as_str())));
        told.extend(more);
        let kind = [(header::CONTENT_TYPE, "application/json")];
        let text = format!("{}\n", Value::Object(told));
        let mut response = (status, kind, text).into_response();
        response.headers_mut().extend(headers);
        response
    }
}
