//! A person's lines of the audit: what was decided, called and verified.

use super::Error;
use crate::audit::line as audit;
use crate::config::KafkaSettings;
use crate::engine::record::Kept;
use crate::engine::state::Person;
use crate::kafka::look::{self, Look, Span, Until};
use crate::model::RawRecord;
use crate::model::call_record::CallRecord;
use crate::model::decision::{self, Said, Warrant, WarrantedBy};
use crate::model::ids::ScimId;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<ScimId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) touched: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) cleared: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    pub(super) outcome: String,
}

/// Reads the lines about `person` up to `until`, back to the first event that still counts; keeps the
/// last `most`.
pub(super) fn read(
    look: &Look,
    kafka: &KafkaSettings,
    kept: &Kept,
    until: Timestamp,
    most: usize,
) -> Result<History, Error> {
    let topic = &kafka.topics.audit;
    let oldest = oldest_instant(kept);
    let from = oldest.map_or(look::From::Earliest, look::From::At);
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
        if record.key.as_deref().is_some_and(|key| is_about(&kept.person, key))
            && let Some(line) = record.value.as_deref().and_then(Line::read)
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
fn oldest_instant(Kept { person, seats }: &Kept) -> Option<Timestamp> {
    let claims = person.claims.iter().flat_map(|instance| &instance.marks);
    let profile = person.profile.values().flatten().map(|mark| mark.key.time);
    let seats = seats.values().map(|seat| seat.began_at);
    let oldest = claims.map(|mark| mark.key.time).chain(profile).chain(seats).min()?;
    Some(oldest.checked_sub(AHEAD_MOST).unwrap_or(Timestamp::MIN))
}

impl Line {
    /// `None` if it is no line of ours.
    fn read(value: &[u8]) -> Option<Self> {
        let line = audit::Line::read(value)?;
        let own = &line.unmapped;
        Some(Self {
            at: line.at()?,
            kind: own.kind.word().to_owned(),
            event: Event::behind(&line),
            outcome: own.outcome.clone(),
            target: own.target.clone(),
            revision: own.revision,
            why: own.why.clone().map(Why::from),
            remarks: own.remarks.iter().cloned().map(Why::from).collect(),
            effects: own.effects.iter().flatten().map(Effect::from).collect(),
            calls: own.calls.iter().flatten().map(Call::from).collect(),
            verified: own.verified,
            because: own.because.iter().map(Because::from).collect(),
        })
    }
}

impl Event {
    fn behind(line: &audit::Line) -> Option<Self> {
        let event = line.unmapped.event.as_ref()?;
        Some(Self {
            kind: Some(event.kind.clone()),
            source: event.source.clone(),
            id: line.metadata.original_event_uid.clone()?,
            time: line.unmapped.event_time,
        })
    }
}

impl From<&Said> for Event {
    fn from(said: &Said) -> Self {
        let (source, id) = (said.source.clone(), said.event_id.clone());
        Self { kind: None, source, id, time: Some(said.time) }
    }
}

impl From<decision::Why> for Why {
    fn from(why: decision::Why) -> Self {
        Self { code: why.code, text: why.text }
    }
}

impl From<&audit::Effect> for Effect {
    fn from(effect: &audit::Effect) -> Self {
        let audit::Effect { rule, claim, decision, .. } = effect.clone();
        Self { rule, claim, decision }
    }
}

impl From<&CallRecord> for Call {
    fn from(call: &CallRecord) -> Self {
        Self {
            action: call.action.word().to_owned(),
            account: call.account.clone(),
            touched: call.touched.clone(),
            cleared: call.cleared.clone(),
            status: call.status,
            outcome: call.outcome.to_string(),
        }
    }
}

impl From<&Warrant> for Because {
    fn from(warrant: &Warrant) -> Self {
        let fields = warrant.fields.clone();
        let of = |by: &str, said: Option<&Said>| Self {
            fields,
            by: by.to_owned(),
            claim: None,
            rule: None,
            event: said.map(Event::from),
        };
        match &warrant.by {
            WarrantedBy::Claim { claim, rule, said, .. } => Self {
                claim: Some(claim.clone()),
                rule: Some(rule.to_string()),
                ..of("claim", said.as_ref())
            },
            WarrantedBy::Profile { said } => of("profile", Some(said)),
            WarrantedBy::WayBack => of("way_back", None),
        }
    }
}
