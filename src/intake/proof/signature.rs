//! Signatures with a secret that sender and door both know: HMAC over what was sent.

use super::Proven;
use crate::config::Loaded;
use crate::config::receive::signature::{
    Encoding, General, Hash, Piece, Scheme, SignatureSettings,
};
use crate::intake::refusal::NotProven;
use crate::intake::watched::{Error, Watched};
use crate::serve::tokens::hex;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use openssl::hash::{MessageDigest, hash};
use openssl::pkey::PKey;
use openssl::sign::Signer;

/// The new secret and the old one.
const SECRETS_MOST: usize = 2;

/// Numbers from here on are milliseconds: as seconds they would be in the year 5138.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// How the senders of a door sign.
#[derive(Debug)]
pub(in crate::intake) struct Signature {
    scheme: Scheme,
    pieces: General,
    max_age: SignedDuration,
    secrets: Watched<Secrets>,
}

/// What is shared with a sender. Never shown.
#[derive(PartialEq, Eq)]
struct Secrets(Vec<Vec<u8>>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Secrets({})", self.0.len())
    }
}

/// What may have been signed.
#[derive(Clone, Copy, Debug)]
pub(in crate::intake) struct Signed<'a> {
    pub(in crate::intake) path: &'a str,
    pub(in crate::intake) headers: &'a HeaderMap,
    pub(in crate::intake) body: &'a [u8],
}

impl Signature {
    pub(super) fn load(settings: &SignatureSettings, loaded: &Loaded) -> Result<Self, Error> {
        let parse = if settings.scheme.has_coded_secrets() { coded } else { plain };
        let file = loaded.resolve(&settings.secrets_file);
        Ok(Self {
            scheme: settings.scheme.clone(),
            pieces: settings.scheme.pieces(),
            max_age: settings.max_age,
            secrets: Watched::load(file, "`proof.signature.secrets_file`", parse)?,
        })
    }

    pub(super) fn read_again(&self) {
        self.secrets.read_again();
    }

    pub(super) fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Who signed: the line of the secret. The time is judged after the signature, so that nobody learns
    /// of clocks who cannot sign.
    pub(super) fn check(&self, signed: &Signed<'_>, now: Timestamp) -> Result<Proven, NotProven> {
        let pieces = &self.pieces;
        let given = self.given(signed.headers)?;
        let time = one(signed.headers, pieces.time_header.as_deref())?;
        let id = one(signed.headers, pieces.id_header.as_deref())?;
        let message = message(pieces, signed, time, id);
        // All are compared with all, so that the time does not tell which one it was.
        let mut signer = None;
        for (line, secret) in (1..).zip(&self.secrets.get().0) {
            let Some(expected) = hmac(pieces.hash, secret, &message) else { continue };
            for given in &given {
                let is_it = given.len() == expected.len() && openssl::memcmp::eq(given, &expected);
                if is_it {
                    signer = Some(line);
                }
            }
        }
        let line: usize = signer.ok_or(NotProven::WrongSignature)?;
        if let Some(time) = time {
            let at = instant(time).ok_or(NotProven::NoTime)?;
            let distance = now.duration_since(at).abs();
            if distance > self.max_age {
                return Err(NotProven::TooOld);
            }
        }
        Ok(Proven(format!("secret-{line}")))
    }

    /// The signatures that stand in the header; a sender may give one for each secret.
    fn given(&self, headers: &HeaderMap) -> Result<Vec<Vec<u8>>, NotProven> {
        let text = one(headers, Some(&self.pieces.header))?.unwrap_or_default();
        let words = text.split_ascii_whitespace();
        let coded = words.filter_map(|word| word.strip_prefix(self.pieces.prefix.as_str()));
        let given: Vec<_> =
            coded.take(8).filter_map(|word| bytes(self.pieces.encoding, word)).collect();
        if given.is_empty() { Err(NotProven::NoSignature) } else { Ok(given) }
    }
}

/// The one value of a header that must be there; one that is there twice may be anybody's.
fn one<'a>(headers: &'a HeaderMap, name: Option<&str>) -> Result<Option<&'a str>, NotProven> {
    let Some(name) = name else { return Ok(None) };
    let mut values = headers.get_all(name).iter();
    match (values.next().map(HeaderValue::to_str), values.next()) {
        (Some(Ok(value)), None) => Ok(Some(value.trim())),
        (Some(_) | None, _) => Err(NotProven::NoSignature),
    }
}

fn message(pieces: &General, signed: &Signed<'_>, time: Option<&str>, id: Option<&str>) -> Vec<u8> {
    let mut message = Vec::with_capacity(signed.body.len() + 128);
    for piece in &pieces.signed {
        match piece {
            Piece::Body => message.extend_from_slice(signed.body),
            Piece::BodyHash => {
                let digest = hash(digest(pieces.hash), signed.body);
                message.extend(digest.map(|digest| hex(&digest).into_bytes()).unwrap_or_default());
            }
            Piece::Time => message.extend_from_slice(time.unwrap_or_default().as_bytes()),
            Piece::Id => message.extend_from_slice(id.unwrap_or_default().as_bytes()),
            Piece::Path => message.extend_from_slice(signed.path.as_bytes()),
            Piece::Text(text) => message.extend_from_slice(text.as_bytes()),
        }
    }
    message
}

fn digest(hash: Hash) -> MessageDigest {
    match hash {
        Hash::Sha256 => MessageDigest::sha256(),
        Hash::Sha512 => MessageDigest::sha512(),
    }
}

fn hmac(hash: Hash, secret: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let key = PKey::hmac(secret).ok()?;
    let mut signer = Signer::new(digest(hash), &key).ok()?;
    signer.sign_oneshot_to_vec(message).ok()
}

fn bytes(encoding: Encoding, text: &str) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Base64 => BASE64.decode(text).ok(),
        Encoding::Hex => {
            let pairs = text.as_bytes().chunks(2).map(|pair| {
                let pair = std::str::from_utf8(pair).ok().filter(|it| it.len() == 2)?;
                u8::from_str_radix(pair, 16).ok()
            });
            pairs.collect()
        }
    }
}

/// Seconds or milliseconds since 1970, or RFC 3339.
fn instant(text: &str) -> Option<Timestamp> {
    match text.parse::<i64>() {
        Ok(number) if number >= MILLISECONDS_FROM => Timestamp::from_millisecond(number).ok(),
        Ok(number) => Timestamp::from_second(number).ok(),
        Err(_) => text.parse().ok(),
    }
}

fn plain(text: &str) -> Result<Secrets, String> {
    secrets(text, |line| Ok(line.as_bytes().to_vec()))
}

fn coded(text: &str) -> Result<Secrets, String> {
    secrets(text, |line| {
        let code = line.strip_prefix("whsec_").unwrap_or(line);
        BASE64
            .decode(code)
            .map_err(|_unreadable| "is not `whsec_` and base64, as the sender shows it".to_owned())
    })
}

fn secrets(text: &str, read: fn(&str) -> Result<Vec<u8>, String>) -> Result<Secrets, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut found = Vec::new();
    for (number, line) in (1..).zip(lines) {
        if number > SECRETS_MOST {
            return Err(format!("it has more than {SECRETS_MOST} secrets; take the old ones out"));
        }
        let secret = read(line).map_err(|why| format!("secret {number} {why}"))?;
        if secret.len() < 8 {
            return Err(format!(
                "secret {number} is shorter than 8 bytes; have the sender make another"
            ));
        }
        found.push(secret);
    }
    if found.is_empty() {
        return Err("it holds no secret; put the one that the sender shows on a line".to_owned());
    }
    Ok(Secrets(found))
}

/// What `HiBob` asks when a webhook is set up, which it signs or not.
pub(super) fn is_ping_of_hibob(body: &[u8]) -> bool {
    const PING: &str = "Ping test";
    let Ok(text) = std::str::from_utf8(body) else { return false };
    if text.trim() == PING {
        return true;
    }
    let read: Result<serde_json::Value, _> = serde_json::from_str(text);
    read.is_ok_and(|it| it == PING || it == serde_json::json!({ "text": PING }))
}

/// What Gusto sends first: the secret by which it is going to sign.
pub(super) fn is_verification_of_gusto(body: &[u8]) -> bool {
    let read: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_slice(body);
    read.is_ok_and(|it| it.contains_key("verification_token") && !it.contains_key("event_type"))
}
