//! What programs read is answered by `usher serve`, which is asked for them: so one address is enough for a program.
//!
//! A client reads by a login of its own at `usher serve`, which says what it may see; and only of its own target,
//! whatever the login may see besides.

use super::Asking;
use super::address::Address;
use super::refusal::Refusal;
use crate::config::Loaded;
use crate::intake::watched;
use crate::observe::chain;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::{Client, redirect, retry};
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// More is not passed on of an answer.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// What a program needs besides the body.
const PASSED_ON: [HeaderName; 6] = [
    header::CONTENT_TYPE,
    header::RETRY_AFTER,
    header::ALLOW,
    HeaderName::from_static("ratelimit-limit"),
    HeaderName::from_static("ratelimit-remaining"),
    HeaderName::from_static("ratelimit-reset"),
];

/// Where reads are answered.
#[derive(Debug)]
pub(super) struct Reads {
    at: Url,
    client: Client,
}

impl Reads {
    /// `None`: they are not passed on.
    pub(super) fn open(loaded: &Loaded) -> Result<Option<Self>, watched::Error> {
        let Some(at) = loaded.settings.receive.reads_at.clone() else { return Ok(None) };
        if rustls::crypto::CryptoProvider::get_default().is_none()
            && rustls::crypto::ring::default_provider().install_default().is_err()
        {
            tracing::debug!("another thread chose the TLS provider first");
        }
        let client = Client::builder()
            .user_agent(concat!("usher/", env!("CARGO_PKG_VERSION")))
            // The login's token would travel with it.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .timeout(ANSWER_WITHIN)
            .connect_timeout(CONNECT_WITHIN)
            .build()
            .map_err(|error| watched::Error::Refused {
                file: PathBuf::new(),
                key: "`receive.reads_at`",
                why: chain(&error),
            })?;
        Ok(Some(Self { at, client }))
    }

    /// Asks for a client, and passes on what is answered.
    async fn ask(&self, file: &PathBuf, parts: &Parts) -> Result<Response, Refusal> {
        let mut url = self.at.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{}", path(parts.uri.path()).ok_or(Refusal::Place)?));
        url.set_query(parts.uri.query());
        let token = tokio::fs::read_to_string(file)
            .await
            .map_err(|error| away(&format!("could not read {}: {error}", file.display())))?;
        let request = self.client.get(url).bearer_auth(token.trim());
        let gone = |error: reqwest::Error| away(&chain(&error.without_url()));
        let mut answer = request.send().await.map_err(gone)?;
        let status = answer.status();
        if status == StatusCode::UNAUTHORIZED || status.is_redirection() {
            return Err(away(&format!("usher serve answered {status}")));
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(gone)? {
            if body.len() + piece.len() > ANSWER_BYTES_MAX {
                return Err(away("the answer is larger than 16 MiB"));
            }
            body.extend_from_slice(&piece);
        }
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        for name in PASSED_ON {
            if let Some(value) = answer.headers().get(&name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
        Ok(response)
    }
}

/// What is wrong is for whoever runs usher, not for the program.
fn away(why: &str) -> Refusal {
    tracing::warn!(why, "what a client wanted to read could not be asked for");
    Refusal::ReadsAway
}

/// Whether something is read that `usher serve` answers.
pub(super) fn is_read(method: &Method, address: &Address) -> bool {
    *method == Method::GET && !address.is_of_a_change()
}

/// Answers a client that reads, of its own target.
pub(super) async fn answer(
    reads: Option<&Reads>,
    client: &Asking,
    parts: &Parts,
) -> Result<Response, Refusal> {
    let (Some(reads), Some(file)) = (reads, client.reads_token_file.as_ref()) else {
        return Err(Refusal::ReadElsewhere);
    };
    if accounts_named(parts.uri.query().unwrap_or_default()) > 1 {
        return Err(Refusal::Place);
    }
    reads.ask(file, parts).await
}

/// The same path, written so that nobody reads another one in it; `None`: a part of it is none of a name.
fn path(path: &str) -> Option<String> {
    let part = |part: &str| {
        let name = percent_decode_str(part).decode_utf8().ok()?;
        let is_name = !name.is_empty() && name != "." && name != "..";
        is_name.then(|| format!("/{}", utf8_percent_encode(&name, NON_ALPHANUMERIC)))
    };
    path.split('/').skip(1).map(part).collect()
}

/// How often a query says whose account is meant: of two, nobody knows which one `usher serve` would take.
fn accounts_named(query: &str) -> usize {
    let names = url::form_urlencoded::parse(query.as_bytes());
    names.filter(|(name, _)| name == "integrated_account_id").count()
}

#[cfg(test)]
mod tests {
    use super::{accounts_named, path};

    #[test]
    fn a_path_leads_to_no_other_target() {
        let own = path("/v1/acme/main/unified/user-directory/users/a%2Fb").unwrap();
        assert_eq!(own, "/v1/acme/main/unified/user%2Ddirectory/users/a%2Fb");
        for other in
            ["/v1/acme/main/../other", "/v1/acme/main/%2e%2E/other", "/v1//main", "/v1/%ff"]
        {
            assert_eq!(path(other), None, "{other}");
        }
        assert_eq!(path("/v1/acme\\..\\other").unwrap(), "/v1/acme%5C%2E%2E%5Cother");
    }

    #[test]
    fn an_account_is_named_once() {
        assert_eq!(accounts_named("a=b&integrated_account_id=acme%2Fmain"), 1);
        assert_eq!(accounts_named("integrated_account_id=a&integrated%5Faccount_id=b"), 2);
    }
}
