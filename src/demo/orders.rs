//! What the company's two operators order, signed as `usher approve` and its like would have it signed.

use super::company::Person;
use super::facts::Facts;
use crate::command::SIGNATURE_HEADER;
use crate::model::Deployment;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use usher_lab::pen::{NAMESPACE, Pen};
use uuid::Uuid;

/// Both sign what takes two.
const OPERATORS: [&str; 2] = ["ann@example.com", "bob@example.com"];
/// As a hash of it names the deployment.
const PEOPLE_TOPIC: &str = "usher.people";

/// One command, or several of a kind.
#[derive(Clone, Debug)]
pub(super) enum Order {
    /// All that is held of somebody may go.
    Approve(Arc<Person>),
    /// Nothing else that is held is to be done.
    RejectTheRest,
    /// What came of these events is taken back.
    Undo(Vec<String>),
    /// All that this target has is read, and why; nobody asks twice for the same reason.
    Refresh { target: &'static str, why: &'static str },
}

/// A record of the control topic.
pub(super) struct Signed {
    pub(super) value: Vec<u8>,
    pub(super) headers: Vec<(&'static str, String)>,
    /// The digest by which the audit names it.
    pub(super) sha256: String,
}

/// The lines of the file of signers.
pub fn allowed_signers() -> String {
    pens().map(|pen| pen.line()).collect()
}

fn pens() -> impl Iterator<Item = Pen> {
    OPERATORS.iter().filter_map(|name| Pen::new((*name).to_owned(), 0))
}

impl Order {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Approve(_) => "approve",
            Self::RejectTheRest => "reject",
            Self::Undo(_) => "undo",
            Self::Refresh { .. } => "refresh",
        }
    }

    /// In words, before it is sent.
    pub(super) fn says(&self, facts: &Facts) -> String {
        match self {
            Self::Approve(person) => {
                let rows = facts.held_of(person).len();
                format!("usher approve, the {rows} rows of {}: who has left", person.name())
            }
            Self::RejectTheRest => {
                format!(
                    "usher reject, all of the other {} rows: the feed is false",
                    facts.held_rows()
                )
            }
            Self::Undo(events) => {
                format!("usher undo, of {} events, signed by two: the feed was false", events.len())
            }
            Self::Refresh { why, .. } => format!("usher inventory refresh: {why}"),
        }
    }

    /// The records that say it, by what is known to be held.
    pub(super) fn signed(&self, tenant: &str, facts: &Facts, now: Timestamp) -> Vec<Signed> {
        let of = |number: usize, args: Json, signers: usize| {
            let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{self:?}/{number}").as_bytes());
            let value = json!({
                "v": 1,
                "id": id.to_string(),
                "deployment": Deployment::of(PEOPLE_TOPIC, 1).id,
                "tenant": tenant,
                "operator": OPERATORS[0],
                "command": self.word(),
                "args": args,
                "reason": "the demo",
                "issued_at": now.to_string(),
            });
            sign(value.to_string().into_bytes(), signers)
        };
        match self {
            Self::Approve(person) => vec![of(0, json!({ "holds": facts.held_of(person) }), 1)],
            Self::RejectTheRest => vec![of(0, json!({ "holds": facts.all_held() }), 1)],
            Self::Refresh { target, .. } => vec![of(0, json!({ "target": target }), 1)],
            Self::Undo(events) => {
                let what = |id: &String| json!({ "what": { "event": { "source": super::event::HR, "id": id } } });
                (0..).zip(events).map(|(number, id)| of(number, what(id), 2)).collect()
            }
        }
    }
}

fn sign(value: Vec<u8>, signers: usize) -> Signed {
    let signatures = pens().take(signers).map(|pen| pen.sign(NAMESPACE, &value));
    let headers = signatures.map(|signature| (SIGNATURE_HEADER, signature)).collect();
    let sha256 = format!("{:x}", Sha256::digest(&value));
    Signed { value, headers, sha256 }
}
