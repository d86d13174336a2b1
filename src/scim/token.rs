//! The token of a target: where it comes from, and that it never shows.
//!
//! A file is read again at most once a second, so a token that was replaced is used without a
//! restart; a file that cannot be read in mid-replacement leaves the last good token in use.

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A file is looked at again no sooner than after this.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// Where a target's token comes from.
#[derive(Clone, Debug)]
pub enum TokenSource {
    /// The whole content of the file, trimmed.
    File(PathBuf),
    /// Given, for example by the environment.
    Value(SecretString),
}

/// Why there is no token. Names the place, never the content.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenError {
    #[error("could not read the token file `{path}`")]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the token is empty")]
    Empty,
    #[error("the token holds characters that cannot stand in an HTTP header")]
    Malformed,
}

/// A token and how it is kept fresh.
#[derive(Debug)]
pub(super) struct Token {
    source: TokenSource,
    scheme: String,
    kept: Mutex<Option<Kept>>,
}

#[derive(Clone, Debug)]
struct Kept {
    /// Marked sensitive: its `Debug` says so and no more.
    header: HeaderValue,
    read_at: Instant,
}

impl Token {
    pub(super) fn new(source: TokenSource, scheme: &str) -> Self {
        Self { source, scheme: scheme.to_owned(), kept: Mutex::new(None) }
    }

    /// The header to send now.
    pub(super) async fn header(&self) -> Result<HeaderValue, TokenError> {
        let mut kept = self.kept.lock().await;
        if let Some(fresh) = kept.as_ref().filter(|kept| kept.read_at.elapsed() < CHECK_EVERY) {
            return Ok(fresh.header.clone());
        }
        let read_at = Instant::now();
        match (self.read().await, kept.as_mut()) {
            (Ok(header), _) => {
                *kept = Some(Kept { header: header.clone(), read_at });
                Ok(header)
            }
            (Err(error), Some(last)) => {
                tracing::warn!(error = %error, "could not read the token again, using the last one");
                last.read_at = read_at;
                Ok(last.header.clone())
            }
            (Err(error), None) => Err(error),
        }
    }

    /// Reads the source at once; the header, if it is another than `refused`.
    pub(super) async fn replaced(&self, refused: &HeaderValue) -> Option<HeaderValue> {
        let header = self.read().await.ok()?;
        let mut kept = self.kept.lock().await;
        *kept = Some(Kept { header: header.clone(), read_at: Instant::now() });
        (header != *refused).then_some(header)
    }

    async fn read(&self) -> Result<HeaderValue, TokenError> {
        let secret = match &self.source {
            TokenSource::Value(secret) => secret.clone(),
            TokenSource::File(path) => tokio::fs::read_to_string(path)
                .await
                .map(SecretString::from)
                .map_err(|source| TokenError::Unreadable { path: path.clone(), source })?,
        };
        let token = secret.expose_secret().trim();
        if token.is_empty() {
            return Err(TokenError::Empty);
        }
        let text = SecretString::from(if self.scheme.is_empty() {
            token.to_owned()
        } else {
            format!("{} {token}", self.scheme)
        });
        let mut header = HeaderValue::from_str(text.expose_secret())
            .map_err(|_malformed| TokenError::Malformed)?;
        header.set_sensitive(true);
        Ok(header)
    }
}
