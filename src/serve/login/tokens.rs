//! The file that says who may log in: a name, the digest of a token, a role, tenants and an end.

use crate::model::code::Code;
use crate::model::ids::TenantName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Bytes of chance in a token.
const TOKEN_BYTES: usize = 32;

/// What tokens begin with, so that scanners for secrets know them.
const BEGINNING: &str = "usher_login_";

/// What somebody who is logged in may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What was done, and not to whom: names and values are hidden.
    Viewer,
    /// Names and values, too, whenever they ask for them; each such look is logged.
    Unmask,
}

/// Somebody who may log in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// As the log calls them.
    pub name: String,
    /// SHA-256 of the token, in hex.
    pub sha256: TokenDigest,
    pub role: Role,
    /// Whose pages they see; absent: all tenants'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenants: Option<BTreeSet<TenantName>>,
    /// From then on the token is worth nothing.
    pub until: Timestamp,
}

/// SHA-256 of a token, in small hex letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct TokenDigest(String);

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not read {}, which `serve.tokens_file` names", file.display())]
    Read {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("could not use {}, which `serve.tokens_file` names: {why}", file.display())]
    Refused { file: PathBuf, why: String },
    #[error("`serve.tokens_file` names no file; without one nobody can log in")]
    NotNamed,
    #[error("could not make a token: the system gave no random bytes")]
    NoChance(#[source] openssl::error::ErrorStack),
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::Read { .. } | Self::Refused { .. } | Self::NotNamed => Code::ServeTokens,
            Self::NoChance(_) => Code::InternalChance,
        }
    }
}

impl TokenDigest {
    pub fn of(token: &str) -> Self {
        Self(hex(&Sha256::digest(token.as_bytes())))
    }

    /// Compared in a time that does not tell where they differ.
    pub fn is(&self, other: &Self) -> bool {
        // Both have 64 signs; `eq` demands one length.
        self.0.len() == other.0.len() && openssl::memcmp::eq(self.0.as_bytes(), other.0.as_bytes())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TokenDigest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_small_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 64 && text.bytes().all(is_small_hex) {
            Ok(Self(text))
        } else {
            Err("the SHA-256 of a token has 64 signs of 0-9 and a-f; `usher serve token` prints it")
        }
    }
}

impl Login {
    /// Whether they may see a tenant's pages.
    pub fn sees(&self, tenant: &TenantName) -> bool {
        self.tenants.as_ref().is_none_or(|tenants| tenants.contains(tenant))
    }
}

/// Reads the file.
pub fn read(file: &Path) -> Result<Vec<Login>, Error> {
    let text = std::fs::read_to_string(file)
        .map_err(|source| Error::Read { file: file.to_owned(), source })?;
    parse(&text).map_err(|why| Error::Refused { file: file.to_owned(), why })
}

/// Takes `text` for the contents of the file.
pub fn parse(text: &str) -> Result<Vec<Login>, String> {
    let logins: Vec<Login> = if text.trim().is_empty() {
        Vec::new()
    } else {
        serde_saphyr::from_str(text).map_err(|error| error.to_string())?
    };
    for (index, login) in logins.iter().enumerate() {
        if login.name.trim().is_empty() {
            return Err(format!("entry {index}: `name` is empty; the log calls them by it"));
        }
        let twin = |other: &Login| other.name == login.name || other.sha256 == login.sha256;
        if logins.iter().take(index).any(twin) {
            return Err(format!(
                "entry {index}: `{}` has the name or the token of an earlier one; give each its own",
                login.name
            ));
        }
        if login.tenants.as_ref().is_some_and(BTreeSet::is_empty) {
            return Err(format!(
                "entry {index}: `tenants` is empty; name one, or leave it out for all"
            ));
        }
    }
    Ok(logins)
}

/// A new token, from the system's chance.
pub fn fresh() -> Result<String, Error> {
    Ok(format!("{BEGINNING}{}", hex(&chance::<TOKEN_BYTES>()?)))
}

/// Bytes that nobody can guess.
pub fn chance<const LENGTH: usize>() -> Result<[u8; LENGTH], Error> {
    let mut bytes = [0; LENGTH];
    openssl::rand::rand_bytes(&mut bytes).map_err(Error::NoChance)?;
    Ok(bytes)
}

/// Bytes in small hex letters.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
