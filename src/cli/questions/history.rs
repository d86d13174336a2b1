//! A person's lines of the audit: what was decided, called and verified.

use super::Error;
use crate::config::KafkaSettings;
use crate::engine::state::Person;
use crate::kafka::look::{From, Look, Span, Until};
use crate::model::RawRecord;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, VecDeque};

const ADVICE: &str = "run `usher init`";

/// A source's clock may be ahead of ours by so much; its events then seem to come before they happen.
const AHEAD_MOST: SignedDuration = SignedDuration::from_hours(1);

/// What the audit says of a person.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Oldest first.
    pub(super) lines: VecDeque<Line>,
    /// Lines before these.
    pub(super) earlier: u64,
    /// Nothing older is left, though something older counts.
    pub(super) cut_off: bool,
    /// The types of events, by source and id.
    pub(super) kinds: BTreeMap<(String, String), String>,
}

/// One line of the audit, as far as people read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Line {
    pub(super) at: Timestamp,
    /// `decision`, `result`, `note`
    pub(super) kind: String,
    pub(super) outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) revision: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<Why>,
    /// Of a decision: each rule that spoke, and what came of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) effects: Vec<Effect>,
    /// Of a decision: what somebody should know besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) remarks: Vec<Why>,
    /// Of a result: each writing call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) calls: Vec<Call>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) verified: Option<bool>,
    /// Of a result or note: what decided which fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) because: Vec<Because>,
}

/// What decided some fields of an account when a revision ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Because {
    pub(super) fields: Vec<String>,
    /// `claim`, `profile`, `way_back`
    pub(super) by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) claim: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<Event>,
}

/// The event behind something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Event {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
    pub(super) source: String,
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Why {
    pub(super) code: String,
    pub(super) text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Effect {
    pub(super) rule: String,
    pub(super) claim: String,
    pub(super) decision: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Call {
    pub(super) action: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) touched: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) cleared: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u64>,
    pub(super) outcome: String,
}

/// Reads the lines about `person` up to `until`, back to the first event that still counts; keeps the
/// last `most`.
pub(super) fn read(
    look: &Look,
    kafka: &KafkaSettings,
    person: &Person,
    until: Timestamp,
    most: usize,
) -> Result<History, Error> {
    let topic = &kafka.topics.audit;
    let oldest = oldest_instant(person);
    let from = oldest.map_or(From::Earliest, From::At);
    let count = look.partitions(topic, ADVICE)?;
    let spans = (0..count)
        .map(|partition| look.span(topic, partition, from, Until::Now))
        .collect::<Result<Vec<Span>, _>>()?;
    let mut history = History::default();
    let mut cut: BTreeMap<i32, bool> = spans
        .iter()
        .filter(|span| span.begins_cut_off())
        .map(|span| (span.partition, true))
        .collect();
    look.read(&spans, |record: RawRecord| {
        if let Some(is_cut) = cut.get_mut(&record.partition) {
            // The first that is left: is it older than what we look for?
            *is_cut &= oldest.is_none_or(|oldest| record.timestamp > oldest);
        }
        if record.key.as_deref().is_some_and(|key| is_about(person, key))
            && let Some(line) = record.value.as_deref().and_then(parse)
            && line.at <= until
        {
            history.take(line, most);
        }
        Ok::<_, Error>(())
    })?;
    history.cut_off = cut.into_values().any(|is_cut| is_cut);
    Ok(history)
}

/// Also as one of the records that became part of the person's.
fn is_about(person: &Person, key: &[u8]) -> bool {
    std::iter::once(&person.id).chain(&person.merged).any(|id| id.as_str().as_bytes() == key)
}

impl History {
    fn take(&mut self, line: Line, most: usize) {
        if let Some(Event { kind: Some(kind), source, id, .. }) = &line.event {
            self.kinds.insert((source.clone(), id.clone()), kind.clone());
        }
        self.lines.push_back(line);
        if self.lines.len() > most {
            self.lines.pop_front();
            self.earlier += 1;
        }
    }
}

/// When the first word that still counts can have been heard at the earliest.
fn oldest_instant(person: &Person) -> Option<Timestamp> {
    let claims = person.claims.iter().flat_map(|instance| &instance.marks);
    let profile = person.profile.values().flatten().map(|mark| mark.key.time);
    let seats = person.seats.values().map(|seat| seat.began_at);
    let oldest = claims.map(|mark| mark.key.time).chain(profile).chain(seats).min()?;
    Some(oldest.checked_sub(AHEAD_MOST).unwrap_or(Timestamp::MIN))
}

/// `None` if it is no line of ours.
fn parse(value: &[u8]) -> Option<Line> {
    let json: Json = serde_json::from_slice(value).ok()?;
    let own = json.get("unmapped")?;
    Some(Line {
        at: Timestamp::from_millisecond(json.get("time")?.as_i64()?).ok()?,
        kind: text(own, "kind")?,
        outcome: text(own, "outcome")?,
        target: text(own, "target"),
        revision: own.get("revision").and_then(Json::as_u64),
        event: event(&json, own),
        why: own.get("why").and_then(why),
        remarks: each(own, "remarks", why),
        effects: each(own, "effects", |effect| {
            Some(Effect {
                rule: text(effect, "rule")?,
                claim: text(effect, "claim")?,
                decision: text(effect, "decision")?,
            })
        }),
        calls: each(own, "calls", |call| {
            Some(Call {
                action: text(call, "action")?,
                touched: each(call, "touched", |name| name.as_str().map(str::to_owned)),
                cleared: each(call, "cleared", |name| name.as_str().map(str::to_owned)),
                status: call.get("status").and_then(Json::as_u64),
                outcome: text(call, "outcome")?,
            })
        }),
        verified: own.get("verified").and_then(Json::as_bool),
        because: each(own, "because", because),
    })
}

fn event(json: &Json, own: &Json) -> Option<Event> {
    let (event, metadata) = (own.get("event")?, json.get("metadata")?);
    Some(Event {
        kind: text(event, "type"),
        source: text(event, "source")?,
        id: text(metadata, "original_event_uid")?,
        time: text(own, "event_time").and_then(|time| time.parse().ok()),
    })
}

fn because(json: &Json) -> Option<Because> {
    let event = json.get("event");
    Some(Because {
        fields: each(json, "fields", |name| name.as_str().map(str::to_owned)),
        by: text(json, "by")?,
        claim: text(json, "claim"),
        rule: text(json, "rule"),
        event: event.and_then(|event| {
            Some(Event {
                kind: None,
                source: text(event, "source")?,
                id: text(event, "id")?,
                time: text(event, "time").and_then(|time| time.parse().ok()),
            })
        }),
    })
}

fn text(json: &Json, name: &str) -> Option<String> {
    Some(json.get(name)?.as_str()?.to_owned())
}

fn each<T>(json: &Json, name: &str, read: impl Fn(&Json) -> Option<T>) -> Vec<T> {
    json.get(name).and_then(Json::as_array).into_iter().flatten().filter_map(read).collect()
}

fn why(json: &Json) -> Option<Why> {
    Some(Why { code: text(json, "code")?, text: text(json, "text")? })
}
