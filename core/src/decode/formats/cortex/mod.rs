//! Palo Alto Cortex XDR: incidents, and the list of risky users.
//!
//! An incident names several people, each of whom is an event; `assigned_user_mail` is an analyst, and never
//! one of them.

use super::vendor::{
    Form, Found, Names, Part, Risk, by_word, id_of, instant, nobody, nothing_to_do, text,
    unknown_value, word,
};
use crate::decode::canonical::Reading;
use crate::decode::message::Message;
use crate::decode::refusal::Refusal;
use crate::decode::settings::SourceSettings;
use crate::model::event_kind::EventKind;
use serde_json::{Value, json};

const SOURCE: &str = "cortex";

const FORM: Form = Form {
    name: SOURCE,
    lists: &["/reply/incidents", "/incidents", "/reply"],
    is_ours,
    read: read_one,
};

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
    value.pointer("/incident_id").is_some() || is_risky_user(value)
}

fn is_risky_user(value: &Value) -> bool {
    value.pointer("/risk_level").is_some() && value.pointer("/id").is_some()
}

fn read_one(part: &Part<'_>) -> Vec<Reading> {
    if !is_ours_as_incident(part.value) {
        return vec![risky_user(part)];
    }
    let kind = match standing(part.value) {
        Ok(kind) => kind,
        Err(refusal) => return vec![Err(refusal)],
    };
    let users = part.value.pointer("/users").and_then(Value::as_array);
    let readings: Vec<Reading> =
        users.into_iter().flatten().map(|user| incident(part, user.as_str(), kind)).collect();
    if readings.is_empty() { vec![Err(nobody("users", false))] } else { readings }
}

fn is_ours_as_incident(value: &Value) -> bool {
    value.pointer("/incident_id").is_some()
}

/// What was found false, or was a test, is taken back; what was closed otherwise ends by its time.
fn standing(value: &Value) -> Result<EventKind, Refusal> {
    match text(value, &["/status"]) {
        Some("new" | "under_investigation") | None => Ok(EventKind::RiskRaised),
        Some("resolved_false_positive" | "resolved_security_testing") => Ok(EventKind::RiskCleared),
        Some(status) if status.starts_with("resolved_") => {
            let why = "the incident was closed, and nobody said that it was false; what it began ends by \
                       its time, or by an operator's word";
            Err(nothing_to_do("/status", why))
        }
        Some(_) => Err(unknown_value("/status")),
    }
}

fn incident(part: &Part<'_>, user: Option<&str>, kind: EventKind) -> Reading {
    let value = part.value;
    let worker = Names::default().local_account(user).worker("users")?;
    let incident = word(value, &["/incident_id"]).unwrap_or_default();
    let (level, original) = by_word(value, &["/severity"])?;
    let level = if kind == EventKind::RiskCleared { Some("none") } else { level };
    let time = instant(value, &["/modification_time", "/creation_time"])?;
    let at = time.unwrap_or(part.recorded).to_string();
    let id = id_of(&[&incident, user.unwrap_or_default(), &at]);
    let score = value.pointer("/aggregated_score").and_then(Value::as_f64);
    let risk = Risk {
        level,
        original,
        category: text(value, &["/alert_categories/0"]),
        reason: text(value, &["/description", "/incident_name"]),
        score: score.map(|it| (it, scale())),
        detection: Some(&incident),
    };
    let data = risk.data(worker, (None, None));
    Found { source: SOURCE.to_owned(), id, kind, time, data }.admit("status", part.settings)
}

fn scale() -> Value {
    json!({"min": 0, "max": 100, "higher_is": "worse"})
}

/// A user of the list of risky ones, which says no time: it is news whenever it comes.
fn risky_user(part: &Part<'_>) -> Reading {
    let value = part.value;
    if text(value, &["/type"]).is_some_and(|kind| !kind.eq_ignore_ascii_case("user")) {
        return Err(nobody("type", true));
    }
    let user = text(value, &["/id"]);
    let worker = Names::default().account(text(value, &["/email"])).local_account(user);
    let worker = worker.worker("id")?;
    let (level, original) = by_word(value, &["/risk_level"])?;
    let is_over = matches!(level, Some("low" | "none"));
    let kind = if is_over { EventKind::RiskCleared } else { EventKind::RiskRaised };
    let id = id_of(&["risky_user", user.unwrap_or_default(), &part.recorded.to_string()]);
    let score = value.pointer("/score").and_then(Value::as_f64);
    let risk = Risk {
        level,
        original,
        category: Some("risky_user"),
        reason: text(value, &["/reasons/0/description"]),
        score: score.map(|it| (it, scale())),
        detection: Some("risky_user"),
    };
    let data = risk.data(worker, (None, None));
    Found { source: SOURCE.to_owned(), id, kind, time: None, data }
        .admit("risk_level", part.settings)
}
