//! What a proved token claims, beside its events: whose, for whom, when and of whom.

use super::wire::malformed;
use crate::decode::canon::instant_of_number;
use crate::decode::canonical::TEXT_BYTES_MAX;
use crate::decode::json::{self, Json};
use crate::decode::refusal::{Bearing, Refusal};
use crate::decode::transmitter::{Transmitter, Trust};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::parse_instant;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

/// How much later than the record's a token's time may be: clocks differ.
const AHEAD_MOST: SignedDuration = SignedDuration::from_mins(5);

/// What counts of a token.
#[derive(Debug)]
pub(super) struct Claims {
    pub(super) issuer: String,
    /// `jti`
    pub(super) id: String,
    /// `toe`, or `iat`
    pub(super) time: Timestamp,
    /// `txn`
    pub(super) transaction: Option<String>,
    /// `sub_id`
    pub(super) subject: Option<Value>,
    /// `sub`, which older transmitters send.
    pub(super) plain_subject: Option<String>,
    /// By their addresses, as they come.
    pub(super) events: Vec<(String, Value)>,
}

impl Claims {
    /// Reads them, of a token that was `recorded` then.
    pub(super) fn read(
        json: &Json,
        transmitter: &Transmitter,
        recorded: Timestamp,
    ) -> Result<Self, Refusal> {
        if let Some(doubled) = json.doubled.values().next() {
            return Err(Refusal::park(doubled.why(None), Bearing::OfAny));
        }
        let Value::Object(members) = &json.value else {
            return Err(malformed("the claims of the token are no JSON object"));
        };
        check_audience(members, transmitter)?;
        let issued = check_age(members, transmitter, recorded)?;
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let id = text("jti").filter(|it| !it.trim().is_empty() && it.len() <= TEXT_BYTES_MAX / 2);
        let happened = match members.get("toe") {
            None | Some(Value::Null) => None,
            Some(value) => {
                Some(instant(value).ok_or_else(|| malformed("`toe` of the token is no instant"))?)
            }
        };
        let subject = members.get("sub_id").filter(|it| !it.is_null()).cloned();
        let events = events(members.get("events"))?;
        if events.is_empty() {
            return Err(malformed("the token has no event"));
        }
        Ok(Self {
            issuer: transmitter.issuer.clone(),
            id: id
                .ok_or_else(|| malformed("the token has no `jti`, or too long a one"))?
                .to_owned(),
            time: happened.unwrap_or(issued),
            transaction: text("txn").filter(|it| it.len() <= TEXT_BYTES_MAX).map(str::to_owned),
            subject,
            plain_subject: text("sub").map(str::to_owned),
            events,
        })
    }
}

/// Seconds since 1970, with a fraction if need be. Some count milliseconds, and some write texts.
pub(super) fn instant(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => match number.as_u64() {
            Some(whole) => instant_of_number(&whole.to_string()),
            None => instant_of_number(&number.as_f64()?.to_string()),
        },
        Value::String(text) => parse_instant(text).or_else(|| instant_of_number(text)),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Of what was verified before it came, `aud` counts only if the configuration names some.
fn check_audience(members: &Map<String, Value>, of: &Transmitter) -> Result<(), Refusal> {
    if of.trust == Trust::Decoded && of.audience.is_empty() {
        return Ok(());
    }
    let is_ours = |it: &Value| it.as_str().is_some_and(|it| of.audience.iter().any(|us| us == it));
    let names_us = match members.get("aud") {
        Some(Value::Array(named)) => named.iter().any(is_ours),
        Some(named) => is_ours(named),
        None => false,
    };
    if names_us {
        return Ok(());
    }
    Err(refuse(
        Code::SetAudience,
        "aud",
        "the token is for somebody else: its `aud` is none of the transmitter's `audience`",
    ))
}

/// When it was issued, if it is neither too old nor of the future.
fn check_age(
    members: &Map<String, Value>,
    of: &Transmitter,
    recorded: Timestamp,
) -> Result<Timestamp, Refusal> {
    let issued = members.get("iat").and_then(instant);
    let issued =
        issued.ok_or_else(|| malformed("the token has no `iat`, or one that is no instant"))?;
    let age = recorded.duration_since(issued);
    if age > of.max_age {
        return Err(refuse(
            Code::SetTooOld,
            "iat",
            "the token was older than the transmitter's `max_age` when it came into the topic",
        ));
    }
    if age < -AHEAD_MOST {
        return Err(refuse(
            Code::SetFromTheFuture,
            "iat",
            "the token was issued more than five minutes after it came into the topic, so one of \
             the clocks is wrong",
        ));
    }
    match members.get("exp") {
        None | Some(Value::Null) => Ok(issued),
        Some(end) => match instant(end) {
            None => Err(malformed("`exp` of the token is no instant")),
            Some(end) if end < recorded => Err(refuse(
                Code::SetExpired,
                "exp",
                "the token had expired before it came into the topic",
            )),
            Some(_) => Ok(issued),
        },
    }
}

/// Some write the events as a text that holds JSON; and there one event by its `type`.
fn events(value: Option<&Value>) -> Result<Vec<(String, Value)>, Refusal> {
    match value {
        Some(Value::Object(events)) => {
            Ok(events.iter().map(|(uri, it)| (uri.clone(), it.clone())).collect())
        }
        Some(Value::String(text)) => {
            let json = json::parse(text.as_bytes(), "events");
            let json = json.map_err(|why| Refusal::park(why, Bearing::OfAny))?;
            if let Some(doubled) = json.doubled.values().next() {
                return Err(Refusal::park(doubled.why(Some("events")), Bearing::OfAny));
            }
            match json.value {
                Value::Object(event) => match event.get("type").and_then(Value::as_str) {
                    Some(kind) => Ok(vec![(kind.to_owned(), Value::Object(event.clone()))]),
                    None => Ok(event.into_iter().collect()),
                },
                _ => Err(malformed("`events` of the token hold no JSON object")),
            }
        }
        _ => Err(malformed("the token has no `events`, or they are no JSON object")),
    }
}

fn refuse(code: Code, field: &str, text: &str) -> Refusal {
    Refusal::park(Why::new(code, Some(field), text), Bearing::OfAny)
}
