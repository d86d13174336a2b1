//! What operators send: records of the control topic, each with one decision of its own.
//!
//! No event is looked for in such a record, whatever it holds, so nobody is touched by one.

use super::Shard;
use super::obey::is_served;
use super::reading::Taken;
use crate::command::instruction::Brought;
use crate::command::{self, Admitted, Circumstances, Refusal, Signed};
use crate::decode::{self, Item};
use crate::engine::Record;
use crate::engine::settings::ShardSettings;
use crate::model::code::Code;
use crate::model::decision::{AuditEntry, Cause, Decision, DecisionRecord, Why};
use crate::model::ids::TenantName;
use crate::model::ordered::{CommandOutcome, CommandRecord, CommandRow, ROWS_TOLD, SignedBy};
use crate::model::position::EventPosition;
use crate::model::{Deployment, Parked, RawRecord};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whose word an input topic brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Party {
    Tenant(TenantName),
    /// The control topic.
    Operators,
    /// usher's own, about the tenant that a record's key names.
    Findings,
}

impl Party {
    pub(super) fn of_topics(settings: &ShardSettings) -> BTreeMap<String, Self> {
        let of_tenants = settings.tenants.iter().flat_map(|tenant| {
            let topics = tenant.topics.iter();
            topics.map(|topic| (topic.clone(), Self::Tenant(tenant.name.clone())))
        });
        // Last: whatever else the configuration says, nothing in the control topic is an event.
        let of_operators = settings.control.iter().map(|topic| (topic.clone(), Self::Operators));
        let of_findings = settings.findings.iter().map(|topic| (topic.clone(), Self::Findings));
        of_tenants.chain(of_findings).chain(of_operators).collect()
    }
}

impl Shard {
    pub(super) fn is_command(&self, raw: &RawRecord) -> bool {
        self.topics.get(&raw.topic) == Some(&Party::Operators)
    }

    /// Judges a record of the control topic, and obeys it if it is to be. Whatever it holds, it has one
    /// decision; what is refused changes nothing.
    pub(super) fn decide_command(&mut self, record: &Record, taken: Taken) {
        let signed = Signed::of(&record.raw);
        let position = EventPosition { record: taken.position, index: 0 };
        if let Some(why) = given_up(record) {
            let told = refused(position, why, taken.sha256, self.books.now);
            return self.books.tell(AuditEntry::Command(told));
        }
        match self.judge_command(&signed) {
            Ok(admitted) => {
                let instruction = admitted.instruction();
                // Also if it is refused: what somebody was told did not count must not count later, when
                // another sends the same bytes.
                self.orders.use_up(instruction.id, admitted.remember_until(), self.books.now);
                self.books.ledger.touch_orders();
                if let Some(why) = self.why_refused(&admitted) {
                    // Whoever floods the topic is no operator; operators wait for their lines.
                    let refused = CommandOutcome::Refused(why);
                    let told = told(position, (&admitted, refused), Vec::new(), self.books.now);
                    return self.books.tell(AuditEntry::Command(told));
                }
                self.books.commanded = Some(cause_of(&admitted, &position));
                let rows = self.obey(&admitted, &Brought::of(&record.raw));
                self.books.commanded = None;
                self.books.tell(AuditEntry::Command(obeyed(
                    position,
                    &admitted,
                    rows,
                    self.books.now,
                )));
            }
            Err(_) if !self.flood.tells(&position, self.books.now) => {}
            Err(Refusal::Unsigned) => self.set_aside(record, position, taken.sha256),
            Err(refusal) => {
                let told = refused(position, refusal.why(), taken.sha256, self.books.now);
                self.books.tell(AuditEntry::Command(told));
            }
        }
    }

    /// What is refused must not fill the audit, whoever sends it.
    pub(super) fn sum_up_refusals(&mut self) {
        if self.books.ledger.is_due()
            && let Some((position, why)) = self.flood.sum_up()
        {
            self.books.tell(AuditEntry::Command(refused(position, why, None, self.books.now)));
        }
    }

    fn judge_command(&self, signed: &Signed<'_>) -> Result<Admitted, Refusal> {
        let nobodys = Deployment { id: String::new(), shards: 1 };
        let tenants = self.desks.tenants().cloned().collect();
        let admitted = command::judge(
            signed,
            &Circumstances {
                operators: self.orders.operators(),
                deployment: self.record.deployment.as_ref().unwrap_or(&nobodys),
                shard: self.number,
                tenants: &tenants,
                now: self.books.now,
                is_used: &|id| self.orders.is_used(id),
            },
        )?;
        // Before it is used up: whoever serves it may be sent the same bytes.
        let kind = admitted.instruction().command.kind();
        if is_served(kind) { Ok(admitted) } else { Err(Refusal::NotServed(kind)) }
    }

    /// What nobody has signed is no command; it may be somebody's event that went astray, so it is kept.
    fn set_aside(&mut self, record: &Record, position: EventPosition, sha256: Option<String>) {
        let why = decode::command::unknown();
        self.books.ledger.park(Parked {
            tenant: None,
            position: position.clone(),
            person: None,
            why: why.clone(),
            raw: Arc::clone(&record.raw),
            takes_access: false,
            at: self.books.now,
        });
        self.books.ledger.tell(AuditEntry::Decision(DecisionRecord {
            tenant: None,
            position,
            decision: Decision::Parked(why),
            person: None,
            cause: None,
            event_time: None,
            effective_at: None,
            effects: Vec::new(),
            remarks: Vec::new(),
            raw_sha256: sha256,
            replayed_by: None,
            at: self.books.now,
        }));
    }

    /// Somebody stops this replica, or lets it go on, by a file beside it.
    pub(super) fn stop_here(&mut self, is_stopped: bool) {
        if self.orders.stop_here(is_stopped) {
            self.look_at_everybody();
        }
    }
}

/// Why nobody is to look what the record holds.
fn given_up(record: &Record) -> Option<Why> {
    match record.items.first()? {
        Item::Park(refused) if refused.why.code == Code::EventCrashes => Some(refused.why.clone()),
        Item::Park(_) | Item::Skip(_) | Item::Event(_) => None,
    }
}

/// What a command begins names it.
fn cause_of(admitted: &Admitted, position: &EventPosition) -> Cause {
    let instruction = admitted.instruction();
    Cause {
        position: position.clone(),
        source: instruction.operator.to_string(),
        event_id: instruction.id.to_string(),
        kind: format!("command.{}", instruction.command.kind()),
        correlation_id: None,
        trace: None,
    }
}

fn refused(
    position: EventPosition,
    why: Why,
    raw_sha256: Option<String>,
    at: Timestamp,
) -> CommandRecord {
    CommandRecord {
        tenant: None,
        position,
        outcome: CommandOutcome::Refused(why),
        command: None,
        id: None,
        signers: Vec::new(),
        reason: None,
        rows: Vec::new(),
        rows_untold: 0,
        raw_sha256,
        at,
    }
}

fn obeyed(
    position: EventPosition,
    admitted: &Admitted,
    rows: Vec<CommandRow>,
    at: Timestamp,
) -> CommandRecord {
    let comes_of_it = rows.iter().any(|row| row.became.is_something());
    let outcome = if comes_of_it { CommandOutcome::Obeyed } else { CommandOutcome::Nothing };
    told(position, (admitted, outcome), rows, at)
}

/// A command that is believed, and what became of it.
fn told(
    position: EventPosition,
    (admitted, outcome): (&Admitted, CommandOutcome),
    mut rows: Vec<CommandRow>,
    at: Timestamp,
) -> CommandRecord {
    let instruction = admitted.instruction();
    let rows_untold = rows.len().saturating_sub(ROWS_TOLD);
    rows.truncate(ROWS_TOLD);
    let signers = admitted.signers().iter().map(|signer| SignedBy {
        operator: signer.principal().to_string(),
        key: signer.key().to_string(),
        group: signer.group().to_owned(),
        touched: signer.attended().touched,
        file_sha256: signer.file_sha256().to_owned(),
    });
    CommandRecord {
        tenant: instruction.tenant.clone(),
        position,
        outcome,
        command: Some(instruction.command.kind().word().to_owned()),
        id: Some(instruction.id.to_string()),
        signers: signers.collect(),
        reason: Some(instruction.reason.as_str().to_owned()),
        rows,
        rows_untold,
        raw_sha256: Some(admitted.sha256().to_owned()),
        at,
    }
}

/// What lay in the control topic before the shard first read it.
pub(super) fn too_early(records: i64) -> Why {
    Why::new(
        Code::CommandTooEarly,
        None,
        format!(
            "up to {records} records lay in the topic before this shard first listened for commands; \
             none of them is acted on; send again what is still wanted"
        ),
    )
}
