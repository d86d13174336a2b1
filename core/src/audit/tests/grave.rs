//! What asks for attention first.

use super::{body, note, writer};
use crate::audit::render;
use crate::model::code::Code;
use crate::model::decision::{AuditEntry, NoteWord};

/// Whoever is on call must see these before all else.
#[test]
fn what_somebody_must_hear_of_now_is_told_as_grave() {
    let severity = |code: Code| {
        let entry = AuditEntry::Note(note(NoteWord::Held, code.as_str()));
        body(&render(&entry, &writer()))["severity_id"].clone()
    };
    assert_eq!(severity(Code::ProtectedAdministrator), 5);
    assert_eq!(severity(Code::RemovalTookTooMany), 4);
    assert_eq!(severity(Code::ValueContested), 4);
    assert_eq!(severity(Code::LimitReached), 2);
}
