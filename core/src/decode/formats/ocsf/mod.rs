//! OCSF findings: detection, incident and IAM analysis findings, and the security finding of before.
//!
//! Each user whom the evidence names is an event; `assignee` is an analyst, and never one of them.

use super::vendor::{
    Form, Found, Names, Part, Risk, digest, id_of, instant, nobody, nothing_to_do, text,
    unknown_kind, unknown_value, word,
};
use crate::decode::canonical::Reading;
use crate::decode::message::Message;
use crate::decode::refusal::Refusal;
use crate::decode::settings::SourceSettings;
use crate::model::event_kind::EventKind;
use serde_json::Value;

const SOURCE: &str = "ocsf";

const FORM: Form = Form { name: SOURCE, lists: &["/findings", "/events"], is_ours, read: read_one };

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
    value.pointer("/class_uid").is_some() && value.pointer("/metadata").is_some()
}

fn read_one(part: &Part<'_>) -> Vec<Reading> {
    let value = part.value;
    let class = number(value, "/class_uid").unwrap_or_default();
    if ![2001, 2004, 2005, 2008].contains(&class) {
        let class = format!("class_{class}");
        return vec![Err(unknown_kind(SOURCE, "class_uid", &class))];
    }
    let kind = match standing(value, class) {
        Ok(kind) => kind,
        Err(refusal) => return vec![Err(refusal)],
    };
    let users = users(value);
    if users.is_empty() {
        return vec![Err(nobody("evidences.user", false))];
    }
    users.into_iter().map(|user| of_user(part, user, kind)).collect()
}

fn number(value: &Value, pointer: &str) -> Option<i64> {
    value.pointer(pointer)?.as_i64()
}

/// Whether it was raised or taken back. What was closed as true leaves its signal as it is.
fn standing(value: &Value, class: i64) -> Result<EventKind, Refusal> {
    // Numbers of `status_id`: incidents count otherwise than findings.
    let status = number(value, "/status_id");
    let (open, over): (&[i64], &[i64]) =
        if class == 2005 { (&[0, 1, 2, 3, 99], &[4, 5]) } else { (&[0, 1, 2, 99], &[3, 4, 5, 6]) };
    let is_over = match status {
        Some(status) if over.contains(&status) => true,
        Some(status) if !open.contains(&status) => return Err(unknown_value("/status_id")),
        Some(_) | None => number(value, "/activity_id") == Some(3),
    };
    match (is_over, number(value, "/verdict_id")) {
        (false, _) => Ok(EventKind::RiskRaised),
        // False positive, benign, a test; or nobody says.
        (true, Some(1 | 5 | 6) | None) => Ok(EventKind::RiskCleared),
        (true, Some(_)) => {
            let why = "the finding was closed, and not as false; what it began ends by its time, or by an \
                       operator's word";
            Err(nothing_to_do("/verdict_id", why))
        }
    }
}

/// Everybody whom the finding is about, once. Observables count where nothing else names anybody.
fn users(value: &Value) -> Vec<&Value> {
    let named = value.pointer("/user").into_iter();
    let evidences = list(value, "/evidences").flat_map(|evidence| {
        [evidence.pointer("/user"), evidence.pointer("/actor/user")].into_iter().flatten()
    });
    let resources = list(value, "/resources").flat_map(|resource| {
        let is_user = text(resource, &["/type"]).is_some_and(|it| it.eq_ignore_ascii_case("user"));
        [resource.pointer("/user"), is_user.then_some(resource)].into_iter().flatten()
    });
    let all = named.chain(evidences).chain(resources);
    let mut found: Vec<&Value> = all.filter(|user| user.is_object()).collect();
    if found.is_empty() {
        let is_name = |it: &&Value| matches!(number(it, "/type_id"), Some(4 | 5));
        found = list(value, "/observables").filter(is_name).collect();
    }
    let mut seen: Vec<Option<String>> = Vec::new();
    found.retain(|user| {
        let name = account(user).map(str::to_lowercase);
        let is_new = name.is_none() || !seen.contains(&name);
        seen.push(name);
        is_new
    });
    found
}

fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn account(user: &Value) -> Option<&str> {
    text(user, &["/email_addr", "/value", "/name", "/uid"])
}

/// System and Service accounts are nobody's.
const MACHINES: [i64; 2] = [3, 4];

fn of_user(part: &Part<'_>, user: &Value, kind: EventKind) -> Reading {
    let value = part.value;
    let is_object = user.pointer("/value").is_none();
    if is_object && number(user, "/type_id").is_some_and(|it| MACHINES.contains(&it)) {
        return Err(nobody("evidences.user.type_id", true));
    }
    let sid = text(user, &["/uid"]).filter(|it| it.starts_with("S-1-"));
    let domain = text(user, &["/domain"]);
    let name = text(user, &["/value", "/name"]).map(|name| match domain {
        Some(domain) if !name.contains(['\\', '@']) => format!("{domain}\\{name}"),
        Some(_) | None => name.to_owned(),
    });
    let names = Names::default()
        .number(word(user, &["/ldap_person/employee_uid"]).as_deref())
        .account(text(user, &["/email_addr"]))
        .external("sid", sid)
        .local_account(name.as_deref());
    let worker = names.worker("evidences.user")?;
    let finding = word(value, &["/finding_info/uid", "/finding/uid", "/finding_info_list/0/uid"]);
    let finding = finding.unwrap_or_else(|| digest(value));
    let time = instant(value, &["/time", "/finding_info/modified_time"])?;
    let (level, original) = level(value)?;
    let level = if kind == EventKind::RiskCleared { Some("none") } else { level };
    let record =
        word(value, &["/metadata/uid", "/metadata/original_event_uid"]).unwrap_or_default();
    let at = time.unwrap_or(part.recorded).to_string();
    let id = id_of(&[&finding, &record, account(user).unwrap_or_default(), &at]);
    let product = text(value, &["/metadata/product/name"]);
    let source = product.map_or_else(|| SOURCE.to_owned(), |it| format!("{SOURCE}/{it}"));
    let title = ["/finding_info/title", "/finding/title", "/finding_info_list/0/title"];
    let risk = Risk {
        level,
        original,
        category: text(value, &["/class_name"]),
        reason: text(value, &title),
        score: None,
        detection: Some(&finding),
    };
    let data = risk.data(worker, (None, None));
    Found { source, id, kind, time, data }.admit("activity_id", part.settings)
}

/// The risk where it is told, else the severity; they count differently.
fn level(value: &Value) -> Result<(Option<&'static str>, Option<String>), Refusal> {
    let (pointer, levels): (_, &[(i64, Option<&'static str>)]) =
        if value.pointer("/risk_level_id").is_some_and(Value::is_number) {
            ("/risk_level_id", &RISK)
        } else {
            ("/severity_id", &SEVERITY)
        };
    let Some(number) = number(value, pointer) else { return Ok((None, None)) };
    let known = levels.iter().find(|(known, _)| *known == number);
    let (_, level) = known.ok_or_else(|| unknown_value(pointer))?;
    Ok((*level, Some(number.to_string())))
}

const RISK: [(i64, Option<&str>); 6] = [
    (0, Some("none")),
    (1, Some("low")),
    (2, Some("medium")),
    (3, Some("high")),
    (4, Some("critical")),
    (99, None),
];
const SEVERITY: [(i64, Option<&str>); 8] = [
    (0, None),
    (1, Some("none")),
    (2, Some("low")),
    (3, Some("medium")),
    (4, Some("high")),
    (5, Some("critical")),
    (6, Some("critical")),
    (99, None),
];
