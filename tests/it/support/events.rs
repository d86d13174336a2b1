//! Canonical CloudEvents, and the records that carry them.

use jiff::Timestamp;
use rdkafka::message::{Header, OwnedHeaders};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// Somebody whom HR knows.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) employee_id: String,
    pub(crate) user_name: String,
}

impl Person {
    pub(crate) fn named(name: &str) -> Self {
        Self { employee_id: format!("E-{name}"), user_name: format!("{name}@example.com") }
    }

    fn worker(&self) -> Value {
        json!({
            "employee_id": self.employee_id,
            "user_name": self.user_name,
            "work_email": self.user_name,
        })
    }
}

/// An event with its envelope. Ids are unique in a run and times never fall.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) source: String,
    pub(crate) time: Timestamp,
    pub(crate) data: Value,
}

impl Event {
    pub(crate) fn new(kind: &str, source: &str, data: Value) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        Self {
            id: format!("event-{}", COUNT.fetch_add(1, Ordering::Relaxed)),
            kind: kind.to_owned(),
            source: source.to_owned(),
            time: Timestamp::now(),
            data,
        }
    }

    fn hr(kind: &str, data: Value) -> Self {
        Self::new(kind, "https://hr.example.com", data)
    }

    pub(crate) fn hired(person: &Person) -> Self {
        Self::hr(
            "worker.hired",
            json!({
                "worker": person.worker(),
                "profile": {
                    "given_name": "Kim",
                    "family_name": "Doe",
                    "display_name": "Kim Doe",
                    "department": "Research",
                },
            }),
        )
    }

    pub(crate) fn updated(person: &Person, department: &str) -> Self {
        let profile = json!({
            "given_name": "Kim",
            "family_name": "Doe",
            "display_name": "Kim Doe",
            "department": department,
        });
        Self::hr("worker.updated", json!({ "worker": person.worker(), "profile": profile }))
    }

    pub(crate) fn terminated(person: &Person) -> Self {
        Self::hr("worker.terminated", json!({ "worker": person.worker() }))
    }

    pub(crate) fn termination_cancelled(person: &Person) -> Self {
        Self::hr("worker.termination.cancelled", json!({ "worker": person.worker() }))
    }

    pub(crate) fn risk_raised(person: &Person, level: &str, detection: &str) -> Self {
        let risk = json!({ "level": level, "detection_id": detection });
        let data = json!({ "worker": person.worker(), "risk": risk });
        Self::new("risk.raised", "https://xdr.example.com", data)
    }

    pub(crate) fn risk_cleared(person: &Person, detection: &str) -> Self {
        let risk = json!({ "level": "none", "detection_id": detection });
        let data = json!({ "worker": person.worker(), "risk": risk });
        Self::new("risk.cleared", "https://xdr.example.com", data)
    }

    /// The event in binary mode: attributes in headers.
    pub(crate) fn binary(&self) -> Record {
        Record::new(self.data.to_string())
            .header("content-type", "application/json")
            .header("ce_specversion", "1.0")
            .header("ce_id", &self.id)
            .header("ce_source", &self.source)
            .header("ce_type", &format!("io.usher.{}.v1", self.kind))
            .header("ce_time", &self.time.to_string())
    }

    /// The event in structured mode: all of it in the value.
    pub(crate) fn structured(&self) -> Record {
        Record::new(self.envelope().to_string())
            .header("content-type", "application/cloudevents+json; charset=UTF-8")
    }

    pub(crate) fn envelope(&self) -> Value {
        json!({
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": format!("io.usher.{}.v1", self.kind),
            "time": self.time.to_string(),
            "datacontenttype": "application/json",
            "data": self.data,
        })
    }
}

/// What is produced, byte for byte.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Record {
    pub(crate) fn new(value: impl Into<Vec<u8>>) -> Self {
        Self { key: None, value: Some(value.into()), headers: Vec::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), Some(value.into())));
        self
    }

    pub(crate) fn null_header(mut self, name: &str) -> Self {
        self.headers.push((name.to_owned(), None));
        self
    }

    pub(crate) fn kafka_headers(&self) -> OwnedHeaders {
        self.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: value.as_ref() })
        })
    }
}
