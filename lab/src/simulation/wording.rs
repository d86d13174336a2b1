//! How sources word what happened: facts become records and events.

use super::company::{Arrival, Content, Slip};
use super::fact::{Deed, Fact, Name, Profile};
use super::history::since;
use super::rules::CONTRACTOR;
use super::wire::Wire;
use crate::decode::{Item, Refused};
use crate::engine::Record;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::{Alias, AliasKind, Calendar, Event};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

/// The record that an arrival becomes at its offset, decoded; by the real decoder, if the company has
/// a way of its own to word what it says.
pub fn record(arrival: &Arrival, offset: i64, wire: Option<&Wire>) -> Record {
    if let Some(wire) = wire {
        return wire.record(arrival, offset);
    }
    let value = format!("{}/{}@{offset}", arrival.topic, arrival.partition);
    let raw = arrival.raw(offset, Some(value.into_bytes()));
    Record { raw: Arc::new(raw), items: arrival.items.iter().map(item).collect() }
}

fn item(content: &Content) -> Item {
    let refused = |code: Code, text: &str| Refused {
        why: Why::new(code, None, text),
        source: None,
        id: None,
        kind: None,
        takes_access: false,
        trace: None,
    };
    let event = match content {
        Content::Fact(fact) | Content::Ambiguous(fact) | Content::Slip(fact, Slip::KnownId) => {
            fact.event()
        }
        Content::Slip(_, slip @ Slip::NearName) => {
            return Item::Park(refused(slip.code(), "simulated slip"));
        }
        Content::Unruly(fact) => fact.event_without_risk(),
        Content::Machine(fact) => fact.event_about_a_machine(),
        Content::Garbage => return Item::Park(refused(Code::ValueNotJson, "simulated garbage")),
        Content::Nothing => return Item::Skip(refused(Code::Tombstone, "simulated tombstone")),
    };
    Item::Event(Box::new(event))
}

pub fn describe(content: &Content, start: Timestamp) -> (Option<usize>, String) {
    match content {
        Content::Fact(fact) => (Some(fact.person), fact.describe(start)),
        Content::Ambiguous(fact) => {
            (Some(fact.person), format!("{}, by a contested name", fact.describe(start)))
        }
        Content::Slip(fact, slip) => {
            (Some(fact.person), format!("{}, as {}", fact.describe(start), slip.code()))
        }
        Content::Machine(_) => (None, "a signal about a machine".to_owned()),
        Content::Unruly(fact) => {
            (Some(fact.person), format!("{}, without its risk", fact.describe(start)))
        }
        Content::Garbage => (None, "garbage".to_owned()),
        Content::Nothing => (None, "a tombstone".to_owned()),
    }
}

impl Name {
    fn text(&self) -> &str {
        match self {
            Self::Number(text) | Self::Worker(text) | Self::User(text) | Self::Email(text) => text,
        }
    }

    pub(super) fn alias(&self) -> Option<Alias> {
        let (kind, text) = match self {
            Self::Number(text) => (AliasKind::EmployeeNumber, text),
            Self::Worker(text) => (AliasKind::WorkerId, text),
            Self::User(text) => (AliasKind::UserName, text),
            Self::Email(text) => (AliasKind::Email, text),
        };
        Alias::parse(kind, text)
    }
}

impl Fact {
    /// The event as its source words it.
    pub fn event(&self) -> Event {
        Event {
            source: self.source.clone(),
            id: self.id.clone(),
            kind: self.deed.kind(),
            time: self.time,
            is_timed: true,
            sequence: self.sequence.map(|number| number.to_string()),
            aliases: self.names.iter().filter_map(Name::alias).collect(),
            employment_id: self.employment.clone(),
            detection_id: self.detection.clone(),
            effective_at: self.deed.effective_at(),
            calendar: Calendar::default(),
            correlation_id: None,
            trace: None,
            data: self.data(),
            remarks: Vec::new(),
        }
    }

    /// `data` but for names that rules do not map, and what the engine reads by itself.
    pub(super) fn data(&self) -> Value {
        let member = |pairs: [(&str, &Option<String>); 3]| -> Value {
            let said = pairs.into_iter().filter_map(|(name, value)| {
                value.as_ref().map(|value| (name.to_owned(), json!(value)))
            });
            Value::Object(said.collect())
        };
        let Profile { user_name, email, number, display_name, department } = &self.profile;
        let mut data = json!({
            "worker": member([
                ("employee_id", number),
                ("user_name", user_name),
                ("work_email", email),
            ]),
            "profile": member([
                ("display_name", display_name),
                ("department", department),
                ("cost_center", &None),
            ]),
        });
        if let Some(members) = data.as_object_mut() {
            if let Deed::RiskRaised { level } = self.deed {
                members.insert("risk".to_owned(), json!({ "level": level }));
            }
            if self.is_of_a_contractor() {
                members.insert("employment".to_owned(), json!({ "type": CONTRACTOR }));
            }
            if let Deed::HoldChanged { on } = self.deed {
                members.insert("legal_hold".to_owned(), json!(on));
            }
        }
        data
    }

    /// An event that its source worded so badly that a rule's condition fails on it.
    pub fn event_without_risk(&self) -> Event {
        let mut event = self.event();
        if let Some(data) = event.data.as_object_mut() {
            data.remove("risk");
        }
        event
    }

    /// The same about an account that is nobody's.
    pub fn event_about_a_machine(&self) -> Event {
        let name = self.name_of_a_machine();
        let aliases = Alias::parse(AliasKind::UserName, name).into_iter().collect();
        Event { aliases, ..self.event() }
    }

    pub(super) fn name_of_a_machine(&self) -> &'static str {
        let names = [r"NT AUTHORITY\SYSTEM", "LAPTOP-7$", "root"];
        let which = self.time.as_millisecond().unsigned_abs() % 3;
        names.get(usize::try_from(which).unwrap_or(0)).unwrap_or(&"root")
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
        let known_as: Vec<&str> = self.names.iter().map(Name::text).collect();
        parts.push(format!("known as {}", known_as.join(" ")));
        let told = [&self.profile.display_name, &self.profile.department];
        parts.extend(told.into_iter().flatten().map(|word| format!("[{word}]")));
        let about = self.employment.iter().chain(&self.detection);
        parts.extend(about.map(|id| format!("({id})")));
        let said = since(start, self.time);
        parts.push(format!("as {} of {}, said at {said}", self.id, self.source));
        if let Some(sequence) = self.sequence {
            parts.push(format!("with number {sequence}"));
        }
        parts.join(" ")
    }
}
