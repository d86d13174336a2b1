//! `SentinelOne`: threats on devices. They have no severity: how sure the vendor is stands for it.

use super::vendor::{
    Form, Found, Names, Part, Risk, id_of, instant, nothing_to_do, text, unknown_value, word,
};
use crate::decode::canonical::Reading;
use crate::decode::message::Message;
use crate::decode::refusal::Refusal;
use crate::decode::settings::SourceSettings;
use crate::model::event_kind::EventKind;
use serde_json::Value;

const SOURCE: &str = "sentinelone";

const FORM: Form = Form { name: SOURCE, lists: &["/data"], is_ours, read: read_one };

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
    value.pointer("/threatInfo").is_some_and(Value::is_object)
}

fn read_one(part: &Part<'_>) -> Vec<Reading> {
    vec![threat(part)]
}

fn threat(part: &Part<'_>) -> Reading {
    let value = part.value;
    let at = |name: &'static str| text(value, &[name]);
    let kind = standing(value)?;
    // Who ran it goes before who was logged in last.
    let agent = "/agentDetectionInfo/agentLastLoggedInUpn";
    let mail = "/agentDetectionInfo/agentLastLoggedInUserMail";
    let names = Names::default()
        .local_account(at("/threatInfo/processUser").filter(|it| it.contains(['\\', '@'])))
        .account(at(agent))
        .account(at(mail))
        .local_account(at("/agentDetectionInfo/agentLastLoggedInUserName"));
    let worker = names.worker("threatInfo.processUser")?;
    let threat = word(value, &["/threatInfo/threatId", "/id"]);
    let threat = threat.ok_or_else(|| unknown_value("/threatInfo/threatId"))?;
    let level = match (kind, at("/threatInfo/confidenceLevel")) {
        (EventKind::RiskCleared, _) => Some("none"),
        (_, Some("malicious")) => Some("high"),
        (_, Some("suspicious")) => Some("medium"),
        (_, Some(_)) => return Err(unknown_value("/threatInfo/confidenceLevel")),
        (_, None) => None,
    };
    let times = ["/threatInfo/updatedAt", "/threatInfo/identifiedAt", "/threatInfo/createdAt"];
    let time = instant(value, &times)?;
    let state = at("/threatInfo/incidentStatus").unwrap_or_default();
    let id = id_of(&[&threat, state, &time.unwrap_or(part.recorded).to_string()]);
    let risk = Risk {
        level,
        original: at("/threatInfo/confidenceLevel").map(str::to_owned),
        category: Some("endpoint"),
        reason: text(value, &["/threatInfo/classification", "/threatInfo/threatName"]),
        score: None,
        detection: Some(&threat),
    };
    let device = (
        text(value, &["/agentRealtimeInfo/agentId", "/agentDetectionInfo/agentUuid"]),
        at("/agentRealtimeInfo/agentComputerName"),
    );
    let data = risk.data(worker, device);
    Found { source: SOURCE.to_owned(), id, kind, time, data }
        .admit("threatInfo.incidentStatus", part.settings)
}

/// Only an analyst's word that it was false takes a threat back.
fn standing(value: &Value) -> Result<EventKind, Refusal> {
    let is_false = text(value, &["/threatInfo/analystVerdict"]) == Some("false_positive")
        || text(value, &["/threatInfo/mitigationStatus"]) == Some("marked_as_benign");
    if is_false {
        return Ok(EventKind::RiskCleared);
    }
    match text(value, &["/threatInfo/incidentStatus"]) {
        Some("unresolved" | "in_progress") | None => Ok(EventKind::RiskRaised),
        Some("resolved") => {
            let why = "the threat was resolved, and nobody said that it was false; what it began ends by \
                       its time, or by an operator's word";
            Err(nothing_to_do("/threatInfo/incidentStatus", why))
        }
        Some(_) => Err(unknown_value("/threatInfo/incidentStatus")),
    }
}
