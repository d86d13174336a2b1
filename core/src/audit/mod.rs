//! What happened, as records that a SIEM understands: OCSF 1.8.0 in a `CloudEvents` envelope.
//!
//! Pure: the same entry gives the same bytes and the same id, whoever writes it, so a line that is
//! seen twice can be told from two lines. No value of an attribute gets in, only names.
//!
//! # Field guide
//!
//! One record of the audit topic is one line: its value is one OCSF object, its headers are a
//! `CloudEvents` envelope in binary mode, its key is the person's id.
//!
//! | field | what it says |
//! |---|---|
//! | `class_uid`, `activity_id`, `type_uid` | What was done or tried: 3001 an account was created (1), enabled (2), disabled (5), deleted (6); 3006 a user was added to (3) or removed from (4) a group; 3004 attributes were updated (3), or something else was decided or said (99). Of several calls, the gravest |
//! | `status_id`, `status` | 1 `Success`: applied. 2 `Failure`: failed. 99: any other word of the glossary, in `status` |
//! | `status_code`, `status_detail` | The last HTTP status, or the reason's code; the reason as a sentence |
//! | `severity_id` | 5 an administrator is to be cut; 4 a cut failed, or somebody must hear of it now; 3 something else failed, or an event was parked; 2 an operator may want to look; 1 all else |
//! | `time`, `start_time`, `end_time` | When it was decided or ended; when the revision began and ended |
//! | `metadata.uid` | Known from what the line is about; the same if the line is written again |
//! | `metadata.original_event_uid`, `metadata.correlation_uid` | The id and correlation id of the event behind it |
//! | `metadata.tenant_uid` | The tenant; absent where a command names none that could be read |
//! | `user.uid`, `user.uid_alt`, `entity.uid` | The SCIM id if there is one, else the person's id; the person's id |
//! | `group.name` | The group, in class 3006 |
//! | `raw_data_hash` | SHA-256 of the input record's value |
//! | `unmapped.kind`, `unmapped.outcome` | `decision`, `result`, `note`, `reading` or `command`, and its word |
//! | `unmapped.person`, `.target`, `.revision` | Whom, where, and which revision of the wish |
//! | `unmapped.event` | The type and source of the event behind it |
//! | `unmapped.kafka` | Where that event stands |
//! | `unmapped.why` | Code, field and sentence of a reason |
//! | `unmapped.effects` | Of a decision: each rule that spoke and what came of it |
//! | `unmapped.calls` | Of a result: each writing call, which account it was for, what it touched, how it was answered |
//! | `unmapped.because` | Of a result or note: what decides which `fields` of the account: a `claim` with its rule, since when, and the event that said so; a source's `profile`; or the `way_back`, where nobody speaks any more and they are as before |
//! | `unmapped.holds` | Of `held`: what waits for somebody, row by row: the digest that an approval binds, what would be called, the reason's code |
//! | `unmapped.command` | Of a command: its word and id, who signed it with which key, the reason that was given, and what became of each thing that it names |
//! | `unmapped.replayed_by` | Of a decision: the id of the command that had the parked record read again |
//! | `unmapped.verified` | Of a result: whether the account was read back |

mod class;
mod identity;
/// A line, written and read by one type.
pub mod line;
mod ocsf;
mod park;

#[cfg(test)]
mod tests;

pub(crate) use park::NAMES as PARKED;
pub use park::{park, park_again, schema as schema_of_parked};

use crate::model::decision::{AuditEntry, Cause};
use crate::model::event::TraceContext;
use crate::model::ids::ShardNumber;
use jiff::Timestamp;

/// The type of every line, as `CloudEvents` wants it.
const TYPE: &str = "io.usher.audit.v1";

/// A Kafka message, but for its topic and partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Headers,
}

/// Names and values in order, as Kafka has them.
pub type Headers = Vec<(String, Option<Vec<u8>>)>;

/// Who writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriterIdentity {
    pub instance: String,
    pub shard: ShardNumber,
    pub audit_topic: String,
}

/// The line of the audit that tells `entry`.
pub fn render(entry: &AuditEntry, writer: &WriterIdentity) -> Message {
    let uid = identity::uid(entry);
    let subject = identity::subject(entry);
    let line = ocsf::line(entry, &uid, writer);
    let (cause, at) = match entry {
        AuditEntry::Decision(record) => (record.cause.as_ref(), record.at),
        AuditEntry::Result(record) => (record.cause.as_ref(), record.at),
        AuditEntry::Note(record) => (record.cause.as_ref(), record.at),
        AuditEntry::Reading(record) => (None, record.at),
        AuditEntry::Command(record) => (None, record.at),
    };
    Message {
        headers: envelope(&uid, &subject, cause, at, writer),
        key: Some(subject.into_bytes()),
        value: Some(serde_json::to_vec(&line).expect("a line has string keys alone")),
    }
}

/// What a line holds, as a JSON Schema. A later version may add members.
pub fn schema(settings: schemars::generate::SchemaSettings) -> schemars::Schema {
    settings.for_serialize().into_generator().into_root_schema_for::<line::Line>()
}

fn envelope(
    uid: &str,
    subject: &str,
    cause: Option<&Cause>,
    at: Timestamp,
    writer: &WriterIdentity,
) -> Headers {
    let trace: Option<&TraceContext> = cause.and_then(|cause| cause.trace.as_ref());
    [
        ("content-type", Some("application/json".to_owned())),
        ("ce_specversion", Some("1.0".to_owned())),
        ("ce_id", Some(uid.to_owned())),
        ("ce_source", Some(source(writer))),
        ("ce_type", Some(TYPE.to_owned())),
        ("ce_time", Some(at.to_string())),
        ("ce_subject", Some(subject.to_owned())),
        ("ce_causationid", cause.map(|cause| cause.event_id.clone())),
        ("ce_correlationid", cause.and_then(|cause| cause.correlation_id.clone())),
        ("traceparent", trace.map(|trace| trace.traceparent.clone())),
        ("tracestate", trace.and_then(|trace| trace.tracestate.clone())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), Some(value?.into_bytes()))))
    .collect()
}

/// `CloudEvents` wants a URI-reference.
fn source(writer: &WriterIdentity) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    const SEGMENT: &percent_encoding::AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let instance = utf8_percent_encode(&writer.instance, SEGMENT);
    format!("/usher/{instance}/shards/{}", writer.shard)
}
