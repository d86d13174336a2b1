//! Entries become lines: what every class of OCSF wants, and what usher adds below `unmapped`.

use super::WriterIdentity;
use super::class::{self, CATEGORY, Severity};
use super::identity::place;
use super::line::{
    Actor, Effect, Entity, EventType, Fingerprint, Group, HttpResponse, Line, LineKind, Metadata,
    Ordered, Own, Place, Product, User,
};
use crate::model::call_record::{Action, CallRecord};
use crate::model::code::Code;
use crate::model::decision::{
    AuditEntry, Cause, Decision, DecisionRecord, NoteRecord, NoteWord, ReadingRecord, ResultRecord,
    ResultWord, RuleEffect, Why,
};
use crate::model::ids::{PersonId, TenantName};
use crate::model::ordered::{Became, CommandOutcome, CommandRecord, CommandRow};
use jiff::Timestamp;

/// The version of OCSF that lines follow.
const OCSF: &str = "1.8.0";

/// What the parts of a line have in common.
struct Head<'a> {
    kind: LineKind,
    word: &'a str,
    /// What was done, if anything was.
    action: Option<Action>,
    /// Of the outcome; what is neither success nor failure has its own word.
    status: Option<(u32, &'static str)>,
    severity: Severity,
    tenant: Option<&'a TenantName>,
    cause: Option<&'a Cause>,
    why: Option<&'a Why>,
    message: String,
    at: Timestamp,
    event_time: Option<Timestamp>,
}

pub(super) fn line(entry: &AuditEntry, uid: &str, writer: &WriterIdentity) -> Line {
    let write = |head: Head<'_>| head.line(uid, writer);
    match entry {
        AuditEntry::Decision(record) => decision(record, write),
        AuditEntry::Result(record) => result(record, write),
        AuditEntry::Note(record) => note(record, write),
        AuditEntry::Reading(record) => reading(record, write),
        AuditEntry::Command(record) => command(record, write),
    }
}

fn decision(record: &DecisionRecord, write: impl FnOnce(Head<'_>) -> Line) -> Line {
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
    let word = record.decision.word();
    let event = match &record.cause {
        Some(cause) => format!("event {}", cause.kind),
        None => "record".to_owned(),
    };
    let mut line = write(Head {
        kind: LineKind::Decision,
        word,
        action: None,
        status: None,
        severity: if wants_a_look { Severity::Medium } else { severity },
        tenant: record.tenant.as_ref(),
        cause: record.cause.as_ref(),
        why,
        message: format!("{event} at {}: {word}", place(&record.position)),
        at: record.at,
        event_time: record.event_time,
    });
    line.entity = Some(match &record.person {
        Some(person) => entity("User", person.to_string()),
        None => entity("Record", place(&record.position)),
    });
    line.raw_data_hash = record.raw_sha256.as_ref().map(|hash| sha256(hash));
    line.unmapped = Own {
        person: record.person.as_ref().map(PersonId::to_string),
        event_time: record.event_time,
        effective_at: record.effective_at,
        kafka: Some(Place::from(&record.position)),
        effects: Some(record.effects.iter().map(effect).collect()),
        remarks: record.remarks.clone(),
        replayed_by: record.replayed_by.clone(),
        ..line.unmapped
    };
    line
}

fn result(record: &ResultRecord, write: impl FnOnce(Head<'_>) -> Line) -> Line {
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
    let status = match record.word {
        ResultWord::Applied => Some((1, "Success")),
        ResultWord::Failed => Some((2, "Failure")),
        ResultWord::AlreadySo
        | ResultWord::Rejected
        | ResultWord::Superseded
        | ResultWord::Observed => None,
    };
    let mut line = write(Head {
        kind: LineKind::Result,
        word,
        action,
        status,
        severity,
        tenant: Some(&record.tenant),
        cause: record.cause.as_ref(),
        why: record.why.as_ref(),
        message: format!(
            "revision {} of {} at {}: {word}",
            record.revision, record.person, record.target
        ),
        at: record.at,
        event_time: None,
    });
    tell_account(&mut line, gravest, record.account.as_deref(), &record.person);
    line.start_time = Some(record.began_at.as_millisecond());
    line.end_time = Some(record.at.as_millisecond());
    let last = record.calls.iter().rev().find_map(|call| Some((call, call.status?)));
    if let Some((call, code)) = last {
        line.status_code = Some(code.to_string());
        line.http_response = Some(HttpResponse { code, latency: call.latency_ms });
    }
    line.unmapped = Own {
        person: Some(record.person.to_string()),
        target: Some(record.target.to_string()),
        revision: Some(record.revision),
        verified: Some(record.verified),
        calls: Some(record.calls.clone()),
        because: record.warrants.clone(),
        ..line.unmapped
    };
    line
}

fn note(record: &NoteRecord, write: impl FnOnce(Head<'_>) -> Line) -> Line {
    let word = record.word.word();
    let severity = match record.word {
        _ if record.why.code == Code::ProtectedAdministrator => Severity::Critical,
        _ if record.why.code.known().is_some_and(Code::alarms) => Severity::High,
        _ if record.why.wants_a_look() => Severity::Medium,
        NoteWord::Protected => Severity::Medium,
        NoteWord::Held | NoteWord::Contested | NoteWord::Unverified => Severity::Low,
        NoteWord::Accepted
        | NoteWord::Paused
        | NoteWord::Waiting
        | NoteWord::Override
        | NoteWord::Observed => Severity::Informational,
    };
    let mut line = write(Head {
        kind: LineKind::Note,
        word,
        action: None,
        status: None,
        severity,
        tenant: Some(&record.tenant),
        cause: record.cause.as_ref(),
        why: Some(&record.why),
        message: format!(
            "revision {} of {} at {}: {word}",
            record.revision, record.person, record.target
        ),
        at: record.at,
        event_time: None,
    });
    tell_account(&mut line, None, record.account.as_deref(), &record.person);
    line.unmapped = Own {
        person: Some(record.person.to_string()),
        target: Some(record.target.to_string()),
        revision: Some(record.revision),
        because: record.warrants.clone(),
        holds: record.holds.clone(),
        ..line.unmapped
    };
    line
}

fn command(record: &CommandRecord, write: impl FnOnce(Head<'_>) -> Line) -> Line {
    let word = record.outcome.word();
    // What overrules what HR or security says is told to whoever watches.
    let overrules = |row: &CommandRow| matches!(row.became, Became::Overridden | Became::Undone);
    let is_grave = record.rows.iter().any(overrules);
    let severity = match record.outcome {
        _ if is_grave => Severity::High,
        CommandOutcome::Refused(_) => Severity::Medium,
        CommandOutcome::Obeyed | CommandOutcome::Nothing => Severity::Low,
    };
    let said = record.command.as_deref().unwrap_or("command");
    let mut line = write(Head {
        kind: LineKind::Command,
        word,
        action: None,
        status: None,
        severity,
        tenant: record.tenant.as_ref(),
        cause: None,
        why: record.outcome.why(),
        message: format!("{said} at {}: {word}", place(&record.position)),
        at: record.at,
        event_time: None,
    });
    line.entity = Some(entity("Command", place(&record.position)));
    line.raw_data_hash = record.raw_sha256.as_ref().map(|hash| sha256(hash));
    line.unmapped = Own {
        kafka: Some(Place::from(&record.position)),
        command: Some(Ordered {
            word: record.command.clone(),
            id: record.id.clone(),
            signers: record.signers.clone(),
            reason: record.reason.clone(),
            rows: record.rows.clone(),
            rows_untold: record.rows_untold,
        }),
        ..line.unmapped
    };
    line
}

fn sha256(hash: &str) -> Fingerprint {
    Fingerprint { algorithm_id: 3, algorithm: "SHA-256".to_owned(), value: hash.to_owned() }
}

fn reading(record: &ReadingRecord, write: impl FnOnce(Head<'_>) -> Line) -> Line {
    let mut line = write(Head {
        kind: LineKind::Reading,
        word: record.why.code.as_str(),
        action: None,
        status: None,
        severity: Severity::Medium,
        tenant: record.tenant.as_ref(),
        cause: None,
        why: Some(&record.why),
        message: format!("reading goes on at {}: {}", record.position, record.why.code),
        at: record.at,
        event_time: None,
    });
    line.entity = Some(entity("Topic", record.position.topic.clone()));
    line.unmapped.kafka = Some(Place::from(&record.position));
    line.unmapped.expected_offset = Some(record.expected_offset);
    line
}

impl Head<'_> {
    /// The line, but for what only its kind has.
    fn line(self, uid: &str, writer: &WriterIdentity) -> Line {
        let (class_uid, class_name) = class::class(self.action);
        let (activity_id, activity_name) = class::activity(self.action);
        let (severity_id, severity) = self.severity.number_and_word();
        let (status_id, status) = self.status.unwrap_or((99, self.word));
        Line {
            metadata: self.metadata(uid, writer),
            category_uid: CATEGORY.0,
            category_name: CATEGORY.1.to_owned(),
            class_uid,
            class_name: class_name.to_owned(),
            activity_id,
            activity_name: activity_name.to_owned(),
            type_uid: class_uid * 100 + activity_id,
            type_name: format!("{class_name}: {activity_name}"),
            severity_id,
            severity: severity.to_owned(),
            time: self.at.as_millisecond(),
            status_id,
            status: status.to_owned(),
            status_code: self.why.map(|why| why.code.to_string()),
            status_detail: self.why.map(|why| why.text.clone()),
            actor: Actor { app_name: "usher".to_owned(), app_uid: writer.instance.clone() },
            entity: None,
            raw_data_hash: None,
            group: None,
            user: None,
            start_time: None,
            end_time: None,
            http_response: None,
            unmapped: self.own(writer),
            message: self.message,
        }
    }

    fn metadata(&self, uid: &str, writer: &WriterIdentity) -> Metadata {
        Metadata {
            version: OCSF.to_owned(),
            uid: uid.to_owned(),
            product: Product {
                name: "usher".to_owned(),
                vendor_name: "usher".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            log_name: writer.audit_topic.clone(),
            tenant_uid: self.tenant.map(ToString::to_string),
            event_code: format!("{}.{}", self.kind.word(), self.word),
            processed_time: self.at.as_millisecond(),
            original_event_uid: self.cause.map(|cause| cause.event_id.clone()),
            correlation_uid: self.cause.and_then(|cause| cause.correlation_id.clone()),
            original_time: self.event_time,
        }
    }

    fn own(&self, writer: &WriterIdentity) -> Own {
        let event =
            |cause: &Cause| EventType { kind: cause.kind.clone(), source: cause.source.clone() };
        Own {
            kind: self.kind,
            outcome: self.word.to_owned(),
            shard: writer.shard.0,
            event: self.cause.map(event),
            kafka: self.cause.map(|cause| Place::from(&cause.position)),
            why: self.why.cloned(),
            person: None,
            event_time: None,
            effective_at: None,
            target: None,
            revision: None,
            verified: None,
            effects: None,
            remarks: Vec::new(),
            calls: None,
            because: Vec::new(),
            holds: Vec::new(),
            command: None,
            replayed_by: None,
            expected_offset: None,
        }
    }
}

/// The objects that the class of what was done requires.
fn tell_account(
    line: &mut Line,
    gravest: Option<&CallRecord>,
    account: Option<&str>,
    person: &PersonId,
) {
    let uid = account.unwrap_or(person.as_str()).to_owned();
    let Some(call) = gravest.filter(|call| call.action != Action::Change) else {
        line.entity = Some(entity("User", uid));
        return;
    };
    if matches!(call.action, Action::AddMember | Action::RemoveMember) {
        line.group = Some(Group { name: call.touched.first().cloned() });
    }
    let (uid_alt, kind) = (person.to_string(), "User".to_owned());
    line.user = Some(User { uid, uid_alt, type_id: 1, kind });
}

fn entity(kind: &str, uid: String) -> Entity {
    Entity { kind: kind.to_owned(), uid }
}

fn effect(effect: &RuleEffect) -> Effect {
    Effect {
        rule: effect.rule.to_string(),
        rule_hash: effect.rule_hash.clone(),
        claim: effect.claim.clone(),
        decision: effect.decision.word().to_owned(),
    }
}
