//! The file that says whose key is whose: `allowed_signers`, as `ssh-keygen -Y verify` reads it.
//!
//! Stricter than OpenSSH where its form leaves room: one line names one person and one key, says what
//! the key signs, and gives its times in UTC. What usher takes, OpenSSH takes in the same sense; so an
//! auditor checks an old command by the very file.

mod line;

use super::sshsig::{NAMESPACE, PublicKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

pub use line::LineFlaw;

/// Nobody has so many operators; whoever gives another file by mistake hears of it.
const FILE_BYTES_MAX: usize = 1024 * 1024;

/// Longer names are none.
const PRINCIPAL_CHARS_MAX: usize = 200;

/// Who signs: the name of one operator, as the file gives it and as commands say it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Principal(String);

impl Principal {
    /// Takes a name of one person: no blank, no quote, and nothing that makes it a pattern or a list.
    ///
    /// # Errors
    ///
    /// If `text` is none.
    pub fn parse(text: &str) -> Result<Self, NoPrincipal> {
        let is_odd =
            |sign: char| sign.is_whitespace() || sign.is_control() || "*?!,\"'\\#".contains(sign);
        let is_long = text.chars().count() > PRINCIPAL_CHARS_MAX;
        if text.is_empty() || is_long || text.contains(is_odd) {
            return Err(NoPrincipal);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl TryFrom<String> for Principal {
    type Error = NoPrincipal;

    fn try_from(text: String) -> Result<Self, NoPrincipal> {
        Self::parse(&text)
    }
}

/// Something that does not name one operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name of one operator: at most {PRINCIPAL_CHARS_MAX} signs, no blanks, quotes, commas, `*`, `?` or `!`"
)]
pub struct NoPrincipal;

/// A file that can be used: at least one line, and every line understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedSigners {
    entries: BTreeMap<PublicKey, Entry>,
    sha256: String,
}

/// One line: whose key it is, what it signs, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) principal: Principal,
    namespaces: Vec<String>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
}

/// Whether a key signs now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Validity {
    NotYet(Timestamp),
    Valid,
    Ended(Timestamp),
}

/// Why a file cannot be used. No name that stands in it is told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignersError {
    #[error("it is longer than {FILE_BYTES_MAX} bytes; is it the right file?")]
    TooLong,
    #[error("it is no text in UTF-8; is it the right file?")]
    NotText,
    #[error("nobody stands in it; write a line for each operator")]
    Empty,
    #[error("line {line}: {flaw}")]
    Line { line: usize, flaw: LineFlaw },
}

impl AllowedSigners {
    /// Reads the whole `file`; one line that cannot be meant makes it useless.
    ///
    /// # Errors
    ///
    /// If it holds nobody, or a line that is not as usher takes it; the line is named, with the cure.
    pub fn parse(file: &[u8]) -> Result<Self, SignersError> {
        if file.len() > FILE_BYTES_MAX {
            return Err(SignersError::TooLong);
        }
        let text = std::str::from_utf8(file).map_err(|_no_place| SignersError::NotText)?;
        let mut entries = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let at = |flaw| SignersError::Line { line: index + 1, flaw };
            let (key, entry) = line::read(line).map_err(at)?;
            if entries.insert(key, entry).is_some() {
                return Err(at(LineFlaw::KeyTwice));
            }
        }
        if entries.is_empty() {
            return Err(SignersError::Empty);
        }
        Ok(Self { entries, sha256: format!("{:x}", Sha256::digest(file)) })
    }

    /// The digest of the file, in hex.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    pub(super) fn find(&self, key: &PublicKey) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// Whether a line is `principal`'s.
    pub(super) fn names(&self, principal: &Principal) -> bool {
        self.entries.values().any(|entry| entry.principal == *principal)
    }

    /// Every key, and whose it is.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&PublicKey, &Principal)> {
        self.entries.iter().map(|(key, entry)| (key, &entry.principal))
    }

    /// Whether the key of that `fingerprint` is `principal`'s and signs commands at `now`.
    pub(super) fn vouches_for(&self, operator: &str, fingerprint: &str, now: Timestamp) -> bool {
        self.entries.iter().any(|(key, entry)| {
            entry.principal.to_string() == operator
                && entry.signs_commands()
                && entry.validity(now) == Validity::Valid
                && key.fingerprint().to_string() == fingerprint
        })
    }
}

impl Entry {
    pub(super) fn signs_commands(&self) -> bool {
        self.namespaces.iter().any(|namespace| namespace == NAMESPACE)
    }

    /// Both ends are within, as in OpenSSH.
    pub(super) fn validity(&self, now: Timestamp) -> Validity {
        match (self.after, self.before) {
            (Some(after), _) if now < after => Validity::NotYet(after),
            (_, Some(before)) if now > before => Validity::Ended(before),
            _ => Validity::Valid,
        }
    }
}
