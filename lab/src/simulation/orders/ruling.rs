//! What each command must come to: one decision, nothing of what is forged, late or doubled, and of the
//! others no more than they say.

use super::errands::control;
use super::{Known, Said, Sent, Verdict};
use crate::command::instruction::Scope;
use crate::engine::record::{Kept, ORDERS_KEY, decode};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ordered::{Became, CommandOutcome, CommandRecord, CommandRow};
use crate::model::{
    AuditEntry, Commit, Effect, EventPosition, HoldDigest, Operation, PersonId, StateWrite,
    TenantName,
};
use crate::simulation::bounded::is_of_person;
use crate::simulation::checks::{Invariant, Violation};
use crate::simulation::clocks::{JUMPS, SKEW};
use crate::simulation::commits::decided;
use crate::simulation::fact::Name;
use crate::simulation::world::World;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::BTreeSet;

/// How long a yes waits for another.
const SECONDED_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// How long a no stands that these operators say, less what clocks may differ.
const REJECTED_FOR: SignedDuration = SignedDuration::from_mins(110);

pub(super) fn broken<T>(person: Option<usize>, what: impl Into<String>) -> Result<T, Violation> {
    Err(Invariant::Commands.broken(person, what))
}

impl World {
    /// A transaction is in: what its commands came to is judged, and counts from here on.
    pub(in crate::simulation) fn check_commands(
        &mut self,
        commit: &Commit,
    ) -> Result<(), Violation> {
        if !self.orders.are_sent() {
            return Ok(());
        }
        self.note_rows(commit)?;
        let mut after: BTreeSet<EventPosition> = decided(commit).collect();
        for entry in &commit.audit {
            match entry {
                AuditEntry::Decision(record) => {
                    after.remove(&record.position);
                }
                AuditEntry::Command(record) => self.rule(record, &after)?,
                AuditEntry::Note(record) => self.note_end_of_override(record),
                AuditEntry::Result(record) => {
                    let person = self.audit.person(&record.person);
                    self.orders.end(person, record);
                }
                AuditEntry::Reading(_) => {}
            }
        }
        // What was said in the same commit was said while the row was there.
        self.orders.forget_what_is_over();
        let written = commit.state.iter().find(|write| write.key == ORDERS_KEY);
        match written.map(pauses_in) {
            Some(pauses) if pauses.as_ref() != Some(&self.orders.pauses) => broken(
                None,
                format!("{:?} is paused, and the record says {pauses:?}", self.orders.pauses),
            ),
            _ => Ok(()),
        }
    }

    /// What waits, as anybody can see who reads what is committed.
    fn note_rows(&mut self, commit: &Commit) -> Result<(), Violation> {
        for write in commit.state.iter().filter(|write| is_of_person(write)) {
            let id = PersonId::new(write.key.rsplit('/').next().unwrap_or(&write.key));
            self.orders.rows.retain(|(own, _), _| *own != id);
            let Some(value) = &write.value else { continue };
            let kept: Kept = decode(&write.key, value)
                .map_err(|error| Invariant::Contract.broken(None, error.to_string()))?;
            let person = self.audit.person(&kept.person.id);
            for (target, seat) in kept.seats {
                for hold in &seat.holds {
                    let known = || Known {
                        person,
                        target: target.clone(),
                        effect: hold.effect.clone(),
                        code: hold.why.code.clone(),
                    };
                    self.orders.known.entry(hold.digest.clone()).or_insert_with(known);
                }
                if !seat.holds.is_empty() {
                    self.orders.rows.insert((id.clone(), target), seat.holds);
                }
            }
        }
        Ok(())
    }

    /// What was decided `after` it in the same commit nobody had heard then.
    fn rule(
        &mut self,
        record: &CommandRecord,
        after: &BTreeSet<EventPosition>,
    ) -> Result<(), Violation> {
        let place = &record.position.record;
        if let Some(why) = record.outcome.why().filter(|why| why.code == Code::CommandFlood) {
            let count = why.text.split(' ').next().and_then(|count| count.parse::<u64>().ok());
            self.orders.summed_up += count.unwrap_or(0);
            return Ok(());
        }
        let Some(sent) = self.orders.sent.get(&place.offset).cloned() else {
            return broken(None, format!("{place} was decided and never written"));
        };
        if !self.orders.decided.insert(place.offset) {
            return broken(None, format!("{place} was decided twice"));
        }
        match (&record.outcome, sent.is_good) {
            (CommandOutcome::Refused(_), false) => Ok(()),
            (CommandOutcome::Refused(why), true) if sent.is_over(why, record.at) => Ok(()),
            (CommandOutcome::Refused(why), true) => {
                broken(None, format!("{place} was refused as {}, and is good", why.code))
            }
            (CommandOutcome::Obeyed | CommandOutcome::Nothing, false) => {
                broken(None, format!("{place} was obeyed: {:?}", sent.said))
            }
            (CommandOutcome::Obeyed | CommandOutcome::Nothing, true) => {
                self.obey(&sent, record, after)
            }
        }
    }

    fn obey(
        &mut self,
        sent: &Sent,
        record: &CommandRecord,
        after: &BTreeSet<EventPosition>,
    ) -> Result<(), Violation> {
        let pause = |scope: &Scope| (sent.tenant.clone(), scope.clone());
        match &sent.said {
            Said::Pause(scope) => {
                self.orders.pauses.insert(pause(scope));
            }
            Said::Resume(scope) => {
                self.orders.pauses.remove(&pause(scope));
            }
            Said::Approve(rows) | Said::Reject(rows) => {
                for row in &record.rows {
                    let Some(digest) = row.hold.as_ref().filter(|it| rows.contains(*it)) else {
                        let what = format!("a row that it does not name is {}", row.became.word());
                        return broken(None, what);
                    };
                    self.note_verdict(sent, (digest, row), record.at)?;
                }
            }
            Said::Override { .. } => self.obey_override(sent, record, after)?,
            Said::Undo(_) => self.obey_undo(sent, record, after)?,
            Said::Bind { .. } => self.obey_bind(sent, record)?,
            Said::Replay { .. } => self.obey_replay(sent, record)?,
            Said::Link(_) | Said::Part(_) | Said::Unbind(_) => {
                self.obey_who_is_who(sent, record, after)?;
            }
            Said::Forged { word, .. } => {
                return broken(None, format!("a forged `{word}` was obeyed"));
            }
            Said::Retry | Said::Reassert(_) | Said::Release | Said::Refresh => {}
        }
        Ok(())
    }

    fn note_verdict(
        &mut self,
        sent: &Sent,
        (digest, row): (&HoldDigest, &CommandRow),
        at: Timestamp,
    ) -> Result<(), Violation> {
        let is_yes = match row.became {
            Became::Nothing => return Ok(()),
            Became::Approved | Became::WaitsForAnother => true,
            _ => false,
        };
        let Some(known) = self.orders.known.get(digest) else {
            return broken(None, format!("{digest} is {}, and never waited", row.became.word()));
        };
        let person = known.person;
        if is_yes != matches!(sent.said, Said::Approve(_)) {
            return broken(person, format!("{digest} is {}", row.became.word()));
        }
        if !is_yes {
            let until = Some(at + REJECTED_FOR);
            let said = Verdict { rejected_until: until, ..Verdict::default() };
            self.orders.verdicts.insert(digest.clone(), said);
            return Ok(());
        }
        if let Some(what) = self.why_not(sent, known, row.person.as_ref()) {
            return broken(person, format!("{digest} is {}: {what}", row.became.word()));
        }
        let is_deletion = matches!(known.effect, Effect::Operation(Operation::Delete { .. }));
        let verdict = self.orders.verdicts.entry(digest.clone()).or_default();
        if verdict.rejected_until.is_some_and(|until| at < until) {
            return broken(person, format!("{digest} is approved, and somebody rejected it"));
        }
        verdict.rejected_until = None;
        verdict.yes.push((sent.operator.clone(), at));
        if row.became == Became::Approved {
            let lately = verdict.yes.iter().filter(|it| at - SECONDED_WITHIN <= it.1);
            let who: BTreeSet<&String> = lately.map(|(name, _)| name).collect();
            if is_deletion && who.len() < 2 {
                return broken(person, format!("a deletion is approved by {who:?} alone"));
            }
            (verdict.is_let_go, verdict.is_called) = (true, false);
            self.tally.approved += 1;
            self.orders.once_let_go.extend(row.person.clone());
        }
        Ok(())
    }

    /// Why nobody can approve that, or not who did.
    fn why_not(&self, sent: &Sent, known: &Known, id: Option<&PersonId>) -> Option<String> {
        let name = Name::Email(sent.operator.clone());
        let decided = |place: &EventPosition| self.audit.is_decided(place);
        let facts = known.person.map(|person| self.audit.facts_as(person, id, decided));
        if facts.is_some_and(|facts| facts.iter().any(|fact| fact.names.contains(&name))) {
            return Some(format!("{} approves what is done to themselves", sent.operator));
        }
        let is_beyond_them = matches!(
            known.code.known(),
            Some(Code::ProtectedPerson | Code::ProtectedGroup | Code::DeletionLegalHold)
        );
        is_beyond_them.then(|| format!("it waits as {}", known.code))
    }

    /// At rest each command has one decision, or is summed up with others that were refused.
    pub(in crate::simulation) fn commands_are_decided(&self) -> Result<(), Violation> {
        self.ends_of_overrides_are_told()?;
        let orders = &self.orders;
        let left = orders.sent.iter().filter(|(offset, _)| !orders.decided.contains(offset));
        let left: Vec<(&i64, &Sent)> = left.collect();
        if let Some((offset, _)) = left.iter().find(|(_, sent)| sent.is_good) {
            return broken(None, format!("{}@{offset} has no decision", control()));
        }
        if u64::try_from(left.len()).ok() != Some(orders.summed_up) {
            let what = format!(
                "{} commands have no decision, and {} are summed up",
                left.len(),
                orders.summed_up
            );
            return broken(None, what);
        }
        Ok(())
    }
}

impl Sent {
    /// Whether it was heard when what it asks for was over, or came to more than its first operator saw.
    fn is_over(&self, why: &Why, at: Timestamp) -> bool {
        let comes_to_more = why.code == Code::CommandComesToMore;
        match &self.said {
            Said::Override { .. } | Said::Undo(_) if comes_to_more => true,
            Said::Override { until, .. } => {
                // People's time may be ahead of the clock that dates the line.
                why.code == Code::CommandOverrideEnd && *until <= at + SKEW * 2 + JUMPS
            }
            Said::Approve(_)
            | Said::Reject(_)
            | Said::Pause(_)
            | Said::Resume(_)
            | Said::Undo(_)
            | Said::Reassert(_)
            | Said::Release
            | Said::Refresh
            | Said::Bind { .. }
            | Said::Replay { .. }
            | Said::Link(_)
            | Said::Part(_)
            | Said::Unbind(_)
            | Said::Forged { .. }
            | Said::Retry => false,
        }
    }
}

/// What a record of orders says to be paused.
fn pauses_in(write: &StateWrite) -> Option<BTreeSet<(Option<TenantName>, Scope)>> {
    let record: Value = serde_json::from_slice(write.value.as_ref()?).ok()?;
    let Some(pauses) = record.get("body")?.get("pauses") else { return Some(BTreeSet::new()) };
    let pause = |pause: &Value| {
        let tenant = pause.get("tenant").cloned().unwrap_or(Value::Null);
        let scope = pause.get("scope")?.clone();
        Some((serde_json::from_value(tenant).ok()?, serde_json::from_value(scope).ok()?))
    };
    pauses.as_array()?.iter().map(pause).collect()
}
