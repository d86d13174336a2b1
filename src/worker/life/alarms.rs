//! What somebody must hear of now, though nothing failed: told in the log when its commit is in.

use std::collections::BTreeMap;

use crate::model::code::{Code, WrittenCode};
use crate::model::decision::{AuditEntry, NoteRecord};
use crate::model::ids::{TargetName, TenantName};

/// Where, and with which code.
pub(super) type Place = (TenantName, TargetName, WrittenCode);

/// What of one code is new at one target.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Alarm {
    people: usize,
    /// What is said of the first of them.
    text: String,
}

/// All that is new in one commit.
pub(super) type Alarms = BTreeMap<Place, Alarm>;

/// One alarm for each target and code, however many people it is told of.
pub(super) fn of(audit: &[AuditEntry]) -> Alarms {
    let mut alarms = Alarms::new();
    for note in audit.iter().filter_map(alarming) {
        let place = (note.tenant.clone(), note.target.clone(), note.why.code.clone());
        let alarm = alarms.entry(place);
        alarm.or_insert_with(|| Alarm { people: 0, text: note.why.text.clone() }).people += 1;
    }
    alarms
}

fn alarming(entry: &AuditEntry) -> Option<&NoteRecord> {
    match entry {
        AuditEntry::Note(note) => {
            Some(note).filter(|note| note.why.code.known().is_some_and(Code::alarms))
        }
        AuditEntry::Decision(_)
        | AuditEntry::Result(_)
        | AuditEntry::Reading(_)
        | AuditEntry::Command(_) => None,
    }
}

pub(super) fn warn(alarms: &Alarms) {
    for ((tenant, target, code), alarm) in alarms {
        tracing::warn!(
            %tenant,
            %target,
            code = code.as_str(),
            people = alarm.people,
            "{}",
            alarm.text
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Alarm, of};
    use crate::model::code::Code;
    use crate::model::decision::{AuditEntry, NoteRecord, NoteWord, Why};
    use crate::model::ids::{PersonId, TargetName, TenantName};
    use jiff::Timestamp;

    fn note(code: Code) -> AuditEntry {
        AuditEntry::Note(NoteRecord {
            tenant: TenantName::new("acme"),
            target: TargetName::new("main"),
            person: PersonId::new("p-1"),
            revision: 1,
            word: NoteWord::Protected,
            account: None,
            why: Why::new(code, None, "so it is"),
            cause: None,
            warrants: Vec::new(),
            holds: Vec::new(),
            at: Timestamp::UNIX_EPOCH,
        })
    }

    #[test]
    fn many_people_are_one_alarm_and_what_is_usual_is_none() {
        let audit = [Code::ProtectedUnknown, Code::ProtectedUnknown, Code::ProtectedPerson];
        let alarms = of(&audit.map(note));
        let told: Vec<_> = alarms.values().collect();
        assert_eq!(told, [&Alarm { people: 2, text: "so it is".to_owned() }]);
    }
}
