//! How usher knows Kafka for what it is, and shows who it is itself.
//!
//! A secret is in a file of its own, read when a client is made, or comes from the environment; it
//! never stands in the configuration and is never shown.

pub(super) mod check;
pub mod properties;
#[cfg(test)]
mod tests;

use super::{redacted, strict};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// The section `kafka.security`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SecuritySettings {
    /// As the listener of the brokers is set up: `plaintext`, `tls`, `sasl_plaintext`, `sasl_tls`.
    #[serde(deserialize_with = "strict::deserialize")]
    pub protocol: Protocol,
    /// PEM: the authorities that sign the certificates of the brokers. Those of the system if absent.
    pub ca_file: Option<PathBuf>,
    /// PEM: usher's own certificate and its chain, for brokers that ask for one (mutual TLS).
    pub certificate_file: Option<PathBuf>,
    /// PEM: the private key of usher's own certificate.
    pub key_file: Option<PathBuf>,
    /// The password of the private key, if it is encrypted.
    pub key_password_file: Option<PathBuf>,
    pub sasl: SaslSettings,
}

/// Who usher is to Kafka, when the protocol is `sasl_plaintext` or `sasl_tls`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SaslSettings {
    /// `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512` or `OAUTHBEARER`.
    #[serde(deserialize_with = "strict::deserialize")]
    pub mechanism: Option<Mechanism>,
    /// For `PLAIN` and `SCRAM`.
    pub username: Option<String>,
    /// The password of `username`; read whenever a client is made.
    pub password_file: Option<PathBuf>,
    /// The password itself, from the environment only.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "redacted")]
    #[schemars(skip)]
    pub password: Option<SecretString>,
    /// For `OAUTHBEARER`: a JSON Web Token that somebody keeps fresh; read whenever one is due.
    pub token_file: Option<PathBuf>,
}

/// What is spoken to the brokers.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Neither encrypted nor authenticated.
    #[default]
    Plaintext,
    /// Encrypted; usher shows a certificate if it has one.
    Tls,
    /// Authenticated, but everything can be read and changed on the way.
    SaslPlaintext,
    /// Encrypted and authenticated.
    SaslTls,
}

/// How usher proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Mechanism {
    #[serde(rename = "PLAIN")]
    Plain,
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    #[serde(rename = "SCRAM-SHA-512")]
    ScramSha512,
    #[serde(rename = "OAUTHBEARER")]
    OauthBearer,
}

impl Protocol {
    pub fn is_encrypted(self) -> bool {
        matches!(self, Self::Tls | Self::SaslTls)
    }

    pub fn has_sasl(self) -> bool {
        matches!(self, Self::SaslPlaintext | Self::SaslTls)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Plaintext => "plaintext",
            Self::Tls => "tls",
            Self::SaslPlaintext => "sasl_plaintext",
            Self::SaslTls => "sasl_tls",
        })
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
            Self::OauthBearer => "OAUTHBEARER",
        })
    }
}

impl SecuritySettings {
    /// The same, with its files as `resolve` finds them.
    pub(super) fn resolved(&self, resolve: impl Fn(&Path) -> PathBuf) -> Self {
        let resolved = |file: &Option<PathBuf>| file.as_deref().map(&resolve);
        Self {
            protocol: self.protocol,
            ca_file: resolved(&self.ca_file),
            certificate_file: resolved(&self.certificate_file),
            key_file: resolved(&self.key_file),
            key_password_file: resolved(&self.key_password_file),
            sasl: SaslSettings {
                mechanism: self.sasl.mechanism,
                username: self.sasl.username.clone(),
                password_file: resolved(&self.sasl.password_file),
                password: self.sasl.password.clone(),
                token_file: resolved(&self.sasl.token_file),
            },
        }
    }
}
