//! The wire form of people and shards in `usher.people`.

use crate::engine::Unreadable;
use crate::engine::brakes::counters::Counters;
use crate::engine::orders::OrdersRecord;
use crate::engine::state::{Person, Seat, Seats, ShardRecord};
use crate::inventory::Head;
use crate::model::event::EventClass;
use crate::model::ids::{TargetName, TenantName};
use crate::model::{Deployment, StateWrite};
use serde::{Deserialize, Serialize};
use std::io;

pub mod aside;
pub mod baseline;
mod v1;

pub use aside::{Aside, aside};
pub use v1::Kept;

/// The keys of what was counted at a target begin so; a person's has a slash, and this has none.
pub const COUNTERS_KEY: &str = "counters:";
/// The keys of what is known of all that a target has begin so.
pub const SURVEY_KEY: &str = "inventory:";
/// The key of what operators have ordered.
pub const ORDERS_KEY: &str = "orders";
/// The version that is written. A reader takes this one and the next.
const VERSION: u8 = 1;
/// The key of the shard's own record; a person's has a slash.
pub const SHARD_KEY: &str = "shard";
/// What claims, profile and names of one person may take, in bytes as written: with what is kept of
/// the accounts, a record stays far below what the topic takes. The last part is for HR alone, so
/// that no flood of detections keeps a termination out.
const PERSON_BYTES_MAX: usize = 48 * 1024;
const PERSON_BYTES_HR: usize = 8 * 1024;
/// What most records take, so that they need not grow while they are written.
const RECORD_BYTES_USUAL: usize = 4 * 1024;

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    v: u8,
    /// Under a key of its own: flattened, maps with numbers as keys could not be read back.
    body: T,
}

impl Person {
    /// Whether there is no room for what an event of this class has brought.
    pub fn is_too_large_for(&self, class: EventClass) -> bool {
        let limit = match class {
            EventClass::Hr => PERSON_BYTES_MAX,
            EventClass::Security | EventClass::Account | EventClass::Request => {
                PERSON_BYTES_MAX - PERSON_BYTES_HR
            }
        };
        let said = (&self.employments, &self.legal_holds, &self.last_words);
        let parts = (&self.aliases, &self.claims, &self.forgotten, &self.profile, said);
        let mut length = Length(0);
        write(&mut length, &parts);
        length.0 > limit
    }
}

/// A person's record, as it is written.
pub fn encode_person(person: &Person, seats: &Seats<'_>) -> StateWrite {
    StateWrite { key: person.key(), value: Some(encode(&v1::Written { person, seats })) }
}

/// The record of a shard that nobody has owned yet: it says whose it is.
pub fn first_record(deployment: &Deployment) -> StateWrite {
    let deployment = Some(deployment.clone());
    encode_shard(&ShardRecord { deployment, people: Some(0), ..ShardRecord::default() })
}

/// The shard's own record, as it is written.
pub fn encode_shard(record: &ShardRecord) -> StateWrite {
    StateWrite { key: SHARD_KEY.to_owned(), value: Some(encode(record)) }
}

/// Who was changed at a target lately.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Counted {
    pub tenant: TenantName,
    pub target: TargetName,
    pub counters: Counters,
}

/// The counts of a target, as they are written.
pub fn encode_counters(
    (tenant, target): (&TenantName, &TargetName),
    counters: &Counters,
) -> StateWrite {
    let key = format!("{COUNTERS_KEY}{tenant}:{target}");
    let counted =
        Counted { tenant: tenant.clone(), target: target.clone(), counters: counters.clone() };
    StateWrite { key, value: Some(encode(&counted)) }
}

/// What is known of all that a target has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Surveyed {
    pub tenant: TenantName,
    pub target: TargetName,
    pub head: Head,
}

/// What is known of all that a target has, as it is written.
pub fn encode_survey((tenant, target): (&TenantName, &TargetName), head: &Head) -> StateWrite {
    let key = format!("{SURVEY_KEY}{tenant}:{target}");
    let surveyed = Surveyed { tenant: tenant.clone(), target: target.clone(), head: head.clone() };
    StateWrite { key, value: Some(encode(&surveyed)) }
}

/// What operators have ordered, as it is written.
pub fn encode_orders(orders: &OrdersRecord) -> StateWrite {
    StateWrite { key: ORDERS_KEY.to_owned(), value: Some(encode(orders)) }
}

fn encode<T: Serialize>(body: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(RECORD_BYTES_USUAL);
    write(&mut bytes, body);
    bytes
}

fn write<T: Serialize>(out: impl io::Write, body: &T) {
    serde_json::to_writer(out, &Versioned { v: VERSION, body })
        .expect("state has string keys and no foreign types, and memory takes what is written");
}

/// Counts what is written, and keeps nothing of it.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What any record of `usher.people` holds, as a JSON Schema; what stands in `body` is promised to nobody
/// but usher.
pub fn schema() -> serde_json::Value {
    serde_json::json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "description": "A record of usher's state. Nobody writes it but usher, and a record that is gone has no value.",
        "type": "object",
        "properties": {
            "v": { "description": "The version of the form.", "type": "integer", "minimum": 1, "maximum": VERSION },
            "body": { "description": "usher's own: it may change with any version.", "type": "object" },
        },
        "required": ["v", "body"],
    })
}

/// How many bytes a seat takes in a record.
pub fn length_of(seat: &Seat) -> usize {
    let mut length = Length(0);
    write(&mut length, seat);
    length.0
}

/// Reads a record back. The version is judged first, so that a newer one is named as such.
pub fn decode<T: for<'de> Deserialize<'de>>(key: &str, bytes: &[u8]) -> Result<T, Unreadable> {
    #[derive(Deserialize)]
    struct VersionOnly {
        v: u8,
    }
    let unreadable = |why: String| Unreadable { key: key.to_owned(), why };
    let version: VersionOnly = serde_json::from_slice(bytes)
        .map_err(|error| unreadable(format!("it has no version ({:?})", error.classify())))?;
    if version.v > VERSION + 1 {
        return Err(unreadable(format!(
            "it has version {}, and this usher reads up to {}; run the newer usher",
            version.v,
            VERSION + 1
        )));
    }
    match serde_json::from_slice::<Versioned<T>>(bytes) {
        Ok(whole) => Ok(whole.body),
        Err(_) => Err(unreadable(why_unreadable::<T>(bytes, version.v))),
    }
}

/// Where the record is not what its version holds: read once more, slower, to find the place.
fn why_unreadable<T: for<'de> Deserialize<'de>>(bytes: &[u8], version: u8) -> String {
    let mut input = serde_json::Deserializer::from_slice(bytes);
    let Err(error) = serde_path_to_error::deserialize::<_, Versioned<T>>(&mut input) else {
        return format!("something follows what version {version} holds");
    };
    let (place, cause) = (error.path().to_string(), error.into_inner());
    let unknown = unknown_word(&cause.to_string());
    let unknown = unknown.map(|word| format!("; this usher does not know `{word}` there"));
    format!(
        "{place}, at line {}, column {}: not what version {version} holds{}; if a newer usher wrote it, \
         run that one",
        cause.line(),
        cause.column(),
        unknown.unwrap_or_default()
    )
}

/// The key or word that nobody knows: of all that can be wrong, the one thing that holds no value of a
/// person's.
fn unknown_word(cause: &str) -> Option<String> {
    let rest =
        ["unknown variant `", "unknown field `"].iter().find_map(|it| cause.strip_prefix(it))?;
    let (word, _) = rest.split_once('`')?;
    let is_word = |sign: char| sign.is_ascii_lowercase() || matches!(sign, '_' | '.');
    (word.len() <= 40 && word.chars().all(is_word)).then(|| word.to_owned())
}
