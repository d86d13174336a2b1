//! ADP: event notifications of Workforce Now and its like, read from their queue or their webhook.
//!
//! A worker stands in `output`, `eventContext` or `transform`; of names those of `output` count first.

use super::vendor::{
    Form, Found, Names, Part, id_of, instant, nothing_to_do, text, unknown_kind, unknown_value,
    word,
};
use crate::decode::canonical::Reading;
use crate::decode::message::Message;
use crate::decode::refusal::Refusal;
use crate::decode::settings::SourceSettings;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event_kind::EventKind;
use serde_json::{Map, Value};

const SOURCE: &str = "adp";

const FORM: Form = Form { name: SOURCE, lists: &["/events"], is_ours, read: read_one };

/// Where a worker may stand, the weightiest first.
const WORKERS: [&str; 3] =
    ["/data/output/worker", "/data/eventContext/worker", "/data/transform/worker"];

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
    value.pointer("/eventNameCode/codeValue").is_some()
}

fn read_one(part: &Part<'_>) -> Vec<Reading> {
    vec![event(part)]
}

/// What the names of events mean; subscriptions write `.eventNotify` behind them.
fn kind(name: &str) -> Option<EventKind> {
    Some(match name.strip_suffix(".eventNotify").unwrap_or(name) {
        "worker.hire" => EventKind::Hired,
        "worker.rehire" => EventKind::Rehired,
        "worker.terminate" | "worker.work-assignment.terminate" | "worker.deceased" => {
            EventKind::Terminated
        }
        "worker.legal-name.change"
        | "worker.preferred-name.change"
        | "worker.business-communication.email.change"
        | "worker.business-communication.email.add" => EventKind::Updated,
        "worker.work-assignment.reports-to.change"
        | "worker.reports-to.modify"
        | "worker.reports-to.change"
        | "worker.work-assignment.modify"
        | "worker.work-assignment.job.change" => EventKind::Transferred,
        _ => return None,
    })
}

fn event(part: &Part<'_>) -> Reading {
    let value = part.value;
    let name = text(value, &["/eventNameCode/codeValue"]).unwrap_or_default();
    let Some(kind) = kind(name) else {
        return Err(unknown_kind(SOURCE, "eventNameCode.codeValue", name));
    };
    read_event(part, kind).map_err(|refusal| refusal.of(kind))
}

fn read_event(part: &Part<'_>, kind: EventKind) -> Reading {
    let value = part.value;
    match text(value, &["/eventStatusCode/codeValue"]) {
        Some("COMPLETED" | "COMPLETE") | None => {}
        Some("INPROGRESS" | "IN_PROGRESS" | "PENDING" | "SUBMITTED" | "REJECTED" | "CANCELED") => {
            let why =
                "the event is not completed, or was rejected; what is completed comes by itself";
            return Err(nothing_to_do("/eventStatusCode/codeValue", why));
        }
        Some(_) => return Err(unknown_value("/eventStatusCode/codeValue")),
    }
    let id = word(value, &["/eventID"]).ok_or_else(|| {
        let text =
            "the event has no `eventID`, by which it would be known when it comes again; send it";
        Why::new(Code::AttributeMissing, Some("eventID"), text)
    })?;
    let worker = names(value).worker("data.output.worker").map_err(|_nobody| {
        let text = "the event holds no worker's `workerID`, `associateOID` or address where usher looks: \
                    `data.output.worker`, `data.eventContext.worker` and `data.transform.worker`";
        Why::new(Code::WorkerNoIdentifier, Some("data.output.worker"), text)
    })?;
    let mut data = Map::new();
    data.insert("worker".to_owned(), Value::Object(worker));
    if let Some(at) = text(value, &["/effectiveDateTime", "/data/transform/effectiveDateTime"]) {
        data.insert("effective_at".to_owned(), at.into());
    }
    let profile = profile(value);
    if !profile.is_empty() {
        data.insert("profile".to_owned(), Value::Object(profile));
    }
    if let Some(assignment) =
        word_of(value, &["/workAssignment/itemID", "/workAssignments/0/itemID"])
    {
        let employment = Map::from_iter([("id".to_owned(), assignment.into())]);
        data.insert("employment".to_owned(), Value::Object(employment));
    }
    let time = instant(value, &["/creationDateTime", "/recordDateTime"])?;
    let id = id_of(&[&id]);
    Found { source: SOURCE.to_owned(), id, kind, time, data }
        .admit("eventNameCode.codeValue", part.settings)
}

/// What is at the pointer in the first worker that has it.
fn word_of(value: &Value, pointers: &[&str]) -> Option<String> {
    WORKERS.iter().find_map(|worker| word(value.pointer(worker)?, pointers))
}

fn names(value: &Value) -> Names {
    let number = word_of(value, &["/workerID/idValue"]);
    let id = word_of(value, &["/associateOID"]);
    let mail = word_of(
        value,
        &["/businessCommunication/emails/0/emailUri", "/businessCommunication/email/emailUri"],
    );
    Names::default().number(number.as_deref()).worker_id(id.as_deref()).email(mail.as_deref())
}

/// Our names for what a profile holds, and where it stands in a worker.
const PROFILE: [(&str, &[&str]); 6] = [
    ("given_name", &["/person/preferredName/givenName", "/person/legalName/givenName"]),
    ("family_name", &["/person/preferredName/familyName1", "/person/legalName/familyName1"]),
    ("display_name", &["/person/preferredName/formattedName", "/person/legalName/formattedName"]),
    ("title", &["/workAssignment/jobTitle", "/workAssignments/0/jobTitle"]),
    (
        "department",
        &[
            "/workAssignment/homeOrganizationalUnits/0/nameCode/shortName",
            "/workAssignments/0/homeOrganizationalUnits/0/nameCode/shortName",
        ],
    ),
    (
        "manager_employee_id",
        &[
            "/workAssignment/reportsTo/0/workerID/idValue",
            "/workAssignments/0/reportsTo/0/workerID/idValue",
        ],
    ),
];

fn profile(value: &Value) -> Map<String, Value> {
    let known = PROFILE.iter().filter_map(|(name, pointers)| {
        Some(((*name).to_owned(), Value::String(word_of(value, pointers)?)))
    });
    known.collect()
}
