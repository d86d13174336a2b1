//! Security event tokens (RFC 8417): what SSF, CAEP, RISC and SCIM's events say of a person.
//!
//! A token is believed only after one of the issuer's keys has proved it; until then all that is read
//! of it is whose it pretends to be. The person is whom the token calls the subject, or the user in
//! it; never a device, a tenant, or whoever brought the event about.

mod claims;
mod kinds;
mod meaning;
mod proof;
mod risk;
mod scim;
mod subject;
mod wire;

use crate::decode::canonical::{Admitted, Canonical, Reading};
use crate::decode::message::{Body, Message};
use crate::decode::refusal::{Bearing, Fate, Label, Refusal};
use crate::decode::settings::SourceSettings;
use crate::decode::transmitter::Transmitter;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event_kind::EventKind;
use claims::Claims;
use meaning::Signal;
use wire::Wire;

/// Whatever is not empty: why it is none says more than that it is none.
pub(super) fn recognise(message: &Message<'_>) -> bool {
    !matches!(message.body, Body::Gone)
}

pub(super) fn refuse(_message: Message<'_>) -> Refusal {
    Refusal::tombstone()
}

pub(super) fn read(message: Message<'_>, source: &SourceSettings) -> Vec<Reading> {
    match proof::proved(message, source) {
        Ok((claims, transmitter)) => read_events(&claims, transmitter, source),
        Err(refusal) => vec![Err(refusal)],
    }
}

pub(super) fn wants_key_of<'a>(
    message: Message<'_>,
    source: &'a SourceSettings,
) -> Option<&'a Transmitter> {
    let Ok(Wire::Signed(text)) = Wire::of(message, source.framing) else { return None };
    proof::wants_key_of(&text, source)
}

/// Each event of the token, in order; what contradicts itself is refused as a whole.
fn read_events(
    claims: &Claims,
    transmitter: &Transmitter,
    source: &SourceSettings,
) -> Vec<Reading> {
    let is_one_of_several = claims.events.len() > 1;
    let mut signals: Vec<(String, Result<Signal, Refusal>)> = Vec::new();
    for (uri, payload) in &claims.events {
        signals.push((uri.clone(), meaning::of(uri, payload, claims, transmitter)));
    }
    if let Some(refusal) = contradiction(&signals) {
        return vec![Err(refusal.labelled(label(claims, None)))];
    }
    let mut told: Vec<EventKind> = Vec::new();
    let mut readings = Vec::new();
    for (uri, signal) in signals {
        let signal = match signal {
            // Two names of one event.
            Ok(signal) if told.contains(&signal.kind) => continue,
            signal => signal,
        };
        told.extend(signal.as_ref().ok().map(|it| it.kind));
        let reading = signal.and_then(|it| canonical(it, claims, is_one_of_several, source));
        readings.push(reading.map_err(|refusal| labelled(refusal, claims, &uri)));
    }
    readings
}

fn canonical(
    signal: Signal,
    claims: &Claims,
    is_one_of_several: bool,
    source: &SourceSettings,
) -> Reading {
    let kind = Admitted::ask(signal.kind, "events", source)?;
    let id = if is_one_of_several {
        format!("{} {}", claims.id, signal.kind)
    } else {
        claims.id.clone()
    };
    Ok(Canonical {
        kind,
        source: claims.issuer.clone(),
        id,
        time: Some(signal.time),
        sequence: None,
        correlation_id: claims.transaction.clone(),
        trace: None,
        data: signal.data,
        extensions: Vec::new(),
        headers: Vec::new(),
    })
}

/// Types that take back what the other one says.
const OPPOSITES: [(EventKind, EventKind); 3] = [
    (EventKind::AccountDisabled, EventKind::AccountEnabled),
    (EventKind::AccountPurged, EventKind::AccountEnabled),
    (EventKind::RiskRaised, EventKind::RiskCleared),
];

/// Several events of one token are names of the same; two that cannot both be true leave it open which
/// of them is.
fn contradiction(signals: &[(String, Result<Signal, Refusal>)]) -> Option<Refusal> {
    let read: Vec<&Signal> = signals.iter().filter_map(|(_, it)| it.as_ref().ok()).collect();
    let has = |kind: EventKind| read.iter().any(|it| it.kind == kind);
    let opposite = OPPOSITES.iter().find(|(one, other)| has(*one) && has(*other)).map(|it| it.0);
    let differs = |one: &&&Signal| {
        read.iter().any(|it| it.kind == one.kind && (it.data != one.data || it.time != one.time))
    };
    let kind = opposite.or_else(|| read.iter().find(differs).map(|it| it.kind))?;
    let why = Why::new(
        Code::SetContradiction,
        Some("events"),
        "the token's events contradict each other, so nobody knows which of them is meant; the \
         transmitter should send a token for each event",
    );
    Some(Refusal::park(why, Bearing::Of(kind)))
}

fn labelled(refusal: Refusal, claims: &Claims, uri: &str) -> Refusal {
    let kind = match refusal.fate {
        Fate::Park(Bearing::Of(kind)) => kind.word().to_owned(),
        _ => uri.to_owned(),
    };
    refusal.labelled(label(claims, Some(kind)))
}

fn label(claims: &Claims, kind: Option<String>) -> Label {
    Label { source: Some(claims.issuer.clone()), id: Some(claims.id.clone()), kind, trace: None }
}
