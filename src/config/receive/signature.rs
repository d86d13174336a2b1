//! What a sender signs, and how: the ways of some vendors, and one that is said piece by piece.

use crate::config::{duration, strict};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A signature with a secret that both know.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignatureSettings {
    /// One secret a line, at most two: the new one and the old; read again when it changes.
    pub secrets_file: PathBuf,
    /// Whose way of signing.
    #[serde(deserialize_with = "strict::deserialize")]
    pub scheme: Scheme,
    /// A signature whose time is further away is refused, where a time is signed.
    #[serde(default = "default_max_age", with = "duration")]
    #[schemars(with = "duration::Text")]
    pub max_age: SignedDuration,
}

/// Whose way of signing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// SHA-256 over body and time, hexadecimal, in `X-BambooHR-Signature`.
    Bamboohr,
    /// SHA-512 over the body, base64, in `Bob-Signature`.
    Hibob,
    /// SHA-256 over the body, hexadecimal, in `X-Gusto-Signature`.
    Gusto,
    /// SHA-256 over id, time and body, base64, in `webhook-signature`: standardwebhooks.com.
    StandardWebhooks,
    /// Another, piece by piece.
    General(General),
}

/// A way of signing, piece by piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct General {
    /// The header that holds the signature.
    pub header: String,
    /// What stands before it there: `sha256=`.
    #[serde(default)]
    pub prefix: String,
    #[serde(deserialize_with = "strict::deserialize")]
    pub encoding: Encoding,
    #[serde(deserialize_with = "strict::deserialize")]
    pub hash: Hash,
    /// The header that holds the time, in seconds since 1970 or as RFC 3339; `null`: none is sent.
    #[serde(default)]
    pub time_header: Option<String>,
    /// The header that holds the id of the message; `null`: none is sent.
    #[serde(default)]
    pub id_header: Option<String>,
    /// What is signed, one after the other.
    #[serde(deserialize_with = "strict::each")]
    pub signed: Vec<Piece>,
}

/// A part of what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// The body, as it came.
    Body,
    /// The hash of the body, in small hexadecimal letters.
    BodyHash,
    /// The time, as its header has it.
    Time,
    /// The id, as its header has it.
    Id,
    /// The path of the door.
    Path,
    /// What always stands there.
    Text(String),
}

/// How bytes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    Hex,
    Base64,
}

/// The hash in HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hash {
    Sha256,
    Sha512,
}

impl Scheme {
    /// The same, piece by piece.
    pub fn pieces(&self) -> General {
        let of = |header: &str, encoding, hash, signed| General {
            header: header.to_owned(),
            prefix: String::new(),
            encoding,
            hash,
            time_header: None,
            id_header: None,
            signed,
        };
        match self {
            Self::Bamboohr => General {
                time_header: Some("x-bamboohr-timestamp".to_owned()),
                ..of(
                    "x-bamboohr-signature",
                    Encoding::Hex,
                    Hash::Sha256,
                    vec![Piece::Body, Piece::Time],
                )
            },
            Self::Hibob => of("bob-signature", Encoding::Base64, Hash::Sha512, vec![Piece::Body]),
            Self::Gusto => of("x-gusto-signature", Encoding::Hex, Hash::Sha256, vec![Piece::Body]),
            Self::StandardWebhooks => {
                let dot = || Piece::Text(".".to_owned());
                let signed = vec![Piece::Id, dot(), Piece::Time, dot(), Piece::Body];
                General {
                    prefix: "v1,".to_owned(),
                    time_header: Some("webhook-timestamp".to_owned()),
                    id_header: Some("webhook-id".to_owned()),
                    ..of("webhook-signature", Encoding::Base64, Hash::Sha256, signed)
                }
            }
            Self::General(general) => general.clone(),
        }
    }

    /// Whether secrets are written as `whsec_` and base64.
    pub fn has_coded_secrets(&self) -> bool {
        *self == Self::StandardWebhooks
    }
}

impl General {
    /// What cannot be meant; each begins with the key and ends with the cure.
    pub(super) fn problems(&self, key: &str) -> Vec<String> {
        let mut problems = Vec::new();
        let headers = [
            ("header", Some(&self.header)),
            ("time_header", self.time_header.as_ref()),
            ("id_header", self.id_header.as_ref()),
        ];
        for (name, header) in headers {
            let is_no_name = |header: &&String| http_name(header).is_none();
            if let Some(header) = header.filter(is_no_name) {
                problems.push(format!(
                    "{key}.{name}: `{header}` is no name of a header; write it as x-signature"
                ));
            }
        }
        let has = |piece: &Piece| self.signed.contains(piece);
        if !has(&Piece::Body) && !has(&Piece::BodyHash) {
            problems.push(format!(
                "{key}.signed: holds neither `body` nor `body_hash`, so that any body would fit the \
                 signature; add the one that the sender signs"
            ));
        }
        for (piece, header, name) in [
            (Piece::Time, &self.time_header, "time_header"),
            (Piece::Id, &self.id_header, "id_header"),
        ] {
            match (has(&piece), header) {
                (true, None) => problems.push(format!(
                    "{key}.{name}: is not said, though `signed` needs it; name the header"
                )),
                (false, Some(header)) => problems.push(format!(
                    "{key}.{name}: `{header}` is not signed, so anybody could change it; add it to \
                     `signed` if the sender signs it, or leave it out"
                )),
                (true, Some(_)) | (false, None) => {}
            }
        }
        problems
    }
}

/// The name of a header, if it can be one.
pub(super) fn http_name(text: &str) -> Option<axum::http::HeaderName> {
    axum::http::HeaderName::from_bytes(text.as_bytes()).ok()
}

fn default_max_age() -> SignedDuration {
    SignedDuration::from_mins(5)
}
