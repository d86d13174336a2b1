//! A record's items → decisions: whose is it, what do the rules say, what changes.
//!
//! Exactly one decision per event; a position that was decided before writes nothing.

use super::Record;
use super::fold::{self, Folded};
use super::shard::Shard;
use super::state::Person;
use crate::decode::{Item, Refused};
use crate::model::decision::{AuditEntry, Cause, Decision, DecisionRecord, RuleEffect, Why};
use crate::model::event::Event;
use crate::model::ids::{PersonId, TenantName};
use crate::model::position::{EventPosition, Position};
use crate::model::{Alias, AliasKind, Parked, RawRecord};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How far a source's clock may be ahead of ours.
const AHEAD_MOST: SignedDuration = SignedDuration::from_hours(1);

/// Where an item stands and whose it is.
struct Place<'a> {
    tenant: TenantName,
    raw: &'a Arc<RawRecord>,
    /// Of the record's value.
    sha256: Option<&'a str>,
    position: EventPosition,
}

/// What became of an item.
struct Verdict {
    decision: Decision,
    person: Option<PersonId>,
    effects: Vec<RuleEffect>,
    /// The person is known by another name than before.
    has_new_name: bool,
}

impl Verdict {
    fn of_nobody(decision: Decision) -> Self {
        Self { decision, person: None, effects: Vec::new(), has_new_name: false }
    }
}

impl Shard {
    /// Decides a record, unless its position was decided before.
    pub(super) fn decide(&mut self, record: &Record) {
        let raw = &record.raw;
        let Some(tenant) = self.topics.get(&raw.topic).cloned() else {
            return;
        };
        let known = self.record.topics.entry(raw.topic.clone()).or_default();
        let next = known.next.entry(raw.partition).or_insert(raw.offset);
        if raw.offset < *next {
            return;
        }
        *next = raw.offset + 1;
        let position = Position {
            topic: raw.topic.clone(),
            generation: known.generation,
            partition: raw.partition,
            offset: raw.offset,
        };
        self.ledger.want_commit();
        let sha256 = raw.value.as_deref().map(sha256);
        for (index, item) in (0_u32..).zip(&record.items) {
            let position = EventPosition { record: position.clone(), index };
            let sha256 = sha256.as_deref();
            let place = Place { tenant: tenant.clone(), raw, sha256, position };
            match item {
                Item::Event(event) => self.decide_event(&place, event),
                Item::Skip(refused) => {
                    self.refuse(&place, refused, Decision::Skipped(refused.why.clone()));
                }
                Item::Park(refused) => {
                    self.refuse(&place, refused, Decision::Parked(refused.why.clone()));
                }
            }
        }
    }

    fn refuse(&mut self, place: &Place<'_>, refused: &Refused, decision: Decision) {
        let cause = refused.id.as_ref().map(|id| Cause {
            position: place.position.clone(),
            source: refused.source.clone().unwrap_or_default(),
            event_id: id.clone(),
            kind: refused.kind.clone().unwrap_or_default(),
            correlation_id: None,
            trace: refused.trace.clone(),
        });
        self.note_decision(place, Verdict::of_nobody(decision), cause, None);
    }

    fn decide_event(&mut self, place: &Place<'_>, event: &Event) {
        let cause = cause_of(place, event);
        let verdict = self.judge(place, event);
        let person = verdict.person.clone();
        let has_new_name = verdict.has_new_name;
        let changed = !matches!(verdict.decision, Decision::Duplicate | Decision::Parked(_));
        self.note_decision(place, verdict, Some(cause.clone()), Some(event));
        if let Some(person) = person.filter(|_| changed) {
            self.ledger.touch(&person);
            self.reconsider(&person, Some(&cause));
            if has_new_name {
                self.look_up_again(&person, &cause);
            }
        }
    }

    fn judge(&mut self, place: &Place<'_>, event: &Event) -> Verdict {
        let nobody = Verdict::of_nobody;
        let Some(tenant) = self.tenants.get(&place.tenant) else {
            return nobody(Decision::Skipped(Why::new(
                "tenant.unknown",
                None,
                "the tenant is not configured",
            )));
        };
        if event.time > self.now.checked_add(AHEAD_MOST).unwrap_or(Timestamp::MAX) {
            return nobody(Decision::Parked(in_the_future()));
        }
        let statements = match tenant.rules.evaluate(event) {
            Ok(statements) => statements,
            Err(error) => return nobody(Decision::Parked(error.why)),
        };
        let found = match self.identify(&place.tenant, event) {
            Ok(found) => found,
            Err(why) => return nobody(Decision::Parked(why)),
        };
        if found.is_none() && statements.is_empty() {
            let why = Why::new(
                "rule.none",
                Some("type"),
                "no rule of this tenant speaks about this event",
            );
            return nobody(Decision::Skipped(why));
        }
        let is_new = found.is_none();
        let id = found.unwrap_or_else(|| self.meet(&place.tenant, event));
        let horizon = self.timing.replay_horizon;
        let Some(person) = self.people.get_mut(&id) else {
            return nobody(Decision::Skipped(Why::new(
                "person.unknown",
                None,
                "the person is not known",
            )));
        };
        fold::forget_old(person, horizon, self.now);
        let names = person.aliases.len();
        let before = person.clone();
        let Folded { decision, effects } = fold::fold(person, event, statements);
        if person.is_too_large_for(event.class) {
            // What is over goes before its time; if that is not enough, the event is set aside.
            fold::forget_old(person, SignedDuration::ZERO, self.now);
        }
        if person.is_too_large_for(event.class) {
            if is_new {
                self.people.remove(&id);
                return nobody(Decision::Parked(too_much()));
            }
            *person = before;
            let verdict = nobody(Decision::Parked(too_much()));
            return Verdict { person: Some(id), ..verdict };
        }
        let has_new_name = person.aliases.len() > names;
        if self.learn_aliases(&id) {
            self.serve_reports(&id);
        }
        Verdict { decision, person: Some(id), effects, has_new_name }
    }

    /// The person whom the event's aliases lead to. Names that lead to two people, or a known name
    /// under another employee number, are for somebody to look at: guessing cuts the wrong person.
    fn identify(&self, tenant: &TenantName, event: &Event) -> Result<Option<PersonId>, Why> {
        let Some(tenant) = self.tenants.get(tenant) else {
            return Ok(None);
        };
        let found: BTreeSet<&PersonId> =
            event.aliases.iter().filter_map(|alias| tenant.aliases.get(alias)).collect();
        let mut found = found.into_iter();
        let (Some(person), None) = (found.next(), found.next()) else {
            if !event.aliases.iter().any(|alias| tenant.aliases.contains_key(alias)) {
                return Ok(None);
            }
            return Err(Why::new(
                "identity.ambiguous",
                Some("data.worker"),
                "the names in this event belong to different people; \
                 correct them at the source and send the event again",
            ));
        };
        let known = self.people.get(person);
        if known.is_some_and(|known| has_other_number(known, event)) {
            return Err(Why::new(
                "identity.number_conflict",
                Some("data.worker.employee_id"),
                "the name belongs to somebody with another employee number; \
                 nothing is done until somebody has looked",
            ));
        }
        Ok(Some(person.clone()))
    }

    /// Makes the person whom this event is the first to mention.
    fn meet(&mut self, tenant: &TenantName, event: &Event) -> PersonId {
        let id = PersonId::first_seen(tenant, &event.source, &event.id);
        let mut person = Person::new(id.clone(), tenant.clone());
        person.aliases.extend(event.aliases.iter().cloned());
        self.people.entry(id.clone()).or_insert(person);
        id
    }

    /// Says whether a name is new.
    fn learn_aliases(&mut self, id: &PersonId) -> bool {
        let Some(person) = self.people.get(id) else {
            return false;
        };
        let Some(tenant) = self.tenants.get_mut(&person.tenant) else {
            return false;
        };
        let mut is_new = false;
        for alias in &person.aliases {
            tenant.aliases.entry(alias.clone()).or_insert_with(|| {
                is_new = true;
                id.clone()
            });
        }
        is_new
    }

    fn note_decision(
        &mut self,
        place: &Place<'_>,
        verdict: Verdict,
        cause: Option<Cause>,
        event: Option<&Event>,
    ) {
        if let Decision::Parked(why) = &verdict.decision {
            self.ledger.park(Parked {
                tenant: place.tenant.clone(),
                position: place.position.clone(),
                person: verdict.person.clone(),
                why: why.clone(),
                raw: Arc::clone(place.raw),
                at: self.now,
            });
        }
        self.ledger.tell(AuditEntry::Decision(DecisionRecord {
            tenant: place.tenant.clone(),
            position: place.position.clone(),
            decision: verdict.decision,
            person: verdict.person,
            cause,
            event_time: event.map(|event| event.time),
            effective_at: event.and_then(|event| event.effective_at),
            effects: verdict.effects,
            raw_sha256: place.sha256.map(str::to_owned),
            at: self.now,
        }));
    }
}

fn cause_of(place: &Place<'_>, event: &Event) -> Cause {
    Cause {
        position: place.position.clone(),
        source: event.source.clone(),
        event_id: event.id.clone(),
        kind: event.kind.clone(),
        correlation_id: event.correlation_id.clone(),
        trace: event.trace.clone(),
    }
}

/// Its source would say nothing any more until then: of each source the latest word counts.
fn in_the_future() -> Why {
    Why::new(
        "time.in_the_future",
        Some("time"),
        "the event says that it happened more than an hour from now; set the source's clock right, or \
         usher's, and send it again; what is to happen later belongs into `effective_at`",
    )
}

fn too_much() -> Why {
    Why::new(
        "person.too_much",
        None,
        "the person has as many claims and names as usher keeps, so this event was not folded; \
         the sources should withdraw what is over, and the rules give claims an end",
    )
}

fn has_other_number(known: &Person, event: &Event) -> bool {
    let number = |alias: &&Alias| alias.kind() == AliasKind::EmployeeNumber;
    let mut known = known.aliases.iter().filter(number);
    let said = event.aliases.iter().find(number);
    said.is_some_and(|said| {
        let first = known.next();
        first.is_some_and(|first| first != said && known.all(|other| other != said))
    })
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
