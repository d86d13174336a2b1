//! What the HR system and the XDR send, as canonical CloudEvents.

use super::company::Person;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub(super) const HR: &str = "https://hr.example.com";
const XDR: &str = "https://xdr.example.com";

/// Where an input goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Hr,
    Security,
    /// What usher itself has found.
    Own,
}

/// Something to be written to Kafka.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) id: String,
    pub(super) topic: Topic,
    /// `worker.terminated`; empty if it is no event.
    pub(super) kind: &'static str,
    pub(super) person: Arc<Person>,
    /// What it says, in a few words.
    pub(super) says: String,
    /// One of very many, told as a number only.
    pub(super) is_of_crowd: bool,
    /// What it takes away at once.
    pub(super) cut: Option<Cut>,
    pub(super) body: Body,
}

/// When somebody counts as cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The account is inactive.
    Account,
    /// In quarantine, and out of VPN.
    Quarantine,
}

#[derive(Clone, Debug)]
pub(super) enum Body {
    Event {
        source: &'static str,
        data: Json,
    },
    /// Bytes that are none.
    Raw(String),
}

impl Input {
    /// Something that HR says of `person`; `data` beside who it is about.
    pub(super) fn hr(id: &str, kind: &'static str, person: &Arc<Person>, data: Json) -> Self {
        Self::new(id, kind, person, Body::Event { source: HR, data })
    }

    pub(super) fn xdr(id: &str, kind: &'static str, person: &Arc<Person>, data: Json) -> Self {
        let event = Self::new(id, kind, person, Body::Event { source: XDR, data });
        Self { topic: Topic::Security, ..event }
    }

    /// A record of the HR topic, in line with those of `person`, that nobody can read.
    pub(super) fn poison(id: &str, person: &Arc<Person>, text: &str) -> Self {
        Self::new(id, "", person, Body::Raw(text.to_owned()))
    }

    fn new(id: &str, kind: &'static str, person: &Arc<Person>, body: Body) -> Self {
        Self {
            id: id.to_owned(),
            topic: Topic::Hr,
            kind,
            person: Arc::clone(person),
            says: String::new(),
            is_of_crowd: false,
            cut: None,
            body,
        }
    }

    pub(super) fn saying(self, says: &str) -> Self {
        Self { says: says.to_owned(), ..self }
    }

    pub(super) fn of_crowd(self) -> Self {
        Self { is_of_crowd: true, ..self }
    }

    pub(super) fn cutting(self, cut: Cut) -> Self {
        Self { cut: Some(cut), ..self }
    }

    /// The record's value.
    pub(super) fn bytes(&self, now: Timestamp) -> Vec<u8> {
        let (source, data) = match &self.body {
            Body::Raw(text) => return text.clone().into_bytes(),
            Body::Event { source, data } => (source, data),
        };
        let mut data = data.clone();
        if let Some(data) = data.as_object_mut() {
            data.insert("worker".to_owned(), worker(&self.person));
        }
        let event = json!({
            "specversion": "1.0",
            "id": self.id,
            "source": source,
            "type": format!("io.usher.{}.v1", self.kind),
            "time": now.to_string(),
            "datacontenttype": "application/json",
            "data": data,
        });
        event.to_string().into_bytes()
    }
}

fn worker(person: &Person) -> Json {
    json!({
        "employee_id": person.number,
        "user_name": person.user_name,
        "work_email": person.user_name,
    })
}

/// Of a hire: `profile`, as HR has it.
pub(super) fn profile(person: &Person, title: &str, department: &str) -> Json {
    json!({
        "given_name": person.given,
        "family_name": person.family,
        "display_name": person.name(),
        "title": title,
        "department": department,
    })
}
