//! Who sends security event tokens by a source, and what proves that they do.

use super::jose::{Algorithm, KeySet};
use crate::model::length;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use url::Url;

/// One issuer of security event tokens, and what its tokens must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transmitter {
    /// What its tokens say in `iss`, to the letter.
    pub issuer: String,
    /// Who the tokens are for, as the stream was set up: what they say in `aud`, one of these.
    #[serde(default)]
    pub audience: Vec<String>,
    /// What proves that a token is the issuer's.
    #[serde(default)]
    pub trust: Trust,
    /// Where the issuer publishes its keys: an https address.
    #[serde(default)]
    pub jwks: Option<Url>,
    /// A file with keys of the issuer, besides those that it publishes, or instead.
    #[serde(default)]
    pub jwks_file: Option<PathBuf>,
    /// Certificates to trust besides the system's when the keys are fetched, as PEM.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// By what the tokens may be signed. Nothing in a token widens this.
    #[serde(default = "usual_algorithms")]
    pub algorithms: Vec<Algorithm>,
    /// How old a token may be when it comes into the topic, by its `iat` and the record's time.
    #[serde(default = "usual_age", with = "length")]
    #[schemars(with = "length::Text")]
    pub max_age: SignedDuration,
    /// The system whose ids the issuer's subjects hold (`iss_sub`, `opaque`), as HR's events name it in
    /// `worker.external_ids`; `null`: the issuer's host.
    #[serde(default)]
    pub id_system: Option<String>,
}

impl Transmitter {
    /// Whether its tokens come signed, so that keys must be known.
    pub fn is_proved(&self) -> bool {
        self.trust == Trust::Signed
    }

    /// In `worker.external_ids`, what ids of `issuer` are called in tokens of this transmitter.
    pub(super) fn system_of(&self, issuer: &str) -> String {
        let own = self.id_system.as_ref().filter(|_| issuer == self.issuer);
        own.cloned().unwrap_or_else(|| {
            let url = Url::parse(issuer).ok();
            let host = url.as_ref().and_then(Url::host_str);
            host.map_or_else(|| issuer.replace(':', " "), str::to_owned)
        })
    }
}

/// What proves that a token is its issuer's.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Its signature. Nothing unsigned counts.
    #[default]
    Signed,
    /// Whoever may write to the topic: what was verified before it got there comes as its claims alone.
    Decoded,
}

/// The keys of transmitters, as far as they are known. Cheap to copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(Arc<BTreeMap<String, KeySet>>);

impl Keys {
    /// Those of each issuer. Who is not among them has never been asked with success.
    pub fn new(by_issuer: BTreeMap<String, KeySet>) -> Self {
        Self(Arc::new(by_issuer))
    }

    /// `None`: they were never had.
    pub fn of(&self, transmitter: &Transmitter) -> Option<&KeySet> {
        self.0.get(&transmitter.issuer)
    }
}

/// What every transmitter must be able to do by the profile for interoperability.
fn usual_algorithms() -> Vec<Algorithm> {
    vec![Algorithm::Rs256]
}

fn usual_age() -> SignedDuration {
    SignedDuration::from_hours(24)
}
