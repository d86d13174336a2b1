//! Security event tokens as they are pushed (RFC 8935): whether one is for this door at all.
//!
//! What it says of itself is compared here, so that a transmitter that is set up wrong hears of it at once.
//! Its signature is proved next (`verify`), where the issuer's keys are known, and again by the worker, which
//! reads the token as it came; what else is wrong is a row there, and not an answer that may be dropped.

use super::flaw::SetFlaw;
use crate::config::receive::SetSettings;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64_URL;
use serde_json::{Map, Value};

/// What a request with a token says that it holds.
pub(super) const CONTENT_TYPE: &str = "application/secevent+jwt";

/// Parts of a token that is signed, and of one that is encrypted.
const SIGNED: usize = 3;
const ENCRYPTED: usize = 5;

/// Algorithms by which only the owner of a key can sign.
const BY_KEY_PAIRS: [&str; 10] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "Ed25519"];

/// What a token for this door claims; nothing of it is proved yet.
pub(super) fn claims(body: &[u8], expected: &SetSettings) -> Result<Value, SetFlaw> {
    let text = std::str::from_utf8(body).ok().filter(|text| text.is_ascii());
    let text = text.ok_or(SetFlaw::Malformed("the body is no token in compact form"))?;
    let parts: Vec<&str> = text.split('.').take(ENCRYPTED + 1).collect();
    let [header, claims, signature] = match parts.len() {
        SIGNED => [parts.first(), parts.get(1), parts.get(2)].map(|it| it.copied().unwrap_or("")),
        ENCRYPTED => return Err(SetFlaw::Key),
        _ => return Err(SetFlaw::Malformed("the body is no token in compact form")),
    };
    check_header(&object(header, "the token's header is no JSON object")?)?;
    if BASE64_URL.decode(signature).is_err() || signature.is_empty() {
        return Err(SetFlaw::Key);
    }
    let claims = object(claims, "the token's claims are no JSON object")?;
    check_claims(&claims, expected)?;
    Ok(Value::Object(claims))
}

fn object(part: &str, otherwise: &'static str) -> Result<Map<String, Value>, SetFlaw> {
    let bytes = BASE64_URL.decode(part).map_err(|_unreadable| SetFlaw::Malformed(otherwise))?;
    serde_json::from_slice(&bytes).map_err(|_unreadable| SetFlaw::Malformed(otherwise))
}

fn check_header(header: &Map<String, Value>) -> Result<(), SetFlaw> {
    let text = |name: &str| header.get(name).and_then(Value::as_str).unwrap_or_default();
    let kind = text("typ").to_ascii_lowercase();
    if kind.strip_prefix("application/").unwrap_or(&kind) != "secevent+jwt" {
        return Err(SetFlaw::Malformed("the token's header does not say `typ: secevent+jwt`"));
    }
    if BY_KEY_PAIRS.contains(&text("alg")) { Ok(()) } else { Err(SetFlaw::Key) }
}

fn check_claims(claims: &Map<String, Value>, expected: &SetSettings) -> Result<(), SetFlaw> {
    let has_text = |name: &str| {
        claims.get(name).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty())
    };
    if !has_text("iss") || !has_text("jti") || !claims.get("iat").is_some_and(Value::is_number) {
        return Err(SetFlaw::Malformed("the token lacks `iss`, `jti` or `iat`"));
    }
    // Some transmitters write it as text that holds JSON; whether it can be read, the worker says.
    let has_events = match claims.get("events") {
        Some(Value::Object(events)) => !events.is_empty(),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) | None => false,
    };
    if !has_events {
        return Err(SetFlaw::Malformed("the token has no `events`"));
    }
    if claims.get("iss").and_then(Value::as_str) != Some(&expected.issuer) {
        return Err(SetFlaw::Issuer);
    }
    let is_ours = |audience: &str| expected.audience.iter().any(|it| it == audience);
    let is_for_us = match claims.get("aud") {
        Some(Value::String(one)) => is_ours(one),
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).any(is_ours),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => false,
    };
    if is_for_us { Ok(()) } else { Err(SetFlaw::Audience) }
}
