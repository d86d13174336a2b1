//! A parked record that somebody has mended: what is other than it was, and what it would become.

use crate::decode::{self, Item, SourceSettings};
use crate::model::RawRecord;
use crate::model::decision::Why;
use crate::rules::RuleSet;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a record would be taken for, as far as its bytes tell. Whose it is, only its shard knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Becomes {
    /// An event, and the rules that speak of it.
    Event { kind: String, id: String, rules: BTreeSet<String> },
    /// Nothing would come of it, and rightly so.
    Skipped(Why),
    /// It would be set aside again.
    Parked(Why),
}

impl Becomes {
    /// In words, for people.
    pub fn words(&self) -> String {
        match self {
            Self::Event { kind, id, rules } if rules.is_empty() => {
                format!("{kind} `{id}`, of which no rule speaks")
            }
            Self::Event { kind, id, rules } => {
                let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
                format!("{kind} `{id}`, by rule {}", rules.join(", "))
            }
            Self::Skipped(Why { code, text, .. }) => format!("skipped, {code}: {text}"),
            Self::Parked(Why { code, text, .. }) => format!("parked again, {code}: {text}"),
        }
    }
}

/// What each event of a record would become, in their order; decoded and judged as the engine does it.
pub fn becomes(raw: &RawRecord, source: &SourceSettings, rules: &RuleSet) -> Vec<Becomes> {
    let of = |item: Item| match item {
        Item::Event(event) => match rules.evaluate(&event) {
            Ok(statements) => Becomes::Event {
                kind: event.kind.word().to_owned(),
                id: event.id.clone(),
                rules: statements.iter().map(|said| said.rule().to_string()).collect(),
            },
            Err(error) => Becomes::Parked(error.why),
        },
        Item::Skip(refused) => Becomes::Skipped(refused.why),
        Item::Park(refused) => Becomes::Parked(refused.why),
    };
    decode::decode(raw, source).into_iter().map(of).collect()
}

/// Whether every event of the record says its own time.
pub fn says_its_time(raw: &RawRecord, source: &SourceSettings) -> bool {
    decode::decode(raw, source).iter().all(|item| match item {
        Item::Event(event) => event.is_timed,
        Item::Skip(_) | Item::Park(_) => false,
    })
}

/// The names of members that differ, `data.effective_at`; values are not told.
pub fn changed(before: &Value, after: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    compare("", (before, after), &mut names);
    names
}

fn compare(place: &str, (before, after): (&Value, &Value), names: &mut BTreeSet<String>) {
    let within = |name: &str| match place {
        "" => name.to_owned(),
        _ => format!("{place}.{name}"),
    };
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for name in before.keys().chain(after.keys()) {
                let missing = Value::Null;
                let values = (before.get(name), after.get(name));
                match values {
                    (Some(before), Some(after)) => compare(&within(name), (before, after), names),
                    (before, after) => {
                        let both = (before.unwrap_or(&missing), after.unwrap_or(&missing));
                        if both.0 != both.1 || before.is_some() != after.is_some() {
                            names.insert(within(name));
                        }
                    }
                }
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (index, both) in before.iter().zip(after).enumerate() {
                compare(&format!("{place}[{index}]"), both, names);
            }
        }
        _ if before == after => {}
        _ if place.is_empty() => {
            names.insert("the value as a whole".to_owned());
        }
        _ => {
            names.insert(place.to_owned());
        }
    }
}
