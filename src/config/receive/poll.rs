//! Where security event tokens are fetched from (RFC 8936), by `usher receive`.

use super::SetSettings;
use super::grant::Grant;
use crate::config::duration;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::path::PathBuf;
use url::Url;

/// One stream that is polled. What it brings goes the way of what comes in by a door.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// As records, metrics and the log call it: small letters, digits and `-`.
    pub name: String,
    /// Where the transmitter is asked: `endpoint_url` of the stream.
    pub endpoint: Url,
    /// A file with the token that the transmitter wants as `Authorization: Bearer`; read at each question.
    /// `null`: it is asked for as `grant` says.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// How a token is asked for (OAuth 2.0, client credentials), instead of `token_file`.
    #[serde(default)]
    pub grant: Option<Grant>,
    /// Certificates to trust besides the system's, as PEM.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Where its records go: a topic of its own, which a tenant's `sources` name.
    pub topic: String,
    /// What every token says in `iss`, to the letter.
    pub issuer: String,
    /// What tokens say in `aud`, one of these.
    pub audience: Vec<String>,
    /// JSON pointers to what names the person, the first that is there: the key of the record.
    #[serde(default)]
    pub key: Vec<String>,
    /// So many tokens are asked for at once.
    #[serde(default = "usual_batch")]
    pub batch: NonZeroU32,
    /// Whether the transmitter may keep the question until it has a token.
    #[serde(default = "yes", rename = "long_poll")]
    pub may_be_kept: bool,
    /// How long an answer may take; longer than the transmitter keeps a question.
    #[serde(default = "usual_wait", with = "duration")]
    #[schemars(with = "duration::Text")]
    pub answer_within: SignedDuration,
    /// The pause after an answer without tokens.
    #[serde(default = "usual_interval", with = "duration")]
    #[schemars(with = "duration::Text")]
    pub interval: SignedDuration,
}

impl Poll {
    /// What its tokens say of themselves, as for a door.
    pub fn expected(&self) -> SetSettings {
        SetSettings {
            tokens_file: PathBuf::new(),
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
        }
    }

    /// As metrics call it beside the paths of doors.
    pub fn label(&self) -> String {
        format!("poll:{}", self.name)
    }
}

fn usual_batch() -> NonZeroU32 {
    const HUNDRED: NonZeroU32 = NonZeroU32::new(100).expect("100 is not zero");
    HUNDRED
}

fn yes() -> bool {
    true
}

fn usual_wait() -> SignedDuration {
    SignedDuration::from_secs(90)
}

fn usual_interval() -> SignedDuration {
    SignedDuration::from_secs(10)
}
