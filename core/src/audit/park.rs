//! A record set aside whole, so that somebody can mend the cause and replay it.
//!
//! The result always fits: a parked record that is too large for its topic would keep the whole
//! transaction, and with it the shard, from ever being committed.

use super::{Headers, Message, WriterIdentity};
use crate::model::commit::Parked;
use crate::model::position::RawRecord;
use sha2::{Digest, Sha256};

/// What is kept of a value that does not fit.
const VALUE_BYTES_KEPT: usize = 4 * 1024;
/// A larger key does not come along with such a value.
const KEY_BYTES_KEPT: usize = 1024;
/// No text of ours is longer; some of them quote names from outside.
const TEXT_BYTES_MAX: usize = 1024;
/// More than what a record batch puts around one record, and around one header of it.
const RECORD_OVERHEAD_BYTES: usize = 128;
const HEADER_OVERHEAD_BYTES: usize = 16;

/// The names of usher's own headers. They come after those of the record, the tenant first.
pub(crate) struct Names {
    pub(crate) tenant: &'static str,
    pub(crate) topic: &'static str,
    pub(crate) partition: &'static str,
    pub(crate) offset: &'static str,
    pub(crate) generation: &'static str,
    pub(crate) index: &'static str,
    pub(crate) code: &'static str,
    pub(crate) field: &'static str,
    pub(crate) text: &'static str,
    pub(crate) at: &'static str,
    /// The record's own time, which Kafka does not keep here.
    pub(crate) time: &'static str,
    pub(crate) person: &'static str,
    pub(crate) takes_access: &'static str,
    pub(crate) truncated: &'static str,
    pub(crate) whole_at: &'static str,
}

pub(crate) const NAMES: Names = Names {
    tenant: "usher-tenant",
    topic: "usher-topic",
    partition: "usher-partition",
    offset: "usher-offset",
    generation: "usher-generation",
    index: "usher-index",
    code: "usher-reason-code",
    field: "usher-reason-field",
    text: "usher-reason",
    at: "usher-parked-at",
    time: "usher-record-time",
    person: "usher-person",
    takes_access: "usher-takes-access",
    truncated: "usher-truncated",
    whole_at: "usher-whole-at-index",
};

const INSTANCE: &str = "usher-instance";
const SHA256: &str = "usher-sha256";
const ORIGINAL_BYTES: &str = "usher-original-bytes";

/// The parked record as a message of at most `limit_bytes`, which must be at least 16 KiB.
///
/// Key, value and headers are the record's own, and headers `usher-…` say where it came from and
/// why it was parked. If that does not fit, the value's first 4 KiB are kept, without the record's
/// headers, and `usher-truncated` says so.
pub fn park(parked: &Parked, writer: &WriterIdentity, limit_bytes: usize) -> Message {
    let raw = &parked.raw;
    let mut told = told(parked, writer);
    if let Some(value) = &raw.value {
        told.push(header(SHA256, &sha256(value)));
    }
    let whole = Message {
        key: raw.key.clone(),
        value: raw.value.clone(),
        headers: raw.headers.iter().cloned().chain(told.clone()).collect(),
    };
    if size(&whole) <= limit_bytes {
        return whole;
    }
    truncated(raw, told)
}

/// Another event of a record that has been parked with the event `whole_at`.
///
/// It does not bring the whole record again, for a record of a thousand events would be written a
/// thousand times, in one transaction that could never be committed.
pub fn park_again(parked: &Parked, writer: &WriterIdentity, whole_at: u32) -> Message {
    let mut headers = told(parked, writer);
    headers.push(header(NAMES.whole_at, &whole_at.to_string()));
    truncated(&parked.raw, headers)
}

fn truncated(raw: &RawRecord, mut headers: Headers) -> Message {
    let original_bytes = raw.value.as_ref().map_or(0, Vec::len);
    headers.push(header(NAMES.truncated, "true"));
    headers.push(header(ORIGINAL_BYTES, &original_bytes.to_string()));
    Message {
        key: raw.key.clone().filter(|key| key.len() <= KEY_BYTES_KEPT),
        value: raw
            .value
            .as_ref()
            .map(|value| value.iter().take(VALUE_BYTES_KEPT).copied().collect()),
        headers,
    }
}

fn told(parked: &Parked, writer: &WriterIdentity) -> Headers {
    let record = &parked.position.record;
    let why = &parked.why;
    let tenant = parked.tenant.as_ref().map(|tenant| header(NAMES.tenant, tenant.as_str()));
    let mut headers: Headers = tenant.into_iter().collect();
    headers.extend([
        header(NAMES.topic, &record.topic),
        header(NAMES.partition, &record.partition.to_string()),
        header(NAMES.offset, &record.offset.to_string()),
        header(NAMES.generation, &record.generation.to_string()),
        header(NAMES.index, &parked.position.index.to_string()),
        header(NAMES.code, why.code.as_str()),
        header(NAMES.text, &why.text),
        header(NAMES.at, &parked.at.to_string()),
        header(NAMES.time, &parked.raw.timestamp.to_string()),
        header(INSTANCE, &writer.instance),
    ]);
    if let Some(person) = &parked.person {
        headers.push(header(NAMES.person, person.as_str()));
    }
    if parked.takes_access {
        headers.push(header(NAMES.takes_access, "true"));
    }
    if let Some(field) = &why.field {
        headers.push(header(NAMES.field, field));
    }
    headers
}

/// The headers of a parked record, as a JSON Schema: those of the record itself, and usher's.
pub fn schema() -> serde_json::Value {
    let text = |says: &str| serde_json::json!({ "description": says, "type": "string" });
    let number = |says: &str| serde_json::json!({ "description": says, "type": "string", "pattern": "^-?[0-9]+$" });
    let instant = |says: &str| serde_json::json!({ "description": says, "type": "string", "format": "date-time" });
    let is_true = |says: &str| serde_json::json!({ "description": says, "const": "true" });
    let digest = "^[0-9a-f]{64}$";
    serde_json::json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "description": "Headers of a parked record: its own first, then these. Key and value are the record's own.",
        "type": "object",
        "properties": {
            (NAMES.tenant): text("Whose it is; missing where nobody knows."),
            (NAMES.topic): text("Where the record stands."),
            (NAMES.partition): number("Where the record stands."),
            (NAMES.offset): number("Where the record stands."),
            (NAMES.generation): number("How often that topic was seen to be made anew."),
            (NAMES.index): number("Which of the record's events it is, from 0."),
            (NAMES.code): text("Why, as a code: `usher errors CODE`."),
            (NAMES.field): text("The field at fault."),
            (NAMES.text): text("Why, for people."),
            (NAMES.at): instant("When it was parked."),
            (NAMES.time): instant("The record's own time."),
            (INSTANCE): text("Which replica parked it."),
            (NAMES.person): text("Whom it is about, if that is known."),
            (NAMES.takes_access): is_true("Parked, it leaves somebody in: look at it now."),
            (SHA256): { "description": "Of the whole value.", "type": "string", "pattern": digest },
            (NAMES.truncated): is_true("Only the value's beginning is here."),
            (ORIGINAL_BYTES): number("How long the value was."),
            (NAMES.whole_at): number("The record is parked whole with its event of this index."),
        },
        "required": [
            NAMES.topic, NAMES.partition, NAMES.offset, NAMES.generation, NAMES.index, NAMES.code,
            NAMES.text, NAMES.at, NAMES.time, INSTANCE,
        ],
    })
}

fn header(name: &str, text: &str) -> (String, Option<Vec<u8>>) {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let clipped = text.as_bytes().iter().take(end).copied().collect();
    (name.to_owned(), Some(clipped))
}

fn sha256(value: &[u8]) -> String {
    format!("{:x}", Sha256::digest(value))
}

/// No less than what the message takes in a record batch.
pub(super) fn size(message: &Message) -> usize {
    let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
    let headers: usize = message
        .headers
        .iter()
        .map(|(name, value)| name.len() + length(value) + HEADER_OVERHEAD_BYTES)
        .sum();
    length(&message.key) + length(&message.value) + headers + RECORD_OVERHEAD_BYTES
}
