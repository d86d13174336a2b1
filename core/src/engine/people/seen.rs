//! Which events were taken in: what comes again is a duplicate, and another event under a known id is
//! for somebody to look at.
//!
//! An event is known by (source, id) and by what it says: sources restart their counting, and then one
//! id is two events. How the JSON was written does not count, nor when it came.

use crate::engine::people::remark;
use crate::engine::state::{Person, Seen};
use crate::model::event::{Event, OrderKey};
use crate::model::position::EventPosition;
use crate::model::{Alias, Decision, event};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};

/// What an event is to those that were taken in before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    New,
    /// It comes again.
    Same,
    /// So it seems: an earlier version kept the id alone.
    SameId,
    /// Its id is known from another event.
    IdReused,
}

impl Before {
    /// What becomes of the event, if it is not a new one.
    pub fn decision(self) -> Option<Decision> {
        match self {
            Self::New => None,
            Self::Same | Self::SameId => Some(Decision::Duplicate),
            Self::IdReused => Some(Decision::Parked(remark::id_reused())),
        }
    }
}

impl Seen {
    pub fn of(event: &Event) -> Self {
        let id = digest(|hash| {
            hash.text(&event.source);
            hash.0.update(event.id.as_bytes());
        });
        let [.., a, b, c, d] = digest(|hash| hash.content(event)).to_be_bytes();
        Self::Whole(id, u32::from_be_bytes([a, b, c, d]))
    }

    fn id(self) -> u64 {
        match self {
            Self::Id(id) | Self::Whole(id, _) => id,
        }
    }

    fn content(self) -> Option<u32> {
        match self {
            Self::Id(_) => None,
            Self::Whole(_, content) => Some(content),
        }
    }
}

impl Person {
    /// What an event is to those that this person's record remembers.
    pub fn before(&self, seen: Seen) -> Before {
        let known = self.recent.iter().find(|known| known.id() == seen.id());
        known.map_or(Before::New, |known| compare(known.content(), seen))
    }

    /// The event's place in its lane. Of several at one instant the last that came is the last that
    /// was said; one that comes again keeps its place.
    pub fn order_of(&self, event: &Event, place: &EventPosition) -> OrderKey {
        let key = event.order_key();
        // Its number says nothing any more.
        let sequence = key.sequence.filter(|_| !self.is_numbered_anew(event));
        let key = OrderKey { sequence, ..event.order_key() };
        let mut ties = self
            .said()
            .filter(|(source, other)| other.ties_with(&key) && *source == event.source)
            .map(|(_, other)| other);
        let mut place = (place.record.offset, place.index);
        let own = ties.find(|other| {
            // A topic that was made anew begins at 0 again: what comes last is the last all the same.
            place = place.max((other.came, other.tie.saturating_add(1)));
            other.id == key.id
        });
        let (came, tie) = own.map_or(place, |own| (own.came, own.tie));
        OrderKey { came, tie, ..key }
    }
}

/// The events that the people of a tenant remember. An id is one event's, whoever it was about.
#[derive(Debug, Default)]
pub struct SeenEvents(HashMap<u64, Option<u32>>);

impl SeenEvents {
    pub fn before(&self, seen: Seen) -> Before {
        self.0.get(&seen.id()).map_or(Before::New, |content| compare(*content, seen))
    }

    /// Somebody remembers `after` now, and no more what else is in `before`.
    pub fn replace(&mut self, before: &VecDeque<Seen>, after: &VecDeque<Seen>) {
        for gone in before.iter().filter(|seen| !after.contains(seen)) {
            self.0.remove(&gone.id());
        }
        self.0.extend(after.iter().map(|seen| (seen.id(), seen.content())));
    }
}

fn compare(known: Option<u32>, seen: Seen) -> Before {
    match known {
        None => Before::SameId,
        Some(_) if known == seen.content() => Before::Same,
        Some(_) => Before::IdReused,
    }
}

struct Hash(Sha256);

fn digest(fill: impl FnOnce(&mut Hash)) -> u64 {
    let mut hash = Hash(Sha256::new());
    fill(&mut hash);
    hash.0.finalize().iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

impl Hash {
    /// All that an event says, but for what may differ from one delivery to the next.
    fn content(&mut self, event: &Event) {
        self.text(event.kind.word());
        self.instant(event.is_timed.then_some(event.time));
        self.instant(event.effective_at);
        for text in [&event.sequence, &event.employment_id, &event.detection_id] {
            self.text(text.as_deref().unwrap_or_default());
        }
        let mut names: Vec<&Alias> = event.aliases.iter().collect();
        names.sort();
        for name in names {
            self.text(&format!("{:?}", name.kind()));
            self.text(name.value());
        }
        if let Value::Object(members) = &event.data {
            let counts = |name: &&String| !event::TELLS_OF_DELIVERY.contains(&name.as_str());
            self.members(members, members.keys().filter(counts).collect());
        }
    }

    fn text(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
    }

    fn instant(&mut self, at: Option<jiff::Timestamp>) {
        self.0.update(at.map_or(i128::MAX, jiff::Timestamp::as_nanosecond).to_be_bytes());
    }

    fn json(&mut self, value: &Value) {
        match value {
            Value::Null => self.text("null"),
            Value::Bool(flag) => self.text(if *flag { "true" } else { "false" }),
            Value::Number(number) => self.number(number),
            Value::String(text) => match event::parse_instant(text) {
                Some(at) => self.instant(Some(at)),
                None => self.text(text),
            },
            Value::Array(items) => {
                self.text("[");
                for item in items {
                    self.json(item);
                }
                self.text("]");
            }
            Value::Object(members) => self.members(members, members.keys().collect()),
        }
    }

    fn members(&mut self, members: &serde_json::Map<String, Value>, mut names: Vec<&String>) {
        names.sort();
        self.text("{");
        for (name, value) in names.iter().filter_map(|name| members.get_key_value(*name)) {
            self.text(name);
            self.json(value);
        }
        self.text("}");
    }

    /// `1.0` is `1`, however it was written.
    fn number(&mut self, number: &serde_json::Number) {
        match number.as_f64().filter(|_| number.is_f64()) {
            Some(whole) if whole.fract() == 0.0 => self.text(&format!("{whole:.0}")),
            Some(_) | None => self.text(&number.to_string()),
        }
    }
}
