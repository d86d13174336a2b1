//! Whether a token is what it says: of a transmitter of the source, and rightly signed.

use super::claims::Claims;
use super::wire::{Wire, malformed};
use crate::decode::jose::{Flaw, Token};
use crate::decode::json::{self, Json};
use crate::decode::message::Message;
use crate::decode::refusal::{Bearing, Refusal};
use crate::decode::settings::SourceSettings;
use crate::decode::transmitter::{Transmitter, Trust};
use crate::model::code::Code;
use crate::model::decision::Why;
use serde_json::Value;

/// What the token claims, and whose it is.
pub(super) fn proved<'a>(
    message: Message<'_>,
    source: &'a SourceSettings,
) -> Result<(Claims, &'a Transmitter), Refusal> {
    let recorded = message.raw.timestamp;
    let (claims, transmitter) = match Wire::of(message, source.framing)? {
        Wire::Signed(text) => {
            let token = Token::read(&text).map_err(flawed)?;
            let transmitter = pretended(&token, source)?;
            let claims = proved_claims(token, transmitter, source)?;
            return Claims::read(&claims, transmitter, recorded).map(|it| (it, transmitter));
        }
        Wire::Decoded(json) => {
            let transmitter = transmitter_of(&json.value, source)?;
            match transmitter.trust {
                Trust::Decoded => (json, transmitter),
                Trust::Signed => return Err(flawed(Flaw::Unsigned)),
            }
        }
    };
    Claims::read(&claims, transmitter, recorded).map(|it| (it, transmitter))
}

/// Whose keys should be asked for anew.
pub(super) fn wants_key_of<'a>(text: &str, source: &'a SourceSettings) -> Option<&'a Transmitter> {
    let token = Token::read(text).ok()?;
    let transmitter = pretended(&token, source).ok().filter(|it| it.is_proved())?;
    let keys = source.keys.of(transmitter)?;
    token.wants_another_key(keys, &transmitter.algorithms).then_some(transmitter)
}

/// Whose it says it is, which its signature must prove.
fn pretended<'a>(
    token: &Token<'_>,
    source: &'a SourceSettings,
) -> Result<&'a Transmitter, Refusal> {
    transmitter_of(&parsed(token.unproved_claims())?.value, source)
}

fn transmitter_of<'a>(
    claims: &Value,
    source: &'a SourceSettings,
) -> Result<&'a Transmitter, Refusal> {
    let issuer = claims.get("iss").and_then(Value::as_str);
    let issuer = issuer.ok_or_else(|| malformed("the token does not say in `iss` whose it is"))?;
    source.transmitters.iter().find(|it| it.issuer == issuer).ok_or_else(|| {
        refuse(
            Code::SetIssuerUnknown,
            "iss",
            "the token is of an issuer that is no transmitter of this source; name it in the \
             source's `transmitters` if it should count",
        )
    })
}

fn proved_claims(
    token: Token<'_>,
    transmitter: &Transmitter,
    source: &SourceSettings,
) -> Result<Json, Refusal> {
    if !transmitter.is_proved() {
        return Err(malformed(
            "the transmitter is configured with `trust: decoded`, and here is a token where its \
             claims should be",
        ));
    }
    let keys = source.keys.of(transmitter).ok_or_else(|| {
        refuse(
            Code::SetKeysMissing,
            "value",
            "the keys of the token's issuer are not known here, so nobody knows whether the token \
             is true",
        )
    })?;
    let claims = token.proved_claims(keys, &transmitter.algorithms).map_err(flawed)?;
    parsed(&claims)
}

fn parsed(claims: &[u8]) -> Result<Json, Refusal> {
    json::parse(claims, "claims").map_err(|why| Refusal::park(why, Bearing::OfAny))
}

/// Why the token proves nothing. It may be a forgery, or a cut that was meant.
fn flawed(flaw: Flaw) -> Refusal {
    let (code, text) = match flaw {
        Flaw::Malformed(what) => return malformed(&format!("the token cannot be read: {what}")),
        Flaw::TooLarge => (Code::SetTooLarge, "the token is longer than 256 KiB"),
        Flaw::Encrypted => (
            Code::SetEncrypted,
            "the token is encrypted, and usher has no key to read it; let the transmitter send \
             tokens that are signed alone",
        ),
        Flaw::Critical => (
            Code::SetMalformed,
            "the token's header says that it must be read by rules that usher does not know (`crit`)",
        ),
        Flaw::WrongType => (
            Code::SetWrongType,
            "the token says in `typ` that it is something else than a security event token \
             (`secevent+jwt`)",
        ),
        Flaw::Unsigned => (
            Code::SetUnsigned,
            "the token is not signed, and only signed ones count here; if it is verified before it \
             gets into this topic, and nobody else may write to it, say `trust: decoded`",
        ),
        Flaw::AlgorithmNotAllowed => (
            Code::SetAlgorithm,
            "the token is signed by an algorithm that the transmitter's `algorithms` do not have",
        ),
        Flaw::KeyUnknown => {
            (Code::SetKeyUnknown, "the token names a key that is not among those of its issuer")
        }
        Flaw::SignatureWrong => (
            Code::SetSignatureWrong,
            "the token's signature is not that of its bytes by the issuer's key",
        ),
    };
    refuse(code, "value", text)
}

fn refuse(code: Code, field: &str, text: &str) -> Refusal {
    Refusal::park(Why::new(code, Some(field), text), Bearing::OfAny)
}
