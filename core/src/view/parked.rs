//! Records that were set aside: where they stood, why, and whether they were replayed since.

use crate::audit::PARKED;
use crate::audit::line::{Line, LineKind, Place};
use crate::decode::{self, Item, SourceSettings};
use crate::model::code::{Code, WrittenCode};
use crate::model::ids::{PersonId, TenantName};
use crate::model::position::{EventPosition, Position, RawRecord};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use std::str::FromStr;

/// Clocks of replicas differ, and Kafka looks up by the time of its records.
const MARGIN: SignedDuration = SignedDuration::from_hours(1);

/// What lies in a record of the topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// All that was read.
    Whole,
    /// What fitted; nobody has the rest.
    Beginning,
    /// It is one of several events of a record, which lies whole with another of them.
    OneOfSeveral,
}

/// A record of the topic, as it was written.
#[derive(Clone, Debug)]
pub struct Found {
    /// None: it lay in the control topic.
    pub tenant: Option<TenantName>,
    pub position: EventPosition,
    pub part: Part,
    pub code: WrittenCode,
    pub text: String,
    pub field: Option<String>,
    pub person: Option<PersonId>,
    pub takes_access: bool,
    pub since: Timestamp,
    /// What was read. Its time is the record's own; if an earlier version did not keep it, that at which
    /// it was set aside, and `is_timed` says so.
    pub raw: RawRecord,
    pub is_timed: bool,
}

impl Found {
    /// Reads a record of the topic; `None`: it is none of ours.
    pub fn read(record: &RawRecord) -> Option<Self> {
        // What the source wrote comes first, whatever it calls it; the headers of usher begin behind it.
        let named = |name: &'static str| move |it: &(String, _)| it.0 == name;
        let begin = record.headers.iter().rposition(named(PARKED.topic))?;
        let has_tenant = begin.checked_sub(1).and_then(|it| record.headers.get(it));
        let begin = begin - usize::from(has_tenant.is_some_and(named(PARKED.tenant)));
        let (theirs, own) = record.headers.split_at_checked(begin)?;
        let text = |name: &'static str| {
            let (_, value) = own.iter().find(|it| named(name)(it))?;
            Some(String::from_utf8_lossy(value.as_deref()?).into_owned())
        };
        let since: Timestamp = text(PARKED.at)?.parse().ok()?;
        let time = text(PARKED.time).and_then(|time| time.parse().ok());
        let record_of = Position {
            topic: text(PARKED.topic)?,
            generation: text(PARKED.generation)?.parse().ok()?,
            partition: text(PARKED.partition)?.parse().ok()?,
            offset: text(PARKED.offset)?.parse().ok()?,
        };
        let part = match (text(PARKED.whole_at), text(PARKED.truncated)) {
            (Some(_), _) => Part::OneOfSeveral,
            (None, Some(_)) => Part::Beginning,
            (None, None) => Part::Whole,
        };
        Some(Self {
            tenant: text(PARKED.tenant).map(TenantName::new),
            part,
            code: WrittenCode::read(&text(PARKED.code)?),
            text: text(PARKED.text)?,
            field: text(PARKED.field),
            person: text(PARKED.person).map(PersonId::new),
            takes_access: text(PARKED.takes_access).is_some(),
            since,
            raw: RawRecord {
                topic: record_of.topic.clone(),
                partition: record_of.partition,
                offset: record_of.offset,
                timestamp: time.unwrap_or(since),
                key: record.key.clone(),
                value: record.value.clone(),
                headers: theirs.to_vec(),
            },
            is_timed: time.is_some(),
            position: EventPosition { record: record_of, index: text(PARKED.index)?.parse().ok()? },
        })
    }
}

/// Where a parked event stands, as people read and type it: `hr.events/3@4711#0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    topic: String,
    partition: i32,
    offset: i64,
    /// None: all of the record's.
    index: Option<u32>,
}

impl FromStr for Named {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (topic, place) = text.rsplit_once('/')?;
            let (partition, place) = place.split_once('@')?;
            let (offset, index) = match place.split_once('#') {
                Some((offset, index)) => (offset, Some(index.parse().ok()?)),
                None => (place, None),
            };
            let (partition, offset) = (partition.parse().ok()?, offset.parse().ok()?);
            Some(Self { topic: topic.to_owned(), partition, offset, index })
        };
        read().ok_or("a place as `usher parked` shows it, like hr.events/3@4711#0")
    }
}

impl Named {
    pub fn is(&self, position: &EventPosition) -> bool {
        let EventPosition { record, index } = position;
        (&self.topic, self.partition, self.offset)
            == (&record.topic, record.partition, record.offset)
            && self.index.is_none_or(|it| it == *index)
    }
}

/// Which rows are meant; what is not said takes all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// None: all, and what is no tenant's.
    pub tenants: Option<Vec<TenantName>>,
    pub code: Option<Code>,
    /// The `source` that the event names, or the topic it came by.
    pub source: Option<String>,
    pub since: Option<Timestamp>,
    pub position: Option<Named>,
}

/// One event that was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    #[serde(skip)]
    pub at: EventPosition,
    /// As people type it.
    pub position: String,
    pub since: Timestamp,
    /// The record's own time.
    #[serde(skip)]
    pub time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantName>,
    /// As far as it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Label>,
    pub code: WrittenCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// It would probably have taken access from somebody, who is in meanwhile.
    pub takes_access: bool,
    pub part: Part,
    /// The last time that it was replayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replayed: Option<Again>,
}

/// What could be read of an event that was set aside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Label {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// A decision on an event that was replayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Again {
    pub at: Timestamp,
    /// `asserted`, or `parked` again.
    pub decision: String,
    /// Whether anything came of it, so that it cannot be replayed once more.
    pub counts: bool,
    /// The id of the command.
    pub command: String,
}

impl Row {
    /// Whether it still waits for somebody.
    pub fn is_open(&self) -> bool {
        self.replayed.as_ref().is_none_or(|again| !again.counts)
    }
}

impl Label {
    fn of(item: &Item) -> Self {
        match item {
            Item::Event(event) => Self {
                kind: Some(event.kind.word().to_owned()),
                source: Some(event.source.clone()),
                id: Some(event.id.clone()),
            },
            Item::Skip(refused) | Item::Park(refused) => Self {
                kind: refused.kind.clone(),
                source: refused.source.clone(),
                id: refused.id.clone(),
            },
        }
    }
}

/// Everything that is in the topic, by its place; of one that was set aside again, the last.
#[derive(Clone, Debug, Default)]
pub struct Parked {
    rows: BTreeMap<EventPosition, Row>,
    /// Of records with several events.
    labels: BTreeMap<Position, Vec<Label>>,
}

impl Parked {
    /// Takes in a record. `source`: what the records of its topic are read as, if that is known.
    pub fn take(&mut self, found: &Found, source: Option<&SourceSettings>) {
        let place = &found.position;
        let mut event = None;
        if let (Some(source), Part::Whole) = (source, found.part) {
            let labels: Vec<Label> =
                decode::decode(&found.raw, source).iter().map(Label::of).collect();
            event = usize::try_from(place.index).ok().and_then(|index| labels.get(index)).cloned();
            if labels.len() > 1 {
                self.labels.insert(place.record.clone(), labels);
            }
        }
        let row = Row {
            at: place.clone(),
            position: format!("{}#{}", place.record, place.index),
            since: found.since,
            time: found.raw.timestamp,
            tenant: found.tenant.clone(),
            event: event.filter(|label| *label != Label::default()),
            code: found.code.clone(),
            field: found.field.clone(),
            text: found.text.clone(),
            person: found.person.clone(),
            takes_access: found.takes_access,
            part: found.part,
            replayed: None,
        };
        self.rows.insert(place.clone(), row);
    }

    /// When the audit may tell of replays of the rows that are meant, oldest first: from when each was set
    /// aside until it is too old to be replayed. `horizon`: how old a record may be.
    pub fn spans(
        &mut self,
        filter: &Filter,
        horizon: SignedDuration,
    ) -> Vec<(Timestamp, Timestamp)> {
        self.name_events();
        let span = |row: &Row| {
            let until = row.since.max(row.time).saturating_add(horizon).unwrap_or(Timestamp::MAX);
            (row.since, until.saturating_add(MARGIN).unwrap_or(Timestamp::MAX))
        };
        let meant = self.rows.values().filter(|row| row.tenant.is_some() && filter.takes(row));
        let mut all: Vec<_> = meant.map(span).collect();
        all.sort_unstable();
        let mut spans: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (from, until) in all {
            match spans.last_mut().filter(|last| from <= last.1) {
                Some(last) => last.1 = last.1.max(until),
                None => spans.push((from, until)),
            }
        }
        spans
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// Forgets the oldest, so that at most `most` are left. Says how many went.
    pub fn keep_newest(&mut self, most: usize) -> usize {
        let surplus = self.rows.len().saturating_sub(most);
        if surplus == 0 {
            return 0;
        }
        let mut ages: Vec<_> = self.rows.iter().map(|(at, row)| (row.since, at.clone())).collect();
        ages.sort();
        for (_, place) in ages.into_iter().take(surplus) {
            self.rows.remove(&place);
        }
        let left = &self.rows;
        self.labels.retain(|record, _| left.keys().any(|place| place.record == *record));
        surplus
    }

    /// Takes in a line of the audit.
    pub fn hear(&mut self, line: &Line) {
        let own = &line.unmapped;
        let (LineKind::Decision, Some(command), Some(place), Some(at)) =
            (own.kind, &own.replayed_by, &own.kafka, line.at())
        else {
            return;
        };
        let Place { topic, generation, partition, offset, sub_index } = place.clone();
        let record = Position { topic, generation, partition, offset };
        let place = EventPosition { record, index: sub_index.unwrap_or_default() };
        let Some(row) = self.rows.get_mut(&place) else { return };
        if row.replayed.as_ref().is_none_or(|before| before.at <= at) {
            let (decision, command) = (own.outcome.clone(), command.clone());
            row.replayed = Some(Again { at, decision, counts: own.why.is_none(), command });
        }
    }

    /// The rows that are meant, the oldest first.
    pub fn rows(mut self, filter: &Filter) -> Vec<Row> {
        self.name_events();
        let mut rows: Vec<Row> = self.rows.into_values().filter(|row| filter.takes(row)).collect();
        rows.sort_by_key(|row| row.since);
        rows
    }

    /// One of several events of a record is known by the record that lies whole with another.
    fn name_events(&mut self) {
        for (place, row) in &mut self.rows {
            let labels = self.labels.get(&place.record).filter(|_| row.event.is_none());
            let index = usize::try_from(place.index).unwrap_or(usize::MAX);
            let label = labels.and_then(|labels| labels.get(index)).cloned();
            row.event = row.event.take().or(label.filter(|label| *label != Label::default()));
        }
    }
}

impl Filter {
    fn takes(&self, row: &Row) -> bool {
        let is_of = |tenants: &Vec<TenantName>| {
            row.tenant.as_ref().is_some_and(|tenant| tenants.contains(tenant))
        };
        let comes_from = |source: &String| {
            let named = row.event.as_ref().and_then(|event| event.source.as_ref());
            *source == row.at.record.topic || named == Some(source)
        };
        self.tenants.as_ref().is_none_or(is_of)
            && self.code.is_none_or(|code| row.code == code)
            && self.source.as_ref().is_none_or(comes_from)
            && self.since.is_none_or(|since| row.since >= since)
            && self.position.as_ref().is_none_or(|named| named.is(&row.at))
    }
}
