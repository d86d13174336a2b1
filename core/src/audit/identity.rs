//! What a line is about, and an id that is always the same for it.
//!
//! Never change what goes into an id: consumers drop a line whose id they have seen.

use crate::model::decision::{AuditEntry, DecisionRecord};
use crate::model::position::EventPosition;
use uuid::Uuid;

/// The id of a line, from what it is about and nothing else.
pub(super) fn uid(entry: &AuditEntry) -> String {
    let parts: Vec<String> = match entry {
        AuditEntry::Decision(DecisionRecord { position, replayed_by, .. }) => {
            let EventPosition { record, index } = position;
            let fixed = [
                "decision".to_owned(),
                record.topic.clone(),
                record.generation.to_string(),
                record.partition.to_string(),
                record.offset.to_string(),
                index.to_string(),
            ];
            // A parked record may be decided again, by command.
            fixed.into_iter().chain(replayed_by.clone()).collect()
        }
        AuditEntry::Result(record) => vec![
            "result".to_owned(),
            record.tenant.to_string(),
            record.target.to_string(),
            record.person.to_string(),
            record.revision.to_string(),
            record.word.word().to_owned(),
        ],
        AuditEntry::Note(record) => {
            let fixed = [
                "note".to_owned(),
                record.tenant.to_string(),
                record.target.to_string(),
                record.person.to_string(),
                record.revision.to_string(),
                record.word.word().to_owned(),
                record.why.code.to_string(),
            ];
            // A revision may be held for more by and by.
            let holds = record.holds.iter().map(|row| row.digest.to_string());
            fixed.into_iter().chain(holds).collect()
        }
        AuditEntry::Reading(record) => vec![
            "reading".to_owned(),
            record.position.topic.clone(),
            record.position.generation.to_string(),
            record.position.partition.to_string(),
            record.position.offset.to_string(),
            record.expected_offset.to_string(),
            record.why.code.to_string(),
        ],
        AuditEntry::Command(record) => {
            let EventPosition { record, .. } = &record.position;
            vec![
                "command".to_owned(),
                record.topic.clone(),
                record.generation.to_string(),
                record.partition.to_string(),
                record.offset.to_string(),
            ]
        }
    };
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, super::TYPE.as_bytes());
    let parts: Vec<String> = parts.iter().map(|part| format!("{}:{part},", part.len())).collect();
    Uuid::new_v5(&namespace, parts.concat().as_bytes()).to_string()
}

/// The person, else the place of the record; also the key, so that a person's lines keep their order.
pub(super) fn subject(entry: &AuditEntry) -> String {
    match entry {
        AuditEntry::Decision(record) => match &record.person {
            Some(person) => person.to_string(),
            None => place(&record.position),
        },
        AuditEntry::Result(record) => record.person.to_string(),
        AuditEntry::Note(record) => record.person.to_string(),
        AuditEntry::Reading(record) => record.position.to_string(),
        AuditEntry::Command(record) => place(&record.position),
    }
}

pub(super) fn place(position: &EventPosition) -> String {
    format!("{}#{}", position.record, position.index)
}
