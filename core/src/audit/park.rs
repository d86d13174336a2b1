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

/// The parked record as a message of at most `limit_bytes`, which must be at least 16 KiB.
///
/// Key, value and headers are the record's own, and headers `usher-…` say where it came from and
/// why it was parked. If that does not fit, the value's first 4 KiB are kept, without the record's
/// headers, and `usher-truncated` says so.
pub fn park(parked: &Parked, writer: &WriterIdentity, limit_bytes: usize) -> Message {
    let raw = &parked.raw;
    let mut told = told(parked, writer);
    if let Some(value) = &raw.value {
        told.push(header("usher-sha256", &sha256(value)));
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
    headers.push(header("usher-whole-at-index", &whole_at.to_string()));
    truncated(&parked.raw, headers)
}

fn truncated(raw: &RawRecord, mut headers: Headers) -> Message {
    let original_bytes = raw.value.as_ref().map_or(0, Vec::len);
    headers.push(header("usher-truncated", "true"));
    headers.push(header("usher-original-bytes", &original_bytes.to_string()));
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
    let tenant = parked.tenant.as_ref().map(|tenant| header("usher-tenant", tenant.as_str()));
    let mut headers: Headers = tenant.into_iter().collect();
    headers.extend([
        header("usher-topic", &record.topic),
        header("usher-partition", &record.partition.to_string()),
        header("usher-offset", &record.offset.to_string()),
        header("usher-generation", &record.generation.to_string()),
        header("usher-index", &parked.position.index.to_string()),
        header("usher-reason-code", why.code.as_str()),
        header("usher-reason", &why.text),
        header("usher-parked-at", &parked.at.to_string()),
        header("usher-instance", &writer.instance),
    ]);
    if let Some(field) = &why.field {
        headers.push(header("usher-reason-field", field));
    }
    headers
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
