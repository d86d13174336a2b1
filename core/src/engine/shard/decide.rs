//! A record's items → decisions: whose is it, what do the rules say, what changes.
//!
//! Exactly one decision per event; a position that was decided before writes nothing.

use super::Shard;
use super::command::Party;
use crate::decode::{Item, Refused};
use crate::engine::Record;
use crate::engine::people::asleep::Era;
use crate::engine::people::fold;
use crate::engine::people::identify::{self, Subject};
use crate::engine::people::remark;
use crate::engine::people::{Dates, Taken};
use crate::engine::state::Person;
use crate::model::decision::{AuditEntry, Cause, Decision, DecisionRecord, RuleEffect, Why};
use crate::model::event::{Event, EventClass};
use crate::model::ids::{PersonId, TenantName};
use crate::model::position::EventPosition;
use crate::model::{Parked, RawRecord, Statement};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where an item stands and whose it is.
pub(super) struct Place<'a> {
    pub(super) tenant: TenantName,
    pub(super) raw: &'a Arc<RawRecord>,
    /// Of the record's value.
    pub(super) sha256: Option<&'a str>,
    pub(super) position: EventPosition,
    /// It stood in the topic before that was first read.
    pub(super) is_of_backlog: bool,
    /// The command that has a parked record read again.
    pub(super) replayed_by: Option<&'a str>,
}

/// What was decided of an item, as it is told.
pub(super) struct Decided {
    pub(super) decision: Decision,
    pub(super) person: Option<PersonId>,
}

/// What became of an item.
#[expect(clippy::struct_excessive_bools, reason = "each is news of its own")]
pub(super) struct Verdict {
    decision: Decision,
    person: Option<PersonId>,
    effects: Vec<RuleEffect>,
    /// What somebody should know besides.
    remarks: Vec<Why>,
    /// The person is known by another name than before.
    has_new_name: bool,
    /// The event is the first that mentions them.
    is_new: bool,
    /// Records were made one, whatever became of the event.
    has_merged: bool,
    /// It was taken in, though it is set aside.
    is_kept: bool,
    /// Others who claim a name that this event gave to the person.
    rivals: BTreeSet<PersonId>,
}

/// The event behind a decision, as far as it could be read.
struct Noted<'a> {
    cause: Option<Cause>,
    event: Option<&'a Event>,
    takes_access: bool,
}

impl Verdict {
    /// Nothing of theirs has changed.
    pub(super) fn of(person: &PersonId, decision: Decision) -> Self {
        Self { person: Some(person.clone()), ..Self::of_nobody(decision) }
    }

    pub(super) fn of_nobody(decision: Decision) -> Self {
        Self {
            decision,
            person: None,
            effects: Vec::new(),
            remarks: Vec::new(),
            has_new_name: false,
            is_new: false,
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
            Party::Findings => tenant_of(raw),
        };
        for (index, item) in (0_u32..).zip(&record.items) {
            let position = EventPosition { record: taken.position.clone(), index };
            let sha256 = taken.sha256.as_deref();
            let place = Place {
                tenant: tenant.clone(),
                raw,
                sha256,
                position,
                is_of_backlog: taken.is_of_backlog,
                replayed_by: None,
            };
            self.decide_item(&place, item);
        }
    }

    /// Decides one item of a record.
    pub(super) fn decide_item(&mut self, place: &Place<'_>, item: &Item) -> Decided {
        match item {
            Item::Event(event) => self.decide_event(place, event),
            Item::Skip(refused) => {
                self.refuse(place, refused, Decision::Skipped(refused.why.clone()))
            }
            Item::Park(refused) => {
                self.refuse(place, refused, Decision::Parked(refused.why.clone()))
            }
        }
    }

    fn refuse(&mut self, place: &Place<'_>, refused: &Refused, decision: Decision) -> Decided {
        let cause = refused.id.as_ref().map(|id| Cause {
            position: place.position.clone(),
            source: refused.source.clone().unwrap_or_default(),
            event_id: id.clone(),
            kind: refused.kind.clone().unwrap_or_default(),
            correlation_id: None,
            trace: refused.trace.clone(),
        });
        let noted = Noted { cause, event: None, takes_access: refused.takes_access };
        self.note_decision(place, Verdict::of_nobody(decision), noted)
    }

    fn decide_event(&mut self, place: &Place<'_>, event: &Event) -> Decided {
        let cause = cause_of(place, event);
        let verdict = self.judge(place, event);
        let person = verdict.person.clone();
        let (has_new_name, rivals) = (verdict.has_new_name, verdict.rivals.clone());
        let changed = verdict.has_merged
            || verdict.is_kept
            || !matches!(verdict.decision, Decision::Duplicate | Decision::Parked(_));
        let is_asserted = verdict.decision == Decision::Asserted;
        let era = (self.era_of(place, event), verdict.is_new);
        let mut remarks = [&event.remarks[..], &verdict.remarks].concat();
        let sleeps = person.as_ref().is_some_and(|id| self.people.is_asleep(id));
        if changed && era.0 == Era::Past && (verdict.is_new || sleeps) {
            remarks.push(remark::of_the_past());
        }
        let told = Verdict { remarks, ..verdict };
        let takes_access = event.kind.takes_access();
        let noted = Noted { cause: Some(cause.clone()), event: Some(event), takes_access };
        let decided = self.note_decision(place, told, noted);
        if let Some(person) = person.filter(|_| changed) {
            self.books.touch(&person);
            self.people.note_era(&person, era, self.books.today());
            self.take_up_account(&person, event);
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
        decided
    }

    fn judge(&mut self, place: &Place<'_>, event: &Event) -> Verdict {
        let nobody = Verdict::of_nobody;
        if self.books.is_from_the_future(event.time) {
            return nobody(Decision::Parked(remark::in_the_future()));
        }
        let statements = match self.people.evaluate(&place.tenant, event) {
            None => return nobody(Decision::Skipped(remark::unknown_tenant())),
            Some(Ok(statements)) => statements,
            Some(Err(error)) => return nobody(Decision::Parked(error.why)),
        };
        if identify::is_of_a_machine(event) {
            return nobody(Decision::Skipped(remark::of_a_machine()));
        }
        let speaks = event.kind.class() == EventClass::Hr || !statements.is_empty();
        if speaks && let Some(verdict) = self.of_somebody_aside(place, event) {
            return verdict;
        }
        let accounts = |person: &Person| self.desks.accounts_of(person);
        let subject = match event.asked_of() {
            Some(account) => self.owner_asked_of(place, &account),
            None => self.people.identify(&place.tenant, event, &accounts),
        };
        if speaks && let Some(verdict) = self.decided_before(place, event, subject.as_ref().ok()) {
            return verdict;
        }
        let subject = match subject {
            Ok(subject) => self.or_owner(subject, place, event),
            Err(why) => return nobody(Decision::Parked(why)),
        };
        if let Some(verdict) = self.passed_over(place, event, (&subject, statements.as_slice())) {
            return verdict;
        }
        let (mut remarks, mut has_merged) = (Vec::new(), false);
        let (id, is_new) = match subject {
            Subject::Nobody
                if event.kind.class().is_hearsay()
                    && !self.has_room_for_a_stranger(&place.tenant) =>
            {
                return nobody(Decision::Parked(remark::too_many_strangers()));
            }
            Subject::Nobody => (self.people.meet(&place.tenant, event, &place.position), true),
            Subject::Somebody(id, others) if others.is_empty() => (id, false),
            Subject::Somebody(id, others) => {
                if self.merge(&id, &others, event.kind.class()).is_none() {
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
            self.people.drop_record(&id);
            return Verdict { person: None, ..verdict };
        }
        remarks.extend(verdict.remarks);
        Verdict { remarks, is_new, has_merged, ..verdict }
    }

    /// HR's word on names and employments counts whatever the rules say; a signal that no rule speaks about
    /// says nothing, and what is found of an account says nothing of whom HR knows.
    fn passed_over(
        &self,
        place: &Place<'_>,
        event: &Event,
        (subject, statements): (&Subject, &[Statement]),
    ) -> Option<Verdict> {
        if let Some(verdict) = self.of_an_account(place, event, subject) {
            return Some(verdict);
        }
        let is_silent = event.kind.class() != EventClass::Hr && statements.is_empty();
        let skipped = || Verdict::of_nobody(Decision::Skipped(fold::no_rule()));
        is_silent.then(|| Verdict { person: subject.clone().person(), ..skipped() })
    }

    /// Age keeps nothing back that comes while usher reads, nor what takes effect in our days.
    fn era_of(&self, place: &Place<'_>, event: &Event) -> Era {
        let Some(most) = self.books.timing.max_event_age else { return Era::Present };
        let counts_from = event.effective_at.map_or(event.time, |at| at.max(event.time));
        let is_old = self.books.today().duration_since(counts_from) > most;
        if place.is_of_backlog && is_old && !self.is_time_in_question() {
            Era::Past
        } else {
            Era::Present
        }
    }

    /// Whoever is set aside is left alone, and so is whoever bears one of their names.
    fn of_somebody_aside(&self, place: &Place<'_>, event: &Event) -> Option<Verdict> {
        let aside = self.people.aside_by(&place.tenant, event)?;
        let parked = Decision::Parked(remark::set_aside(aside.reason));
        Some(Verdict { person: Some(aside.person.clone()), ..Verdict::of_nobody(parked) })
    }

    /// What becomes of an event that was taken in before, or bears the id of one that was.
    fn decided_before(
        &self,
        place: &Place<'_>,
        event: &Event,
        subject: Option<&Subject>,
    ) -> Option<Verdict> {
        let person = subject.cloned().and_then(Subject::person);
        let decision = self.people.known_before(&place.tenant, event, person.as_ref())?;
        Some(Verdict { person, ..Verdict::of_nobody(decision) })
    }

    /// Lets the event change what is kept of a person, if there is room.
    fn fold_into(
        &mut self,
        id: &PersonId,
        event: (&Event, &EventPosition),
        statements: Vec<Statement>,
    ) -> Verdict {
        let dates = Dates {
            horizon: self.books.timing.replay_horizon,
            today: self.books.today(),
            believed: self.books.believed(),
        };
        let had_only_an_account = self.people.get(id).is_some_and(Person::is_an_account);
        let taken = self.people.take(id, event, statements, dates);
        if had_only_an_account {
            self.give_account_to_whom_hr_names(id);
        }
        let Taken { decision, effects, remarks, has_new_name, is_kept, names } = taken;
        for other in &names.corrected {
            self.books.touch(other);
        }
        if names.is_new {
            self.serve_reports(id);
        }
        let (person, rivals) = (Some(id.clone()), names.rivals);
        Verdict {
            person,
            effects,
            remarks,
            has_new_name,
            is_kept,
            rivals,
            ..Verdict::of_nobody(decision)
        }
    }

    fn note_decision(&mut self, place: &Place<'_>, verdict: Verdict, noted: Noted<'_>) -> Decided {
        let decided =
            Decided { decision: verdict.decision.clone(), person: verdict.person.clone() };
        let Noted { cause, event, takes_access } = noted;
        if let Decision::Parked(why) = &verdict.decision {
            self.books.ledger.park(Parked {
                tenant: Some(place.tenant.clone()),
                position: place.position.clone(),
                person: verdict.person.clone(),
                why: why.clone(),
                raw: Arc::clone(place.raw),
                takes_access,
                at: self.books.now,
            });
        }
        self.books.ledger.tell(AuditEntry::Decision(DecisionRecord {
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
            replayed_by: place.replayed_by.map(str::to_owned),
            at: self.books.now,
        }));
        decided
    }
}

/// Whose it is what usher has found. A key that names nobody is no tenant's, and is said to be so.
fn tenant_of(raw: &RawRecord) -> TenantName {
    let key = raw.key.as_deref().unwrap_or_default();
    TenantName::new(String::from_utf8_lossy(key))
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
