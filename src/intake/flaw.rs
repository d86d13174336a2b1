//! Why a security event token is not taken, in the words of RFC 8935.

use crate::decode::jose::Flaw;
use crate::model::code::Code;

/// Why a security event token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetFlaw {
    /// It is none; the text says what is wrong.
    Malformed(&'static str),
    /// It is not signed, or in a way that others could do as well.
    Key,
    /// It is signed by an algorithm that the transmitter's `algorithms` do not have.
    Algorithm,
    /// Its issuer does not publish the key that it names, as was looked up after it came.
    KeyUnknown,
    /// The issuer's key has not signed it.
    Signature,
    Issuer,
    Audience,
}

impl SetFlaw {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(self) -> Code {
        match self {
            Self::Malformed(_) => Code::DoorSetMalformed,
            Self::Key | Self::Algorithm => Code::DoorSetKey,
            Self::KeyUnknown => Code::DoorSetKeyUnknown,
            Self::Signature => Code::DoorSetSignature,
            Self::Issuer => Code::DoorSetIssuer,
            Self::Audience => Code::DoorSetAudience,
        }
    }

    /// The cause and the cure.
    pub fn text(self) -> &'static str {
        match self {
            Self::Malformed(text) => text,
            Self::Key => {
                "the token is not signed by a key pair; sign it with RS256, PS256, ES256 or EdDSA"
            }
            Self::Algorithm => {
                "the token is signed by an algorithm that usher was not told to expect; compare the stream"
            }
            Self::KeyUnknown => {
                "the token names a key that its issuer does not publish; publish it before you sign by it"
            }
            Self::Signature => {
                "the token's signature is not that of its bytes by the issuer's key; send it as it was signed"
            }
            Self::Issuer => "the token's `iss` is not the issuer of this door; compare the stream",
            Self::Audience => "the token's `aud` is not that of this door; compare the stream",
        }
    }

    /// As RFC 8935 calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Malformed(_) => "invalid_request",
            Self::Key | Self::Algorithm | Self::KeyUnknown => "invalid_key",
            Self::Signature => "authentication_failed",
            Self::Issuer => "invalid_issuer",
            Self::Audience => "invalid_audience",
        }
    }
}

impl From<Flaw> for SetFlaw {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::TooLarge => Self::Malformed("the token is longer than 256 KiB"),
            Flaw::Malformed(text) => Self::Malformed(text),
            Flaw::Critical => Self::Malformed("the token's header has `crit` or `b64`"),
            Flaw::WrongType => {
                Self::Malformed("the token's header does not say `typ: secevent+jwt`")
            }
            Flaw::Encrypted | Flaw::Unsigned => Self::Key,
            Flaw::AlgorithmNotAllowed => Self::Algorithm,
            Flaw::KeyUnknown => Self::KeyUnknown,
            Flaw::SignatureWrong => Self::Signature,
        }
    }
}
