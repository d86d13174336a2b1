//! Lines as OCSF 1.8.0 objects (schema.ocsf.io): what every class wants, and what usher adds below
//! `unmapped`.

use super::WriterIdentity;
use super::class::{self, CATEGORY, Severity};
use super::identity::place;
use crate::model::call_record::{Action, CallRecord};
use crate::model::decision::{
    AuditEntry, Cause, Decision, DecisionRecord, NoteRecord, NoteWord, ReadingRecord, ResultRecord,
    ResultWord, RuleEffect, Said, Warrant, WarrantedBy, Why,
};
use crate::model::ids::{PersonId, TenantName};
use crate::model::position::{EventPosition, Position};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

/// One line, before its common parts are put around it.
struct Line<'a> {
    kind: &'static str,
    word: &'a str,
    /// What was done, if anything was.
    action: Option<Action>,
    /// Of the outcome; what is neither success nor failure has its own word.
    status: Option<(u32, &'static str)>,
    severity: Severity,
    tenant: &'a TenantName,
    cause: Option<&'a Cause>,
    why: Option<&'a Why>,
    message: String,
    at: Timestamp,
    /// Fields of the class itself.
    fields: Json,
    /// Fields below `unmapped`.
    more: Json,
}

pub(super) fn record(entry: &AuditEntry, uid: &str, writer: &WriterIdentity) -> Json {
    let line = match entry {
        AuditEntry::Decision(record) => decision(record),
        AuditEntry::Result(record) => result(record),
        AuditEntry::Note(record) => note(record),
        AuditEntry::Reading(record) => reading(record),
    };
    line.into_ocsf(uid, writer)
}

fn decision(record: &DecisionRecord) -> Line<'_> {
    let (why, severity) = match &record.decision {
        Decision::Parked(why) => (Some(why), Severity::Medium),
        Decision::Skipped(why) => (Some(why), Severity::Informational),
        Decision::Asserted
        | Decision::Extended
        | Decision::Withdrew
        | Decision::Stale
        | Decision::Duplicate => (None, Severity::Informational),
    };
    let wants_a_look = record.remarks.iter().any(Why::wants_a_look);
    let severity = if wants_a_look { Severity::Medium } else { severity };
    let word = record.decision.word();
    let event = match &record.cause {
        Some(cause) => format!("event {}", cause.kind),
        None => "record".to_owned(),
    };
    let entity = match &record.person {
        Some(person) => json!({ "type": "User", "uid": person.as_str() }),
        None => json!({ "type": "Record", "uid": place(&record.position) }),
    };
    let hash = record
        .raw_sha256
        .as_ref()
        .map(|hash| json!({ "algorithm_id": 3, "algorithm": "SHA-256", "value": hash }));
    Line {
        kind: "decision",
        word,
        action: None,
        status: None,
        severity,
        tenant: &record.tenant,
        cause: record.cause.as_ref(),
        why,
        message: format!("{event} at {}: {word}", place(&record.position)),
        at: record.at,
        fields: json!({ "entity": entity, "raw_data_hash": hash }),
        more: json!({
            "person": record.person.as_ref().map(PersonId::as_str),
            "event_time": record.event_time.map(text),
            "effective_at": record.effective_at.map(text),
            "kafka": event_place(&record.position),
            "effects": record.effects.iter().map(effect).collect::<Vec<_>>(),
            "remarks": (!record.remarks.is_empty())
                .then(|| record.remarks.iter().map(self::why).collect::<Vec<_>>()),
        }),
    }
}

fn result(record: &ResultRecord) -> Line<'_> {
    let word = record.word.word();
    let gravest = class::gravest(&record.calls);
    let action = gravest.map(|call| call.action);
    let severity = match record.word {
        ResultWord::Failed if action.is_some_and(Action::is_cut) => Severity::High,
        ResultWord::Failed => Severity::Medium,
        ResultWord::Rejected => Severity::Low,
        ResultWord::Applied
        | ResultWord::AlreadySo
        | ResultWord::Superseded
        | ResultWord::Observed => Severity::Informational,
    };
    let last = record.calls.iter().rev().find_map(|call| Some((call, call.status?)));
    let mut fields = about(gravest, record.account.as_deref(), &record.person);
    put(&mut fields, "start_time", json!(record.began_at.as_millisecond()));
    put(&mut fields, "end_time", json!(record.at.as_millisecond()));
    if let Some((call, status)) = last {
        put(&mut fields, "status_code", json!(status.to_string()));
        put(&mut fields, "http_response", json!({ "code": status, "latency": call.latency_ms }));
    }
    Line {
        kind: "result",
        word,
        action,
        status: match record.word {
            ResultWord::Applied => Some((1, "Success")),
            ResultWord::Failed => Some((2, "Failure")),
            ResultWord::AlreadySo
            | ResultWord::Rejected
            | ResultWord::Superseded
            | ResultWord::Observed => None,
        },
        severity,
        tenant: &record.tenant,
        cause: record.cause.as_ref(),
        why: record.why.as_ref(),
        message: format!(
            "revision {} of {} at {}: {word}",
            record.revision, record.person, record.target
        ),
        at: record.at,
        fields: Json::Object(fields),
        more: json!({
            "person": record.person.as_str(),
            "target": record.target.as_str(),
            "revision": record.revision,
            "verified": record.verified,
            "calls": record.calls.iter().map(call).collect::<Vec<_>>(),
            "because": because(&record.warrants),
        }),
    }
}

fn note(record: &NoteRecord) -> Line<'_> {
    let word = record.word.word();
    let severity = match record.word {
        NoteWord::Held | NoteWord::Contested | NoteWord::Protected | NoteWord::Unverified => {
            Severity::Low
        }
        NoteWord::Accepted | NoteWord::Paused | NoteWord::Waiting => Severity::Informational,
    };
    Line {
        kind: "note",
        word,
        action: None,
        status: None,
        severity,
        tenant: &record.tenant,
        cause: record.cause.as_ref(),
        why: Some(&record.why),
        message: format!(
            "revision {} of {} at {}: {word}",
            record.revision, record.person, record.target
        ),
        at: record.at,
        fields: Json::Object(about(None, record.account.as_deref(), &record.person)),
        more: json!({
            "person": record.person.as_str(),
            "target": record.target.as_str(),
            "revision": record.revision,
            "because": because(&record.warrants),
        }),
    }
}

fn reading(record: &ReadingRecord) -> Line<'_> {
    Line {
        kind: "reading",
        word: &record.why.code,
        action: None,
        status: None,
        severity: Severity::Medium,
        tenant: &record.tenant,
        cause: None,
        why: Some(&record.why),
        message: format!("reading goes on at {}: {}", record.position, record.why.code),
        at: record.at,
        fields: json!({ "entity": { "type": "Topic", "uid": record.position.topic } }),
        more: json!({
            "kafka": record_place(&record.position),
            "expected_offset": record.expected_offset,
        }),
    }
}

impl Line<'_> {
    fn into_ocsf(self, uid: &str, writer: &WriterIdentity) -> Json {
        let (class, class_name) = class::class(self.action);
        let (activity, activity_name) = class::activity(self.action);
        let (severity, severity_word) = self.severity.number_and_word();
        let (status, status_word) = self.status.unwrap_or((99, self.word));
        let mut object = Map::new();
        extend(
            &mut object,
            json!({
                "metadata": self.metadata(uid, writer),
                "category_uid": CATEGORY.0,
                "category_name": CATEGORY.1,
                "class_uid": class,
                "class_name": class_name,
                "activity_id": activity,
                "activity_name": activity_name,
                "type_uid": class * 100 + activity,
                "type_name": format!("{class_name}: {activity_name}"),
                "severity_id": severity,
                "severity": severity_word,
                "time": self.at.as_millisecond(),
                "status_id": status,
                "status": status_word,
                "status_code": self.why.map(|why| &why.code),
                "status_detail": self.why.map(|why| &why.text),
                "message": self.message,
                "actor": { "app_name": "usher", "app_uid": writer.instance },
            }),
        );
        let mut unmapped = Map::new();
        put(&mut unmapped, "kind", json!(self.kind));
        put(&mut unmapped, "outcome", json!(self.word));
        put(&mut unmapped, "shard", json!(writer.shard.0));
        if let Some(cause) = self.cause {
            put(&mut unmapped, "event", json!({ "type": cause.kind, "source": cause.source }));
            put(&mut unmapped, "kafka", event_place(&cause.position));
        }
        put(&mut unmapped, "why", self.why.map_or(Json::Null, why));
        extend(&mut unmapped, self.more);
        extend(&mut object, self.fields);
        put(&mut object, "unmapped", Json::Object(unmapped));
        Json::Object(object)
    }

    fn metadata(&self, uid: &str, writer: &WriterIdentity) -> Json {
        known(json!({
                "version": "1.8.0",
                "uid": uid,
                "product": {
                    "name": "usher",
                    "vendor_name": "usher",
                    "version": env!("CARGO_PKG_VERSION"),
                },
                "log_name": writer.audit_topic,
                "tenant_uid": self.tenant.as_str(),
                "event_code": format!("{}.{}", self.kind, self.word),
                "processed_time": self.at.as_millisecond(),
                "original_event_uid": self.cause.map(|cause| &cause.event_id),
                "correlation_uid": self.cause.and_then(|cause| cause.correlation_id.as_ref()),
                "original_time": self.more.get("event_time"),
        }))
    }
}

/// The object that the class of what was done requires.
fn about(
    gravest: Option<&CallRecord>,
    account: Option<&str>,
    person: &PersonId,
) -> Map<String, Json> {
    let uid = account.unwrap_or(person.as_str());
    let user = json!({ "uid": uid, "uid_alt": person.as_str(), "type_id": 1, "type": "User" });
    let mut fields = Map::new();
    match class::class(gravest.map(|call| call.action)) {
        (3001, _) => put(&mut fields, "user", user),
        (3006, _) => {
            let group = gravest.and_then(|call| call.touched.first());
            put(&mut fields, "group", json!({ "name": group }));
            put(&mut fields, "user", user);
        }
        _ => put(&mut fields, "entity", json!({ "type": "User", "uid": uid })),
    }
    fields
}

fn call(call: &CallRecord) -> Json {
    known(json!({
        "action": call.action,
        "touched": call.touched,
        "cleared": (!call.cleared.is_empty()).then_some(&call.cleared),
        "status": call.status,
        "latency_ms": call.latency_ms,
        "outcome": call.outcome,
        "at": text(call.at),
        "for_revision": call.for_revision,
    }))
}

fn because(warrants: &[Warrant]) -> Option<Vec<Json>> {
    (!warrants.is_empty()).then(|| warrants.iter().map(warrant).collect())
}

fn warrant(warrant: &Warrant) -> Json {
    let event = |said: &Said| json!({ "source": said.source, "id": said.event_id, "time": text(said.time) });
    let by = match &warrant.by {
        WarrantedBy::Claim { claim, rule, rule_hash, since, said } => json!({
            "by": "claim",
            "claim": claim,
            "rule": rule.as_str(),
            "rule_hash": rule_hash,
            "since": text(*since),
            "event": said.as_ref().map(event),
        }),
        WarrantedBy::Profile { said } => json!({ "by": "profile", "event": event(said) }),
        WarrantedBy::WayBack => json!({ "by": "way_back" }),
    };
    let mut all = Map::new();
    put(&mut all, "fields", json!(warrant.fields));
    extend(&mut all, by);
    Json::Object(all)
}

fn effect(effect: &RuleEffect) -> Json {
    known(json!({
        "rule": effect.rule.as_str(),
        "rule_hash": effect.rule_hash,
        "claim": effect.claim,
        "decision": effect.decision.word(),
    }))
}

fn why(reason: &Why) -> Json {
    known(json!({ "code": reason.code, "field": reason.field, "text": reason.text }))
}

fn event_place(position: &EventPosition) -> Json {
    let EventPosition { record, index } = position;
    json!({
        "topic": record.topic,
        "generation": record.generation,
        "partition": record.partition,
        "offset": record.offset,
        "sub_index": index,
    })
}

fn record_place(position: &Position) -> Json {
    json!({
        "topic": position.topic,
        "generation": position.generation,
        "partition": position.partition,
        "offset": position.offset,
    })
}

fn text(at: Timestamp) -> String {
    at.to_string()
}

/// What is not known is left out, not null.
fn put(object: &mut Map<String, Json>, name: &str, value: Json) {
    if !value.is_null() {
        object.insert(name.to_owned(), value);
    }
}

fn known(fields: Json) -> Json {
    let mut object = Map::new();
    extend(&mut object, fields);
    Json::Object(object)
}

fn extend(object: &mut Map<String, Json>, fields: Json) {
    if let Json::Object(fields) = fields {
        for (name, value) in fields {
            put(object, &name, value);
        }
    }
}
