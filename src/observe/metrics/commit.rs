//! What of a commit is counted, taken down before it is on its way and counted once it is in.

use crate::model::Commit;
use crate::model::code::Code;
use crate::model::decision::{AuditEntry, Decision, DecisionRecord};

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
                AuditEntry::Note(record) => figures.notes.push(record.word.word()),
                AuditEntry::Reading(_) | AuditEntry::Command(_) => figures.input_changes += 1,
            }
        }
        figures
    }
}

/// The type of an event that was passed over for its type; of one without an id it is not kept.
fn foreign_type(record: &DecisionRecord) -> Option<String> {
    let Decision::Skipped(why) = &record.decision else { return None };
    let kind = record.cause.as_ref().map_or("other", |cause| cause.kind.as_str());
    (why.code == Code::TypeUnknown).then(|| kind.to_owned())
}
