//! What of a commit is counted, taken down before it is on its way and counted once it is in.

use super::labels::{CommandLabels, TargetLabels};
use crate::command::instruction::CommandKind;
use crate::model::Commit;
use crate::model::code::Code;
use crate::model::decision::{AuditEntry, Decision, DecisionRecord, NoteWord};
use crate::model::ordered::CommandRecord;

/// What of a commit is counted once it is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitFigures {
    pub(super) decisions: Vec<&'static str>,
    pub(super) results: Vec<&'static str>,
    pub(super) notes: Vec<&'static str>,
    pub(super) parked: u64,
    pub(super) parked_cuts: u64,
    /// Of events that were passed over as somebody else's.
    pub(super) foreign_types: Vec<String>,
    pub(super) input_changes: u64,
    pub(super) commands: Vec<CommandLabels>,
    /// Why commands were refused.
    pub(super) refused: Vec<String>,
    /// Where whom or what is protected would have been touched.
    pub(super) protected: Vec<TargetLabels>,
}

impl CommitFigures {
    pub fn of(commit: &Commit) -> Self {
        let cuts = commit.parked.iter().filter(|parked| parked.takes_access).count();
        let mut figures = Self {
            parked: commit.parked.len() as u64,
            parked_cuts: cuts as u64,
            ..Self::default()
        };
        for entry in &commit.audit {
            match entry {
                AuditEntry::Decision(record) => {
                    figures.decisions.push(record.decision.word());
                    figures.foreign_types.extend(foreign_type(record));
                }
                AuditEntry::Result(record) => figures.results.push(record.word.word()),
                AuditEntry::Note(record) => {
                    figures.notes.push(record.word.word());
                    if record.word == NoteWord::Protected {
                        let (tenant, target) = (&record.tenant, &record.target);
                        figures.protected.push(TargetLabels {
                            tenant: tenant.to_string(),
                            target: target.to_string(),
                        });
                    }
                }
                AuditEntry::Command(record) => figures.count(record),
                AuditEntry::Reading(_) => figures.input_changes += 1,
            }
        }
        figures
    }

    fn count(&mut self, record: &CommandRecord) {
        let is_it = |kind: &&CommandKind| record.command.as_deref() == Some(kind.word());
        let command = CommandKind::ALL.iter().find(is_it);
        let command = command.map_or(CommandLabels::NOBODYS, |kind| kind.word());
        self.commands.push(CommandLabels { command, outcome: record.outcome.word() });
        self.refused.extend(record.outcome.why().map(|why| why.code.to_string()));
    }
}

/// The type of an event that was passed over for its type; of one without an id it is not kept.
fn foreign_type(record: &DecisionRecord) -> Option<String> {
    let Decision::Skipped(why) = &record.decision else { return None };
    let kind = record.cause.as_ref().map_or("other", |cause| cause.kind.as_str());
    (why.code == Code::TypeUnknown).then(|| kind.to_owned())
}
