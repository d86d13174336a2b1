//! The file that says who may send by token: a name, the digest of a token, and an end.

use crate::serve::tokens::{self, TokenDigest};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What tokens begin with, so that scanners for secrets know them.
const BEGINNING: &str = "usher_send_";

/// A name is written into every record.
const NAME_CHARS_MAX: usize = 64;

/// Somebody who may send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    /// As records and the log call them.
    pub name: String,
    /// SHA-256 of the token, in hex.
    pub sha256: TokenDigest,
    /// From then on the token is worth nothing.
    pub until: Timestamp,
}

/// Takes `text` for the contents of the file. A sender may have two tokens, for a change of them.
pub fn parse(text: &str) -> Result<Vec<Sender>, String> {
    let senders: Vec<Sender> = if text.trim().is_empty() {
        Vec::new()
    } else {
        serde_saphyr::from_str(text).map_err(|error| error.to_string())?
    };
    for (index, sender) in senders.iter().enumerate() {
        let name = &sender.name;
        let is_sign = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
        if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(is_sign) {
            return Err(format!(
                "entry {index}: `name` must be 1 to {NAME_CHARS_MAX} letters, digits, `-`, `_` or `.`"
            ));
        }
        let earlier = senders.iter().take(index);
        if earlier.clone().any(|it| it.sha256 == sender.sha256) {
            return Err(format!("entry {index}: has the token of an earlier one; give it its own"));
        }
        if earlier.filter(|it| it.name == *name).count() > 1 {
            return Err(format!("entry {index}: `{name}` has more than two tokens; take one out"));
        }
    }
    Ok(senders)
}

/// Whose token it is. Every digest is compared, so that the time does not tell which one it was.
pub(in crate::intake) fn owner_of(
    senders: &[Sender],
    token: &str,
    now: Timestamp,
) -> Option<String> {
    let digest = TokenDigest::of(token);
    let found =
        senders.iter().fold(None, |found, it| if it.sha256.is(&digest) { Some(it) } else { found });
    found.filter(|sender| sender.until > now).map(|sender| sender.name.clone())
}

/// A new token, from the system's chance.
pub fn fresh() -> Result<String, tokens::Error> {
    Ok(format!("{BEGINNING}{}", tokens::hex(&tokens::chance::<32>()?)))
}
