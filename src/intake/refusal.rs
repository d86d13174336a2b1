//! Why nothing was taken, as a sender is told: a status, a code, the cause and the cure.

use super::flaw::SetFlaw;
use crate::model::code::Code;
use crate::observe::metrics::DoorEnd;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::time::Duration;

/// Whoever finds no place comes again after this.
pub(super) const COME_AGAIN: Duration = Duration::from_secs(5);

/// Why a sender is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotProven {
    NoToken,
    /// It is nobody's, or its time is over; a stranger is not told which.
    WrongToken,
    /// There is none, or none that can be read, or a header that it needs is missing or there twice.
    NoSignature,
    WrongSignature,
    /// The time that is signed is none.
    NoTime,
    TooOld,
}

/// Why nothing was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    NoDoor,
    NotPost,
    NotProven(NotProven),
    TooLarge {
        most: usize,
    },
    TooSlow,
    ContentType {
        wanted: &'static str,
    },
    NotJson,
    /// It is no event that the door takes; the text says what is wrong.
    NoEvent(String),
    OtherSource {
        own: String,
    },
    IdempotencyKey,
    Set(SetFlaw),
    /// The keys of the token's issuer cannot be read, or not yet anew, so nobody knows what it is worth.
    KeysAway,
    TooFast {
        again: Duration,
    },
    /// As many as may are being answered already.
    Full,
    /// It may be in Kafka, or not.
    KafkaAway,
    /// Kafka does not take it, and will not until somebody mends something.
    KafkaRefuses,
}

impl NotProven {
    fn code(self) -> Code {
        match self {
            Self::NoToken | Self::WrongToken => Code::DoorTokenWrong,
            Self::NoSignature => Code::DoorSignatureMissing,
            Self::WrongSignature => Code::DoorSignatureWrong,
            Self::NoTime | Self::TooOld => Code::DoorSignatureOld,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::NoToken => "there is no token; send it as `Authorization: Bearer TOKEN`",
            Self::WrongToken => {
                "the token is not known here, or has ended; ask who runs usher for another"
            }
            Self::NoSignature => {
                "the signature, or a header that it covers, is missing, unreadable or there twice; sign as \
                 this door expects it"
            }
            Self::WrongSignature => {
                "the signature fits no secret of this door; compare the secret, and send the body as it was \
                 signed"
            }
            Self::NoTime => {
                "the time that is signed cannot be read; send seconds since 1970, or RFC 3339"
            }
            Self::TooOld => {
                "the time that is signed is too far from now; sign again, and set the clock right"
            }
        }
    }
}

impl Refusal {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::NoDoor => Code::DoorNotThere,
            Self::NotPost => Code::DoorMethod,
            Self::NotProven(why) => why.code(),
            Self::TooLarge { .. } => Code::DoorTooLarge,
            Self::TooSlow => Code::DoorTooSlow,
            Self::ContentType { .. } => Code::DoorContentType,
            Self::NotJson => Code::DoorNotJson,
            Self::NoEvent(_) => Code::DoorNoEvent,
            Self::OtherSource { .. } => Code::DoorOtherSource,
            Self::IdempotencyKey => Code::DoorIdempotencyKey,
            Self::Set(flaw) => flaw.code(),
            Self::KeysAway => Code::DoorKeysAway,
            Self::TooFast { .. } => Code::DoorTooFast,
            Self::Full => Code::DoorFull,
            Self::KafkaAway => Code::DoorKafkaAway,
            Self::KafkaRefuses => Code::DoorKafkaRefuses,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NoDoor => StatusCode::NOT_FOUND,
            Self::NotPost => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotProven(_) => StatusCode::UNAUTHORIZED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::ContentType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotJson
            | Self::NoEvent(_)
            | Self::OtherSource { .. }
            | Self::IdempotencyKey
            | Self::Set(_) => StatusCode::BAD_REQUEST,
            Self::TooFast { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::KeysAway | Self::Full | Self::KafkaAway | Self::KafkaRefuses => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// The cause and the cure.
    fn text(&self) -> String {
        match self {
            Self::NoDoor => "there is no door at this path; compare it with `receive.doors`".to_owned(),
            Self::NotPost => "a door takes POST alone; send it so".to_owned(),
            Self::NotProven(why) => why.text().to_owned(),
            Self::TooLarge { most } => {
                format!("the body is larger than {most} bytes; send less at once")
            }
            Self::TooSlow => "the body did not come in time; send it again".to_owned(),
            Self::ContentType { wanted } => {
                format!("the content type is not taken here; send {wanted}")
            }
            Self::NotJson => "the body is no JSON in UTF-8; mend it and send it again".to_owned(),
            Self::NoEvent(why) => why.clone(),
            Self::OtherSource { own } => {
                format!("the event's `source` is not `{own}`, which is all that this door takes; send that")
            }
            Self::IdempotencyKey => {
                "`Idempotency-Key` must be 1 to 255 visible signs, once; send it so, or leave it out"
                    .to_owned()
            }
            Self::Set(flaw) => flaw.text().to_owned(),
            Self::KeysAway => {
                "the keys of the token's issuer are being read, to prove it; send it again as `Retry-After` says"
                    .to_owned()
            }
            Self::TooFast { .. } => {
                "requests come faster than this door takes them; wait as `Retry-After` says".to_owned()
            }
            Self::Full => {
                "too many requests are being answered; send it again as `Retry-After` says".to_owned()
            }
            Self::KafkaAway => {
                "Kafka did not take it in time, and may have it or not; send it again, with the same id"
                    .to_owned()
            }
            Self::KafkaRefuses => {
                "Kafka does not take it, and the log of usher says why; send it again later".to_owned()
            }
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooFast { again } => Some((*again).max(Duration::from_secs(1))),
            Self::KeysAway | Self::Full | Self::KafkaAway | Self::KafkaRefuses => Some(COME_AGAIN),
            Self::NoDoor
            | Self::NotPost
            | Self::NotProven(_)
            | Self::TooLarge { .. }
            | Self::TooSlow
            | Self::ContentType { .. }
            | Self::NotJson
            | Self::NoEvent(_)
            | Self::OtherSource { .. }
            | Self::IdempotencyKey
            | Self::Set(_) => None,
        }
    }

    /// What a transmitter of security event tokens is told, where RFC 8935 has a word for it. All else is
    /// over with time, or no answer to a token, and is told by its status.
    pub fn to_a_transmitter(&self) -> Option<Response> {
        let word = match self {
            Self::Set(flaw) => flaw.word(),
            Self::NotProven(_) => "authentication_failed",
            Self::ContentType { .. }
            | Self::NotJson
            | Self::NoEvent(_)
            | Self::OtherSource { .. }
            | Self::IdempotencyKey => "invalid_request",
            Self::NoDoor
            | Self::NotPost
            | Self::TooLarge { .. }
            | Self::TooSlow
            | Self::KeysAway
            | Self::TooFast { .. }
            | Self::Full
            | Self::KafkaAway
            | Self::KafkaRefuses => return None,
        };
        let told = json!({ "err": word, "description": self.text(), "code": self.code().as_str(), "link": link(self.code()) });
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (header::CONTENT_LANGUAGE, HeaderValue::from_static("en")),
        ];
        Some((StatusCode::BAD_REQUEST, headers, format!("{told}\n")).into_response())
    }

    /// How it is counted.
    pub fn end(&self) -> DoorEnd {
        match self {
            Self::NotProven(_) => DoorEnd::Unproven,
            Self::TooFast { .. } | Self::Full => DoorEnd::TooMany,
            Self::KafkaAway | Self::KafkaRefuses => DoorEnd::Kafka,
            Self::KeysAway => DoorEnd::Keys,
            Self::NoDoor
            | Self::NotPost
            | Self::TooLarge { .. }
            | Self::TooSlow
            | Self::ContentType { .. }
            | Self::NotJson
            | Self::NoEvent(_)
            | Self::OtherSource { .. }
            | Self::IdempotencyKey
            | Self::Set(_) => DoorEnd::Refused,
        }
    }
}

/// Where the page about a code is, at the same address.
pub(super) fn link(code: Code) -> String {
    format!("/codes/{}", code.as_str())
}

impl IntoResponse for &Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let told = json!({
            "statusCode": status.as_u16(),
            "error": status.canonical_reason().unwrap_or_default(),
            "code": self.code().as_str(),
            "message": self.text(),
            "link": link(self.code()),
        });
        let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        let mut response = (status, json, format!("{told}\n")).into_response();
        let headers = response.headers_mut();
        if let Some(again) = self.retry_after() {
            let seconds = u64::try_from(again.as_millis().div_ceil(1000)).unwrap_or(1);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        match self {
            Refusal::NotPost => {
                headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
            }
            Refusal::NotProven(_) => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            // The rest of the body is not read.
            Refusal::TooLarge { .. } | Refusal::TooSlow => {
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Refusal::NoDoor
            | Refusal::ContentType { .. }
            | Refusal::NotJson
            | Refusal::NoEvent(_)
            | Refusal::OtherSource { .. }
            | Refusal::IdempotencyKey
            | Refusal::Set(_)
            | Refusal::KeysAway
            | Refusal::TooFast { .. }
            | Refusal::Full
            | Refusal::KafkaAway
            | Refusal::KafkaRefuses => {}
        }
        response
    }
}
