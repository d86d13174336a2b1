//! Events as companies send them: JSON in records, read by the real decoder.
//!
//! What a company means stands in its facts; here it is worded in whatever way its sources have. How
//! one event is worded depends on the event alone, so that it comes again in the same words.

use super::chance::Chance;
use super::company::{Arrival, Content, Slip};
use super::fact::{Deed, Fact, Name};
use super::midnights::Midnight;
use super::spelling;
use crate::decode::{self, Edge, Format, Framing, Keys, SourceSettings, TypePattern};
use crate::engine::Record;
use crate::model::Zone;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Members = Map<String, Value>;

/// How the sources of a world word what they say.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    /// What nobody sees stands in names.
    pub blanks: bool,
    /// What stands for no name, where there is none.
    pub placeholders: bool,
    /// Tenants whose HR sends one id of another system with everybody.
    pub sharing: BTreeSet<String>,
    /// Dates stand under a near name besides their own.
    pub near_names: bool,
    /// Whose user names are written in capitals.
    pub in_capitals: BTreeSet<usize>,
    pub midnight: Option<Midnight>,
}

/// An event under construction.
struct Draft {
    envelope: Members,
    data: Members,
    dice: Chance,
}

impl Wire {
    /// The record that an arrival becomes at its offset, decoded.
    pub fn record(&self, arrival: &Arrival, offset: i64) -> Record {
        let raw = arrival.raw(offset, self.value(&arrival.topic, &arrival.items));
        let items = decode::decode(&raw, &self.source(&arrival.topic));
        Record { raw: Arc::new(raw), items }
    }

    /// The value of a record that holds these.
    pub fn value(&self, topic: &str, items: &[Content]) -> Option<Vec<u8>> {
        let tenant = topic.split('.').next().unwrap_or_default();
        match items {
            [Content::Garbage] => Some(b"simulated garbage".to_vec()),
            [Content::Nothing] => None,
            [only] => Some(self.item(only, tenant).to_string().into_bytes()),
            several => {
                let items = several.iter().map(|item| self.item(item, tenant)).collect();
                Some(Value::Array(items).to_string().into_bytes())
            }
        }
    }

    /// How records of that topic are read.
    pub fn source(&self, topic: &str) -> SourceSettings {
        let zone = self.midnight.and_then(|midnight| Zone::named(midnight.zone).ok());
        SourceSettings {
            topic: topic.to_owned(),
            format: Format::Cloudevents,
            mapping: None,
            framing: Framing::default(),
            types: TypePattern::parse("*").into_iter().collect(),
            time_zone: zone.filter(|_| topic.ends_with("-a")),
            edges: BTreeMap::from([(crate::model::EventKind::LeaveEnded, Edge::StartOfDay)]),
            placeholders: Vec::new(),
            transmitters: Vec::new(),
            keys: Keys::default(),
            findings: false,
        }
    }

    fn item(&self, content: &Content, tenant: &str) -> Value {
        match content {
            Content::Fact(fact) | Content::Ambiguous(fact) | Content::Slip(fact, Slip::KnownId) => {
                self.draft(fact, tenant, false).event()
            }
            Content::Slip(fact, Slip::NearName) => self.draft(fact, tenant, true).event(),
            Content::Unruly(fact) => {
                let mut draft = self.draft(fact, tenant, false);
                draft.data.remove("risk");
                draft.event()
            }
            Content::Machine(fact) => {
                let mut draft = self.draft(fact, tenant, false);
                let worker = json!({ "user_name": fact.name_of_a_machine() });
                draft.data.insert("worker".to_owned(), worker);
                draft.event()
            }
            Content::Garbage => json!("simulated garbage"),
            Content::Nothing => json!({
                "specversion": "1.0", "id": "1", "source": "urn:other", "type": "org.other.thing",
                "data": {},
            }),
        }
    }

    fn draft(&self, fact: &Fact, tenant: &str, slips: bool) -> Draft {
        let mut draft = Draft::of(fact);
        self.name(&mut draft, fact, tenant);
        match self.midnight.filter(|it| Some(it.at()) == fact.deed.effective_at()) {
            Some(midnight) if draft.dice.happens(800) => draft.date_by_day(fact, &midnight),
            Some(_) | None => draft.date(fact),
        }
        if slips {
            draft.misplace_the_date(fact);
        } else if self.near_names && draft.dice.happens(200) {
            draft.date_twice();
        }
        if self.blanks {
            draft.smudge();
        }
        draft
    }

    /// Puts those names in by which the source knows the person.
    fn name(&self, draft: &mut Draft, fact: &Fact, tenant: &str) {
        let (mut worker, mut previous) = names_of(fact);
        if self.in_capitals.contains(&fact.person) {
            for names in [&mut worker, &mut previous] {
                if let Some(name) = names.get_mut("user_name") {
                    spelling::change(name, &mut |name| name.to_uppercase());
                }
            }
        }
        if self.placeholders {
            draft.put_placeholder(&mut worker, "employee_id");
            draft.put_placeholder(&mut worker, "worker_id");
            draft.put_placeholder(&mut previous, "employee_id");
        }
        // Of whom only a name is said, it could be the id of that one alone.
        let is_numbered = fact.names.iter().any(Name::is_strong);
        if self.sharing.contains(tenant) && is_numbered && !fact.deed.is_security() {
            let ids = json!({ "directory": format!("4f0c-{tenant}") });
            worker.insert("external_ids".to_owned(), ids);
        }
        draft.data.insert("worker".to_owned(), Value::Object(worker));
        if !previous.is_empty() {
            draft.data.insert("previous".to_owned(), Value::Object(previous));
        }
    }
}

/// The names that count now, and those from before.
fn names_of(fact: &Fact) -> (Members, Members) {
    let (mut worker, mut previous) = (Members::new(), Members::new());
    let told = &fact.profile;
    let told = [&told.number, &None, &told.user_name, &told.email];
    let fields = ["employee_id", "worker_id", "user_name", "work_email"];
    for (place, (field, told)) in fields.into_iter().zip(told).enumerate() {
        let of_kind = fact.names.iter().filter_map(|name| match (place, name) {
            (0, Name::Number(text))
            | (1, Name::Worker(text))
            | (2, Name::User(text))
            | (3, Name::Email(text)) => Some(text),
            _ => None,
        });
        let mut of_kind: Vec<&String> = of_kind.collect();
        of_kind.sort_by_key(|text| told.as_ref() != Some(*text));
        let mut of_kind = of_kind.into_iter();
        worker.extend(of_kind.next().map(|text| (field.to_owned(), json!(text))));
        previous.extend(of_kind.next().map(|text| (field.to_owned(), json!(text))));
    }
    (worker, previous)
}

impl Draft {
    fn of(fact: &Fact) -> Self {
        let envelope = json!({
            "specversion": "1.0",
            "id": fact.id,
            "source": fact.source,
            "type": format!("io.usher.{}.v1", fact.deed.kind()),
            "time": fact.time.to_string(),
            "sequence": fact.sequence.map(|number| number.to_string()),
        });
        let (Value::Object(envelope), Value::Object(mut data)) = (envelope, fact.data()) else {
            return Self { envelope: Members::new(), data: Members::new(), dice: Chance::new(0) };
        };
        if let Some(id) = &fact.employment {
            let employment = data.entry("employment").or_insert_with(|| json!({}));
            if let Value::Object(members) = employment {
                members.insert("id".to_owned(), json!(id));
            }
        }
        if let Some(id) = &fact.detection {
            data.insert("detection_id".to_owned(), json!(id));
        }
        let bytes = fact.source.bytes().chain(fact.id.bytes());
        let seed = bytes.fold(17_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        Self { envelope, data, dice: Chance::new(seed) }
    }

    fn event(mut self) -> Value {
        self.envelope.insert("data".to_owned(), Value::Object(self.data));
        Value::Object(self.envelope)
    }

    /// Where a number is missing there is often a word for none.
    fn put_placeholder(&mut self, names: &mut Members, field: &str) {
        if !names.contains_key(field) && self.dice.happens(600) {
            let word = self.dice.pick(&spelling::PLACEHOLDERS).copied();
            names.insert(field.to_owned(), json!(word));
        }
    }

    fn put(&mut self, name: &str, value: &str) {
        self.data.insert(name.to_owned(), json!(value));
    }

    fn date(&mut self, fact: &Fact) {
        if let Some(at) = fact.deed.effective_at() {
            self.put("effective_at", &at.to_string());
        }
    }

    /// As those say it who live by days: a day and a zone. It is the last day for whoever leaves, and
    /// the first one for everybody else.
    fn date_by_day(&mut self, fact: &Fact, midnight: &Midnight) {
        let ends = matches!(fact.deed, Deed::Terminated { .. });
        let leaves = ends || matches!(fact.deed, Deed::LeaveStarted { .. });
        let day = if ends { midnight.day_before } else { midnight.day };
        match self.dice.below(5) {
            0 => self.put("effective_at", day),
            1 if leaves => self.put("last_day_of_work", midnight.day_before),
            2 => {
                self.put("effective_date", midnight.day);
                self.put("effective_edge", "start_of_day");
            }
            3 => {
                self.put("effective_date", midnight.day_before);
                self.put("effective_edge", "end_of_day");
            }
            4 if midnight.clock.is_some() => {
                let clock = midnight.clock.unwrap_or_default();
                self.put("effective_at", &format!("{}T{clock}", midnight.day));
            }
            _ => self.put("effective_date", day),
        }
        let is_of_the_source = fact.source.ends_with("-a") && self.dice.happens(500);
        if !is_of_the_source {
            self.put("time_zone", midnight.zone);
        }
    }

    /// The date stands where nobody reads it.
    fn misplace_the_date(&mut self, fact: &Fact) {
        let fields = ["effective_at", "effective_date", "last_day_of_work"];
        let dates: Vec<Value> = fields.iter().filter_map(|name| self.data.remove(*name)).collect();
        self.data.remove("effective_edge");
        let Some(date) = dates.into_iter().next() else { return };
        let own: &[&str] = match fact.deed {
            Deed::Terminated { .. } => {
                &["terminationDate", "end_date", "lastDayOfWork", "Effective-Date", "exit_day"]
            }
            Deed::LeaveStarted { .. } => &["leaveStartDate", "effective_on"],
            _ => &["effectiveFrom", "effective_on"],
        };
        match self.dice.below(5) {
            0 => drop(self.data.insert("effectiveAt".to_owned(), date)),
            1 => drop(self.envelope.insert("effectiveat".to_owned(), date)),
            2 => {
                let employment = self.data.entry("employment").or_insert_with(|| json!({}));
                if let Value::Object(members) = employment {
                    members.insert("effective_at".to_owned(), date);
                }
            }
            _ => {
                let name = self.dice.pick(own).copied().unwrap_or("effectiveAt");
                self.data.insert(name.to_owned(), date);
            }
        }
    }

    /// The same under a near name as well, which harms nobody.
    fn date_twice(&mut self) {
        if let Some(at) = self.data.get("effective_at").cloned() {
            self.data.insert("effectiveAt".to_owned(), at);
        }
    }

    /// What nobody sees gets into names and other texts.
    fn smudge(&mut self) {
        for holder in ["worker", "previous", "profile", "employment"] {
            let Some(Value::Object(texts)) = self.data.get_mut(holder) else { continue };
            // Of those that are no names only the ends are trimmed.
            let is_name = matches!(holder, "worker" | "previous");
            for (name, value) in texts {
                if name != "type" {
                    let dice = &mut self.dice;
                    spelling::change(value, &mut |text| {
                        if is_name {
                            spelling::smudged(text, dice)
                        } else {
                            spelling::padded(text, dice)
                        }
                    });
                }
            }
        }
        let dice = &mut self.dice;
        if let Some(detection) = self.data.get_mut("detection_id") {
            spelling::change(detection, &mut |text| spelling::padded(text, dice));
        }
    }
}
