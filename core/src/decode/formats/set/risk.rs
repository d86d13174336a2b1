//! How much somebody is at risk, in whichever spelling.

use super::kinds::Whose;
use super::meaning::insufficient;
use super::subject::Subject;
use crate::decode::refusal::{Bearing, Refusal};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event_kind::EventKind;
use serde_json::{Map, Value, json};

/// The level now and before, as transmitters spell them.
const NOW: [&str; 2] = ["current_level", "currentRiskLevel"];
const BEFORE: [&str; 2] = ["previous_level", "previousRiskLevel"];

/// At these levels nobody need be kept away.
const CALM: [&str; 2] = ["none", "low"];

/// The type of the event, and `data.risk` of it.
pub(super) fn read(
    members: &Map<String, Value>,
    whose: Whose,
    subject: &Subject,
) -> Result<(EventKind, Value), Refusal> {
    let level = level(members, &NOW)?.ok_or_else(|| {
        insufficient("the event does not say how high the risk is").of(EventKind::RiskRaised)
    })?;
    let is_calm = CALM.contains(&level.as_str());
    let kind = if is_calm { EventKind::RiskCleared } else { EventKind::RiskRaised };
    let mut risk = Map::new();
    risk.insert("level".to_owned(), json!(level));
    if let Some(before) = self::level(members, &BEFORE)? {
        risk.insert("previous_level".to_owned(), json!(before));
    }
    let reason = members.get("risk_reason").and_then(Value::as_str);
    risk.extend(reason.map(|it| ("reason".to_owned(), json!(it))));
    // What is raised of a device is not cleared by what is said of its user.
    risk.insert("detection_id".to_owned(), json!(detection(members, whose, subject)?));
    Ok((kind, Value::Object(risk)))
}

fn level(members: &Map<String, Value>, spellings: &[&str]) -> Result<Option<String>, Refusal> {
    let mut said = spellings.iter().filter_map(|name| members.get(*name));
    let Some(first) = said.next() else { return Ok(None) };
    let Some(word) = first.as_str().map(str::to_ascii_lowercase) else {
        return Err(insufficient("a level of the risk is no text"));
    };
    if said.any(|other| other.as_str().is_none_or(|it| !it.eq_ignore_ascii_case(&word))) {
        let text = "the event says twice how high the risk is, and not the same";
        let why = Why::new(Code::SetContradiction, Some("events"), text);
        return Err(Refusal::park(why, Bearing::Of(EventKind::RiskRaised)));
    }
    Ok(Some(word))
}

/// Whose risk it is: that of a person, of one of their devices or of a session each ends by itself.
fn detection(
    members: &Map<String, Value>,
    whose: Whose,
    subject: &Subject,
) -> Result<String, Refusal> {
    let principal = members.get("principal").and_then(Value::as_str).unwrap_or("USER");
    let device = || match &subject.device {
        Some(id) => format!("risk of device {id}"),
        None => "risk of device".to_owned(),
    };
    match (whose, principal.to_ascii_uppercase().as_str()) {
        (Whose::Device, _) | (Whose::AsSaid, "DEVICE") => Ok(device()),
        (Whose::AsSaid, "USER") => Ok("risk of user".to_owned()),
        (Whose::AsSaid, "SESSION") => Ok("risk of session".to_owned()),
        (Whose::AsSaid, _) => {
            let text = "the risk is that of a whole tenant, unit or group, and usher acts on \
                        people; look whom it concerns, and act by hand";
            let why = Why::new(Code::SetSubjectMany, Some("events"), text);
            Err(Refusal::park(why, Bearing::Of(EventKind::RiskRaised)))
        }
    }
}
