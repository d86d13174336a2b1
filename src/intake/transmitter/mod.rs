//! The other end of a stream of security events: its management API (SSF 1.0), as a client.
//!
//! It is asked by a command, never by the process that receives. What it answers is shown, without the
//! secret by which it is going to push.

mod events;
#[cfg(test)]
mod tests;
mod wire;

use super::bearer::{self, Bearer};
use crate::config::address::is_safe;
use crate::model::code::Code;
use events::requested;
use reqwest::{Client, Method, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;
use wire::{ask, shown, without_secret};

/// Where a transmitter says where its endpoints are.
const WELL_KNOWN: &str = "/.well-known/ssf-configuration";

/// Delivery by push and by poll, as SSF calls them; and push, as drafts of it did.
const PUSH: &str = "urn:ietf:rfc:8935";
const PUSH_OF_DRAFTS: &str = "https://schemas.openid.net/secevent/risc/delivery-method/push";
const POLL: &str = "urn:ietf:rfc:8936";

const ANSWER_WITHIN: Duration = Duration::from_secs(20);

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
    #[error("there is no token for the transmitter's API")]
    Token(#[from] bearer::Error),
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::Unreachable { .. } => Code::StreamUnreachable,
            Self::Refused { .. } => Code::StreamRefused,
            Self::Unfit(_) | Self::Token(bearer::Error::File { .. }) => Code::StreamUnfit,
            Self::Token(error) => error.code(),
        }
    }
}

/// What a transmitter says of itself.
#[derive(Clone, Debug, Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: Option<Url>,
    #[serde(default)]
    delivery_methods_supported: Vec<String>,
    configuration_endpoint: Option<Url>,
    status_endpoint: Option<Url>,
    add_subject_endpoint: Option<Url>,
    remove_subject_endpoint: Option<Url>,
    verification_endpoint: Option<Url>,
}

/// As whom a transmitter is asked.
#[derive(Debug)]
pub struct Asker {
    pub bearer: Bearer,
    /// `Bearer`; Okta calls it `SSWS` for tokens of its own.
    pub scheme: String,
    /// Certificates to trust besides the system's.
    pub extra_roots: Vec<reqwest::Certificate>,
}

/// A transmitter that was found.
#[derive(Debug)]
pub struct Transmitter {
    http: Client,
    bearer: Bearer,
    scheme: String,
    metadata: Metadata,
}

/// How a stream's tokens are to come.
#[derive(Debug)]
pub enum Delivery {
    /// Pushed there, with this token.
    Push { endpoint: Url, token: SecretString },
    /// Fetched, where the transmitter says.
    Poll,
}

/// How a stream is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Enabled,
    Paused,
    Disabled,
}

/// Whether somebody is to be spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Added,
    Removed,
}

impl Transmitter {
    /// Finds the transmitter of an issuer.
    pub async fn find(issuer: &str, asker: Asker) -> Result<Self, Error> {
        if rustls::crypto::CryptoProvider::get_default().is_none()
            && rustls::crypto::ring::default_provider().install_default().is_err()
        {
            tracing::debug!("another thread chose the TLS provider first");
        }
        let doing = "looking for its endpoints";
        let http = Client::builder()
            .tls_certs_merge(asker.extra_roots)
            // The token would travel with it.
            .redirect(redirect::Policy::none())
            .referer(false)
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
        let metadata: Metadata = serde_json::from_value(found?).map_err(|error| {
            Error::Unfit(format!("what it says of its endpoints is unfit: {error}"))
        })?;
        if metadata.issuer != issuer {
            return Err(Error::Unfit(format!(
                "the transmitter calls itself `{}`, and the configuration expects `{issuer}`; write it to \
                 the letter",
                shown(metadata.issuer.as_bytes())
            )));
        }
        Ok(Self { http, bearer: asker.bearer, scheme: asker.scheme, metadata })
    }

    /// Where its keys are.
    pub fn jwks(&self) -> Option<&Url> {
        self.metadata.jwks_uri.as_ref()
    }

    /// Makes a stream of these events; all that usher can act on, if none is named.
    pub async fn make(&self, delivery: &Delivery, events: &[String]) -> Result<Value, Error> {
        let body = json!({
            "delivery": self.delivery(delivery)?,
            "events_requested": requested(events),
            "description": "usher",
        });
        let url = self.configuration()?;
        self.ask("making the stream", (Method::POST, url), Some(&body)).await
    }

    /// Gives a stream another delivery, or another token to push with; and other events, if some are named.
    pub async fn update(
        &self,
        stream: &str,
        delivery: &Delivery,
        events: &[String],
    ) -> Result<Value, Error> {
        let delivery = self.delivery(delivery)?;
        let body = if events.is_empty() {
            json!({ "stream_id": stream, "delivery": delivery })
        } else {
            json!({ "stream_id": stream, "delivery": delivery, "events_requested": events })
        };
        let url = self.configuration()?;
        self.ask("changing the stream", (Method::PATCH, url), Some(&body)).await
    }

    /// As the transmitter understands it. One that does not say which ways it knows is believed to know all.
    fn delivery(&self, delivery: &Delivery) -> Result<Value, Error> {
        let known = &self.metadata.delivery_methods_supported;
        let knows = |method: &str| known.is_empty() || known.iter().any(|it| it == method);
        let method = match delivery {
            Delivery::Push { .. } => [PUSH, PUSH_OF_DRAFTS].into_iter().find(|it| knows(it)),
            Delivery::Poll => Some(POLL).filter(|it| knows(it)),
        };
        let method = method.ok_or_else(|| {
            let other = if matches!(delivery, Delivery::Poll) { "door" } else { "poll" };
            Error::Unfit(format!(
                "the transmitter does not deliver in that way; use a {other} of `receive` instead"
            ))
        })?;
        Ok(match delivery {
            Delivery::Push { endpoint, token } => json!({
                "method": method,
                "endpoint_url": endpoint,
                "authorization_header": format!("Bearer {}", token.expose_secret()),
            }),
            Delivery::Poll => json!({ "method": method }),
        })
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
        let url = of_stream(
            known("status_endpoint", self.metadata.status_endpoint.as_ref())?,
            Some(stream),
        );
        self.ask("reading the status", (Method::GET, &url), None).await
    }

    /// Lets a stream go on, or rest.
    pub async fn set_status(&self, stream: &str, status: Status) -> Result<Value, Error> {
        let word = match status {
            Status::Enabled => "enabled",
            Status::Paused => "paused",
            Status::Disabled => "disabled",
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

    /// Says of whom the stream is to speak, by a subject identifier (RFC 9493).
    pub async fn subject(
        &self,
        stream: &str,
        what: Subject,
        subject: &Value,
    ) -> Result<Value, Error> {
        let metadata = &self.metadata;
        let url = match what {
            Subject::Added => {
                known("add_subject_endpoint", metadata.add_subject_endpoint.as_ref())?
            }
            Subject::Removed => {
                known("remove_subject_endpoint", metadata.remove_subject_endpoint.as_ref())?
            }
        };
        let body = match what {
            Subject::Added => json!({ "stream_id": stream, "subject": subject, "verified": true }),
            Subject::Removed => json!({ "stream_id": stream, "subject": subject }),
        };
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
        let token = self.bearer.token(&self.http).await?;
        let header = |token: &SecretString| {
            SecretString::from(format!("{} {}", self.scheme, token.expose_secret()))
        };
        let by = header(&token);
        let mut answer = ask(&self.http, doing, (method.clone(), url), (Some(&by), body)).await;
        let is_refused = matches!(answer, Err(Error::Refused { status: 401, .. }));
        if is_refused && self.bearer.was_refused(&token).await {
            let by = header(&self.bearer.token(&self.http).await?);
            answer = ask(&self.http, doing, (method, url), (Some(&by), body)).await;
        }
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
    Err(Error::Unfit(format!(
        "the transmitter's `{name}` is no https address; its token stays here"
    )))
}

fn places(issuer: &str) -> Result<[Url; 2], Error> {
    let url = Url::parse(issuer).ok().filter(is_safe).ok_or_else(|| {
        Error::Unfit("the issuer is no https address, so nobody can be asked there".to_owned())
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
