//! Netskope: alerts of both generations, and scores of user confidence.
//!
//! Alerts come as Cloud Exchange's Kafka plugin writes them with "transform" off, or as the API gives
//! them. They are never taken back; what they begin ends by its time. The confidence index is: it falls
//! when somebody is at risk and rises again, and 1000 is the best.

mod confidence;

use super::vendor::{
    Form, Found, Names, Part, Risk, by_word, digest, id_of, instant, nothing_to_do, text,
    unknown_kind, word,
};
use crate::decode::canonical::Reading;
use crate::decode::message::{Body, Message};
use crate::decode::refusal::Refusal;
use crate::decode::settings::SourceSettings;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event_kind::EventKind;
use serde_json::Value;

const SOURCE: &str = "netskope";

const FORM: Form = Form {
    name: SOURCE,
    lists: &["/usersUci", "/result", "/data", "/alerts"],
    is_ours,
    read: read_one,
};

pub(super) fn recognise(message: &Message<'_>) -> bool {
    Form::recognise(message)
}

pub(super) fn read(message: Message<'_>, source: &SourceSettings) -> Vec<Reading> {
    FORM.read(message, source)
}

/// Cloud Exchange writes CEF unless it is told not to.
pub(super) fn refuse(message: Message<'_>) -> Refusal {
    let value = message.raw.value.as_deref().unwrap_or_default();
    let is_cef = value.windows(4).take(200).any(|it| it == b"CEF:");
    if matches!(message.body, Body::Unreadable(_)) && is_cef {
        let text = "the value is CEF, in which much of the alert is missing; switch \"transform\" off for \
                    the Kafka plugin in Cloud Exchange, so that it sends alerts as JSON";
        return Why::new(Code::ValueNotOfFormat, Some("value"), text).into();
    }
    FORM.refuse(message)
}

fn is_ours(value: &Value) -> bool {
    ["/alert_type", "/record_type", "/_id", "/type"].iter().any(|it| value.pointer(it).is_some())
        || confidence::is_one(value)
}

fn read_one(part: &Part<'_>) -> Vec<Reading> {
    if confidence::is_one(part.value) {
        return confidence::read(part);
    }
    vec![alert(part)]
}

/// What the types of alerts mean.
#[derive(Clone, Copy)]
enum Meaning {
    Risk,
    Credential,
    /// Data or a policy, not a person at risk.
    Nothing,
}

fn meaning(alert_type: &str) -> Option<Meaning> {
    let plain: String = alert_type.chars().filter(char::is_ascii_alphanumeric).collect();
    Some(match plain.to_ascii_lowercase().as_str() {
        "anomaly" | "uba" | "malware" | "malsite" | "watchlist" | "ctep" | "ips" | "c2" => {
            Meaning::Risk
        }
        "compromisedcredential" | "compromisedcredentials" => Meaning::Credential,
        "dlp" | "policy" | "legalhold" | "quarantine" | "remediation" | "securityassessment"
        | "content" => Meaning::Nothing,
        _ => return None,
    })
}

fn alert(part: &Part<'_>) -> Reading {
    let value = part.value;
    let Some(alert_type) = text(value, &["/alert_type"]) else {
        let record = text(value, &["/record_type", "/type"]).unwrap_or("event");
        return Err(unknown_kind(SOURCE, "record_type", record));
    };
    let kind = match meaning(alert_type) {
        Some(Meaning::Risk) => EventKind::RiskRaised,
        Some(Meaning::Credential) => EventKind::CredentialCompromised,
        Some(Meaning::Nothing) => {
            let why = "the alert tells of data or a policy, not of a person at risk";
            return Err(nothing_to_do("/alert_type", why));
        }
        None => return Err(unknown_kind(SOURCE, "alert_type", alert_type)),
    };
    let worker = names(value).worker("user")?;
    let (level, original) = by_word(value, &["/severity_level", "/severity", "/risk_level"])?;
    let id = word(value, &["/_id", "/alert_id", "/transaction_id"]);
    let id = id.unwrap_or_else(|| digest(value));
    let risk = Risk {
        level,
        original,
        category: Some(alert_type),
        reason: text(value, &["/alert_name", "/watchlist_name", "/malware_name"]),
        score: value.pointer("/user_confidence_index").and_then(confidence::score),
        detection: Some(&id),
    };
    let device = (text(value, &["/nsdeviceuid"]), text(value, &["/hostname"]));
    let data = risk.data(worker, device);
    let time = instant(value, &["/timestamp"])?;
    let id = id_of(&[&id]);
    Found { source: SOURCE.to_owned(), id, kind, time, data }.admit("alert_type", part.settings)
}

/// HR's number, where the tenant synchronises it, before names; of those the normalised one first. Of
/// `from_user`, `to_user` and whoever remedied something the alert is not about.
fn names(value: &Value) -> Names {
    let number = word(value, &["/custom_attr/usr_udf_employeeid", "/usr_udf_employeeid"]);
    Names::default()
        .number(number.as_deref())
        .account(text(value, &["/ur_normalized", "/userkey", "/user", "/matched_username"]))
}
