//! JSON of anybody, by a description of it: which event a record is, and where its members stand.

mod check;
mod choice;
mod grammar;
mod presets;
mod suggest;
mod value;

pub use choice::MappingChoice;
pub use grammar::Mapping;
pub use presets::NAMES as MAPPING_PRESETS;
pub use suggest::suggest;

use super::vendor::{Found, digest, id_of, objects};
use crate::decode::canon;
use crate::decode::canonical::Reading;
use crate::decode::message::{Body, Message};
use crate::decode::refusal::{Bearing, Label, Refusal};
use crate::decode::settings::SourceSettings;
use crate::decode::unwrap::Row;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event_kind::EventKind;
use grammar::{Becomes, Condition, EventRule, Otherwise, Presence};
use jiff::Timestamp;
use serde_json::{Map, Value};
use value::Reader;

pub(super) fn recognise(message: &Message<'_>) -> bool {
    match &message.body {
        Body::Json(json) => json.value.is_object() || json.value.is_array(),
        Body::Gone | Body::Unreadable(_) => false,
    }
}

pub(super) fn refuse(message: Message<'_>) -> Refusal {
    match message.body {
        Body::Gone => Refusal::tombstone(),
        Body::Json(_) => not_records("value").into(),
        Body::Unreadable(why) => why.into(),
    }
}

pub(super) fn read(message: Message<'_>, settings: &SourceSettings) -> Vec<Reading> {
    let Some(mapping) = settings.mapping.as_ref().and_then(MappingChoice::get) else {
        return vec![Err(Refusal::park(without_description(), Bearing::OfAny))];
    };
    let (recorded, row) = (message.raw.timestamp, message.row);
    let Body::Json(json) = message.body else { return vec![Err(refuse(message))] };
    let records: Vec<&str> = mapping.records.iter().map(grammar::Pointer::as_str).collect();
    let zone = mapping.time_zone.as_ref().or(settings.time_zone.as_ref());
    let desk = Desk { reader: Reader { mapping, zone }, settings, recorded };
    let mut readings = Vec::new();
    for (record, doubled, place) in objects(json, &records) {
        readings.push(if let Some(doubled) = doubled {
            Err(Refusal::park(doubled.why(None), Bearing::OfAny))
        } else if !record.is_object() {
            Err(not_records(&place).into())
        } else if row == Some(Row::Deleted) || is_deleted(&record) {
            Err(deleted(mapping.deleted))
        } else {
            desk.read(&record)
        });
    }
    readings
}

/// What is known around a record.
struct Desk<'a> {
    reader: Reader<'a>,
    settings: &'a SourceSettings,
    recorded: Timestamp,
}

impl Desk<'_> {
    fn read(&self, record: &Value) -> Reading {
        let mapping = self.reader.mapping;
        let fits = |rule: &&EventRule| {
            let mut all = rule.when.iter();
            all.all(|(place, condition)| self.holds(condition, place.find(record)))
        };
        let Some(rule) = mapping.events.iter().find(fits) else {
            return Err(no_event(mapping.otherwise));
        };
        let Becomes::Event(kind) = rule.event else {
            let text = "the description says that such a record is nobody's concern";
            return Err(Refusal::skip(Why::new(Code::SignalNothingToDo, Some("events"), text)));
        };
        self.event(kind, rule, record).map_err(|refusal| {
            let label = Label { source: Some(mapping.source.clone()), ..Label::default() };
            let is_labelled = refusal.label.kind.is_some();
            let refusal = refusal.of(kind);
            if is_labelled { refusal } else { refusal.labelled(label) }
        })
    }

    fn event(&self, kind: EventKind, rule: &EventRule, record: &Value) -> Reading {
        let mapping = self.reader.mapping;
        let mut data = Map::new();
        let of_all = mapping.members.iter().filter(|(path, _)| !rule.members.contains_key(*path));
        for (path, field) in of_all.chain(&rule.members) {
            if let Some(value) = self.reader.member(path, field, record)? {
                insert(&mut data, path, value);
            }
        }
        let time = self.time(record)?;
        let id = self.id(record, time)?;
        let found = Found { source: mapping.source.clone(), id, kind, time, data };
        found.admit("events", self.settings)
    }

    /// Whether a condition holds of what stands at its place.
    fn holds(&self, condition: &Condition, value: Option<&Value>) -> bool {
        let value = value.filter(|value| !self.reader.is_nothing(value));
        match condition {
            Condition::Presence(Presence::Set) => value.is_some(),
            Condition::Presence(Presence::Unset) => value.is_none(),
            Condition::OneOf(words) => value.and_then(value::text).is_some_and(|text| {
                words.iter().any(|word| word.to_string().trim().eq_ignore_ascii_case(text.trim()))
            }),
        }
    }

    fn time(&self, record: &Value) -> Result<Option<Timestamp>, Why> {
        let places = self.reader.mapping.time.as_ref();
        let found = places.and_then(|places| self.reader.find(places, record));
        let Some((place, value)) = found else { return Ok(None) };
        canon::instant(value, self.reader.zone).map(Some).ok_or_else(|| {
            let name = place.name();
            let text = format!(
                "`{name}` is no instant in a form that has one meaning; send it like \
                 2026-10-01T09:00:00Z, or set `time_zone` in the description if it is a local time"
            );
            Why::new(Code::TimeInvalid, Some(&name), text)
        })
    }

    /// Without an id of its own a record is known by all that stands in it; one without a time is news
    /// whenever it is written, for what was true once may be so again.
    fn id(&self, record: &Value, time: Option<Timestamp>) -> Result<String, Why> {
        let mapping = self.reader.mapping;
        if mapping.id.is_empty() {
            let digest = digest(record);
            let recorded = self.recorded.to_string();
            return Ok(if time.is_some() { digest } else { id_of(&[&digest, &recorded]) });
        }
        let mut parts = Vec::new();
        for place in &mapping.id {
            let part = place.find(record).filter(|it| !self.reader.is_nothing(it));
            parts.push(part.and_then(value::text).ok_or_else(|| {
                let name = place.name();
                let text = format!("there is no `{name}`, by which the record is known; send it");
                Why::new(Code::AttributeMissing, Some(&name), text)
            })?);
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Ok(id_of(&parts))
    }
}

/// Puts `value` at the path, which was checked.
fn insert(data: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            data.insert(path.to_owned(), value);
        }
        Some((member, rest)) => {
            let inside = data.entry(member).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inside) = inside {
                insert(inside, rest, value);
            }
        }
    }
}

/// What flattens rows of a database's log leaves this behind.
fn is_deleted(record: &Value) -> bool {
    record.pointer("/__deleted").and_then(value::text).is_some_and(|it| it == "true")
}

fn not_records(place: &str) -> Why {
    let text = "there is no record where the description says; look with `usher decode` what comes of the \
                value, and mend `records`";
    Why::new(Code::ValueNotOfFormat, Some(place), text)
}

fn without_description() -> Why {
    let text = "the source has `format: mapped` and no description; name one in its `mapping`";
    Why::new(Code::MappingMissing, Some("mapping"), text)
}

fn no_event(otherwise: Otherwise) -> Refusal {
    let text = "the record fits none of the `events` of the description; add what it is, or `skip`";
    let why = Why::new(Code::MappingNoEvent, Some("events"), text);
    match otherwise {
        Otherwise::Park => Refusal::park(why, Bearing::OfAny),
        Otherwise::Skip => Refusal::skip(why),
    }
}

fn deleted(fate: Otherwise) -> Refusal {
    let text = "a row was deleted in its database, and the description does not say that this is nobody's \
                concern; look whether somebody has left, and say `deleted: skip` if rows are only tidied up";
    let why = Why::new(Code::RowDeleted, Some("value.op"), text);
    match fate {
        Otherwise::Park => Refusal::park(why, Bearing::OfAny),
        Otherwise::Skip => Refusal::skip(why),
    }
}
