//! What one event of a token means: its type, and what stands in its data.

use super::claims::{Claims, instant};
use super::kinds::Kind;
use super::subject::Subject;
use super::wire::malformed;
use super::{risk, scim};
use crate::decode::canonical::TEXT_BYTES_MAX;
use crate::decode::refusal::{Bearing, Refusal};
use crate::decode::transmitter::Transmitter;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event_kind::EventKind;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// An event in usher's words.
#[derive(Debug)]
pub(super) struct Signal {
    pub(super) kind: EventKind,
    pub(super) time: Timestamp,
    pub(super) data: Map<String, Value>,
}

/// What the event at `address` says; why not, if it says nothing that usher could act on.
pub(super) fn of(
    address: &str,
    payload: &Value,
    claims: &Claims,
    transmitter: &Transmitter,
) -> Result<Signal, Refusal> {
    let kind = Kind::of(address).ok_or_else(unknown)?;
    if kind == Kind::NoConcern {
        return Err(no_concern());
    }
    let members = match payload {
        Value::Object(members) => members,
        Value::String(_) => return Err(encrypted(kind)),
        _ => return Err(malformed("an event of the token is no JSON object")),
    };
    if kind == Kind::StreamUpdated {
        return Err(stream(members));
    }
    if kind == Kind::IdentifierRecycled {
        return Err(recycled());
    }
    let subject = subject(members, claims, transmitter).map_err(|it| leaning(it, kind))?;
    let time = time(members, claims).map_err(|it| leaning(it, kind))?;
    let (kind, data) = data(kind, members, &subject, claims)?;
    let mut all = Map::new();
    all.insert("worker".to_owned(), Value::Object(subject.worker));
    all.extend(data);
    Ok(Signal { kind, time, data: all })
}

/// The same refusal of an event that means this.
fn leaning(refusal: Refusal, kind: Kind) -> Refusal {
    match usual(kind) {
        Some(kind) => refusal.of(kind),
        None => refusal,
    }
}

/// What it is of, as far as its address says.
fn usual(kind: Kind) -> Option<EventKind> {
    Some(match kind {
        Kind::Risk(_) => EventKind::RiskRaised,
        Kind::SessionRevoked => EventKind::SessionRevoked,
        Kind::CredentialChange | Kind::CredentialChangeRequired => EventKind::CredentialChanged,
        Kind::CredentialCompromise => EventKind::CredentialCompromised,
        Kind::AssuranceChange => EventKind::AssuranceChanged,
        Kind::DeviceCompliance => EventKind::DeviceComplianceChanged,
        Kind::Disabled => EventKind::AccountDisabled,
        Kind::Enabled => EventKind::AccountEnabled,
        Kind::Purged => EventKind::AccountPurged,
        Kind::IdentifierChanged => EventKind::IdentifierChanged,
        Kind::Scim(_) | Kind::IdentifierRecycled | Kind::StreamUpdated | Kind::NoConcern => {
            return None;
        }
    })
}

/// All that names the subject: the token, the event in it, or a member of older transmitters.
fn subject(
    members: &Map<String, Value>,
    claims: &Claims,
    of: &Transmitter,
) -> Result<Subject, Refusal> {
    let mut subject = Subject::default();
    let of_event = members.get("subject").filter(|it| !it.is_null());
    for named in claims.subject.iter().chain(of_event) {
        subject.read(named, of)?;
    }
    if claims.subject.is_none() && of_event.is_none() {
        let of_event = members.get("sub").and_then(Value::as_str);
        if let Some(id) = of_event.or(claims.plain_subject.as_deref()) {
            subject.read_id(id, of)?;
        }
    }
    subject.named()
}

/// When it happened: the event says it best, then the token's `toe`, then when it was issued.
fn time(members: &Map<String, Value>, claims: &Claims) -> Result<Timestamp, Refusal> {
    let said = ["event_timestamp", "event_time"].iter().find_map(|name| members.get(*name));
    match said.filter(|it| !it.is_null()) {
        None => Ok(claims.time),
        Some(value) => {
            instant(value).ok_or_else(|| malformed("`event_timestamp` of the event is no instant"))
        }
    }
}

/// The type, and the members of `data` beside the worker.
fn data(
    kind: Kind,
    members: &Map<String, Value>,
    subject: &Subject,
    claims: &Claims,
) -> Result<(EventKind, Map<String, Value>), Refusal> {
    let mut data = Map::new();
    let mut put = |name: &str, value: Value| data.insert(name.to_owned(), value);
    let event = match kind {
        Kind::Risk(whose) => {
            let (kind, risk) = risk::read(members, whose, subject)?;
            put("risk", risk);
            kind
        }
        Kind::SessionRevoked => EventKind::SessionRevoked,
        Kind::CredentialChange => {
            let kind = EventKind::CredentialChanged;
            let credential = [("type", "credential_type", true), ("change", "change_type", true)];
            put("credential", Value::Object(chosen(members, &credential, kind)?));
            kind
        }
        Kind::CredentialChangeRequired => {
            put("credential", json!({ "change": "required" }));
            EventKind::CredentialChanged
        }
        Kind::CredentialCompromise => {
            let kind = EventKind::CredentialCompromised;
            let credential = [("type", "credential_type", false)];
            put("credential", Value::Object(chosen(members, &credential, kind)?));
            kind
        }
        Kind::AssuranceChange => {
            let kind = EventKind::AssuranceChanged;
            let assurance = [
                ("namespace", "namespace", true),
                ("level", "current_level", true),
                ("previous_level", "previous_level", false),
                ("direction", "change_direction", false),
            ];
            put("assurance", Value::Object(chosen(members, &assurance, kind)?));
            kind
        }
        Kind::DeviceCompliance => {
            let kind = EventKind::DeviceComplianceChanged;
            let device =
                [("status", "current_status", true), ("previous_status", "previous_status", false)];
            let mut device = chosen(members, &device, kind)?;
            if let Some(id) = &subject.device {
                // What is said of one device takes back nothing that was said of another.
                put("detection_id", json!(format!("compliance of device {id}")));
                device.insert("id".to_owned(), json!(id));
            }
            put("device", Value::Object(device));
            kind
        }
        Kind::Disabled => EventKind::AccountDisabled,
        Kind::Enabled => EventKind::AccountEnabled,
        Kind::Purged => EventKind::AccountPurged,
        Kind::IdentifierChanged => return renamed(members, subject),
        Kind::Scim(deed) => scim::kind(deed, members, &claims.events)?,
        Kind::IdentifierRecycled | Kind::StreamUpdated | Kind::NoConcern => {
            return Err(no_concern());
        }
    };
    data.extend(reason(members).map(|it| ("reason".to_owned(), it)));
    let by = members.get("initiating_entity").filter(|it| it.is_string());
    data.extend(by.map(|it| ("initiating_entity".to_owned(), it.clone())));
    Ok((event, data))
}

/// The members by usher's names; those that must be there are.
fn chosen(
    members: &Map<String, Value>,
    names: &[(&str, &str, bool)],
    kind: EventKind,
) -> Result<Map<String, Value>, Refusal> {
    let mut chosen = Map::new();
    for (ours, theirs, must_be) in names {
        match members.get(*theirs) {
            Some(Value::String(text)) if !text.is_empty() && text.len() <= TEXT_BYTES_MAX => {
                chosen.insert((*ours).to_owned(), json!(text));
            }
            Some(Value::Number(number)) => {
                chosen.insert((*ours).to_owned(), json!(number.to_string()));
            }
            None | Some(Value::Null) if !must_be => {}
            _ => {
                let text = format!("the event has no `{theirs}`, or one that is no text");
                return Err(insufficient(&text).of(kind));
            }
        }
    }
    Ok(chosen)
}

/// The name before and after. Of a phone's number nothing follows.
fn renamed(
    members: &Map<String, Value>,
    subject: &Subject,
) -> Result<(EventKind, Map<String, Value>), Refusal> {
    let after = members.get("new-value").or_else(|| members.get("new_value"));
    let after = after.and_then(Value::as_str).filter(|it| !it.trim().is_empty());
    let (Some(after), Some(before)) = (after, subject.worker.get("work_email")) else {
        let text = "the event does not say how an address was before, and how it is now";
        return Err(insufficient(text).of(EventKind::IdentifierChanged));
    };
    let mut data = Map::new();
    // It takes the place of the subject's, which is what they were called before.
    data.insert("worker".to_owned(), json!({ "work_email": after }));
    data.insert("previous".to_owned(), json!({ "work_email": before }));
    Ok((EventKind::IdentifierChanged, data))
}

/// For people to read: in English if there are several languages.
fn reason(members: &Map<String, Value>) -> Option<Value> {
    let said = ["reason_admin", "reason"].iter().find_map(|name| members.get(*name))?;
    let text = match said {
        Value::String(text) => text,
        Value::Object(languages) => {
            languages.get("en").or_else(|| languages.values().next())?.as_str()?
        }
        _ => return None,
    };
    (text.len() <= TEXT_BYTES_MAX).then(|| json!(text))
}

fn unknown() -> Refusal {
    let text = "usher knows no event of this type in security event tokens";
    Refusal::skip(Why::new(Code::TypeUnknown, Some("events"), text))
}

pub(super) fn no_concern() -> Refusal {
    let text = "the event changes nobody's access";
    Refusal::skip(Why::new(Code::SetNoConcern, Some("events"), text))
}

pub(super) fn insufficient(text: &str) -> Refusal {
    Refusal::park(Why::new(Code::SetInsufficient, Some("events"), text), Bearing::OfAny)
}

fn encrypted(kind: Kind) -> Refusal {
    let text = "the event in the token is encrypted, and usher has no key to read it; let the \
                transmitter send events that are signed alone";
    let why = Why::new(Code::SetEncrypted, Some("events"), text);
    leaning(Refusal::park(why, Bearing::OfAny), kind)
}

fn recycled() -> Refusal {
    let text = "an address belongs to somebody new, and usher may know it as somebody else's; see \
                that HR's events say whose it is now, and part the two with `usher part`";
    Refusal::park(Why::new(Code::SetIdentifierRecycled, Some("events"), text), Bearing::OfAny)
}

/// A stream that has stopped brings no signal any more, and nothing else would say so.
fn stream(members: &Map<String, Value>) -> Refusal {
    if members.get("status").is_some_and(|status| status == "enabled") {
        return no_concern();
    }
    let text = "the transmitter has paused or ended the stream, so nothing more comes of it; see \
                that it is enabled again";
    let why = Why::new(Code::SetStreamStopped, Some("events"), text);
    Refusal::park(why, Bearing::OfAny)
}
