//! Microsoft Entra ID Protection: risky users and risk detections, from diagnostic settings (Event Hubs'
//! Kafka endpoint, `records`) or from Graph.
//!
//! Of a risky user `correlationId` is the user's own id, so nothing is known by it. A detection comes
//! again with another state.

use super::vendor::{
    Form, Found, Names, Part, Risk, by_word, id_of, instant, nobody, nothing_to_do, text,
    unknown_kind, unknown_value,
};
use crate::decode::canonical::Reading;
use crate::decode::message::Message;
use crate::decode::refusal::Refusal;
use crate::decode::settings::SourceSettings;
use crate::model::event_kind::EventKind;
use serde_json::Value;

const SOURCE: &str = "entra";

const FORM: Form = Form { name: SOURCE, lists: &["/records", "/value"], is_ours, read: read_one };

pub(super) fn recognise(message: &Message<'_>) -> bool {
    Form::recognise(message)
}

pub(super) fn read(message: Message<'_>, source: &SourceSettings) -> Vec<Reading> {
    FORM.read(message, source)
}

pub(super) fn refuse(message: Message<'_>) -> Refusal {
    FORM.refuse(message)
}

fn is_ours(value: &Value) -> bool {
    text(value, &["/category"]).is_some() || value.pointer("/riskState").is_some()
}

fn read_one(part: &Part<'_>) -> Vec<Reading> {
    let tenant = text(part.value, &["/tenantId"]);
    let source = tenant.map_or_else(|| SOURCE.to_owned(), |tenant| format!("{SOURCE}/{tenant}"));
    let properties = part.value.pointer("/properties").unwrap_or(part.value);
    let reading = match text(part.value, &["/category"]) {
        Some("RiskyUsers") => user(part, properties, source),
        Some("UserRiskEvents") => detection(part, properties, source),
        Some("RiskyServicePrincipals" | "ServicePrincipalRiskEvents") => {
            Err(nobody("category", true))
        }
        Some(other) => Err(unknown_kind(SOURCE, "category", other)),
        None if properties.pointer("/riskEventType").is_some() => {
            detection(part, properties, source)
        }
        None => user(part, properties, source),
    };
    vec![reading]
}

/// What the states of a risk mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    AtRisk,
    Compromised,
    Over,
}

fn state(properties: &Value) -> Result<State, Refusal> {
    match text(properties, &["/riskState"]) {
        Some("atRisk") => Ok(State::AtRisk),
        Some("confirmedCompromised") => Ok(State::Compromised),
        Some("remediated" | "dismissed" | "confirmedSafe" | "none") => Ok(State::Over),
        Some(_) | None => Err(unknown_value("/riskState")),
    }
}

/// An administrator's word that somebody is compromised is the highest; who is no longer at risk has
/// none, whatever level the record repeats.
fn risk(properties: &Value, state: State) -> Result<Risk<'_>, Refusal> {
    let (level, original) = by_word(properties, &["/riskLevel"])?;
    let level = match state {
        State::AtRisk => level,
        State::Compromised => Some("critical"),
        State::Over => Some("none"),
    };
    Ok(Risk { level, original, reason: text(properties, &["/riskDetail"]), ..Risk::default() })
}

fn user(part: &Part<'_>, properties: &Value, source: String) -> Reading {
    if properties.pointer("/isProcessing") == Some(&Value::Bool(true)) {
        let why = "the risk of this user is still being worked out, and what comes of it follows";
        return Err(nothing_to_do("/properties/isProcessing", why));
    }
    let id = text(properties, &["/id"]);
    let upn = text(properties, &["/userPrincipalName"]);
    let worker = Names::default().external("entra", id).account(upn);
    let worker = worker.worker("properties.userPrincipalName")?;
    let state = state(properties)?;
    let kind = match state {
        State::AtRisk | State::Compromised => EventKind::RiskRaised,
        State::Over => EventKind::RiskCleared,
    };
    let at = ["/riskLastUpdatedDateTime"];
    let time = instant(properties, &at)?;
    let changed = time.unwrap_or(part.recorded).to_string();
    let word = text(properties, &["/riskState"]).unwrap_or_default();
    let id = id_of(&["user", id.or(upn).unwrap_or_default(), &changed, word]);
    let risk = Risk { category: Some("riskyUser"), ..risk(properties, state)? };
    let data = risk.data(worker, (None, None));
    Found { source, id, kind, time, data }.admit("properties.riskState", part.settings)
}

fn detection(part: &Part<'_>, properties: &Value, source: String) -> Reading {
    let user = text(properties, &["/userId"]);
    let upn = text(properties, &["/userPrincipalName"]);
    let worker = Names::default().external("entra", user).account(upn);
    let worker = worker.worker("properties.userPrincipalName")?;
    let state = state(properties)?;
    let category = text(properties, &["/riskEventType", "/riskType"]);
    let is_leak = category.is_some_and(|it| it.eq_ignore_ascii_case("leakedCredentials"));
    let kind = match state {
        State::AtRisk | State::Compromised if is_leak => EventKind::CredentialCompromised,
        State::AtRisk | State::Compromised => EventKind::RiskRaised,
        State::Over => EventKind::RiskCleared,
    };
    let at = ["/lastUpdatedDateTime", "/detectedDateTime", "/activityDateTime"];
    let time = instant(properties, &at)?;
    let Some(detection) = text(properties, &["/id"]) else { return Err(unknown_value("/id")) };
    let changed = time.unwrap_or(part.recorded).to_string();
    let word = text(properties, &["/riskState"]).unwrap_or_default();
    let id = id_of(&["detection", detection, &changed, word]);
    let risk = Risk { category, detection: Some(detection), ..risk(properties, state)? };
    let data = risk.data(worker, (None, None));
    Found { source, id, kind, time, data }.admit("properties.riskState", part.settings)
}
