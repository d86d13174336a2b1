//! One token: its parts, and whether it is rightly signed.

use super::algorithm::Algorithm;
use super::keys::KeySet;
use crate::decode::json::parse as parse_json;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::Value;

/// A longer token tells of more than an event.
const TOKEN_BYTES_MAX: usize = 256 * 1024;

/// What says that a token is a security event token, and none of another use by the same issuer.
const TYPE: &str = "secevent+jwt";

/// A token whose signature nobody has looked at yet.
#[derive(Debug)]
pub struct Token<'a> {
    algorithm: String,
    key_id: Option<String>,
    kind: Option<String>,
    /// What was signed.
    message: &'a [u8],
    claims: Vec<u8>,
    signature: Vec<u8>,
}

/// Why a token proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    TooLarge,
    /// It is no token; the text says what of it.
    Malformed(&'static str),
    /// It can be read only by whoever has a secret.
    Encrypted,
    /// It says that whoever does not know one of its members must not read it.
    Critical,
    WrongType,
    Unsigned,
    AlgorithmNotAllowed,
    KeyUnknown,
    SignatureWrong,
}

impl<'a> Token<'a> {
    /// Takes `text` apart.
    pub fn read(text: &'a str) -> Result<Self, Flaw> {
        if text.len() > TOKEN_BYTES_MAX {
            return Err(Flaw::TooLarge);
        }
        let mut parts = text.split('.');
        let (head, body, signature) =
            match (parts.next(), parts.next(), parts.next(), parts.count()) {
                (Some(head), Some(body), Some(signature), 0) => (head, body, signature),
                (Some(_), Some(_), Some(_), 2) => return Err(Flaw::Encrypted),
                _ => return Err(Flaw::Malformed("it has not the three parts of a signed token")),
            };
        let header = header(head)?;
        if ["crit", "b64"].iter().any(|member| header.get(*member).is_some()) {
            return Err(Flaw::Critical);
        }
        if header.get("enc").is_some() {
            return Err(Flaw::Encrypted);
        }
        let word = |name: &str| match header.get(name) {
            None => Ok(None),
            Some(Value::String(word)) => Ok(Some(word.clone())),
            Some(_) => Err(Flaw::Malformed("a member of its header is no text")),
        };
        let (message, _) = text.split_at_checked(head.len() + 1 + body.len()).unwrap_or_default();
        Ok(Self {
            algorithm: word("alg")?.ok_or(Flaw::Malformed("its header has no `alg`"))?,
            key_id: word("kid")?,
            kind: word("typ")?,
            message: message.as_bytes(),
            claims: decode(body)?,
            signature: decode(signature)?,
        })
    }

    /// What it claims, before anybody knows whether it is true: only to find out whose it pretends
    /// to be.
    pub fn unproved_claims(&self) -> &[u8] {
        &self.claims
    }

    /// Whether it could be signed by a key that is not among `keys`, and by one of the algorithms.
    pub fn wants_another_key(&self, keys: &KeySet, allowed: &[Algorithm]) -> bool {
        self.check(keys, allowed) == Err(Flaw::KeyUnknown)
    }

    /// What it claims, if one of `keys` has signed it by one of the algorithms.
    pub fn proved_claims(self, keys: &KeySet, allowed: &[Algorithm]) -> Result<Vec<u8>, Flaw> {
        let algorithm = self.check(keys, allowed)?;
        let id = self.key_id.as_deref();
        if keys.proves(id, algorithm, self.message, &self.signature) {
            Ok(self.claims)
        } else {
            Err(Flaw::SignatureWrong)
        }
    }

    /// All but the signature.
    fn check(&self, keys: &KeySet, allowed: &[Algorithm]) -> Result<Algorithm, Flaw> {
        if self.algorithm.eq_ignore_ascii_case("none") || self.signature.is_empty() {
            return Err(Flaw::Unsigned);
        }
        if self.kind.as_deref().is_some_and(|it| !is_event_token(it)) {
            return Err(Flaw::WrongType);
        }
        let algorithm = Algorithm::parse(&self.algorithm).filter(|it| allowed.contains(it));
        let algorithm = algorithm.ok_or(Flaw::AlgorithmNotAllowed)?;
        if keys.knows(self.key_id.as_deref(), algorithm) {
            Ok(algorithm)
        } else {
            Err(Flaw::KeyUnknown)
        }
    }
}

/// `application/` may be left out (RFC 7515 §4.1.9).
fn is_event_token(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    kind.strip_prefix("application/").unwrap_or(&kind) == TYPE
}

fn header(part: &str) -> Result<Value, Flaw> {
    let flaw = Flaw::Malformed("its header is no JSON object, or has a member twice");
    let json = parse_json(&decode(part)?, "header").map_err(|_why| flaw)?;
    if json.value.is_object() && json.doubled.is_empty() { Ok(json.value) } else { Err(flaw) }
}

fn decode(part: &str) -> Result<Vec<u8>, Flaw> {
    let flaw = Flaw::Malformed("a part of it is no base64url");
    BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_error| flaw)
}
