//! The other end of a stream of security events: its management API (SSF 1.0), as a client.
//!
//! It is asked by a command, never by the process that receives. What it answers is shown, without the
//! secret by which it is going to push.

#[cfg(test)]
mod tests;

use crate::model::code::Code;
use reqwest::{Client, Method, StatusCode, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

/// Where a transmitter says where its endpoints are.
const WELL_KNOWN: &str = "/.well-known/ssf-configuration";

/// Delivery by push, as SSF calls it.
const PUSH: &str = "urn:ietf:rfc:8935";

const ANSWER_WITHIN: Duration = Duration::from_secs(20);
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// What usher can act on, and so asks for.
const EVENTS: [&str; 13] = [
    "https://schemas.openid.net/secevent/caep/event-type/session-revoked",
    "https://schemas.openid.net/secevent/caep/event-type/credential-change",
    "https://schemas.openid.net/secevent/caep/event-type/assurance-level-change",
    "https://schemas.openid.net/secevent/caep/event-type/device-compliance-change",
    "https://schemas.openid.net/secevent/caep/event-type/risk-level-change",
    "https://schemas.openid.net/secevent/risc/event-type/account-credential-change-required",
    "https://schemas.openid.net/secevent/risc/event-type/account-purged",
    "https://schemas.openid.net/secevent/risc/event-type/account-disabled",
    "https://schemas.openid.net/secevent/risc/event-type/account-enabled",
    "https://schemas.openid.net/secevent/risc/event-type/identifier-changed",
    "https://schemas.openid.net/secevent/risc/event-type/identifier-recycled",
    "https://schemas.openid.net/secevent/risc/event-type/credential-compromise",
    "https://schemas.okta.com/secevent/okta/event-type/user-risk-change",
];

/// Why a transmitter did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not ask the transmitter ({doing})")]
    Unreachable {
        doing: &'static str,
        #[source]
        source: reqwest::Error,
    },
    #[error("the transmitter answered {status} ({doing}): {said}")]
    Refused { doing: &'static str, status: u16, said: String },
    #[error("{0}")]
    Unfit(String),
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::Unreachable { .. } => Code::StreamUnreachable,
            Self::Refused { .. } => Code::StreamRefused,
            Self::Unfit(_) => Code::StreamUnfit,
        }
    }
}

/// What a transmitter says of itself.
#[derive(Clone, Debug, Deserialize)]
struct Metadata {
    issuer: String,
    configuration_endpoint: Option<Url>,
    status_endpoint: Option<Url>,
    add_subject_endpoint: Option<Url>,
    remove_subject_endpoint: Option<Url>,
    verification_endpoint: Option<Url>,
}

/// A transmitter that was found.
#[derive(Debug)]
pub struct Transmitter {
    http: Client,
    token: SecretString,
    metadata: Metadata,
}

/// Where it is to push, and with what.
#[derive(Debug)]
pub struct Push {
    pub endpoint: Url,
    pub token: SecretString,
}

/// How a stream is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Enabled,
    Paused,
}

/// Whether somebody is to be spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Added,
    Removed,
}

impl Transmitter {
    /// Finds the transmitter of an issuer; `token` is for its management API.
    pub async fn find(issuer: &str, token: SecretString) -> Result<Self, Error> {
        if rustls::crypto::CryptoProvider::get_default().is_none()
            && rustls::crypto::ring::default_provider().install_default().is_err()
        {
            tracing::debug!("another thread chose the TLS provider first");
        }
        let doing = "looking for its endpoints";
        let http = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(ANSWER_WITHIN)
            .user_agent(concat!("usher/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|source| Error::Unreachable { doing, source })?;
        let [inserted, appended] = places(issuer)?;
        // By the standard the path of the issuer comes last; some put it first.
        let mut found = ask(&http, doing, (Method::GET, &inserted), (None, None)).await;
        if let Err(Error::Refused { status: 404, .. }) = found {
            found = ask(&http, doing, (Method::GET, &appended), (None, None)).await;
        }
        let metadata: Metadata = serde_json::from_value(found?)
            .map_err(|error| Error::Unfit(format!("what it says of its endpoints is unfit: {error}")))?;
        if metadata.issuer != issuer {
            return Err(Error::Unfit(format!(
                "the transmitter calls itself `{}`, and the door expects `{issuer}`; write it to the letter",
                metadata.issuer
            )));
        }
        Ok(Self { http, token, metadata })
    }

    /// Makes a stream that pushes to a door.
    pub async fn make(&self, push: &Push) -> Result<Value, Error> {
        let body = json!({
            "delivery": {
                "method": PUSH,
                "endpoint_url": push.endpoint,
                "authorization_header": format!("Bearer {}", push.token.expose_secret()),
            },
            "events_requested": EVENTS,
            "description": "usher",
        });
        let url = self.configuration()?;
        self.ask("making the stream", (Method::POST, url), Some(&body)).await
    }

    /// One stream, or all that there are.
    pub async fn show(&self, stream: Option<&str>) -> Result<Value, Error> {
        let url = of_stream(self.configuration()?, stream);
        self.ask("reading the stream", (Method::GET, &url), None).await
    }

    /// Ends a stream.
    pub async fn delete(&self, stream: &str) -> Result<Value, Error> {
        let url = of_stream(self.configuration()?, Some(stream));
        self.ask("ending the stream", (Method::DELETE, &url), None).await
    }

    /// How a stream is.
    pub async fn status(&self, stream: &str) -> Result<Value, Error> {
        let url = of_stream(known("status_endpoint", self.metadata.status_endpoint.as_ref())?, Some(stream));
        self.ask("reading the status", (Method::GET, &url), None).await
    }

    /// Lets a stream go on, or rest.
    pub async fn set_status(&self, stream: &str, status: Status) -> Result<Value, Error> {
        let word = match status {
            Status::Enabled => "enabled",
            Status::Paused => "paused",
        };
        let url = known("status_endpoint", self.metadata.status_endpoint.as_ref())?;
        let body = json!({ "stream_id": stream, "status": word });
        self.ask("changing the status", (Method::POST, url), Some(&body)).await
    }

    /// Asks for an event by which one sees that the stream works.
    pub async fn verify(&self, stream: &str, state: &str) -> Result<Value, Error> {
        let url = known("verification_endpoint", self.metadata.verification_endpoint.as_ref())?;
        let body = json!({ "stream_id": stream, "state": state });
        self.ask("asking for a verification event", (Method::POST, url), Some(&body)).await
    }

    /// Says of whom the stream is to speak, by their e-mail address.
    pub async fn subject(&self, stream: &str, what: Subject, email: &str) -> Result<Value, Error> {
        let metadata = &self.metadata;
        let url = match what {
            Subject::Added => known("add_subject_endpoint", metadata.add_subject_endpoint.as_ref())?,
            Subject::Removed => {
                known("remove_subject_endpoint", metadata.remove_subject_endpoint.as_ref())?
            }
        };
        let subject = json!({ "format": "email", "email": email });
        let body = json!({ "stream_id": stream, "subject": subject });
        self.ask("changing the subjects", (Method::POST, url), Some(&body)).await
    }

    fn configuration(&self) -> Result<&Url, Error> {
        known("configuration_endpoint", self.metadata.configuration_endpoint.as_ref())
    }

    async fn ask(
        &self,
        doing: &'static str,
        (method, url): (Method, &Url),
        body: Option<&Value>,
    ) -> Result<Value, Error> {
        let answer = ask(&self.http, doing, (method, url), (Some(&self.token), body)).await;
        answer.map(without_secret)
    }
}

/// An endpoint that the token may be sent to.
fn known<'a>(name: &str, url: Option<&'a Url>) -> Result<&'a Url, Error> {
    let url = url.ok_or_else(|| {
        Error::Unfit(format!("the transmitter has no `{name}`; do it in its console"))
    })?;
    if is_safe(url) {
        return Ok(url);
    }
    Err(Error::Unfit(format!("the transmitter's `{name}` is no https address; its token stays here")))
}

/// Plain http only to this machine.
fn is_safe(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

fn places(issuer: &str) -> Result<[Url; 2], Error> {
    let url = Url::parse(issuer).ok().filter(is_safe).ok_or_else(|| {
        Error::Unfit("the door's issuer is no https address, so nobody can be asked there".to_owned())
    })?;
    let path = url.path().trim_end_matches('/');
    let with = |path: String| {
        let mut place = url.clone();
        place.set_path(&path);
        place
    };
    Ok([with(format!("{WELL_KNOWN}{path}")), with(format!("{path}{WELL_KNOWN}"))])
}

fn of_stream(url: &Url, stream: Option<&str>) -> Url {
    let mut url = url.clone();
    if let Some(stream) = stream {
        url.query_pairs_mut().append_pair("stream_id", stream);
    }
    url
}

/// The answer as JSON; `null` if it has no body.
async fn ask(
    http: &Client,
    doing: &'static str,
    (method, url): (Method, &Url),
    (token, body): (Option<&SecretString>, Option<&Value>),
) -> Result<Value, Error> {
    let failed = |source: reqwest::Error| Error::Unreachable { doing, source: source.without_url() };
    let mut request = http.request(method, url.clone());
    if let Some(token) = token {
        request = request.bearer_auth(token.expose_secret());
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let mut answer = request.send().await.map_err(failed)?;
    let status = answer.status();
    let mut text = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if text.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Error::Unfit("the transmitter's answer is larger than 256 KiB".to_owned()));
        }
        text.extend_from_slice(&chunk);
    }
    if !status.is_success() {
        return Err(Error::Refused { doing, status: status.as_u16(), said: said(&text) });
    }
    if status == StatusCode::NO_CONTENT || text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&text)
        .map_err(|_| Error::Unfit(format!("the transmitter's answer is no JSON ({doing})")))
}

/// What a refusal says of itself: one line, and nothing that a terminal would act on.
fn said(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let line: String = text.chars().filter(|sign| !sign.is_control()).take(200).collect();
    if line.is_empty() { "it does not say why".to_owned() } else { line }
}

/// An answer may repeat by what it is going to push.
fn without_secret(mut answer: Value) -> Value {
    let streams = match &mut answer {
        Value::Array(streams) => streams.iter_mut().collect(),
        one => vec![one],
    };
    for stream in streams {
        if let Some(secret) = stream.pointer_mut("/delivery/authorization_header") {
            *secret = json!("[redacted]");
        }
    }
    answer
}
