//! A person's lines of the audit: what was decided, called and verified.

use crate::audit::line as audit;
use crate::engine::record::Kept;
use crate::model::call_record::{Action, CallOutcome, CallRecord};
use crate::model::code::WrittenCode;
use crate::model::decision::{self, Said, Warrant, WarrantedBy};
use crate::model::ids::{RuleName, ScimId, TargetName};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// A source's clock may be ahead of ours by so much; its events then seem to come before they happen.
const AHEAD_MOST: SignedDuration = SignedDuration::from_hours(1);

/// What the audit says of a person.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Oldest first.
    pub lines: VecDeque<Line>,
    /// Lines before these.
    pub earlier: u64,
    /// Nothing older is left, though something older counts.
    pub cut_off: bool,
    /// The types of events, by source and id.
    pub kinds: BTreeMap<(String, String), String>,
}

/// Which lines are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    pub kept: &'a Kept,
    /// Later ones are left out.
    pub until: Timestamp,
    /// Only the newest are kept, so many.
    pub most: usize,
}

/// One line of the audit, as far as people read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub at: Timestamp,
    pub kind: audit::LineKind,
    /// Its word: `asserted`, `applied`, `held`.
    pub outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Event>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// Of a decision: each rule that spoke, and what came of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// Of a decision: what somebody should know besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Why>,
    /// Of a result: each writing call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Call>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// Of a result or note: what decided which fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Because>,
}

/// What decided some fields of an account when a revision ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Because {
    pub fields: Vec<String>,
    #[serde(flatten)]
    pub by: DecidedBy,
}

/// Whose word it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum DecidedBy {
    Claim {
        claim: String,
        rule: RuleName,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<Event>,
    },
    Profile {
        event: Event,
    },
    Override {
        operator: String,
        until: Timestamp,
    },
    WayBack,
}

/// The event behind something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    pub source: String,
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
}

/// A reason: its code, and its sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    pub code: WrittenCode,
    pub text: String,
}

/// What came of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    pub rule: String,
    pub claim: String,
    pub decision: String,
}

/// A writing call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    pub action: Action,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<ScimId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub touched: Vec<String>,
    /// Those of them that lost their value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cleared: Vec<String>,
    /// Of HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    pub outcome: CallOutcome,
}

impl Search<'_> {
    /// Before this no line can count: when the first word that still does can have been heard at the
    /// earliest. `None`: nothing does.
    pub fn oldest(&self) -> Option<Timestamp> {
        let Kept { person, seats } = self.kept;
        let claims = person.claims.iter().flat_map(|instance| &instance.marks);
        let profile = person.profile.values().flatten().map(|mark| mark.key.time);
        let seats = seats.values().map(|seat| seat.began_at);
        let oldest = claims.map(|mark| mark.key.time).chain(profile).chain(seats).min()?;
        Some(oldest.checked_sub(AHEAD_MOST).unwrap_or(Timestamp::MIN))
    }

    /// Also as one of the records that became part of the person's.
    fn is_about(&self, key: &[u8]) -> bool {
        let person = &self.kept.person;
        let mut ids = std::iter::once(&person.id).chain(&person.merged);
        ids.any(|id| id.as_str().as_bytes() == key)
    }
}

impl History {
    /// Takes in a record of the audit topic, if it is a line that is looked for.
    pub fn take(&mut self, key: Option<&[u8]>, value: Option<&[u8]>, search: Search<'_>) {
        let value = value.filter(|_| key.is_some_and(|key| search.is_about(key)));
        let line = value.and_then(audit::Line::read).and_then(|line| Line::of(&line));
        if let Some(line) = line.filter(|line| line.at <= search.until) {
            self.keep(line, search.most);
        }
    }

    fn keep(&mut self, line: Line, most: usize) {
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

impl Line {
    /// `None` if its time is none.
    pub fn of(line: &audit::Line) -> Option<Self> {
        let own = &line.unmapped;
        Some(Self {
            at: line.at()?,
            kind: own.kind,
            outcome: own.outcome.clone(),
            target: own.target.as_deref().map(TargetName::new),
            revision: own.revision,
            event: Event::behind(line),
            why: own.why.clone().map(Why::from),
            effects: own.effects.iter().flatten().map(Effect::from).collect(),
            remarks: own.remarks.iter().cloned().map(Why::from).collect(),
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
            action: call.action,
            account: call.account.clone(),
            touched: call.touched.clone(),
            cleared: call.cleared.clone(),
            status: call.status,
            outcome: call.outcome.clone(),
        }
    }
}

impl From<&Warrant> for Because {
    fn from(warrant: &Warrant) -> Self {
        let by = match &warrant.by {
            WarrantedBy::Claim { claim, rule, said, .. } => DecidedBy::Claim {
                claim: claim.clone(),
                rule: rule.clone(),
                event: said.as_ref().map(Event::from),
            },
            WarrantedBy::Profile { said } => DecidedBy::Profile { event: Event::from(said) },
            WarrantedBy::Override { operator, until, .. } => {
                DecidedBy::Override { operator: operator.clone(), until: *until }
            }
            WarrantedBy::WayBack => DecidedBy::WayBack,
        };
        Self { fields: warrant.fields.clone(), by }
    }
}
