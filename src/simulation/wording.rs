//! How sources word what happened: facts become records and events.

use super::company::{Arrival, Content};
use super::fact::{Deed, Fact, Person};
use super::history::since;
use crate::decode::{Item, Refused};
use crate::engine::Record;
use crate::model::decision::Why;
use crate::model::{Alias, AliasKind, Calendar, Event, EventClass, RawRecord};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

/// The record that an arrival becomes at its offset, decoded.
pub fn record(arrival: &Arrival, people: &[Person], offset: i64) -> Record {
    let value = format!("{}/{}@{offset}", arrival.topic, arrival.partition);
    let raw = RawRecord {
        topic: arrival.topic.clone(),
        partition: arrival.partition,
        offset,
        timestamp: arrival.at,
        key: None,
        value: Some(value.into_bytes()),
        headers: Vec::new(),
    };
    Record {
        raw: Arc::new(raw),
        items: arrival.items.iter().map(|content| item(content, people)).collect(),
    }
}

fn item(content: &Content, people: &[Person]) -> Item {
    let refused = |code: &str, text: &str| Refused {
        why: Why::new(code, None, text),
        source: None,
        id: None,
        kind: None,
        trace: None,
    };
    let worded = |fact: &Fact, word: fn(&Fact, &Person) -> crate::model::Event| {
        people.get(fact.person).map_or_else(
            || Item::Park(refused("value.not_json", "simulated garbage")),
            |person| Item::Event(Box::new(word(fact, person))),
        )
    };
    match content {
        Content::Fact(fact) => worded(fact, Fact::event),
        Content::Unruly(fact) => worded(fact, Fact::event_without_risk),
        Content::Garbage => Item::Park(refused("value.not_json", "simulated garbage")),
        Content::Nothing => Item::Skip(refused("tombstone", "simulated tombstone")),
    }
}

pub fn describe(content: &Content, start: Timestamp) -> (Option<usize>, String) {
    match content {
        Content::Fact(fact) => (Some(fact.person), fact.describe(start)),
        Content::Unruly(fact) => {
            (Some(fact.person), format!("{}, without its risk", fact.describe(start)))
        }
        Content::Garbage => (None, "garbage".to_owned()),
        Content::Nothing => (None, "a tombstone".to_owned()),
    }
}

impl Fact {
    /// The event as its source words it.
    pub fn event(&self, person: &Person) -> Event {
        let security = self.deed.is_security();
        let mut aliases = vec![(AliasKind::Email, &person.email)];
        if !security {
            aliases.push((AliasKind::EmployeeNumber, &person.employee_number));
            aliases.push((AliasKind::UserName, &self.profile.user_name));
        }
        Event {
            source: self.source.clone(),
            id: self.id.clone(),
            kind: self.deed.kind().to_owned(),
            class: if security { EventClass::Security } else { EventClass::Hr },
            time: self.time,
            sequence: self.sequence.map(|number| format!("{number:010}")),
            aliases: aliases
                .into_iter()
                .filter_map(|(kind, text)| Alias::parse(kind, text))
                .collect(),
            employment_id: self.employment.clone(),
            detection_id: self.detection.clone(),
            effective_at: self.deed.effective_at(),
            calendar: Calendar::default(),
            correlation_id: None,
            trace: None,
            data: self.data(person),
        }
    }

    fn data(&self, person: &Person) -> Value {
        if self.deed.is_security() {
            let mut data = json!({ "worker": { "work_email": person.email } });
            if let Deed::RiskRaised { level } = self.deed
                && let Some(data) = data.as_object_mut()
            {
                data.insert("risk".to_owned(), json!({ "level": level }));
            }
            return data;
        }
        let mut profile = serde_json::Map::new();
        for (name, value) in
            [("display_name", &self.profile.display_name), ("department", &self.profile.department)]
        {
            if let Some(value) = value {
                profile.insert(name.to_owned(), json!(value));
            }
        }
        json!({
            "worker": {
                "employee_id": person.employee_number,
                "user_name": self.profile.user_name,
                "work_email": person.email,
            },
            "profile": profile,
        })
    }
}

impl Fact {
    /// For the history: who, what, by whom, when; times counted from `start`.
    pub fn describe(&self, start: Timestamp) -> String {
        let mut parts = vec![format!("person {} {}", self.person, self.deed.kind())];
        if let Some(at) = self.deed.effective_at() {
            parts.push(format!("as of {}", since(start, at)));
        }
        if let Deed::RiskRaised { level } = self.deed {
            parts.push(format!("to {level}"));
        }
        let about = self.employment.iter().chain(&self.detection);
        parts.extend(about.map(|id| format!("({id})")));
        let said = since(start, self.time);
        parts.push(format!("as {} of {}, said at {said}", self.id, self.source));
        if let Some(sequence) = self.sequence {
            parts.push(format!("with number {sequence}"));
        }
        parts.join(" ")
    }

    /// An event that its source worded so badly that a rule's condition fails on it.
    pub fn event_without_risk(&self, person: &Person) -> Event {
        let mut event = self.event(person);
        if let Some(data) = event.data.as_object_mut() {
            data.remove("risk");
        }
        event
    }
}
