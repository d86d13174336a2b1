//! Microsoft Defender XDR: evidence of alerts from the streaming API (Event Hubs, `records`), and alerts
//! from Graph (`alerts_v2`),
//! alone or in their incidents (`incidents?$expand=alerts`).
//!
//! An alert names several people, each of whom is an event; `assignedTo` is an analyst, and never one of
//! them.

use super::vendor::{
    Form, Found, Names, Part, Risk, by_word, id_of, instant, nobody, nothing_to_do, text,
    unknown_kind, unknown_value,
};
use crate::decode::canonical::Reading;
use crate::decode::message::Message;
use crate::decode::refusal::{Bearing, Refusal};
use crate::decode::settings::SourceSettings;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event_kind::EventKind;
use serde_json::Value;

const SOURCE: &str = "defender";

const FORM: Form =
    Form { name: SOURCE, lists: &["/records", "/value", "/alerts"], is_ours, read: read_one };

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
    text(value, &["/category"]).is_some() || is_alert(value) || is_incident(value)
}

/// One that came without its alerts; with them, each alert is read by itself.
fn is_incident(value: &Value) -> bool {
    text(value, &["/incidentWebUrl"]).is_some()
}

/// An alert of Graph has a category of its own (`CredentialAccess`).
fn is_alert(value: &Value) -> bool {
    value.pointer("/evidence").is_some_and(Value::is_array)
        && value.pointer("/severity").is_some()
        && value.pointer("/id").is_some()
}

fn read_one(part: &Part<'_>) -> Vec<Reading> {
    if is_alert(part.value) {
        return alert(part);
    }
    if is_incident(part.value) {
        return vec![Err(without_alerts())];
    }
    let properties = part.value.pointer("/properties").unwrap_or(&Value::Null);
    vec![match text(part.value, &["/category"]).unwrap_or_default() {
        "AdvancedHunting-AlertEvidence" => evidence(part, properties),
        "AdvancedHunting-AlertInfo" => {
            let why = "this names nobody; the evidence of the alert does, and comes by itself";
            Err(nothing_to_do("/category", why))
        }
        other => Err(unknown_kind(SOURCE, "category", other)),
    }]
}

/// Whom an incident hit stands in its alerts alone; that it names nobody does not say that it is nobody's.
fn without_alerts() -> Refusal {
    let text = "the incident came without its alerts, which alone say whom it hit; have it sent with them \
                (`incidents?$expand=alerts`), and act by hand if somebody is at risk";
    let why = Why::new(Code::WorkerMissing, Some("alerts"), text);
    Refusal::park(why, Bearing::Of(EventKind::RiskRaised))
}

fn source_of(value: &Value) -> String {
    let tenant = text(value, &["/tenantId"]);
    tenant.map_or_else(|| SOURCE.to_owned(), |tenant| format!("{SOURCE}/{tenant}"))
}

/// A row of `AlertEvidence`: somebody counts whom the alert is about, not who is merely related.
fn evidence(part: &Part<'_>, properties: &Value) -> Reading {
    if text(properties, &["/EntityType"]) != Some("User") {
        return Err(nobody("properties.EntityType", false));
    }
    match text(properties, &["/EvidenceRole"]) {
        Some("Impacted") => {}
        Some("Related") => {
            let why = "the person is only related to the alert, not impacted";
            return Err(nothing_to_do("/properties/EvidenceRole", why));
        }
        Some(_) | None => return Err(unknown_value("/properties/EvidenceRole")),
    }
    let at = |name: &'static str| text(properties, &[name]);
    let sam = sam(at("/AccountDomain"), at("/AccountName"));
    let names = Names::default()
        .external("entra", at("/AccountObjectId"))
        .external("sid", at("/AccountSid"))
        .account(at("/AccountUpn"))
        .local_account(sam.as_deref());
    let worker = names.worker("properties.AccountUpn")?;
    let Some(alert) = at("/AlertId") else { return Err(unknown_value("/properties/AlertId")) };
    let (level, original) = by_word(properties, &["/Severity"])?;
    let time = instant(properties, &["/Timestamp"])?;
    let account = at("/AccountUpn").or(at("/AccountObjectId")).or(sam.as_deref());
    let id =
        id_of(&[alert, account.unwrap_or_default(), &time.unwrap_or(part.recorded).to_string()]);
    let risk = Risk {
        level,
        original,
        category: at("/DetectionSource").or(at("/ServiceSource")),
        reason: at("/Title"),
        score: None,
        detection: Some(alert),
    };
    let data = risk.data(worker, (at("/DeviceId"), at("/DeviceName")));
    let kind = EventKind::RiskRaised;
    Found { source: source_of(part.value), id, kind, time, data }.admit("category", part.settings)
}

fn sam(domain: Option<&str>, name: Option<&str>) -> Option<String> {
    Some(match domain {
        Some(domain) => format!("{domain}\\{}", name?),
        None => name?.to_owned(),
    })
}

/// What became of an alert. One that was closed without being called false leaves its signal as it is.
fn standing(value: &Value) -> Result<EventKind, Refusal> {
    match text(value, &["/status"]) {
        Some("new" | "inProgress") | None => Ok(EventKind::RiskRaised),
        Some("resolved") => {
            let said = text(value, &["/classification"]);
            if let Some("falsePositive" | "informationalExpectedActivity") = said {
                return Ok(EventKind::RiskCleared);
            }
            let why = "the alert was closed, and nobody said that it was false; what it began ends by \
                       its time, or by an operator's word";
            Err(nothing_to_do("/classification", why))
        }
        Some(_) => Err(unknown_value("/status")),
    }
}

fn alert(part: &Part<'_>) -> Vec<Reading> {
    let kind = match standing(part.value) {
        Ok(kind) => kind,
        Err(refusal) => return vec![Err(refusal)],
    };
    let evidence = part.value.pointer("/evidence").and_then(Value::as_array);
    let users = evidence.into_iter().flatten().filter(|it| {
        text(it, &["/@odata.type"]).is_some_and(|kind| kind.ends_with(".userEvidence"))
    });
    let readings: Vec<Reading> = users.map(|user| of_user(part, user, kind)).collect();
    if readings.is_empty() { vec![Err(nobody("evidence", false))] } else { readings }
}

fn of_user(part: &Part<'_>, user: &Value, kind: EventKind) -> Reading {
    let value = part.value;
    let at = |name: &'static str| text(user, &[name]);
    let sam = sam(at("/userAccount/domainName"), at("/userAccount/accountName"));
    let names = Names::default()
        .external("entra", at("/userAccount/azureAdUserId"))
        .external("sid", at("/userAccount/userSid"))
        .account(at("/userAccount/userPrincipalName"))
        .local_account(sam.as_deref());
    let worker = names.worker("evidence.userAccount")?;
    let alert = text(value, &["/id"]).ok_or_else(|| unknown_value("/id"))?;
    let (level, original) = by_word(value, &["/severity"])?;
    let level = if kind == EventKind::RiskCleared { Some("none") } else { level };
    let time = instant(value, &["/lastUpdateDateTime", "/createdDateTime"])?;
    let account = at("/userAccount/userPrincipalName").or(at("/userAccount/azureAdUserId"));
    let account = account.or(sam.as_deref()).unwrap_or_default();
    let id = id_of(&[alert, account, &time.unwrap_or(part.recorded).to_string()]);
    let risk = Risk {
        level,
        original,
        category: text(value, &["/category"]),
        reason: text(value, &["/title"]),
        score: None,
        detection: Some(alert),
    };
    let data = risk.data(worker, (None, None));
    Found { source: source_of(value), id, kind, time, data }.admit("status", part.settings)
}
