//! `CrowdStrike` Falcon: Event Streams (`metadata`, `event`) and alerts of the API.
//!
//! Numbers of severity are of several scales: those from 10 on are of the one that goes to 100, and smaller
//! ones of none that can be told. What analysts do in the console is nobody's risk.

use super::vendor::{
    Form, Found, Names, Part, Risk, by_score, by_word, id_of, instant, nothing_to_do, text,
    unknown_kind, unknown_value, word,
};
use crate::decode::canonical::Reading;
use crate::decode::message::Message;
use crate::decode::refusal::Refusal;
use crate::decode::settings::SourceSettings;
use crate::model::event_kind::EventKind;
use serde_json::Value;

const SOURCE: &str = "crowdstrike";

const FORM: Form = Form { name: SOURCE, lists: &["/resources"], is_ours, read: read_one };

/// The lowest number of each level, of the scale up to 100.
const SCALE: [(f64, &str); 5] =
    [(80.0, "critical"), (60.0, "high"), (40.0, "medium"), (20.0, "low"), (10.0, "none")];

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
    text(value, &["/metadata/eventType", "/composite_id"]).is_some()
}

fn read_one(part: &Part<'_>) -> Vec<Reading> {
    let Some(event) = text(part.value, &["/metadata/eventType"]) else {
        return vec![api_alert(part)];
    };
    vec![match event {
        "IdpDetectionSummaryEvent" => idp(part),
        "IdentityProtectionEvent" => incident(part),
        "EppDetectionSummaryEvent" | "EPPDetectionSummaryEvent" | "DetectionSummaryEvent" => {
            endpoint(part)
        }
        "UserActivityAuditEvent"
        | "AuthActivityAuditEvent"
        | "RemoteResponseSessionStartEvent"
        | "RemoteResponseSessionEndEvent" => {
            let why = "this tells what an analyst or an administrator did in the console";
            Err(nothing_to_do("/metadata/eventType", why))
        }
        other => Err(unknown_kind(SOURCE, "metadata.eventType", other)),
    }]
}

/// What all kinds of events are made into.
struct Signal<'a> {
    kind: EventKind,
    names: Names,
    /// Where the names stand.
    field: &'static str,
    detection: &'a str,
    /// What tells this word on the detection from another.
    state: &'a str,
    category: &'static str,
    reason: Option<&'a str>,
    device: (Option<&'a str>, Option<&'a str>),
}

impl Signal<'_> {
    fn reading(
        self,
        part: &Part<'_>,
        (level, number): (&[&str], &[&str]),
        times: &[&str],
    ) -> Reading {
        let worker = self.names.worker(self.field)?;
        let (mut level, mut original) = by_word(part.value, level)?;
        if original.is_none() {
            let number = number.iter().find_map(|it| part.value.pointer(it));
            level = number.and_then(Value::as_f64).and_then(|number| by_score(number, &SCALE));
            original = number.map(ToString::to_string);
        }
        if self.kind == EventKind::RiskCleared {
            level = Some("none");
        }
        let time = instant(part.value, times)?;
        let at = time.unwrap_or(part.recorded).to_string();
        let id = id_of(&[self.detection, self.state, &at]);
        let customer = text(part.value, &["/metadata/customerIDString", "/cid"]);
        let source = customer.map_or_else(|| SOURCE.to_owned(), |it| format!("{SOURCE}/{it}"));
        let risk = Risk {
            level,
            original,
            category: Some(self.category),
            reason: self.reason,
            score: None,
            detection: Some(self.detection),
        };
        let data = risk.data(worker, self.device);
        let found = Found { source, id, kind: self.kind, time, data };
        found.admit("metadata.eventType", part.settings)
    }
}

/// A detection of identity protection.
fn idp(part: &Part<'_>) -> Reading {
    let at = |name: &'static str| text(part.value, &[name]);
    let sam = in_domain(at("/event/SourceAccountDomain"), at("/event/SourceAccountName"));
    let names = Names::default()
        .external("sid", at("/event/SourceAccountObjectSid"))
        .account(at("/event/SourceAccountUpn"))
        .local_account(sam.as_deref());
    let id = ["/event/DetectId", "/event/CompositeId"];
    let detection = text(part.value, &id).ok_or_else(|| unknown_value("/event/DetectId"))?;
    let signal = Signal {
        kind: EventKind::RiskRaised,
        names,
        field: "event.SourceAccountUpn",
        detection,
        state: "",
        category: "identity",
        reason: text(part.value, &["/event/DetectName", "/event/Name"]),
        device: (at("/event/SourceEndpointSensorId"), at("/event/SourceEndpointHostName")),
    };
    let times = [
        "/event/MostRecentActivityTimeStamp",
        "/event/ContextTimeStamp",
        "/metadata/eventCreationTime",
    ];
    signal.reading(part, (&["/event/SeverityName"], &["/event/Severity"]), &times)
}

/// An incident of identity protection, with the state in which an analyst left it.
fn incident(part: &Part<'_>) -> Reading {
    let at = |name: &'static str| text(part.value, &[name]);
    let state = at("/event/State").unwrap_or_default();
    let kind = match state.to_ascii_uppercase().as_str() {
        "" | "NEW" | "IN_PROGRESS" | "REOPENED" => EventKind::RiskRaised,
        "DISMISS" | "DISMISSED" | "FALSE_POSITIVE" => EventKind::RiskCleared,
        "RESOLVED" | "AUTO_RESOLVED" => return Err(closed("/event/State")),
        _ => return Err(unknown_value("/event/State")),
    };
    let id = ["/event/IdentityProtectionIncidentId", "/event/IncidentId"];
    let detection = text(part.value, &id).ok_or_else(|| unknown_value(id[0]))?;
    let signal = Signal {
        kind,
        names: Names::default().local_account(at("/event/UserName")),
        field: "event.UserName",
        detection,
        state,
        category: "identity",
        reason: at("/event/IncidentType"),
        device: (None, at("/event/EndpointName")),
    };
    let times = ["/event/EndTime", "/event/StartTime", "/metadata/eventCreationTime"];
    signal.reading(part, (&["/event/SeverityName"], &["/event/Severity"]), &times)
}

/// A detection on a device. An account of the device itself is nobody's.
fn endpoint(part: &Part<'_>) -> Reading {
    let at = |name: &'static str| text(part.value, &[name]);
    let host = text(part.value, &["/event/Hostname", "/event/ComputerName"]);
    let (user, domain) = (at("/event/UserName"), at("/event/LogonDomain"));
    let is_local = |it: &&str| host.is_some_and(|host| host.eq_ignore_ascii_case(it));
    if domain.as_ref().is_some_and(is_local) {
        return Err(super::vendor::nobody("event.LogonDomain", true));
    }
    let account = in_domain(domain, user);
    let id = ["/event/CompositeId", "/event/DetectId"];
    let detection = text(part.value, &id).ok_or_else(|| unknown_value(id[0]))?;
    let signal = Signal {
        kind: EventKind::RiskRaised,
        names: Names::default()
            .account(at("/event/UserPrincipal"))
            .local_account(account.as_deref()),
        field: "event.UserName",
        detection,
        state: "",
        category: "endpoint",
        reason: text(part.value, &["/event/Name", "/event/DetectName"]),
        device: (text(part.value, &["/event/AgentId", "/event/SensorId"]), host),
    };
    let times =
        ["/event/ContextTimeStamp", "/event/ProcessStartTime", "/metadata/eventCreationTime"];
    signal.reading(part, (&["/event/SeverityName"], &["/event/Severity"]), &times)
}

/// An alert as the API gives it.
fn api_alert(part: &Part<'_>) -> Reading {
    let at = |name: &'static str| text(part.value, &[name]);
    let status = at("/status").unwrap_or_default();
    let kind = match (status, at("/resolution")) {
        ("new" | "in_progress" | "reopened", _) => EventKind::RiskRaised,
        ("closed", Some("false_positive")) => EventKind::RiskCleared,
        ("closed", _) => return Err(closed("/status")),
        _ => return Err(unknown_value("/status")),
    };
    let sam = in_domain(at("/source_account_domain"), at("/source_account_sam_account_name"));
    let names = Names::default()
        .external("sid", at("/source_account_object_sid"))
        .account(at("/source_account_upn"))
        .local_account(sam.as_deref());
    let detection = word(part.value, &["/composite_id"]).unwrap_or_default();
    let signal = Signal {
        kind,
        names,
        field: "source_account_upn",
        detection: &detection,
        state: status,
        category: "identity",
        reason: text(part.value, &["/display_name", "/name"]),
        device: (at("/source_endpoint_sensor_id"), at("/source_endpoint_host_name")),
    };
    let times = ["/updated_timestamp", "/created_timestamp", "/start_time"];
    signal.reading(part, (&["/severity_name"], &["/severity"]), &times)
}

fn closed(pointer: &str) -> Refusal {
    let why = "it was closed, and nobody said that it was false; what it began ends by its time, or by an \
               operator's word";
    nothing_to_do(pointer, why)
}

fn in_domain(domain: Option<&str>, name: Option<&str>) -> Option<String> {
    let name = name?;
    Some(match domain {
        Some(domain) if !name.contains(['\\', '@']) => format!("{domain}\\{name}"),
        Some(_) | None => name.to_owned(),
    })
}
