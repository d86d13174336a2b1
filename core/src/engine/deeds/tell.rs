//! Lines of the audit about a revision.

use crate::engine::deeds::calls;
use crate::engine::state::Seat;
use crate::model::code::WrittenCode;
use crate::model::decision::{
    AuditEntry, HeldRow, NoteRecord, NoteWord, ResultRecord, ResultWord, Why,
};
use crate::model::hold::{Effect, Hold};
use crate::model::ids::{PersonId, TargetName, TenantName};
use jiff::Timestamp;

/// Notes kept per revision.
const NOTES: usize = 16;

/// The final line of a revision; `end` adds the warrants to it, and to notes, and what was proved.
pub fn result(
    (tenant, target, person): (&TenantName, &TargetName, &PersonId),
    seat: &Seat,
    word: ResultWord,
    why: Option<Why>,
    at: Timestamp,
) -> AuditEntry {
    AuditEntry::Result(ResultRecord {
        tenant: tenant.clone(),
        target: target.clone(),
        person: person.clone(),
        revision: seat.revision,
        word,
        account: seat.account().map(ToString::to_string),
        why,
        calls: seat.calls.clone(),
        verified: false,
        cause: seat.cause.clone(),
        warrants: Vec::new(),
        began_at: seat.began_at,
        at,
    })
}

/// A line before the final one.
pub fn note(
    (tenant, target, person): (&TenantName, &TargetName, &PersonId),
    seat: &Seat,
    word: NoteWord,
    why: Why,
    at: Timestamp,
) -> AuditEntry {
    AuditEntry::Note(NoteRecord {
        tenant: tenant.clone(),
        target: target.clone(),
        person: person.clone(),
        revision: seat.revision,
        word,
        account: seat.account().map(ToString::to_string),
        why,
        cause: seat.cause.clone(),
        warrants: Vec::new(),
        holds: if matches!(word, NoteWord::Held | NoteWord::Protected) {
            seat.holds.iter().map(row).collect()
        } else {
            Vec::new()
        },
        at,
    })
}

/// What is said of something that waits: who tries to touch what is protected is worth a word of its own.
pub fn word_of(why: &Why) -> NoteWord {
    match why.code.known() {
        Some(code) if code.is_of_protection() => NoteWord::Protected,
        Some(_) | None => NoteWord::Held,
    }
}

/// What waits, in the words of the audit: names, never values.
pub fn row(hold: &Hold) -> HeldRow {
    let what = match &hold.effect {
        Effect::Operation(operation) => {
            let call = calls::describe(operation, hold.since);
            [&[call.action.word().to_owned()], call.touched.as_slice()].concat().join(" ")
        }
        Effect::WayBack(facet) => format!("way back of {facet}"),
        Effect::Identity => "identity".to_owned(),
    };
    HeldRow { digest: hold.digest.clone(), what, code: hold.why.code.clone() }
}

impl Seat {
    /// Whether this note is new to the revision, or is so once more: who is held and who is looked for
    /// is what was said last, so each of the two takes back what the other has said.
    pub(in crate::engine) fn note(&mut self, word: NoteWord, code: &WrittenCode) -> bool {
        self.notes.retain(|(said, why)| {
            let is_taken_back = matches!(
                (said, word),
                (NoteWord::Held, NoteWord::Unverified) | (NoteWord::Unverified, NoteWord::Held)
            );
            let is_other_reason = (*said, word) == (NoteWord::Held, NoteWord::Held) && why != code;
            !is_taken_back && !is_other_reason
        });
        if self.notes.len() >= NOTES
            || self.notes.iter().any(|(said, why)| *said == word && why == code)
        {
            return false;
        }
        self.notes.push((word, code.clone()));
        true
    }
}
