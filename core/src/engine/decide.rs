//! A record's items → decisions: whose is it, what do the rules say, what changes.
//!
//! Exactly one decision per event; a position that was decided before writes nothing.

use super::Record;
use super::command::Party;
use super::fold::{self, Folded};
use super::forget;
use super::identify::{self, Subject};
use super::look;
use super::names::Claim;
use super::numbering::{self, Anew};
use super::overtaken::{self, Overtaken};
use super::remark;
use super::seen::{Before, Seen};
use super::shard::Shard;
use super::state::Person;
use crate::decode::{Item, Refused};
use crate::model::decision::{AuditEntry, Cause, Decision, DecisionRecord, RuleEffect, Why};
use crate::model::event::{Event, EventClass};
use crate::model::ids::{PersonId, TenantName};
use crate::model::position::EventPosition;
use crate::model::{Alias, Parked, RawRecord, Statement};
use std::collections::BTreeSet;
use std::sync::Arc;

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
    /// What somebody should know besides.
    remarks: Vec<Why>,
    /// The person is known by another name than before.
    has_new_name: bool,
    /// Records were made one, whatever became of the event.
    has_merged: bool,
    /// It was taken in, though it is set aside.
    is_kept: bool,
    /// Others who claim a name that this event gave to the person.
    rivals: BTreeSet<PersonId>,
}

/// What came of the names in an event.
#[derive(Default)]
struct Learned {
    /// The person is found by another name from now on.
    is_new: bool,
    is_contested: bool,
    /// A name is nobody's any more.
    is_shared: bool,
    /// Others who claim one of them, or did.
    rivals: BTreeSet<PersonId>,
}

impl Learned {
    /// `others` claimed the name before, and some do still if it is contested.
    fn note(&mut self, claim: Claim, others: Vec<PersonId>, is_contested: bool) {
        match claim {
            Claim::Known => return,
            Claim::New => {
                self.is_new = true;
                self.is_contested |= is_contested;
            }
            Claim::NowShared => self.is_shared = true,
        }
        self.rivals.extend(others);
    }
}

/// The event behind a decision, as far as it could be read.
struct Noted<'a> {
    cause: Option<Cause>,
    event: Option<&'a Event>,
    takes_access: bool,
}

impl Verdict {
    fn of_nobody(decision: Decision) -> Self {
        Self {
            decision,
            person: None,
            effects: Vec::new(),
            remarks: Vec::new(),
            has_new_name: false,
            has_merged: false,
            is_kept: false,
            rivals: BTreeSet::new(),
        }
    }
}

impl Shard {
    /// Decides a record, unless its position was decided before.
    pub(super) fn decide(&mut self, record: &Record) {
        let raw = &record.raw;
        let Some(party) = self.topics.get(&raw.topic).cloned() else {
            return;
        };
        let Some(taken) = self.take_position(raw) else { return };
        let tenant = match party {
            Party::Tenant(tenant) => tenant,
            Party::Operators => return self.decide_command(record, taken),
        };
        for (index, item) in (0_u32..).zip(&record.items) {
            let position = EventPosition { record: taken.position.clone(), index };
            let sha256 = taken.sha256.as_deref();
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
        let noted = Noted { cause, event: None, takes_access: refused.takes_access };
        self.note_decision(place, Verdict::of_nobody(decision), noted);
    }

    fn decide_event(&mut self, place: &Place<'_>, event: &Event) {
        let cause = cause_of(place, event);
        let verdict = self.judge(place, event);
        let person = verdict.person.clone();
        let (has_new_name, rivals) = (verdict.has_new_name, verdict.rivals.clone());
        let changed = verdict.has_merged
            || verdict.is_kept
            || !matches!(verdict.decision, Decision::Duplicate | Decision::Parked(_));
        let is_asserted = verdict.decision == Decision::Asserted;
        let told = Verdict { remarks: [&event.remarks[..], &verdict.remarks].concat(), ..verdict };
        let takes_access = event.kind.takes_access();
        let noted = Noted { cause: Some(cause.clone()), event: Some(event), takes_access };
        self.note_decision(place, told, noted);
        if let Some(person) = person.filter(|_| changed) {
            self.ledger.touch(&person);
            self.reconsider(&person, Some(&cause));
            if has_new_name {
                self.look_up_again(&person, &cause);
            }
            if is_asserted && takes_access {
                self.look_whether_cut(&person);
            }
        }
        for rival in rivals {
            self.consider_everywhere(&rival);
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
        if self.is_from_the_future(event.time) {
            return nobody(Decision::Parked(remark::in_the_future()));
        }
        let statements = match tenant.rules.evaluate(event) {
            Ok(statements) => statements,
            Err(error) => return nobody(Decision::Parked(error.why)),
        };
        if identify::is_of_a_machine(event) {
            return nobody(Decision::Skipped(remark::of_a_machine()));
        }
        let subject = self.identify(&place.tenant, event);
        if event.kind.class() == EventClass::Hr || !statements.is_empty() {
            let person = subject.clone().ok().and_then(Subject::person);
            if let Some(decision) = self.known_before(&place.tenant, event, person.as_ref()) {
                return Verdict { person, ..nobody(decision) };
            }
        }
        let subject = match subject {
            Ok(subject) => subject,
            Err(why) => return nobody(Decision::Parked(why)),
        };
        // HR's word on names and employments counts whatever the rules say; a signal that no rule
        // speaks about says nothing.
        if event.kind.class() == EventClass::Security && statements.is_empty() {
            let person = subject.person();
            return Verdict { person, ..nobody(Decision::Skipped(fold::no_rule())) };
        }
        let (mut remarks, mut has_merged) = (Vec::new(), false);
        let (id, is_new) = match subject {
            Subject::Nobody
                if event.kind.class() == EventClass::Security
                    && !self.has_room_for_a_stranger(&place.tenant) =>
            {
                return nobody(Decision::Parked(remark::too_many_strangers()));
            }
            Subject::Nobody => (self.meet(place, event), true),
            Subject::Somebody(id, others) if others.is_empty() => (id, false),
            Subject::Somebody(id, others) => {
                if !self.merge(&id, &others, event.kind.class()) {
                    return Verdict {
                        person: Some(id),
                        ..nobody(Decision::Parked(remark::too_much()))
                    };
                }
                remarks.push(remark::merged(&others));
                has_merged = true;
                (id, false)
            }
        };
        if is_new && event.kind.class() == EventClass::Security {
            remarks.push(remark::unknown_subject());
        }
        let verdict = self.fold_into(&id, (event, &place.position), statements);
        if is_new && matches!(verdict.decision, Decision::Parked(_)) {
            self.people.remove(&id);
            return Verdict { person: None, ..verdict };
        }
        remarks.extend(verdict.remarks);
        Verdict { remarks, has_merged, ..verdict }
    }

    /// What an event is that was taken in before, or that bears the id of one that was.
    fn known_before(
        &self,
        tenant: &TenantName,
        event: &Event,
        person: Option<&PersonId>,
    ) -> Option<Decision> {
        let seen = Seen::of(event);
        let before = match self.tenants.get(tenant)?.seen.before(seen) {
            Before::SameId => {
                let person = person.and_then(|id| self.people.get(id));
                let is_theirs = person.is_some_and(|it| it.before(seen) == Before::SameId);
                if is_theirs { Before::Same } else { Before::IdReused }
            }
            before @ (Before::New | Before::Same | Before::IdReused) => before,
        };
        before.decision()
    }

    /// Lets the event change what is kept of a person, if there is room.
    fn fold_into(
        &mut self,
        id: &PersonId,
        (event, position): (&Event, &EventPosition),
        statements: Vec<Statement>,
    ) -> Verdict {
        let (horizon, today, now) = (self.timing.replay_horizon, self.today(), self.believed());
        let Some(person) = self.people.get_mut(id) else {
            let why = Why::new("person.unknown", None, "the person is not known");
            return Verdict::of_nobody(Decision::Skipped(why));
        };
        forget::forget_old(person, horizon, today);
        let mut remarks = match numbering::judge(person, event) {
            None => Vec::new(),
            Some(Anew::Counts(why)) => vec![why],
            Some(Anew::Waits(why)) => {
                let parked = Verdict::of_nobody(Decision::Parked(why));
                return Verdict { person: Some(id.clone()), ..parked };
            }
        };
        let before = person.clone();
        let foreseen = overtaken::foresee(&before, (event, position), &statements, now);
        let Folded { mut decision, effects, is_blind } =
            fold::fold(person, event, position, statements);
        let overtaken = foreseen.and_then(|foreseen| foreseen.judge(person, &decision));
        // If what is over makes no room, the event is set aside.
        if !forget::make_room(person, event.kind.class(), today) {
            *person = before;
            let parked = Verdict::of_nobody(Decision::Parked(remark::too_much()));
            return Verdict { person: Some(id.clone()), ..parked };
        }
        self.remember(id, &before);
        let Some(person) = self.people.get(id) else { return Verdict::of_nobody(decision) };
        remarks.extend(remark::of_employments(person, event, today));
        remarks.extend(remark::of_clearances(&before, person, event, today));
        remarks.extend(is_blind.then(remark::claim_forgotten));
        let is_kept = overtaken == Some(Overtaken::Lost);
        match overtaken {
            Some(Overtaken::Lost) => decision = Decision::Parked(remark::overtaken()),
            Some(Overtaken::Partly) => remarks.push(remark::partly_overtaken()),
            Some(Overtaken::NotGiven) => remarks.push(remark::not_given()),
            None => {}
        }
        let has_new_name = !person.aliases.is_subset(&before.aliases);
        let Learned { is_new, is_contested, is_shared, rivals } =
            self.learn_names(id, event, &before);
        if is_new {
            self.serve_reports(id);
        }
        remarks.extend(is_contested.then(look::contested));
        remarks.extend(is_shared.then(remark::shared_name));
        let person = Some(id.clone());
        let has_merged = false;
        Verdict { decision, person, effects, remarks, has_new_name, has_merged, is_kept, rivals }
    }

    /// The tenant remembers what its people do.
    pub(super) fn remember(&mut self, id: &PersonId, before: &Person) {
        let Some(person) = self.people.get(id) else { return };
        let Some(tenant) = self.tenants.get_mut(&person.tenant) else { return };
        tenant.seen.replace(&before.recent, &person.recent);
    }

    /// Makes the person whom this event is the first to mention. Their names come with the fold.
    ///
    /// An event that bears the id of one that is forgotten is not about the same person.
    fn meet(&mut self, place: &Place<'_>, event: &Event) -> PersonId {
        let first = PersonId::first_seen(&place.tenant, &event.source, &event.id);
        let is_taken = |id: &PersonId| self.people.contains_key(id) || self.merged.contains(id);
        let id = if is_taken(&first) { first.of_another(&place.position) } else { first };
        let person = Person::new(id.clone(), place.tenant.clone());
        self.people.entry(id.clone()).or_insert(person);
        id
    }

    /// Says whether a name is new, and who else claims one of them.
    fn learn_names(&mut self, id: &PersonId, event: &Event, before: &Person) -> Learned {
        let mut learned = Learned::default();
        let Some(person) = self.people.get(id) else { return learned };
        let Some(tenant) = self.tenants.get_mut(&person.tenant) else { return learned };
        tenant.note_stranger(person);
        let is_known = person.is_known_to_hr();
        if is_known != before.is_known_to_hr() {
            // What sensors called somebody whom HR knows from now on.
            tenant.names.forget(before);
            for name in &person.reported {
                tenant.names.report(name, id);
            }
        }
        let taught: Vec<&Alias> = fold::names_taught(event).collect();
        if !is_known {
            for name in taught.iter().filter(|name| person.aliases.contains(name)) {
                tenant.names.report(name, id);
                learned.is_new |= !before.aliases.contains(name);
            }
            return learned;
        }
        if event.kind.class() == EventClass::Security {
            self.hear_of(id, &taught);
            return learned;
        }
        for name in taught.iter().filter(|name| person.aliases.contains(name)) {
            let others = tenant.names.claimants(name).to_vec();
            let claim = tenant.names.claim(name, id);
            learned.note(claim, others, tenant.names.is_contested(name));
        }
        learned.rivals.extend(tenant.names.note_former(person));
        let home = person.tenant.clone();
        for name in taught {
            self.give_name_to(id, &home, name);
        }
        learned.rivals.remove(id);
        learned
    }

    /// What is to be done for a person may have changed though their claims have not.
    fn consider_everywhere(&mut self, id: &PersonId) {
        let Some(person) = self.people.get(id) else { return };
        for target in person.seats.keys().cloned().collect::<Vec<_>>() {
            self.consider(id, &target);
        }
        self.set_wake(id);
    }

    fn note_decision(&mut self, place: &Place<'_>, verdict: Verdict, noted: Noted<'_>) {
        let Noted { cause, event, takes_access } = noted;
        if let Decision::Parked(why) = &verdict.decision {
            self.ledger.park(Parked {
                tenant: Some(place.tenant.clone()),
                position: place.position.clone(),
                person: verdict.person.clone(),
                why: why.clone(),
                raw: Arc::clone(place.raw),
                takes_access,
                at: self.now,
            });
        }
        self.ledger.tell(AuditEntry::Decision(DecisionRecord {
            tenant: Some(place.tenant.clone()),
            position: place.position.clone(),
            decision: verdict.decision,
            person: verdict.person,
            cause,
            event_time: event.map(|event| event.time),
            effective_at: event.and_then(|event| event.effective_at),
            effects: verdict.effects,
            remarks: verdict.remarks,
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
        kind: event.kind.word().to_owned(),
        correlation_id: event.correlation_id.clone(),
        trace: event.trace.clone(),
    }
}
