//! Reads the keys of one issuer: from its address, from a file, or from both.

use super::Place;
use crate::decode::jose::{KeySet, KeysFlaw};
use crate::model::code::Code;
use crate::scim::roots;
use reqwest::header::{ACCEPT, HeaderValue};
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// A set of keys has some kilobytes.
const BYTES_MAX: usize = 256 * 1024;

/// How long a connection, and the whole of an answer, may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Why keys could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not read the keys of issuer `{issuer}` from {}", file.display())]
    File {
        issuer: String,
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{place} holds no keys of issuer `{issuer}` that can be used: {source}")]
    Refused { issuer: String, place: String, source: KeysFlaw },
    #[error("could not trust certificates for the keys of issuer `{issuer}`: {why}")]
    Roots { issuer: String, why: String },
    #[error("could not fetch the keys of issuer `{issuer}` from {url}")]
    Unreachable {
        issuer: String,
        url: Url,
        #[source]
        source: reqwest::Error,
    },
    #[error("could not fetch the keys of issuer `{issuer}`: {url} answers {status}")]
    Status { issuer: String, url: Url, status: u16 },
    #[error(
        "could not fetch the keys of issuer `{issuer}`: {url} answers with more than {BYTES_MAX} bytes"
    )]
    TooLarge { issuer: String, url: Url },
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::File { .. } => Code::TenantFileUnreadable,
            Self::Refused { .. } => Code::KeysRefused,
            Self::Roots { .. } => Code::TargetCaFile,
            Self::Unreachable { .. } | Self::Status { .. } | Self::TooLarge { .. } => {
                Code::KeysUnreachable
            }
        }
    }
}

/// Reads the keys of one place again and again.
#[derive(Debug)]
pub(super) struct Fetcher {
    place: Place,
    client: Option<reqwest::Client>,
}

impl Fetcher {
    pub(super) fn new(place: Place) -> Self {
        Self { place, client: None }
    }

    /// Everything that there is now; of two places, both must be readable.
    pub(super) async fn read(&mut self) -> Result<KeySet, Error> {
        let pinned = match &self.place.file {
            Some(file) => Some(read_file(&self.place.issuer, file)?),
            None => None,
        };
        match self.place.url.clone() {
            Some(url) => Ok(self.fetch(url).await?.and(pinned.unwrap_or_default())),
            None => Ok(pinned.unwrap_or_default()),
        }
    }

    async fn fetch(&mut self, url: Url) -> Result<KeySet, Error> {
        let issuer = || self.place.issuer.clone();
        let unreachable =
            |source| Error::Unreachable { issuer: issuer(), url: url.clone(), source };
        let client = match &self.client {
            Some(client) => client.clone(),
            None => client(&self.place, &url)?,
        };
        self.client = Some(client.clone());
        let request =
            client.get(url.clone()).header(ACCEPT, HeaderValue::from_static("application/json"));
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        if status != reqwest::StatusCode::OK {
            return Err(Error::Status { issuer: issuer(), url, status: status.as_u16() });
        }
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(unreachable)? {
            body.extend_from_slice(&piece);
            if body.len() > BYTES_MAX {
                return Err(Error::TooLarge { issuer: issuer(), url });
            }
        }
        KeySet::parse(&body).map_err(|source| Error::Refused {
            issuer: issuer(),
            place: url.to_string(),
            source,
        })
    }
}

/// The keys that a file holds.
pub fn read_file(issuer: &str, file: &Path) -> Result<KeySet, Error> {
    let text = std::fs::read(file).map_err(|source| Error::File {
        issuer: issuer.to_owned(),
        file: file.to_owned(),
        source,
    })?;
    KeySet::parse(&text).map_err(|source| Error::Refused {
        issuer: issuer.to_owned(),
        place: file.display().to_string(),
        source,
    })
}

fn client(place: &Place, url: &Url) -> Result<reqwest::Client, Error> {
    if rustls::crypto::CryptoProvider::get_default().is_none()
        && rustls::crypto::ring::default_provider().install_default().is_err()
    {
        tracing::debug!("another thread chose the TLS provider first");
    }
    let issuer = || place.issuer.clone();
    let extra = match &place.ca_file {
        Some(file) => roots::read(file).map_err(|why| Error::Roots { issuer: issuer(), why })?,
        None => Vec::new(),
    };
    reqwest::Client::builder()
        .user_agent(concat!("usher/", env!("CARGO_PKG_VERSION")))
        .tls_certs_merge(extra)
        // An issuer that is elsewhere now says so in its metadata, not by sending usher around.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .timeout(ANSWER_WITHIN)
        .connect_timeout(CONNECT_WITHIN)
        .build()
        .map_err(|source| Error::Unreachable { issuer: issuer(), url: url.clone(), source })
}
