//! By what a transmitter is asked: a token of a file, or one that its authorization server grants.
//!
//! A granted token is kept until shortly before its end, or until somebody does not take it.

use crate::config::Loaded;
use crate::config::receive::grant::{Grant, SecretIn};
use crate::model::code::Code;
use reqwest::{Client, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use url::form_urlencoded::byte_serialize;

/// A token whose end is not told is asked for anew after this.
const USUAL_LIFE: Duration = Duration::from_mins(5);

/// So long before its end a token is not used any more; short ones for four fifths of their life.
const BEFORE_END: Duration = Duration::from_mins(1);

const ANSWER_WITHIN: Duration = Duration::from_secs(20);
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not use the token in {}", file.display())]
    File {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("could not use the client's secret in {}", file.display())]
    Secret {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("could not ask for a token")]
    Unreachable(#[source] reqwest::Error),
    #[error("the authorization server answered {status} instead of a token: {said}")]
    Refused { status: u16, said: String },
    #[error("the authorization server's answer holds no token of type Bearer")]
    Unfit,
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::File { .. } => Code::PollToken,
            Self::Secret { .. } | Self::Unreachable(_) | Self::Refused { .. } | Self::Unfit => {
                Code::GrantRefused
            }
        }
    }
}

/// Where the token comes from. Files are named as they lie.
#[derive(Debug)]
pub enum Bearer {
    File(PathBuf),
    Granted(Box<Granted>),
}

/// A token that is asked for.
#[derive(Debug)]
pub struct Granted {
    grant: Grant,
    kept: Mutex<Option<Kept>>,
}

#[derive(Clone, Debug)]
struct Kept {
    token: SecretString,
    until: Instant,
}

/// RFC 6749 §5.1
#[derive(Deserialize)]
struct Answer {
    access_token: SecretString,
    token_type: Option<String>,
    expires_in: Option<f64>,
}

/// RFC 6749 §5.2
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Bearer {
    /// That of a poll, which has one of both.
    pub fn of(token_file: Option<&Path>, grant: Option<&Grant>, loaded: &Loaded) -> Option<Self> {
        match (token_file, grant) {
            (Some(file), _) => Some(Self::File(loaded.resolve(file))),
            (None, Some(grant)) => {
                let client_secret_file = loaded.resolve(&grant.client_secret_file);
                Some(Self::granted(Grant { client_secret_file, ..grant.clone() }))
            }
            (None, None) => None,
        }
    }

    /// One that is asked for.
    pub fn granted(grant: Grant) -> Self {
        Self::Granted(Box::new(Granted { grant, kept: Mutex::default() }))
    }

    /// What to send now.
    pub async fn token(&self, client: &Client) -> Result<SecretString, Error> {
        match self {
            Self::File(file) => {
                read(file).map_err(|source| Error::File { file: file.clone(), source })
            }
            Self::Granted(granted) => granted.token(client).await,
        }
    }

    /// Somebody did not take `token`. Whether asking again may give another one.
    pub async fn was_refused(&self, token: &SecretString) -> bool {
        match self {
            // It is read at each question.
            Self::File(_) => false,
            Self::Granted(granted) => {
                let mut kept = granted.kept.lock().await;
                let is_it = |it: &Kept| it.token.expose_secret() == token.expose_secret();
                if kept.as_ref().is_some_and(is_it) {
                    *kept = None;
                }
                true
            }
        }
    }
}

impl Granted {
    async fn token(&self, client: &Client) -> Result<SecretString, Error> {
        let mut kept = self.kept.lock().await;
        if let Some(it) = kept.as_ref().filter(|it| Instant::now() < it.until) {
            return Ok(it.token.clone());
        }
        *kept = None;
        let began = Instant::now();
        let answer = self.ask(client).await?;
        let told = answer.expires_in.map(|it| Duration::try_from_secs_f64(it).unwrap_or_default());
        let life = told.unwrap_or(USUAL_LIFE);
        let until = began.checked_add(life.saturating_sub(BEFORE_END.min(life / 5)));
        let it = Kept { token: answer.access_token, until: until.unwrap_or(began) };
        *kept = Some(it.clone());
        Ok(it.token)
    }

    fn request(&self, client: &Client, secret: &SecretString) -> RequestBuilder {
        let (client_id, secret) = (&self.grant.client_id, secret.expose_secret());
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        for (name, value) in [("scope", &self.grant.scope), ("audience", &self.grant.audience)] {
            if let Some(value) = value {
                form.append_pair(name, value);
            }
        }
        let mut request = client.post(self.grant.token_endpoint.clone()).timeout(ANSWER_WITHIN);
        match self.grant.secret_in {
            // Encoded first (RFC 6749 §2.3.1), or a `:` or `+` would be read as something else.
            SecretIn::Header => {
                let coded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                request = request.basic_auth(coded(client_id), Some(coded(secret)));
            }
            SecretIn::Body => {
                form.append_pair("client_id", client_id);
                form.append_pair("client_secret", secret);
            }
        }
        request
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(form.finish())
    }

    async fn ask(&self, client: &Client) -> Result<Answer, Error> {
        let file = &self.grant.client_secret_file;
        let secret = read(file).map_err(|source| Error::Secret { file: file.clone(), source })?;
        let request = self.request(client, &secret);
        let failed = |error: reqwest::Error| Error::Unreachable(error.without_url());
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(failed)? {
            if body.len() + piece.len() > ANSWER_BYTES_MAX {
                return Err(Error::Unfit);
            }
            body.extend_from_slice(&piece);
        }
        if status != StatusCode::OK {
            return Err(Error::Refused { status: status.as_u16(), said: said(&body) });
        }
        let answer: Answer = serde_json::from_slice(&body).map_err(|_unfit| Error::Unfit)?;
        let is_bearer =
            answer.token_type.as_deref().is_none_or(|it| it.eq_ignore_ascii_case("bearer"));
        if is_bearer && is_sendable(answer.access_token.expose_secret()) {
            Ok(answer)
        } else {
            Err(Error::Unfit)
        }
    }
}

/// Only the word of the standard: whatever else is said may repeat what it was asked with.
fn said(body: &[u8]) -> String {
    let word = serde_json::from_slice::<Refusal>(body).ok().map(|it| it.error);
    let is_word = |it: &String| {
        it.len() <= 60 && it.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    word.filter(is_word).unwrap_or_else(|| "it does not say why".to_owned())
}

/// Whether it can stand in a header.
fn is_sendable(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The whole content of a file, trimmed. Nothing is no secret.
fn read(file: &Path) -> Result<SecretString, std::io::Error> {
    let text = std::fs::read_to_string(file)?;
    let text = text.trim();
    if is_sendable(text) {
        return Ok(SecretString::from(text.to_owned()));
    }
    let why = "it is empty, or holds what cannot stand in a header";
    Err(std::io::Error::new(std::io::ErrorKind::InvalidData, why))
}
