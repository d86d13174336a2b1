//! What usher shows to Kafka: passwords, certificates and tokens, read from their files.
//!
//! A file is read anew whenever a client is made or a token is due. A client that lives keeps its
//! password and certificate. Errors name the key and the file, never what is in it.

use crate::model::code::Code;
use std::error::Error as StdError;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::asn1::Asn1Time;
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;
use rdkafka::client::OAuthToken;
use rdkafka::config::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::config::security::properties::{KEY_PASSWORD, SASL_PASSWORD};
use crate::config::security::{Mechanism, SecuritySettings};

const CA_FILE: &str = "kafka.security.ca_file";
const CERTIFICATE_FILE: &str = "kafka.security.certificate_file";
const KEY_FILE: &str = "kafka.security.key_file";
const KEY_PASSWORD_FILE: &str = "kafka.security.key_password_file";
const PASSWORD_FILE: &str = "kafka.security.sasl.password_file";
const TOKEN_FILE: &str = "kafka.security.sasl.token_file";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not read {}, which {key} names", file.display())]
    Read {
        key: &'static str,
        file: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    #[error("{}, which {key} names, is empty; put the secret into it", file.display())]
    Empty { key: &'static str, file: PathBuf },
    #[error("{}, which {key} names, holds no certificate in PEM form", file.display())]
    NoCertificate {
        key: &'static str,
        file: PathBuf,
        #[source]
        cause: Option<ErrorStack>,
    },
    #[error(
        "{}, which {KEY_FILE} names, holds no private key in PEM form that can be opened; if it is \
         encrypted, {KEY_PASSWORD_FILE} must name its password",
        file.display()
    )]
    NoKey {
        file: PathBuf,
        // The cause is not kept: OpenSSL may quote what it read.
    },
    #[error(
        "the private key in {}, which {KEY_FILE} names, is not that of the certificate in {}, \
         which {CERTIFICATE_FILE} names",
        key.display(), certificate.display()
    )]
    Mismatch { key: PathBuf, certificate: PathBuf },
    #[error(
        "usher's own certificate in {}, which {CERTIFICATE_FILE} names, has expired ({on}); put a \
         new one there",
        file.display()
    )]
    Expired { file: PathBuf, on: String },
    #[error("{}, which {TOKEN_FILE} names, holds no JSON Web Token with an end (`exp`)", file.display())]
    NoToken { file: PathBuf },
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::Read { .. } => Code::KafkaFileUnreadable,
            Self::Empty { .. } => Code::KafkaSecretEmpty,
            Self::NoCertificate { .. } => Code::KafkaCertificateMalformed,
            Self::NoKey { .. } => Code::KafkaKeyMalformed,
            Self::Mismatch { .. } => Code::KafkaKeyMismatch,
            Self::Expired { .. } => Code::KafkaCertificateExpired,
            Self::NoToken { .. } => Code::KafkaTokenMalformed,
        }
    }

    /// Whether it comes by itself with time, and not by a mistake in the configuration.
    pub fn comes_with_time(&self) -> bool {
        matches!(self, Self::Expired { .. })
    }
}

/// Adds what `kafka.security` says to the settings of a client, secrets included.
pub(super) fn add(security: &SecuritySettings, config: &mut ClientConfig) -> Result<(), Error> {
    for (name, value) in security.properties() {
        config.set(name, value);
    }
    if let Some(password) = key_password(security)? {
        config.set(KEY_PASSWORD, password.expose_secret());
    }
    if let Some(password) = password(security)? {
        config.set(SASL_PASSWORD, password.expose_secret());
    }
    Ok(())
}

/// Looks whether all that `kafka.security` names is there and of use. Reaches no network.
pub fn check(security: &SecuritySettings) -> Result<(), Error> {
    if let Some(file) = &security.ca_file {
        certificates(CA_FILE, file)?;
    }
    password(security)?;
    if uses_tokens(security) {
        token(security)?;
    }
    let (Some(certificate_file), Some(key_file)) = (&security.certificate_file, &security.key_file)
    else {
        return Ok(());
    };
    let own = certificates(CERTIFICATE_FILE, certificate_file)?;
    let key = private_key(key_file, key_password(security)?.as_ref())?;
    // The first is usher's own; the others lead from it to an authority.
    let Some(certificate) = own.first() else { return Ok(()) };
    if !certificate.public_key().is_ok_and(|public| public.public_eq(&key)) {
        let certificate = certificate_file.clone();
        return Err(Error::Mismatch { key: key_file.clone(), certificate });
    }
    let has_expired = Asn1Time::days_from_now(0).is_ok_and(|now| certificate.not_after() < now);
    if has_expired {
        let on = certificate.not_after().to_string();
        return Err(Error::Expired { file: certificate_file.clone(), on });
    }
    Ok(())
}

pub(super) fn uses_tokens(security: &SecuritySettings) -> bool {
    security.sasl.mechanism == Some(Mechanism::OauthBearer)
}

/// The token that counts now.
pub(super) fn token(security: &SecuritySettings) -> Result<OAuthToken, Error> {
    let file = security.sasl.token_file.as_deref().unwrap_or(Path::new(""));
    let token = secret(TOKEN_FILE, file)?;
    let claims = claims(token.expose_secret());
    let no_token = |_cause| Error::NoToken { file: file.to_owned() };
    let claims = claims.map_err(no_token)?;
    // Whole milliseconds of a time in seconds: what is cut off is less than one of them.
    #[expect(clippy::cast_possible_truncation, reason = "a time this side of the year 292000000")]
    let lifetime_ms = (claims.exp * 1_000.0) as i64;
    Ok(OAuthToken {
        token: token.expose_secret().to_owned(),
        principal_name: claims.sub.unwrap_or_else(|| "usher".to_owned()),
        lifetime_ms,
    })
}

/// What usher reads of a token; whether it is good, Kafka says.
#[derive(Deserialize)]
struct Claims {
    exp: f64,
    sub: Option<String>,
}

fn claims(token: &str) -> Result<Claims, Box<dyn StdError>> {
    let payload = token.split('.').nth(1).ok_or("one part only")?;
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('='))?;
    Ok(serde_json::from_slice(&payload)?)
}

fn password(security: &SecuritySettings) -> Result<Option<SecretString>, Error> {
    match (&security.sasl.password, &security.sasl.password_file) {
        (Some(password), _) => Ok(Some(password.clone())),
        (None, Some(file)) => secret(PASSWORD_FILE, file).map(Some),
        (None, None) => Ok(None),
    }
}

fn key_password(security: &SecuritySettings) -> Result<Option<SecretString>, Error> {
    let file = security.key_password_file.as_deref();
    file.map(|file| secret(KEY_PASSWORD_FILE, file)).transpose()
}

fn certificates(key: &'static str, file: &Path) -> Result<Vec<X509>, Error> {
    let pem = read(key, file)?;
    let none = |cause| Error::NoCertificate { key, file: file.to_owned(), cause };
    let found = X509::stack_from_pem(&pem).map_err(|cause| none(Some(cause)))?;
    if found.is_empty() { Err(none(None)) } else { Ok(found) }
}

fn private_key(file: &Path, password: Option<&SecretString>) -> Result<PKey<Private>, Error> {
    let pem = read(KEY_FILE, file)?;
    // Always with one, or OpenSSL would ask at the terminal.
    let password = password.map_or("", ExposeSecret::expose_secret);
    PKey::private_key_from_pem_passphrase(&pem, password.as_bytes())
        .map_err(|_may_quote| Error::NoKey { file: file.to_owned() })
}

/// The one line of a file; editors and `kubectl` like to add an end of line.
fn secret(key: &'static str, file: &Path) -> Result<SecretString, Error> {
    let text = String::from_utf8(read(key, file)?).unwrap_or_default();
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(Error::Empty { key, file: file.to_owned() });
    }
    Ok(text.into())
}

fn read(key: &'static str, file: &Path) -> Result<Vec<u8>, Error> {
    fs::read(file).map_err(|cause| Error::Read { key, file: file.to_owned(), cause })
}
